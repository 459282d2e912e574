// A large city that is only told of: does the page stay quick with it?
//   node scripts/load.mjs [CAMERAS] [CASES]
// Serves the built page with made-up answers and tells: first paint, frames a
// second while the wall, the list and the map are moved, and what the tab takes.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBrowser } from "./browser.mjs";

const [cameraCount = 300, caseCount = 10_000] = process.argv.slice(2).map(Number);
const built = fileURLToPath(new URL("../.built", import.meta.url));
const START = Date.now();
const at = (ago_s) => new Date(START - ago_s * 1000).toISOString();
const PHASES = ["live", "live", "live", "live", "live", "live", "live", "live", "lost", "stalled"];

const cameras = Array.from({ length: cameraCount }, (_, n) => ({
  camera_id: `camera-${n}`,
  phase: PHASES[n % PHASES.length],
  reason: n % 10 < 8 ? "" : "no answer from the camera for 12 s",
  since: at(4000),
  last_keyframe_at: at(1),
  capture_clock: "sender_report",
  keyframes: 2000,
  bytes: 1e9,
  reconnects: n % 3,
  asked_interval_s: 4,
  kept_interval_s: 4.2,
  looks: 1000,
  skipped_not_due: 1000,
  skipped_overload: 0,
  last_look_at: at(2),
  open_cases: n % 7 === 0 ? 3 : 0,
}));
const cases = Array.from({ length: caseCount }, (_, n) => ({
  id: n.toString(16).padStart(32, "0"),
  kind: ["illegal_parking", "street_vending", "garbage_pile"][n % 3],
  camera_id: `camera-${n % cameraCount}`,
  zone_id: "kerb",
  state: "filed",
  revision: 2,
  thing: "car",
  began_at: at(600 + n),
  began_before_start: false,
  proved_at: at(300 + n),
  filed_at: at(299 + n),
  seen_at: at(2),
  cleared_at: null,
  box: [0.2, 0.4, 0.5, 0.8],
  score: 0.8,
  dwell_s: 600,
  evidence: ["A", "B", "C", "crop"].map((role) => ({
    role,
    captured_at: at(300 + n),
    file: `2026/05/01/x/${role}.jpg`,
    sha256: "0".repeat(64),
    width: 1920,
    height: 1080,
    box: [0.2, 0.4, 0.5, 0.8],
  })),
  latency: {
    captured_at: at(300),
    received_at: at(300),
    taken_at: at(300),
    decoded_at: at(300),
    inferred_at: at(300),
    decided_at: at(300),
    filed_at: at(299),
    delivered_at: at(299),
    decision_ms: 48,
    emission_ms: 900,
    over_budget: [],
  },
}));
const scene = (camera_id) => ({
  camera_id,
  captured_at: new Date(Math.floor(Date.now() / 4000) * 4000).toISOString(),
  zones: [
    {
      id: "kerb",
      kind: "no_parking",
      polygon: [
        [0.1, 0.4],
        [0.9, 0.4],
        [0.9, 0.9],
        [0.1, 0.9],
      ],
    },
  ],
  stays: Array.from({ length: 6 }, (_, n) => ({
    kind: "car",
    box: [0.15 * n, 0.5, 0.15 * n + 0.12, 0.7],
    began_at: at(100 + n),
    dwell_s: 100,
  })),
});
const health = {
  state: "ok",
  reasons: [],
  cameras: {
    total: cameraCount,
    live: cameraCount,
    connecting: 0,
    stalled: 0,
    lost: 0,
    refused: 0,
    disabled: 0,
  },
  started_at: at(4000),
  looks: 1000,
  last_look_at: at(1),
  open_cases: caseCount,
  deliveries_waiting: 0,
  oldest_delivery_at: null,
  dead_letters: 0,
  problems: [],
};
// A district of 17 × 5 grids, with the cameras spread over it.
const grids = Array.from({ length: 85 }, (_, n) => {
  const [west, south] = [113.6 + 0.007 * (n % 17), 34.7 + 0.0065 * Math.floor(n / 17)];
  const polygon = [
    [west, south],
    [west + 0.007, south],
    [west + 0.007, south + 0.0065],
    [west, south + 0.0065],
  ];
  return { id: `grid-${n}`, name: `Grid ${n}`, district: "d", polygon };
});
const city = {
  name: "Load",
  tiles: null,
  districts: [{ id: "d", name: "D" }],
  classes: [],
  grids,
  roads: [],
  cameras: cameras.map((camera, n) => ({
    camera_id: camera.camera_id,
    name: camera.camera_id,
    place: [113.6 + ((n * 37) % 119) * 0.001, 34.7 + ((n * 53) % 32) * 0.001],
    grid: `grid-${n % 85}`,
    road: null,
  })),
};
const openCounts = cameras
  .map((camera, n) => ({ camera_id: camera.camera_id, kind: "illegal_parking", count: n % 30 }))
  .filter((one) => one.count > 0);
