/** Whether a thing stands in a zone: by the middle of its foot, as the rules see it. */

import type { Box, Point, Zone } from "./api";

/** Zones that forbid nothing: what stands there is as it should be. */
const PERMITTING = ["berth", "vending_permitted", "collection_point"];

export const footOf = ([left, , right, bottom]: Box): Point => [(left + right) / 2, bottom];

/** Counts the sides that a line from the point to the right crosses. */
export function isWithin([x, y]: Point, polygon: Point[]): boolean {
  let within = false;
  for (let at = 0, before = polygon.length - 1; at < polygon.length; before = at++) {
    const [ax, ay] = polygon[at] as Point;
    const [bx, by] = polygon[before] as Point;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  }
  return within;
}

export const isWatched = (box: Box, zones: Zone[]) =>
  zones.some((zone) => !PERMITTING.includes(zone.kind) && isWithin(footOf(box), zone.polygon));
