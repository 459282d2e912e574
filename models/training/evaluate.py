"""Figures of an exported model on pictures it has not learned from.

    python evaluate.py MODEL.onnx --scratch SCRATCH --material MATERIAL [--verifier V.onnx] [--rendered DIR] [--limit N] [--thresholds OUT.json]

Real: AP50 per class over held-out pictures where the class is labelled, and agreement with the teachers on
people, two-wheelers and vehicles. Rendered: AP50, and precision and recall at the thresholds chosen.
"""

import argparse
import json
import os
import time

import cv2
import numpy as np

import data
import teacher
from export import tensor
from net import CLASSES, MEAN, SCALE, grid

TRAFFIC = ("vn_street_cam", "road_traffic4", "id_tollroad_cctv", "manaus_traffic", "transport_mix")
VEHICLES = (2, 3, 4, 5)
VERIFIED = (CLASSES.index("garbage"),)  # kinds whose scores the verifier changes; for stalls and full bins it gained nothing
ALIKE = {2: "vehicle", 3: "vehicle", 4: "vehicle", 5: "vehicle", 9: "bin", 10: "bin"}


class Model:
    def __init__(self, path, verifier=None):
        self.session, self.verifier = teacher.session(path), verifier and teacher.session(verifier)
        self.cells = grid(data.WIDTH, data.HEIGHT).numpy()

    def see(self, pixels, least=0.05, iou=0.55):
        """Rows [class, score, box in fractions], as the program makes them of the output."""
        out = self.session.run(None, {"images": tensor(pixels)})[0][0]
        score, kind = out[:, 5:].max(1) * out[:, 4], out[:, 5:].argmax(1)
        keep = score >= least
        out, score, kind, cells = out[keep], score[keep], kind[keep], self.cells[keep]
        centre, half = (out[:, :2] + cells[:, :2]) * cells[:, 2:], np.exp(out[:, 2:4]) * cells[:, 2:] / 2
        scale = min(data.WIDTH / pixels.shape[1], data.HEIGHT / pixels.shape[0])
        whole = np.array([pixels.shape[1], pixels.shape[0]] * 2) * scale
        box = (np.concatenate([centre - half, centre + half], 1) / whole).clip(0, 1)
        kept = []
        for at in np.argsort(-score)[:300]:
            rivals = [k[2:] for k in kept if k[0] == kind[at] or ALIKE.get(k[0], 0) == ALIKE.get(int(kind[at]), 1)]
            if not rivals or teacher.overlap(box[at], np.array(rivals)).max() < iou:
                kept.append([float(kind[at]), float(score[at]), *box[at]])
        return self.verified(pixels, np.array(kept).reshape(-1, 6))

    def verified(self, pixels, rows):
        """The rows, best first, each score of a verified kind the mean of both networks' where the box is not too large."""
        size = np.array(pixels.shape[1::-1]) * min(data.WIDTH / pixels.shape[1], data.HEIGHT / pixels.shape[0])
        small = ((rows[:, 4:6] - rows[:, 2:4]) * size <= data.LARGEST).all(1)
        for at in np.flatnonzero(small & np.isin(rows[:, 0], VERIFIED)) if self.verifier else ():
            shown = data.crop(pixels, rows[at, 2:]).transpose(2, 0, 1)[None].astype(np.float32) * SCALE - MEAN
            share = self.verifier.run(None, {"crops": shown})[0][0, int(rows[at, 0])]
            rows[at, 1] = (rows[at, 1] + share) / 2
        return rows[np.argsort(-rows[:, 1], kind="stable")]


def match(found, truth, ignore, iou=0.5):
    """Per found row (best first): 1 hit, 0 false, -1 not counted; and how many of `truth` were there."""
    verdicts, taken = np.zeros(len(found)), set()
    for at, row in enumerate(found):
        free = [t for t in range(len(truth)) if t not in taken]
        overlaps = teacher.overlap(row[2:], truth[free]) if free else np.zeros(0)
        if len(overlaps) and overlaps.max() >= iou:
            taken.add(free[int(overlaps.argmax())])
            verdicts[at] = 1
        elif len(ignore) and covered(row[2:], ignore) > 0.5:
            verdicts[at] = -1
    return verdicts


def covered(box, many):
    """The largest share of `box` inside one of many, or overlap with it."""
    inner = (np.minimum(box[2:], many[:, 2:]) - np.maximum(box[:2], many[:, :2])).clip(0).prod(1)
    return max((inner / max((box[2:] - box[:2]).prod(), 1e-9)).max(), 0)


class Tally:
    """Scores and verdicts of one class over many pictures."""

    def __init__(self):
        self.scores, self.verdicts, self.count = [], [], 0

    def add(self, found, truth, ignore):
        self.scores.append(found[:, 1])
        self.verdicts.append(match(found, truth, ignore))
        self.count += len(truth)

    def curve(self):
        scores, verdicts = np.concatenate(self.scores), np.concatenate(self.verdicts)
        scores, verdicts = scores[verdicts >= 0], verdicts[verdicts >= 0]
        order = np.argsort(-scores, kind="stable")
        hits = np.cumsum(verdicts[order])
        return scores[order], hits / np.arange(1, len(order) + 1), hits / max(self.count, 1)

    def ap(self):
        _, precision, recall = self.curve()
        if not len(precision) or not self.count:
            return float("nan")
        envelope = np.maximum.accumulate(precision[::-1])[::-1]
        return float((np.diff(np.concatenate([[0], recall])) * envelope).sum())

    def at(self, threshold):
        scores, precision, recall = self.curve()
        last = int((scores >= threshold).sum()) - 1
        return (float(precision[last]), float(recall[last])) if last >= 0 else (float("nan"), 0.0)

    def best(self, beta=1.0):
        """The threshold of the best F-score."""
        scores, precision, recall = self.curve()
        if not len(scores):
            return 0.4
        f = (1 + beta**2) * precision * recall / np.maximum(beta**2 * precision + recall, 1e-9)
        return float(scores[int(f.argmax())])


