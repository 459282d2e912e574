/** A case in a list: what, where, for how long, and the thing itself. */

import { type Case, evidencePath } from "../api";
import { clock, finderOf, millis, secondsBetween, span } from "../format";
import { Cctv, UserRound } from "../icons";
import { isEnd } from "../life";
import { isOpen } from "../list";
import { now, unseen } from "../live";
import { toCase } from "../route";
import { useStanding } from "../standings";
import { named, t } from "../words";
import { Due } from "./deadline";
import { Thumb } from "./thumb";
import { StatePill } from "./words";

export const CASE_ROW_HEIGHT = 84;

export function CaseRow({ one, chosen, withState }: { one: Case; chosen?: boolean; withState?: boolean }) {
  const piece = one.evidence.find((piece) => piece.role === "crop") ?? one.evidence[0];
  const standing = useStanding(one.id);
  const fresh = unseen.value.has(one.id);
  const late = one.latency.over_budget.length > 0;
  const told = one.latency.emission_ms;
  return (
    <a
      class={`caserow ${chosen ? "chosen" : ""} ${fresh ? "fresh" : ""} ${standing && isEnd(standing.stage) ? "ended" : ""}`}
      href={toCase(one.id)}
      data-case={one.id}
    >
      <span class="thumb">{piece && <Thumb src={evidencePath(one, piece)} />}</span>
      <span class="what">
        <strong>{named("kind", one.kind)}</strong>
        <span class="where">
          {one.camera_id ? <Cctv size={13} aria-hidden="true" /> : <UserRound size={13} aria-hidden="true" />}{" "}
          {finderOf(one)}
          {one.zone_id && ` · ${one.zone_id}`}
        </span>
        <span class="small">
          {clock(one.filed_at, now.value)}
          {standing ? (
            <>
              {" · "}
              {named("stage.life", standing.stage)} <Due due={standing.due} />
            </>
          ) : (
            <span class={late ? "late" : ""}>
              {" · "}
              {told === null ? t("case.nottold") : t("case.toldin", { time: millis(told) })}
            </span>
          )}
        </span>
      </span>
      <span class="dwell">
        <Standing one={one} />
        {withState ? <StatePill state={one.state} /> : <span class="small">{t("case.standing")}</span>}
      </span>
    </a>
  );
}

/** For how long the thing has stood; runs while it stands. */
export function Standing({ one }: { one: Case }) {
  const open = isOpen(one);
  const seconds = open ? (now.value - Date.parse(one.began_at)) / 1000 : gone(one);
  return (
    <strong class="number">
      {one.began_before_start && "> "}
      {span(seconds)}
    </strong>
  );
}

const gone = (one: Case) =>
  one.cleared_at ? secondsBetween(one.began_at, one.seen_at ?? one.cleared_at) : one.dwell_s;
