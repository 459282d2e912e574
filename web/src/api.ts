/** What the program answers, and how it is asked. Names are those of its JSON. */

import { csrfHeader, loggedOut } from "./session";

export type Phase = "live" | "connecting" | "stalled" | "lost" | "refused" | "disabled";
export type HealthState = "ok" | "degraded" | "ill";
export type Point = [number, number];
/** Left, top, right, bottom in fractions of the picture. */
export type Box = [number, number, number, number];

export interface Camera {
  camera_id: string;
  phase: Phase;
  reason: string;
  since: string;
  last_keyframe_at: string | null;
  capture_clock: string | null;
  keyframes: number;
  bytes: number;
  reconnects: number;
  asked_interval_s: number;
  kept_interval_s: number | null;
  looks: number;
  skipped_not_due: number;
  skipped_overload: number;
  skipped_still: number;
  skipped_unchanged: number;
  last_look_at: string | null;
  open_cases: number;
  /** Added on the page, where it may be removed. */
  added: boolean;
}

export interface Zone {
  id: string;
  kind: string;
  polygon: Point[];
}

export interface Stay {
  kind: string;
  box: Box;
  began_at: string;
  dwell_s: number;
}

export interface Scene {
  captured_at: string | null;
  zones: Zone[];
  stays: Stay[];
}

export interface Evidence {
  role: string;
  captured_at: string;
  file: string;
  sha256: string;
  width: number;
  height: number;
  box: Box;
}

export interface Latency {
  captured_at: string;
  received_at: string;
  taken_at: string;
  decoded_at: string;
  inferred_at: string;
  decided_at: string;
  filed_at: string;
  delivered_at: string | null;
  decision_ms: number;
  emission_ms: number | null;
  over_budget: string[];
}

export interface Case {
  id: string;
  kind: string;
  /** None where a citizen told of it; so too the zone and the thing. */
  camera_id?: string;
  zone_id?: string;
  state: string;
  revision: number;
  thing?: string;
  began_at: string;
  began_before_start: boolean;
  proved_at: string;
  filed_at: string;
  seen_at: string;
  cleared_at: string | null;
  box: Box;
  score: number;
  dwell_s: number;
  evidence: Evidence[];
  evidence_removed_at?: string;
  latency: Latency;
  merged_into?: string;
  /** Later cases of the same matter. */
  joined?: Joined[];
  /** The matter was there before, and over. */
  recurs?: { case_id: string; count: number; days: number };
  /** The number of the hot spot that it belongs to. */
  hot_spot?: number;
  report?: CitizenReport;
}

/** What a citizen told. */
export interface CitizenReport {
  description?: string;
  address?: string;
}

export interface Joined {
  case_id: string;
  camera_id?: string;
  report?: CitizenReport;
  at: string;
}

/** A place where matters of a class come back and back. */
export interface HotSpot {
  number: number;
  since: string;
  count: number;
  days: number;
  hot: boolean;
  /** The newest first. */
  cases: string[];
}

export interface Step {
  revision: number;
  at: string;
  what: string;
}

export type Stage =
  | "found"
  | "review"
  | "filed"
  | "dispatched"
  | "accepted"
  | "handled"
  | "checked"
  | "closed"
  | "rejected"
  | "merged";

export type Actor = { person: string } | { camera: string } | "program";

/** A step in the life of a case, with who took it, when and why. */
export interface LifeEntry {
  number: number;
  at: string;
  by: Actor;
  /** None in the first, in which the case is found. */
  step?: string;
  to?: string;
  into?: string;
  until?: string;
  outcome?: string;
  right?: boolean;
  reason?: string;
  why?: string;
  stage: Stage;
  due?: string;
  late?: boolean;
}

/** Where a case stands at the dispatch centre. */
export interface Life {
  case_id: string;
  class: string;
  grid: string | null;
  stage: Stage;
  due: string | null;
  overdue: boolean;
  suspended_until: string | null;
  extensions: number;
  handler: string | null;
  route: { person: string; unit: string | null; because: string } | null;
  cleared_at: string | null;
  still_seen_at: string | null;
  merged_into: string | null;
  right: boolean | null;
  false_reason: string | null;
  entries: LifeEntry[];
}

/** The same for lists. */
export interface Standing {
  case_id: string;
  stage: Stage;
  grid: string | null;
  due: string | null;
}

/** What somebody wants done with a case. */
export interface WantedStep {
  step: string;
  by: string;
  why?: string;
  to?: string;
  until?: string;
  outcome?: string;
  right?: boolean;
  into?: string;
}

export interface City {
  name: string | null;
  tiles: { url: string; attribution: string } | null;
  districts: { id: string; name: string }[];
  classes: { id: string; name: string; code: string | null }[];
  grids: Grid[];
  roads: { id: string; name: string; class: string | null; course: Point[] }[];
  cameras: Place[];
}

/** Longitude first, as everywhere in the city's data. */
export interface Grid {
  id: string;
  name: string;
  district: string;
  polygon: Point[];
}

