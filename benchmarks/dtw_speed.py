"""Speed of DTW-1NN beside aeon's, in one run; and of the whole search on large sets.

aeon is no dependency of the package: it wants an environment of its own.

    python -m venv aeon-env && aeon-env/bin/pip install aeon ".[sktime]"
    export OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1
    aeon-env/bin/python benchmarks/dtw_speed.py --data-dir UCR [--rounds 3]
    aeon-env/bin/python benchmarks/dtw_speed.py --data-dir UCR --whole NAME ...

"search" is the window (0 to 20 % of the length) by leave-one-out on the training part:
ours is `DTW1NN().fit`; aeon has none, so that it computes all training distances for
each window in turn, of which the first of the least ones votes, as in ours. "predict"
is the test part with the window found: `DTW1NN(window)` and aeon's
`KNeighborsTimeSeriesClassifier`. Both are told the same bands in time steps, and run on
one thread. The median over the rounds, in which the two take turns, is of CPU seconds:
these do not count other work on the machine. Where "rows" is less than the set has, it
is those rows of each part, evenly spaced. "windows" are the two found, in percent;
"labels", test series on which the two agree.

``--whole`` times the search alone, on all training series, and the prediction of
100 test series, evenly spaced; it does not need aeon.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import resource
import time
from pathlib import Path

import numpy as np

from timenet_sklearn.baselines import (
    DTW1NN,
    WINDOW_GRID,
    as_sktime_panel,
    warping_radius,
)
from timenet_sklearn.table1.sets import find_sets

#: Rows of each part, or all of a smaller one.
ROWS = {
    "ItalyPowerDemand": 1100,
    "SyntheticControl": 300,
    "ECGFiveDays": 900,
    "SwedishLeaf": 200,
    "CricketX": 80,
    "ElectricDevices": 300,
    "FordA": 60,
}


def spaced(X, y, n_rows: int):
    rows = np.unique(np.linspace(0, len(y) - 1, min(n_rows, len(y))).astype(int))
    return as_sktime_panel(X[rows]), y[rows]


def load(data_dir: str, name: str, n_rows: int | None = None):
    data = find_sets(Path(data_dir), [name])[0][name]
    train = spaced(data.X_train, data.y_train, n_rows or len(data.y_train))
    return train, spaced(data.X_test, data.y_test, n_rows or 100)


class Ours:
    """What Table 1 runs."""

    def search(self, X, y) -> float:
        return DTW1NN().fit(X, y).window_

    def predict(self, X, y, X_test, window: float):
        return DTW1NN(window).fit(X, y).predict(X_test)


class Aeon:
    """aeon, whose window is a part of the length, rounded down."""

    def search(self, X, y) -> float:
        from aeon.distances import pairwise_distance

        n_steps, errors = X.shape[-1], {}
        for window in WINDOW_GRID:
            radius = warping_radius(window, n_steps)
            if radius not in errors:
                part = as_part(window, n_steps)
                distances = pairwise_distance(X, method="dtw", window=part, n_jobs=1)
                np.fill_diagonal(distances, np.inf)
                errors[radius] = float(np.mean(y[distances.argmin(axis=1)] != y))
        return float(
            min(WINDOW_GRID, key=lambda window: errors[warping_radius(window, n_steps)])
        )

    def predict(self, X, y, X_test, window: float):
        from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier

        return (
            KNeighborsTimeSeriesClassifier(
                distance="dtw",
                n_neighbors=1,
                distance_params={"window": as_part(window, X.shape[-1])},
                n_jobs=1,
            )
            .fit(X, y)
            .predict(X_test)
        )


def as_part(window: float, n_steps: int) -> float:
    # half a step more, that aeon's rounding gives these steps and not one less
    return (warping_radius(window, n_steps) + 0.5) / n_steps


def timed(function, *arguments):
    wall, cpu = time.perf_counter(), time.process_time()
    answer = function(*arguments)
    return answer, time.process_time() - cpu, time.perf_counter() - wall


def compare(data_dir: str, n_rounds: int) -> None:
    print(
        f"\n{'':16} {'rows':>9} {'steps':>5}   {'search, CPU s':^21}  "
        f"{'predict, CPU s':^21}\n{'':16} {'':>9} {'':>5} "
        f"{'ours':>8} {'aeon':>7} {'ratio':>6}  {'ours':>8} {'aeon':>7} {'ratio':>6}"
        f"  windows  labels"
    )
    warm = np.random.default_rng(0).normal(size=(4, 1, 10)), np.array([0, 1, 0, 1])
    for one in (Ours(), Aeon()):  # compiles
        one.search(*warm)
        one.predict(*warm, warm[0], 10)
    for name, n_rows in ROWS.items():
        (X, y), (X_test, _) = load(data_dir, name, n_rows)
        seconds = {}
        for _ in range(n_rounds):
            windows, labels = [], []
            for one in (Ours(), Aeon()):
                kind = type(one).__name__
                window, cpu, _ = timed(one.search, X, y)
                seconds.setdefault((kind, "search"), []).append(cpu)
                windows.append(window)
                answer, cpu, _ = timed(one.predict, X, y, X_test, windows[0])
                seconds.setdefault((kind, "predict"), []).append(cpu)
                labels.append(answer)
        cells = []
        for what in ("search", "predict"):
            ours, aeon = (np.median(seconds[kind, what]) for kind in ("Ours", "Aeon"))
            cells.append(f"{ours:8.2f} {aeon:7.2f} {aeon / ours:5.1f}x")
        same = int((labels[0] == labels[1]).sum())
        print(
            f"{name:16} {f'{len(X)}/{len(X_test)}':>9} {X.shape[-1]:5} "
            f"{'  '.join(cells)}  {windows[0]:3.0f} {windows[1]:3.0f}"
            f"  {same} of {len(X_test)}",
            flush=True,
        )


def whole(data_dir: str, names: list[str]) -> None:
    for name in names:
        (X, y), (X_test, _) = load(data_dir, name)
        classifier, cpu, wall = timed(DTW1NN().fit, X, y)
        print(
            f"\n{name}: {len(X)} training series of {X.shape[-1]} steps\n"
            f"  search  {cpu:7.0f} CPU s, {wall:7.0f} s on the clock; window "
            f"{classifier.window_:.0f} %, leave-one-out error "
            f"{classifier.loo_error_:.4f}",
            flush=True,
        )
        _, cpu, wall = timed(classifier.predict, X_test)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(
            f"  predict {cpu:7.1f} CPU s, {wall:7.1f} s on the clock, "
            f"{len(X_test)} test series; peak memory so far {peak:.1f} GiB",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", required=True, help="folder of the UCR archive")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", nargs="+", metavar="NAME", help="ours on whole sets")
    arguments = parser.parse_args()
    packages = ["dtaidistance", "sktime", "numpy"]
    packages += [] if arguments.whole else ["aeon", "numba"]
    print(", ".join(f"{one} {importlib.metadata.version(one)}" for one in packages))
    if arguments.whole:
        whole(arguments.data_dir, arguments.whole)
    else:
        compare(arguments.data_dir, arguments.rounds)


if __name__ == "__main__":
    main()
