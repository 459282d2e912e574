/** Numbers and times as people read them, in the language that is set. */

import type { Case } from "./api";
import { language, t } from "./words";

const locale = () => (language.value === "zh" ? "zh-CN" : "en-GB");

/** A length of time, in the two largest units that tell something. */
export function span(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const s = Math.max(0, Math.round(seconds));
  const pad = (part: number) => String(part).padStart(2, "0");
  if (s < 60) return `${s} ${t("unit.s")}`;
  if (s < 3600) return `${Math.floor(s / 60)}:${pad(s % 60)}`;
  if (s < 86_400) return `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
  const hours = Math.floor(s / 3600);
  return `${Math.floor(hours / 24)} ${t("unit.d")} ${hours % 24} ${t("unit.h")}`;
}

/** A length told roughly, as in "3 min". */
export function roughly(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const s = Math.max(0, seconds);
  if (s < 10) return `${s.toFixed(s < 2 ? 1 : 0)} ${t("unit.s")}`;
  if (s < 120) return `${Math.round(s)} ${t("unit.s")}`;
  if (s < 7200) return `${Math.round(s / 60)} ${t("unit.min")}`;
  if (s < 172_800) return `${Math.round(s / 3600)} ${t("unit.h")}`;
  return `${Math.round(s / 86_400)} ${t("unit.d")}`;
}

export function millis(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return "–";
  if (ms < 10) return `${ms.toFixed(1)} ${t("unit.ms")}`;
  if (ms < 1000) return `${Math.round(ms)} ${t("unit.ms")}`;
  return `${(ms / 1000).toFixed(2)} ${t("unit.s")}`;
}

export const secondsBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

/** The time of day, with the day where it is not today. */
export function clock(time: string | null | undefined, now = Date.now()): string {
  if (!time) return "–";
  const then = new Date(time);
  const sameDay = then.toDateString() === new Date(now).toDateString();
  const day: Intl.DateTimeFormatOptions = sameDay ? {} : { month: "short", day: "numeric" };
  return then.toLocaleString(locale(), {
    ...day,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
  });
}

/** With day and thousandths, for who compares records. */
export function exactly(time: string | null | undefined): string {
  if (!time) return "–";
  return new Date(time).toLocaleString(locale(), {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    hour12: false,
  });
}

export const count = (n: number) => n.toLocaleString(locale());

export function rate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return "–";
  return perSecond >= 100 ? count(Math.round(perSecond)) : perSecond.toFixed(perSecond >= 10 ? 0 : 1);
}

export function bitrate(bitsPerSecond: number | null): string {
  if (bitsPerSecond === null || !Number.isFinite(bitsPerSecond)) return "–";
  if (bitsPerSecond >= 995_000) return `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
  return `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}

export function bytes(n: number): string {
  if (n >= 10 * 2 ** 30) return `${Math.round(n / 2 ** 30)} GiB`;
  if (n >= 2 ** 30) return `${(n / 2 ** 30).toFixed(1)} GiB`;
  return `${Math.round(n / 2 ** 20)} MiB`;
}

/** Who found a case: a camera, or a citizen. */
export const finderOf = (one: Case) => one.camera_id ?? t("case.citizen");
