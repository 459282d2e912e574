/** Where a case is: its place in words and on a small map. */

import { useMemo } from "preact/hooks";
import type { Case } from "../api";
import { city, gridName, placeOf, roadName } from "../city";
import { phases } from "../live";
import { toCamera, toMap } from "../route";
import { t } from "../words";
import { CityFrame } from "./cityframe";
import type { OnMap } from "./citymap";
import { Fact, Facts } from "./words";

const ALL: ReadonlySet<string> = new Set();

export function PlaceCard({ one }: { one: Case }) {
  return one.camera_id ? <CameraPlace kind={one.kind} camera={one.camera_id} /> : null;
}

function CameraPlace({ kind, camera }: { kind: string; camera: string }) {
  const place = placeOf(camera);
  const [told, states] = [city.value, phases.value];
  const onMap = useMemo(
    (): OnMap | null =>
      told && {
        city: told,
        phases: states,
        open: [{ camera_id: camera, kind, count: 1 }],
        kinds: ALL,
        camera,
        grid: null,
      },
    [told, states, camera, kind],
  );
  if (!place || !onMap) return null;
  return (
    <section class="card" aria-labelledby="place-title">
      <header class="bar">
        <h2 id="place-title">{t("place.title")}</h2>
        <span class="push" />
        {place.place && <a href={toMap({ camera })}>{t("place.onmap")}</a>}
      </header>
      <Facts>
        <Fact word="case.camera">
          <a href={toCamera(camera)}>{place.name}</a>
        </Fact>
        {place.road && <Fact word="place.road">{roadName(place.road)}</Fact>}
        {place.grid && <Fact word="life.grid">{gridName(place.grid)}</Fact>}
      </Facts>
      {place.place && <CityFrame told={onMap} still label={t("place.title")} />}
    </section>
  );
}
