/** Small choices of this person, kept by the browser where it allows that. */
export const kept = {
  read(key: string): string | null {
    try {
      return globalThis.localStorage?.getItem(key) ?? null;
    } catch {
      return null;
    }
  },
  write(key: string, value: string) {
    try {
      globalThis.localStorage?.setItem(key, value);
    } catch {
      // A private window forgets; nothing else is lost.
    }
  },
};
