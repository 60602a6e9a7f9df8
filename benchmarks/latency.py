"""Milliseconds of one series a call, beside PyTorch's GRU on one thread, in turns.

    python -m pip install . torch
    python benchmarks/latency.py [--rounds 200] > benchmarks/results/latency.txt

Ours is `TimeNetTransformer.transform`, with checks and normalisation; PyTorch's is the
bare `nn.GRU` of the same size on a tensor that is ready. Medians and the quickest call:
other work on the machine comes and goes.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import torch

from timenet_sklearn import POOLED, TimeNetTransformer

N_UNITS, N_LAYERS = 60, 3
LENGTHS = (24, 128, 512)


def milliseconds(function) -> float:
    started = time.perf_counter()
    function()
    return 1e3 * (time.perf_counter() - started)


def contestants(n_timepoints: int) -> dict:
    """Functions that embed one and the same series."""
    series = np.random.default_rng(0).normal(size=(1, n_timepoints))
    final = TimeNetTransformer(weights="ucr18").fit(series)
    pooled = TimeNetTransformer(weights="ucr18-pooled", pooling=POOLED).fit(series)
    gru = torch.nn.GRU(1, N_UNITS, N_LAYERS, batch_first=True)
    tensor = torch.from_numpy(series.astype(np.float32))[..., None]

    def run_torch():
        with torch.inference_mode():
            gru(tensor)

    return {
        "torch nn.GRU": run_torch,
        "final states": lambda: final.transform(series),
        "POOLED": lambda: pooled.transform(series),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    print(
        f"NumPy {np.__version__}, torch {torch.__version__}; milliseconds of one "
        f"series: median, quickest, median as a multiple of torch's"
    )
    for n_timepoints in LENGTHS:
        functions = contestants(n_timepoints)
        times = {name: [] for name in functions}
        for _ in range(rounds):
            for name, function in functions.items():
                times[name].append(milliseconds(function))
        median = {name: np.median(found) for name, found in times.items()}
        for name, found in times.items():
            print(
                f"{n_timepoints:4} steps  {name:14} {median[name]:7.2f} "
                f"{min(found):7.2f} {median[name] / median['torch nn.GRU']:6.2f} x"
            )


if __name__ == "__main__":
    main()
