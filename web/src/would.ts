/** What zones as they are drawn would make of a thing: an estimate, as the program's rules know more. */

import type { Box } from "./api";
import type { ZoneForm } from "./drawing";
import { footOf, isWithin } from "./polygon";

const VEHICLES = ["car", "truck", "bus", "tricycle"];
const STALLS = ["stall", "umbrella", "tricycle"];
const HEAPS = ["garbage", "overflowing_bin"];

/** What each kind of zone speaks of, and after how many seconds if nothing is said. */
const FORBIDS: Record<string, { things: string[]; usual_s: number }> = {
  no_stopping: { things: VEHICLES, usual_s: 60 },
  no_parking: { things: VEHICLES, usual_s: 300 },
  lane: { things: VEHICLES, usual_s: 300 },
  pavement: { things: VEHICLES, usual_s: 180 },
  no_vending: { things: STALLS, usual_s: 180 },
  no_dumping: { things: HEAPS, usual_s: 600 },
};
const PERMITS: Record<string, string[]> = {
  berth: VEHICLES,
  vending_permitted: STALLS,
  collection_point: HEAPS,
};

export interface Outcome {
  /** The zone that speaks of the thing; none where none does. */
  zone: ZoneForm | null;
  /** Seconds until it is a case: none or less than none if it is one. */
  left_s: number | null;
}

/** The zone that would tell of it first. */
export function outcomeOf(thing: string, box: Box, dwell_s: number, zones: ZoneForm[]): Outcome {
  const foot = footOf(box);
  const here = zones.filter((zone) => isWithin(foot, zone.polygon));
  const nothing = { zone: null, left_s: null };
  if (here.some((zone) => PERMITS[zone.kind]?.includes(thing))) return nothing;
  let first: Outcome = nothing;
  for (const zone of here) {
    const rule = FORBIDS[zone.kind];
    if (!rule?.things.includes(thing) || zone.exempt.includes(thing)) continue;
    const left_s = (zone.violation_s ?? rule.usual_s) - dwell_s;
    if (first.left_s === null || left_s < first.left_s) first = { zone, left_s };
  }
  return first;
}
