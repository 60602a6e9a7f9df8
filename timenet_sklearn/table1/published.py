"""What was published: the paper's Table 1, and the accuracies of other methods."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from timenet_sklearn.datasets import TEST_SETS

#: The columns of the paper's Table 1, and one beyond it.
COLUMNS = (
    "DTW-C",
    "SAE-C",
    "TN-C",
    "TN-C_2/3",
    "TN-C_L1",
    "TN-C_L2",
    "TN-C_L3",
    "TN-C pooled",
)

#: Draws of which a cell of a column is the mean; of the others there is one.
N_DRAWS = {"TN-C_2/3": 5}

#: The paper's own data, with the sets that stand in for them.
PRIVATE_SET = "IndustrialMultivariate"
STAND_INS = ("BasicMotions", "JapaneseVowels")

#: Series in training and test part of the archive of 2015, in the order of TEST_SETS.
N_SERIES = dict(
    zip(
        TEST_SETS,
        (
            *((300, 300), (1800, 858), (139, 400), (276, 600), (139, 400)),
            *((154, 400), (291, 600), (154, 399), (400, 205), (600, 291)),
            *((205, 400), (8926, 7711), (381, 760), (500, 625), (1000, 4000)),
            *((500, 4500), (23, 861), (1000, 6164), (467, 3840), (390, 391)),
            *((370, 613), (390, 390), (390, 390), (390, 390), (896, 3582)),
            *((896, 3582), (896, 3582), (300, 3000), (1320, 3601), (810, 3636)),
        ),
        strict=True,
    )
)

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class PublishedRow:
    """A row of the paper's Table 1.

    Attributes
    ----------
    dataset, paper_name : str
        Name in the 2018 archive, and in the paper.
    n_timepoints : int
    errors : dict of float
        By column, as printed: three decimals.
    """

    dataset: str
    paper_name: str
    n_timepoints: int
    errors: Mapping[str, float]


@cache
def published() -> Mapping[str, PublishedRow]:
    """Read the paper's Table 1, which comes with the package.

    Returns
    -------
    dict of PublishedRow
        By data set, in the paper's order.
    """
    with (_HERE / "table1_published.csv").open(encoding="utf-8", newline="") as file:
        return {row["dataset"]: _published_row(row) for row in csv.DictReader(file)}


def _published_row(row: Mapping[str, str]) -> PublishedRow:
    errors = {column: float(row[column]) for column in COLUMNS if row.get(column)}
    return PublishedRow(
        row["dataset"], row["paper_name"], int(row["n_timepoints"]), errors
    )


@cache
def references() -> Mapping[str, Mapping[str, float]]:
    """Read the errors that others published, on the splits of the 2018 archive.

    Returns
    -------
    dict of dict of float
        Method -> data set -> error. Means over resamples are left out: they are of
        other splits.
    """
    found: dict[str, dict[str, float]] = {}
    with (_HERE / "reference_accuracies.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if "resamples)" not in row["method"]:
                errors = found.setdefault(row["method"], {})
                errors[row["dataset"]] = 1 - float(row["accuracy"])
    return found


def what_is_missing(dataset: str, n_train: int, n_test: int) -> str:
    """Compare the sizes of a data set with those of the archive of 2015.

    Parameters
    ----------
    dataset : str
    n_train, n_test : int

    Returns
    -------
    str
        Empty if nothing is missing, or the set is none of the paper's.
    """
    counts, expected = (n_train, n_test), N_SERIES.get(dataset)
    if expected is None:
        expected = (max(n_train, 1), max(n_test, 1))
    apart = [
        f"{part} part has {n} of {wanted} rows"
        for part, n, wanted in zip(("training", "test"), counts, expected, strict=True)
        if n != wanted
    ]
    more = any(n > wanted for n, wanted in zip(counts, expected, strict=True))
    kind = "another split" if more else "partial"
    return f"{kind}: {', '.join(apart)}" if apart else ""


def round_as_printed(error: float) -> float:
    """Round to three decimals, as the paper prints: its ties are ties of these.

    Parameters
    ----------
    error : float

    Returns
    -------
    float
    """
    # 0.5005 * 1000 is a little less than 500.5
    return math.floor(round(error * 1000, 6) + 0.5) / 1000


def print_error(error: float) -> str:
    """Write an error with three decimals, those that are counted and compared.

    Parameters
    ----------
    error : float

    Returns
    -------
    str
        ``"0.208"`` for 83/400, of which ``f"{error:.3f}"`` makes 0.207.
    """
    return f"{round_as_printed(error):.3f}"
