/** Every camera: how it does, why it does not, and a button to try again. */

import { signal } from "@preact/signals";
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import { type Camera, get, retryCamera } from "../api";
import { bitrate, count, roughly } from "../format";
import { Plus } from "../icons";
import { cameras, link, loaded, now } from "../live";
import { useTurns } from "../loading";
import { Virtual } from "../parts/virtual";
import { Empty, Loading, PhasePill } from "../parts/words";
import { Rates } from "../rates";
import { NEW_CAMERA, toCamera } from "../route";
import { useScene } from "../scenes";
import { may } from "../session";
import { named, t } from "../words";
import { fits } from "./now";

const ASK_EVERY_MS = 4000;
const ROW_HEIGHT = 68;
/** On a phone a camera's row is a card. */
const CARD_HEIGHT = 132;
const PHONE_WIDTH = 720;
const word = signal("");

/** Ill cameras first: they are what a person looks for. */
const ORDER = ["refused", "lost", "stalled", "connecting", "live", "disabled"];
const illFirst = (a: Camera, b: Camera) => ORDER.indexOf(a.phase) - ORDER.indexOf(b.phase);

export function CamerasPage() {
  const rates = useRef(new Rates());
  const [, redraw] = useState(0);
  const ask = useCallback(() => {
    if (link.value !== "live") return;
    get<{ cameras: Camera[] }>("/api/cameras").then(
      (told) => {
        cameras.value = told.cameras;
        rates.current.read(told.cameras, Date.now());
        redraw((turn) => turn + 1);
      },
      () => {},
    );
  }, []);
  useMemo(ask, [ask]);
  useTurns(ASK_EVERY_MS, ask);

  const found = cameras.value.filter((camera) => fits(camera, word.value, "all")).sort(illFirst);
  return (
    <div class="page cameras">
      <header class="bar">
        <h1>{t("cameras.title")}</h1>
        <span class="quiet">{t("cameras.count", { n: found.length, total: cameras.value.length })}</span>
        <span class="push" />
        <input
          type="search"
          data-search
          placeholder={t("cameras.search")}
          aria-label={t("cameras.search")}
          value={word.value}
          onInput={(event) => {
            word.value = event.currentTarget.value;
          }}
        />
        {may("administrator") && (
          <a class="button" href={NEW_CAMERA} data-add>
            <Plus size={15} aria-hidden="true" /> {t("cameras.add")}
          </a>
        )}
      </header>
      {!loaded.value ? (
        <Loading />
      ) : cameras.value.length === 0 ? (
        <Empty title={t("cameras.none")} help={t("cameras.none.do")} />
      ) : found.length === 0 ? (
        <Empty title={t("now.nomatch")} help={t("now.nomatch.do")} />
      ) : (
        <div class="card list">
          <Head />
          <Virtual
            label={t("cameras.title")}
            items={found}
            keyOf={(camera) => camera.camera_id}
            rowHeight={(width) => (width < PHONE_WIDTH ? CARD_HEIGHT : ROW_HEIGHT)}
            render={(camera) => <Row camera={camera} bits={rates.current.of(camera.camera_id)} />}
          />
        </div>
      )}
    </div>
  );
}

function Head() {
  return (
    <div class="camerarow head" aria-hidden="true">
      <span class="thumb">{t("cameras.picture")}</span>
      <span class="name">{t("cameras.name")}</span>
      <span class="state">{t("cameras.state")}</span>
      <span class="number">{t("cameras.interval")}</span>
      <span class="number">{t("cameras.bitrate")}</span>
      <span class="number">{t("cameras.reconnects")}</span>
      <span>{t("cameras.left")}</span>
      <span class="number">{t("cameras.last")}</span>
      <span class="number">{t("cameras.open")}</span>
      <span class="try" />
    </div>
  );
}

