/** How long each step of a case took, drawn to scale. */

import type { Case } from "../api";
import { millis } from "../format";
import { stepsOf } from "../steps";
import { named, t } from "../words";

export function CaseLatency({ one }: { one: Case }) {
  const steps = stepsOf(one.latency);
  const whole = Math.max(1, steps.at(-1)?.to_ms ?? 1);
  const missed = one.latency.over_budget;
  return (
    <section class="card" aria-labelledby="steps-title">
      <h2 id="steps-title">{t("case.steps")}</h2>
      <p class="small note">{t("case.steps.note")}</p>
      <table class="steps">
        <tbody>
          {steps.map((step) => (
            <tr key={step.stage}>
              <th scope="row">{named("stage", step.stage)}</th>
              <td class="bars">
                <span
                  class="stepbar"
                  style={{
                    marginLeft: `${(100 * step.from_ms) / whole}%`,
                    width: `${Math.max(0.7, (100 * (step.to_ms - step.from_ms)) / whole)}%`,
                  }}
                />
              </td>
              <td class="number">{millis(step.to_ms - step.from_ms)}</td>
            </tr>
          ))}
          <tr class="sum">
            <th scope="row">{t("stage.decision")}</th>
            <td />
            <td class={`number ${missed.includes("decision") ? "late" : ""}`}>
              {millis(one.latency.decision_ms)}
            </td>
          </tr>
          <tr class="sum">
            <th scope="row">{t("stage.emission")}</th>
            <td />
            <td class={`number ${missed.includes("emission") ? "late" : ""}`}>
              {one.latency.emission_ms === null ? t("case.nottold") : millis(one.latency.emission_ms)}
            </td>
          </tr>
        </tbody>
      </table>
      <p class={`small note ${missed.length > 0 ? "late" : "ontime"}`}>
        {missed.length > 0
          ? t("case.over", { which: missed.map((which) => named("stage", which)).join(", ") })
          : t("case.within")}
      </p>
    </section>
  );
}
