/**
 * The city drawn with Leaflet: grids, roads, cameras, and what is open at each.
 *
 * Everything is drawn from the city's own data, on nothing; tiles lie under it
 * only where the operator has named a server of them. Colours are the style's,
 * by class, so that they follow the theme.
 */

import L from "leaflet";
import "leaflet/dist/leaflet.css";
import type { City, OpenCount, Phase, Point } from "../api";

export interface OnMap {
  city: City;
  phases: Map<string, Phase>;
  open: OpenCount[];
  /** Kinds of cases that are shown; all if none are named. */
  kinds: ReadonlySet<string>;
  camera: string | null;
  grid: string | null;
}

export interface Wanted {
  /** For a small map beside something else: it stands still. */
  still?: boolean;
  words: {
    camera: (id: string, phase: string, open: number) => string;
    grid: (name: string, open: number) => string;
  };
  chose: (what: { camera?: string; grid?: string }) => void;
}

/** Most that a place is drawn near to: a street corner. */
const ZOOM_MAX = 18;
const ZOOM_CASE = 15;
/** Shown where nothing has a place yet. */
const NOWHERE: [number, number] = [30, 110];

const latLng = ([lon, lat]: Point): [number, number] => [lat, lon];

export class CityMap {
  private readonly map: L.Map;
  private readonly grids = L.layerGroup();
  private readonly roads = L.layerGroup();
  private readonly cameras = L.layerGroup();
  private readonly watcher: ResizeObserver;
  private tiles: L.TileLayer | null = null;
  private drawnCity: City | null = null;
  private shapes = new Map<string, L.Polygon>();

  constructor(
    box: HTMLElement,
    private readonly wanted: Wanted,
  ) {
    const still = wanted.still === true;
    this.map = L.map(box, {
      zoomControl: !still,
      attributionControl: false,
      dragging: !still,
      scrollWheelZoom: !still,
      doubleClickZoom: !still,
      touchZoom: !still,
      keyboard: !still,
      boxZoom: !still,
      maxZoom: ZOOM_MAX,
      zoomSnap: 0.25,
      fadeAnimation: false,
      zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    });
    this.map.setView(NOWHERE, 4);
    L.control.scale({ imperial: false }).addTo(this.map);
    for (const layer of [this.grids, this.roads, this.cameras]) layer.addTo(this.map);
    this.watcher = new ResizeObserver(() => this.map.invalidateSize({ animate: false }));
    this.watcher.observe(box);
  }

  end() {
    this.watcher.disconnect();
    this.map.remove();
  }

  draw(told: OnMap) {
    if (this.drawnCity !== told.city) {
      this.drawCity(told.city);
      this.drawnCity = told.city;
      this.fit(told);
    }
    const open = told.open.filter((one) => told.kinds.size === 0 || told.kinds.has(one.kind));
    this.tintGrids(told, open);
    this.drawCameras(told, open);
  }

  /** Brings a chosen camera or grid into sight. */
  show(told: OnMap) {
    const place = told.city.cameras.find((one) => one.camera_id === told.camera)?.place;
    if (place) {
      this.map.setView(latLng(place), Math.max(this.map.getZoom(), ZOOM_CASE), { animate: false });
      return;
    }
    const shape = told.grid ? this.shapes.get(told.grid) : undefined;
    if (shape) this.map.fitBounds(shape.getBounds().pad(0.6), { animate: false });
  }

  private fit(told: OnMap) {
    const corners = told.city.grids.flatMap((grid) => grid.polygon);
    const places = told.city.cameras.flatMap((camera) => (camera.place ? [camera.place] : []));
    const all = [...corners, ...places].map(latLng);
    if (all.length > 0) this.map.fitBounds(L.latLngBounds(all).pad(0.04), { animate: false, maxZoom: 16 });
    this.map.setMaxBounds(all.length > 0 ? L.latLngBounds(all).pad(1) : undefined);
  }

