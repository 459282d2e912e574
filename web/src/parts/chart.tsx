/** A chart over time, drawn by uPlot in the page's own colours. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { theme } from "../choices";
import { language, t } from "../words";

export interface Line {
  label: string;
  /** A colour of the page, as in `--good`. */
  colour: string;
  values: (number | null)[];
  dashed?: boolean;
  fill?: boolean;
}

const HEIGHT = 190;

interface ChartProps {
  title: string;
  times: number[];
  lines: Line[];
  /** Times are days, at their beginning in UTC. */
  days?: boolean;
}

export function Chart({ title, times, lines, days = false }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = [times, ...lines.map((line) => line.values)] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const shape = lines.map((line) => `${line.label} ${line.colour}`).join("|");
  const colours = `${theme.value} ${language.value}`;

  // Not by all that it uses: `shape` and `colours` name what it is drawn from
  useEffect(() => {
    const box = frame.current;
    if (!box) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(box, lines, days), latest.current, box);
    };
    draw();
    const fit = () => plot.current?.setSize({ width: box.clientWidth, height: HEIGHT });
    const watcher = new ResizeObserver(fit);
    watcher.observe(box);
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", draw);
    // What is printed is light, and as wide as paper.
    addEventListener("beforeprint", draw);
    addEventListener("afterprint", draw);
    return () => {
      removeEventListener("beforeprint", draw);
      removeEventListener("afterprint", draw);
      watcher.disconnect();
      system.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape, colours]);
  useEffect(() => plot.current?.setData(data), [data]);

  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={frame} role="img" aria-label={`${title}: ${spoken(lines)}`} />
    </figure>
  );
}

/** The newest value of each line, for who cannot see them. */
function spoken(lines: Line[]): string {
  const last = (line: Line) => line.values.findLast((value) => value !== null);
  return lines.map((line) => `${line.label} ${last(line)?.toPrecision(3) ?? "–"}`).join(", ");
}

/** Cases are counted: between one and two there is nothing. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
const HALF_DAY_S = 43_200;

function options(box: HTMLElement, lines: Line[], days: boolean): uPlot.Options {
  const colour = (name: string) => getComputedStyle(box).getPropertyValue(name).trim();
  const probe = document.createElement("span");
  box.append(probe);
  const resolved = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const quiet = resolved("--quiet");
  const axis: uPlot.Axis = {
    stroke: quiet,
    grid: { stroke: resolved("--line"), width: 1 },
    ticks: { show: false },
    font: `11px ${colour("--font") || "sans-serif"}`,
  };
  // A single day would be no line.
  const series = lines.map((line): uPlot.Series => {
    const stroke = resolved(line.colour);
    return {
      label: line.label,
      stroke,
      width: 1.5,
      points: { show: days },
      ...(line.dashed ? { dash: [5, 4] } : {}),
      ...(line.fill ? { fill: stroke.replace(/^rgb\((.*)\)$/, "rgba($1, 0.14)") } : {}),
      value: (_, value) => (value === null || value === undefined ? "" : value.toPrecision(3)),
    };
  });
  probe.remove();
  const told = (at: number, form: string) => uPlot.fmtDate(form)(new Date(at * 1000));
  // Noon in UTC is the same day everywhere but at the edges of the map.
  const day = (at: number) => told(at + HALF_DAY_S, "{M}/{D}");
  return {
    width: box.clientWidth || 300,
    height: HEIGHT,
    series: [
      {
        label: t(days ? "reports.chart.day" : "machine.time"),
        value: (_, at) => (at ? (days ? day(at) : told(at, "{HH}:{mm}:{ss}")) : ""),
      },
      ...series,
    ],
    axes: [
      {
        ...axis,
        size: 26,
        values: (_, times) => times.map((at) => (days ? day(at) : told(at, "{HH}:{mm}"))),
        ...(days ? { incrs: [1, 2, 7, 14, 28].map((n) => n * 2 * HALF_DAY_S) } : {}),
      },
      { ...axis, size: 48, ...(days ? { incrs: WHOLE } : {}) },
    ],
    scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.08, days ? 1 : 0.1)] } },
    cursor: { y: false },
  };
}
