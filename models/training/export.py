"""Turns a checkpoint into the files that ship: ONNX (fp32, or int8 by static quantisation) and manifest.

    python export.py --scratch SCRATCH --material MATERIAL --out ../street.onnx [--int8] [--thresholds FILE]
"""

import argparse
import hashlib
import json
import os
import warnings

import cv2
import numpy as np
import onnx
import torch
from onnxruntime import quantization

import data
from narrow import narrow
from net import CLASSES, MEAN, SCALE, Exported, Net, folded

CALIBRATION = 240
SEED = 11


def plain(checkpoint, path):
    net = Net()
    kept = torch.load(checkpoint, weights_only=True)
    net.load_state_dict(kept["average"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Exported(folded(net)), torch.zeros(1, 3, data.HEIGHT, data.WIDTH), path, dynamo=False,
            input_names=["images"], output_names=["output"], opset_version=17,
            dynamic_axes={"images": {0: "batch"}, "output": {0: "batch"}})
    return kept["step"]


def halved(path):
    """Keeps the weights as 16-bit floats; ONNX Runtime widens them once, when it loads the file."""
    model = onnx.load(path)
    for weight in list(model.graph.initializer):
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size > 1000:
            small = onnx.numpy_helper.from_array(values.astype(np.float16), weight.name + ".half")
            cast = onnx.helper.make_node("Cast", [small.name], [weight.name], to=onnx.TensorProto.FLOAT)
            model.graph.initializer.remove(weight)
            model.graph.initializer.append(small)
            model.graph.node.insert(0, cast)
    onnx.save(model, path)


def tensor(pixels):
    canvas, _ = data.letterbox(pixels)
    return canvas.transpose(2, 0, 1)[None].astype(np.float32) * SCALE - MEAN


class Calibration(quantization.CalibrationDataReader):
    def __init__(self, pictures):
        random = np.random.default_rng(SEED)
        self.left = [pictures[at] for at in random.permutation(len(pictures))[:CALIBRATION]]

    def get_next(self):
        return {"images": tensor(self.left.pop().load().pixels)} if self.left else None


def quantised(plain_path, path, pictures):
    """int8 but for the last convolutions, whose outputs need their full range."""
    model = onnx.load(plain_path)
    makers = {name: node for node in model.graph.node for name in node.output}
    last = [n.name for n in model.graph.node if n.op_type == "Conv" and "/heads" in n.name
            and (n.name.endswith("/classes/Conv") or n.name.endswith("/box/Conv"))]
    assert len(last) == 6 and makers
    ready = path + ".ready"
    quantization.shape_inference.quant_pre_process(plain_path, ready, skip_symbolic_shape=True)
    quantization.quantize_static(
        ready, path, Calibration(pictures), quant_format=quantization.QuantFormat.QDQ, per_channel=True,
        op_types_to_quantize=["Conv", "MaxPool", "Add", "Concat", "Resize"],
        nodes_to_exclude=last + [n.name for n in model.graph.node if n.op_type == "Concat" and "/" not in n.name.strip("/")],
        activation_type=quantization.QuantType.QUInt8, weight_type=quantization.QuantType.QInt8,
        calibrate_method=quantization.CalibrationMethod.MinMax,
        extra_options={"CalibMovingAverage": True})
    os.remove(ready)
    narrow(path)


def manifest(path, thresholds, note):
    digest = hashlib.sha256(open(path, "rb").read()).hexdigest()
    name = os.path.basename(path)
    labels = ", ".join(f'"{label}"' for label in CLASSES)
    kinds = "\n".join(f'{label} = "{label}"' for label in CLASSES)
    lines = "\n".join(f"{label} = {{ strong = {t[0]:.2f}, weak = {t[1]:.2f} }}" for label, t in thresholds.items())
    text = f"""# Xunjie's own detector of the street: {note}. Card: {name.replace(".onnx", ".md")}; recipe: training/.
file = "{name}"
sha256 = "{digest}"
licence = "Apache-2.0"
family = "yolox"
input = [{data.WIDTH}, {data.HEIGHT}] # width, height in pixels
colour = "bgr"
resize = "letterbox_top_left"
pad = {data.PAD}
labels = [{labels}]
nms_iou = 0.55

# Tensor value = (pixel * scale - mean) / std, a channel each in the order of `colour`.
[normalisation]
scale = {SCALE}
mean = [{MEAN}, {MEAN}, {MEAN}]

# The model's label = our kind.
[kinds]
{kinds}

# From `strong` on a box may begin a stay, which counts once seen so twice, and so on average, of stalls and garbage nine tenths of it; from `weak` on
# it may go on with one. A heap counts once some look saw it with 1.5 times `strong`.
[thresholds]
default = {{ strong = 0.40, weak = 0.15 }}
{lines}
"""
    open(os.path.splitext(path)[0] + ".toml", "w").write(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scratch", default="scratch")
    parser.add_argument("--material", default="../../../shared/material")
    parser.add_argument("--out", default="../street.onnx")
    parser.add_argument("--checkpoint")
    parser.add_argument("--thresholds", help="JSON of evaluate.py: label to [strong, weak]")
    parser.add_argument("--int8", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    wide = options.out if not options.int8 else os.path.join(options.scratch, "fp32.onnx")
    step = plain(options.checkpoint or os.path.join(options.scratch, "checkpoint.pt"), wide)
    if options.int8:
        pictures, _ = data.everything(options.material, os.path.join(options.scratch, "teacher.json"))
        mark = os.path.join(options.scratch, "SYNTHETIC")
        if os.path.exists(mark):
            rendered = [p for folder in open(mark).read().split() for p in data.synthetic(folder)]
            pictures = pictures[:: max(1, len(pictures) // len(rendered))] + rendered
        quantised(wide, options.out, pictures)
    else:
        halved(wide)
    thresholds = json.load(open(options.thresholds)) if options.thresholds else {}
    manifest(options.out, thresholds, "twelve kinds, " + ("int8" if options.int8 else "fp32"))
    print(options.out, "from step", step, os.path.getsize(options.out), "bytes")


if __name__ == "__main__":
    main()
