"use strict";
// Asks the API every few seconds and writes the answers down. Whatever comes
// from a camera or a case is set as text, never as markup.

const EVERY_MS = 3000;
const ROWS_MAX = 200;
const TONES = {
  ok: "good", live: "good",
  degraded: "warn", connecting: "warn", stalled: "warn",
  ill: "bad", lost: "bad", refused: "bad",
};
// Ill cameras first: they are what a person looks for.
const ORDER = ["refused", "lost", "stalled", "connecting", "live", "disabled"];

// The way of a picture; what it does not name stands last.
const STAGES = ["received_to_taken", "decode", "infer", "rules", "decision", "file", "deliver", "emission"];

const at = (id) => document.getElementById(id);
let cameras = [];
let answeredAt = 0;

function make(tag, options = {}, ...children) {
  const element = Object.assign(document.createElement(tag), options);
  element.append(...children);
  return element;
}

const cell = (content, className = "") => make("td", { className }, content);
const number = (text, className = "") => cell(text, `number ${className}`);
const row = (...cells) => make("tr", {}, ...cells);
const pill = (word) => make("span", { className: `pill ${TONES[word] ?? ""}` }, word);
const words = (name) => name.replaceAll("_", " ");

// How often pictures are asked for: not at every turn, for each is made for the asking.
const PICTURE_EVERY_MS = 15000;

// By address of what they show, so that writing the tables anew does not load them anew.
const thumbs = new Map();

function thumb(key, address, href, alt) {
  let link = thumbs.get(key);
  if (!link) {
    const image = make("img", { className: "thumb", loading: "lazy", alt });
    // What has no picture yet shows none, rather than a torn one.
    image.onerror = () => image.classList.add("absent");
    image.onload = () => image.classList.remove("absent");
    link = make("a", { href, target: "_blank", className: "shot" }, image);
    thumbs.set(key, link);
  }
  const image = link.firstChild;
  if (image.getAttribute("src") !== address) image.src = address;
  return link;
}

// Lets go of pictures that no row shows any more.
function forgetThumbs() {
  for (const [key, link] of thumbs) {
    if (!link.isConnected) thumbs.delete(key);
  }
}

function span(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

const ms = (value) => (value < 1000 ? `${value.toPrecision(3) * 1} ms` : `${(value / 1000).toFixed(2)} s`);
const ago = (time) => (time ? span(Math.max(0, (Date.now() - Date.parse(time)) / 1000)) : "–");

function showHealth(health) {
  at("state").textContent = health.state;
  at("state").className = `pill ${TONES[health.state] ?? ""}`;
  at("reasons").className = health.state;
  at("reasons").replaceChildren(...health.reasons.map((reason) => make("li", {}, reason)));
  const count = health.cameras;
  const tiles = [
    [`${count.live} / ${count.total - count.disabled}`, "cameras live"],
    [health.open_cases, "open cases"],
    [health.looks.toLocaleString("en"), "looks since the start"],
    [ago(health.last_look_at), "since the last look"],
    [health.deliveries_waiting, "deliveries waiting"],
    [health.dead_letters, "deliveries given up"],
  ];
  at("tiles").replaceChildren(
    ...tiles.map(([value, name]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))),
  );
}

function showCameras() {
  const wanted = at("filter").value.trim().toLowerCase();
  const fits = (camera) => `${camera.camera_id} ${camera.phase} ${camera.reason}`.toLowerCase().includes(wanted);
  const rank = (camera) => ORDER.indexOf(camera.phase);
  const found = cameras.filter(fits).sort((a, b) => rank(a) - rank(b));
  at("cameras").replaceChildren(...found.slice(0, ROWS_MAX).map(cameraRow));
  const left = found.length - ROWS_MAX;
  at("more").textContent = left > 0 ? `${left} more; a word in the field above finds them.` : "";
}

