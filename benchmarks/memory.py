"""Memory of embedding 1 million series of 128 steps: bounded by the chunk.

    python benchmarks/memory.py [--n-series 1000000]

Prints the sizes of input and output and the peak of the process above them. The input
is float32 and random; about a minute and a half on two cores.
"""

from __future__ import annotations

import argparse
import resource
import threading
import time

import numpy as np

from timenet_sklearn import TimeNetTransformer


def resident() -> int:
    """Bytes that the process holds now (Linux)."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-series", type=int, default=1_000_000)
    n_series = parser.parse_args().n_series
    encoder = TimeNetTransformer(weights="ucr18")
    encoder.transform(np.zeros((1024, 128)))  # what the code itself needs
    X = np.random.default_rng(0).standard_normal((n_series, 128), dtype=np.float32)

    before, peak, done = resident(), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    embeddings = encoder.transform(X)
    seconds = time.perf_counter() - started
    done.set()
    watcher.join()
    above = peak - before - embeddings.nbytes
    print(
        f"{n_series:,} x 128: input {X.nbytes / 1e6:,.0f} MB, output "
        f"{embeddings.nbytes / 1e6:,.0f} MB, {above / 1e6:,.0f} MB above both; "
        f"{seconds:.0f} s, {n_series * 128 / seconds / 1e6:.2f} million steps a second"
    )


if __name__ == "__main__":
    main()
