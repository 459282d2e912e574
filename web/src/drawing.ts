/** Zones while they are drawn: corners set, dragged, put in between and taken away. */

import type { Point } from "./api";
import { isWithin } from "./polygon";

/** A zone as it is written; what is not given is as usual for its kind. */
export interface ZoneForm {
  id: string;
  kind: string;
  polygon: Point[];
  hours: string[];
  pre_alarm_s?: number;
  violation_s?: number;
  exempt: string[];
}

export interface ZoneSheet {
  zones: ZoneForm[];
  drawn: boolean;
}

export const KINDS = [
  "no_parking",
  "no_stopping",
  "pavement",
  "lane",
  "berth",
  "no_vending",
  "vending_permitted",
  "no_dumping",
  "collection_point",
];

const CORNERS_MIN = 3;
/** A thousandth of the picture is less than two pixels. */
const DIGITS = 4;

const clip = (part: number) => Number(Math.min(1, Math.max(0, part)).toFixed(DIGITS));
export const clipped = ([x, y]: Point): Point => [clip(x), clip(y)];

export function withCorner(polygon: Point[], at: number, to: Point): Point[] {
  return polygon.map((corner, index) => (index === at ? clipped(to) : corner));
}

/** A new corner on the side that begins at `after`. */
export function withCornerBetween(polygon: Point[], after: number, at: Point): Point[] {
  return [...polygon.slice(0, after + 1), clipped(at), ...polygon.slice(after + 1)];
}

/** The same without a corner; as it was if too few would be left. */
export function withoutCorner(polygon: Point[], at: number): Point[] {
  return polygon.length > CORNERS_MIN ? polygon.filter((_, index) => index !== at) : polygon;
}

/** Moved as a whole, as far as the picture goes. */
export function moved(polygon: Point[], [dx, dy]: Point): Point[] {
  const room = (parts: number[], by: number) =>
    Math.min(1 - Math.max(...parts), Math.max(-Math.min(...parts), by));
  const x = room(
    polygon.map((corner) => corner[0]),
    dx,
  );
  const y = room(
    polygon.map((corner) => corner[1]),
    dy,
  );
  return polygon.map(([a, b]) => clipped([a + x, b + y]));
}

export const middle = (polygon: Point[], after: number): Point => {
  const [a, b] = [polygon[after] as Point, polygon[(after + 1) % polygon.length] as Point];
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
};

/** The topmost zone at a place; the last one drawn lies above. */
export function zoneAt(zones: ZoneForm[], at: Point): number {
  return zones.findLastIndex((zone) => isWithin(at, zone.polygon));
}

/** A name that no zone has yet: `zone-1`, `zone-2` and so on. */
export function freeName(zones: ZoneForm[]): string {
  const taken = new Set(zones.map((zone) => zone.id));
  for (let number = 1; ; number++) if (!taken.has(`zone-${number}`)) return `zone-${number}`;
}

export interface ZoneFault {
  /** Which zone of the list; none where it is not of one zone. */
  zone: number | null;
  text: string;
}

/**
 * The program tells faults as it tells those of a file: `zones:4: zone.#1.id =
 * "a b": must be …`, and at last how many there are. Here there are no lines.
 */
export function zoneFaults(detail: string): ZoneFault[] {
  const lines = detail.split("\n").filter((line) => line.trim() !== "" && !/^\d+ faults? in /.test(line));
  return lines.map((line) => {
    const [, number, text] = /^(?:zones:\d+: )?zone\.#(\d+)\.?(.*)$/.exec(line) ?? [];
    return number ? { zone: Number(number) - 1, text: text ?? "" } : { zone: null, text: line };
  });
}
