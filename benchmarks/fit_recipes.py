"""Which recipe trains best from nothing: noise on the inputs, taught final states.

    python -m benchmarks.fit_recipes run --shared DIR [--steps 1500] [--seeds 0] ...
    python -m benchmarks.fit_recipes report

`run` fits ``TimeNetTransformer(recipe=...)`` on the training part (at most 300 series)
of sets that one may choose on, and appends what is not there yet to
``benchmarks/results/fit_recipes.csv``: the validation error of reconstruction; errors
on the test part (at most 300 series) of the paper's SVC on final states and of a ridge
on `POOLED`; and the seconds of one thread that `fit` took, with compiling where no
earlier set had its lengths. (One cell is empty by hand: that fit took over what "clean"
had compiled.) `report` prints means by family and, in brackets, those of "clean" on the
same sets and seeds. Set OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeClassifierCV
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.jobs.data import load
from timenet_sklearn import POOLED, Recipe, TimeNetTransformer
from timenet_sklearn.datasets import Dataset
from timenet_sklearn.table1.protocol import make_svc

RESULTS = Path(__file__).parent / "results" / "fit_recipes.csv"
KEYS = ["family", "dataset", "recipe", "n_steps", "seed"]
MEASURES = ["validation_error", "final", "pooled", "seconds"]
MOST_SERIES = 300
ALPHAS = np.logspace(-3, 5, 17)

FAMILIES = {
    "multivariate": ("RacketSports", "ERing", "NATOPS"),
    "short": ("CBF", "FacesUCR", "Trace"),
    "long": ("HouseTwenty", "PigCVP", "Rock"),
}
CLEAN = Recipe(input_noise=0.0, input_dropout=0.0)
NOISE = replace(CLEAN, input_noise=0.6, input_dropout=0.5)
TEACH: dict[str, Any] = {"contrast_final": 0.5, "teach": 2.0, "summaries": POOLED}
RECIPES = {
    # a rate of nearly zero
    "untrained": replace(CLEAN, learning_rate=1e-12, schedule="constant"),
    "clean": CLEAN,
    "less noise": replace(CLEAN, input_noise=0.3, input_dropout=0.25),
    "noise": NOISE,
    "teach": replace(CLEAN, contrast=0.5, **TEACH),
    "noise, teach": replace(NOISE, contrast=0.5, **TEACH),
}


def part(X: Any, y: Any) -> tuple[Any, Any]:
    """Take at most `MOST_SERIES`, the classes in proportion."""
    if len(y) <= MOST_SERIES:
        return X, y
    X, _, y, _ = train_test_split(
        X, y, train_size=MOST_SERIES, stratify=y, random_state=0
    )
    return X, y


def limit(data: Dataset) -> Dataset:
    train, test = part(data.X_train, data.y_train), part(data.X_test, data.y_test)
    return Dataset(data.name, *train, *test)


def measure(data: Dataset, recipe: Recipe, seed: int) -> dict[str, float]:
    """Fit, embed and classify."""
    encoder = TimeNetTransformer(recipe=recipe, random_state=seed, n_jobs=1)
    started = time.process_time()
    encoder.fit(data.X_train)
    found = {"seconds": time.process_time() - started}
    found["validation_error"] = encoder.validation_error_
    for name, pooling in (("final", "last"), ("pooled", POOLED)):
        encoder.set_params(pooling=pooling)
        train, test = encoder.transform(data.X_train), encoder.transform(data.X_test)
        if name == "final":
            head = make_svc(data.y_train, train.shape[1])
        else:
            head = make_pipeline(StandardScaler(), RidgeClassifierCV(ALPHAS))
        predicted = head.fit(train, data.y_train).predict(test)
        found[name] = float(np.mean(predicted != data.y_test))
    return found


def read() -> pd.DataFrame:
    if not RESULTS.exists():
        return pd.DataFrame(columns=[*KEYS, *MEASURES])
    return pd.read_csv(RESULTS)


def jobs(arguments: argparse.Namespace) -> Iterator[tuple[Any, ...]]:
    """List what is to be measured, a data set at a time, and is not there yet."""
    done = set(read()[KEYS].itertuples(index=False, name=None))
    for seed in arguments.seeds:
        for family in arguments.families:
            for name in FAMILIES[family]:
                for recipe in arguments.recipes:
                    job = family, name, recipe, arguments.steps, seed
                    if job not in done:
                        yield job


def run(arguments: argparse.Namespace) -> None:
    for job in jobs(arguments):
        _, name, recipe, n_steps, seed = job
        data = limit(load(name, arguments.shared))
        steps = 1 if recipe == "untrained" else n_steps
        found = measure(data, replace(RECIPES[recipe], n_steps=steps), seed)
        row = pd.DataFrame([{**dict(zip(KEYS, job, strict=True)), **found}])
        row.to_csv(
            RESULTS,
            mode="a",
            header=not RESULTS.exists(),
            index=False,
            columns=[*KEYS, *MEASURES],
            float_format="%.4f",
            lineterminator="\n",
        )
        print(*job, *(f"{key} {found[key]:.3f}" for key in MEASURES), flush=True)


LINE = "{:>5} {:12} {:12} {:>4}" + " {:>15}" * len(MEASURES)


def report(_: argparse.Namespace) -> None:
    """Print means of each recipe and, in brackets, of "clean" on the same runs."""
    titles = ("reconstruction", "final", "pooled", "seconds")
    print(LINE.format("steps", "family", "recipe", "runs", *titles))
    for n_steps, rows in read().groupby("n_steps"):
        runs = rows.set_index(["recipe", "family", "dataset", "seed"])[MEASURES]
        for family in [*FAMILIES, "all"]:
            chosen = runs if family == "all" else runs[runs.index.isin([family], 1)]
            for recipe in (name for name in RECIPES if name in chosen.index):
                both = chosen.loc[recipe].join(
                    chosen.loc["clean"], rsuffix=" clean", how="inner"
                )
                cells = []
                for key, digits in zip(MEASURES, (3, 3, 3, 0), strict=True):
                    mean, clean = both[[key, f"{key} clean"]].dropna().mean()
                    cells.append(f"{mean:.{digits}f} ({clean:.{digits}f})")
                print(LINE.format(n_steps, family, recipe, len(both), *cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run")
    running.add_argument("--shared", type=Path, required=True)
    running.add_argument("--steps", type=int, default=1500)
    running.add_argument("--seeds", type=int, nargs="+", default=[0])
    running.add_argument("--recipes", nargs="+", choices=RECIPES, default=[*RECIPES])
    running.add_argument("--families", nargs="+", choices=FAMILIES, default=[*FAMILIES])
    running.set_defaults(run=run)
    reporting = commands.add_parser("report")
    reporting.set_defaults(run=report)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
