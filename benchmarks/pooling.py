"""Which five summaries of the hidden states classify best.

    python benchmarks/pooling.py --data-dir DIR [WEIGHTS ...]

Mean errors over the 6 validation and the 18 pre-training sets of an RBF SVC with C=100
and gamma 0.3 over the number of features, on the archive's split and two drawn anew: of
each summary alone, of the best sets of five, and of all fives without "rise" and
"turn". The errors of several WEIGHTS (default: ucr18) are averaged. No test set takes
part.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from accuracy import draw
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from timenet_sklearn import TimeNetTransformer
from timenet_sklearn.datasets import PRETRAINING_SETS, VALIDATION_SETS, load_ucr
from timenet_sklearn.selection import POOLINGS

N_DRAWS, N_BEST = 3, 10


class Part(NamedTuple):
    """A data set in one split, embedded: a block of columns for each summary."""

    train: dict[str, NDArray[np.float32]]
    y_train: NDArray[np.object_]
    test: dict[str, NDArray[np.float32]]
    y_test: NDArray[np.object_]


def embed(weights: str, data_dir: str) -> list[list[Part]]:
    """Embed all splits of all sets."""
    timenet = TimeNetTransformer(weights=weights, pooling=POOLINGS)

    def blocks(X: object) -> dict[str, NDArray[np.float32]]:
        columns = np.split(timenet.fit_transform(X), len(POOLINGS), axis=1)
        return dict(zip(POOLINGS, columns, strict=True))

    sets = [load_ucr(name, data_dir) for name in PRETRAINING_SETS + VALIDATION_SETS]
    return [
        [
            Part(blocks(d.X_train), d.y_train, blocks(d.X_test), d.y_test)
            for d in (draw(data, number) for number in range(N_DRAWS))
        ]
        for data in sets
    ]


def mean_error(sets: Sequence[Sequence[Part]], pooling: Sequence[str]) -> float:
    return float(np.mean([[_error(part, pooling) for part in draws] for draws in sets]))


def _error(part: Part, pooling: Sequence[str]) -> float:
    train, test = (
        np.concatenate([blocks[name] for name in pooling], axis=1)
        for blocks in (part.train, part.test)
    )
    svc = SVC(C=100, gamma=0.3 / train.shape[1])
    model = make_pipeline(StandardScaler(), svc).fit(train, part.y_train)
    return float(np.mean(model.predict(test) != part.y_test))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", nargs="*", metavar="WEIGHTS", default=["ucr18"])
    parser.add_argument("--data-dir", required=True)
    arguments = parser.parse_args()
    encoders = [embed(weights, arguments.data_dir) for weights in arguments.weights]
    fives = list(combinations(POOLINGS, 5))
    errors = {
        pooling: float(np.mean([mean_error(sets, pooling) for sets in encoders]))
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
