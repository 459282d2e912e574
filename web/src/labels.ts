/** Where the labels of boxes stand, so that none covers another. */

import type { Box } from "./api";

export type Side = "above" | "inside" | "below";

/** What a label takes of the picture: of its width for each letter, and of its height. */
export interface Measure {
  letter: number;
  height: number;
}

/** A letter is some 7 pixels wide, one of Chinese 12; a line is 18 high. */
export const MEASURES = {
  tile: { letter: 7.4 / 280, height: 20 / 160 },
  large: { letter: 7.4 / 640, height: 20 / 440 },
} satisfies Record<string, Measure>;

interface Labelled {
  box: Box;
  label: string;
}

interface Place {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Labels that begin further to the right than this are drawn leftward. */
export const LEFTWARD = 0.7;

/** A side for each mark; none for a label that finds no room, or that says nothing. */
export function sidesOf(marks: Labelled[], measure: Measure): (Side | null)[] {
  const taken: Place[] = [];
  return marks.map(({ box, label }) => {
    if (!label) return null;
    for (const side of ["above", "inside", "below"] as const) {
      const place = placeOf(box, label, side, measure);
      if (place.top < 0 || place.bottom > 1 || taken.some((other) => meet(place, other))) continue;
      taken.push(place);
      return side;
    }
    return null;
  });
}

function placeOf([left, top, right, bottom]: Box, label: string, side: Side, measure: Measure): Place {
  const width = lettersOf(label) * measure.letter;
  const from = left > LEFTWARD ? right - width : left;
  const at = { above: top - measure.height, inside: top, below: bottom }[side];
  return { left: from, right: from + width, top: at, bottom: at + measure.height };
}

/** Chinese letters are wider; a little is around each label. */
const lettersOf = (label: string) => [...label].reduce((sum, one) => sum + (one > "\u2e80" ? 1.7 : 1), 1.5);

const meet = (a: Place, b: Place) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