const KINDS = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
let picture = Buffer.alloc(0);

function answer(url, response) {
  const json = (value) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  if (url.pathname === "/api/events") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const tell = (name, value) => response.write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
    tell("hello", { started_at: at(4000), page: "", now: new Date().toISOString() });
    const turn = setInterval(() => {
      tell("cameras", cameras.slice(0, 20));
      tell("health", health);
    }, 1000);
    return response.on("close", () => clearInterval(turn));
  }
  if (url.pathname.endsWith(".jpg")) {
    return response.writeHead(200, { "content-type": "image/jpeg" }).end(picture);
  }
  if (url.pathname === "/api/cameras") return json({ cameras });
  if (url.pathname === "/api/scenes") return json({ scenes: url.searchParams.getAll("camera").map(scene) });
  if (url.pathname === "/api/machine")
    return json({ cores: 2, decision_budget_ms: 1000, emission_budget_ms: 2000, spans: [] });
  if (url.pathname === "/api/city") return json(city);
  if (url.pathname === "/api/city/open") return json({ open: openCounts });
  if (url.pathname === "/api/lives") {
    const standing = (case_id) => ({ case_id, stage: "dispatched", grid: "grid-1", due: at(-3600) });
    return json({ lives: url.searchParams.getAll("case").map(standing) });
  }
  if (url.pathname === "/healthz") return json(health);
  if (url.pathname === "/api/cases") {
    const before = url.searchParams.get("before") ?? "9";
    const limit = Number(url.searchParams.get("limit"));
    const page = cases.filter((one) => one.filed_at < before).slice(0, limit);
    return json({ cases: page, next_before: page.length === limit ? page.at(-1).filed_at : null });
  }
  const name = url.pathname === "/" ? "index.html" : url.pathname.slice(1);
  response.setHeader("content-type", KINDS[name.split(".").pop()] ?? "text/plain");
  response.end(readFileSync(join(built, name)));
}

