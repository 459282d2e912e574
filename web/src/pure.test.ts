import { describe, expect, it } from "vitest";
import type { Camera, Case, Life, LifeEntry, Machine, Point, Scene, Span, Stage } from "./api";
import { faultsByKey, NEW_FORM, numberOf, withKey } from "./cameraform";
import {
  freeName,
  middle,
  moved,
  withCorner,
  withCornerBetween,
  withoutCorner,
  zoneAt,
  zoneFaults,
} from "./drawing";
import { bitrate, bytes, millis, roughly, span } from "./format";
import { roomFor } from "./headroom";
import { sidesOf } from "./labels";
import { KEYS, type Move, movesOf, stepOf, urgency, verdictOf } from "./life";
import { beside, changed, merged } from "./list";
import { Rates } from "./rates";
import { daysOf, neighbour } from "./reportdays";
import { parse, toCase, toCases, toMap, toZones } from "./route";
import { next } from "./scenes";
import { microseconds, stepsOf } from "./steps";
import { timeline } from "./timeline";
import { columnsFor, rowsWithin } from "./window";
import { language, named, t, wished } from "./words";
import { en } from "./words/en";
import { zh } from "./words/zh";
import { outcomeOf } from "./would";

const STAGES: Stage[] = [
  "found",
  "review",
  "filed",
  "dispatched",
  "accepted",
  "handled",
  "checked",
  "closed",
];

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
    const filter = { state: "filed", kind: "", camera: "n.7", stage: "", grid: "", overdue: "true" };
    expect(parse("#/cases?state=filed&camera=n.7&overdue=true")).toEqual({ page: "cases", ...filter });
    expect(parse(toCases(filter))).toEqual({ page: "cases", ...filter });
    expect(parse(toMap({ grid: "北-7" }))).toEqual({ page: "map", camera: "", grid: "北-7" });
    expect(parse(toCase("0a/b c"))).toEqual({ page: "case", id: "0a/b c" });
    expect(parse("#/cameras/%e4%bd")).toMatchObject({ page: "camera" });
    expect(parse(toZones("gate.2"))).toEqual({ page: "zones", id: "gate.2" });
    expect(parse("#/nowhere")).toEqual({ page: "nothing" });
    expect(toCases({ state: "", camera: "a" })).toBe("#/cases?camera=a");
  });
});

describe("the life of a case", () => {
  const life = (stage: Stage, more: Partial<Life> = {}) =>
    ({ stage, suspended_until: null, overdue: false, ...more }) as Life;
  const words = {
    by: " wang ",
    why: "",
    to: "li",
    until: "2026-06-01T08:00",
    outcome: " ",
    into: "",
    reason: "",
  };

  it("offers the way forward first, and nothing at an end", () => {
    expect(movesOf(life("filed"))[0]).toBe("dispatch");
    expect(movesOf(life("accepted"))[0]).toBe("handle");
    expect(movesOf(life("closed"))).toEqual([]);
  });

  it("lets what is suspended only go on, and what is late not be put off", () => {
    expect(movesOf(life("accepted", { suspended_until: "2026-06-01T00:00:00Z" }))).toEqual([
      "resume",
      "reject",
      "merge",
    ]);
    expect(movesOf(life("accepted", { overdue: true }))).not.toContain("extend");
  });

  it("has a key of its own for each step that may stand beside it", () => {
    for (const stage of STAGES) {
      const keys = [...movesOf(life(stage)), "judge_right", "judge_wrong"].map((move) => KEYS[move as Move]);
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys.filter((key) => "jkbe123456?/".includes(key))).toEqual([]);
    }
  });

  it("sends a step with its own words and no others", () => {
    expect(stepOf("dispatch", words)).toEqual({ step: "dispatch", by: "wang", to: "li" });
    expect(stepOf("handle", words)).toEqual({ step: "handle", by: "wang" });
    expect(verdictOf("judge_wrong", { ...words, why: "plants", reason: "other" })).toEqual({
      by: "wang",
      right: false,
      reason: "other",
      why: "plants",
    });
    expect(verdictOf("reject", { ...words, reason: "queue" })).toEqual({
      by: "wang",
      right: false,
      reason: "queue",
    });
    expect(verdictOf("judge_right", words)).toEqual({ by: "wang", right: true });
    expect(verdictOf("close", words)).toBeNull();
    const until = new Date("2026-06-01T08:00").toISOString();
    expect(stepOf("suspend", { ...words, why: "works" })).toMatchObject({ until });
  });

  it("says how a deadline stands", () => {
    const at = Date.parse("2026-05-01T08:00:00Z");
    expect(urgency("2026-05-01T07:59:59Z", at)).toBe("late");
    expect(urgency("2026-05-01T08:10:00Z", at)).toBe("soon");
    expect(urgency("2026-05-01T09:00:00Z", at)).toBe("well");
    expect(urgency(null, at)).toBeNull();
  });

  it("is told in one row with what the camera saw", () => {
    const seen = (revision: number, what: string) => ({
      revision,
      what,
      at: `2026-05-01T08:0${revision}:00Z`,
    });
    const entry = (number: number, at: string) =>
      ({ number, at, by: "program", stage: "filed" }) as LifeEntry;
    const told = timeline([seen(1, "filed"), seen(2, "standing"), seen(3, "standing"), seen(4, "cleared")], {
      entries: [entry(1, "2026-05-01T08:01:00Z"), entry(2, "2026-05-01T08:03:30Z")],
    } as Life);
    const row = told.map((one) => (one.from === "life" ? one.entry.number : `${one.what} ${one.times}`));
    expect(row).toEqual(["filed 1", 1, "standing 2", 2, "cleared 1"]);
  });
});

