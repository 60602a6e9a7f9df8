"""Figures that others published, for frozen models whose weights are not to be had.

They are read, not measured; ``version`` says "published", ``note`` where. Only sets
with the same split in the archives of 2015 and 2018 can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import timenet_sklearn
from timenet_sklearn.datasets import SWAPPED_IN_2018

from . import data
from .results import Row

JOB = "classification, published"
#: Frozen encoders, as the file names them.
NAMES = {
    "MOMENT-1-large frozen embedding + RBF-SVM": "MOMENT-1-large, frozen, SVC",
    "TS2Vec (B=8)": "TS2Vec, trained on each set",
    "T-Loss combined + SVM": "T-Loss, trained on each set",
    "T-Loss encoder trained on FordA only (transfer) + SVM": "T-Loss, frozen (FordA)",
    "TimeNet (as quoted by T-Loss)": "TimeNet, the paper's",
}
#: Mean accuracy over all 128 sets, of which most are not here.
ALL_128 = {"MantisV2, frozen, logistic regression": 0.837}


def rows(data_dir: Path) -> Iterator[Row]:
    file = Path(timenet_sklearn.__file__).parent / "table1" / "reference_accuracies.csv"
    table = pd.read_csv(file)
    sets = set(data.short_sets(data_dir)) - set(SWAPPED_IN_2018)
    wanted = table[table["method"].isin(NAMES) & table["dataset"].isin(sets)]
    for one in wanted.itertuples():
        error, method = 1 - one.accuracy, NAMES[one.method]
        source = one.source.split(" column")[0]
        yield Row(JOB, one.dataset, method, "published", 0, "error", error, 0.0, source)
    for method, accuracy in ALL_128.items():
        source = "mean of the 128 sets, as its authors report it"
        yield Row(
            JOB, "UCR-128", method, "published", 0, "error", 1 - accuracy, 0.0, source
        )
