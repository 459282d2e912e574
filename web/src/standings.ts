/** Where the cases stand that are in sight in some list: asked for together, and again while they are. */

import { type Signal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { getStandings, type Standing } from "./api";
import { hasCity } from "./city";
import { link } from "./live";

const ASK_EVERY_MS = 5000;
/** As many as the program answers for at once. */
const ASKED_MAX = 50;

const shown = new Map<string, { value: Signal<Standing | null>; watchers: number }>();
let turning: ReturnType<typeof setTimeout> | undefined;

/** Asks for a case's standing for as long as the caller is drawn. */
export function useStanding(id: string): Standing | null {
  const entry = entryOf(id);
  useEffect(() => {
    const watched = entryOf(id);
    watched.watchers += 1;
    // A moment later, when the others in sight have been counted, too.
    if (watched.watchers === 1 && watched.value.peek() === null) soon(40);
    return () => {
      watched.watchers -= 1;
    };
  }, [id]);
  return entry.value.value;
}

/** A step was just taken: lists are to show it at once. */
export function putStanding(standing: Standing) {
  entryOf(standing.case_id).value.value = standing;
}

function entryOf(id: string) {
  let entry = shown.get(id);
  if (!entry) {
    entry = { value: signal(null), watchers: 0 };
    shown.set(id, entry);
  }
  return entry;
}

let dueAt = 0;

function soon(ms: number) {
  const at = Date.now() + ms;
  if (turning !== undefined && dueAt <= at) return;
  clearTimeout(turning);
  dueAt = at;
  turning = setTimeout(turn, ms);
}

async function turn() {
  turning = undefined;
  for (const [id, entry] of shown) if (entry.watchers === 0) shown.delete(id);
  const asked = [...shown.keys()].slice(0, ASKED_MAX);
  if (asked.length === 0) return;
  if (hasCity.value && !document.hidden && link.value === "live") {
    const standings = await getStandings(asked).catch(() => null);
    for (const standing of standings ?? []) {
      const entry = shown.get(standing.case_id);
      if (entry && JSON.stringify(entry.value.peek()) !== JSON.stringify(standing)) {
        entry.value.value = standing;
      }
    }
  }
  soon(ASK_EVERY_MS);
}
