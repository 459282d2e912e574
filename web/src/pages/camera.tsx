/** One camera: its picture, what is drawn and what stands in it, and how it does. */

import { useEffect, useRef, useState } from "preact/hooks";
import { type Camera, cameraPath, get, getCases, type Scene } from "../api";
import { placeOf } from "../city";
import { bitrate, bytes, clock, count, roughly, span } from "../format";
import { ArrowLeft, Pencil } from "../icons";
import { lastChanged, loaded, now } from "../live";
import { useLoaded, useTurns } from "../loading";
import { CaseRow } from "../parts/caserow";
import { Picture } from "../parts/scene";
import { Empty, Fact, Facts, Fault, Loading, PhasePill } from "../parts/words";
import { Rates } from "../rates";
import { toCases, toForm, toMap, toZones } from "../route";
import { useScene } from "../scenes";
import { may } from "../session";
import { named, t, type Word } from "../words";
import { SKIPPED, TryNow } from "./cameras";

const ASK_EVERY_MS = 3000;
const CASES_SHOWN = 20;

export function CameraPage({ id }: { id: string }) {
  const loadedCamera = useLoaded(id, () => get<Camera & Scene>(cameraPath(id)));
  const { again, absent, fault } = loadedCamera;
  useTurns(ASK_EVERY_MS, again);
  const rates = useRef(new Rates());
  const [bits, setBits] = useState<number | null>(null);
  const camera = loadedCamera.value;
  useEffect(() => {
    if (!camera) return;
    rates.current.read([camera], Date.now());
    setBits(rates.current.of(id));
  }, [camera, id]);

  if (absent) {
    return (
      <div class="page">
        <Empty title={t("camera.absent")} help={t("camera.absent.do")} />
        <p class="centre">
          <a href="#/cameras">{t("camera.back")}</a>
        </p>
      </div>
    );
  }
  if (!camera) return <div class="page">{fault ? <Fault detail={fault} again={again} /> : <Loading />}</div>;
  return (
    <article class="page camera">
      <Title camera={camera} />
      <div class="columns">
        <View id={id} />
        <div class="side">
          <Figures camera={camera} bits={bits} />
          <Standing camera={camera} />
        </div>
      </div>
      <Cases id={id} />
    </article>
  );
}

function Title({ camera }: { camera: Camera }) {
  const ill = !["live", "disabled"].includes(camera.phase);
  const help = `phase.do.${camera.phase}`;
  const place = placeOf(camera.camera_id);
  return (
    <header class="title">
      <a class="icon" href="#/cameras" aria-label={t("camera.back")} data-back>
        <ArrowLeft size={18} aria-hidden="true" />
      </a>
      <div>
        <h1>
          {camera.camera_id} <PhasePill phase={camera.phase} />
        </h1>
        <p class="quiet">
          {place && place.name !== camera.camera_id && <span>{place.name} </span>}
          {place?.place && (
            <a class="maplink" href={toMap({ camera: camera.camera_id })}>
              {t("place.onmap")}
            </a>
          )}{" "}
          {camera.reason && <span lang="en">{camera.reason} </span>}
          {ill && t(help as Word)}
        </p>
      </div>
      <span class="push" />
      {ill && <TryNow id={camera.camera_id} />}
      {may("administrator") && (
        <a class="button" href={toForm(camera.camera_id)} data-change>
          <Pencil size={14} aria-hidden="true" /> {t("camera.change")}
        </a>
      )}
    </header>
  );
}

function View({ id }: { id: string }) {
  const { scene, whole } = useScene(id);
  return (
    <section class="card pictures" aria-label={t("cameras.picture")}>
      {whole ? (
        <Picture natural src={whole} alt={`${t("cameras.picture")}: ${id}`} scene={scene} />
      ) : (
        <Empty title={t("camera.nopicture")} help={t("camera.nopicture.do")} />
      )}
      {scene?.captured_at && (
        <div class="caption">
          <span class="quiet number">{t("camera.taken", { time: clock(scene.captured_at, now.value) })}</span>
        </div>
      )}
    </section>
  );
}