export interface Place {
  camera_id: string;
  name: string;
  place: Point | null;
  grid: string | null;
  road: string | null;
}

export interface Person {
  id: string;
  name: string;
  role: string;
  unit: string | null;
}

/** How many open cases of a kind a camera has. */
export interface OpenCount {
  camera_id: string;
  kind: string;
  count: number;
}

export interface Health {
  state: HealthState;
  reasons: string[];
  cameras: Record<Phase | "total", number>;
  started_at: string;
  looks: number;
  last_look_at: string | null;
  open_cases: number;
  deliveries_waiting: number;
  oldest_delivery_at: string | null;
  dead_letters: number;
  problems: string[];
}

export interface StageLatency {
  stage: string;
  count: number;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
}

export interface Span {
  at: string;
  length_s: number;
  looks_per_s: number;
  cpu_cores: number;
  resident_bytes: number;
  threads: number;
  skipped_per_s: Record<string, number>;
  failed_per_s: number;
  queues: Record<string, number>;
  stages: StageLatency[];
}

export interface Machine {
  cores: number;
  decision_budget_ms: number;
  emission_budget_ms: number;
  spans: Span[];
}

/** A refusal or a fault, in the program's own words where it has some. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** The program answers within ten seconds or says that it cannot. */
const ANSWER_WAIT_MS = 12_000;

async function ask(path: string, init?: RequestInit): Promise<Response> {
  const answer = await fetch(path, { ...init, signal: AbortSignal.timeout(ANSWER_WAIT_MS) });
  if (answer.ok) return answer;
  if (answer.status === 401) loggedOut();
  const problem = await answer.json().catch(() => null);
  throw new ApiError(answer.status, problem?.detail ?? `${answer.status} ${answer.statusText}`);
}

export async function get<T>(path: string): Promise<T> {
  return (await ask(path)).json();
}

export const cameraPath = (id: string) => `/api/cameras/${encodeURIComponent(id)}`;
export const casePath = (id: string) => `/api/cases/${encodeURIComponent(id)}`;

/** The address of a piece of evidence; the program knows it by the file's own name. */
export function evidencePath(one: Case, piece: Evidence): string {
  const name = piece.file.split("/").pop() ?? "";
  return `${casePath(one.id)}/evidence/${encodeURIComponent(name)}`;
}

export async function retryCamera(id: string): Promise<void> {
  await ask(`${cameraPath(id)}/retry`, { method: "POST", headers: csrfHeader() });
}

/** Sends what is to change; the program takes JSON only from its own page. */
export const post = <T>(path: string, body: unknown) => send<T>("POST", path, body);
export const put = <T>(path: string, body: unknown) => send<T>("PUT", path, body);

async function send<T>(method: string, path: string, body: unknown): Promise<T> {
  const headers = { "content-type": "application/json", ...csrfHeader() };
  return (await ask(path, { method, headers, body: JSON.stringify(body) })).json();
}

export async function remove(path: string): Promise<void> {
  await ask(path, { method: "DELETE", headers: csrfHeader() });
}

/** None where its life has not begun, or the program knows no city. */
export async function getLife(id: string): Promise<Life | null> {
  return get<Life>(`${casePath(id)}/life`).catch((error) => {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  });
}

export const takeStep = (id: string, step: WantedStep) => post<Life>(`${casePath(id)}/transitions`, step);

/** Whether it was right to file a case, and why not. */
export interface Verdict {
  right: boolean;
  reason?: string;
  why?: string;
  by: string;
}

export const judge = (id: string, verdict: Verdict) => post<Life>(`${casePath(id)}/verdict`, verdict);

export async function getStandings(ids: string[]): Promise<Standing[]> {
  const words = new URLSearchParams(ids.map((id) => ["case", id]));
  return (await get<{ lives: Standing[] }>(`/api/lives?${words}`)).lives;
}

export async function getPeople(grid: string): Promise<Person[]> {
  const words = new URLSearchParams({ grid });
  return (await get<{ people: Person[] }>(`/api/city/people?${words}`)).people;
}

export interface CaseFilter {
  state?: string;
  kind?: string;
  camera?: string;
  stage?: string;
  grid?: string;
  overdue?: string;
}

export interface CasePage {
  cases: Case[];
  next_before: string | null;
}

export function getCases(filter: CaseFilter, limit: number, before?: string | null): Promise<CasePage> {
  const words = new URLSearchParams({ limit: String(limit) });
  for (const [key, value] of Object.entries(filter)) if (value) words.set(key, value);
  if (before) words.set("before", before);
  return get(`/api/cases?${words}`);
}

export async function getScenes(ids: string[]): Promise<Map<string, Scene>> {
  const words = new URLSearchParams(ids.map((id) => ["camera", id]));
  const { scenes } = await get<{ scenes: (Scene & { camera_id: string })[] }>(`/api/scenes?${words}`);
  return new Map(scenes.map((scene) => [scene.camera_id, scene]));
}
