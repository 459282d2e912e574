/** The zone editor: polygons drawn on the camera's own picture, named, typed and timed. */

import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { cameraPath, get, type Point, post, put } from "../api";
import { freeName, KINDS, type ZoneFault, type ZoneForm, type ZoneSheet, zoneFaults } from "../drawing";
import { ArrowLeft, Plus, Save, Trash2, Undo2 } from "../icons";
import { useLoaded } from "../loading";
import { Board } from "../parts/board";
import { Empty, Fault, Loading } from "../parts/words";
import { Would } from "../parts/would";
import { toCamera } from "../route";
import { named, t } from "../words";

const zonesPath = (id: string) => `${cameraPath(id)}/zones`;
/** So many changes can be taken back while drawing. */
const STEPS_MAX = 100;

export function ZonesPage({ id }: { id: string }) {
  const sheet = useLoaded(`zones ${id}`, () => get<ZoneSheet>(zonesPath(id)));
  if (sheet.absent) {
    return (
      <div class="page">
        <Empty title={t("camera.absent")} help={t("camera.absent.do")} />
      </div>
    );
  }
  if (!sheet.value) {
    return (
      <div class="page">{sheet.fault ? <Fault detail={sheet.fault} again={sheet.again} /> : <Loading />}</div>
    );
  }
  return <Editor key={JSON.stringify(sheet.value)} id={id} sheet={sheet.value} put={sheet.put} />;
}

interface EditorProps {
  id: string;
  sheet: ZoneSheet;
  put: (sheet: ZoneSheet) => void;
}