function Figures({ camera, bits }: { camera: Camera; bits: number | null }) {
  return (
    <section class="card" aria-labelledby="figures-title">
      <h2 id="figures-title">{t("camera.figures")}</h2>
      <Facts>
        <Fact word="cameras.since">{roughly((now.value - Date.parse(camera.since)) / 1000)}</Fact>
        <Fact word="cameras.interval">
          {camera.kept_interval_s === null ? "–" : roughly(camera.kept_interval_s)} /{" "}
          {camera.asked_interval_s > 0 ? roughly(camera.asked_interval_s) : t("cameras.each")}
        </Fact>
        <Fact word="cameras.bitrate">{bitrate(bits)}</Fact>
        <Fact word="camera.received">{bytes(camera.bytes)}</Fact>
        <Fact word="cameras.keyframes">{count(camera.keyframes)}</Fact>
        <Fact word="camera.looks">{count(camera.looks)}</Fact>
        {SKIPPED.map((reason) => (
          <Fact key={reason} word={`camera.skipped_${reason}`}>
            {count(camera[`skipped_${reason}`])}
          </Fact>
        ))}
        <Fact word="cameras.reconnects">{count(camera.reconnects)}</Fact>
        <Fact word="camera.clock">
          {camera.capture_clock ? named("camera.clock", camera.capture_clock) : "–"}
        </Fact>
      </Facts>
    </section>
  );
}

function Standing({ camera }: { camera: Camera & Scene }) {
  return (
    <section class="card" aria-labelledby="stays-title">
      <h2 id="stays-title">{t("camera.stays")}</h2>
      {camera.stays.length === 0 ? (
        <Empty quiet title={t("camera.nostays")} help={t("camera.nostays.do")} />
      ) : (
        <ul class="plainlist">
          {camera.stays.map((stay) => (
            <li key={`${stay.began_at} ${stay.box}`}>
              <span>{named("thing", stay.kind)}</span>
              <span class="number">{span((now.value - Date.parse(stay.began_at)) / 1000)}</span>
            </li>
          ))}
        </ul>
      )}
      <header class="bar zonesbar">
        <h2>{t("camera.zones")}</h2>
        <span class="push" />
        {may("administrator") && (
          <a href={toZones(camera.camera_id)} data-zones>
            {t("zones.edit")}
          </a>
        )}
      </header>
      {camera.zones.length === 0 ? (
        <Empty quiet title={t("camera.nozones")} help={t("camera.nozones.do")} />
      ) : (
        <ul class="plainlist">
          {camera.zones.map((zone) => (
            <li key={zone.id}>
              <span>
                <span class={`swatch ${zone.kind}`} aria-hidden="true" /> {zone.id}
              </span>
              <span class="quiet">{named("zone", zone.kind)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Cases({ id }: { id: string }) {
  const { value, fault, again } = useLoaded(id, () => getCases({ camera: id }, CASES_SHOWN));
  const ours = lastChanged.value.some((change) => change.case.camera_id === id) && lastChanged.value;
  useEffect(() => {
    if (ours) again();
  }, [ours, again]);
  return (
    <section class="card list" aria-labelledby="camera-cases-title">
      <header class="bar">
        <h2 id="camera-cases-title">{t("camera.cases")}</h2>
        <span class="push" />
        <a href={toCases({ camera: id })}>{t("now.allcases")}</a>
      </header>
      {fault ? (
        <Fault detail={fault} again={again} />
      ) : !value || !loaded.value ? (
        <Loading />
      ) : value.cases.length === 0 ? (
        <Empty quiet title={t("now.nocases")} help={t("now.nocases.do")} />
      ) : (
        <ul class="plaincases">
          {value.cases.map((one) => (
            <li key={one.id}>
              <CaseRow one={one} withState />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
