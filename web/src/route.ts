/** Which page is shown, by the part of the address after `#`. */

import { signal } from "@preact/signals";

export type Route =
  | { page: "now" }
  | { page: "cases"; state: string; kind: string; camera: string }
  | { page: "case"; id: string }
  | { page: "cameras" }
  | { page: "camera"; id: string }
  | { page: "machine" }
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
      return {
        page: "cases",
        state: words.get("state") ?? "",
        kind: words.get("kind") ?? "",
        camera: words.get("camera") ?? "",
      };
    case "cameras":
      return id ? { page: "camera", id } : { page: "cameras" };
    case "machine":
      return { page: "machine" };
    default:
      return { page: "nothing" };
  }
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

export function toCases(filter: { state?: string; kind?: string; camera?: string }): string {
  const words = new URLSearchParams(Object.entries(filter).filter(([, value]) => value));
  return words.size > 0 ? `#/cases?${words}` : "#/cases";
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
