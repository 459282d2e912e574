"""Makes a checkpoint out of a shipped ONNX file, to go on learning where the checkpoint is gone.

    python revive.py ../street.onnx --material MATERIAL --scratch SCRATCH

Weights come back as the int8 ones stand for, batch norm as statistics of training samples show it: the revived
network answers as the shipped one does in floating point, and learns as it did. What the optimiser knew is lost.
"""

import argparse
import os
import time

import onnx
import torch
from onnx import numpy_helper
from torch import nn

import data
from net import Conv, Net

BATCHES, BATCH = 24, 8


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--scratch", default="scratch")
    parser.add_argument("--material", default="../../../shared/material")
    return parser.parse_args()


def tensors(path):
    """The weights and biases by their names in the network, in floating point."""
    kept = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(path).graph.initializer}
    found = {name.removeprefix("net."): values for name, values in kept.items() if name.endswith((".weight", ".bias"))}
    for name, values in kept.items():
        if name.endswith("_quantized"):
            plain = name.removesuffix("_quantized")
            scale = kept.get(plain + "_scale", kept.get(name + "_scale")).reshape(-1, *[1] * (values.ndim - 1))
            found[plain.removeprefix("net.")] = values.astype("float32") * scale
    return {name: torch.from_numpy(values.astype("float32")) for name, values in found.items()}


def filled(net, weights):
    """The network with these weights, and batch norm that only adds the bias."""
    for name, module in net.named_modules():
        if isinstance(module, Conv):
            module.conv.weight.data.copy_(weights.pop(f"{name}.conv.weight"))
            module.norm.weight.data.fill_((1 + module.norm.eps) ** 0.5)
            module.norm.bias.data.copy_(weights.pop(f"{name}.conv.bias"))
        elif isinstance(module, nn.Conv2d) and not name.endswith(".conv"):
            module.weight.data.copy_(weights.pop(f"{name}.weight"))
            module.bias.data.copy_(weights.pop(f"{name}.bias"))
    assert not weights, f"weights without a place: {sorted(weights)}"
    return net.eval()


@torch.no_grad()
def normalised(net, batches):
    """The same function, its batch norm holding the mean and variance of what goes into it."""
    sums = {}

    def count(norm, inputs):
        values = inputs[0].double().transpose(0, 1).flatten(1)
        seen, total, squares = sums.get(norm, (0, 0, 0))
        sums[norm] = seen + values.shape[1], total + values.sum(1), squares + values.square().sum(1)

    norms = [module.norm for module in net.modules() if isinstance(module, Conv)]
    hooks = [norm.register_forward_pre_hook(count) for norm in norms]
    for image in batches:
        net(image)
    for hook in hooks:
        hook.remove()
    for norm in norms:
        seen, total, squares = sums[norm]
        mean = total / seen
        variance = (squares / seen - mean.square()).clamp(0)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.copy_((variance + norm.eps).sqrt())
        norm.bias.add_(mean)
    return net


def main():
    options = arguments()
    path = os.path.join(options.scratch, "checkpoint.pt")
    assert not os.path.exists(path), f"{path} exists: train.py goes on from it"
    net = filled(Net(), tensors(options.model))
    pictures, _ = data.everything(options.material, os.path.join(options.scratch, "teacher.json"))
    pictures = pictures[:: max(1, len(pictures) // (BATCHES * BATCH))]
    data.load_all(pictures)
    loader = data.Loader([(1.0, pictures)], (data.WIDTH, data.HEIGHT), BATCH, seed=1)
    batches = [torch.from_numpy(loader.queue.get()[0]).permute(0, 3, 1, 2).float() for _ in range(BATCHES)]
    loader.end()
    with torch.no_grad():
        before = net(batches[0])
        off = max((a - b).abs().max().item() for old, new in zip(before, normalised(net, batches)(batches[0])) for a, b in zip(old, new))
    state = net.state_dict()
    torch.save({"net": state, "average": state, "averaged": 0, "step": 0, "begun": time.time()}, path)
    print(f"{path} from {options.model}; batch norm changed no output by more than {off:.5f}")


if __name__ == "__main__":
    main()
