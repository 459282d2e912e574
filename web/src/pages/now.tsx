/** The wall of cameras, and the open cases beside it. */

import { signal, useComputed } from "@preact/signals";
import type { Camera } from "../api";
import { boxesShown } from "../choices";
import { roughly } from "../format";
import { cameras, health, loaded, loadMoreOpen, moreOpen, now, openCases, sawAll, unseen } from "../live";
import { CASE_ROW_HEIGHT, CaseRow } from "../parts/caserow";
import { Picture } from "../parts/scene";
import { Virtual } from "../parts/virtual";
import { Empty, Loading, tone } from "../parts/words";
import { toCamera, toCases } from "../route";
import { useScene } from "../scenes";
import { named, t } from "../words";

const TILE_MIN = 250;
/** Under the picture: the camera's name, and its reason where it has one. */
const TILE_FOOT = 46;
const TILE_GAP = 10;

type Only = "all" | "cases" | "ill";
const only = signal<Only>("all");
const word = signal("");

export function fits(camera: Camera, wanted: string, only: Only): boolean {
  if (only === "cases" && camera.open_cases === 0) return false;
  if (only === "ill" && ["live", "disabled"].includes(camera.phase)) return false;
  const text = `${camera.camera_id} ${camera.phase} ${named("phase", camera.phase)} ${camera.reason}`;
  return text.toLowerCase().includes(wanted.trim().toLowerCase());
}

export function NowPage() {
  return (
    <div class="now">
      <Wall />
      <OpenCases />
    </div>
  );
}

function Wall() {
  const found = useComputed(() => cameras.value.filter((camera) => fits(camera, word.value, only.value)));
  const count = health.value?.cameras;
  const wanted = count ? count.total - count.disabled : cameras.value.length;
  const live = cameras.value.filter((camera) => camera.phase === "live").length;
  return (
    <section class="wall" aria-labelledby="wall-title">
      <header class="bar">
        <h2 id="wall-title">{t("now.wall")}</h2>
        <span class="quiet">{t("now.live", { live, total: wanted })}</span>
        <span class="push" />
        <input
          type="search"
          data-search
          placeholder={t("now.filter")}
          aria-label={t("now.filter")}
          value={word.value}
          onInput={(event) => {
            word.value = event.currentTarget.value;
          }}
        />
        <select
          aria-label={t("now.only")}
          value={only.value}
          onChange={(event) => {
            only.value = event.currentTarget.value as Only;
          }}
        >
          <option value="all">{t("now.all")}</option>
          <option value="cases">{t("now.withcases")}</option>
          <option value="ill">{t("now.ill")}</option>
        </select>
        <label class="check">
          <input
            type="checkbox"
            checked={boxesShown.value}
            onChange={() => {
              boxesShown.value = !boxesShown.value;
            }}
          />
          {t("now.showboxes")}
        </label>
      </header>
      <div class="scroller">
        {!loaded.value ? (
          <Loading />
        ) : cameras.value.length === 0 ? (
          <Empty title={t("now.nocameras")} help={t("now.nocameras.do")} />
        ) : found.value.length === 0 ? (
          <Empty title={t("now.nomatch")} help={t("now.nomatch.do")} />
        ) : (
          <Virtual
            class="tiles"
            label={t("now.wall")}
            items={found.value}
            keyOf={(camera) => camera.camera_id}
            columnMin={TILE_MIN}
            rowHeight={(width) => Math.round(((width - TILE_GAP) * 9) / 16) + TILE_FOOT + TILE_GAP}
            render={(camera) => <Tile camera={camera} />}
          />
        )}
      </div>
    </section>
  );
}

function Tile({ camera }: { camera: Camera }) {
  const { scene, small } = useScene(camera.camera_id);
  const live = camera.phase === "live";
  const last = scene?.captured_at;
  return (
    <a class={`tile ${live ? "" : "dim"}`} href={toCamera(camera.camera_id)}>
      <Picture
        src={small}
        alt={`${t("cameras.picture")}: ${camera.camera_id}`}
        scene={live ? scene : null}
        lazy
      />
      {camera.open_cases > 0 && <span class="badge count">{camera.open_cases}</span>}
      <span class="foot">
        <span class={`dot ${tone(camera.phase)}`} aria-hidden="true" />
        <span class="name">{camera.camera_id}</span>
        <span class="small push">
          {live
            ? last && roughly((now.value - Date.parse(last)) / 1000)
            : `${named("phase", camera.phase)} ${roughly((now.value - Date.parse(camera.since)) / 1000)}`}
        </span>
        {camera.reason && (
          <span class="reason small" lang="en" title={camera.reason}>
            {camera.reason}
          </span>
        )}
      </span>
    </a>
  );
}

function OpenCases() {
  const fresh = unseen.value.size;
  const total = Math.max(health.value?.open_cases ?? 0, openCases.value.length);
  return (
    <section class="open" aria-labelledby="open-title">
      <header class="bar">
        <h2 id="open-title">{t("now.open")}</h2>
        <span class="badge">{moreOpen.value ? total : openCases.value.length}</span>
        {fresh > 0 && (
          <button type="button" class="pill open plainbutton" onClick={sawAll}>
            {t("now.new", { n: fresh })}
          </button>
        )}
        <span class="push" />
        <a href={toCases({})}>{t("now.allcases")}</a>
      </header>
      <div class="scroller">
        {!loaded.value ? (
          <Loading />
        ) : openCases.value.length === 0 ? (
          <Empty title={t("now.nocases")} help={t("now.nocases.do")} />
        ) : (
          <Virtual
            label={t("now.open")}
            items={openCases.value}
            keyOf={(one) => one.id}
            rowHeight={() => CASE_ROW_HEIGHT}
            render={(one) => <CaseRow one={one} />}
            onEnd={loadMoreOpen}
          />
        )}
      </div>
    </section>
  );
}
