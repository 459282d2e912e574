"""The verifier: a small classifier that is shown, near to, the boxes of kinds that the detector often doubts.

    python verifier.py crops --material MATERIAL --scratch SCRATCH [--part 0/2]   # what the detector sees, and what it is
    python verifier.py train --scratch SCRATCH [--epochs 3]                       # goes on where it stopped
    python verifier.py export --scratch SCRATCH --out ../street_verifier.onnx     # and its part of ../street.toml

Crops come from the real pictures to learn from and from the rendered folders named in SCRATCH/VERIFIED, at their
own sizes; the detector should not have learned from the rendered ones, for it is surer of what it knows. What no
label covers is the last class, "none".
"""

import argparse
import glob
import hashlib
import os
import time
import warnings

import cv2
import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime import quantization
from torch import nn
from torch.nn import functional

import data
from data import CONTEXT, LARGEST, SIDE, crop
from evaluate import VERIFIED, Model, covered
from narrow import narrow
from net import CLASSES, MEAN, SCALE
from teacher import overlap

ASKED = [CLASSES.index(name) for name in ("tricycle", "umbrella", "stall", "garbage", "bin", "overflowing_bin")]
NONE = len(CLASSES)
LEAST = 0.1  # boxes of lower scores are not shown
SEED = 3
FROM = 0.12  # boxes of lower scores are not shown in use


def crops_of(picture, pixels, model, random):
    """Pairs of crop and class: what the detector sees, and the labelled things themselves."""
    known = [int(kind) for kind in picture.known]
    boxes = picture.boxes
    for row in model.see(pixels, least=LEAST):
        kind, box = int(row[0]), row[2:]
        if kind not in ASKED:
            continue
        near = overlap(box, boxes[:, 1:]) if len(boxes) else np.zeros(1)
        if near.max() >= 0.45:
            yield crop(pixels, box), int(boxes[near.argmax(), 0])
        elif near.max() < 0.3 and kind in known and not (len(picture.ignore) and covered(box, picture.ignore[:, 1:]) > 0.4):
            yield crop(pixels, box), NONE
    for row in boxes[np.isin(boxes[:, 0], ASKED)]:
        side = np.tile(row[3:] - row[1:3], 2)
        yield crop(pixels, (row[1:] + random.normal(0, 0.06, 4) * side).clip(0, 1)), int(row[0])


def gather(options):
    part, parts = (int(number) for number in options.part.split("/"))
    model = Model(options.detector)
    real, _ = data.everything(options.material, os.path.join(options.scratch, "teacher.json"))
    folders = open(os.path.join(options.scratch, "VERIFIED")).read().split()
    pictures = [p for p in real if set(p.known) & set(ASKED)] + [p for folder in folders for p in data.synthetic(folder)]
    shown, classes, random = [], [], np.random.default_rng(SEED + part)
    for at, picture in enumerate(pictures[part::parts]):
        for pixels, kind in crops_of(picture, cv2.imread(picture.path), model, random):
            # Most of what stands about is seen in many pictures.
            if picture.folder != "synthetic" or random.random() < options.share:
                shown.append(pixels)
                classes.append(kind)
        if at % 500 == 0:
            print(f"{at} of {len(pictures) // parts} pictures, {len(shown)} crops", flush=True)
    np.savez(os.path.join(options.scratch, f"crops{part}.npz"), shown=np.array(shown, np.uint8), classes=np.array(classes, np.uint8))


def convolved(inputs, outputs, stride):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = convolved(channels, channels, 1)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        return torch.relu(x + self.second(self.first(x)))


def verifier():
    return nn.Sequential(
        convolved(3, 32, 2), Residual(32), convolved(32, 64, 2), Residual(64), convolved(64, 128, 2), Residual(128), Residual(128),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(128, NONE + 1)).to(memory_format=torch.channels_last)


def tensor(pixels):
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float() * SCALE - MEAN


def varied(batch):
    """Mirrored, lighter or darker, noisier, some without colour."""
    one = lambda: torch.rand(len(batch), 1, 1, 1)
    batch = torch.where(one() < 0.5, batch.flip(3), batch)
    batch = batch * (0.75 + 0.5 * one()) + 0.28 * torch.randn(len(batch), 1, 1, 1)
    batch = batch + 0.1 * one() * torch.randn_like(batch)
    return torch.where(one() < 0.1, batch.mean(1, keepdim=True), batch)


