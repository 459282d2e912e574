"""Pictures, labels, the split by scene, and the making of training samples.

Labels are partial: each sample carries, per cell and class, how much the *absence* of that class may be
held against the network (1 trusted, 0 unknown).
"""

import hashlib
import json
import os
import threading
from queue import Queue

import cv2
import numpy as np

import teacher
from net import CLASSES, STRIDES, grid

WIDTH, HEIGHT, PAD = 576, 384, 114
COUNT = len(CLASSES)
HELD_OUT_PERCENT = 15
SIDE, CONTEXT, SMALLEST = 64, 1.5, 16  # of what the verifier is shown
LARGEST = 96  # sides in pixels of the detector's input; larger boxes are not shown in use
TAUGHT = (0, 1, 2, 3, 4, 6)  # classes that the teachers know
# How far the absence of an unlabelled, untaught class is believed. Garbage, bins and cones are rare on the
# traffic cameras; tricycles and stalls are not rare where they are sold from.
RARE = {"tricycle": 0.2, "stall": 0.2, "garbage": 0.3, "bin": 0.2, "overflowing_bin": 0.3, "cone": 0.3}
UNKNOWN = {"vn_street_cam": (6, 7), "garbage_cn": (5,), "bd_road_vehicle": (6, 7)}
# How often a set is drawn for each of its pictures; its toll road shows one place only.
DRAWN = {"garbage_cn": 1.2, "cones_street": 1.2, "id_tollroad_cctv": 0.6, "bd_road_vehicle": 0.6, "road_traffic4": 2.0, "people_lowdrone": 1.5}


