"""What Table 1 says beyond its columns: layers against length, other methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from timenet_sklearn.datasets import SWAPPED_IN_2018
from timenet_sklearn.table1.published import published, references
from timenet_sklearn.table1.results import Results
from timenet_sklearn.table1.summary import (
    Errors,
    Wins,
    compared_errors,
    count_wins,
    published_errors,
)

#: Lengths of series: name, and the longest that belongs to it.
LENGTHS = (("up to 100 steps", 100), ("101 to 200", 200), ("over 200", 10**9))

LAYERS = ("TN-C_L1", "TN-C_L2", "TN-C_L3", "TN-C")


@dataclass(frozen=True)
class LengthRow:
    """Mean errors of the layers on series of like length.

    Attributes
    ----------
    lengths : str
    n : int
        Data sets that have all four columns.
    ours, paper : dict of float
        By column, on the same data sets; empty if there are none.
    """

    lengths: str
    n: int
    ours: Errors
    paper: Errors


def layers_by_length(results: Results) -> list[LengthRow]:
    """Compare single layers with all three, by the length of the series.

    Parameters
    ----------
    results : Results

    Returns
    -------
    list of LengthRow
        Short, middle, long.
    """
    ours = {column: compared_errors(results, column) for column in LAYERS}
    rows, shortest = [], 0
    for lengths, longest in LENGTHS:
        names = [
            name
            for name in results.compared
            if shortest < published()[name].n_timepoints <= longest
            and all(name in errors for errors in ours.values())
        ]
        rows.append(
            LengthRow(
                lengths,
                len(names),
                _means({column: ours[column] for column in LAYERS}, names),
                _means({column: published_errors(column) for column in LAYERS}, names),
            )
        )
        shortest = longest
    return rows


def _means(columns: Mapping[str, Errors], names: Sequence[str]) -> Errors:
    if not names:
        return {}
    return {
        column: float(np.mean([errors[name] for name in names]))
        for column, errors in columns.items()
    }


@dataclass(frozen=True)
class ReferenceRow:
    """Another method beside ours, on the data sets that both have.

    Attributes
    ----------
    method : str
    n : int
    mean : float
    ours : dict of float
        Mean error of "TN-C" and "TN-C pooled" on the same sets, where they have all.
    wins : dict of Wins
        Of the same two against the method.
    """

    method: str
    n: int
    mean: float
    ours: Errors
    wins: Mapping[str, Wins]


def compare_references(results: Results) -> tuple[tuple[str, ...], list[ReferenceRow]]:
    """Compare with what others published, where both archives split alike.

    Parameters
    ----------
    results : Results

    Returns
    -------
    datasets : tuple of str
        Compared sets of ours whose splits agree in the archives of 2015 and 2018.
    rows : list of ReferenceRow
        Lowest mean error first, then those that lack some of the sets, whose means
        are no match; methods without any of these sets are left out.
    """
    datasets = tuple(name for name in results.compared if name not in SWAPPED_IN_2018)
    rows = []
    for method, errors in references().items():
        names = [name for name in datasets if name in errors]
        if not names:
            continue
        ours, wins = {}, {}
        for column in ("TN-C", "TN-C pooled"):
            mine = compared_errors(results, column)
            if all(name in mine for name in names):
                ours[column] = float(np.mean([mine[name] for name in names]))
                shared = {name: mine[name] for name in names}
                wins[column] = count_wins(shared, errors)
        mean = float(np.mean([errors[name] for name in names]))
        rows.append(ReferenceRow(method, len(names), mean, ours, wins))
    return datasets, sorted(rows, key=lambda row: (row.n < len(datasets), row.mean))
