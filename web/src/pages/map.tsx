/** The city from above: grids and roads, cameras by state, open cases by class. */

import { signal } from "@preact/signals";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { get, getCases, getPeople, type OpenCount, type Phase } from "../api";
import { city, cityFault, gridName, gridOf, loadCity, placeOf, roadName } from "../city";
import { count } from "../format";
import { X } from "../icons";
import { cameras, lastChanged, link, phases } from "../live";
import { useLoaded, useTurns } from "../loading";
import { CaseRow } from "../parts/caserow";
import { CityFrame } from "../parts/cityframe";
import type { OnMap } from "../parts/citymap";
import { Picture } from "../parts/scene";
import { Empty, Fault, Loading, PhasePill, tone } from "../parts/words";
import { go, toCamera, toCases, toMap } from "../route";
import { useScene } from "../scenes";
import { named, t } from "../words";

const ASK_EVERY_MS = 5000;
const CASES_SHOWN = 20;
const PHASES: Phase[] = ["live", "connecting", "stalled", "lost", "refused", "disabled"];

const open = signal<OpenCount[]>([]);
const kinds = signal<ReadonlySet<string>>(new Set());

function ask() {
  if (link.value !== "live") return;
  get<{ open: OpenCount[] }>("/api/city/open").then(
    (told) => {
      if (JSON.stringify(open.peek()) !== JSON.stringify(told.open)) open.value = told.open;
    },
    () => {
      // What is shown stays; the bar at the top says when the program is away.
    },
  );
}

export function MapPage({ camera, grid }: { camera: string; grid: string }) {
  useTurns(ASK_EVERY_MS, ask);
  const changes = lastChanged.value;
  useEffect(ask, [changes]);
  const chose = useCallback((what: { camera?: string; grid?: string }) => go(toMap(what)), []);
  const [told, counts, shownKinds, states] = [city.value, open.value, kinds.value, phases.value];
  const onMap = useMemo(
    (): OnMap | null =>
      told && {
        city: told,
        phases: states,
        open: counts,
        kinds: shownKinds,
        camera: camera || null,
        grid: grid || null,
      },
    [told, states, counts, shownKinds, camera, grid],
  );
  if (!onMap) {
    const fault = cityFault.value;
    return <div class="page">{fault ? <Fault detail={fault} again={loadCity} /> : <Loading />}</div>;
  }
  const placed = onMap.city.cameras.some((one) => one.place !== null);
  if (!placed && onMap.city.grids.length === 0) {
    return (
      <div class="page">
        <Empty title={t("map.none")} help={t("map.none.do")} />
      </div>
    );
  }
  return (
    <div class="map">
      <CityFrame told={onMap} label={t("map.title")} chose={chose} />
      <aside class="mapside">
        <Legend />
        {camera ? (
          <CameraHere key={camera} id={camera} />
        ) : grid ? (
          <GridHere key={grid} id={grid} />
        ) : (
          <Help />
        )}
      </aside>
    </div>
  );
}

function Legend() {
  const sums = new Map<string, number>();
  for (const one of open.value) sums.set(one.kind, (sums.get(one.kind) ?? 0) + one.count);
  const byState = new Map<string, number>();
  for (const phase of phases.value.values()) byState.set(phase, (byState.get(phase) ?? 0) + 1);
  const toggle = (kind: string) => {
    const next = new Set(kinds.value);
    if (!next.delete(kind)) next.add(kind);
    kinds.value = next;
  };
  return (
    <section class="legend">
      <h1>{city.value?.name ?? t("map.title")}</h1>
      <h2>{t("map.cases")}</h2>
      {sums.size === 0 ? (
        <p class="quiet">{t("now.nocases")}</p>
      ) : (
        <ul class="chips">
          {[...sums].sort().map(([kind, sum]) => (
            <li key={kind}>
              <button
                type="button"
                class={`chip ${kinds.value.size === 0 || kinds.value.has(kind) ? "on" : ""}`}
                aria-pressed={kinds.value.has(kind)}
                onClick={() => toggle(kind)}
              >
                <i class={`kind-${kind}`} aria-hidden="true" /> {named("kind", kind)} <b>{count(sum)}</b>
              </button>
            </li>
          ))}
        </ul>
      )}
      <h2>{t("map.cameras")}</h2>
      <ul class="chips">
        {PHASES.filter((phase) => byState.has(phase)).map((phase) => (
          <li key={phase} class="chip on">
            <span class={`dot ${tone(phase)}`} aria-hidden="true" /> {named("phase", phase)}{" "}
            <b>{count(byState.get(phase) ?? 0)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Help() {
  return <Empty quiet title={t("map.choose")} help={t("map.choose.do")} />;
}

function Close() {
  return (
    <a class="icon" href={toMap({})} aria-label={t("case.close")} data-back>
      <X size={18} aria-hidden="true" />
    </a>
  );
}

function CameraHere({ id }: { id: string }) {
  const camera = cameras.value.find((one) => one.camera_id === id);
  const place = placeOf(id);
  const { scene, small } = useScene(id);
  return (
    <section class="here" aria-label={id}>
      <header class="bar">
        <h2>
          <a href={toCamera(id)}>{place?.name ?? id}</a>
        </h2>
        <span class="push" />
        {camera && <PhasePill phase={camera.phase} />}
        <Close />
      </header>
      <p class="small">
        {id}
        {place?.road && ` · ${roadName(place.road)}`}
        {place?.grid && (
          <>
            {" · "}
            <a href={toMap({ grid: place.grid })}>{gridName(place.grid)}</a>
          </>
        )}
      </p>
      <Picture src={small} alt={`${t("cameras.picture")}: ${id}`} scene={scene} />
      <OpenHere filter={{ camera: id }} />
    </section>
  );
}

function GridHere({ id }: { id: string }) {
  const grid = gridOf(id);
  const { value } = useLoaded(id, () => getPeople(id));
  const [all, setAll] = useState(false);
  const people = value ?? [];
  const district = city.value?.districts.find((one) => one.id === grid?.district)?.name;
  return (
    <section class="here" aria-label={grid?.name ?? id}>
      <header class="bar">
        <h2>{grid?.name ?? id}</h2>
        <span class="push" />
        <Close />
      </header>
      <p class="small">
        {district} · {id}
      </p>
      <ul class="plainlist people">
        {(all ? people : people.slice(0, 3)).map((person) => (
          <li key={person.id}>
            <span>{person.name}</span>
            <span class="quiet">{person.role}</span>
          </li>
        ))}
      </ul>
      {people.length > 3 && !all && (
        <button type="button" class="button" onClick={() => setAll(true)}>
          {t("map.people.all", { n: people.length })}
        </button>
      )}
      <OpenHere filter={{ grid: id }} />
    </section>
  );
}

function OpenHere({ filter }: { filter: { camera?: string; grid?: string } }) {
  const wanted = { ...filter, state: "filed" };
  const { value, fault, again } = useLoaded(JSON.stringify(wanted), () => getCases(wanted, CASES_SHOWN));
  const changes = lastChanged.value;
  useEffect(again, [changes, again]);
  if (fault) return <Fault detail={fault} again={again} />;
  if (!value) return <Loading />;
  return (
    <>
      <header class="bar">
        <h2>{t("now.open")}</h2>
        <span class="push" />
        <a href={toCases(wanted)}>{t("now.allcases")}</a>
      </header>
      {value.cases.length === 0 ? (
        <Empty quiet title={t("now.nocases")} help={t("now.nocases.do")} />
      ) : (
        <ul class="plaincases">
          {value.cases.map((one) => (
            <li key={one.id}>
              <CaseRow one={one} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
