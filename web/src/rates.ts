/** Rates out of counts that only grow. */

import type { Camera } from "./api";

export interface Rate {
  bitsPerSecond: number | null;
}

interface Reading {
  bytes: number;
  at: number;
}

/** A rate is told over at least so long: keyframes come in bursts. */
const OVER_MS = 8000;

/** Remembers each camera's bytes, and tells what came in since some seconds. */
export class Rates {
  private readonly readings = new Map<string, Reading[]>();

  /** Takes in a list of cameras as it was at `at`, in milliseconds. */
  read(cameras: Camera[], at: number) {
    for (const { camera_id, bytes } of cameras) {
      const before = this.readings.get(camera_id) ?? [];
      // A count that fell was begun anew with the program.
      const begunAnew = before.some((reading) => reading.bytes > bytes);
      const kept = begunAnew ? [] : before.filter((reading) => at - reading.at <= 3 * OVER_MS);
      kept.push({ bytes, at });
      this.readings.set(camera_id, kept);
    }
  }

  /** None before the camera was read twice, some seconds apart. */
  of(camera: string): number | null {
    const readings = this.readings.get(camera) ?? [];
    const [first, last] = [readings[0], readings.at(-1)];
    if (!first || !last || last.at - first.at < OVER_MS / 2) return null;
    return (8000 * (last.bytes - first.bytes)) / (last.at - first.at);
  }
}
