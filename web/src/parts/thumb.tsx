/** A small picture in a list. It is loaded when it has stayed in sight for a moment, not when it is scrolled past. */

import { useEffect, useState } from "preact/hooks";

const MOMENT_MS = 150;
/** What was shown a moment ago is shown at once when it comes back. */
const seen = new Set<string>();
const SEEN_MAX = 400;

export function Thumb({ src }: { src: string }) {
  const [shown, setShown] = useState(seen.has(src) ? src : null);
  useEffect(() => {
    if (shown === src) return;
    const turn = setTimeout(() => {
      seen.add(src);
      if (seen.size > SEEN_MAX) seen.delete(seen.values().next().value as string);
      setShown(src);
    }, MOMENT_MS);
    return () => clearTimeout(turn);
  }, [src, shown]);
  return shown === src ? <img src={src} alt="" decoding="async" /> : null;
}
