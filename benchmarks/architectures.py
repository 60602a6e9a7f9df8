"""The paper's selection (section 4.2), budgeted: units x layers by reconstruction.

    python benchmarks/architectures.py --data-dir DIR

Trains 30, 60 and 90 units in 1, 2 and 3 layers with the recipe of the bundled weights
at a tenth of its length, and appends to ``benchmarks/results/architectures.csv`` what
is not there yet.
"""

from __future__ import annotations

import argparse
import csv
import os
from dataclasses import replace
from itertools import product
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from timenet_sklearn._training.loop import train
from timenet_sklearn.pretraining import RECIPES, load_corpus

RESULTS = Path(__file__).parent / "results" / "architectures.csv"
FIELDS = ("n_units", "n_layers", "seed", "steps", "mean_validation_error", "minutes")
RECIPE = RECIPES["ucr18"][0]
SHORT = replace(RECIPE, n_steps=RECIPE.n_steps // 10, evaluate_every=250)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", required=True)
    corpus = load_corpus(parser.parse_args().data_dir)
    if not RESULTS.exists():
        RESULTS.write_text(",".join(FIELDS) + "\n")
    with RESULTS.open(newline="") as lines:
        done = {(row["n_units"], row["n_layers"]) for row in csv.DictReader(lines)}
    for n_layers, n_units in product((1, 2, 3), (30, 60, 90)):
        if (str(n_units), str(n_layers)) in done:
            continue
        trained = train(
            list(corpus.training.values()),
            list(corpus.validation.values()),
            SHORT,
            n_units=n_units,
            n_layers=n_layers,
        )
        minutes = trained.history["seconds"][-1] / 60
        row = (n_units, n_layers, 0, SHORT.n_steps)
        cells = (*row, f"{trained.validation_error:.4f}", f"{minutes:.1f}")
        with RESULTS.open("a", newline="") as lines:
            csv.writer(lines, lineterminator="\n").writerow(cells)
        print(*cells, flush=True)


if __name__ == "__main__":
    main()
