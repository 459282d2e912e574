/** Reports of a day, a week or a month, and how often cases were right; to look at, print and take away. */

import { useMemo, useState } from "preact/hooks";
import { get } from "../api";
import { city, hasCity } from "../city";
import { count, roughly } from "../format";
import { ChevronLeft, ChevronRight, Printer } from "../icons";
import { useLoaded } from "../loading";
import { Chart, type Line } from "../parts/chart";
import { Empty, Fault, Loading } from "../parts/words";
import { daysOf, earlier, neighbour, SPANS, type Span, today } from "../reportdays";
import { go, type ReportWords, toCases, toReports } from "../route";
import { language, named, t } from "../words";

const BY = ["grid", "unit", "road", "class"];

interface Figures {
  found: number;
  filed: number;
  rejected: number;
  dispatched: number;
  handled: number;
  closed: number;
  on_time: number;
  overdue: number;
  returned: number;
  repeats: number;
  on_time_share: number | null;
  returned_share: number | null;
  repeat_share: number | null;
  right_share: number | null;
  median: Record<string, number | null>;
}

interface Row extends Figures {
  id: string;
  name: string;
  rank: number | null;
  score: number | null;
}

interface Report {
  city: string;
  from: string;
  to: string;
  formula: string | null;
  total: Figures;
  rows: Row[];
  outcomes: [string, number][];
  hot_spots: { camera: string; camera_name: string; zone: string; class: string; cases: number }[];
}

interface PrecisionRow {
  id: string;
  right: number;
  judged: number;
  precision: number | null;
  often_wrong: boolean;
  commonest_reason: string | null;
}

interface Precision {
  goal: number;
  all: PrecisionRow;
  classes: PrecisionRow[];
  cameras: PrecisionRow[];
  zones: PrecisionRow[];
}

const share = (part: number | null) => (part === null ? "–" : `${Math.round(part * 100)} %`);

export function ReportsPage({ asked }: { asked: ReportWords }) {
  if (hasCity.value) return <Reports asked={asked} />;
  return (
    <div class="page reports">
      <header class="bar">
        <h1>{t("reports.title")}</h1>
      </header>
      {city.value ? <Empty title={t("reports.city")} help={t("life.none.do")} /> : <Loading />}
    </div>
  );
}

function Reports({ asked }: { asked: ReportWords }) {
  const span: Span = SPANS.find((one) => one === asked.span) ?? "month";
  const day = /^\d{4}-\d\d-\d\d$/.test(asked.day) ? asked.day : today();
  const by = BY.includes(asked.by) ? asked.by : "grid";
  const { from, to } = daysOf(span, day);
  // A report ends today at the latest: what is to come has not been found.
  const until = earlier(to, today());
  const choose = (words: Partial<ReportWords>) => go(toReports({ span, day, by, ...words }));
  const address = (by: string, format: string) =>
    `/api/reports?${new URLSearchParams({ from, to: until, by, format, lang: language.value })}`;
  const report = useLoaded(address(by, "json"), () => get<Report>(address(by, "json")));
  const days = useLoaded(address("day", "json"), () => get<Report>(address("day", "json")));
  const judged = `/api/precision?${new URLSearchParams({ from, to: until })}`;
  const precision = useLoaded(judged, () => get<Precision>(judged));
  const later = neighbour(span, day, 1);
  return (
    <div class="page reports">
      <header class="bar">
        <h1>{t("reports.title")}</h1>
        <span class="quiet number">
          {report.value?.city && `${report.value.city} · `}
          {from === until ? from : `${from} – ${until}`}
        </span>
        <span class="push" />
        <div class="bar choices-row">
          <a
            class="icon"
            href={toReports({ span, day: neighbour(span, day, -1), by })}
            aria-label={t("reports.before")}
            title={t("reports.before")}
          >
            <ChevronLeft size={18} aria-hidden="true" />
          </a>
          <label class="choice">
            {t("reports.span")}
            <select
              name="span"
              value={span}
              onChange={(event) => choose({ span: event.currentTarget.value })}
            >
              {SPANS.map((one) => (
                <option key={one} value={one}>
                  {named("reports.span", one)}
                </option>
              ))}
            </select>
          </label>
          <label class="choice">
            {t("reports.day")}
            <input
              type="date"
              name="day"
              value={day}
              max={today()}
              onChange={(event) => event.currentTarget.value && choose({ day: event.currentTarget.value })}
            />
          </label>
          {later <= today() ? (
            <a
              class="icon"
              href={toReports({ span, day: later, by })}
              aria-label={t("reports.after")}
              title={t("reports.after")}
            >
              <ChevronRight size={18} aria-hidden="true" />
            </a>
          ) : (
            <span class="icon off" aria-hidden="true">
              <ChevronRight size={18} />
            </span>
          )}
          <label class="choice">
            {t("reports.by")}
            <select name="by" value={by} onChange={(event) => choose({ by: event.currentTarget.value })}>
              {BY.map((one) => (
                <option key={one} value={one}>
                  {named("reports.by", one)}
                </option>
              ))}
            </select>
          </label>
        </div>
        <div class="bar choices-row">
          <button type="button" class="button" onClick={() => print()} disabled={!report.value}>
            <Printer size={15} aria-hidden="true" /> {t("reports.print")}
          </button>
          <a class="button" href={address(by, "html")} target="_blank" rel="noreferrer">
            {t("reports.html")}
          </a>
          <a class="button" href={address(by, "csv")} download={`report-${by}-${from}-${until}.csv`}>
            CSV
          </a>
          <a class="button" href={address(by, "json")} download={`report-${by}-${from}-${until}.json`}>
            JSON
          </a>
        </div>
      </header>
      {report.fault ? (
        <Fault detail={report.fault} again={report.again} />
      ) : !report.value ? (
        <Loading />
      ) : (
        <Counted report={report.value} by={by} days={days.value} precision={precision.value} />
      )}
    </div>
  );
}

