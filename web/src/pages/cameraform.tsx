/** A camera is added or changed: its address is tried, and a test picture seen, before it is saved. */

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, cameraPath, get, post, put, remove } from "../api";
import {
  type CameraForm,
  type CameraSheet,
  faultsByKey,
  NEW_FORM,
  numberOf,
  SECONDS,
  SOURCES,
  TRANSPORTS,
  type Trial,
  withKey,
} from "../cameraform";
import { ArrowLeft, Play, Save, Trash2 } from "../icons";
import { cameras } from "../live";
import { useLoaded } from "../loading";
import { TrialCard } from "../parts/trial";
import { Empty, Fault, Loading } from "../parts/words";
import { go, toCamera } from "../route";
import { may } from "../session";
import { named, t, type Word } from "../words";

const KEYS = [
  ...[
    "id",
    "name",
    "enabled",
    "uri",
    "user",
    "password",
    "source",
    "transport",
    "gates",
    "place",
    "lat",
    "lon",
  ],
  ...SECONDS,
];

export function NewCameraPage() {
  if (!may("administrator")) return <LookOnly />;
  return <Editor sheet={null} />;
}

export function EditCameraPage({ id }: { id: string }) {
  // The form begins anew with what was saved; what was said of that stays.
  const [done, setDone] = useState<Word | null>(null);
  const sheet = useLoaded(`form ${id}`, () => get<CameraSheet>(`${cameraPath(id)}/form`));
  if (!may("administrator")) return <LookOnly />;
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
  return (
    <Editor
      key={JSON.stringify(sheet.value)}
      sheet={sheet.value}
      said={done}
      taken={(told, word) => {
        setDone(word);
        sheet.put(told);
      }}
    />
  );
}

function LookOnly() {
  return (
    <div class="page">
      <Empty title={t("life.lookonly")} help={t("camera.form.lookonly")} />
    </div>
  );
}

interface EditorProps {
  /** None of a camera that is to be added. */
  sheet: CameraSheet | null;
  taken?: (sheet: CameraSheet, done: Word) => void;
  said?: Word | null;
}

function Editor({ sheet, taken, said = null }: EditorProps) {
  const [form, setForm] = useState<CameraForm>(sheet?.form ?? NEW_FORM);
  const [doing, setDoing] = useState<"trying" | "saving" | null>(null);
  const [faults, setFaults] = useState<ReadonlyMap<string, string>>(new Map());
  const [trial, setTrial] = useState<Trial | null>(null);
  const [done, setDone] = useState<Word | null>(said);
  const changed = form !== (sheet?.form ?? NEW_FORM);
  const id = sheet?.form.id ?? null;

  const set = <K extends keyof CameraForm>(key: K, value: CameraForm[K]) => {
    setForm((form) => withKey(form, key, value));
    setDone(null);
  };
  const begin = async (what: "trying" | "saving", ask: () => Promise<void>) => {
    setDoing(what);
    setFaults(new Map());
    setDone(null);
    try {
      await ask();
    } catch (error) {
      const detail = String((error as Error).message ?? error);
      setFaults(error instanceof ApiError ? faultsByKey(detail, KEYS) : new Map([["", detail]]));
    } finally {
      setDoing(null);
    }
  };
  const tryIt = () =>
    begin("trying", async () => {
      setTrial(null);
      // Without a name yet, none is meant.
      const { id: _, ...nameless } = form;
      setTrial(await post<Trial>("/api/trials", form.id ? form : nameless));
    });
  const save = (event: Event) => {
    event.preventDefault();
    begin("saving", async () => {
      if (id === null) {
        await post<CameraSheet>("/api/cameras", form);
        go(toCamera(form.id));
      } else {
        taken?.(await put<CameraSheet>(cameraPath(id), form), "camera.form.saved");
        setDone("camera.form.saved");
      }
    });
  };
  const undo = () =>
    begin("saving", async () => {
      taken?.(await post<CameraSheet>(`${cameraPath(id ?? "")}/undo`, {}), "camera.form.undone");
    });
  // What is not saved is not lost by a slip.
  useEffect(() => {
    if (!changed) return;
    const leaving = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", leaving);
    return () => removeEventListener("beforeunload", leaving);
  }, [changed]);

  const other = faults.get("");
  return (
    <form class="page cameraform" onSubmit={save} noValidate autocomplete="off">
      <header class="title">
        <a class="icon" href={id ? toCamera(id) : "#/cameras"} aria-label={t("camera.back")} data-back>
          <ArrowLeft size={18} aria-hidden="true" />
        </a>
        <div>
          <h1>{id ? t("camera.edit", { camera: id }) : t("camera.new")}</h1>
          {sheet && (
            <p class="quiet">
              {sheet.file ? t("camera.form.configured", { file: sheet.file }) : t("camera.form.added")}
            </p>
          )}
        </div>
        <span class="push" />
        <div class="buttons">
          {sheet && (
            <button
              type="button"
              class="button"
              onClick={undo}
              disabled={doing !== null || !sheet.changed || changed}
              data-undo
            >
              {t("camera.form.undo")}
            </button>
          )}
          <button type="button" class="button" onClick={tryIt} disabled={doing !== null} data-try>
            <Play size={15} aria-hidden="true" />{" "}
            {t(doing === "trying" ? "camera.form.trying" : "camera.form.try")}
          </button>
          <button type="submit" class="button main" disabled={doing !== null || !changed} data-save>
            <Save size={15} aria-hidden="true" /> {t(doing === "saving" ? "life.taking" : "camera.form.save")}
          </button>
        </div>
      </header>
      {other && (
        <p class="refused" role="alert">
          <strong>{t("camera.form.refused")}</strong> <span lang="en">{other}</span>
        </p>
      )}
      <p class="done" role="status">
        {done && t(done)}
      </p>
      <div class="columns">
        <div class="side">
          <Address form={form} set={set} faults={faults} fresh={id === null} />
          <More form={form} set={set} faults={faults} />
          {sheet?.added && <Remove id={sheet.form.id} />}
        </div>
        <TrialCard trial={trial} trying={doing === "trying"} />
      </div>
    </form>
  );
}

