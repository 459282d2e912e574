"""The detector: a dense, anchor-free, single-stage network over strides 8, 16 and 32.

Input is BGR, pixel / 64 - 2: the manifest tells the program so, which scales while it copies anyway.
Training sees logits and boxes in tensor pixels; `Exported` gives the raw offsets that the program's
`yolox` decoder reads. There is no objectness: labels are partial per class, so each class stands alone.
"""

import copy

import torch
from torch import nn
from torch.nn import functional as F

CLASSES = [
    "person", "two_wheeler", "car", "truck", "bus", "tricycle",
    "umbrella", "stall", "garbage", "bin", "overflowing_bin", "cone",
]
STRIDES = (8, 16, 32)
SCALE, MEAN = 1 / 64, 2.0  # exact in binary


class Conv(nn.Module):
    """Convolution, batch norm, ReLU: ReLU because it is free when fused and quantises well."""

    def __init__(self, inputs, outputs, size=3, stride=1, act=True):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03)
        self.act = act

    def forward(self, x):
        x = self.norm(self.conv(x))
        return F.relu(x, inplace=True) if self.act else x


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = Conv(width, width)
        self.second = Conv(width, width)

    def forward(self, x):
        return x + self.second(self.first(x))


class Mix(nn.Module):
    """Cross-stage block: half the channels pass residual steps, half go round them."""

    def __init__(self, inputs, outputs, steps):
        super().__init__()
        half = outputs // 2
        self.round = Conv(inputs, half, 1)
        self.into = Conv(inputs, half, 1)
        self.steps = nn.Sequential(*(Residual(half) for _ in range(steps)))
        self.join = Conv(2 * half, outputs, 1)

    def forward(self, x):
        return self.join(torch.cat([self.round(x), self.steps(self.into(x))], 1))


class Pool(nn.Module):
    """Pyramid pooling: lets the coarsest cells see most of the picture."""

    def __init__(self, inputs, outputs):
        super().__init__()
        half = inputs // 2
        self.into = Conv(inputs, half, 1)
        self.join = Conv(4 * half, outputs, 1)

    def forward(self, x):
        x = self.into(x)
        once = F.max_pool2d(x, 5, 1, 2)
        twice = F.max_pool2d(once, 5, 1, 2)
        return self.join(torch.cat([x, once, twice, F.max_pool2d(twice, 5, 1, 2)], 1))


class Head(nn.Module):
    """Class logits and box offsets of one stride."""

    def __init__(self, inputs, classes):
        super().__init__()
        self.see = Conv(inputs, 64)
        self.place = Conv(inputs, 32)
        self.classes = nn.Conv2d(64, classes, 1)
        self.box = nn.Conv2d(32, 4, 1)
        nn.init.normal_(self.classes.weight, std=0.01)
        nn.init.constant_(self.classes.bias, -4.6)
        nn.init.normal_(self.box.weight, std=0.01)
        with torch.no_grad():
            self.box.bias.copy_(torch.tensor([0.5, 0.5, 1.1, 1.1]))

    def forward(self, x):
        return self.classes(self.see(x)), self.box(self.place(x))


class Net(nn.Module):
    def __init__(self, widths=(16, 32, 64, 128, 192), neck=64, steps=(1, 2, 2, 1), classes=len(CLASSES)):
        super().__init__()
        a, b, c, d, e = widths
        self.stem = Conv(3, a, 3, 2)
        self.to4 = nn.Sequential(Conv(a, b, 3, 2), *([Mix(b, b, steps[0])] if steps[0] else []))
        self.to8 = nn.Sequential(Conv(b, c, 3, 2), Mix(c, c, steps[1]))
        self.to16 = nn.Sequential(Conv(c, d, 3, 2), Mix(d, d, steps[2]))
        self.to32 = nn.Sequential(Conv(d, e, 3, 2), Mix(e, e, steps[3]), Pool(e, d))
        self.down16 = Mix(d + d, 96, 1)
        self.narrow16 = Conv(96, neck, 1)
        self.down8 = Mix(c + neck, neck, 1)
        self.up16 = Conv(neck, neck, 3, 2)
        self.join16 = Mix(neck + 96, 96, 1)
        self.up32 = Conv(96, 96, 3, 2)
        self.join32 = Mix(96 + d, 128, 1)
        self.heads = nn.ModuleList(Head(width, classes) for width in (neck, 96, 128))

    def forward(self, x):
        """From pixels 0-255, per stride: class logits [B, classes, h, w] and box offsets [B, 4, h, w]."""
        return self.levels(x * SCALE - MEAN)

    def levels(self, x):
        at8 = self.to8(self.to4(self.stem(x)))
        at16 = self.to16(at8)
        at32 = self.to32(at16)
        mid = self.down16(torch.cat([F.interpolate(at32, scale_factor=2), at16], 1))
        fine = self.down8(torch.cat([F.interpolate(self.narrow16(mid), scale_factor=2), at8], 1))
        mid = self.join16(torch.cat([self.up16(fine), mid], 1))
        coarse = self.join32(torch.cat([self.up32(mid), at32], 1))
        return [head(level) for head, level in zip(self.heads, (fine, mid, coarse))]


def flat(levels):
    """Logits [B, cells, classes] and offsets [B, cells, 4] over all strides."""
    join = lambda parts: torch.cat([p.flatten(2).transpose(1, 2) for p in parts], 1).float()
    return join([p[0] for p in levels]), join([p[1] for p in levels])


def grid(width, height):
    """Column, row and stride of each cell, [cells, 3], in the order of `flat`."""
    parts = []
    for stride in STRIDES:
        rows, columns = torch.meshgrid(
            torch.arange(height // stride), torch.arange(width // stride), indexing="ij")
        parts.append(torch.stack([columns, rows, torch.full_like(rows, stride)], -1).view(-1, 3))
    return torch.cat(parts).float()


def boxes_in_tensor(offsets, cells):
    """Offsets [..., 4] to x0, y0, x1, y1 in tensor pixels."""
    stride = cells[:, 2:]
    centre = (offsets[..., :2] + cells[:, :2]) * stride
    half = offsets[..., 2:].clamp(-6, 6).exp() * stride / 2
    return torch.cat([centre - half, centre + half], -1)


class Exported(nn.Module):
    """The network as the program reads it: [1, cells, 5 + classes], objectness always 1."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        rows = []
        for logits, offsets in self.net.levels(x):
            one = torch.ones_like(offsets[:, :1])
            rows.append(torch.cat([offsets, one, logits.sigmoid()], 1).flatten(2))
        return torch.cat(rows, 2).transpose(1, 2)


def folded(net):
    """A copy with batch norm folded into the convolutions."""
    net = copy.deepcopy(net).eval()
    for module in net.modules():
        if isinstance(module, Conv) and isinstance(module.norm, nn.BatchNorm2d):
            module.conv = nn.utils.fuse_conv_bn_eval(module.conv, module.norm)
            module.norm = nn.Identity()
    return net
