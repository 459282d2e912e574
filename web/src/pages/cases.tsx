/** All cases, by state, kind and camera. */

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { type Case, getCases } from "../api";
import { city, hasCity } from "../city";
import { count } from "../format";
import { merged } from "../list";
import { cameras, lastChanged, link, sawAll } from "../live";
import { CASE_ROW_HEIGHT, CaseRow } from "../parts/caserow";
import { Virtual } from "../parts/virtual";
import { Empty, Fault, Loading } from "../parts/words";
import { type Filter, go, toCases } from "../route";
import { named, t } from "../words";

const PAGE = 200;
/** What the program files today; the page has words for more. */
const KINDS = ["illegal_parking", "street_vending", "garbage_pile"];
const STAGES = [
  "review",
  "filed",
  "dispatched",
  "accepted",
  "handled",
  "checked",
  "closed",
  "rejected",
  "merged",
];
const STATES = ["filed", "cleared"];

interface Found {
  cases: Case[];
  more: string | null;
}

export function CasesPage({ filter }: { filter: Filter }) {
  const [found, setFound] = useState<Found | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  const { state, kind, camera, stage, grid, overdue } = filter;
  const asked = useMemo(
    () => ({ state, kind, camera, stage, grid, overdue }),
    [state, kind, camera, stage, grid, overdue],
  );
  const byLife = stage !== "" || grid !== "" || overdue !== "";
  const connected = link.value === "live";

  // Not by all that it uses: a new turn or connection loads again
  useEffect(() => {
    let wanted = true;
    getCases(asked, PAGE).then(
      (page) => {
        if (!wanted) return;
        setFound({ cases: page.cases, more: page.next_before });
        setFault(null);
      },
      (error) => wanted && connected && setFault(String(error.message ?? error)),
    );
    return () => {
      wanted = false;
    };
  }, [asked, turn, connected]);

  const changes = lastChanged.value;
  useEffect(() => {
    // Where a case stands is not told with its change: the list is asked for again.
    if (byLife) {
      if (changes.length > 0) setTurn((turn) => turn + 1);
      return;
    }
    const ours = (one: Case) =>
      (!state || one.state === state) &&
      (!kind || one.kind === kind) &&
      (!camera || one.camera_id === camera);
    setFound(
      (before) =>
        before && {
          ...before,
          cases: merged(
            before.cases,
            changes.map((change) => change.case),
          ).filter(ours),
        },
    );
  }, [changes, state, kind, camera, byLife]);
  useEffect(sawAll, []);

  const more = found?.more ?? null;
  const loadMore = useCallback(() => {
    if (!more) return;
    getCases(asked, PAGE, more).then(
      (page) =>
        setFound((before) => ({ cases: merged(before?.cases ?? [], page.cases), more: page.next_before })),
      () => {},
    );
  }, [asked, more]);

  const choose = (part: Partial<Filter>) => go(toCases({ ...asked, ...part }));
  return (
    <div class="page cases">
      <header class="bar">
        <h1>{t("cases.title")}</h1>
        <span class="quiet">
          {found && t(more ? "cases.loadedmore" : "cases.loaded", { n: count(found.cases.length) })}
        </span>
        <span class="push" />
        <Choice
          word="cases.state"
          group="state"
          names={STATES}
          value={state}
          choose={(state) => choose({ state })}
        />
        <Choice
          word="cases.kind"
          group="kind"
          names={KINDS}
          value={kind}
          choose={(kind) => choose({ kind })}
        />
        {hasCity.value && (
          <>
            <Choice
              word="cases.stage"
              group="stage.life"
              names={STAGES}
              value={stage}
              choose={(stage) => choose({ stage })}
            />
            <label class="choice">
              <span>{t("life.grid")}</span>
              <select value={grid} onChange={(event) => choose({ grid: event.currentTarget.value })}>
                <option value="">{t("cases.any")}</option>
                {city.value?.grids.map((one) => (
                  <option key={one.id} value={one.id}>
                    {one.name}
                  </option>
                ))}
              </select>
            </label>
            <label class="check">
              <input
                type="checkbox"
                checked={overdue === "true"}
                onChange={(event) => choose({ overdue: event.currentTarget.checked ? "true" : "" })}
              />
              {t("cases.overdue")}
            </label>
          </>
        )}
        <input
          type="search"
          data-search
          list="camera-names"
          placeholder={t("cases.filter.camera")}
          aria-label={t("cases.filter.camera")}
          value={camera}
          onChange={(event) => choose({ camera: event.currentTarget.value.trim() })}
        />
        <datalist id="camera-names">
          {cameras.value.map((camera) => (
            <option key={camera.camera_id} value={camera.camera_id} />
          ))}
        </datalist>
      </header>
      {fault ? (
        <Fault detail={fault} again={() => setTurn(turn + 1)} />
      ) : !found ? (
        <Loading />
      ) : found.cases.length === 0 ? (
        <Empty title={t("cases.none")} help={t("cases.none.do")} />
      ) : (
        <div class="card list">
          <Virtual
            label={t("cases.title")}
            items={found.cases}
            keyOf={(one) => one.id}
            rowHeight={() => CASE_ROW_HEIGHT}
            render={(one) => <CaseRow one={one} withState />}
            onEnd={loadMore}
          />
        </div>
      )}
    </div>
  );
}

interface ChoiceProps {
  word: "cases.state" | "cases.kind" | "cases.stage";
  group: string;
  names: string[];
  value: string;
  choose: (value: string) => void;
}

function Choice({ word, group, names, value, choose }: ChoiceProps) {
  return (
    <label class="choice">
      <span>{t(word)}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{t("cases.any")}</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {named(group, name)}
          </option>
        ))}
      </select>
    </label>
  );
}