function Editor({ id, sheet, put: taken }: EditorProps) {
  const [zones, setZones] = useState(sheet.zones);
  const [past, setPast] = useState<ZoneForm[][]>([]);
  const [chosen, setChosen] = useState(sheet.zones.length > 0 ? 0 : -1);
  /** Corners set so far of a zone that is being drawn. */
  const [draft, setDraft] = useState<Point[] | null>(null);
  const [faults, setFaults] = useState<ZoneFault[]>([]);
  const [busy, setBusy] = useState(false);
  const changed = zones !== sheet.zones;

  const change = (next: ZoneForm[]) => {
    setPast((past) => [...past, zones].slice(-STEPS_MAX));
    setZones(next);
    setFaults([]);
  };
  const back = () => {
    const before = past.at(-1);
    if (!before) return;
    setZones(before);
    setPast(past.slice(0, -1));
    setChosen(Math.min(chosen, before.length - 1));
  };
  const finish = () => {
    if (draft && draft.length >= 3) {
      const zone = { id: freeName(zones), kind: "no_parking", polygon: draft, hours: [], exempt: [] };
      change([...zones, zone]);
      setChosen(zones.length);
    }
    setDraft(null);
  };
  const remove = (at: number) => {
    change(zones.filter((_, index) => index !== at));
    setChosen(-1);
  };
  const send = async (ask: () => Promise<ZoneSheet>) => {
    setBusy(true);
    setFaults([]);
    try {
      taken(await ask());
    } catch (error) {
      const told = zoneFaults(String((error as Error).message ?? error));
      setFaults(told);
      const first = told.find((fault) => fault.zone !== null)?.zone ?? null;
      if (first !== null) setChosen(first);
    } finally {
      setBusy(false);
    }
  };
  const save = () => send(() => put<ZoneSheet>(zonesPath(id), { zones }));
  const undo = () => send(() => post<ZoneSheet>(`${zonesPath(id)}/undo`, {}));

  // Before the next frame: a key meets what is shown, not what was shown before.
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
      if (typing) return;
      if ((event.ctrlKey || event.metaKey) && event.key === "z") back();
      else if (event.key === "Enter" && draft) finish();
      else if (event.key === "Escape" && draft) setDraft(null);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    addEventListener("keydown", pressed, { capture: true });
    return () => removeEventListener("keydown", pressed, { capture: true });
  });
  // What is not saved is not lost by a slip.
  useEffect(() => {
    if (!changed) return;
    const leaving = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", leaving);
    return () => removeEventListener("beforeunload", leaving);
  }, [changed]);

  const zone = zones[chosen];
  return (
    <article class="page zonespage">
      <header class="title">
        <a class="icon" href={toCamera(id)} aria-label={t("zones.back")} data-back>
          <ArrowLeft size={18} aria-hidden="true" />
        </a>
        <div>
          <h1>{t("zones.title", { camera: id })}</h1>
          <p class="quiet">{t(sheet.drawn ? "zones.drawn" : "zones.configured")}</p>
        </div>
        <span class="push" />
        <div class="buttons">
          <button
            type="button"
            class="button"
            onClick={() => setDraft([])}
            disabled={draft !== null}
            data-new
          >
            <Plus size={15} aria-hidden="true" /> {t("zones.new")}
          </button>
          <button type="button" class="button" onClick={back} disabled={past.length === 0}>
            <Undo2 size={15} aria-hidden="true" /> {t("zones.step")}
          </button>
          <button
            type="button"
            class="button"
            onClick={undo}
            disabled={busy || !sheet.drawn || changed}
            data-undo
          >
            {t("zones.undo")}
          </button>
          <button type="button" class="button main" onClick={save} disabled={busy || !changed} data-save>
            <Save size={15} aria-hidden="true" /> {t(busy ? "life.taking" : "zones.save")}
          </button>
        </div>
      </header>
      {faults.length > 0 && (
        <div class="refused" role="alert">
          <strong>{t("zones.refused")}</strong>
          <ul>
            {faults.map((fault) => (
              <li key={`${fault.zone} ${fault.text}`}>
                {fault.zone !== null && <b>{zones[fault.zone]?.id}: </b>}
                <span lang="en">{fault.text}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div class="columns">
        <Board
          id={id}
          zones={zones}
          chosen={chosen}
          choose={setChosen}
          change={change}
          draft={draft}
          setDraft={setDraft}
          finish={finish}
        />
        <div class="side">
          <section class="card" aria-labelledby="zonelist-title">
            <h2 id="zonelist-title">{t("camera.zones")}</h2>
            {zones.length === 0 ? (
              <Empty quiet title={t("camera.nozones")} help={t("zones.none.do")} />
            ) : (
              <ul class="zonelist">
                {zones.map((one, at) => (
                  // Names change while they are typed; the place in the list does not
                  <li key={String(at)}>
                    <button
                      type="button"
                      class={at === chosen ? "chosen" : ""}
                      aria-pressed={at === chosen}
                      onClick={() => setChosen(at)}
                    >
                      <span class={`swatch ${one.kind}`} aria-hidden="true" /> {one.id}
                      <span class="quiet"> {named("zone", one.kind)}</span>
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </section>
          {zone && (
            <Form
              key={chosen}
              zone={zone}
              change={(next) => change(zones.map((one, at) => (at === chosen ? next : one)))}
              remove={() => remove(chosen)}
            />
          )}
          <Would id={id} zones={zones} />
        </div>
      </div>
    </article>
  );
}

interface FormProps {
  zone: ZoneForm;
  change: (zone: ZoneForm) => void;
  remove: () => void;
}

function Form({ zone, change, remove }: FormProps) {
  const lines = (text: string) =>
    text
      .split(/[\n;]/)
      .map((line) => line.trim())
      .filter(Boolean);
  const seconds = (text: string) => (text.trim() === "" ? undefined : Number(text));
  const timer = (key: "pre_alarm_s" | "violation_s", text: string) => {
    const { [key]: _, ...rest } = zone;
    const value = seconds(text);
    change(value === undefined || Number.isNaN(value) ? (rest as ZoneForm) : { ...zone, [key]: value });
  };
  return (
    <section class="card zoneform" aria-label={zone.id}>
      <label>
        {t("zones.name")}
        <input
          name="id"
          value={zone.id}
          maxLength={64}
          onChange={(event) => change({ ...zone, id: event.currentTarget.value.trim() })}
        />
      </label>
      <label>
        {t("zones.kind")}
        <select
          name="kind"
          value={zone.kind}
          onChange={(event) => {
            // Timers that were usual for the one kind are not for the other.
            const { pre_alarm_s: _, violation_s: __, ...rest } = zone;
            change({ ...rest, kind: event.currentTarget.value });
          }}
        >
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {named("zone", kind)}
            </option>
          ))}
        </select>
      </label>
      <div class="pair">
        <label>
          {t("zones.pre_alarm")}
          <input
            name="pre_alarm_s"
            type="number"
            min="0"
            step="any"
            placeholder={t("zones.usual")}
            value={zone.pre_alarm_s ?? ""}
            onChange={(event) => timer("pre_alarm_s", event.currentTarget.value)}
          />
        </label>
        <label>
          {t("zones.violation")}
          <input
            name="violation_s"
            type="number"
            min="0"
            step="any"
            placeholder={t("zones.usual")}
            value={zone.violation_s ?? ""}
            onChange={(event) => timer("violation_s", event.currentTarget.value)}
          />
        </label>
      </div>
      <label>
        {t("zones.hours")}
        <textarea
          name="hours"
          rows={2}
          placeholder="mon-fri 07:00-21:00"
          value={zone.hours.join("\n")}
          onChange={(event) => change({ ...zone, hours: lines(event.currentTarget.value) })}
        />
      </label>
      <label>
        {t("zones.exempt")}
        <input
          name="exempt"
          placeholder="bus; truck"
          value={zone.exempt.join("; ")}
          onChange={(event) => change({ ...zone, exempt: lines(event.currentTarget.value) })}
        />
      </label>
      <button type="button" class="button" onClick={remove} data-remove>
        <Trash2 size={15} aria-hidden="true" /> {t("zones.remove")}
      </button>
    </section>
  );
}