function Row({ camera, bits }: { camera: Camera; bits: number | null }) {
  const { small } = useScene(camera.camera_id);
  const since = roughly((now.value - Date.parse(camera.since)) / 1000);
  const last = camera.last_look_at;
  const ill = !["live", "disabled"].includes(camera.phase);
  return (
    <div class="camerarow">
      <span class="thumb">{small && <img src={small} alt="" loading="lazy" decoding="async" />}</span>
      <a class="name" href={toCamera(camera.camera_id)}>
        {camera.camera_id}
      </a>
      <span class="state">
        <PhasePill phase={camera.phase} /> <span class="small">{since}</span>
        {camera.reason && (
          <span class="reason small" lang="en" title={camera.reason}>
            {camera.reason}
          </span>
        )}
      </span>
      <Figure word="cameras.interval" late={isLate(camera, now.value)}>
        {camera.kept_interval_s === null ? "–" : roughly(camera.kept_interval_s)}
        <span class="quiet"> / {asked(camera)}</span>
      </Figure>
      <Figure word="cameras.bitrate">{ill ? "–" : bitrate(bits)}</Figure>
      <Figure word="cameras.reconnects">{count(camera.reconnects)}</Figure>
      <LeftOut camera={camera} />
      <Figure word="cameras.last">{last ? roughly((now.value - Date.parse(last)) / 1000) : "–"}</Figure>
      <Figure word="cameras.open">
        {camera.open_cases > 0 ? <span class="badge">{camera.open_cases}</span> : "0"}
      </Figure>
      <span class="try">{ill && <TryNow id={camera.camera_id} />}</span>
    </div>
  );
}

export const SKIPPED = ["not_due", "overload", "still", "unchanged"] as const;

/** What became of the camera's keyframes: looked at, or left out, and why. */
export function LeftOut({ camera }: { camera: Camera }) {
  const parts = SKIPPED.map((reason) => ({ reason, n: camera[`skipped_${reason}`] ?? 0 }));
  const all = parts.reduce((sum, part) => sum + part.n, camera.looks);
  const words = [
    `${t("camera.looks")} ${count(camera.looks)}`,
    ...parts
      .filter((part) => part.n > 0)
      .map((part) => `${named("machine.skip", part.reason)} ${count(part.n)}`),
  ].join(" · ");
  return (
    <span class="leftout" title={words}>
      <span class="shares" role="img" aria-label={words}>
        {all > 0 && <i class="looked" style={{ width: `${(100 * camera.looks) / all}%` }} />}
        {all > 0 &&
          parts.map((part) => (
            <i key={part.reason} class={part.reason} style={{ width: `${(100 * part.n) / all}%` }} />
          ))}
      </span>
      <span class={`small ${camera.skipped_overload > 0.1 * all ? "late" : ""}`}>
        {camera.skipped_overload > 0
          ? t("cameras.left.overload", { n: count(camera.skipped_overload) })
          : t("cameras.left.none")}
      </span>
    </span>
  );
}

const asked = (camera: Camera) =>
  camera.asked_interval_s > 0 ? roughly(camera.asked_interval_s) : t("cameras.each");

/** No machine can look more often than keyframes come; a candidate asks for each of them. */
export function isLate(camera: Camera, at: number): boolean {
  const between = (at - Date.parse(camera.since)) / 1000 / Math.max(1, camera.keyframes);
  const kept = camera.kept_interval_s;
  return kept !== null && kept > 1.5 * Math.max(camera.asked_interval_s, between);
}

interface FigureProps {
  word: "cameras.interval" | "cameras.bitrate" | "cameras.reconnects" | "cameras.last" | "cameras.open";
  late?: boolean;
  children: preact.ComponentChildren;
}

function Figure({ word, late, children }: FigureProps) {
  return (
    <span class={`number figure ${word.replace(".", "-")} ${late ? "late" : ""}`}>
      <span class="label">{t(word)}</span>
      <span>{children}</span>
    </span>
  );
}

export function TryNow({ id }: { id: string }) {
  const [tried, setTried] = useState(false);
  if (!may("dispatcher")) return null;
  const tryNow = () => {
    setTried(true);
    retryCamera(id).catch(() => {});
    setTimeout(() => setTried(false), 3000);
  };
  return (
    <button type="button" class="button" onClick={tryNow} disabled={tried}>
      {t(tried ? "cameras.tried" : "cameras.try")}
    </button>
  );
}
