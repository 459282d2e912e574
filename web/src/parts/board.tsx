/** The camera's picture as a drawing board: zones are drawn and dragged on it by mouse, finger or keys. */

import { useRef, useState } from "preact/hooks";
import type { Point } from "../api";
import {
  clipped,
  middle,
  moved,
  withCorner,
  withCornerBetween,
  withoutCorner,
  type ZoneForm,
  zoneAt,
} from "../drawing";
import { useScene } from "../scenes";
import { t } from "../words";

/** How far the arrow keys move a corner; with Shift ten times as far. */
const NUDGE = 0.002;

interface BoardProps {
  id: string;
  zones: ZoneForm[];
  chosen: number;
  choose: (at: number) => void;
  change: (zones: ZoneForm[]) => void;
  draft: Point[] | null;
  setDraft: (draft: Point[] | null) => void;
  finish: () => void;
}

/** What is held by the mouse: a corner, or a zone as a whole. */
type Held = { zone: number; corner: number | null; from: Point; polygon: Point[] };

export function Board({ id, zones, chosen, choose, change, draft, setDraft, finish }: BoardProps) {
  const board = useRef<HTMLDivElement>(null);
  const { scene, whole } = useScene(id);
  const [shape, setShape] = useState(16 / 9);
  const [held, setHeld] = useState<Held | null>(null);
  /** The held zone while it moves; it becomes a change when it is let go of. */
  const [moving, setMoving] = useState<Point[] | null>(null);

  const at = (event: MouseEvent): Point => {
    const box = (board.current as HTMLElement).getBoundingClientRect();
    return clipped([(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]);
  };
  const shown = zones.map((zone, index) =>
    held?.zone === index && moving ? { ...zone, polygon: moving } : zone,
  );
  const put = (index: number, polygon: Point[]) =>
    change(zones.map((zone, other) => (other === index ? { ...zone, polygon } : zone)));

  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    if (draft) {
      const place = at(event);
      const first = draft[0];
      const near = first && Math.hypot(first[0] - place[0], first[1] - place[1]) < 0.02;
      if (near && draft.length >= 3) finish();
      else setDraft([...draft, place]);
      return;
    }
    const index = zoneAt(zones, at(event));
    choose(index);
    const polygon = zones[index]?.polygon;
    if (polygon) hold(event, { zone: index, corner: null, from: at(event), polygon });
  };
  const hold = (event: PointerEvent, what: Held) => {
    event.stopPropagation();
    board.current?.setPointerCapture(event.pointerId);
    setHeld(what);
    setMoving(null);
  };
  const move = (event: PointerEvent) => {
    if (!held) return;
    const to = at(event);
    setMoving(
      held.corner === null
        ? moved(held.polygon, [to[0] - held.from[0], to[1] - held.from[1]])
        : withCorner(held.polygon, held.corner, to),
    );
  };
  const up = () => {
    if (held && moving) put(held.zone, moving);
    setHeld(null);
    setMoving(null);
  };
  const nudge = (event: KeyboardEvent, corner: number) => {
    const polygon = zones[chosen]?.polygon;
    const from = polygon?.[corner];
    if (!polygon || !from) return;
    const by = event.shiftKey ? NUDGE * 10 : NUDGE;
    const ways: Record<string, Point> = {
      ArrowLeft: [-by, 0],
      ArrowRight: [by, 0],
      ArrowUp: [0, -by],
      ArrowDown: [0, by],
    };
    const way = ways[event.key];
    if (way) put(chosen, withCorner(polygon, corner, [from[0] + way[0], from[1] + way[1]]));
    else if (event.key === "Delete" || event.key === "Backspace") put(chosen, withoutCorner(polygon, corner));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const polygon = shown[chosen]?.polygon;
  return (
    <section class="card pictures" aria-label={t("cameras.picture")}>
      <div
        class={`board ${draft ? "drawing" : ""}`}
        ref={board}
        style={{ aspectRatio: String(shape) }}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={up}
        onDblClick={finish}
        role="application"
        aria-label={t("zones.board")}
        data-board
      >
        {whole && (
          <img
            src={whole}
            alt=""
            draggable={false}
            onLoad={(event) => {
              const image = event.currentTarget;
              if (image.naturalHeight > 0) setShape(image.naturalWidth / image.naturalHeight);
            }}
          />
        )}
        <svg class="zones" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          {shown.map((zone, index) => (
            <polygon
              key={String(index)}
              class={`zone ${zone.kind} ${index === chosen ? "chosen" : ""}`}
              points={zone.polygon.map((corner) => corner.join(",")).join(" ")}
              vector-effect="non-scaling-stroke"
            />
          ))}
          {draft && draft.length > 0 && (
            <polyline
              class="zone draft"
              points={draft.map((corner) => corner.join(",")).join(" ")}
              vector-effect="non-scaling-stroke"
            />
          )}
        </svg>
        {scene?.stays.map((stay) => (
          <div
            key={`${stay.kind} ${stay.began_at} ${stay.box}`}
            class="mark other"
            style={{
              left: `${100 * stay.box[0]}%`,
              top: `${100 * stay.box[1]}%`,
              width: `${100 * (stay.box[2] - stay.box[0])}%`,
              height: `${100 * (stay.box[3] - stay.box[1])}%`,
            }}
          />
        ))}
        {!draft &&
          polygon?.map((corner, index) => (
            <Handle
              key={`corner ${index}`}
              at={corner}
              label={t("zones.corner", { n: index + 1 })}
              hold={(event) => hold(event, { zone: chosen, corner: index, from: corner, polygon })}
              press={(event) => nudge(event, index)}
            />
          ))}
        {!draft &&
          !held &&
          polygon?.map((_, index) => {
            const place = middle(polygon, index);
            return (
              <Handle
                key={`side ${index}`}
                side
                at={place}
                label={t("zones.side", { n: index + 1 })}
                hold={(event) =>
                  hold(event, {
                    zone: chosen,
                    corner: index + 1,
                    from: place,
                    polygon: withCornerBetween(polygon, index, place),
                  })
                }
              />
            );
          })}
        {draft?.map((corner, index) => (
          <span
            key={`draft ${index}`}
            class="handle plain"
            style={{ left: `${100 * corner[0]}%`, top: `${100 * corner[1]}%` }}
          />
        ))}
      </div>
      {/* Below the picture, which must not move under the hand that draws. */}
      <p class="small foot" role="status">
        {t(draft ? "zones.drawing" : "zones.help")}
      </p>
    </section>
  );
}

interface HandleProps {
  at: Point;
  label: string;
  side?: boolean;
  hold: (event: PointerEvent) => void;
  press?: (event: KeyboardEvent) => void;
}

function Handle({ at, label, side, hold, press }: HandleProps) {
  return (
    <button
      type="button"
      class={`handle ${side ? "side" : ""}`}
      style={{ left: `${100 * at[0]}%`, top: `${100 * at[1]}%` }}
      aria-label={label}
      tabIndex={side ? -1 : 0}
      onPointerDown={hold}
      onKeyDown={press}
    />
  );
}
