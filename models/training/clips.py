"""Pictures to learn from out of rendered clips: as the program sees them, coded and decoded.

    xunjie sim render --all --seeds 101..104 --fps 1 --truth -o CLIPS
    python clips.py CLIPS OUT [--every 6]

Writes OUT/images, OUT/labels and OUT/ignore, as `xunjie sim pictures` does. Seeds that figures are taken
from must not be among them.
"""

import argparse
import glob
import json
import os

import cv2

from net import CLASSES

# As in `xunjie sim pictures`: what is seen less of, or is smaller, counts neither way.
VISIBLE_LEAST, SIDE_LEAST, SLIVER = 0.35, 8, 0.03
# Of a camera that sees nothing, or another place, the truth still tells what is there.
BLIND = ("camera_", "covered_")


def rows(things, width, height):
    """Lines of known and of ignored boxes."""
    known, ignored = [], []
    for thing in things:
        if thing["kind"] is None or thing["whole_box"] is None or thing["visible"] < SLIVER:
            continue
        x0, y0, x1, y1 = thing["box"]
        a, b, c, d = thing["whole_box"]
        inside = (x1 - x0) * (y1 - y0) / max((c - a) * (d - b), 1e-9)
        plain = thing["visible"] >= VISIBLE_LEAST and inside >= 0.3 * thing["visible"]
        plain = plain and min((x1 - x0) * width, (y1 - y0) * height) >= SIDE_LEAST
        line = f"{CLASSES.index(thing['kind'])} {(x0 + x1) / 2:.5f} {(y0 + y1) / 2:.5f} {x1 - x0:.5f} {y1 - y0:.5f}"
        (known if plain else ignored).append(line)
        if thing["kind"] == "stall" and "Umbrella" in thing["thing"]:
            # The truth has no box of the umbrella alone, so the upper half may be one.
            ignored.append(f"{CLASSES.index('umbrella')} {(x0 + x1) / 2:.5f} {y0 + (y1 - y0) / 4:.5f} {x1 - x0:.5f} {(y1 - y0) / 2:.5f}")
    return known, ignored


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clips")
    parser.add_argument("out")
    parser.add_argument("--every", type=int, default=6, help="one picture of so many is taken")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for folder in ("images", "labels", "ignore"):
        os.makedirs(f"{options.out}/{folder}", exist_ok=True)
    taken = 0
    for path in sorted(glob.glob(f"{options.clips}/*.jsonl")):
        stem = os.path.basename(path)[:-6]
        if stem.startswith(BLIND) or os.path.exists(f"{options.out}/images/{stem}-0000.jpg"):
            continue
        clip = cv2.VideoCapture(f"{options.clips}/{stem}.mp4")
        for at, line in enumerate(open(path)):
            good, pixels = clip.read()
            if not good:
                break
            if at % options.every:
                continue
            known, ignored = rows(json.loads(line)["things"], pixels.shape[1], pixels.shape[0])
            name = f"{stem}-{at:04}"
            cv2.imwrite(f"{options.out}/images/{name}.jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 95])
            for folder, lines in (("labels", known), ("ignore", ignored)):
                with open(f"{options.out}/{folder}/{name}.txt", "w") as out:
                    out.write("".join(line + "\n" for line in lines))
            taken += 1
    print(f"{taken} pictures in {options.out}")


if __name__ == "__main__":
    main()
