"""Makes a checkpoint whose weights are the mean of others that began from the same one.

    python mean.py $SCRATCH/before.pt $SCRATCH/after.pt --out $SCRATCH/mean.pt

What one stretch of learning got wrong another did not, and the mean costs no more than one of them (Wortsman et al.,
"Model soups", 2022). Batch norm's statistics are averaged too. Scores come out lower than those of each: choose thresholds anew.
What it writes is for export.py; to go on learning from, it lacks what the optimiser knew.
"""

import argparse

import torch


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoints", nargs="+")
    parser.add_argument("--out", required=True)
    return parser.parse_args()


def mean(states):
    """Of tensors that are no counters; those are the first one's."""
    first = states[0]
    return {
        name: torch.stack([state[name] for state in states]).mean(0) if value.is_floating_point() else value
        for name, value in first.items()
    }


def main():
    options = arguments()
    kept = [torch.load(path, weights_only=True) for path in options.checkpoints]
    weights = mean([one["average"] for one in kept])
    torch.save({"net": weights, "average": weights, "averaged": 0, "step": max(one["step"] for one in kept)}, options.out)
    print(f"{options.out}: the mean of {len(kept)}")


if __name__ == "__main__":
    main()
