/**
 * What the program says, kept up to date by its events.
 *
 * After each connection everything is asked for once; then changes come by
 * themselves. A connection that is cut or falls silent is made again, and the
 * page says for how long it has been without.
 */

import { batch, computed, effect, signal } from "@preact/signals";
import { type Camera, type Case, get, getCases, type Health, type Machine, type Span } from "./api";
import { sound } from "./choices";
import { type Changed, changed, isOpen, merged } from "./list";
import { askSession, mustLogIn, session } from "./session";

/** Health comes every three seconds; after this long without anything the line is dead. */
const SILENCE_MAX_MS = 15_000;
const RETRY_MS = [500, 1000, 2000, 4000, 8000];
/** Open cases that are asked for at once; more come as the list is scrolled. */
const PAGE = 200;
/** An hour of readings, one each ten seconds. */
const SPANS_MAX = 360;

export type Link = "connecting" | "live" | "cut";

export const link = signal<Link>("connecting");
export const cutSince = signal<number | null>(null);
/** When the program was started anew while this page was open. */
export const restartedAt = signal<string | null>(null);
export const newPage = signal(false);
/** When the program was started that this page is connected to. */
export const startedAt = signal<string | null>(null);
/** By how much the dwell of zones is shortened, in a demonstration. */
export const timeScale = signal<number | null>(null);
export const loaded = signal(false);

export const cameras = signal<Camera[]>([]);
export const phases = computed(() => new Map(cameras.value.map((one) => [one.camera_id, one.phase])));
export const openCases = signal<Case[]>([]);
/** Whether the program has open cases beyond those in the list. */
export const moreOpen = signal<string | null>(null);
export const health = signal<Health | null>(null);
export const machine = signal<Machine | null>(null);
/** Cases filed since somebody last looked at the list. */
export const unseen = signal<ReadonlySet<string>>(new Set());
export const announced = signal<Case | null>(null);
/** Goes up whenever a case has changed, with its number: for pages that show one. */
export const lastChanged = signal<Changed[]>([]);

/** Milliseconds that the program's clock is ahead of this machine's. */
const ahead = signal(0);
const ticks = signal(Date.now());
/** The program's time, moving each second. */
export const now = computed(() => ticks.value + ahead.value);

let source: EventSource | null = null;
let heardAt = 0;
let failures = 0;
let page: string | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;

export function begin() {
  connect();
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
  effect(() => {
    const away = mustLogIn.value;
    if (away) {
      source?.close();
      source = null;
    } else if (session.peek()?.login_required && source === null) {
      connect();
    }
  });
}

function tick() {
  if (!document.hidden) ticks.value = Date.now();
  if (source && link.value === "live" && Date.now() - heardAt > SILENCE_MAX_MS) lose();
}

async function connect() {
  clearTimeout(retry);
  await askSession();
  if (mustLogIn.value) {
    // Until somebody has logged in there is nothing to hear.
    link.value = "connecting";
    return;
  }
  source = new EventSource("/api/events");
  heardAt = Date.now();
  source.onerror = lose;
  on<Hello>("hello", greeted);
  on("reset", load);
  on<Changed[]>("cases", casesChanged);
  on<Camera[]>("cameras", camerasChanged);
  on<Health>("health", healthTold);
  on<Span>("machine", (span) => {
    const before = machine.value;
    if (before) machine.value = { ...before, spans: [...before.spans, span].slice(-SPANS_MAX) };
  });
}

function on<T>(name: string, heard: (told: T) => void) {
  source?.addEventListener(name, (event) => {
    heardAt = Date.now();
    heard(JSON.parse((event as MessageEvent).data));
  });
}

function lose() {
  source?.close();
  source = null;
  batch(() => {
    link.value = "cut";
    cutSince.value ??= Date.now();
  });
  clearTimeout(retry);
  retry = setTimeout(connect, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
  failures += 1;
}

interface Hello {
  started_at: string;
  page: string;
  now: string;
  time_scale?: number | null;
}

function greeted(hello: Hello) {
  failures = 0;
  batch(() => {
    ahead.value = Date.parse(hello.now) - Date.now();
    const before = startedAt.peek();
    if (before !== null && before !== hello.started_at) restartedAt.value = hello.started_at;
    startedAt.value = hello.started_at;
    timeScale.value = hello.time_scale ?? null;
    newPage.value = page !== null && page !== hello.page;
    link.value = "live";
    cutSince.value = null;
  });
  page ??= hello.page;
  load();
}

async function load() {
  try {
    const [list, open, state, figures] = await Promise.all([
      get<{ cameras: Camera[] }>("/api/cameras"),
      getCases({ state: "filed" }, PAGE),
      fetch("/healthz").then((answer) => answer.json() as Promise<Health>),
      get<Machine>("/api/machine"),
    ]);
    batch(() => {
      cameras.value = list.cameras;
      openCases.value = open.cases.filter(isOpen);
      moreOpen.value = open.next_before;
      health.value = state;
      machine.value = figures;
      loaded.value = true;
    });
  } catch {
    // The program ends just now, or cannot answer: as good as no connection.
    if (source) lose();
  }
}

let loadingMore = false;

/** The next page of open cases, for a list that was scrolled to its end. */
export async function loadMoreOpen() {
  const before = moreOpen.value;
  if (!before || loadingMore) return;
  loadingMore = true;
  try {
    const next = await getCases({ state: "filed" }, PAGE, before);
    batch(() => {
      openCases.value = merged(openCases.value, next.cases.filter(isOpen));
      moreOpen.value = next.next_before;
    });
  } catch {
    // The list asks again when it is scrolled.
  } finally {
    loadingMore = false;
  }
}

let counted = -1;

function healthTold(told: Health) {
  health.value = told;
  // A camera that was removed says nothing of it.
  const { total } = told.cameras;
  if (total === cameras.peek().length || total === counted) return;
  counted = total;
  get<{ cameras: Camera[] }>("/api/cameras").then(
    (list) => {
      cameras.value = list.cameras;
    },
    () => {},
  );
}

function camerasChanged(told: Camera[]) {
  const byId = new Map(told.map((camera) => [camera.camera_id, camera]));
  const next = cameras.value.map((camera) => {
    const news = byId.get(camera.camera_id);
    byId.delete(camera.camera_id);
    return news ?? camera;
  });
  cameras.value = [...next, ...byId.values()];
}

function casesChanged(changes: Changed[]) {
  const filed = changes.filter((change) => change.what === "filed" && isOpen(change.case));
  batch(() => {
    openCases.value = changed(openCases.value, changes);
    lastChanged.value = changes;
    if (filed.length > 0) {
      unseen.value = new Set([...unseen.value, ...filed.map((change) => change.case.id)]);
      announced.value = filed.at(-1)?.case ?? null;
    }
  });
  if (filed.length > 0 && sound.value) chime();
}

export function sawAll() {
  if (unseen.value.size > 0) unseen.value = new Set();
}

export function saw(id: string) {
  if (!unseen.value.has(id)) return;
  const left = new Set(unseen.value);
  left.delete(id);
  unseen.value = left;
}

let audio: AudioContext | undefined;

/** Two soft tones. Browsers allow them only after a click, which switching them on is. */
export function chime() {
  audio ??= new AudioContext();
  const start = audio.currentTime;
  for (const [at, pitch] of [
    [0, 660],
    [0.14, 880],
  ] as const) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.0001, start + at);
    loudness.gain.exponentialRampToValueAtTime(0.12, start + at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + at + 0.3);
    tone.connect(loudness).connect(audio.destination);
    tone.start(start + at);
    tone.stop(start + at + 0.32);
  }
}
