/** Which language is shown, and its words. */

import { signal } from "@preact/signals";
import { kept } from "../kept";
import { en, type Word } from "./en";
import { zh } from "./zh";

export type Language = "en" | "zh";
export type { Word };

const KEY = "xunjie.language";
const WORDS = { en, zh };

/** The browser's own wish, unless this person has chosen otherwise here. */
export function wished(stored: string | null, wishes: readonly string[]): Language {
  if (stored === "en" || stored === "zh") return stored;
  for (const wish of wishes) {
    if (/^zh\b/i.test(wish)) return "zh";
    if (/^en\b/i.test(wish)) return "en";
  }
  return "en";
}

export const language = signal<Language>(wished(kept.read(KEY), globalThis.navigator?.languages ?? []));

export function switchLanguage() {
  language.value = language.value === "zh" ? "en" : "zh";
  kept.write(KEY, language.value);
}

/** The words for `word`, with `{name}` replaced. */
export function t(word: Word, values: Record<string, string | number> = {}): string {
  return WORDS[language.value][word].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** A name out of the program, such as a kind or a phase; one that is new to the page shows as it is. */
export function named(group: string, name: string): string {
  const word = `${group}.${name}`;
  return word in en ? t(word as Word) : name.replaceAll("_", " ");
}
