/** What came of trying a camera: its picture, or why there is none and what to do. */

import { useEffect, useState } from "preact/hooks";
import type { Trial } from "../cameraform";
import { roughly } from "../format";
import { named, t } from "../words";
import { Empty, Fact, Facts } from "./words";

export function TrialCard({ trial, trying }: { trial: Trial | null; trying: boolean }) {
  return (
    <section
      class="card trial"
      aria-labelledby="trial-title"
      aria-busy={trying}
      data-outcome={trial?.outcome}
    >
      <h2 id="trial-title">{t("camera.trial.title")}</h2>
      {trying ? (
        <Trying />
      ) : trial === null ? (
        <Empty quiet title={t("camera.trial.none")} help={t("camera.trial.none.do")} />
      ) : (
        <Told trial={trial} />
      )}
    </section>
  );
}

/** The program answers within ten seconds: how far they are over. */
const TRIAL_S = 10;

function Trying() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const turn = setInterval(() => setSeconds((seconds) => seconds + 0.5), 500);
    return () => clearInterval(turn);
  }, []);
  return (
    <div class="empty quiet">
      <p role="status">{t("camera.form.trying")}</p>
      <progress max={TRIAL_S} value={Math.min(seconds, TRIAL_S)} aria-label={t("camera.form.trying")} />
    </div>
  );
}

function Told({ trial }: { trial: Trial }) {
  const good = trial.outcome === "picture";
  return (
    <>
      <p class={`mark-note ${good ? "good" : "bad"}`} role="status">
        <strong>{named("trial", trial.outcome)}</strong>
        {trial.reason && <span lang="en"> {trial.reason}</span>}
        {!good && <span> {named("trial", `${trial.outcome}.do`)}</span>}
      </p>
      {trial.picture && <img src={trial.picture} alt={t("camera.trial.title")} />}
      <Facts>
        {trial.width !== null && trial.height !== null && (
          <Fact word="camera.trial.size">
            {trial.width} × {trial.height}
          </Fact>
        )}
        {trial.codec && <Fact word="camera.trial.codec">{trial.codec}</Fact>}
        {trial.keyframe_bytes !== null && (
          <Fact word="camera.trial.keyframe">
            {Math.round(trial.keyframe_bytes / 1024)} KiB,{" "}
            {trial.keyframe_interval_s === null ? (
              <span class="late">{t("camera.trial.rare")}</span>
            ) : (
              t("camera.trial.every", { time: roughly(trial.keyframe_interval_s) })
            )}
          </Fact>
        )}
        <Fact word="camera.trial.took">{roughly(trial.took_s)}</Fact>
      </Facts>
    </>
  );
}
