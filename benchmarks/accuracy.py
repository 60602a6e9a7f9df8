"""Errors of frozen encoders on the UCR sets: which weights, which pooling.

    python benchmarks/accuracy.py run --data-dir DIR --sets choosing WEIGHTS ...
    python benchmarks/accuracy.py run --data-dir DIR --sets test WEIGHTS ...
    python benchmarks/accuracy.py report

`run` appends to ``benchmarks/results/accuracy.csv`` what is not there yet: a line for
each weights, data set, features and draw. Draw 0 is the split of the 2015 archive,
draw 1 a seeded, stratified one with a training part of the same size. "pooled" is
`timenet_sklearn.POOLED` of today, delete its lines when that changes. "steps" are those
of the first stage of training, "contrast" those of the second. "choices" counts the
pairs of C and gamma that cross-validation had. The sets "choosing" are the 6 validation
and the 18 pre-training sets, on whose labels weights and pooling may be chosen; "test"
are the paper's test sets that are whole in DIR.
`report` prints the mean errors: "training" of the 18, "validation" of the 6; wins and
ties are counted against the DTW-C that the paper published, and "14" are the test sets
whose split is the same in both archives.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedShuffleSplit

from timenet_sklearn import POOLED
from timenet_sklearn._encoder.weights import load_weights
from timenet_sklearn.datasets import (
    PRETRAINING_SETS,
    SWAPPED_IN_2018,
    TEST_SETS,
    VALIDATION_SETS,
    Dataset,
    load_ucr,
)
from timenet_sklearn.table1.protocol import GAMMA, C, tn_c
from timenet_sklearn.table1.published import published
from timenet_sklearn.table1.summary import count_wins

RESULTS = Path(__file__).parent / "results" / "accuracy.csv"
KEYS = (
    "recipe",
    "noise",
    "seed",
    "steps",
    "contrast",
    "choices",
    "sets",
    "dataset",
    "features",
    "draw",
)
FEATURES = {
    "final": "last",
    "last+mean+max+std": ("last", "mean", "max", "std"),
    "pooled before": ("mean", "max", "min", "std", "change"),
    "pooled": POOLED,
}


def draw(data: Dataset, seed: int) -> Dataset:
    """Draw training and test part anew; 0 leaves them as they are."""
    if not seed:
        return data
    X = np.concatenate([data.X_train, data.X_test])
    y = np.concatenate([data.y_train, data.y_test])
    # Two series a class, so that there is something to cross-validate.
    n_train = max(len(data.y_train), 2 * len(np.unique(y)))
    splitter = StratifiedShuffleSplit(1, train_size=n_train, random_state=seed)
    train, test = next(splitter.split(X, y))
    return Dataset(data.name, X[train], y[train], X[test], y[test])


def run(arguments: argparse.Namespace) -> None:
    done = {tuple(row[key] for key in KEYS) for row in read()}
    names = {"choosing": VALIDATION_SETS + PRETRAINING_SETS, "test": TEST_SETS}
    draws = {"choosing": (0, 1), "test": (0,)}[arguments.sets]
    for weights in arguments.weights:
        info = load_weights(weights).info
        first, *more = info["stages"]
        identity = (
            info["name"],
            first["input_noise"],
            info["random_state"],
            first["n_steps"],
            sum(stage["n_steps"] for stage in more),
            len(C) * len(GAMMA),
        )
        for name in names[arguments.sets]:
            try:
                data = load_ucr(name, arguments.data_dir)
            except FileNotFoundError:
                continue  # only a part of it is in ../shared
            for number in draws:
                part = draw(data, number)
                for features, pooling in FEATURES.items():
                    key = (*identity, arguments.sets, name, features, number)
                    if tuple(map(str, key)) in done:
                        continue
                    predicted = tn_c(part, weights=weights, pooling=pooling).labels
                    error = float(np.mean(predicted != part.y_test))
                    write(key, error)
            print(identity, name, flush=True)


def read() -> list[dict[str, str]]:
    if not RESULTS.exists():
        return []
    with RESULTS.open(newline="") as lines:
        return list(csv.DictReader(lines))


def write(key: tuple[object, ...], error: float) -> None:
    new = not RESULTS.exists()
    with RESULTS.open("a", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        if new:
            writer.writerow([*KEYS, "error"])
        writer.writerow([*key, f"{error:.4f}"])


def report(_: argparse.Namespace) -> None:
    """Print the mean errors of each weights and features."""
    by_run: dict[tuple[str, ...], dict[tuple[str, str], list[float]]] = {}
    for row in read():
        run_key = tuple(row[key] for key in (*KEYS[:6], "features"))
        by_set = by_run.setdefault(run_key, {})
        by_set.setdefault((row["sets"], row["dataset"]), []).append(float(row["error"]))
    dtw = published()["DTW-C"]
    print(HEADER)
    for run_key, by_set in sorted(by_run.items()):
        means = {key: float(np.mean(errors)) for key, errors in by_set.items()}
        test = {name: error for (sets, name), error in means.items() if sets == "test"}
        chosen_on = {name: error for (_, name), error in means.items()}
        wins = str(count_wins(pd.Series(test), dtw))
        same = [name for name in test if name not in SWAPPED_IN_2018]
        *run, features = run_key
        columns = (
            mean(chosen_on, PRETRAINING_SETS),
            mean(chosen_on, VALIDATION_SETS),
            mean(test, test),
            wins,
            mean(test, same),
        )
        print(LINE.format(*run, features, *columns))


LINE = "{:6} {:>5} {:>4} {:>5} {:>8} {:>7}  {:17} {:>8} {:>10} {:>6} {:>6} {:>6}"
HEADER = LINE.format(
    *("recipe", "noise", "seed", "steps", "contrast", "choices", "features"),
    *("training", "validation", "test", "wins", "14"),
)


def mean(errors: Mapping[str, float], names: Iterable[str]) -> str:
    chosen = [errors[name] for name in names if name in errors]
    return f"{np.mean(chosen):.3f}" if chosen else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run")
    running.add_argument("weights", nargs="+", metavar="WEIGHTS")
    running.add_argument("--data-dir", required=True)
    running.add_argument("--sets", choices=("choosing", "test"), required=True)
    running.set_defaults(run=run)
    reporting = commands.add_parser("report")
    reporting.set_defaults(run=report)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