class Picture:
    """`boxes` rows [class, x0, y0, x1, y1] and `ignore` rows [class or -1, …] are fractions."""

    def __init__(self, path, folder, boxes, ignore, trust):
        self.path, self.folder, self.boxes, self.ignore, self.trust = path, folder, boxes, ignore, trust
        self.planes, self.group, self.known, self.views = None, None, (), None

    def load(self):
        """Reads the picture, no larger than is looked at, and keeps it as I420: half the memory of BGR."""
        if self.planes is None:
            pixels = shrunk(self.path, WIDTH, HEIGHT)
            high, wide = (side // 2 * 2 for side in pixels.shape[:2])
            self.planes = cv2.cvtColor(pixels[:high, :wide], cv2.COLOR_BGR2YUV_I420)
        return self

    @property
    def size(self):
        """Width and height in pixels."""
        return self.planes.shape[1], self.planes.shape[0] * 2 // 3

    @property
    def pixels(self):
        return cv2.cvtColor(self.planes, cv2.COLOR_YUV2BGR_I420)


def shrunk(path, width, height):
    pixels = cv2.imread(path)
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else pixels


def rows_of(path):
    """A YOLO text file as rows [class, x0, y0, x1, y1] in fractions."""
    if not os.path.exists(path):
        return np.zeros((0, 5))
    rows = np.array([line.split()[:5] for line in open(path) if line.strip()], float).reshape(-1, 5)
    centre, half = rows[:, 1:3], rows[:, 3:5] / 2
    return np.concatenate([rows[:, :1], (centre - half).clip(0, 1), (centre + half).clip(0, 1)], 1)


def tsv(path):
    return dict(line.rstrip("\n").split("\t", 1) for line in open(path)) if os.path.exists(path) else {}


def real(material, taught):
    """All labelled real pictures, with the teachers' labels added where the class is unlabelled."""
    root, pictures = os.path.join(material, "train"), []
    for folder in sorted(os.listdir(root)):
        labelled, scenes = tsv(f"{root}/{folder}/labelled.tsv"), tsv(f"{root}/{folder}/scenes.tsv")
        for file in sorted(os.listdir(f"{root}/{folder}/images")):
            stem = file[:-4]
            boxes = rows_of(f"{root}/{folder}/labels/{stem}.txt")
            ignore = rows_of(f"{root}/{folder}/ignore/{stem}.txt")
            ignore[:, 0] = -1
            known = [int(c) for c in labelled.get(stem, "").split(",") if c]
            trust = np.array([1.0 if c in TAUGHT else RARE[name] for c, name in enumerate(CLASSES)])
            trust[list(UNKNOWN.get(folder, ()))] = 0
            trust[known] = 1
            picture = Picture(f"{root}/{folder}/images/{file}", folder, boxes, ignore, trust)
            picture.known, picture.views = known, taught.get(f"{folder}/{file}")
            if f"{folder}/{file}" in taught:
                teach(picture, known, taught[f"{folder}/{file}"])
            else:
                trust[[c for c in TAUGHT if c not in known]] = 0
            picture.group = f"{folder}/{scenes[stem]}" if stem in scenes else f"{folder}/{file}"
            pictures.append(picture)
    return pictures


def fused(path):
    """What the teachers agree on, by picture: (labels, doubtful). Kept beside `path`, for it takes a minute."""
    if not os.path.exists(path):
        return {}
    if not os.path.exists(path + ".fused"):
        found = {name: [rows.round(4).tolist() for rows in teacher.fuse(views)] for name, views in json.load(open(path)).items()}
        with open(path + f".{os.getpid()}", "w") as out:
            json.dump(found, out)
        os.replace(path + f".{os.getpid()}", path + ".fused")
    return json.load(open(path + ".fused"))


def teach(picture, known, views):
    labels, doubtful = (np.array(rows).reshape(-1, 6) for rows in views)
    mine = picture.boxes
    for row in labels:
        box = row[2:]
        covered = len(mine) and teacher.overlap(box, mine[:, 1:]).max() > 0.45
        rider = row[0] == 0 and any(teacher.rides(box, m[1:]) for m in mine[mine[:, 0] == 1])
        if covered or rider or int(row[0]) in known:
            continue
        picture.boxes = np.vstack([picture.boxes, [[row[0], *box]]])
    unsure = [[row[0], *row[2:]] for row in doubtful if int(row[0]) not in known]
    picture.ignore = np.vstack([picture.ignore, np.array(unsure).reshape(-1, 5)])


def synthetic(folder):
    """Rendered pictures, all classes labelled."""
    pictures = []
    for file in sorted(os.listdir(f"{folder}/images")):
        stem = os.path.splitext(file)[0]
        boxes, ignore = rows_of(f"{folder}/labels/{stem}.txt"), rows_of(f"{folder}/ignore/{stem}.txt")
        ignore[:, 0] = -1
        picture = Picture(f"{folder}/images/{file}", "synthetic", boxes, ignore, np.ones(COUNT))
        picture.group, picture.known = f"{os.path.basename(folder)}/{stem}", range(COUNT)
        pictures.append(picture)
    return pictures


def join_copies(pictures):
    """Gives near duplicates of a set without scenes one group: small grey copies or colours agree.

    Pictures of one yard stand next to each other in the set, so among neighbours a weaker likeness will do.
    """
    found = [p for p in pictures if p.folder == "garbage_cn"]
    grey, hues = [], []
    for picture in found:
        # At a size of its own, for the split must not move when the network's does.
        pixels = cv2.resize(shrunk(picture.path, 480, 320), (96, 96), interpolation=cv2.INTER_AREA)
        hsv = cv2.cvtColor(pixels, cv2.COLOR_BGR2HSV)
        mask = (hsv[..., 2] > 8).astype(np.uint8)
        hist = cv2.calcHist([hsv], [0, 1, 2], mask, [12, 6, 6], [0, 180, 0, 256, 0, 256]).ravel()
        hues.append(np.sqrt(hist / max(hist.sum(), 1)))
        small = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), (16, 16), interpolation=cv2.INTER_AREA)
        small = small.astype(np.float32) - small.mean()
        grey.append(small / max(np.linalg.norm(small), 1e-6))
    grey, hues = np.array(grey), np.array(hues)
    flip = grey[:, :, ::-1].reshape(len(found), -1)
    grey = grey.reshape(len(found), -1)
    alike = (grey @ grey.T > 0.85) | (grey @ flip.T > 0.85) | (hues @ hues.T > 0.965)
    order = np.arange(len(found))
    alike |= (np.abs(order[:, None] - order) <= 3) & (hues @ hues.T > 0.85)
    parent = list(range(len(found)))

    def root(at):
        while parent[at] != at:
            parent[at] = at = parent[parent[at]]
        return at

    for a, b in zip(*np.nonzero(np.triu(alike, 1))):
        parent[root(b)] = root(a)
    for at, picture in enumerate(found):
        picture.group = "garbage_cn/" + os.path.basename(found[root(at)].path)