interface PartProps {
  form: CameraForm;
  set: <K extends keyof CameraForm>(key: K, value: CameraForm[K]) => void;
  faults: ReadonlyMap<string, string>;
}

function Address({ form, set, faults, fresh }: PartProps & { fresh: boolean }) {
  const text = (key: "id" | "name" | "uri" | "user" | "password", more: object = {}) => (
    <input
      id={`camera-${key}`}
      name={key}
      value={form[key] ?? ""}
      aria-invalid={faults.has(key)}
      aria-describedby={faults.has(key) ? `fault-${key}` : undefined}
      onInput={(event) => set(key, event.currentTarget.value.trim())}
      spellcheck={false}
      {...more}
    />
  );
  return (
    <section class="card zoneform">
      {fresh && (
        <Field word="camera.form.id" of="id" faults={faults} note={t("camera.form.id.note")}>
          {text("id", { required: true, maxLength: 64, autocapitalize: "none" })}
        </Field>
      )}
      <Field word="camera.form.name" of="name" faults={faults}>
        {text("name", {
          placeholder: form.id,
          onInput: (event: InputEvent) => set("name", (event.currentTarget as HTMLInputElement).value),
        })}
      </Field>
      <Field
        word="camera.form.uri"
        of="uri"
        faults={faults}
        note={form.uri === null ? t("camera.form.uri.file") : ""}
      >
        {text("uri", {
          inputMode: "url",
          disabled: form.uri === null,
          placeholder: "rtsp://10.0.0.7:554/main",
        })}
      </Field>
      <div class="pair">
        <Field word="camera.form.user" of="user" faults={faults}>
          {text("user", { autocomplete: "off" })}
        </Field>
        <Field
          word="camera.form.password"
          of="password"
          faults={faults}
          note={form.password === "***" ? t("camera.form.password.kept") : ""}
        >
          {text("password", {
            type: "password",
            autocomplete: "new-password",
            onInput: (event: InputEvent) => set("password", (event.currentTarget as HTMLInputElement).value),
          })}
        </Field>
      </div>
      <label class="check">
        <input
          type="checkbox"
          name="enabled"
          checked={form.enabled !== false}
          onChange={(event) => set("enabled", event.currentTarget.checked)}
        />
        {t("camera.form.enabled")}
      </label>
    </section>
  );
}

