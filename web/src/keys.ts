/** Keys for who works with cases all day. */

import { signal } from "@preact/signals";
import { boxesShown } from "./choices";
import { beside } from "./list";
import { openCases } from "./live";
import { go, route, toCase } from "./route";

export const keysShown = signal(false);

const PAGES: Record<string, string> = {
  "1": "#/",
  "2": "#/cases",
  "3": "#/map",
  "4": "#/cameras",
  "5": "#/reports",
  "6": "#/machine",
};

export function listenToKeys() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
    if (typing) {
      if (event.key === "Escape") (event.target as HTMLElement).blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    if (pressed(event.key)) event.preventDefault();
  });
}

/** Whether the key means something here. */
function pressed(key: string): boolean {
  const page = PAGES[key];
  if (page) {
    go(page);
    return true;
  }
  switch (key) {
    case "j":
      return move(1);
    case "k":
      return move(-1);
    case "b":
      boxesShown.value = !boxesShown.value;
      return true;
    case "/":
      document.querySelector<HTMLElement>("[data-search]")?.focus();
      return true;
    case "?":
      keysShown.value = true;
      return true;
    case "Escape": {
      const back = document.querySelector<HTMLAnchorElement>("[data-back]");
      if (back) go(back.getAttribute("href") ?? "#/");
      return back !== null;
    }
    default:
      return false;
  }
}

/** On a case: to its neighbour. In a list: to the row above or below. */
function move(step: 1 | -1): boolean {
  const here = route.value;
  if (here.page === "case") {
    const next = beside(openCases.value, here.id, step);
    if (next) go(toCase(next.id));
    return true;
  }
  const rows = [...document.querySelectorAll<HTMLElement>("a[data-case]")].sort(
    (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top,
  );
  if (rows.length === 0) return false;
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (step === 1 ? 0 : rows.length - 1) : at + step;
  rows[Math.min(rows.length - 1, Math.max(0, next))]?.focus();
  return true;
}
