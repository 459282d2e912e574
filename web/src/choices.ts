/** What this person has chosen: colours, sound, boxes. */

import { effect, signal } from "@preact/signals";
import { kept } from "./kept";
import { language } from "./words";

export type Theme = "auto" | "light" | "dark";
const THEMES: Theme[] = ["auto", "light", "dark"];

const stored = kept.read("xunjie.theme");
export const theme = signal<Theme>(THEMES.find((one) => one === stored) ?? "auto");
export const sound = signal(kept.read("xunjie.sound") === "on");
/** Who this person is, for the history of cases. */
export const me = signal(kept.read("xunjie.me") ?? "");
export const boxesShown = signal(kept.read("xunjie.boxes") !== "off");

export function nextTheme() {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "auto";
}

/** Keeps the page and the browser's memory as chosen. */
export function applyChoices() {
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    kept.write("xunjie.theme", theme.value);
  });
  // Paper is light. Before the charts hear of it, which are drawn in the page's colours.
  addEventListener("beforeprint", () => {
    document.documentElement.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    document.documentElement.dataset.theme = theme.peek();
  });
  effect(() => kept.write("xunjie.sound", sound.value ? "on" : "off"));
  effect(() => kept.write("xunjie.me", me.value));
  effect(() => kept.write("xunjie.boxes", boxesShown.value ? "on" : "off"));
  effect(() => {
    document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
  });
}