describe("a zone that is drawn", () => {
  const square: Point[] = [
    [0.1, 0.1],
    [0.3, 0.1],
    [0.3, 0.3],
    [0.1, 0.3],
  ];

  it("stays within the picture, whatever is dragged where", () => {
    expect(moved(square, [0.9, -0.9])).toEqual([
      [0.8, 0],
      [1, 0],
      [1, 0.2],
      [0.8, 0.2],
    ]);
    expect(withCorner(square, 2, [1.4, -3])[2]).toEqual([1, 0]);
  });

  it("gets corners and loses them, down to three", () => {
    const more = withCornerBetween(square, 3, middle(square, 3));
    expect(more[4]).toEqual([0.1, 0.2]);
    const three = withoutCorner(withoutCorner(more, 0), 0);
    expect(withoutCorner(withoutCorner(three, 0), 0)).toHaveLength(3);
  });

  it("lies above those drawn before, under a name of its own", () => {
    const zones = ["a", "zone-1"].map((id) => ({
      id,
      kind: "berth",
      polygon: square,
      hours: [],
      exempt: [],
    }));
    expect(zoneAt(zones, [0.2, 0.2])).toBe(1);
    expect(zoneAt(zones, [0.5, 0.5])).toBe(-1);
    expect(freeName(zones)).toBe("zone-2");
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

describe("reports", () => {
  it("are of a day, a week from Monday, or a month", () => {
    expect(daysOf("day", "2026-03-01")).toEqual({ from: "2026-03-01", to: "2026-03-01" });
    expect(daysOf("week", "2026-03-01")).toEqual({ from: "2026-02-23", to: "2026-03-01" });
    expect(daysOf("month", "2028-02-15")).toEqual({ from: "2028-02-01", to: "2028-02-29" });
  });

  it("lead to the one before and after", () => {
    expect(neighbour("month", "2026-03-31", -1)).toBe("2026-02-28");
    expect(neighbour("week", "2026-03-01", 1)).toBe("2026-03-02");
    expect(neighbour("day", "2026-12-31", 1)).toBe("2027-01-01");
  });
});

describe("a camera's form", () => {
  it("leaves out what is empty, but for what is needed", () => {
    const form = withKey(withKey(NEW_FORM, "id", "gate"), "name", "The gate");
    expect(withKey(form, "name", "")).toEqual({ id: "gate", uri: "rtsp://", enabled: true });
    expect(withKey(form, "uri", "").uri).toBe("");
    expect(withKey(form, "interval_s", numberOf("2,5")).interval_s).toBe(2.5);
    expect("interval_s" in withKey(form, "interval_s", numberOf(" "))).toBe(false);
    expect(withKey(form, "enabled", false).enabled).toBe(false);
  });

  it("shows each fault beside its field", () => {
    const told = "interval_s = 0.1: must be 0.2 to 3600\nlon: is missing beside lat\nthe disk is full";
    const faults = faultsByKey(told, ["interval_s", "lon"]);
    expect([...faults.keys()]).toEqual(["interval_s", "lon", ""]);
    expect(faults.get("")).toBe("the disk is full");
  });
});

describe("zones as they are drawn", () => {
  const square: [number, number][] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0, 1],
  ];
  const zone = (kind: string, more: object = {}) => ({
    id: kind,
    kind,
    polygon: square,
    hours: [],
    exempt: [] as string[],
    ...more,
  });
  const box: [number, number, number, number] = [0.4, 0.4, 0.6, 0.6];

  it("tell of what they forbid once it has stood long enough", () => {
    expect(outcomeOf("car", box, 320, [zone("no_parking")]).left_s).toBe(-20);
    expect(outcomeOf("car", box, 20, [zone("no_parking"), zone("no_stopping")])).toMatchObject({
      zone: { id: "no_stopping" },
      left_s: 40,
    });
    expect(outcomeOf("car", box, 20, [zone("no_parking", { violation_s: 10 })]).left_s).toBe(-10);
  });

  it("are refused in words that name the zone, not a line of a file", () => {
    const detail = 'zones:4: zone.#2.id = "a b": must be letters\nthe disk is full\n1 fault in zones';
    expect(zoneFaults(detail)).toEqual([
      { zone: 1, text: 'id = "a b": must be letters' },
      { zone: null, text: "the disk is full" },
    ]);
  });

  it("say nothing of other things, of what is exempt, and where it is permitted", () => {
    expect(outcomeOf("person", box, 900, [zone("no_parking")]).zone).toBeNull();
    expect(outcomeOf("bus", box, 900, [zone("no_parking", { exempt: ["bus"] })]).zone).toBeNull();
    expect(outcomeOf("car", box, 900, [zone("no_parking"), zone("berth")]).zone).toBeNull();
    expect(outcomeOf("car", [0.4, 1.2, 0.6, 1.4], 900, [zone("no_parking")]).zone).toBeNull();
  });
});

describe("labels of boxes", () => {
  const box = (left: number, top: number): [number, number, number, number] => [
    left,
    top,
    left + 0.1,
    top + 0.1,
  ];

  it("stand above, inside or below, wherever they cover no other", () => {
    const marks = [0, 1, 2, 3].map(() => ({ box: box(0.3, 0.4), label: "car 12 s" }));
    const measure = { letter: 0.01, height: 0.04 };
    expect(sidesOf(marks, measure)).toEqual(["above", "inside", "below", null]);
    const apart = [box(0.1, 0.4), box(0.6, 0.4)].map((box) => ({ box, label: "car 12 s" }));
    expect(sidesOf(apart, measure)).toEqual(["above", "above"]);
    expect(sidesOf([{ box: box(0.1, 0), label: "car" }], measure)).toEqual(["inside"]);
    expect(sidesOf([{ box: box(0.1, 0.4), label: "" }], measure)).toEqual([null]);
  });
});
