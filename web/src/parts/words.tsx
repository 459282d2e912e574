/** Small pieces that every page uses: pills, empty lists, faults. */

import type { ComponentChildren } from "preact";
import type { HealthState, Phase } from "../api";
import { AlertTriangle, Inbox } from "../icons";
import { named, t, type Word } from "../words";

const TONES: Record<string, string> = {
  live: "good",
  ok: "good",
  connecting: "warn",
  stalled: "warn",
  degraded: "warn",
  lost: "bad",
  refused: "bad",
  ill: "bad",
  filed: "open",
  cleared: "good",
};

export const tone = (name: string) => TONES[name] ?? "plain";

export function PhasePill({ phase }: { phase: Phase }) {
  return <span class={`pill ${tone(phase)}`}>{named("phase", phase)}</span>;
}

export function StatePill({ state }: { state: string }) {
  return <span class={`pill ${tone(state)}`}>{named("state", state)}</span>;
}

export function HealthPill({ state }: { state: HealthState }) {
  return <span class={`pill ${tone(state)}`}>{t(`health.${state}`)}</span>;
}

/** What an empty list says: that it is empty, and what would fill it. */
export function Empty({ title, help, quiet }: { title: string; help: string; quiet?: boolean }) {
  return (
    <div class={`empty ${quiet ? "quiet" : ""}`}>
      {!quiet && <Inbox size={26} aria-hidden="true" />}
      <strong>{title}</strong>
      <p>{help}</p>
    </div>
  );
}

/** What went wrong, and what to do about it. */
export function Fault({ detail, again }: { detail: string; again?: () => void }) {
  return (
    <div class="empty fault" role="alert">
      <AlertTriangle size={26} aria-hidden="true" />
      <strong>{t("fault")}</strong>
      <p lang="en">{detail}</p>
      <p>{t("fault.do")}</p>
      {again && (
        <button type="button" class="button" onClick={again}>
          {t("again")}
        </button>
      )}
    </div>
  );
}

export function Loading() {
  return (
    <div class="empty quiet" aria-busy="true">
      <span class="spinner" aria-hidden="true" />
      <p>{t("loading")}</p>
    </div>
  );
}

export function Facts({ children }: { children: ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}

export function Fact({ word, children }: { word: Word; children: ComponentChildren }) {
  return (
    <div>
      <dt>{t(word)}</dt>
      <dd>{children}</dd>
    </div>
  );
}
