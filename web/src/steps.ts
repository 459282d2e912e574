/** The time of each step of the picture that proved a case. */

import type { Latency } from "./api";

export interface TimedStep {
  stage: string;
  /** From the picture's arrival, in milliseconds. */
  from_ms: number;
  to_ms: number;
}

/** From received to acknowledged; steps that have not come yet are left out. */
export function stepsOf(latency: Latency): TimedStep[] {
  const times: [string, string | null][] = [
    ["received_to_taken", latency.taken_at],
    ["decode", latency.decoded_at],
    ["infer", latency.inferred_at],
    ["rules", latency.decided_at],
    ["file", latency.filed_at],
    ["deliver", latency.delivered_at],
  ];
  const start = microseconds(latency.received_at);
  const steps: TimedStep[] = [];
  let from_ms = 0;
  for (const [stage, time] of times) {
    if (time === null) break;
    // A clock that was set back in between makes no step shorter than nothing.
    const to_ms = Math.max(from_ms, (microseconds(time) - start) / 1000);
    steps.push({ stage, from_ms, to_ms });
    from_ms = to_ms;
  }
  return steps;
}

/** `Date` forgets what is beyond thousandths; the program tells millionths. */
export function microseconds(time: string): number {
  const beyond = /\.\d{3}(\d{3})/.exec(time)?.[1] ?? "0";
  return Date.parse(time) * 1000 + Number(beyond);
}
