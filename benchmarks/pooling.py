"""Which five summaries of the hidden states classify best.

    python benchmarks/pooling.py --data-dir DIR [WEIGHTS ...]

Mean errors over the 6 validation and the 18 pre-training sets of an RBF SVC with C=100
and gamma 0.3 over the number of features, on the archive's split and two drawn anew: of
each summary alone, of the best sets of five, and of all fives without "rise" and
"turn". The errors of several WEIGHTS (default: ucr18-pooled) are averaged. No test set
takes part.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from itertools import combinations

import numpy as np
from accuracy import draw
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from timenet_sklearn import TimeNetTransformer
from timenet_sklearn.datasets import (
    PRETRAINING_SETS,
    VALIDATION_SETS,
    Dataset,
    load_ucr,
)
from timenet_sklearn.pretraining import N_LAYERS, N_UNITS
from timenet_sklearn.selection import POOLINGS, SelectStates

N_DRAWS, N_BEST = 3, 10


def embed(weights: str, data_dir: str) -> list[Dataset]:
    """Embed all sets by all summaries, and draw their splits."""
    timenet = TimeNetTransformer(weights=weights, pooling=POOLINGS)
    splits = []
    for name in PRETRAINING_SETS + VALIDATION_SETS:
        data = load_ucr(name, data_dir)
        train, test = map(timenet.fit_transform, (data.X_train, data.X_test))
        embedded = Dataset(name, train, data.y_train, test, data.y_test)
        splits += [draw(embedded, number) for number in range(N_DRAWS)]
    return splits


def mean_error(splits: Iterable[Dataset], pooling: Sequence[str]) -> float:
    """Mean test error by some of the summaries."""
    svc = SVC(C=100, gamma=0.3 / (len(pooling) * N_LAYERS * N_UNITS))
    model = make_pipeline(SelectStates(pooling=pooling), StandardScaler(), svc)
    errors = [
        1 - model.fit(split.X_train, split.y_train).score(split.X_test, split.y_test)
        for split in splits
    ]
    return float(np.mean(errors))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "weights", nargs="*", metavar="WEIGHTS", default=["ucr18-pooled"]
    )
    parser.add_argument("--data-dir", required=True)
    arguments = parser.parse_args()
    splits = [
        split
        for weights in arguments.weights
        for split in embed(weights, arguments.data_dir)
    ]
    fives = list(combinations(POOLINGS, 5))
    errors = {
        pooling: mean_error(splits, pooling)
        for pooling in [(one,) for one in POOLINGS] + fives
    }
    print("mean error  summaries")
    for one in POOLINGS:
        print(f"{errors[one,]:10.4f}  {one}")
    for place, five in enumerate(sorted(fives, key=errors.__getitem__)):
        if place < N_BEST or not {"rise", "turn"} & set(five):
            print(
                f"{errors[five]:10.4f}  {', '.join(five)} (of fives, no. {place + 1})"
            )


if __name__ == "__main__":
    main()
