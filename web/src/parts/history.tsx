/** What became of a case: what the camera saw, who did what, when and why. */

import { type Case, casePath, get, type Life, type LifeEntry, type Step } from "../api";
import { clock } from "../format";
import { Bot, Cctv, UserRound } from "../icons";
import { actorName } from "../life";
import { now } from "../live";
import { useLoaded } from "../loading";
import { toCase } from "../route";
import { type Told, timeline } from "../timeline";
import { named, t } from "../words";
import { Fault } from "./words";

export function History({ one, life }: { one: Case; life: Life | null }) {
  const key = `${one.id} ${one.revision}`;
  const { value, fault, again } = useLoaded(key, () => get<{ steps: Step[] }>(`${casePath(one.id)}/history`));
  return (
    <section class="card" aria-labelledby="history-title">
      <h2 id="history-title">{t("case.history")}</h2>
      {fault ? (
        <Fault detail={fault} again={again} />
      ) : (
        <ol class="history">
          {timeline(value?.steps ?? [], life).map((told) => (
            <Row
              key={`${told.from} ${told.at} ${told.from === "life" ? told.entry.number : told.what}`}
              told={told}
            />
          ))}
        </ol>
      )}
    </section>
  );
}

function Row({ told }: { told: Told }) {
  return (
    <li class={told.from}>
      <span>{told.from === "life" ? <Entry entry={told.entry} /> : <Seen told={told} />}</span>
      <time class="quiet number" dateTime={told.at}>
        {clock(told.at, now.value)}
      </time>
    </li>
  );
}

function Seen({ told }: { told: Told & { from: "camera" } }) {
  return (
    <>
      {named("step", told.what)}
      {told.times > 1 && (
        <span class="quiet">
          {" "}
          {t("history.times", { n: told.times, time: clock(told.until, now.value) })}
        </span>
      )}
    </>
  );
}

function Entry({ entry }: { entry: LifeEntry }) {
  const by = actorName(entry.by);
  const Icon = { person: UserRound, camera: Cctv, program: Bot }[by.kind];
  const judged = entry.step === "judge" ? (entry.right ? "judge_right" : "judge_wrong") : entry.step;
  return (
    <>
      <strong>{named("life.step", judged ?? "found")}</strong>
      {entry.to && <> → {entry.to}</>}
      {entry.late && <span class="pill bad"> {t("history.late")}</span>}
      <span class="small by">
        <Icon size={12} aria-hidden="true" /> {by.kind === "program" ? t("history.program") : by.name}
        {entry.until && ` · ${t("history.until", { time: clock(entry.until, now.value) })}`}
        {entry.outcome && ` · ${entry.outcome}`}
        {entry.reason && ` · ${named("false", entry.reason)}`}
        {entry.why && ` · ${entry.why}`}
        {entry.into && (
          <>
            {" · "}
            <a href={toCase(entry.into)}>{entry.into.slice(0, 8)}</a>
          </>
        )}
      </span>
    </>
  );
}
