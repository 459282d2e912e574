/** Who sits before the page, and what they may do; where there are no users, whoever is at this machine. */

import { computed, signal } from "@preact/signals";

export type Role = "viewer" | "dispatcher" | "administrator";
const ROLES: Role[] = ["viewer", "dispatcher", "administrator"];

export interface Session {
  login_required: boolean;
  user: string | null;
  role: Role | null;
  csrf: string | null;
  session_ends_at: string | null;
}

/** None before the program has told, or where it knows no sessions. */
export const session = signal<Session | null>(null);
export const user = computed(() => session.value?.user ?? null);
export const mustLogIn = computed(
  () => session.value?.login_required === true && session.value.role === null,
);

/** Each role may do what those before it may. What the page offers is only a help: the program decides. */
export function may(role: Role): boolean {
  const told = session.value;
  if (told === null || !told.login_required) return true;
  return told.role !== null && ROLES.indexOf(told.role) >= ROLES.indexOf(role);
}

/** A change carries this, so that no other site's page can ask for it in this person's name. */
export const csrfHeader = (): Record<string, string> => {
  const csrf = session.peek()?.csrf;
  return csrf ? { "x-csrf-token": csrf } : {};
};

/** The program said that nobody is logged in: the time of the session is over, or it was begun anew. */
export function loggedOut() {
  const told = session.peek();
  if (told?.login_required) session.value = { ...told, user: null, role: null, csrf: null };
  else if (told === null) askSession();
}

export async function askSession(): Promise<void> {
  const answer = await fetch("/api/session").catch(() => null);
  if (answer?.ok) session.value = await answer.json();
}

/** Why it was refused, in the program's words; none if it was not. */
export async function logIn(name: string, password: string): Promise<string | null> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ user: name, password });
  const answer = await fetch("/api/session", { method: "POST", headers, body }).catch(() => null);
  if (answer === null) return "the program gives no answer";
  const told = await answer.json().catch(() => null);
  if (!answer.ok) return told?.detail ?? `${answer.status}`;
  session.value = told;
  return null;
}

export async function logOut(): Promise<void> {
  await fetch("/api/session", { method: "DELETE", headers: csrfHeader() }).catch(() => null);
  loggedOut();
}