def learned(scratch):
    """(crops, classes) to learn from and to measure with, in an order that never changes."""
    parts = [np.load(path) for path in sorted(glob.glob(os.path.join(scratch, "crops*.npz")))]
    shown, classes = (np.concatenate([part[name] for part in parts]) for name in ("shown", "classes"))
    order = np.random.default_rng(SEED).permutation(len(shown))
    held = min(4000, len(order) // 10)
    return (shown, classes, order[held:]), (shown, classes, order[:held])


def train(options):
    torch.manual_seed(SEED)
    torch.set_num_threads(options.threads)
    (shown, classes, order), (_, _, held) = learned(options.scratch)
    counts = zip([*CLASSES, "none"], np.bincount(classes, minlength=NONE + 1))
    print(f"{len(order)} crops: " + ", ".join(f"{count} {name}" for name, count in counts), flush=True)
    net, size = verifier(), 128
    steps = len(order) // size * options.epochs
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    path, step = os.path.join(options.scratch, "verifier.pt"), 0
    if os.path.exists(path):
        kept = torch.load(path, weights_only=True)
        net.load_state_dict(kept["net"])
        optimiser.load_state_dict(kept["optimiser"])
        schedule.load_state_dict(kept["schedule"])
        step = kept["step"]
    begun, loss_mean = time.time(), None
    while step < steps:
        epoch, at = divmod(step, len(order) // size)
        now = np.random.default_rng(SEED + epoch).permutation(order)[at * size :][:size]
        net.train()
        with torch.autocast("cpu", torch.bfloat16):
            batch = varied(tensor(shown[now])).contiguous(memory_format=torch.channels_last)
            answer = net(batch)
        loss = functional.cross_entropy(answer.float(), torch.from_numpy(classes[now]).long(), label_smoothing=0.05)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        step += 1
        loss_mean = loss.item() if loss_mean is None else 0.99 * loss_mean + 0.01 * loss.item()
        if step % 200 == 0 or step == steps:
            torch.save({"net": net.state_dict(), "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(), "step": step}, path)
            print(f"{step} of {steps}, loss {loss_mean:.3f}, {time.time() - begun:.0f} s", flush=True)
    net.eval()
    with torch.no_grad():
        told = np.concatenate([net(tensor(shown[held[at : at + 500]])).numpy() for at in range(0, len(held), 500)])
    for kind in [*ASKED, NONE]:
        mine = classes[held] == kind
        print(f"{[*CLASSES, 'none'][kind]}: {mine.sum()} held out, {(told[mine].argmax(1) == kind).mean():.3f} told right")


class Calibration(quantization.CalibrationDataReader):
    def __init__(self, shown):
        self.left = list(shown)

    def get_next(self):
        return {"crops": tensor(self.left.pop()[None]).numpy()} if self.left else None


def export(options):
    """int8 but for the last layer; what comes out is a share a class."""
    net = verifier()
    net.load_state_dict(torch.load(os.path.join(options.scratch, "verifier.pt"), weights_only=True)["net"])
    net.eval()
    wide, ready = (os.path.join(options.scratch, name) for name in ("verifier.fp32.onnx", "verifier.ready.onnx"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            nn.Sequential(net, nn.Softmax(1)).to(memory_format=torch.contiguous_format), torch.zeros(1, 3, SIDE, SIDE), wide, dynamo=False,
            input_names=["crops"], output_names=["shares"], opset_version=17, dynamic_axes={"crops": {0: "batch"}, "shares": {0: "batch"}})
    quantization.shape_inference.quant_pre_process(wide, ready, skip_symbolic_shape=True)
    (shown, classes, order), (_, _, held) = learned(options.scratch)
    quantization.quantize_static(
        ready, options.out, Calibration(shown[order[:400]]), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
        op_types_to_quantize=["Conv", "Add"], activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
        calibrate_method=quantization.CalibrationMethod.MinMax, extra_options={"CalibMovingAverage": True})
    narrow(options.out)
    for path in (wide, options.out):
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        shares = [session.run(None, {"crops": tensor(shown[at][None]).numpy()})[0][0] for at in held]
        right = np.mean(np.argmax(shares, 1) == classes[held])
        print(path, os.path.getsize(path), f"bytes, {right:.3f} of {len(held)} crops told right")
    note(os.path.join(os.path.dirname(options.out), "street.toml"), options.out)


def note(manifest, path):
    """Writes the verifier's part of the detector's manifest, which is its last."""
    head = open(manifest).read().split("\n# A box of one of `kinds`")[0]
    kinds, labels = (", ".join(f'"{name}"' for name in names) for names in ([CLASSES[kind] for kind in VERIFIED], [*CLASSES, "none"]))
    open(manifest, "w").write(f"""{head}
# A box of one of `kinds` that scores `from` or more and has no side longer than `largest` is cut out with what is about it,
# `context` times its longer side, and shown to a second network. Its score becomes the mean of both; the thresholds are for that.
[verifier]
file = "{os.path.basename(path)}"
sha256 = "{hashlib.sha256(open(path, "rb").read()).hexdigest()}"
side = {SIDE} # width and height of its input, in pixels, coloured and normalised as above
context = {CONTEXT}
from = {FROM}
largest = {LARGEST} # in pixels of the first network's input: what is larger than this it sees better itself
kinds = [{kinds}]
labels = [{labels}]
""")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["crops", "train", "export"])
    parser.add_argument("--material", default="../../../shared/material")
    parser.add_argument("--scratch", default="scratch")
    parser.add_argument("--detector", default="../street.onnx")
    parser.add_argument("--part", default="0/1", help="one of so many processes")
    parser.add_argument("--share", type=float, default=0.5, help="of the crops of rendered pictures that are kept")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", default="../street_verifier.onnx")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    {"crops": gather, "train": train, "export": export}[options.what](options)


if __name__ == "__main__":
    main()
