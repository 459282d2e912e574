/** What the zones as they are drawn would have made of what stands there now, and of today's cases. */

import { type Case, getCases } from "../api";
import type { ZoneForm } from "../drawing";
import { clock, roughly, span } from "../format";
import { now } from "../live";
import { useLoaded } from "../loading";
import { toCase } from "../route";
import { useScene } from "../scenes";
import { named, t } from "../words";
import { type Outcome, outcomeOf } from "../would";
import { Empty, Fault, Loading } from "./words";

const CASES_MAX = 50;

export function Would({ id, zones }: { id: string; zones: ZoneForm[] }) {
  return (
    <section class="card would" aria-labelledby="would-title">
      <h2 id="would-title">{t("zones.would")}</h2>
      <Standing id={id} zones={zones} />
      <h3>{t("zones.would.today")}</h3>
      <Today id={id} zones={zones} />
      <p class="small note">{t("zones.would.note")}</p>
    </section>
  );
}

function Standing({ id, zones }: { id: string; zones: ZoneForm[] }) {
  const { scene } = useScene(id);
  const stays = scene?.stays ?? [];
  if (stays.length === 0) return <Empty quiet title={t("camera.nostays")} help={t("camera.nostays.do")} />;
  return (
    <ul class="plainlist">
      {stays.map((stay) => {
        const dwell = (now.value - Date.parse(stay.began_at)) / 1000;
        return (
          <li key={`${stay.began_at} ${stay.box}`}>
            <span>
              {named("thing", stay.kind)} <span class="number quiet">{span(dwell)}</span>
            </span>
            <Told outcome={outcomeOf(stay.kind, stay.box, dwell, zones)} standing />
          </li>
        );
      })}
    </ul>
  );
}

function Today({ id, zones }: { id: string; zones: ZoneForm[] }) {
  const { value, fault, again } = useLoaded(`today ${id}`, () => getCases({ camera: id }, CASES_MAX));
  if (fault) return <Fault detail={fault} again={again} />;
  if (!value) return <Loading />;
  const day = new Date(now.value).toDateString();
  const today = value.cases.filter((one) => one.thing && new Date(one.filed_at).toDateString() === day);
  if (today.length === 0)
    return <Empty quiet title={t("zones.would.nocases")} help={t("zones.would.nocases.do")} />;
  return (
    <ul class="plainlist todays">
      {today.map((one) => (
        <li key={one.id}>
          <span>
            <a href={toCase(one.id)}>{named("kind", one.kind)}</a>{" "}
            <span class="number quiet">
              {clock(one.filed_at, now.value)} · {span(one.dwell_s)}
            </span>
          </span>
          <Told outcome={outcomeNow(one, zones)} />
        </li>
      ))}
    </ul>
  );
}

const outcomeNow = (one: Case, zones: ZoneForm[]) => outcomeOf(one.thing ?? "", one.box, one.dwell_s, zones);

function Told({ outcome, standing }: { outcome: Outcome; standing?: boolean }) {
  const { zone, left_s } = outcome;
  if (zone === null || left_s === null) return <span class="quiet">{t("zones.would.not")}</span>;
  if (left_s <= 0) {
    return (
      <span class="late">
        {zone.id} · {t("zones.would.case")}
      </span>
    );
  }
  return (
    <span class="quiet">
      {zone.id} · {standing ? t("zones.would.soon", { time: roughly(left_s) }) : t("zones.would.not")}
    </span>
  );
}
