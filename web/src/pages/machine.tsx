/** What the machine does, how long it takes, and what it could still take on. */

import type { ComponentChildren } from "preact";
import type { Machine, Span } from "../api";
import { bytes, clock, count, millis, rate } from "../format";
import { roomFor } from "../headroom";
import { cameras, health, machine, now } from "../live";
import { Chart, type Line } from "../parts/chart";
import { Empty, HealthPill, Loading } from "../parts/words";
import { named, t } from "../words";

const SKIP_COLOURS: Record<string, string> = {
  overload: "--bad",
  not_due: "--quiet",
  still: "--second",
  unchanged: "--third",
};
/** The way of a picture; what it does not name stands last. */
const STAGES = ["received_to_taken", "decode", "infer", "rules", "decision", "file", "deliver", "emission"];

export function MachinePage() {
  const figures = machine.value;
  if (!figures) {
    return (
      <div class="page">
        <Loading />
      </div>
    );
  }
  const last = figures.spans.at(-1);
  return (
    <div class="page machine">
      <header class="bar">
        <h1>{t("machine.title")}</h1>
        {health.value && <HealthPill state={health.value.state} />}
        <span class="push" />
        <span class="quiet">
          {health.value && t("machine.since", { time: clock(health.value.started_at, now.value) })}
        </span>
      </header>
      <Reasons />
      {last ? (
        <Readings figures={figures} last={last} />
      ) : (
        <Empty title={t("machine.none")} help={t("machine.none.do")} />
      )}
    </div>
  );
}

export function Reasons() {
  const told = health.value;
  if (!told || told.reasons.length === 0) return null;
  return (
    <ul class={`reasons ${told.state}`} lang="en">
      {told.reasons.map((reason) => (
        <li key={reason}>{reason}</li>
      ))}
    </ul>
  );
}

function Readings({ figures, last }: { figures: Machine; last: Span }) {
  return (
    <>
      <Tiles figures={figures} last={last} />
      <h2>{t("machine.charts")}</h2>
      <Charts figures={figures} />
      <div class="columns even">
        <Stages figures={figures} last={last} />
        <Waiting last={last} />
      </div>
    </>
  );
}

const stageOf = (span: Span, name: string) => span.stages.find((stage) => stage.stage === name);

/** The newest value that there is: emissions are rare. */
function latest(figures: Machine, stage: string): number | null {
  const span = figures.spans.findLast((span) => stageOf(span, stage));
  return (span && stageOf(span, stage)?.p99_ms) ?? null;
}

function Tiles({ figures, last }: { figures: Machine; last: Span }) {
  const decision = latest(figures, "decision");
  const emission = latest(figures, "emission");
  const live = cameras.value.filter((camera) => camera.phase === "live").length;
  const room = roomFor(figures, live);
  const allowed = (ms: number) => t("machine.of", { budget: millis(ms) });
  return (
    <dl class="tilesrow">
      <Tile name={t("machine.looks")} note={t("now.live", { live, total: cameras.value.length })}>
        {rate(last.looks_per_s)}
      </Tile>
      <Tile
        name={t("machine.decision")}
        note={allowed(figures.decision_budget_ms)}
        late={decision !== null && decision > figures.decision_budget_ms}
      >
        {millis(decision)}
      </Tile>
      <Tile
        name={t("machine.emission")}
        note={allowed(figures.emission_budget_ms)}
        late={emission !== null && emission > figures.emission_budget_ms}
      >
        {millis(emission)}
      </Tile>
      <Tile name={t("machine.cpu")} note={t("machine.ofcores", { n: figures.cores })}>
        {last.cpu_cores.toFixed(2)}
      </Tile>
      <Tile name={t("machine.memory")} note={t("machine.threads", { n: last.threads })}>
        {bytes(last.resident_bytes)}
      </Tile>
      <Tile name={t("machine.room")} note={t(room === null ? "machine.room.none" : "machine.room.note")}>
        {room === null ? "–" : `≈ ${count(room)}`}
      </Tile>
    </dl>
  );
}

interface TileProps {
  name: string;
  note: string;
  late?: boolean;
  children: ComponentChildren;
}

function Tile({ name, note, late, children }: TileProps) {
  return (
    <div class="card">
      <dt>{name}</dt>
      <dd class={late ? "late" : ""}>{children}</dd>
      <dd class="small">{note}</dd>
    </div>
  );
}

