"""Which cells answer for which box, and what a wrong answer costs."""

import torch
from torch.nn import functional as F

from net import STRIDES

REACH = 2  # cells to each side of a box's middle that may answer for it
ANSWERS_MAX = 8


def candidates(boxes, width, height):
    """Flat cell index [boxes, tries] of the cells near each box's middle, per stride; -1 outside the picture."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    step = torch.arange(-REACH, REACH + 1)
    rows, columns = torch.meshgrid(step, step, indexing="ij")
    rows, columns = rows.reshape(1, -1), columns.reshape(1, -1)
    parts, first = [], 0
    for stride in STRIDES:
        wide, high = width // stride, height // stride
        x = (middle[:, :1] / stride).long() + columns
        y = (middle[:, 1:] / stride).long() + rows
        inside = (x >= 0) & (x < wide) & (y >= 0) & (y < high)
        parts.append(torch.where(inside, first + y * wide + x, -1))
        first += wide * high
    return torch.cat(parts, 1)


def pair_iou(a, b):
    """(iou, giou) of boxes row by row."""
    inner = (torch.minimum(a[..., 2:], b[..., 2:]) - torch.maximum(a[..., :2], b[..., :2])).clamp(0).prod(-1)
    outer = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).clamp(0).prod(-1)
    area = lambda box: (box[..., 2:] - box[..., :2]).clamp(0).prod(-1)
    union = (area(a) + area(b) - inner).clamp(1e-6)
    return inner / union, inner / union - (outer - union) / outer.clamp(1e-6)


@torch.no_grad()
def assign(logits, predicted, truth, cells, width, height):
    """SimOTA in the neighbourhood of each box: (flat cell over the batch, row of truth) pairs.

    `truth` rows are [picture, class, x0, y0, x1, y1]. A box gets as many cells as its best overlaps add up
    to, the cheapest first; a cell wanted by several boxes goes to the one where it is cheapest.
    """
    box, kind, picture = truth[:, 2:], truth[:, 1].long(), truth[:, 0].long()
    near = candidates(box, width, height)
    valid, at = near >= 0, near.clamp(0)
    guess = predicted[picture[:, None], at]
    iou, _ = pair_iou(guess, box[:, None])
    score = logits[picture[:, None], at, kind[:, None]].sigmoid()
    stride = cells[at, 2]
    middle = (cells[at, :2] + 0.5) * stride[..., None]
    inside = ((middle > box[:, None, :2]) & (middle < box[:, None, 2:])).all(-1)
    size = (box[:, 2:] - box[:, :2]).prod(-1).clamp(1).sqrt()
    misfit = ((size[:, None] / (stride * 4)).log2().abs() - 1).clamp(0)
    off = (middle - ((box[:, :2] + box[:, 2:]) / 2)[:, None]).norm(dim=-1) / stride
    cost = -(iou + 1e-6).log() * 3 - (score + 1e-4).log() + misfit * 2 + off * 0.2 + (~inside) * 20
    cost = cost.masked_fill(~valid, 1e6)
    wanted = (iou * valid).topk(min(10, iou.shape[1]), 1).values.sum(1).long().clamp(1, ANSWERS_MAX)
    cheapest, order = cost.topk(ANSWERS_MAX, 1, largest=False)
    rank = torch.arange(ANSWERS_MAX)[None]
    take = (rank < wanted[:, None]) & ((cheapest < 20) | (rank == 0)) & (cheapest < 1e5)
    which = torch.nonzero(take)
    row = which[:, 0]
    cell = picture[row] * len(cells) + at[row, order[row, which[:, 1]]]
    price = cheapest[row, which[:, 1]]
    least = torch.full((logits.shape[0] * len(cells),), 1e9).scatter_reduce(0, cell, price, "amin")
    won = price <= least[cell]
    return cell[won], row[won]


def loss(logits, offsets_boxes, truth, trust, cells, width, height):
    """(class loss, box loss): varifocal over trusted cells, GIoU over answering cells."""
    classes = logits.shape[-1]
    flat = logits.reshape(-1, classes)
    target = torch.zeros_like(flat)
    weight = 0.75 * flat.detach().sigmoid().square() * trust.reshape(-1, classes)
    if len(truth) == 0:
        return (F.binary_cross_entropy_with_logits(flat, target, reduction="none") * weight).sum(), flat.sum() * 0
    cell, row = assign(logits, offsets_boxes, truth, cells, width, height)
    kind = truth[row, 1].long()
    iou, giou = pair_iou(offsets_boxes.reshape(-1, 4)[cell], truth[row, 2:])
    quality = iou.detach().clamp(0.15, 1)
    target[cell, kind] = quality
    weight[cell, kind] = quality
    total = quality.sum().clamp(1)
    missed = F.binary_cross_entropy_with_logits(flat, target, reduction="none") * weight
    return missed.sum() / total, ((1 - giou) * quality).sum() / total
