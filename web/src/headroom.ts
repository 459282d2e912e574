/** What a machine could still take on, from what it has carried lately. */

import type { Machine, Span } from "./api";

/** Of all cores so much may be taken: the rest is for the system and for bad minutes. */
const CORES_SHARE = 0.85;
/** Readings that count: five minutes. */
const SPANS = 30;
/** With fewer looks a second the cost of one is not to be told from the cost of idling. */
const LOOKS_MIN = 0.2;

/** More cameras like those that are live now; none before there is enough to go by. */
export function roomFor(machine: Machine, live: number): number | null {
  const lately = machine.spans.slice(-SPANS);
  const mean = (of: (span: Span) => number) =>
    lately.reduce((sum, span) => sum + of(span), 0) / lately.length;
  if (live === 0 || lately.length < 3 || mean((span) => span.looks_per_s) < LOOKS_MIN) return null;
  const taken = mean((span) => span.cpu_cores);
  if (taken <= 0) return null;
  // A machine that sheds has no room, whatever its cores say.
  const shed = mean((span) => span.skipped_per_s.overload ?? 0);
  if (shed > 0.1 * mean((span) => span.looks_per_s)) return 0;
  return Math.max(0, Math.floor(((machine.cores * CORES_SHARE - taken) * live) / taken));
}
