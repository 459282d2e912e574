/** Where a case stands at the dispatch centre: its stage, its clock, whose it is, and what may be done. */

import type { Life } from "../api";
import { gridName } from "../city";
import { clock } from "../format";
import { actorName } from "../life";
import { now } from "../live";
import { toCase, toMap } from "../route";
import { named, t } from "../words";
import { Due, StagePill } from "./deadline";
import { Moves } from "./moves";
import { Fact, Facts } from "./words";

export function LifeCard({ life, changed }: { life: Life; changed: (life: Life) => void }) {
  return (
    <section class="card life" aria-labelledby="life-title" data-stage={life.stage}>
      <header class="bar">
        <h2 id="life-title">{t("life.title")}</h2>
        <StagePill stage={life.stage} />
        {life.suspended_until && <span class="pill">{t("life.suspended")}</span>}
        <span class="push" />
        <Due due={life.due} long />
      </header>
      <Marks life={life} />
      <Facts>
        <Fact word="life.grid">
          {life.grid ? <a href={toMap({ grid: life.grid })}>{gridName(life.grid)}</a> : t("life.nogrid")}
        </Fact>
        {life.handler && <Fact word="life.handler">{life.handler}</Fact>}
        {life.route && life.route.person !== life.handler && (
          <Fact word="life.route">
            {life.route.person} <span class="small">{because(life.route.because)}</span>
          </Fact>
        )}
        {life.suspended_until && <Fact word="life.until">{clock(life.suspended_until, now.value)}</Fact>}
        {life.extensions > 0 && <Fact word="life.extensions">{life.extensions}</Fact>}
        <Answer life={life} />
        {life.right !== null && (
          <Fact word="life.judged">
            <span class={life.right ? "ontime" : "late"}>{t(life.right ? "life.right" : "life.wrong")}</span>
            {life.false_reason && <span class="small"> {named("false", life.false_reason)}</span>}
          </Fact>
        )}
        {life.merged_into && (
          <Fact word="life.into">
            <a href={toCase(life.merged_into)}>{life.merged_into.slice(0, 8)}</a>
          </Fact>
        )}
      </Facts>
      <Moves life={life} changed={changed} />
    </section>
  );
}

/** What the handler says became of it. */
function Answer({ life }: { life: Life }) {
  const answer = life.entries.findLast((entry) => entry.step === "handle");
  if (!answer) return null;
  const by = actorName(answer.by).name;
  return (
    <Fact word="life.answer">
      {answer.outcome ?? t("life.answer.none")}{" "}
      <span class="small">
        {by} {clock(answer.at, now.value)}
      </span>
    </Fact>
  );
}

/** What the camera says about what people say. */
function Marks({ life }: { life: Life }) {
  if (life.still_seen_at) {
    return (
      <p class="mark-note bad" role="status">
        {t("life.still", { time: clock(life.still_seen_at, now.value) })}
      </p>
    );
  }
  if (life.cleared_at) {
    return (
      <p class="mark-note good" role="status">
        {t("life.gone", { time: clock(life.cleared_at, now.value) })}
      </p>
    );
  }
  return null;
}

const BECAUSE: Record<string, string> = {
  "the class's role in the grid": "role",
  "nobody has the role in the grid": "want",
  "the clock has run out": "delay",
};

const because = (told: string) => named("because", BECAUSE[told] ?? told);
