/** A list or grid of any length of which only what is in sight is drawn. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { columnsFor, type Rows, rowsWithin } from "../window";

/** Rows drawn beyond the edges, so that a quick scroll shows no gaps. */
const SPARE = 3;

interface Props<T> {
  items: T[];
  keyOf: (item: T) => string;
  /** A row's height in pixels, by the width that a column has. */
  rowHeight: (columnWidth: number) => number;
  /** Columns are at least this wide; without it there is one. */
  columnMin?: number;
  render: (item: T, at: number) => ComponentChildren;
  label: string;
  class?: string;
  /** The end came into sight. */
  onEnd?: () => void;
}

export function Virtual<T>(props: Props<T>) {
  const frame = useRef<HTMLUListElement>(null);
  const [width, setWidth] = useState(0);
  const [rows, setRows] = useState<Rows>({ from: 0, to: 0 });

  const columns = props.columnMin ? columnsFor(width, props.columnMin) : 1;
  const height = width > 0 ? props.rowHeight(width / columns) : 0;
  const total = Math.ceil(props.items.length / columns);

  useLayoutEffect(() => {
    const list = frame.current;
    if (!list) return;
    const measure = () => setWidth(list.clientWidth);
    measure();
    const watcher = new ResizeObserver(measure);
    watcher.observe(list);
    return () => watcher.disconnect();
  }, []);

  useEffect(() => {
    let waiting = 0;
    const look = () => {
      waiting = 0;
      const list = frame.current;
      if (!list) return;
      const top = -list.getBoundingClientRect().top;
      const next = rowsWithin(total, height, top, top + innerHeight, SPARE);
      setRows((before) => (before.from === next.from && before.to === next.to ? before : next));
    };
    const soon = () => {
      waiting ||= requestAnimationFrame(look);
    };
    look();
    // Captured, so that it hears of whichever box around the list scrolls.
    document.addEventListener("scroll", soon, { capture: true, passive: true });
    addEventListener("resize", soon);
    return () => {
      cancelAnimationFrame(waiting);
      document.removeEventListener("scroll", soon, { capture: true });
      removeEventListener("resize", soon);
    };
  }, [total, height]);

  const atEnd = total > 0 && rows.to >= total;
  useEffect(() => {
    if (atEnd) props.onEnd?.();
  }, [atEnd, total, props.onEnd]);

  const first = rows.from * columns;
  const shown = props.items.slice(first, rows.to * columns);
  const style = {
    height: `${total * height}px`,
    "--columns": String(columns),
    "--row": `${height}px`,
  };
  return (
    <ul class={`virtual ${props.class ?? ""}`} ref={frame} aria-label={props.label} style={style}>
      {shown.map((item, at) => {
        const place = first + at;
        const row = Math.floor(place / columns);
        const box = {
          top: `${row * height}px`,
          left: `${((place % columns) * 100) / columns}%`,
          width: `${100 / columns}%`,
          height: `${height}px`,
        };
        return (
          <li key={props.keyOf(item)} style={box} aria-setsize={props.items.length} aria-posinset={place + 1}>
            {props.render(item, place)}
          </li>
        );
      })}
    </ul>
  );
}