def held_out(picture):
    """The split: by a hash of the scene, so it needs no list and never moves."""
    return int(hashlib.sha256(picture.group.encode()).hexdigest(), 16) % 100 < HELD_OUT_PERCENT


def load_all(pictures):
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(Picture.load, pictures))


def everything(material, taught_path):
    """(training, held out) real pictures; `load_all` or `Picture.load` reads their pixels."""
    pictures = real(material, fused(taught_path))
    join_copies(pictures)
    return [p for p in pictures if not held_out(p)], [p for p in pictures if held_out(p)]


def letterbox(pixels, width=WIDTH, height=HEIGHT):
    """The picture at the top left of a grey canvas, and its scale."""
    scale = min(width / pixels.shape[1], height / pixels.shape[0])
    small = cv2.resize(pixels, None, fx=scale, fy=scale)[:height, :width]
    canvas = np.full((height, width, 3), PAD, np.uint8)
    canvas[: small.shape[0], : small.shape[1]] = small
    return canvas, scale


def window(box, width, height):
    """What is cut out for `box` (in fractions): a square about it with its surroundings, within the picture, x0, y0, x1, y1
    in pixels, even, for the chroma of 4:2:0 knows no odd ones."""
    x0, y0, x1, y1 = box * [width, height, width, height]
    half = max(x1 - x0, y1 - y0, SMALLEST / CONTEXT) * CONTEXT / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    low = lambda v: max(int(np.floor(v / 2)) * 2, 0)
    high = lambda v, most: min(int(np.ceil(v / 2)) * 2, most)
    return low(x - half), low(y - half), high(x + half, width), high(y + half, height)


def crop(pixels, box):
    """The window of `box`, letterboxed to SIDE x SIDE as the program does it."""
    x0, y0, x1, y1 = window(box, pixels.shape[1], pixels.shape[0])
    part = pixels[y0:y1, x0:x1]
    scale = min(SIDE / part.shape[1], SIDE / part.shape[0])
    width, height = (max(1, min(SIDE, round(side * scale))) for side in part.shape[1::-1])
    part = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    canvas = np.full((SIDE, SIDE, 3), PAD, np.uint8)
    left, top = (SIDE - width) // 2, (SIDE - height) // 2
    canvas[top : top + height, left : left + width] = part
    return canvas


