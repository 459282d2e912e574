"""Trains for a stretch of wall-clock time; may be stopped and started again at any moment.

    python train.py --until 07:50 --workers 2

Each worker is a process with one thread that takes its part of each batch, and gradients are averaged:
two threads in one process make the backward pass of oneDNN four times as dear (seen with torch 2.15).

Pictures are read before the processes part, so that all share them in memory.

Files in the scratch folder (`--scratch`): `teacher.json` from teacher.py, `checkpoint.pt` kept every few
minutes, `SYNTHETIC` naming folders of rendered pictures, `UNTIL` with another HH:MM.
"""

import argparse
import copy
import os
import time
from datetime import datetime

import cv2
import numpy as np
import torch
from torch import distributed

import data
from loss import loss
from net import Net, boxes_in_tensor, flat, grid


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scratch", default="scratch")
    parser.add_argument("--material", default="../../../shared/material")
    parser.add_argument("--until", default="07:50", help="HH:MM today, when the rate of learning reaches its end")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--synthetic-share", type=float, default=0.5)
    parser.add_argument("--small", type=float, default=0.6, help="share of the time with small pictures; 0 to go on from a finished run")
    parser.add_argument("--from-share", type=float, help="go on as if this share of the time were spent: how high the rate of learning is when a finished run goes on")
    parser.add_argument("--epoch", type=int, default=150, help="steps between checkpoints")
    return parser.parse_args()


class Clock:
    """How much of the time is spent; the end may be moved while training."""

    def __init__(self, options, begun):
        self.options, self.begun = options, begun

    def end(self):
        path = os.path.join(self.options.scratch, "UNTIL")
        text = open(path).read().strip() if os.path.exists(path) else self.options.until
        hour, minute = map(int, text.split(":"))
        return datetime.now().replace(hour=hour, minute=minute, second=0).timestamp()

    def share(self):
        return min(1.0, (time.time() - self.begun) / max(self.end() - self.begun, 1))


def rate_at(share, step, peak):
    """Warm-up over 300 steps, then a long plateau falling along a cosine to a fiftieth."""
    fall = 0.5 * (1 + np.cos(np.pi * max(0.0, share - 0.15) / 0.85))
    return float(peak * min(1.0, (step + 1) / 300) * (0.02 + 0.98 * fall))


def size_at(share, small):
    """Smaller pictures first: most is learned as well there, in half the time."""
    return (384, 256) if share < small else (data.WIDTH, data.HEIGHT)


class Average:
    """The running mean of the weights, which is what ships."""

    def __init__(self, net):
        self.net, self.steps = copy.deepcopy(net).eval(), 0

    @torch.no_grad()
    def follow(self, net):
        self.steps += 1
        keep = min(0.9985, self.steps / (self.steps + 30))
        for mine, theirs in zip(self.net.state_dict().values(), net.state_dict().values()):
            mine.copy_(theirs) if not mine.is_floating_point() else mine.lerp_(theirs, 1 - keep)


def save(path, **state):
    torch.save(state, path + ".part")
    os.replace(path + ".part", path)


def main():
    options = arguments()
    cv2.setNumThreads(1)
    pictures, held = data.everything(options.material, os.path.join(options.scratch, "teacher.json"))
    print(f"{len(pictures)} real pictures to train on, {len(held)} held out", flush=True)
    mark = os.path.join(options.scratch, "SYNTHETIC")
    folders = open(mark).read().split() if os.path.exists(mark) else []
    rendered = [p for folder in folders for p in data.synthetic(folder) if not data.held_out(p)]
    print(f"{len(rendered)} rendered pictures from {folders}", flush=True)
    data.load_all(pictures + rendered)
    pools = [(1.0, pictures)]
    if rendered:
        pools = [(1 - options.synthetic_share, pictures), (options.synthetic_share, rendered)]
    torch.multiprocessing.start_processes(work, (options, pools), options.workers, start_method="fork")


def work(rank, options, pools):
    """One worker; the first also keeps the running mean, the checkpoint and the log."""
    torch.manual_seed(7)
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", f"file://{os.path.abspath(options.scratch)}/meet.{os.getppid()}", rank=rank, world_size=options.workers)
    path = os.path.join(options.scratch, "checkpoint.pt")
    net = Net().to(memory_format=torch.channels_last)
    decay = [p for p in net.parameters() if p.ndim > 1]
    plain = [p for p in net.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW([{"params": decay, "weight_decay": 0.03}, {"params": plain, "weight_decay": 0}], lr=1e-3)
    average, step, begun = Average(net), 0, time.time()
    if os.path.exists(path):
        kept = torch.load(path, weights_only=True)
        net.load_state_dict(kept["net"])
        average.net.load_state_dict(kept["average"])
        if "optimiser" in kept:  # not in a revived one
            optimiser.load_state_dict(kept["optimiser"])
        average.steps, step, begun = kept["averaged"], kept["step"], kept["begun"]
    clock = Clock(options, begun)
    if options.from_share:
        clock.begun = (time.time() - options.from_share * clock.end()) / (1 - options.from_share)
    say(rank, f"from step {step}")
    while (share := agreed(clock.share())) < 1:
        loader = data.Loader(pools, size_at(share, options.small), options.batch // options.workers,
                             seed=2 * step + rank, plain=share > 0.85)
        epoch(rank, options, share, net, average, optimiser, loader, step)
        step += options.epoch
        if rank == 0:
            save(path, net=net.state_dict(), average=average.net.state_dict(), optimiser=optimiser.state_dict(),
                 averaged=average.steps, step=step, begun=clock.begun)
    say(rank, f"done at step {step}")


def say(rank, line):
    if rank == 0:
        print(line, flush=True)


def agreed(share):
    """The first worker's clock counts for all, or their weights would drift apart."""
    share = torch.tensor(share, dtype=torch.float64)
    distributed.broadcast(share, 0)
    return share.item()


def average_gradients(net):
    gradients = [p.grad for p in net.parameters()]
    whole = torch.cat([g.flatten() for g in gradients])
    distributed.all_reduce(whole)
    whole /= distributed.get_world_size()
    at = 0
    for gradient in gradients:
        gradient.copy_(whole[at : at + gradient.numel()].view(gradient.shape))
        at += gradient.numel()


def epoch(rank, options, share, net, average, optimiser, loader, step):
    width, height = loader.maker.width, loader.maker.height
    cells = grid(width, height)
    net.train()
    sums, started = np.zeros(3), time.time()
    for at in range(options.epoch):
        pixels, truth, trust = loader.queue.get()
        image = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)
        truth, trust = torch.from_numpy(truth), torch.from_numpy(trust)
        with torch.autocast("cpu", torch.bfloat16):
            levels = net(image)
        logits, offsets = flat(levels)
        kinds, places = loss(logits, boxes_in_tensor(offsets, cells), truth, trust, cells, width, height)
        for group in optimiser.param_groups:
            group["lr"] = rate_at(share, step + at, options.rate)
        optimiser.zero_grad(set_to_none=False)
        (kinds + 2 * places).backward()
        average_gradients(net)
        norm = torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        if torch.isfinite(norm):
            optimiser.step()
            if rank == 0:
                average.follow(net)
        sums += [kinds.item(), places.item(), float(norm)]
    loader.end()
    mean, speed = sums / options.epoch, options.epoch * options.batch / (time.time() - started)
    say(rank, f"{datetime.now():%H:%M:%S} step {step + options.epoch} {width}x{height} share {share:.3f} "
        f"kinds {mean[0]:.3f} places {mean[1]:.3f} norm {mean[2]:.2f} {speed:.1f} pictures/s")


if __name__ == "__main__":
    main()
