/** What the program answers, and how it is asked. Names are those of its JSON. */

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
  last_look_at: string | null;
  open_cases: number;
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
  camera_id: string;
  zone_id: string;
  state: string;
  revision: number;
  thing: string;
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
}

export interface Step {
  revision: number;
  at: string;
  what: string;
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
  await ask(`${cameraPath(id)}/retry`, { method: "POST" });
}

export interface CaseFilter {
  state?: string;
  kind?: string;
  camera?: string;
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
