"""Errors of frozen encoders, by family of data sets: which weights, which features.

    python -m benchmarks.accuracy --data-dir DIR WEIGHTS ...
    python -m benchmarks.accuracy --data-dir DIR --test WEIGHTS ...
    python -m benchmarks.accuracy

Appends to ``benchmarks/results/accuracy.csv`` what is not there yet, a line for each
weights, data set, features and draw, and prints the mean errors in it: wherever weights
are to be chosen, or compared with your own. Sets that DIR lacks are left out. Families:
"18" and "6", the paper's pre-training and validation sets, also with a split drawn anew
(draw 1); "long", sets of 720 steps and more; "channels", multivariate ones;
"regression", whose error is the RMSE over that of the mean. The paper's test sets, "22"
and the "14" of them whose split is the same in both archives, are not for choosing:
``--test``, once, at the end. Wins and ties are against the DTW-C that the paper
published.

"final" and "pooled" are the paper's SVC on the final states and on `POOLED`, "pooled,
ridge" is a ridge on the latter, "estimator" is `TimeNetClassifier` or
`TimeNetRegressor` as they are by default. "seconds", of one core, are for the families
that one chooses on.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeClassifierCV, RidgeCV
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.jobs.data import (
    load,
    long_sets,
    multivariate_sets,
    regression_sets,
    short_sets,
)
from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.classification import TimeNetClassifier
from timenet_sklearn.datasets import (
    PRETRAINING_SETS,
    SWAPPED_IN_2018,
    VALIDATION_SETS,
    Dataset,
)
from timenet_sklearn.demo import DEMO_SETS
from timenet_sklearn.regression import TimeNetRegressor
from timenet_sklearn.table1.protocol import tn_c
from timenet_sklearn.table1.published import published
from timenet_sklearn.table1.summary import count_wins

RESULTS = Path(__file__).parent / "results" / "accuracy.csv"
KEYS = ["weights", "sha256", "family", "dataset", "features", "draw"]
ALPHAS = np.logspace(-3, 5, 17)

Predict = Callable[[Dataset, str], Any]


def ridge(data: Dataset, weights: str) -> Any:
    """Predict labels, or numbers, by a ridge on `POOLED`."""
    numbers = np.issubdtype(data.y_train.dtype, np.floating)
    head = RidgeCV(ALPHAS) if numbers else RidgeClassifierCV(ALPHAS)
    encoder = TimeNetTransformer(weights=weights, pooling=POOLED)
    model = make_pipeline(encoder, StandardScaler(), head)
    return model.fit(data.X_train, data.y_train).predict(data.X_test)


def estimator(data: Dataset, weights: str) -> Any:
    """Predict by `TimeNetClassifier` or `TimeNetRegressor`."""
    numbers = np.issubdtype(data.y_train.dtype, np.floating)
    model = (TimeNetRegressor if numbers else TimeNetClassifier)(weights=weights)
    return model.fit(data.X_train, data.y_train).predict(data.X_test)


def svc(pooling: str | tuple[str, ...]) -> Predict:
    return lambda data, weights: tn_c(data, weights=weights, pooling=pooling).labels


FEATURES: dict[str, Predict] = {
    "final": svc("last"),
    "pooled": svc(POOLED),
    "pooled, ridge": ridge,
    "estimator": estimator,
}
FOR_NUMBERS = ("pooled, ridge", "estimator")
CHOOSING = ("18", "6", "long", "channels", "regression")


def sets(family: str, data_dir: Path) -> list[str]:
    """Name the sets of a family that are there."""
    if family == "22":
        return short_sets(data_dir)
    listed = {
        "18": lambda _: PRETRAINING_SETS,
        "6": lambda _: VALIDATION_SETS,
        "long": long_sets,
        "channels": multivariate_sets,
        "regression": regression_sets,
    }[family](data_dir)
    folders = [data_dir / name for name in ("ucr", "ucr/extra", "uea", "tser")]
    return [
        name
        for name in listed
        # what comes with sktime is for the demo: nothing is chosen on it
        if name not in DEMO_SETS
        and any((folder / f"{name}.npz").exists() for folder in folders)
    ]


def redraw(data: Dataset) -> Dataset:
    """Draw training and test part anew, the training part as large as before."""
    X = np.concatenate([data.X_train, data.X_test])
    y = np.concatenate([data.y_train, data.y_test])
    # Two series a class, so that there is something to cross-validate.
    n_train = max(len(data.y_train), 2 * len(np.unique(y)))
    splitter = StratifiedShuffleSplit(1, train_size=n_train, random_state=1)
    train, test = next(splitter.split(X, y))
    return Dataset(data.name, X[train], y[train], X[test], y[test])


def tasks(
    family: str, features: Sequence[str], data_dir: Path
) -> Iterator[tuple[Dataset, str, int]]:
    """Yield data sets of a family, features to try on them, and the draw."""
    for name in sets(family, data_dir):
        data = load(name, data_dir)
        for draw in (0, 1) if family in ("18", "6") else (0,):
            part = redraw(data) if draw else data
            for kind in features:
                if family != "regression" or kind in FOR_NUMBERS:
                    yield part, kind, draw


def error_of(predicted: Any, data: Dataset) -> float:
    if not np.issubdtype(data.y_test.dtype, np.floating):
        return float(np.mean(predicted != data.y_test))
    squares = [np.square(p - data.y_test) for p in (predicted, data.y_train.mean())]
    return float(np.sqrt(squares[0].mean() / squares[1].mean()))


def run(
    weights: str, families: Sequence[str], chosen: Sequence[str], data_dir: Path
) -> None:
    """Measure what is not in the results yet."""
    done = set(read()[KEYS].itertuples(index=False, name=None))
    encoder = TimeNetTransformer(weights=weights).fit(np.zeros((1, 1, 24)))
    identity = (Path(weights).name, encoder.fingerprint()["weights"][:8])
    for family in families:
        for data, features, draw in tasks(family, chosen, data_dir):
            key = (*identity, family, data.name, features, str(draw))
            if key in done:
                continue
            started = time.process_time()
            predicted = FEATURES[features](data, weights)
            seconds = time.process_time() - started
            write(key, error_of(predicted, data), seconds)
        print(identity[0], family, flush=True)


def read() -> pd.DataFrame:
    """Read the results: keys as text, errors and seconds as numbers."""
    if not RESULTS.exists():
        return pd.DataFrame(columns=[*KEYS, "error", "seconds"])
    return pd.read_csv(RESULTS, dtype=dict.fromkeys(KEYS, str)).fillna({"sha256": ""})


def write(key: tuple[str, ...], error: float, seconds: float) -> None:
    new = not RESULTS.exists()
    with RESULTS.open("a", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        if new:
            writer.writerow([*KEYS, "error", "seconds"])
        writer.writerow([*key, f"{error:.4f}", f"{seconds:.1f}"])


COLUMNS = (*CHOOSING, "seconds", "22", "wins", "14")
LINE = "{:21} {:14}" + " {:>6} {:>6} {:>6} {:>8} {:>10} {:>7} {:>6} {:>6} {:>6}"


def report() -> None:
    """Print the mean errors of each weights and features."""
    print(LINE.format("weights", "features", *COLUMNS))
    groups = read().groupby(["weights", "sha256", "features"], sort=False)
    for (weights, _, features), rows in groups:
        cells = summarise(rows)
        print(LINE.format(weights, features, *(cells.get(c, "-") for c in COLUMNS)))


def summarise(rows: pd.DataFrame) -> dict[str, str]:
    """Summarise the results of one encoder and one kind of features, by column."""
    families = rows.groupby("family")
    cells = {name: f"{error:.3f}" for name, error in families["error"].mean().items()}
    test = rows[rows.family == "22"].set_index("dataset")["error"]
    if len(test):
        same = test[~test.index.isin(SWAPPED_IN_2018)]
        cells |= {
            "wins": str(count_wins(test, published()["DTW-C"])),
            "14": f"{same.mean():.3f}",
        }
    if rows.seconds.notna().all():
        cells["seconds"] = f"{rows.seconds[rows.family != '22'].sum():.0f}"
    return cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("weights", nargs="*", metavar="WEIGHTS")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--test", action="store_true", help="on the paper's test sets")
    parser.add_argument("--families", nargs="+", choices=CHOOSING, default=CHOOSING)
    parser.add_argument("--features", nargs="+", choices=FEATURES, default=[*FEATURES])
    arguments = parser.parse_args()
    if arguments.weights and arguments.data_dir is None:
        parser.error("--data-dir: where are the data sets?")
    for weights in arguments.weights:
        families = ("22",) if arguments.test else arguments.families
        run(weights, families, arguments.features, arguments.data_dir)
    report()


if __name__ == "__main__":
    main()
