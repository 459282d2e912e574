/** What became of a case, told in one row: what the camera saw and what people did. */

import type { Life, LifeEntry, Step } from "./api";

export type Told =
  | { from: "camera"; at: string; what: string; times: number; until: string }
  | { from: "life"; at: string; entry: LifeEntry };

/** Oldest first. What was only seen again and again stands once, with how often. */
export function timeline(steps: Step[], life: Life | null): Told[] {
  const told: Told[] = [];
  for (const step of steps) {
    // Each step of its life is told below in its own words.
    if (step.what === "life" && life) continue;
    const last = told.at(-1);
    if (last?.from === "camera" && last.what === "standing" && step.what === "standing") {
      last.times += 1;
      last.until = step.at;
    } else {
      told.push({ from: "camera", at: step.at, what: step.what, times: 1, until: step.at });
    }
  }
  const entries = (life?.entries ?? []).map((entry): Told => ({ from: "life", at: entry.at, entry }));
  // The camera's own first where both are of one moment: it saw before anyone acted.
  return [...told, ...entries].sort((a, b) =>
    a.at === b.at ? (a.from === b.from ? 0 : a.from === "camera" ? -1 : 1) : a.at < b.at ? -1 : 1,
  );
}
