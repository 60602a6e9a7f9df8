"""The report as one HTML page that needs nothing but itself."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from timenet_sklearn.table1.published import COLUMNS, print_error, round_as_printed
from timenet_sklearn.table1.results import Results
from timenet_sklearn.table1.sections import (
    against_published,
    layers,
    making,
    ranking,
    references,
)
from timenet_sklearn.table1.summary import ColumnSummary, summarise
from timenet_sklearn.table1.table import (
    Cell,
    Row,
    remarks,
    summary_lines,
    table_rows,
)

_HERE = Path(__file__).parent


def to_html(results: Results) -> str:
    """Write the whole report as an HTML page: style, script and pictures inside.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str

    Raises
    ------
    ImportError
        If matplotlib or scikit-posthocs is missing.
    """
    sections = [
        _head(results),
        _table1(results),
        _remarks(results),
        against_published(results),
        ranking(results),
        layers(results),
        references(results),
        making(results),
    ]
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            "<title>TimeNet, Table 1: ours and published</title>",
            f"<style>\n{style}</style>",
            "<body>",
            *sections,
            f"<script>\n{script}</script>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _head(results: Results) -> str:
    n = len(results.compared)
    return f"""<header>
<h1>Table 1 of TimeNet, made again</h1>
<p>Classification errors on {n} of the paper's 30 test sets, those that have all
their rows here, beside the figures that Malhotra et al. published (2017,
arXiv:1706.08838). All are of the splits of the UCR archive of 2015. Lower is
better.</p>
<ul class="keys">
{_keys(results)}
</ul>
</header>"""


def _keys(results: Results) -> str:
    keys = []
    for one in summarise(results):
        if one.column in ("DTW-C", "SAE-C", "TN-C", "TN-C pooled"):
            keys += _mean_key(one)
        if one.column == "TN-C":
            keys += _wins_keys(one)
    return "\n".join(
        f"<li><b>{escape(number)}</b><small>{escape(text)}</small></li>"
        for number, text in keys
    )


def _mean_key(one: ColumnSummary) -> list[tuple[str, str]]:
    if one.mean is None:
        return []
    paper = "not in the paper"
    if one.mean_published is not None:
        paper = f"paper {print_error(one.mean_published)}"
    return [(print_error(one.mean), f"mean error of {one.column}; {paper}")]


def _wins_keys(one: ColumnSummary) -> list[tuple[str, str]]:
    return [
        (
            str(wins),
            f"TN-C beats or ties {rival}; paper {one.wins_published[rival]}, "
            f"on all of its sets {one.wins_all[rival]}",
        )
        for rival, wins in one.wins.items()
        if wins.n
    ]


def _table1(results: Results) -> str:
    head = "".join(_sortable(name) for name in ("data set", "steps", *COLUMNS))
    body = "\n".join(_table1_row(row) for row in table_rows(results))
    foot = "\n".join(
        f'<tr><th scope="row"{_lead(label)}>{escape(label.strip())}</th><td></td>'
        + "".join(f"<td{_lead(label)}>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for label, cells in summary_lines(results)
    )
    return f"""<section>
<h2>Errors</h2>
<p class="soft">Ours, and small the paper's. <b>Bold</b>: lowest of ours in the row.
<span class="better">Green</span> or <span class="worse">red</span>: more than 0.005
below or above the paper. A click on a heading sorts.</p>
<div class="wide table1"><table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody>
<tfoot>
{foot}
</tfoot>
</table></div>
</section>"""


def _sortable(name: str) -> str:
    return f'<th scope="col"><button type="button">{escape(name)}</button></th>'


def _lead(label: str) -> str:
    return "" if label.startswith(" ") else ' class="lead"'


def _table1_row(row: Row) -> str:
    ours = [cell.ours for cell in row.cells.values() if cell.ours is not None]
    lowest = min(map(round_as_printed, ours), default=None)
    # long names may break before a capital
    name = re.sub("(?<=[a-z])(?=[A-Z])", "<wbr>", escape(row.dataset))
    name += " †" if row.note else ""
    title = escape(row.note or row.dataset)
    cells = "".join(_table1_cell(cell, lowest) for cell in row.cells.values())
    length = "" if row.n_timepoints is None else str(row.n_timepoints)
    return (
        f'<tr><th scope="row" data-sort="{escape(row.dataset)}" title="{title}">'
        f'{name}</th><td data-sort="{length}">{length}</td>{cells}</tr>'
    )


def _table1_cell(cell: Cell, lowest: float | None) -> str:
    paper = "" if cell.paper is None else f"<small>{print_error(cell.paper)}</small>"
    if cell.ours is None:
        why = escape(cell.why)
        return f'<td data-sort="" class="none" title="{why}">&ndash;{paper}</td>'
    printed = round_as_printed(cell.ours)
    names = ["best"] if printed == lowest else []
    # in whole thousandths, as the figures are printed
    apart = 0 if cell.paper is None else round(1000 * (printed - cell.paper))
    if abs(apart) > 5:
        names.append("better" if apart < 0 else "worse")
    style = f' class="{" ".join(names)}"' if names else ""
    seeds = f"{cell.n_seeds} draws, standard deviation {print_error(cell.spread)}"
    title = f' title="{seeds}"' if cell.n_seeds > 1 else ""
    ours = f"<span{style}{title}>{print_error(cell.ours)}</span>"
    return f'<td data-sort="{cell.ours:.6f}">{ours}{paper}</td>'


def _remarks(results: Results) -> str:
    lines = "\n".join(f"<li>{escape(text)}</li>" for text in remarks(results))
    return f"""<section>
<h2>Remarks: what is missing, and why</h2>
<ul>
{lines}
</ul>
</section>"""