class Maker:
    """Makes samples [pixels, boxes in tensor pixels, trust per cell] at one size."""

    def __init__(self, width, height, seed, mosaic=0.35, donors=(), pasted=0.12):
        self.width, self.height, self.mosaic = width, height, mosaic
        self.donors, self.pasted = donors, pasted if donors else 0
        self.whole = 0.3
        self.random = np.random.default_rng(seed)
        cells = grid(width, height).numpy()
        self.centres = (cells[:, :2] + 0.5) * cells[:, 2:]

    def sample(self, draw):
        canvas = np.full((self.height, self.width, 3), PAD, np.uint8)
        trust = np.ones((len(self.centres), COUNT), np.float32)
        boxes = []
        if self.random.random() < self.mosaic:
            x = int(self.width * self.random.uniform(0.35, 0.65))
            y = int(self.height * self.random.uniform(0.35, 0.65))
            for x0, y0, x1, y1 in ((0, 0, x, y), (x, 0, self.width, y), (0, y, x, self.height), (x, y, self.width, self.height)):
                self.place(draw(), canvas, (x0, y0, x1, y1), trust, boxes, (0.8, 1.9))
        else:
            self.place(draw(), canvas, (0, 0, self.width, self.height), trust, boxes, (0.65, 1.7))
        if self.random.random() < self.pasted:
            self.paste(canvas, trust, boxes)
        return canvas, np.array(boxes, np.float32).reshape(-1, 5), trust

    def place(self, picture, canvas, window, trust, boxes, scales):
        x0, y0, x1, y1 = window
        width, height = x1 - x0, y1 - y0
        pixels, random = picture.pixels, self.random
        high, wide = pixels.shape[:2]
        whole = scales[0] < 0.7 and random.random() < self.whole  # as it will be seen in use
        fit = min(width / wide, height / high)
        scale = fit * (1 if whole else np.exp(random.uniform(*np.log(scales))))
        sx, sy = (scale, scale) if whole else scale * np.exp(random.uniform(-0.12, 0.12, 2))
        slack = np.array([width - wide * sx, height - high * sy])
        shift = np.zeros(2) if whole else slack * random.random(2)
        flip = random.random() < 0.5
        matrix = np.array([[sx, 0, shift[0]], [0, sy, shift[1]]])
        if flip:
            matrix[0] = [-sx, 0, shift[0] + wide * sx]
        if scale < 0.6:
            pixels = cv2.blur(pixels, (2, 2))
        part = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=(PAD,) * 3)
        canvas[y0:y1, x0:x1] = self.coloured(part)
        inside = ((self.centres >= [x0, y0]) & (self.centres < [x1, y1])).all(1)
        trust[inside] = picture.trust

        def moved(rows):
            box = rows[:, 1:] * [wide * sx, high * sy, wide * sx, high * sy]
            if flip:
                box = np.stack([wide * sx - box[:, 2], box[:, 1], wide * sx - box[:, 0], box[:, 3]], 1)
            return box + [shift[0] + x0, shift[1] + y0] * 2

        clip = lambda box: np.clip(box, [x0, y0] * 2, [x1, y1] * 2)
        area = lambda box: (box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])
        for row, box in zip(picture.ignore, clip(moved(picture.ignore))):
            self.forgive(trust, int(row[0]), box, inside)
        full = moved(picture.boxes)
        seen = clip(full)
        share = area(seen) / np.maximum(area(full), 1e-6)
        for row, box, part_seen in zip(picture.boxes, seen, share):
            if part_seen <= 0.02:
                continue
            small = min(box[2] - box[0], box[3] - box[1]) < 3.5
            if part_seen < 0.3 or small:
                self.forgive(trust, -1, box, inside)
            else:
                boxes.append([row[0], *box])

    def paste(self, canvas, trust, boxes):
        """Sets a rendered stall, bin or heap onto the street, its edges blurred into what is there."""
        random = self.random
        picture, row = self.donors[random.integers(len(self.donors))]
        pixels = picture.pixels
        wide, high = picture.size
        margin = 0.08 * (row[3:] - row[1:3])
        x0, y0 = ((row[1:3] - margin).clip(0, 1) * [wide, high]).astype(int)
        x1, y1 = ((row[3:] + margin).clip(0, 1) * [wide, high]).astype(int)
        part = pixels[y0:y1, x0:x1]
        near = picture.folder != "synthetic"  # photographed from closer than a street camera would see it
        scale = np.exp(random.uniform(-1.6, 0) if near else random.uniform(-0.5, 0.5)) * self.width / WIDTH
        scale = min(scale, 0.6 * self.width / part.shape[1], 0.6 * self.height / part.shape[0])
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        high, wide = part.shape[:2]
        if min(high, wide) < 12:
            return
        flip = random.random() < 0.5
        part = self.coloured(part[:, ::-1].copy() if flip else part)
        left = int(random.uniform(0, self.width - wide))
        top = int(np.clip(random.uniform(0.35, 1.0) * self.height - high, 0, self.height - high))
        edge = np.minimum.outer(np.minimum(np.arange(high), np.arange(high)[::-1]), np.minimum(np.arange(wide), np.arange(wide)[::-1]))
        share = ((edge + 1) / (0.08 * min(high, wide) + 1)).clip(0, 1)[..., None]
        under = canvas[top : top + high, left : left + wide]
        under[:] = (part * share + under * (1 - share)).astype(np.uint8)
        patch = np.array([left, top, left + wide, top + high], float)
        for at in range(len(boxes) - 1, -1, -1):
            box = np.array(boxes[at][1:])
            inner = (np.minimum(box[2:], patch[2:]) - np.maximum(box[:2], patch[:2])).clip(0).prod()
            if inner > 0.5 * max((box[2:] - box[:2]).prod(), 1e-6):
                boxes.pop(at)
        inside = ((self.centres > patch[:2]) & (self.centres < patch[2:])).all(1)
        trust[inside] = 1
        size = np.array(picture.size * 2)

        def moved(rows):
            box = (rows[:, 1:] * size - [x0, y0] * 2) * scale
            if flip:
                box = np.stack([wide - box[:, 2], box[:, 1], wide - box[:, 0], box[:, 3]], 1)
            return box

        for other, box in zip(picture.boxes, moved(picture.boxes)):
            seen = np.clip(box, 0, [wide, high] * 2)
            whole, shown = (box[2:] - box[:2]).prod(), (seen[2:] - seen[:2]).prod()
            placed = seen + [left, top] * 2
            if shown > 0.7 * whole and min(seen[2:] - seen[:2]) >= 4:
                boxes.append([other[0], *placed])
            elif shown > 0:
                self.forgive(trust, -1, placed, inside)
        for box in moved(picture.ignore):
            self.forgive(trust, -1, np.clip(box, 0, [wide, high] * 2) + [left, top] * 2, inside)

    def forgive(self, trust, kind, box, inside):
        hit = inside & ((self.centres > box[:2] - 4) & (self.centres < box[2:] + 4)).all(1)
        if kind < 0:
            trust[hit] = 0
        else:
            trust[hit, kind] = 0

    def coloured(self, pixels):
        random = self.random
        gain = random.uniform(0.7, 1.3) * random.uniform(0.92, 1.08, 3)
        gamma = np.exp(random.uniform(-0.35, 0.35))
        base = np.arange(256) / 255.0
        mean = random.uniform(-0.08, 0.08)
        table = np.stack([(base ** gamma * g + mean) * 255 for g in gain], 1).clip(0, 255).astype(np.uint8)
        pixels = cv2.LUT(pixels, table[None])
        chance = random.random()
        if chance < 0.06:
            pixels = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        elif chance < 0.3:
            grey = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
            share = random.uniform(-0.5, 0.6)
            pixels = cv2.addWeighted(pixels, 1 - share, grey, share, 0)
        chance = random.random()
        if chance < 0.06:
            pixels = cv2.GaussianBlur(pixels, (3, 3), 0)
        elif chance < 0.12:
            noise = random.normal(0, random.uniform(3, 14), pixels.shape).astype(np.int16)
            pixels = (pixels + noise).clip(0, 255).astype(np.uint8)
        elif chance < 0.2:
            coded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(random.uniform(25, 70))])[1]
            pixels = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        return pixels