interface CountedProps {
  report: Report;
  by: string;
  days: Report | null;
  precision: Precision | null;
}

function Counted({ report, by, days, precision }: CountedProps) {
  const total = report.total;
  const tiles: [string, string][] = [
    [t("reports.found"), count(total.found)],
    [t("reports.filed"), count(total.filed)],
    [t("reports.ontime"), share(total.on_time_share)],
    [t("reports.overdue"), count(total.overdue)],
    [t("reports.returned"), share(total.returned_share)],
    [t("reports.repeats"), share(total.repeat_share)],
    [t("reports.right"), share(total.right_share)],
  ];
  return (
    <>
      <dl class="tilesrow">
        {tiles.map(([name, value]) => (
          <div class="card" key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {days && days.rows.length > 1 && <Days days={days} />}
      <Ranking report={report} by={by} />
      <div class="columns even">
        {precision && <Rightness precision={precision} />}
        <div class="side">
          <HotSpots report={report} />
          <Outcomes report={report} />
        </div>
      </div>
    </>
  );
}

function Days({ days }: { days: Report }) {
  const rows = days.rows.filter((row) => /^\d{4}-\d{2}-\d{2}$/.test(row.id));
  const times = useMemo(() => rows.map((row) => Date.parse(row.id) / 1000), [days]);
  const line = (label: string, colour: string, of: (row: Row) => number): Line => ({
    label,
    colour,
    values: rows.map(of),
  });
  return (
    <div class="charts">
      <Chart
        title={t("reports.chart.cases")}
        days
        times={times}
        lines={[
          { ...line(t("reports.found"), "--accent", (row) => row.found), fill: true },
          line(t("reports.overdue"), "--bad", (row) => row.overdue),
        ]}
      />
      <Chart
        title={t("reports.chart.ends")}
        days
        times={times}
        lines={[
          line(t("reports.handled"), "--good", (row) => row.handled),
          line(t("reports.false"), "--third", (row) => row.rejected),
        ]}
      />
    </div>
  );
}

function Ranking({ report, by }: { report: Report; by: string }) {
  const [all, setAll] = useState(false);
  const most = Math.max(1, ...report.rows.map((row) => row.found));
  const telling = report.rows.filter((row) => row.found > 0);
  const shown = all ? report.rows : telling;
  const median = (row: Figures, key: string) => {
    const seconds = row.median[key];
    return seconds === null || seconds === undefined ? "–" : roughly(seconds);
  };
  return (
    <section class="card">
      <h2>{t("reports.rows")}</h2>
      {telling.length === 0 && !all ? (
        <Empty quiet title={t("reports.none")} help={t("reports.none.do")} />
      ) : (
        <div class="scrolling">
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">{t("reports.name")}</th>
                <th scope="col">{t("reports.rank")}</th>
                <th scope="col">{t("reports.score")}</th>
                <th scope="col">{t("reports.found")}</th>
                <th scope="col">{t("reports.handled")}</th>
                <th scope="col">{t("reports.ontime")}</th>
                <th scope="col">{t("reports.overdue")}</th>
                <th scope="col">{t("reports.returned")}</th>
                <th scope="col">{t("reports.handling")}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={row.id}>
                  <th scope="row">
                    <RowName row={row} by={by} />
                    <span class="measure" aria-hidden="true">
                      <i style={{ width: `${(100 * row.found) / most}%` }} />
                    </span>
                  </th>
                  <td>{row.rank ?? "–"}</td>
                  <td>{row.score === null ? "–" : row.score.toFixed(1)}</td>
                  <td>{count(row.found)}</td>
                  <td>{count(row.handled)}</td>
                  <td>{share(row.on_time_share)}</td>
                  <td class={row.overdue > 0 ? "late" : ""}>{count(row.overdue)}</td>
                  <td>{count(row.returned)}</td>
                  <td>{median(row, "handle_s")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {telling.length < report.rows.length && (
        <p class="foot">
          <button type="button" class="button" onClick={() => setAll(!all)} aria-expanded={all}>
            {all ? t("reports.fewer") : t("reports.all", { n: report.rows.length })}
          </button>
        </p>
      )}
      {report.formula && shown.length > 0 && <p class="small note">{t("reports.formula")}</p>}
    </section>
  );
}

/** Leads to the cases of a grid; classes stand in the page's own words. */
function RowName({ row, by }: { row: Row; by: string }) {
  if (!row.id) return <span class="quiet">{t("reports.without")}</span>;
  if (by === "grid") return <a href={toCases({ grid: row.id })}>{row.name || row.id}</a>;
  const own = named("kind", row.id);
  return <>{by === "class" && own !== row.id.replaceAll("_", " ") ? own : row.name || row.id}</>;
}

function Rightness({ precision }: { precision: Precision }) {
  const rows = [...precision.classes, ...precision.cameras.filter((row) => row.often_wrong)];
  return (
    <section class="card">
      <h2>{t("reports.precision", { goal: share(precision.goal) })}</h2>
      {precision.all.judged === 0 ? (
        <Empty quiet title={t("reports.unjudged")} help={t("reports.unjudged.do")} />
      ) : (
        <div class="scrolling">
          <table class="plain">
            <tbody>
              {[precision.all, ...rows].map((row) => (
                <tr key={row.id}>
                  <th scope="row">{row === precision.all ? t("cases.any") : named("kind", row.id)}</th>
                  <td>
                    {count(row.right)} / {count(row.judged)}
                  </td>
                  <td class={row.often_wrong ? "late" : ""}>{share(row.precision)}</td>
                  <td>{row.commonest_reason ? named("false", row.commonest_reason) : ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function HotSpots({ report }: { report: Report }) {
  return (
    <section class="card">
      <h2>{t("reports.hot")}</h2>
      {report.hot_spots.length === 0 ? (
        <Empty quiet title={t("reports.hot.none")} help={t("reports.hot.none.do")} />
      ) : (
        <ul class="plainlist">
          {report.hot_spots.map((one) => (
            <li key={`${one.camera} ${one.zone} ${one.class}`}>
              <span>
                {one.camera_name || one.camera} · {one.zone} · {named("kind", one.class)}
              </span>
              <b>{count(one.cases)}</b>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Outcomes({ report }: { report: Report }) {
  return (
    <section class="card">
      <h2>{t("reports.outcomes")}</h2>
      {report.outcomes.length === 0 ? (
        <Empty quiet title={t("reports.outcomes.none")} help={t("reports.outcomes.none.do")} />
      ) : (
        <ul class="plainlist">
          {report.outcomes.map(([outcome, cases]) => (
            <li key={outcome}>
              <span>{outcome}</span>
              <b>{count(cases)}</b>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
