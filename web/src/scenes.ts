/**
 * What stands in the pictures that are in sight, and the pictures themselves.
 *
 * Only what somebody sees is asked for: all in one question every two seconds.
 * Pictures follow more slowly the more of them are in sight, since the program
 * gives all its viewers together a small share of one core.
 */

import { type Signal, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cameraPath, getScenes, type Scene } from "./api";
import { link } from "./live";

const ASK_EVERY_MS = 2000;
/** A picture is loaded anew after this long at the earliest, and this much later for each one in sight. */
const PICTURE_EVERY_MS = 4000;
const PICTURE_SHARE_MS = 400;
/** As many as the program answers for at once. */
const ASKED_MAX = 100;

export interface Shown {
  scene: Scene | null;
  /** The address of the picture; changes when there is a newer one to load. */
  small: string | null;
  whole: string | null;
  loadedAt: number;
}

const NOTHING: Shown = { scene: null, small: null, whole: null, loadedAt: 0 };
const shown = new Map<string, { value: Signal<Shown>; watchers: number }>();
let turning = false;

/** Asks for a camera's scene for as long as the caller is drawn. */
export function useScene(id: string): Shown {
  const entry = entryOf(id);
  useEffect(() => {
    const watched = entryOf(id);
    watched.watchers += 1;
    if (!turning) {
      turning = true;
      // A moment later, when the others in sight have been counted, too.
      setTimeout(turn, 30);
    }
    return () => {
      watched.watchers -= 1;
    };
  }, [id]);
  return entry.value.value;
}

function entryOf(id: string) {
  let entry = shown.get(id);
  if (!entry) {
    entry = { value: signal(NOTHING), watchers: 0 };
    shown.set(id, entry);
  }
  return entry;
}

async function turn() {
  const inSight = [...shown].filter(([, entry]) => entry.watchers > 0).map(([id]) => id);
  for (const [id, entry] of shown) if (entry.watchers === 0) shown.delete(id);
  if (inSight.length === 0) {
    turning = false;
    return;
  }
  const asked = inSight.slice(0, ASKED_MAX);
  if (!document.hidden && link.value === "live") {
    const scenes = await getScenes(asked).catch(() => null);
    for (const [id, scene] of scenes ?? []) {
      const entry = shown.get(id);
      if (entry) entry.value.value = next(entry.value.value, id, scene, inSight.length, Date.now());
    }
  }
  setTimeout(turn, ASK_EVERY_MS);
}

/** What is shown after `scene` was told of: the picture follows when it is due. */
export function next(before: Shown, id: string, scene: Scene, inSight: number, at: number): Shown {
  const due = at - before.loadedAt >= PICTURE_EVERY_MS + PICTURE_SHARE_MS * inSight;
  const newer = scene.captured_at !== null && scene.captured_at !== before.scene?.captured_at;
  if (!scene.captured_at || !(before.small === null || (newer && due))) return { ...before, scene };
  const turnWord = encodeURIComponent(scene.captured_at);
  const path = `${cameraPath(id)}/picture.jpg`;
  return {
    scene,
    small: `${path}?size=small&turn=${turnWord}`,
    whole: `${path}?turn=${turnWord}`,
    loadedAt: at,
  };
}
