/** Which page is shown, by the part of the address after `#`. */

import { signal } from "@preact/signals";

/** Which cases are listed; an empty word does not matter. */
export interface Filter {
  state: string;
  kind: string;
  camera: string;
  stage: string;
  grid: string;
  overdue: string;
}

/** Which days are reported of, and by what; an empty word is as usual. */
export interface ReportWords {
  span: string;
  day: string;
  by: string;
}

export type Route =
  | { page: "now" }
  | ({ page: "cases" } & Filter)
  | { page: "case"; id: string }
  | { page: "cameras" }
  | { page: "camera"; id: string }
  | { page: "zones"; id: string }
  /** A camera to be added, or one to be changed. */
  | { page: "newcamera" }
  | { page: "editcamera"; id: string }
  | ({ page: "reports" } & ReportWords)
  | { page: "map"; camera: string; grid: string }
  | { page: "machine" }
  | { page: "settings" }
  | { page: "nothing" };

export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?");
  const [page = "", ...rest] = path.split("/").map(decoded);
  const id = rest.join("/");
  const words = new URLSearchParams(query);
  switch (page) {
    case "":
    case "now":
      return { page: "now" };
    case "cases":
      if (id) return { page: "case", id };
      return { page: "cases", ...filterOf(words) };
    case "cameras":
      if (rest.length > 1 && rest.at(-1) === "zones")
        return { page: "zones", id: rest.slice(0, -1).join("/") };
      if (rest.length > 1 && rest.at(-1) === "form")
        return { page: "editcamera", id: rest.slice(0, -1).join("/") };
      return id ? { page: "camera", id } : { page: "cameras" };
    case "map":
      return { page: "map", camera: words.get("camera") ?? "", grid: words.get("grid") ?? "" };
    case "newcamera":
      return { page: "newcamera" };
    case "reports": {
      const word = (key: string) => words.get(key) ?? "";
      return { page: "reports", span: word("span"), day: word("day"), by: word("by") };
    }
    case "machine":
      return { page: "machine" };
    case "settings":
      return { page: "settings" };
    default:
      return { page: "nothing" };
  }
}

function filterOf(words: URLSearchParams): Filter {
  const word = (key: string) => words.get(key) ?? "";
  return {
    state: word("state"),
    kind: word("kind"),
    camera: word("camera"),
    stage: word("stage"),
    grid: word("grid"),
    overdue: word("overdue"),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const toCase = (id: string) => `#/cases/${encodeURIComponent(id)}`;
export const toCamera = (id: string) => `#/cameras/${encodeURIComponent(id)}`;

export const toZones = (id: string) => `${toCamera(id)}/zones`;
export const toForm = (id: string) => `${toCamera(id)}/form`;
export const NEW_CAMERA = "#/newcamera";

export function toReports(words: Partial<ReportWords>): string {
  return withWords("#/reports", { ...words });
}

export function toCases(filter: Partial<Filter>): string {
  return withWords("#/cases", { ...filter });
}

export function toMap(shown: { camera?: string; grid?: string }): string {
  return withWords("#/map", { ...shown });
}

function withWords(hash: string, given: Record<string, string | undefined>): string {
  const told = Object.entries(given).flatMap(([key, value]): [string, string][] =>
    value ? [[key, value]] : [],
  );
  return told.length > 0 ? `${hash}?${new URLSearchParams(told)}` : hash;
}

export const route = signal<Route>(parse(globalThis.location?.hash ?? ""));

export function go(hash: string) {
  location.hash = hash;
}

export function followAddress() {
  addEventListener("hashchange", () => {
    route.value = parse(location.hash);
  });
}