def of(rows, kinds):
    return rows[np.isin(rows[:, 0], kinds)]


def tallies(model, pictures):
    """Per class over the pictures where its absence is labelled, and per group against the teachers."""
    classes, groups, spent = [Tally() for _ in CLASSES], {}, []
    stray = []
    for picture in pictures:
        pixels = picture.load().pixels
        begun = time.perf_counter()
        found = model.see(pixels)
        spent.append(time.perf_counter() - begun)
        for kind in range(len(CLASSES)):
            if kind in picture.known:
                ignore = picture.ignore[np.isin(picture.ignore[:, 0], (-1, kind))][:, 1:]
                classes[kind].add(of(found, [kind]), of(picture.boxes, [kind])[:, 1:], ignore)
        if picture.views is None:
            continue
        if picture.folder in TRAFFIC:
            stray.append(found)
        sure, doubtful = (np.array(rows).reshape(-1, 6) for rows in picture.views)
        for name, kinds in (("person", [0]), ("two_wheeler", [1]), ("vehicle", list(VEHICLES))):
            leave = np.vstack([of(doubtful, kinds)[:, 2:], of(picture.boxes, kinds)[:, 1:], picture.ignore[:, 1:]])
            groups.setdefault(name, Tally()).add(of(found, kinds), of(sure, kinds)[:, 2:], leave)
    return classes, groups, stray, np.median(spent) * 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--scratch", default="scratch")
    parser.add_argument("--material", default="../../../shared/material")
    parser.add_argument("--verifier")
    parser.add_argument("--rendered", help="folder of rendered pictures; the held-out ones of it are used")
    parser.add_argument("--all-rendered", action="store_true", help="none of the folder was trained on")
    parser.add_argument("--limit", type=int, default=10**6)
    parser.add_argument("--thresholds")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    model = Model(options.model, options.verifier)
    _, held = data.everything(options.material, os.path.join(options.scratch, "teacher.json"))
    real, groups, stray, ms = tallies(model, spread(held, options.limit))
    rendered = None
    if options.rendered:
        pictures = [p for p in data.synthetic(options.rendered) if options.all_rendered or data.held_out(p)]
        rendered, _, _, _ = tallies(model, spread(pictures, options.limit))
    report(real, rendered, groups, stray, ms, options.thresholds)


def spread(pictures, limit):
    return pictures[:: max(1, -(-len(pictures) // limit))]


def report(real, rendered, groups, stray, ms, path):
    chosen = {}
    print("| kind | real n | real AP50 | P, R at strong | rendered n | rendered AP50 | P, R at strong | strong | weak |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for kind, name in enumerate(CLASSES):
        one, two = real[kind], rendered[kind] if rendered else Tally()
        bests = [t.best(0.8) for t in (one, two) if t.count >= 20]
        strong = float(np.clip(np.mean(bests) if bests else 0.4, 0.2, 0.7))
        chosen[name] = [round(strong, 2), round(max(0.08, strong * 0.4), 2)]
        cells = []
        for tally in (one, two):
            if tally.count:
                p, r = tally.at(strong)
                cells.append(f"{tally.count} | {tally.ap():.3f} | {p:.2f}, {r:.2f}")
            else:
                cells.append("0 | – | –")
        print(f"| {name} | {cells[0]} | {cells[1]} | {chosen[name][0]} | {chosen[name][1]} |")
    for name in ("stall", "garbage", "bin", "overflowing_bin", "cone"):
        rows = [of(found, [CLASSES.index(name)]) for found in stray]
        with_one = sum((r[:, 1] >= chosen[name][0]).any() for r in rows if len(r))
        print(f"{name} seen in {with_one} of {len(stray)} traffic-camera pictures, which show hardly any")
    for name, tallied in (("real", real), ("rendered", rendered)):
        if tallied:
            print(f"mean AP50 {name}: {np.nanmean([t.ap() for t in tallied if t.count]):.3f}")
    for name, tally in groups.items():
        precise = next((t for t in np.arange(0.3, 0.9, 0.01) if tally.at(t)[0] >= 0.8), 0.9)
        for threshold in sorted({0.3, 0.4, round(float(precise), 2), round(tally.best(), 2)}):
            p, r = tally.at(threshold)
            print(f"agreement with the teachers, {name} ({tally.count}) at {threshold:.2f}: precision {p:.3f} recall {r:.3f}")
    print(f"{ms:.1f} ms a picture with letterbox and decoding in Python")
    if path:
        json.dump(chosen, open(path, "w"), indent=1)


if __name__ == "__main__":
    main()
