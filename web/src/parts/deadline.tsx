/** Where a case stands, and how its clock does. */

import type { Stage } from "../api";
import { clock, roughly } from "../format";
import { urgency } from "../life";
import { now } from "../live";
import { named, t } from "../words";

const STAGE_TONES: Partial<Record<Stage, string>> = {
  review: "warn",
  filed: "open",
  dispatched: "warn",
  accepted: "warn",
  handled: "good",
  checked: "good",
  closed: "good",
};

export function StagePill({ stage }: { stage: Stage }) {
  return <span class={`pill ${STAGE_TONES[stage] ?? ""}`}>{named("stage.life", stage)}</span>;
}

/** "12 min left" or "20 min late"; says nothing where no clock runs. */
export function Due({ due, long }: { due: string | null; long?: boolean }) {
  const state = urgency(due, now.value);
  if (state === null || due === null) return null;
  const left = Math.abs(Date.parse(due) - now.value) / 1000;
  const words = t(state === "late" ? "life.late" : "life.left", { time: roughly(left) });
  return (
    <span class={`due ${state}`} title={t("life.due.at", { time: clock(due, now.value) })}>
      {words}
      {long && <span class="quiet"> · {clock(due, now.value)}</span>}
    </span>
  );
}