function Charts({ figures }: { figures: Machine }) {
  const spans = figures.spans;
  const times = spans.map((span) => Date.parse(span.at) / 1000);
  const reasons = [...new Set(spans.flatMap((span) => Object.keys(span.skipped_per_s)))].sort();
  const looks: Line[] = [
    {
      label: t("machine.line.looks"),
      colour: "--accent",
      values: spans.map((span) => span.looks_per_s),
      fill: true,
    },
    ...reasons.map((reason) => ({
      label: named("machine.skip", reason),
      colour: SKIP_COLOURS[reason] ?? "--quiet",
      values: spans.map((span) => span.skipped_per_s[reason] ?? 0),
    })),
  ];
  const decided = (share: "p50_ms" | "p95_ms" | "p99_ms") =>
    spans.map((span) => stageOf(span, "decision")?.[share] ?? null);
  const worst = Math.max(...decided("p99_ms").map((ms) => ms ?? 0));
  const latency: Line[] = [
    { label: "p50", colour: "--good", values: decided("p50_ms") },
    { label: "p95", colour: "--second", values: decided("p95_ms") },
    { label: "p99", colour: "--accent", values: decided("p99_ms") },
  ];
  // Far below its budget, the line would only press the others to the ground.
  if (worst > figures.decision_budget_ms / 3) {
    const budget = spans.map(() => figures.decision_budget_ms);
    latency.push({ label: t("machine.line.budget"), colour: "--bad", values: budget, dashed: true });
  }
  const cpu: Line[] = [
    {
      label: t("machine.line.cores"),
      colour: "--accent",
      values: spans.map((span) => span.cpu_cores),
      fill: true,
    },
  ];
  const memory: Line[] = [
    {
      label: t("machine.line.memory"),
      colour: "--second",
      values: spans.map((span) => span.resident_bytes / 2 ** 20),
      fill: true,
    },
  ];
  return (
    <div class="charts">
      <Chart title={t("machine.chart.looks")} times={times} lines={looks} />
      <Chart title={t("machine.chart.latency")} times={times} lines={latency} />
      <Chart title={t("machine.chart.cpu")} times={times} lines={cpu} />
      <Chart title={t("machine.chart.memory")} times={times} lines={memory} />
    </div>
  );
}

function Stages({ figures, last }: { figures: Machine; last: Span }) {
  const place = (name: string) => (STAGES.indexOf(name) + STAGES.length + 1) % (STAGES.length + 1);
  const stages = [...last.stages].sort((a, b) => place(a.stage) - place(b.stage));
  const allowed: Record<string, number> = {
    decision: figures.decision_budget_ms,
    emission: figures.emission_budget_ms,
  };
  return (
    <section class="card" aria-labelledby="stages-title">
      <h2 id="stages-title">{t("machine.stages")}</h2>
      {stages.length === 0 ? (
        <Empty quiet title={t("machine.nostages")} help={t("machine.nostages.do")} />
      ) : (
        <div class="scrolling">
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">{t("machine.stage")}</th>
                <th scope="col">p50</th>
                <th scope="col">p95</th>
                <th scope="col">p99</th>
                <th scope="col">{t("machine.samples")}</th>
              </tr>
            </thead>
            <tbody>
              {stages.map((stage) => (
                <tr key={stage.stage}>
                  <th scope="row">{named("stage", stage.stage)}</th>
                  <td>{millis(stage.p50_ms)}</td>
                  <td>{millis(stage.p95_ms)}</td>
                  <td class={stage.p99_ms > (allowed[stage.stage] ?? Infinity) ? "late" : ""}>
                    {millis(stage.p99_ms)}
                  </td>
                  <td>{count(stage.count)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Waiting({ last }: { last: Span }) {
  const told = health.value;
  const queues = Object.entries(last.queues).sort();
  return (
    <section class="card" aria-labelledby="queues-title">
      <h2 id="queues-title">{t("machine.queues")}</h2>
      <div class="scrolling">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">{t("machine.queue")}</th>
              <th scope="col">{t("machine.depth")}</th>
            </tr>
          </thead>
          <tbody>
            {told && (
              <>
                <tr>
                  <th scope="row">{t("machine.outbox")}</th>
                  <td>{count(told.deliveries_waiting)}</td>
                </tr>
                <tr>
                  <th scope="row">{t("machine.dead")}</th>
                  <td class={told.dead_letters > 0 ? "late" : ""}>{count(told.dead_letters)}</td>
                </tr>
              </>
            )}
            {queues.map(([name, depth]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{count(depth)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