function cameraRow(camera) {
  const phase = cell(pill(camera.phase));
  if (camera.reason) phase.append(make("span", { className: "why" }, camera.reason));
  const kept = camera.kept_interval_s;
  const asked = camera.asked_interval_s;
  // No machine can look more often than keyframes come; a candidate asks for each of them.
  const between = (Date.now() - Date.parse(camera.since)) / 1000 / Math.max(1, camera.keyframes);
  const late = kept !== null && kept > 1.5 * Math.max(asked, between);
  const action = cell("", "number");
  if (!["live", "disabled"].includes(camera.phase)) action.append(retryButton(camera.camera_id));
  const address = `/api/cameras/${encodeURIComponent(camera.camera_id)}`;
  const name = cell(make("a", { href: address }, camera.camera_id));
  const picture = cell("", "picture");
  if (camera.last_look_at !== null) {
    const turn = Math.floor(Date.parse(camera.last_look_at) / PICTURE_EVERY_MS);
    const source = `${address}/picture.jpg`;
    picture.append(thumb(`camera ${camera.camera_id}`, `${source}?${turn}`, source, `what ${camera.camera_id} saw last`));
  }
  return row(
    picture, name, phase, number(ago(camera.since)), number(asked > 0 ? `every ${span(asked)}` : "each keyframe"),
    number(span(kept), late ? "late" : ""), number(ago(camera.last_look_at)),
    number(String(camera.open_cases)), action,
  );
}

function retryButton(id) {
  const button = make("button", { type: "button" }, "Try now");
  button.onclick = () => {
    button.disabled = true;
    fetch(`/api/cameras/${encodeURIComponent(id)}/retry`, { method: "POST" }).catch(() => {});
  };
  return button;
}

function caseRow(one) {
  const what = cell(words(one.kind));
  what.append(make("span", { className: "why" }, words(one.thing)));
  const where = cell(one.camera_id);
  where.append(make("span", { className: "why" }, one.zone_id));
  const late = one.latency.over_budget.length > 0;
  const emission = one.latency.emission_ms;
  const pictures = make("div", { className: "evidence" });
  for (const piece of one.evidence) {
    const name = piece.file.split("/").pop();
    const href = `/api/cases/${one.id}/evidence/${encodeURIComponent(name)}`;
    const shot = thumb(`${one.id} ${piece.role}`, href, href, `picture ${piece.role}`);
    shot.title = `${piece.role}: ${new Date(piece.captured_at).toLocaleString()}`;
    pictures.append(shot);
  }
  const standing = `${one.began_before_start ? "over " : ""}${span(one.dwell_s)}`;
  return row(
    what, where, number(standing), cell(when(one.filed_at)),
    number(emission === null ? "not told yet" : `told in ${ms(emission)}`, late ? "late" : ""), cell(pictures, "shots"),
  );
}

// The day only where it is not today.
function when(time) {
  const then = new Date(time);
  const today = then.toDateString() === new Date().toDateString();
  return today ? then.toLocaleTimeString() : then.toLocaleString();
}

const nothing = (columns, text) => make("tr", {}, make("td", { colSpan: columns, className: "quiet" }, text));
const place = (one) => (STAGES.indexOf(one.stage) + STAGES.length + 1) % (STAGES.length + 1);
const stageRow = (one) =>
  row(cell(words(one.stage)), number(ms(one.p50_ms)), number(ms(one.p95_ms)), number(ms(one.p99_ms)), number(one.count.toLocaleString("en")));

async function ask(address) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(12000) });
  // Ill health is told with 503 and a body like any other.
  if (!answer.ok && address !== "/healthz") throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

function fill(id, rows, columns, empty) {
  at(id).replaceChildren(...(rows.length > 0 ? rows : [nothing(columns, empty)]));
}

async function refresh() {
  const [health, list, open, latency] = await Promise.all(
    ["/healthz", "/api/cameras", "/api/cases?state=filed&limit=20", "/api/latency"].map(ask),
  );
  showHealth(health);
  cameras = list.cameras;
  showCameras();
  fill("cases", open.cases.map(caseRow), 6, "None: nothing has stood too long.");
  fill("stages", latency.stages.sort((a, b) => place(a) - place(b)).map(stageRow), 5, "No picture has come through yet.");
  forgetThumbs();
  answeredAt = Date.now();
}

function showAge() {
  const seconds = (Date.now() - answeredAt) / 1000;
  const silent = answeredAt > 0 && seconds > 3 * EVERY_MS / 1000;
  at("age").textContent = silent ? `no answer for ${span(seconds)}` : "";
  if (silent) {
    at("state").textContent = "silent";
    at("state").className = "pill bad";
  }
}

async function watch() {
  // A page nobody sees asks for nothing.
  if (!document.hidden) {
    await refresh().catch(() => {});
    showAge();
  }
  setTimeout(watch, EVERY_MS);
}

at("filter").oninput = showCameras;
watch();
