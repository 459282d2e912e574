/** Loads what a page shows, and says where it stands. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { ApiError } from "./api";

export interface Loaded<T> {
  value: T | null;
  fault: string | null;
  /** The program has nothing of that name. */
  absent: boolean;
  again: () => void;
  put: (value: T) => void;
}

/** Loads anew whenever `key` changes; what was there stays until the new is. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; value: T | null; fault: string | null; absent: boolean }>(
    {
      key,
      value: null,
      fault: null,
      absent: false,
    },
  );
  const [turn, setTurn] = useState(0);
  // Not by all that it uses: `key` names all that `load` depends on
  useEffect(() => {
    let wanted = true;
    load().then(
      (value) => wanted && setState({ key, value, fault: null, absent: false }),
      (error) => {
        if (!wanted) return;
        const absent = error instanceof ApiError && [400, 404].includes(error.status);
        setState((before) => ({
          key,
          value: before.key === key ? before.value : null,
          fault: absent ? null : String(error.message ?? error),
          absent,
        }));
      },
    );
    return () => {
      wanted = false;
    };
  }, [key, turn]);
  const again = useCallback(() => setTurn((turn) => turn + 1), []);
  const put = useCallback((value: T) => setState({ key, value, fault: null, absent: false }), [key]);
  const current = state.key === key;
  return {
    value: current ? state.value : null,
    fault: current ? state.fault : null,
    absent: current && state.absent,
    again,
    put,
  };
}

/** Calls `ask` every `ms` while the page is in sight. */
export function useTurns(ms: number, ask: () => void) {
  useEffect(() => {
    const turn = setInterval(() => {
      if (!document.hidden) ask();
    }, ms);
    return () => clearInterval(turn);
  }, [ms, ask]);
}