def donors(pictures):
    """What may be cut out and set on another street: (picture, row) of things that the traffic cameras lack."""
    given = ("synthetic", "garbage_cn", "cones_street")
    return [(p, row) for p in pictures if p.folder in given for row in p.boxes
            if row[0] >= 5 and min((row[3:] - row[1:3]) * p.size) >= 20]


class Loader:
    """Batches from a thread of its own; OpenCV lets the interpreter go while it works."""

    def __init__(self, pools, size, batch, seed, plain=False):
        """`pools` is a list of (share, pictures); `plain` shows most pictures as they are in use, for the last stretch."""
        self.maker, self.batch = Maker(*size, seed, donors=[d for _, pictures in pools for d in donors(pictures)]), batch
        if plain:
            self.maker.mosaic, self.maker.pasted, self.maker.whole = 0.1, 0.05, 0.6
        self.shares = np.array([share for share, _ in pools], float)
        self.shares /= self.shares.sum()
        self.pools = []
        for _, pictures in pools:
            weight = np.array([DRAWN.get(p.folder, 1.0) for p in pictures])
            self.pools.append((pictures, np.cumsum(weight / weight.sum())))
        self.queue, self.ended = Queue(4), False
        threading.Thread(target=self.work, daemon=True).start()

    def draw(self):
        random = self.maker.random
        pictures, steps = self.pools[random.choice(len(self.pools), p=self.shares)]
        return pictures[min(int(np.searchsorted(steps, random.random())), len(pictures) - 1)]

    def work(self):
        cv2.setNumThreads(1)
        while not self.ended:
            samples = [self.maker.sample(self.draw) for _ in range(self.batch)]
            pixels = np.stack([s[0] for s in samples])
            rows = [np.concatenate([np.full((len(s[1]), 1), at, np.float32), s[1]], 1) for at, s in enumerate(samples)]
            self.queue.put((pixels, np.concatenate(rows), np.stack([s[2] for s in samples])))

    def end(self):
        self.ended = True
        while not self.queue.empty():
            self.queue.get()
