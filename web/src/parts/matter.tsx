/** What else is known of a case's matter: the cases before it, who else told of it, its hot spot. */

import { type Case, get, type HotSpot } from "../api";
import { clock } from "../format";
import { Flame, Repeat } from "../icons";
import { now } from "../live";
import { useLoaded } from "../loading";
import { toCamera, toCase } from "../route";
import { t } from "../words";
import { Empty, Fact, Facts } from "./words";

/** Of a hot spot's cases so many are led to. */
const CASES_SHOWN = 6;

export function MatterCard({ one }: { one: Case }) {
  const { recurs, joined = [], hot_spot, merged_into, report } = one;
  const nothing = !recurs && joined.length === 0 && !hot_spot && !merged_into && !report;
  return (
    <section class="card matter" aria-labelledby="matter-title">
      <h2 id="matter-title">{t("case.matter")}</h2>
      {nothing && <Empty quiet title={t("case.matter.none")} help={t("case.matter.none.do")} />}
      {merged_into && (
        <p>
          {t("case.matter.into")}: <CaseLink id={merged_into} />
        </p>
      )}
      {recurs && (
        <p data-recurs>
          <Repeat size={14} aria-hidden="true" />{" "}
          {t("case.matter.recurs", { n: recurs.count, days: recurs.days })}.{" "}
          <a href={toCase(recurs.case_id)}>{t("case.matter.before")}</a>
        </p>
      )}
      {hot_spot !== undefined && <Hot number={hot_spot} one={one} />}
      {report && (
        <Facts>
          {report.description && <Fact word="case.matter.report">{report.description}</Fact>}
          {report.address && <Fact word="case.matter.address">{report.address}</Fact>}
        </Facts>
      )}
      {joined.length > 0 && (
        <>
          <h3>{t("case.matter.joined")}</h3>
          <ul class="plainlist">
            {joined.map((other) => (
              <li key={other.case_id}>
                <span>
                  {other.camera_id ? (
                    <a href={toCamera(other.camera_id)}>{other.camera_id}</a>
                  ) : (
                    t("case.citizen")
                  )}
                  {other.report?.description && ` · ${other.report.description}`}
                </span>
                <span class="number">
                  <span class="quiet">{clock(other.at, now.value)}</span> <CaseLink id={other.case_id} />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Hot({ number, one }: { number: number; one: Case }) {
  const words = new URLSearchParams({ class: one.kind });
  const { value } = useLoaded(`hot ${one.kind}`, () =>
    get<{ hotspots: HotSpot[] }>(`/api/hotspots?${words}`),
  );
  const spot = value?.hotspots.find((spot) => spot.number === number);
  const others = (spot?.cases ?? []).filter((id) => id !== one.id).slice(0, CASES_SHOWN);
  return (
    <p data-hot>
      <Flame size={14} aria-hidden="true" />{" "}
      {t("case.matter.hot", { n: number, count: spot?.count ?? "–", days: spot?.days ?? "–" })}
      {others.map((id) => (
        <>
          {" "}
          <CaseLink id={id} />
        </>
      ))}
    </p>
  );
}

const CaseLink = ({ id }: { id: string }) => (
  <a href={toCase(id)}>
    <code>{id.slice(0, 8)}</code>
  </a>
);
