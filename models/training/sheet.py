"""A sheet of hits and misses to look at: green found, red missed, yellow found where nothing is labelled.

    python sheet.py MODEL.onnx OUT.png --scratch SCRATCH --material MATERIAL [--rendered DIR] [--set garbage_cn] [--count 24]

Sheets of real pictures stay out of the project: the pictures are their owners'.
"""

import argparse
import os
import tomllib

import cv2
import numpy as np

import data
import evaluate
from net import CLASSES

TILE = (320, 240)


def drawn(model, picture, strong):
    pixels = picture.load().pixels
    found = model.see(pixels)
    found = found[found[:, 1] >= strong[found[:, 0].astype(int)]] if len(found) else found
    scale = min(TILE[0] / pixels.shape[1], TILE[1] / pixels.shape[0])
    image = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    whole = np.array([image.shape[1], image.shape[0]] * 2)
    for kind in range(len(CLASSES)):
        mine, truth = evaluate.of(found, [kind]), evaluate.of(picture.boxes, [kind])
        ignore = picture.ignore[np.isin(picture.ignore[:, 0], (-1, kind))][:, 1:]
        verdicts = evaluate.match(mine, truth[:, 1:], ignore)
        hits = mine[verdicts == 1]
        missed = truth[evaluate.match(np.insert(truth, 1, 1, 1), hits[:, 2:], ignore[:0]) == 0]
        for rows, first, colour in ((mine[verdicts == 0], 2, (0, 220, 255)), (missed, 1, (0, 0, 255)), (hits, 2, (0, 220, 0))):
            for row in rows:
                x0, y0, x1, y1 = (row[first:] * whole).astype(int)
                cv2.rectangle(image, (x0, y0), (x1, y1), colour, 1)
                cv2.putText(image, CLASSES[kind][:6], (x0, max(y0 - 2, 8)), 0, 0.32, colour, 1, cv2.LINE_AA)
    tile = np.zeros((TILE[1], TILE[0], 3), np.uint8)
    tile[: image.shape[0], : image.shape[1]] = image[: TILE[1], : TILE[0]]
    return tile


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--scratch", default="scratch")
    parser.add_argument("--material", default="../../../shared/material")
    parser.add_argument("--rendered")
    parser.add_argument("--set")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--columns", type=int, default=5)
    options = parser.parse_args()
    if options.rendered:
        pictures = [p for p in data.synthetic(options.rendered) if data.held_out(p)]
    else:
        _, pictures = data.everything(options.material, os.path.join(options.scratch, "teacher.json"))
    pictures = [p for p in pictures if options.set in (None, p.folder)]
    step = max(1, len(pictures) // options.count)
    named = tomllib.load(open(os.path.splitext(options.model)[0] + ".toml", "rb"))["thresholds"]
    strong = np.array([named.get(name, named["default"])["strong"] for name in CLASSES])
    model = evaluate.Model(options.model)
    tiles = [drawn(model, picture, strong) for picture in pictures[::step][: options.count]]
    while len(tiles) % options.columns:
        tiles.append(np.zeros_like(tiles[0]))
    rows = [np.hstack(tiles[at : at + options.columns]) for at in range(0, len(tiles), options.columns)]
    cv2.imwrite(options.out, np.vstack(rows))


if __name__ == "__main__":
    main()
