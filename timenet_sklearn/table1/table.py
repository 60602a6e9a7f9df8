"""The layout of Table 1: rows, lines under the table, remarks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from timenet_sklearn.table1.published import (
    COLUMNS,
    N_DRAWS,
    print_error,
    published,
)
from timenet_sklearn.table1.ranks import rank
from timenet_sklearn.table1.results import Results
from timenet_sklearn.table1.summary import (
    ColumnSummary,
    compared_errors,
    summarise,
)


class Cell(NamedTuple):
    """One cell of Table 1.

    Attributes
    ----------
    ours, paper : float or None
        Errors, 0 to 1; ours is a mean over the seeds.
    n_seeds : int
    spread : float
        Standard deviation over the seeds.
    why : str
        Why there is no result, if there is none.
    """

    ours: float | None
    paper: float | None
    n_seeds: int
    spread: float
    why: str


class Row(NamedTuple):
    """One row of Table 1.

    Attributes
    ----------
    dataset : str
    n_timepoints : int or None
    note : str
        What restricts the row, for instance "partial: test part has ...".
    cells : dict of Cell
        By column.
    """

    dataset: str
    n_timepoints: int | None
    note: str
    cells: dict[str, Cell]


class SummaryLine(NamedTuple):
    """A line under the table.

    Attributes
    ----------
    label : str
    cells : list of str
        One a column; empty where there is nothing to say.
    """

    label: str
    cells: list[str]


def table_rows(results: Results) -> list[Row]:
    """Lay out Table 1, rows as in the paper, with the stand-ins under the first.

    Parameters
    ----------
    results : Results

    Returns
    -------
    list of Row
    """
    ours = {column: results.errors(column) for column in COLUMNS}
    rows = []
    for dataset in results.datasets:
        paper, facts = published().get(dataset), results.facts(dataset)
        cells = {}
        for column in COLUMNS:
            error = ours[column].get(dataset)
            printed = paper.errors.get(column) if paper else None
            why = results.why(dataset, column) if error is None else ""
            cells[column] = Cell(error, printed, *results.spread(dataset, column), why)
        sizes = paper or facts
        length = sizes.n_timepoints if sizes else None
        note = results.restriction(dataset)
        rows.append(Row(dataset, length, note, cells))
    return rows


def summary_lines(results: Results) -> list[SummaryLine]:
    """Compute the lines under the table: means, wins and ties, mean ranks.

    Parameters
    ----------
    results : Results

    Returns
    -------
    list of SummaryLine
        Without those that have no cell, and the paper's beside nothing of ours.
    """
    summaries = summarise(results)
    blocks = [
        [SummaryLine("data sets compared", [str(one.n or "") for one in summaries])],
        _mean_lines(summaries),
        *[_wins_lines(summaries, rival) for rival in ("DTW-C", "SAE-C")],
    ]
    ranks = rank({column: compared_errors(results, column) for column in COLUMNS})
    found = [ranks.mean_ranks.get(column) for column in COLUMNS]
    label = f"mean rank on {len(ranks.datasets)} sets"
    blocks.append([SummaryLine(label, [f"{r:.2f}" if r else "" for r in found])])
    blocks.append(
        [
            _line("minutes", summaries, lambda one: _minutes(one.seconds)),
            _line("  all sets", summaries, lambda one: _minutes(one.seconds_all)),
        ]
    )
    # the paper's figures stand under ours, or not at all
    said = [block for block in blocks if any(block[0].cells)]
    return [line for block in said for line in block if any(line.cells)]


def _mean_lines(summaries: list[ColumnSummary]) -> list[SummaryLine]:
    return [
        _line("mean error", summaries, lambda one: _figure(one.mean)),
        _line("  paper, same sets", summaries, lambda one: _figure(one.mean_published)),
        _line("  paper, all 30", summaries, lambda one: _figure(one.mean_all)),
    ]


def _wins_lines(summaries: list[ColumnSummary], rival: str) -> list[SummaryLine]:
    label = f"wins+ties against {rival}"
    return [
        _line(label, summaries, lambda one: _wins(one.wins, rival)),
        _line(
            "  paper, same sets",
            summaries,
            lambda one: _wins(one.wins_published, rival),
        ),
        _line("  paper, all 30", summaries, lambda one: _wins(one.wins_all, rival)),
    ]


def _line(
    label: str, summaries: list[ColumnSummary], show: Callable[..., str]
) -> SummaryLine:
    return SummaryLine(label, [show(one) for one in summaries])


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}" if seconds else ""


def _figure(error: float | None) -> str:
    return "" if error is None else print_error(error)


def _wins(wins: Any, rival: str) -> str:
    return str(wins[rival]) if rival in wins and wins[rival].n else ""


def remarks(results: Results) -> list[str]:
    """Say why cells are empty and rows restricted, a sentence a reason.

    Parameters
    ----------
    results : Results

    Returns
    -------
    list of str
    """
    empty: dict[str, list[str]] = {}
    restricted = []
    for row in table_rows(results):
        if row.note:
            restricted.append(f"{row.dataset} †: {row.note}")
        lacking: dict[str, list[str]] = {}
        for column, cell in row.cells.items():
            if cell.ours is None:
                lacking.setdefault(cell.why, []).append(column)
        for why, columns in lacking.items():
            every = len(columns) == len(row.cells)
            reason = why if every else f"{', '.join(columns)} {why}"
            empty.setdefault(reason, []).append(row.dataset)
    if restricted:
        restricted.insert(
            0, "†: not the rows of the archive; in no mean, count, rank or test"
        )
    return [
        *_seeds(results),
        *_lacking_draws(results),
        *restricted,
        *[f"{', '.join(names)}: {why}" for why, names in empty.items()],
    ]


def _lacking_draws(results: Results) -> list[str]:
    """Name the cells that are means over fewer draws than they should be."""
    lines: dict[str, list[str]] = {}
    for column, n_draws in N_DRAWS.items():
        for name in results.datasets:
            n = results.spread(name, column)[0]
            if 0 < n < n_draws:
                lines.setdefault(f"{column}: {n} of {n_draws} draws only", []).append(
                    name
                )
    return [f"{line}: {', '.join(names)}" for line, names in lines.items()]


def _seeds(results: Results) -> list[str]:
    """Name the columns whose cells are means over seeds, and how these spread."""
    lines = []
    for column in results.columns:
        cells = [results.spread(name, column) for name in results.errors(column)]
        n_seeds = max(n for n, _ in cells)
        if n_seeds > 1:
            spread = sum(spread for _, spread in cells) / len(cells)
            lines.append(
                f"{column}: mean over {n_seeds} draws, whose standard deviation is "
                f"{print_error(spread)} on average"
            )
    return lines
