/** A camera's picture with its zones, what stands there, and for how long. */

import { useState } from "preact/hooks";
import type { Box, Scene, Stay, Zone } from "../api";
import { boxesShown } from "../choices";
import { span } from "../format";
import { Cctv } from "../icons";
import { now } from "../live";
import { isWatched } from "../polygon";
import { named } from "../words";

/** Sides of a picture that nobody has seen yet. */
const USUAL = 16 / 9;

export interface Mark {
  box: Box;
  label: string;
  tone: "stay" | "other" | "case";
}

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
            {scene?.stays.map((stay) => (
              <Standing key={`${stay.kind} ${stay.began_at} ${stay.box}`} stay={stay} zones={scene.zones} />
            ))}
            {marks.map((mark) => (
              <Marked key={mark.label} mark={mark} />
            ))}
          </>
        )}
      </div>
    </div>
  );
}

/** What stands in a zone is told in words; what stands elsewhere is only outlined. */
function Standing({ stay, zones }: { stay: Stay; zones: Zone[] }) {
  const watched = isWatched(stay.box, zones);
  const label = `${named("thing", stay.kind)} ${span(standing(stay.began_at))}`;
  return <Marked mark={{ box: stay.box, tone: watched ? "stay" : "other", label: watched ? label : "" }} />;
}

const standing = (since: string) => (now.value - Date.parse(since)) / 1000;

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

function Marked({ mark }: { mark: Mark }) {
  const [left, top, right, bottom] = mark.box;
  const percent = (part: number) => `${100 * part}%`;
  const place = {
    left: percent(left),
    top: percent(top),
    width: percent(right - left),
    height: percent(bottom - top),
  };
  // Where there is no room above the box, the label stands inside it.
  return (
    <div
      class={`mark ${mark.tone} ${top < 0.09 ? "inside" : ""} ${left > 0.7 ? "leftward" : ""}`}
      style={place}
    >
      {mark.label && <span>{mark.label}</span>}
    </div>
  );
}
