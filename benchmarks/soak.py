"""A service under load: short calls from many threads, beside PyTorch's GRU.

    python -m pip install . torch
    python benchmarks/soak.py [--calls 20000] > benchmarks/results/soak.txt

A call embeds one to eight series of 20 to 300 steps. The calls are shared among eight
threads, and a part of them is made from one thread; PyTorch's bare `nn.GRU`, on one
thread of its own, gets the same series as packed batches that are ready. Rounds of all
four take turns, since other work on the machine comes and goes. Each of our results is
compared with what one large batch gave, bit for bit.
"""

from __future__ import annotations

import argparse
import itertools
import os
import threading
import time
from pathlib import Path

import numpy as np
import torch

from timenet_sklearn import TimeNetTransformer

N_UNITS, N_LAYERS = 60, 3
N_THREADS, N_ROUNDS, N_KINDS = 8, 10, 200
# Of the calls from eight threads: those of the other contestants.
PART = 0.1


def resident_mb() -> float:
    """Memory of this process, on Linux."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def requests(seed: int = 0) -> list[list[np.ndarray]]:
    """Series of each kind of call."""
    rng = np.random.default_rng(seed)
    return [
        [rng.normal(size=rng.integers(20, 301)) for _ in range(rng.integers(1, 9))]
        for _ in range(N_KINDS)
    ]


def ours(calls):
    """Return a function that makes one of the calls."""
    transformer = TimeNetTransformer(weights="ucr18").fit(calls[0])
    together = transformer.transform([one for series in calls for one in series])
    ends = np.cumsum([len(series) for series in calls])[:-1]
    expected = np.split(together, ends)

    def call(kind: int) -> None:
        if not np.array_equal(transformer.transform(calls[kind]), expected[kind]):
            raise AssertionError(f"call {kind} has other bits than in one batch")

    return call


def torchs(calls):
    """Do the same by PyTorch, without checks and normalisation."""
    gru = torch.nn.GRU(1, N_UNITS, N_LAYERS)
    batches = [
        torch.nn.utils.rnn.pack_sequence(
            [torch.from_numpy(one.astype(np.float32))[:, None] for one in series],
            enforce_sorted=False,
        )
        for series in calls
    ]

    def call(kind: int) -> None:
        with torch.inference_mode():
            gru(batches[kind])

    return call


def run(call, n_calls: int, n_threads: int) -> tuple[float, list[float]]:
    """Seconds of all calls, and milliseconds of each."""
    kinds, times = itertools.cycle(range(N_KINDS)), [[] for _ in range(n_threads)]
    todo, lock = iter(range(n_calls)), threading.Lock()

    def work(mine: list[float]) -> None:
        while True:
            with lock:
                if next(todo, None) is None:
                    return
                kind = next(kinds)
            started = time.perf_counter()
            call(kind)
            mine.append(1e3 * (time.perf_counter() - started))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in times]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if sum(map(len, times)) != n_calls:
        raise AssertionError("a thread failed")
    return time.perf_counter() - started, [one for mine in times for one in mine]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    n_calls = parser.parse_args().calls // N_ROUNDS
    torch.set_num_threads(1)
    calls = requests()
    embed, torch_call = ours(calls), torchs(calls)
    contestants = {
        f"timenet_sklearn, {N_THREADS} threads": (embed, n_calls, N_THREADS),
        "timenet_sklearn, 1 thread": (embed, int(PART * n_calls), 1),
        f"torch nn.GRU, {N_THREADS} threads": (torch_call, int(PART * n_calls), 8),
        "torch nn.GRU, 1 thread": (torch_call, int(PART * n_calls), 1),
    }
    rates, times = ({name: [] for name in contestants} for _ in range(2))
    memory = []
    for _ in range(N_ROUNDS):
        for name, (call, number, n_threads) in contestants.items():
            seconds, found = run(call, number, n_threads)
            rates[name].append(number / seconds)
            times[name] += found
        memory.append(resident_mb())
    print(
        f"{os.cpu_count()} CPUs, NumPy {np.__version__}, torch {torch.__version__}; "
        f"calls of 1 to 8 series of 20 to 300 steps, {n_calls * N_ROUNDS} of them from "
        f"{N_THREADS} threads"
    )
    for name, found in times.items():
        median, high = np.percentile(found, [50, 99])
        print(
            f"{name:28} {np.median(rates[name]):7.1f} calls a second, median "
            f"{median:7.1f} ms, 99th percentile {high:7.1f} ms"
        )
    print(
        f"memory after each round, MB: {', '.join(f'{one:.0f}' for one in memory)}; "
        f"grown by {memory[-1] - memory[0]:.1f}"
    )


if __name__ == "__main__":
    main()