/** What is as usual for nearly every camera. */
function More({ form, set, faults }: PartProps) {
  const choice = (key: "source" | "transport", names: string[], group: string) => (
    <select
      id={`camera-${key}`}
      name={key}
      value={form[key] ?? names[0]}
      onChange={(event) => set(key, event.currentTarget.value)}
    >
      {names.map((name) => (
        <option key={name} value={name}>
          {group ? named(group, name) : name.toUpperCase()}
        </option>
      ))}
    </select>
  );
  const figure = (key: (typeof SECONDS)[number] | "lat" | "lon") => (
    <input
      id={`camera-${key}`}
      name={key}
      inputMode="decimal"
      placeholder={key === "lat" || key === "lon" ? "" : t("camera.form.usual")}
      defaultValue={form[key] ?? ""}
      aria-invalid={faults.has(key)}
      aria-describedby={faults.has(key) ? `fault-${key}` : undefined}
      onInput={(event) => set(key, numberOf(event.currentTarget.value))}
    />
  );
  return (
    <details class="card" open={[...faults.keys()].some((key) => key !== "" && !FIRST.includes(key))}>
      <summary>{t("camera.form.more")}</summary>
      <div class="zoneform">
        <div class="pair">
          <Field word="camera.form.source" of="source" faults={faults}>
            {choice("source", SOURCES, "camera.source")}
          </Field>
          <Field word="camera.form.transport" of="transport" faults={faults}>
            {choice("transport", TRANSPORTS, "")}
          </Field>
        </div>
        <div class="pair">
          {SECONDS.map((key) => (
            <Field key={key} word={`camera.form.${key}`} of={key} faults={faults}>
              {figure(key)}
            </Field>
          ))}
        </div>
        <label class="check">
          <input
            type="checkbox"
            name="gates"
            checked={form.gates ?? true}
            onChange={(event) => set("gates", event.currentTarget.checked)}
          />
          {t("camera.form.gates")}
        </label>
        <Field word="camera.form.place" of="place" faults={faults}>
          <input
            id="camera-place"
            name="place"
            value={form.place ?? ""}
            onInput={(event) => set("place", event.currentTarget.value)}
          />
        </Field>
        <div class="pair">
          <Field word="camera.form.lat" of="lat" faults={faults}>
            {figure("lat")}
          </Field>
          <Field word="camera.form.lon" of="lon" faults={faults}>
            {figure("lon")}
          </Field>
        </div>
      </div>
    </details>
  );
}

const FIRST = ["id", "name", "uri", "user", "password", "enabled"];

interface FieldProps {
  word: Word;
  of: string;
  faults: ReadonlyMap<string, string>;
  note?: string;
  children: ComponentChildren;
}

function Field({ word, of, faults, note, children }: FieldProps) {
  const fault = faults.get(of);
  return (
    <div class="field">
      <label htmlFor={`camera-${of}`}>{t(word)}</label>
      {children}
      {fault ? (
        <span class="fieldfault" id={`fault-${of}`} role="alert" lang="en">
          {fault}
        </span>
      ) : (
        note && <span class="small">{note}</span>
      )}
    </div>
  );
}

function Remove({ id }: { id: string }) {
  const [sure, setSure] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const really = () =>
    remove(cameraPath(id)).then(
      () => {
        cameras.value = cameras.value.filter((camera) => camera.camera_id !== id);
        go("#/cameras");
      },
      (error) => setFault(String(error.message ?? error)),
    );
  return (
    <section class="card zoneform">
      {sure ? (
        <>
          <p role="alert">{t("camera.form.remove.sure", { camera: id })}</p>
          <div class="buttons">
            <button type="button" class="button danger" onClick={really} data-really>
              {t("camera.form.remove.yes")}
            </button>
            <button type="button" class="button" onClick={() => setSure(false)}>
              {t("life.leave")}
            </button>
          </div>
        </>
      ) : (
        <button type="button" class="button" onClick={() => setSure(true)} data-remove>
          <Trash2 size={15} aria-hidden="true" /> {t("camera.form.remove")}
        </button>
      )}
      {fault && (
        <p class="refused" role="alert" lang="en">
          {fault}
        </p>
      )}
    </section>
  );
}