const server = createServer((request, response) => {
  try {
    answer(new URL(request.url, "http://x"), response);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const base = `http://127.0.0.1:${server.address().port}`;
const browser = await startBrowser();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
// A picture such as the program makes for a tile.
await page.setContent('<canvas width="480" height="270"></canvas>');
const drawn = await page.evaluate(() => {
  const canvas = document.querySelector("canvas");
  const brush = canvas.getContext("2d");
  for (let n = 0; n < 4000; n++) {
    brush.fillStyle = `hsl(${(n * 37) % 360} 40% ${30 + (n % 40)}%)`;
    brush.fillRect((n * 71) % 480, (n * 43) % 270, 14, 10);
  }
  return canvas.toDataURL("image/jpeg", 0.75).split(",")[1];
});
picture = Buffer.from(drawn, "base64");

await page.goto(base);
await page.locator(".tile").first().waitFor();
await page.waitForTimeout(3000);
const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
const atRest = await tabBytes();
const wall = await page.evaluate(scrolled, ".wall .scroller");
const list = await page.evaluate(scrolled, ".open .scroller");
const atWork = await tabBytes();
// To the end of all cases, page by page, as nobody does.
const all = await page.evaluate(async () => {
  const box = document.querySelector(".open .scroller");
  for (let still = 0, before = 0; still < 20; ) {
    box.scrollTop = box.scrollHeight;
    await new Promise((next) => setTimeout(next, 100));
    still = box.scrollHeight === before ? still + 1 : 0;
    before = box.scrollHeight;
  }
  return Math.round(document.querySelector(".open .virtual").clientHeight / 84);
});
const long = await page.evaluate(scrolled, ".open .scroller");
await page.goto(`${base}/#/map`);
await page.locator(".citymap[data-state=drawn]").waitFor();
const map = await page.evaluate(dragged, ".citymap");
await page.goto(`${base}/#/`);
await page.waitForTimeout(1000);
const session = await page.context().newCDPSession(page);
await session.send("HeapProfiler.collectGarbage");
const { metrics } = await session
  .send("Performance.enable")
  .then(() => session.send("Performance.getMetrics"));
const heap = metrics.find((metric) => metric.name === "JSHeapUsedSize").value;
const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
console.log(`first contentful paint   ${Math.round(paint)} ms`);
console.log(`scrolling the wall       ${wall} frames/s (${cameraCount} cameras)`);
console.log(
  `scrolling open cases     ${list} frames/s; with all ${all} of ${caseCount} loaded ${long} frames/s`,
);
console.log(`zooming the map          ${map} frames/s`);
const atEnd = await tabBytes();
// What a browser lets go of by itself when others need the room: pictures that it has unpacked, mostly.
await session.send("Memory.simulatePressureNotification", { level: "critical" }).catch(() => {});
await page.waitForTimeout(2000);
const told = [atRest, atWork, atEnd, await tabBytes()].map((bytes) => Math.round(bytes / 2 ** 20));
console.log(
  `the tab's own memory     ${told[0]} MiB at rest, ${told[1]} after scrolling, ${told[2]} after all, ${told[3]} when the system asks for room`,
);
console.log(`JavaScript heap          ${Math.round(heap / 2 ** 20)} MiB, ${nodes} elements`);
await browser.close();
server.close();
process.exit(0);

/** What the page's own process holds that no other shares, by the system's count. */
async function tabBytes() {
  const whole = await browser.newBrowserCDPSession();
  const { processInfo } = await whole.send("SystemInfo.getProcessInfo");
  const own = processInfo.filter((one) => one.type === "renderer");
  const bytes = own.map(({ id }) => {
    const rollup = readFileSync(`/proc/${id}/smaps_rollup`, "utf8");
    const kib = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(rollup)?.[1] ?? 0);
    return 1024 * (kib("Private_Dirty") + kib("Private_Clean"));
  });
  return Math.max(...bytes);
}

/** Frames a second while the map is zoomed in and out for three seconds. */
async function dragged(selector) {
  const box = document.querySelector(selector);
  const place = box.getBoundingClientRect();
  const start = performance.now();
  let frames = 0;
  while (performance.now() - start < 3000) {
    await new Promise((next) => requestAnimationFrame(next));
    const part = ((performance.now() - start) % 1500) / 1500;
    if (frames % 6 === 0) {
      const [clientX, clientY] = [place.left + place.width / 2, place.top + place.height / 2];
      const way = { deltaY: part < 0.5 ? -60 : 60, clientX, clientY, bubbles: true };
      box.dispatchEvent(new WheelEvent("wheel", way));
    }
    frames += 1;
  }
  return Math.round(frames / 3);
}

/** Frames a second while a box is scrolled up and down for three seconds. */
async function scrolled(selector) {
  const box = document.querySelector(selector);
  const start = performance.now();
  let frames = 0;
  while (performance.now() - start < 3000) {
    await new Promise((next) => requestAnimationFrame(next));
    const part = ((performance.now() - start) % 1500) / 1500;
    box.scrollTop = (part < 0.5 ? part : 1 - part) * 2 * Math.min(box.scrollHeight, 20_000);
    frames += 1;
  }
  return Math.round(frames / 3);
}
