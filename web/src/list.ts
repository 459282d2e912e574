/** The open cases as a list that changes: newest first, each once. */

import type { Case } from "./api";

export interface Changed {
  what: string;
  case: Case;
}

const newerFirst = (a: Case, b: Case) =>
  a.filed_at < b.filed_at ? 1 : a.filed_at > b.filed_at ? -1 : a.id < b.id ? -1 : 1;

/** Puts cases into a list; a later revision takes an earlier one's place, never the other way round. */
export function merged(list: Case[], more: Case[]): Case[] {
  const byId = new Map(list.map((one) => [one.id, one]));
  for (const one of more) {
    const before = byId.get(one.id);
    if (!before || before.revision <= one.revision) byId.set(one.id, one);
  }
  return [...byId.values()].sort(newerFirst);
}

/** The open cases after a change: what is gone leaves, what came back returns. */
export function changed(open: Case[], changes: Changed[]): Case[] {
  const all = merged(
    open,
    changes.map((change) => change.case),
  );
  return all.filter((one) => isOpen(one));
}

/** A case whose thing is gone, or that is closed however, needs nobody any more. */
export const isOpen = (one: Case) =>
  !one.merged_into && !["cleared", "closed", "rejected", "merged"].includes(one.state);

/** A case's neighbours in a list: what the keys lead to. */
export function beside(list: Case[], id: string, step: 1 | -1): Case | undefined {
  const at = list.findIndex((one) => one.id === id);
  return at < 0 ? undefined : list[at + step];
}
