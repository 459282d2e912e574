/** What the program knows of the city: asked for once, and again when the program was started anew. */

import { computed, effect, signal } from "@preact/signals";
import { type City, type Grid, get, type Place } from "./api";
import { link, startedAt } from "./live";

export const city = signal<City | null>(null);
/** Why it could not be loaded. */
export const cityFault = signal<string | null>(null);

const EMPTY: City = {
  name: null,
  tiles: null,
  districts: [],
  classes: [],
  grids: [],
  roads: [],
  cameras: [],
};

const places = computed(() => byKey((city.value ?? EMPTY).cameras, (one) => one.camera_id));
const grids = computed(() => byKey((city.value ?? EMPTY).grids, (one) => one.id));
const roads = computed(() => byKey((city.value ?? EMPTY).roads, (one) => one.id));

function byKey<T>(list: T[], key: (one: T) => string): Map<string, T> {
  return new Map(list.map((one) => [key(one), one]));
}

/** Whether cases have a life beyond being filed. */
export const hasCity = computed(() => city.value?.name != null);

export const placeOf = (camera: string): Place | undefined => places.value.get(camera);
export const gridOf = (id: string | null | undefined): Grid | undefined =>
  id ? grids.value.get(id) : undefined;
export const gridName = (id: string | null | undefined) => (id ? (gridOf(id)?.name ?? id) : "–");
export const roadName = (id: string | null | undefined) => (id ? (roads.value.get(id)?.name ?? id) : "–");

let loadedFor: string | null = null;

export function loadCity() {
  get<City>("/api/city").then(
    (told) => {
      city.value = told;
      cityFault.value = null;
    },
    (error) => {
      cityFault.value = String(error.message ?? error);
    },
  );
}

/** Loads it with the first connection, and anew after a new start. */
export function followCity() {
  effect(() => {
    if (link.value !== "live" || startedAt.value === loadedFor) return;
    loadedFor = startedAt.value;
    loadCity();
  });
}
