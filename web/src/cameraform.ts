/** A camera as it is added and changed, and what came of trying it. */

/** As the program has it; what is null is as usual. */
export interface CameraForm {
  id: string;
  name?: string | null;
  enabled?: boolean;
  uri: string | null;
  user?: string | null;
  password?: string | null;
  source?: string;
  transport?: string;
  interval_s?: number | null;
  gates?: boolean | null;
  look_at_least_s?: number | null;
  gone_after_s?: number | null;
  stall_limit_s?: number | null;
  connect_timeout_s?: number | null;
  place?: string | null;
  lat?: number | null;
  lon?: number | null;
}

export interface CameraSheet {
  form: CameraForm;
  /** Added on the page; otherwise it stands in the configuration. */
  added: boolean;
  /** Changed on the page, so that a change can be taken back. */
  changed: boolean;
  file: string | null;
}

export interface Trial {
  outcome: string;
  reason: string;
  picture: string | null;
  width: number | null;
  height: number | null;
  codec: string | null;
  keyframe_bytes: number | null;
  keyframe_interval_s: number | null;
  took_s: number;
}

export const NEW_FORM: CameraForm = { id: "", uri: "rtsp://", enabled: true };

/** How many seconds: all as usual if left empty. */
export const SECONDS = [
  "interval_s",
  "look_at_least_s",
  "gone_after_s",
  "stall_limit_s",
  "connect_timeout_s",
] as const;
export const SOURCES = ["auto", "rtsp", "gstreamer"];
export const TRANSPORTS = ["tcp", "udp"];

/** The same with one key set; what is empty is left out, so that it is as usual. */
export function withKey<K extends keyof CameraForm>(
  form: CameraForm,
  key: K,
  value: CameraForm[K],
): CameraForm {
  const { [key]: _, ...rest } = form;
  const empty = value === "" || value === null || value === undefined || Number.isNaN(value);
  const needed = key === "id" || key === "uri";
  return (empty && !needed ? rest : { ...rest, [key]: value }) as CameraForm;
}

/** A number as it was typed; with a comma, too. */
export const numberOf = (text: string) => (text.trim() === "" ? null : Number(text.replace(",", ".")));

/** Faults by the key that they begin with; those of no key under an empty one. */
export function faultsByKey(detail: string, keys: readonly string[]): Map<string, string> {
  const faults = new Map<string, string>();
  for (const line of detail.split("\n").filter(Boolean)) {
    const word = /^(\w+)/.exec(line)?.[1] ?? "";
    const key = keys.includes(word) ? word : "";
    faults.set(key, [faults.get(key), line].filter(Boolean).join("\n"));
  }
  return faults;
}
