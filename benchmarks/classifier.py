"""TimeNetClassifier and TimeNetRegressor as they come, on whole families of data sets.

    python benchmarks/classifier.py run --shared DIR FAMILY ...
    python benchmarks/classifier.py report

Families: "training" (18) and "validation" (6) of the paper's sets, "long", ten of 720
to 2,844 steps, "multivariate", eight, and "regression", eight: all that the defaults
were chosen on, by their archive's split; and "test", the paper's test sets that are
whole in DIR, to be run once. MiniRocket, of sktime, with RidgeClassifierCV or RidgeCV
runs beside them with ``--minirocket``. `run` appends what is not there yet to
``benchmarks/results/classifier.csv``: the error (of regression the RMSE over that of
predicting the mean) and the seconds of fit and predict, on one thread. `report` prints
means by family, of regression the geometric one. Set OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from timenet_sklearn.classification import TimeNetClassifier
from timenet_sklearn.datasets import PRETRAINING_SETS, TEST_SETS, VALIDATION_SETS
from timenet_sklearn.regression import TimeNetRegressor

RESULTS = Path(__file__).parent / "results" / "classifier.csv"
COLUMNS = ("family", "dataset", "method", "error", "seconds")
LONG = (
    *("EOGHorizontalSignal", "EOGVerticalSignal", "HouseTwenty", "PigAirwayPressure"),
    *("PigArtPressure", "PigCVP", "RefrigerationDevices", "Rock", "ScreenType"),
    "SmallKitchenAppliances",
)
MULTIVARIATE = (
    *("ArticularyWordRecognition", "AtrialFibrillation", "ERing", "FingerMovements"),
    *("Libras", "NATOPS", "RacketSports", "StandWalkJump"),
)
REGRESSION = (
    *("BitcoinSentiment", "CardanoSentiment", "ChilledWaterPredictor", "Covid3Month"),
    *("FloodModeling1", "FloodModeling2", "HotwaterPredictor", "Tecator"),
)
FAMILIES = {
    "training": ("ucr", PRETRAINING_SETS),
    "validation": ("ucr", VALIDATION_SETS),
    "long": ("ucr/extra", LONG),
    "multivariate": ("uea", MULTIVARIATE),
    "regression": ("tser", REGRESSION),
    "test": ("ucr", TEST_SETS),
}


def load(path: Path) -> tuple[Any, ...]:
    with np.load(path) as file:
        parts = [file[name] for name in ("X_train", "y_train", "X_test", "y_test")]
    return tuple(parts)


def timenet(regression: bool, X_train: Any, y_train: Any, X_test: Any) -> Any:
    model = TimeNetRegressor(n_jobs=1) if regression else TimeNetClassifier(n_jobs=1)
    return model.fit(X_train, y_train).predict(X_test)


def minirocket(regression: bool, X_train: Any, y_train: Any, X_test: Any) -> Any:
    from sklearn.linear_model import RidgeClassifierCV, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sktime.transformations.panel.rocket import MiniRocketMultivariate

    panels = [
        X.reshape(len(X), -1, X.shape[-1]).astype(np.float64) for X in (X_train, X_test)
    ]
    # scikit-learn's Pipeline does not take transformers of sktime
    rocket = MiniRocketMultivariate(random_state=0)
    train, test = rocket.fit_transform(panels[0]), rocket.transform(panels[1])
    alphas = np.logspace(-3, 3, 10)
    ridge = RidgeCV(alphas) if regression else RidgeClassifierCV(alphas)
    model = make_pipeline(StandardScaler(with_mean=False), ridge)
    return model.fit(train, y_train).predict(test)


METHODS = {"TimeNet": timenet, "MiniRocket": minirocket}


def score(method: str, regression: bool, data: tuple[Any, ...]) -> tuple[float, float]:
    """Error, and seconds of fit and predict."""
    X_train, y_train, X_test, y_test = data
    started = time.perf_counter()
    predicted = METHODS[method](regression, X_train, y_train, X_test)
    seconds = time.perf_counter() - started
    if not regression:
        return float(np.mean(predicted != y_test)), seconds
    squares = np.square([predicted - y_test, y_train.mean() - y_test]).mean(axis=1)
    return float(np.sqrt(squares[0] / squares[1])), seconds


def read() -> list[dict[str, str]]:
    if not RESULTS.exists():
        return []
    with RESULTS.open(newline="") as lines:
        return list(csv.DictReader(lines))


def jobs(arguments: argparse.Namespace) -> Iterator[tuple[str, str, str, Path]]:
    done = {(row["family"], row["dataset"], row["method"]) for row in read()}
    methods = ["TimeNet", *(["MiniRocket"] if arguments.minirocket else [])]
    for family in arguments.families:
        folder, names = FAMILIES[family]
        for name in names:
            path = arguments.shared / folder / f"{name}.npz"
            for method in methods:
                if path.exists() and (family, name, method) not in done:
                    yield family, name, method, path


def run(arguments: argparse.Namespace) -> None:
    if arguments.minirocket:  # compiles
        rng = np.random.default_rng(0)
        X = rng.standard_normal((20, 1, 50))
        minirocket(False, X, np.arange(20) % 2, X)
    for family, name, method, path in jobs(arguments):
        error, seconds = score(method, family == "regression", load(path))
        new = not RESULTS.exists()
        with RESULTS.open("a", newline="") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            if new:
                writer.writerow(COLUMNS)
            writer.writerow([family, name, method, f"{error:.4f}", f"{seconds:.2f}"])
        print(
            f"{family:12} {name:30} {method:10} {error:.4f} {seconds:7.1f}", flush=True
        )


def report(_: argparse.Namespace) -> None:
    """Print mean errors and sums of seconds by family and method."""
    rows = read()
    print(f"{'family':12} {'method':10} sets   error  seconds")
    for key in dict.fromkeys((row["family"], row["method"]) for row in rows):
        chosen = [row for row in rows if (row["family"], row["method"]) == key]
        errors = np.array([float(row["error"]) for row in chosen])
        mean = (
            np.exp(np.log(errors).mean()) if key[0] == "regression" else errors.mean()
        )
        seconds = sum(float(row["seconds"]) for row in chosen)
        print(f"{key[0]:12} {key[1]:10} {len(chosen):4} {mean:7.4f} {seconds:8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run")
    running.add_argument("families", nargs="+", choices=FAMILIES, metavar="FAMILY")
    running.add_argument("--shared", type=Path, required=True)
    running.add_argument("--minirocket", action="store_true")
    running.set_defaults(run=run)
    reporting = commands.add_parser("report")
    reporting.set_defaults(run=report)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
