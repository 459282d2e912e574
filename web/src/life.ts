/** Which steps a person may take with a case, by where it stands. */

import type { Actor, Life, Stage, Verdict, WantedStep } from "./api";

/** A step or a verdict as a button. */
export type Move =
  | "review"
  | "file"
  | "dispatch"
  | "accept"
  | "handle"
  | "check"
  | "close"
  | "return"
  | "reassign"
  | "suspend"
  | "resume"
  | "extend"
  | "reject"
  | "merge"
  | "judge_right"
  | "judge_wrong";

/** The way forward first, what ends a case otherwise last. */
const MOVES: Record<Stage, Move[]> = {
  found: ["file", "review", "reject", "merge"],
  review: ["file", "reject", "merge"],
  filed: ["dispatch", "reject", "merge"],
  dispatched: ["accept", "return", "reassign", "suspend", "extend", "reject", "merge"],
  accepted: ["handle", "return", "reassign", "suspend", "extend", "reject", "merge"],
  handled: ["check", "return", "reject", "merge"],
  checked: ["close", "return", "reject", "merge"],
  closed: [],
  rejected: [],
  merged: [],
};

/** One key each, none of those that lead from page to page. */
export const KEYS: Record<Move, string> = {
  review: "w",
  file: "i",
  dispatch: "d",
  accept: "a",
  handle: "h",
  check: "c",
  close: "x",
  return: "r",
  reassign: "o",
  suspend: "s",
  resume: "u",
  extend: "t",
  reject: "f",
  merge: "m",
  judge_right: "y",
  judge_wrong: "n",
};

/** Why a case was none, as the program counts them. */
export const FALSE_REASONS = [
  "queue",
  "short_stop",
  "several_things",
  "fixture",
  "permitted",
  "camera_moved",
  "bad_picture",
  "passing_by",
  "collection_point",
  "something_else",
  "outside_zone",
  "same_matter",
  "other",
];

const NEEDS_WHY: Move[] = ["return", "suspend", "extend", "reassign"];

export const needsWhy = (move: Move) => NEEDS_WHY.includes(move);
/** Whether it says that the case was none; it is asked why. */
export const isFalse = (move: Move) => move === "reject" || move === "judge_wrong";
export const needsPerson = (move: Move) => move === "dispatch" || move === "reassign";
/** Whether there is something to say before it is taken. */
export const needsWords = (move: Move) =>
  needsWhy(move) || isFalse(move) || needsPerson(move) || move === "merge" || move === "handle";

/** What may be done with a case now. A verdict may be given at any time, also after the end. */
export function movesOf(life: Life): Move[] {
  const moves = MOVES[life.stage];
  const possible =
    life.suspended_until === null
      ? moves
      : (["resume", ...moves.filter((move) => move === "reject" || move === "merge")] as Move[]);
  return possible.filter((move) => move !== "extend" || !life.overdue);
}

export const isEnd = (stage: Stage) => MOVES[stage].length === 0;

export interface Words {
  by: string;
  why: string;
  to: string;
  until: string;
  outcome: string;
  into: string;
  reason: string;
}

/** A verdict to send; none for moves that are none. To reject a case is to call it false. */
export function verdictOf(move: Move, words: Words): Verdict | null {
  const by = words.by.trim();
  if (move === "judge_right") return { right: true, by };
  if (!isFalse(move)) return null;
  const why = words.why.trim();
  return { right: false, by, ...(words.reason ? { reason: words.reason } : {}), ...(why ? { why } : {}) };
}

/** The step to send; `until` is as a date field has it, in this machine's time. */
export function stepOf(move: Move, words: Words): WantedStep {
  const told = (text: string) => text.trim() || undefined;
  const step: WantedStep = { step: move, by: words.by.trim() };
  const why = told(words.why);
  if (why) step.why = why;
  if (needsPerson(move)) step.to = words.to.trim();
  if (move === "merge") step.into = words.into.trim();
  if (move === "suspend") step.until = new Date(words.until).toISOString();
  const outcome = told(words.outcome);
  if (move === "handle" && outcome) step.outcome = outcome;
  return step;
}

/** How a deadline stands: `soon` in its last quarter of an hour. */
export function urgency(due: string | null, now: number): "late" | "soon" | "well" | null {
  if (due === null) return null;
  const left = Date.parse(due) - now;
  if (left < 0) return "late";
  return left < 15 * 60_000 ? "soon" : "well";
}

export function actorName(by: Actor): { kind: "person" | "camera" | "program"; name: string } {
  if (by === "program") return { kind: "program", name: "" };
  return "person" in by ? { kind: "person", name: by.person } : { kind: "camera", name: by.camera };
}
