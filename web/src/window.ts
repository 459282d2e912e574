/** Which rows of a long list are worth drawing. */

export interface Rows {
  /** First row to draw, and the one after the last. */
  from: number;
  to: number;
}

/**
 * The rows that touch the part of the list between `top` and `bottom`, in pixels
 * from the list's own top, and `spare` more on each side.
 */
export function rowsWithin(rows: number, height: number, top: number, bottom: number, spare: number): Rows {
  if (rows === 0 || height <= 0) return { from: 0, to: 0 };
  const clamp = (row: number) => Math.min(rows, Math.max(0, row));
  const from = clamp(Math.floor(top / height) - spare);
  const to = clamp(Math.ceil(bottom / height) + spare);
  return { from: Math.min(from, to), to };
}

export const columnsFor = (width: number, widthMin: number) => Math.max(1, Math.floor(width / widthMin));