  private drawCity(city: City) {
    this.tiles?.remove();
    this.tiles = null;
    if (city.tiles) {
      this.tiles = L.tileLayer(city.tiles.url, { maxZoom: ZOOM_MAX }).addTo(this.map);
    }
    this.map.getContainer().classList.toggle("tiled", city.tiles !== null);
    this.grids.clearLayers();
    this.roads.clearLayers();
    this.shapes = new Map();
    for (const grid of city.grids) {
      const shape = L.polygon(grid.polygon.map(latLng), {
        className: "grid",
        interactive: !this.wanted.still,
      });
      shape.bindTooltip(grid.name, { sticky: true, className: "maptip" });
      shape.on("click", () => this.wanted.chose({ grid: grid.id }));
      shape.addTo(this.grids);
      this.shapes.set(grid.id, shape);
    }
    for (const road of city.roads.filter((road) => road.course.length > 1)) {
      const main = road.class === null || road.class === "main" || road.class === "主干路";
      const course = road.course.map(latLng);
      L.polyline(course, { className: `road edge ${main ? "main" : ""}`, interactive: false }).addTo(
        this.roads,
      );
      L.polyline(course, { className: `road ${main ? "main" : ""}`, interactive: false })
        .bindTooltip(road.name, { sticky: true, className: "maptip" })
        .addTo(this.roads);
    }
  }

  /** The more is open in a grid, the stronger its ground. */
  private tintGrids(told: OnMap, open: OpenCount[]) {
    const gridOf = new Map(told.city.cameras.map((camera) => [camera.camera_id, camera.grid]));
    const counts = new Map<string, number>();
    for (const one of open) {
      const grid = gridOf.get(one.camera_id);
      if (grid) counts.set(grid, (counts.get(grid) ?? 0) + one.count);
    }
    const most = Math.max(1, ...counts.values());
    for (const grid of told.city.grids) {
      const shape = this.shapes.get(grid.id);
      const count = counts.get(grid.id) ?? 0;
      const level = count === 0 ? 0 : Math.ceil((4 * count) / most);
      const path = shape?.getElement();
      path?.setAttribute("data-level", String(level));
      path?.classList.toggle("chosen", grid.id === told.grid);
      shape?.setTooltipContent(this.wanted.words.grid(grid.name, count));
    }
  }

  private drawCameras(told: OnMap, open: OpenCount[]) {
    const counts = new Map<string, OpenCount[]>();
    for (const one of open) counts.set(one.camera_id, [...(counts.get(one.camera_id) ?? []), one]);
    this.cameras.clearLayers();
    for (const camera of told.city.cameras) {
      if (!camera.place) continue;
      const own = counts.get(camera.camera_id) ?? [];
      const phase = told.phases.get(camera.camera_id) ?? "disabled";
      const sum = own.reduce((sum, one) => sum + one.count, 0);
      const chosen = camera.camera_id === told.camera;
      const html = document.createElement("span");
      html.className = `onmap ${phase} ${chosen ? "chosen" : ""}`;
      const dot = document.createElement("i");
      html.append(dot);
      for (const one of own) {
        const badge = document.createElement("b");
        badge.className = `kind-${one.kind}`;
        badge.textContent = String(one.count);
        html.append(badge);
      }
      const title = this.wanted.words.camera(camera.name, phase, sum);
      const icon = L.divIcon({ className: "camera-on-map", html, iconSize: [0, 0] });
      L.marker(latLng(camera.place), {
        icon,
        alt: title,
        keyboard: !this.wanted.still,
        interactive: !this.wanted.still,
        zIndexOffset: chosen ? 2000 : sum > 0 ? 1000 : 0,
      })
        .bindTooltip(title, { className: "maptip", offset: [8, 0] })
        .on("click", () => this.wanted.chose({ camera: camera.camera_id }))
        .addTo(this.cameras);
    }
  }
}
