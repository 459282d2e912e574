import { describe, expect, it } from "vitest";
import type { Camera, Case, Machine, Scene, Span } from "./api";
import { bitrate, bytes, millis, roughly, span } from "./format";
import { roomFor } from "./headroom";
import { beside, changed, merged } from "./list";
import { Rates } from "./rates";
import { parse, toCase, toCases } from "./route";
import { next } from "./scenes";
import { microseconds, stepsOf } from "./steps";
import { columnsFor, rowsWithin } from "./window";
import { language, named, t, wished } from "./words";
import { en } from "./words/en";
import { zh } from "./words/zh";

const one = (id: string, filed_at: string, more: Partial<Case> = {}) =>
  ({ id, filed_at, revision: 1, state: "filed", ...more }) as Case;

describe("the list of open cases", () => {
  const list = [one("b", "2026-05-01T00:00:02Z"), one("a", "2026-05-01T00:00:01Z")];

  it("keeps the newest first and each case once", () => {
    const more = [one("c", "2026-05-01T00:00:03Z"), one("a", "2026-05-01T00:00:01Z", { revision: 2 })];
    const all = merged(list, more);
    expect(all.map((one) => one.id)).toEqual(["c", "b", "a"]);
    expect(all[2]?.revision).toBe(2);
  });

  it("does not let an older revision take a newer one's place", () => {
    const newer = merged(list, [one("a", "2026-05-01T00:00:01Z", { revision: 5 })]);
    expect(merged(newer, list)[1]?.revision).toBe(5);
  });

  it("lets go of what is gone and takes back what stands there again", () => {
    const gone = changed(list, [
      { what: "cleared", case: { ...one("b", "2026-05-01T00:00:02Z"), state: "cleared" } },
    ]);
    expect(gone.map((one) => one.id)).toEqual(["a"]);
    const back = changed(gone, [{ what: "reopened", case: one("b", "2026-05-01T00:00:02Z") }]);
    expect(back.map((one) => one.id)).toEqual(["b", "a"]);
  });

  it("knows a case's neighbours", () => {
    expect(beside(list, "b", 1)?.id).toBe("a");
    expect(beside(list, "b", -1)).toBeUndefined();
    expect(beside(list, "x", 1)).toBeUndefined();
  });
});

describe("what is in sight", () => {
  it("is drawn with some rows to spare, and nothing beyond the list", () => {
    expect(rowsWithin(1000, 100, 5000, 5800, 3)).toEqual({ from: 47, to: 61 });
    expect(rowsWithin(10, 100, -300, 500, 3)).toEqual({ from: 0, to: 8 });
    expect(rowsWithin(10, 100, 5000, 5800, 3)).toEqual({ from: 10, to: 10 });
    expect(rowsWithin(0, 100, 0, 800, 3)).toEqual({ from: 0, to: 0 });
    expect(rowsWithin(10, 0, 0, 800, 3)).toEqual({ from: 0, to: 0 });
  });

  it("always has a column", () => {
    expect(columnsFor(100, 250)).toBe(1);
    expect(columnsFor(1000, 250)).toBe(4);
  });
});

describe("words", () => {
  it("are the same in both languages, with the same places to fill", () => {
    expect(Object.keys(zh)).toEqual(Object.keys(en));
    const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    for (const [word, text] of Object.entries(en)) {
      expect(places(zh[word as keyof typeof en]), word).toEqual(places(text));
      expect(zh[word as keyof typeof en].length, word).toBeGreaterThan(0);
    }
  });

  it("follow the browser unless somebody chose", () => {
    expect(wished(null, ["zh-TW", "en"])).toBe("zh");
    expect(wished(null, ["de", "en-US", "zh"])).toBe("en");
    expect(wished(null, ["de"])).toBe("en");
    expect(wished("en", ["zh-CN"])).toBe("en");
    expect(wished("klingon", ["zh-CN"])).toBe("zh");
  });

  it("show a name that is new to the page as it is", () => {
    language.value = "zh";
    expect(named("kind", "illegal_parking")).toBe("机动车乱停放");
    expect(named("kind", "snow_pile")).toBe("snow pile");
    language.value = "en";
    expect(t("now.live", { live: 3, total: 4 })).toBe("3 of 4 live");
  });
});

