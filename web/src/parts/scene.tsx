/** A camera's picture with its zones, what stands there, and for how long. */

import { useState } from "preact/hooks";
import type { Box, Scene, Stay, Zone } from "../api";
import { boxesShown } from "../choices";
import { span } from "../format";
import { Cctv } from "../icons";
import { LEFTWARD, MEASURES, type Side, sidesOf } from "../labels";
import { now } from "../live";
import { isWatched } from "../polygon";
import { named } from "../words";

/** Sides of a picture that nobody has seen yet. */
const USUAL = 16 / 9;
const PHONE_WIDTH = 720;

export interface Mark {
  box: Box;
  label: string;
  tone: "stay" | "other" | "case";
}

type KeyedMark = Mark & { key: string };

interface Props {
  src: string | null;
  alt: string;
  scene?: Scene | null | undefined;
  marks?: Mark[];
  lazy?: boolean;
  /** The frame has the picture's own shape instead of 16:9. */
  natural?: boolean;
}

export function Picture({ src, alt, scene, marks = [], lazy, natural }: Props) {
  const [shape, setShape] = useState(USUAL);
  const [absent, setAbsent] = useState<string | null>(null);
  const loaded = (event: Event) => {
    const image = event.currentTarget as HTMLImageElement;
    if (image.naturalHeight > 0) setShape(image.naturalWidth / image.naturalHeight);
    setAbsent(null);
  };
  // The picture keeps its shape within the frame, and what is drawn keeps to the picture.
  const wide = shape >= USUAL;
  const fit = natural
    ? { width: "100%", height: "100%" }
    : wide
      ? { width: "100%", height: `${(100 * USUAL) / shape}%` }
      : { width: `${(100 * shape) / USUAL}%`, height: "100%" };
  // The longest first: they are the nearest to a case, and the first to find room.
  const stays = [...(scene?.stays ?? [])].sort((a, b) => (a.began_at < b.began_at ? -1 : 1));
  const all = boxesShown.value
    ? [
        ...marks.map((mark): KeyedMark => ({ ...mark, key: mark.label })),
        ...stays.map((stay) => standing(stay, scene?.zones ?? [])),
      ]
    : [];
  const measure = natural && innerWidth > PHONE_WIDTH ? MEASURES.large : MEASURES.tile;
  // In a tile a picture that is not as wide has less room for letters.
  const letter = natural || wide ? measure.letter : (measure.letter * USUAL) / shape;
  const sides = sidesOf(all, { ...measure, letter });
  return (
    <div class="picture" style={natural ? { aspectRatio: String(shape) } : {}}>
      <div class="fit" style={fit}>
        <span class="nopicture">
          <Cctv size={28} aria-hidden="true" />
        </span>
        {src && absent !== src && (
          <img
            src={src}
            alt={alt}
            loading={lazy ? "lazy" : "eager"}
            decoding="async"
            onLoad={loaded}
            onError={() => setAbsent(src)}
          />
        )}
        {boxesShown.value && (
          <>
            {scene && <Zones scene={scene} />}
            {all.map((mark, at) => (
              <Marked key={mark.key} mark={mark} side={sides[at] ?? null} />
            ))}
          </>
        )}
      </div>
    </div>
  );
}

/** What stands in a zone is told in words; what stands elsewhere is only outlined. */
function standing(stay: Stay, zones: Zone[]): KeyedMark {
  const seconds = (now.value - Date.parse(stay.began_at)) / 1000;
  const watched = isWatched(stay.box, zones);
  return {
    key: `${stay.kind} ${stay.began_at} ${stay.box}`,
    box: stay.box,
    tone: watched ? "stay" : "other",
    label: watched ? `${named("thing", stay.kind)} ${span(seconds)}` : "",
  };
}

function Zones({ scene }: { scene: Scene }) {
  return (
    <svg class="zones" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
      {scene.zones.map((zone) => (
        <polygon
          key={zone.id}
          class={`zone ${zone.kind}`}
          points={zone.polygon.map((corner) => corner.join(",")).join(" ")}
          vector-effect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}

function Marked({ mark, side }: { mark: Mark; side: Side | null }) {
  const [left, top, right, bottom] = mark.box;
  const percent = (part: number) => `${100 * part}%`;
  const place = {
    left: percent(left),
    top: percent(top),
    width: percent(right - left),
    height: percent(bottom - top),
  };
  return (
    <div class={`mark ${mark.tone} ${side ?? ""} ${left > LEFTWARD ? "leftward" : ""}`} style={place}>
      {side && <span>{mark.label}</span>}
    </div>
  );
}
