"""What Table 1 says of its columns: means, wins, and how near the paper's they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from timenet_sklearn.table1.published import (
    COLUMNS,
    PRIVATE_SET,
    published,
    round_as_printed,
)
from timenet_sklearn.table1.results import Results

Errors = Mapping[str, float]


class Wins(NamedTuple):
    """Counts over data sets; a tie is an equal third decimal.

    Attributes
    ----------
    wins, ties, losses : int
    """

    wins: int
    ties: int
    losses: int

    @property
    def n(self) -> int:
        """Data sets compared."""
        return self.wins + self.ties + self.losses

    def __str__(self) -> str:
        """Wins and ties of all, as the paper counts."""
        return f"{self.wins + self.ties}/{self.n}"


def count_wins(errors: Errors, against: Errors) -> Wins:
    """Count on how many data sets one column beats another.

    Parameters
    ----------
    errors, against : dict of float
        By data set; those in both are compared, rounded as the paper prints them.

    Returns
    -------
    Wins
    """
    signs = [
        np.sign(round_as_printed(against[name]) - round_as_printed(errors[name]))
        for name in errors
        if name in against
    ]
    return Wins(signs.count(1), signs.count(0), signs.count(-1))


def published_errors(column: str, datasets: Sequence[str] | None = None) -> Errors:
    """Give a column of the paper's table, on its 30 UCR sets or some of them.

    Parameters
    ----------
    column : str
    datasets : sequence of str, optional
        Keep these.

    Returns
    -------
    dict of float
    """
    return {
        name: row.errors[column]
        for name, row in published().items()
        if column in row.errors
        and name != PRIVATE_SET
        and (datasets is None or name in datasets)
    }


def compared_errors(results: Results, column: str) -> Errors:
    """Give a column of ours, on the sets that compare with the paper's.

    Parameters
    ----------
    results : Results
    column : str

    Returns
    -------
    dict of float
    """
    errors = results.errors(column)
    return {name: errors[name] for name in results.compared if name in errors}


@dataclass(frozen=True)
class ColumnSummary:
    """One column under the line of Table 1.

    Attributes
    ----------
    column : str
    n : int
        Sets with a result, of those that compare.
    mean, mean_published, mean_all : float or None
        Mean error: ours, the paper's on the same sets, and on all 30.
    wins, wins_published, wins_all : dict of Wins
        Against "DTW-C" and "SAE-C": ours, the paper's on the sets that both columns
        of ours have, and on all 30.
    seconds, seconds_all : float
        All units of the column together: of the sets that compare, and of all.
    """

    column: str
    n: int
    mean: float | None
    mean_published: float | None
    mean_all: float | None
    wins: Mapping[str, Wins]
    wins_published: Mapping[str, Wins]
    wins_all: Mapping[str, Wins]
    seconds: float
    seconds_all: float


def summarise(results: Results) -> list[ColumnSummary]:
    """Compute what stands under the line of Table 1.

    Parameters
    ----------
    results : Results

    Returns
    -------
    list of ColumnSummary
        In the order of the columns, all eight.
    """
    return [_summarise(results, column) for column in COLUMNS]


def _summarise(results: Results, column: str) -> ColumnSummary:
    ours, paper = compared_errors(results, column), published_errors(column)
    units = [unit for unit in results.units if unit.column == column]
    rivals = [rival for rival in ("DTW-C", "SAE-C") if rival != column]
    wins, wins_published, wins_all = {}, {}, {}
    for rival in rivals:
        theirs, printed = compared_errors(results, rival), published_errors(rival)
        both = [name for name in ours if name in theirs]
        wins[rival] = count_wins(ours, theirs)
        wins_published[rival] = count_wins(published_errors(column, both), printed)
        wins_all[rival] = count_wins(paper, printed)
    return ColumnSummary(
        column,
        len(ours),
        _mean(ours),
        _mean(published_errors(column, list(ours))),
        _mean(paper),
        wins,
        wins_published,
        wins_all,
        sum(unit.seconds for unit in units if unit.dataset in ours),
        sum(unit.seconds for unit in units),
    )


def _mean(errors: Errors) -> float | None:
    return float(np.mean(list(errors.values()))) if errors else None


class Agreement(NamedTuple):
    """How near a column of ours is to the paper's.

    Attributes
    ----------
    n, n_near : int
        Data sets in both, and those that differ by 0.005 at most.
    mean_difference : float
        Mean of the absolute differences.
    """

    n: int
    n_near: int
    mean_difference: float


def agreement(results: Results, column: str) -> Agreement:
    """Compare a column of ours with the paper's.

    Parameters
    ----------
    results : Results
    column : str

    Returns
    -------
    Agreement
        On the sets that compare.
    """
    ours = compared_errors(results, column)
    paper = published_errors(column, list(ours))
    # in whole thousandths: 0.203 - 0.198 is a little more than 0.005
    apart = [
        abs(round(1000 * (round_as_printed(ours[name]) - error)))
        for name, error in paper.items()
    ]
    n_near = sum(difference <= 5 for difference in apart)
    mean = float(np.mean(apart)) / 1000 if apart else 0.0
    return Agreement(len(apart), n_near, mean)