describe("figures", () => {
  it("are told in the units that people use", () => {
    expect([span(59.6), span(61), span(3725), span(90_000), span(null)]).toEqual([
      "1:00",
      "1:01",
      "1:02:05",
      "1 d 1 h",
      "–",
    ]);
    expect([roughly(0.4), roughly(4), roughly(119), roughly(600), roughly(NaN)]).toEqual([
      "0.4 s",
      "4 s",
      "119 s",
      "10 min",
      "–",
    ]);
    expect([millis(1.26), millis(340.4), millis(1500), millis(null)]).toEqual([
      "1.3 ms",
      "340 ms",
      "1.50 s",
      "–",
    ]);
    expect([bitrate(2_512_000), bitrate(640_000), bitrate(null)]).toEqual(["2.5 Mbit/s", "640 kbit/s", "–"]);
    expect([bytes(300 * 2 ** 20), bytes(3.25 * 2 ** 30)]).toEqual(["300 MiB", "3.3 GiB"]);
  });
});

describe("addresses", () => {
  it("lead to pages and back", () => {
    expect(parse("")).toEqual({ page: "now" });
    expect(parse("#/cases?state=filed&camera=n.7")).toEqual({
      page: "cases",
      state: "filed",
      kind: "",
      camera: "n.7",
    });
    expect(parse(toCase("0a/b c"))).toEqual({ page: "case", id: "0a/b c" });
    expect(parse("#/cameras/%e4%bd")).toMatchObject({ page: "camera" });
    expect(parse("#/nowhere")).toEqual({ page: "nothing" });
    expect(toCases({ state: "", camera: "a" })).toBe("#/cases?camera=a");
  });
});

describe("the bit rate", () => {
  const camera = (bytes: number) => [{ camera_id: "a", bytes } as Camera];

  it("is told over some seconds, and anew after a restart", () => {
    const rates = new Rates();
    rates.read(camera(0), 0);
    expect(rates.of("a")).toBeNull();
    rates.read(camera(1_000_000), 4000);
    expect(rates.of("a")).toBe(2_000_000);
    rates.read(camera(500), 8000);
    expect(rates.of("a")).toBeNull();
  });
});

describe("the steps of a case", () => {
  const at = (ms: number) => new Date(Date.UTC(2026, 4, 1) + ms).toISOString().replace("Z", "250Z");
  const latency = {
    received_at: at(0),
    taken_at: at(3),
    decoded_at: at(20),
    inferred_at: at(15),
    decided_at: at(48),
    filed_at: at(60),
    delivered_at: null,
  } as unknown as Case["latency"];

  it("follow one another, and end where it stands", () => {
    const steps = stepsOf(latency);
    expect(steps.map((step) => step.stage)).toEqual([
      "received_to_taken",
      "decode",
      "infer",
      "rules",
      "file",
    ]);
    expect(steps[2]).toEqual({ stage: "infer", from_ms: 20, to_ms: 20 });
    expect(steps.at(-1)?.to_ms).toBeCloseTo(60);
  });

  it("keep millionths", () => {
    expect(microseconds("2026-05-01T00:00:00.000250Z") - microseconds("2026-05-01T00:00:00Z")).toBe(250);
  });
});

describe("room for more cameras", () => {
  const spans = (cpu_cores: number, looks_per_s: number, overload = 0) =>
    Array.from(
      { length: 5 },
      () => ({ cpu_cores, looks_per_s, skipped_per_s: { overload } }) as unknown as Span,
    );
  const machine = (spans: Span[]) => ({ cores: 2, spans }) as Machine;

  it("goes by the cores that are left", () => {
    expect(roomFor(machine(spans(0.5, 10)), 20)).toBe(48);
    expect(roomFor(machine(spans(1.9, 10)), 20)).toBe(0);
  });

  it("is none on a machine that sheds, and unknown on an idle one", () => {
    expect(roomFor(machine(spans(0.5, 10, 5)), 20)).toBe(0);
    expect(roomFor(machine(spans(0.5, 0)), 20)).toBeNull();
    expect(roomFor(machine([]), 20)).toBeNull();
  });
});

describe("a camera's picture", () => {
  const scene = (captured_at: string | null) => ({ captured_at, zones: [], stays: [] }) as Scene;
  const nothing = { scene: null, small: null, whole: null, loadedAt: 0 };

  it("follows the looks, but not each of them", () => {
    const first = next(nothing, "a", scene("1"), 1, 1000);
    expect(first.small).toBe("/api/cameras/a/picture.jpg?size=small&turn=1");
    const soon = next(first, "a", scene("2"), 1, 3000);
    expect([soon.small, soon.scene?.captured_at]).toEqual([first.small, "2"]);
    expect(next(soon, "a", scene("3"), 1, 9000).small).toContain("turn=3");
    expect(next(soon, "a", scene("3"), 30, 9000).small).toBe(first.small);
  });

  it("is none before the first look", () => {
    expect(next(nothing, "a", scene(null), 1, 1000).small).toBeNull();
  });
});
