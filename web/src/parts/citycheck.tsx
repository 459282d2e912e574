/** The city's folder: checked as it lies there, and taken up, all or nothing. */

import { useState } from "preact/hooks";
import { get, post } from "../api";
import { city, loadCity } from "../city";
import { t } from "../words";
import { Empty, Fact, Facts } from "./words";

interface Ids {
  count: number;
  /** The first of them. */
  named?: string[];
}

interface Difference {
  file: string;
  added: Ids;
  removed: Ids;
  changed: Ids;
}

interface Checked {
  ok: boolean;
  differences: Difference[];
  remarks: string[];
  files: { file: string; faults: Fault[] }[];
}

interface Fault {
  line: number | null;
  key: string | null;
  value: string | null;
  message: string;
}

/** So many ids are named of each difference. */
const NAMED_MAX = 8;

export function CityCheck() {
  const [checked, setChecked] = useState<Checked | null>(null);
  const [taken, setTaken] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const begin = async (ask: () => Promise<Checked>, takes: boolean) => {
    setBusy(true);
    setFault(null);
    setChecked(null);
    setTaken(false);
    try {
      setChecked(await ask());
      setTaken(takes);
      if (takes) loadCity();
    } catch (error) {
      setFault(String((error as Error).message ?? error));
    } finally {
      setBusy(false);
    }
  };
  const check = () => begin(() => get<Checked>("/api/city/check"), false);
  const reload = () =>
    begin(async () => {
      const { differences } = await post<{ differences: Difference[] }>("/api/city/reload", {});
      return { ok: true, differences, remarks: [], files: [] };
    }, true);
  return (
    <section class="card citycheck" aria-labelledby="city-title">
      <h2 id="city-title">{t("settings.city")}</h2>
      {city.value?.name == null ? (
        <Empty quiet title={t("life.none")} help={t("life.none.do")} />
      ) : (
        <>
          <Facts>
            <Fact word="settings.city.name">{city.value.name}</Fact>
            <Fact word="settings.city.grids">{city.value.grids.length}</Fact>
            <Fact word="settings.city.classes">{city.value.classes.length}</Fact>
          </Facts>
          <div class="buttons foot">
            <button type="button" class="button" onClick={check} disabled={busy} data-check>
              {t(busy ? "life.taking" : "settings.city.check")}
            </button>
            <button type="button" class="button" onClick={reload} disabled={busy} data-reload>
              {t("settings.city.reload")}
            </button>
          </div>
          {checked && (
            <div role="status" data-checked={checked.ok ? "well" : "faulty"}>
              <p class={`mark-note ${checked.ok ? "good" : "bad"}`}>
                {t(
                  taken ? "settings.city.taken" : checked.ok ? "settings.city.well" : "settings.city.faulty",
                )}
              </p>
              <Differences checked={checked} />
              <Faults files={checked.files} />
              {checked.remarks.length > 0 && (
                <ul class="plainlist small" lang="en">
                  {checked.remarks.map((remark) => (
                    <li key={remark}>{remark}</li>
                  ))}
                </ul>
              )}
            </div>
          )}
          {fault && (
            <pre class="faults" role="alert" lang="en">
              {fault}
            </pre>
          )}
        </>
      )}
    </section>
  );
}

function Differences({ checked }: { checked: Checked }) {
  const named = (sign: string, ids: Ids) => {
    const some = (ids.named ?? []).slice(0, NAMED_MAX);
    return some.length > 0 ? `${sign} ${some.join(", ")}${ids.count > some.length ? ", …" : ""}` : null;
  };
  if (!checked.ok) return null;
  return (
    <ul class="plainlist">
      {checked.differences.length === 0 && <li>{t("settings.city.same")}</li>}
      {checked.differences.map((one) => (
        <li key={one.file} class="difference">
          <span>{one.file}</span>
          <span class="number">
            +{one.added.count} −{one.removed.count} ~{one.changed.count}
          </span>
          <span class="small">
            {[named("+", one.added), named("−", one.removed), named("~", one.changed)]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Faults({ files }: { files: Checked["files"] }) {
  return (
    <>
      {files.map(({ file, faults }) => (
        <section key={file} class="cityfaults" lang="en">
          <h3>{file}</h3>
          <ul class="plainlist">
            {faults.map((one) => (
              <li key={`${one.line} ${one.key} ${one.message}`}>
                <span>
                  {one.line !== null && <span class="quiet">{one.line}: </span>}
                  {one.key}
                  {one.value !== null && ` = ${one.value}`}
                  {(one.key || one.value) && ": "}
                  {one.message}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
