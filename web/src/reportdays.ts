/** The days that a report is of. */

export const SPANS = ["day", "week", "month"] as const;
export type Span = (typeof SPANS)[number];

const DAY_MS = 86_400_000;
/** Noon: no change of clocks leads to another day. */
const noonOf = (day: string) => new Date(`${day}T12:00:00Z`);
const text = (date: Date) => date.toISOString().slice(0, 10);

/** The days of a span that holds `day`, as the program wants them. */
export function daysOf(span: Span, day: string): { from: string; to: string } {
  const at = noonOf(day);
  if (span === "day") return { from: day, to: day };
  if (span === "week") {
    const monday = new Date(at.getTime() - ((at.getUTCDay() + 6) % 7) * DAY_MS);
    return { from: text(monday), to: text(new Date(monday.getTime() + 6 * DAY_MS)) };
  }
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  return { from: text(new Date(Date.UTC(year, month, 1))), to: text(new Date(Date.UTC(year, month + 1, 0))) };
}

/** A day of the span before or after. */
export function neighbour(span: Span, day: string, step: 1 | -1): string {
  const { from, to } = daysOf(span, day);
  const edge = noonOf(step === 1 ? to : from);
  return text(new Date(edge.getTime() + step * DAY_MS));
}

/** As this machine has it. */
export const today = () => {
  const now = new Date();
  return text(new Date(now.getTime() - now.getTimezoneOffset() * 60_000));
};

/** Days sort as texts. */
export const earlier = (a: string, b: string) => (a < b ? a : b);
