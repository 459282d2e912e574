"""Runs the COCO teachers once over the real pictures and keeps what they saw.

    python teacher.py MATERIAL OUT.json

Teachers are YOLOX-nano (as it is and mirrored) and DEIMv2-atto, all Apache-2.0. Boxes are written as
fractions of the picture with our class ids; `fuse` turns them into labels and places to leave alone.
"""

import json
import os
import sys

import cv2
import numpy as np
import onnxruntime as ort

# COCO id to ours. A bicycle or motorcycle does not hold its rider yet: `fuse` joins them.
OURS = {0: 0, 1: 1, 3: 1, 2: 2, 7: 3, 5: 4, 25: 6}
LEAST = 0.08
SURE, DOUBTFUL = 0.42, 0.16


def session(path, threads=1):
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    # As the program has it: without this int8 weights of eight bits are multiplied wrongly where there is no VNNI.
    options.add_session_config_entry("session.x64quantprecision", "1")
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def overlap(one, many):
    """Intersection over union of one box with each of many."""
    x0, y0 = np.maximum(one[:2], many[:, :2]).T
    x1, y1 = np.minimum(one[2:], many[:, 2:]).T
    inner = (x1 - x0).clip(0) * (y1 - y0).clip(0)
    area = lambda b: (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    return inner / np.maximum(area(one) + area(many) - inner, 1e-9)


def suppress(rows, iou=0.6, across=False):
    """Greedy non-maximum suppression of rows [class, score, box], within each class unless `across`."""
    kept = []
    for row in rows[np.argsort(-rows[:, 1])] if len(rows) else []:
        rivals = np.array([k for k in kept if across or k[0] == row[0]])
        if not len(rivals) or overlap(row[2:], rivals[:, 2:]).max() < iou:
            kept.append(row)
    return np.array(kept).reshape(-1, 6)


class Yolox:
    def __init__(self, path, side=416):
        self.session, self.side = session(path), side
        cells = []
        for stride in (8, 16, 32):
            rows, columns = np.mgrid[: side // stride, : side // stride]
            cells.append(np.stack([columns, rows, np.full_like(rows, stride)], -1).reshape(-1, 3))
        self.cells = np.concatenate(cells)

    def see(self, picture):
        height, width = picture.shape[:2]
        scale = self.side / max(height, width)
        canvas = np.full((self.side, self.side, 3), 114, np.uint8)
        small = cv2.resize(picture, None, fx=scale, fy=scale)
        canvas[: small.shape[0], : small.shape[1]] = small[: self.side, : self.side]
        out = self.session.run(None, {"images": canvas.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
        centre = (out[:, :2] + self.cells[:, :2]) * self.cells[:, 2:]
        half = np.exp(out[:, 2:4]) * self.cells[:, 2:] / 2
        box = np.concatenate([centre - half, centre + half], 1) / scale
        score = out[:, 5:] * out[:, 4:5]
        return kept(box, score.argmax(1), score.max(1), width, height)


class Deim:
    def __init__(self, path, side=320):
        self.session, self.side = session(path), side

    def see(self, picture):
        height, width = picture.shape[:2]
        tensor = cv2.resize(picture, (self.side, self.side))[:, :, ::-1].transpose(2, 0, 1)[None]
        feed = {"images": tensor.astype(np.float32) / 255,
                "orig_target_sizes": np.array([[width, height]], np.int64)}
        names = [output.name for output in self.session.get_outputs()]
        out = dict(zip(names, self.session.run(None, feed)))
        return kept(out["boxes"].reshape(-1, 4), out["labels"].reshape(-1), out["scores"].reshape(-1), width, height)


def kept(box, label, score, width, height):
    rows = [[OURS[int(l)], float(s), *(b / [width, height, width, height]).clip(0, 1)]
            for b, l, s in zip(box, label, score) if s >= LEAST and int(l) in OURS]
    return suppress(np.array(rows).reshape(-1, 6), 0.6)


def mirrored(rows):
    rows = rows.copy()
    rows[:, [2, 4]] = 1 - rows[:, [4, 2]]
    return rows


def fuse(views):
    """(labels, doubtful), rows [class, score, box]: the mean of the views' scores decides."""
    rows = suppress(np.concatenate([np.array(v).reshape(-1, 6) for v in views]), 0.55)
    for row in rows:
        total = 0.0
        for view in views:
            view = np.array(view).reshape(-1, 6)
            same = view[view[:, 0] == row[0]]
            hit = overlap(row[2:], same[:, 2:]) if len(same) else np.zeros(1)
            if hit.max() >= 0.5:
                total += same[hit >= 0.5, 1].max()
        row[1] = total / len(views)
    rows = rows[rows[:, 1] >= DOUBTFUL] if len(rows) else rows
    vehicles = suppress(rows[np.isin(rows[:, 0], (2, 3, 4))], 0.6, across=True)
    rows = np.concatenate([vehicles, rows[~np.isin(rows[:, 0], (2, 3, 4))]])
    rows = with_riders(rows)
    return rows[rows[:, 1] >= SURE], rows[rows[:, 1] < SURE]


def with_riders(rows):
    """A two-wheeler's box takes in its rider, who is then no person of the street."""
    gone = set()
    for vehicle in rows[rows[:, 0] == 1]:
        for at, person in enumerate(rows):
            if person[0] == 0 and at not in gone and rides(person[2:], vehicle[2:]):
                vehicle_box = rows[(rows == vehicle).all(1)][0]
                union = [*np.minimum(vehicle_box[2:4], person[2:4]), *np.maximum(vehicle_box[4:], person[4:])]
                rows[(rows == vehicle).all(1), 2:] = union
                vehicle[2:] = union
                gone.add(at)
    return np.array([row for at, row in enumerate(rows) if at not in gone]).reshape(-1, 6)


def rides(person, vehicle):
    middle = (person[0] + person[2]) / 2
    astride = vehicle[0] < middle < vehicle[2]
    feet = person[3] > vehicle[1] + 0.15 * (vehicle[3] - vehicle[1]) and person[3] < vehicle[3] + 0.1 * (vehicle[3] - vehicle[1])
    inner = max(0, min(person[3], vehicle[3]) - max(person[1], vehicle[1]))
    return astride and feet and person[1] < vehicle[1] + 0.3 * (vehicle[3] - vehicle[1]) and inner > 0


def main(material, out):
    yolox = Yolox(os.path.join(material, "models/yolox_nano.onnx"))
    deim = Deim(os.path.join(material, "models/deimv2_atto_coco_int8.onnx"))
    seen = json.load(open(out)) if os.path.exists(out) else {}
    root = os.path.join(material, "train")
    todo = [f"{s}/{f}" for s in sorted(os.listdir(root)) for f in sorted(os.listdir(f"{root}/{s}/images"))]
    for count, name in enumerate(todo):
        if name in seen:
            continue
        folder, file = name.split("/", 1)
        picture = cv2.imread(f"{root}/{folder}/images/{file}")
        views = [yolox.see(picture), mirrored(yolox.see(picture[:, ::-1])), deim.see(picture)]
        seen[name] = [np.round(view, 4).tolist() for view in views]
        if count % 500 == 499 or count + 1 == len(todo):
            print(count + 1, "of", len(todo), flush=True)
            json.dump(seen, open(out + ".part", "w"))
            os.replace(out + ".part", out)


if __name__ == "__main__":
    main(*sys.argv[1:])
