"""Sections of the HTML report that compare: paper, ranks, layers, other methods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from timenet_sklearn.table1.charts import (
    layers_figure,
    ranks_figure,
    scatter_figure,
    to_data_uri,
)
from timenet_sklearn.table1.comparisons import (
    LAYERS,
    ReferenceRow,
    compare_references,
    layers_by_length,
)
from timenet_sklearn.table1.published import COLUMNS, print_error
from timenet_sklearn.table1.ranks import Ranks, compare_ranks, rank
from timenet_sklearn.table1.results import Results
from timenet_sklearn.table1.summary import (
    Errors,
    agreement,
    compared_errors,
    published_errors,
)


def against_published(results: Results) -> str:
    """Show each column against the paper's, a picture a column.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
    """
    figures = []
    for column in COLUMNS:
        near = agreement(results, column)
        if near.n:
            text = (
                f"{near.n_near} of {near.n} within 0.005; mean absolute difference "
                f"{print_error(near.mean_difference)}"
            )
            picture = to_data_uri(scatter_figure(results, column))
            figures.append(
                _figure(picture, f"{column}, ours against the paper's", text)
            )
    return f"""<section>
<h2>Ours against published</h2>
<p>A point a data set; below the line ours is better.</p>
<div class="scatters">
{"".join(figures)}
</div>
</section>"""


def _figure(source: str, alt: str, caption: str) -> str:
    return (
        f'<figure><img src="{source}" alt="{escape(alt)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def ranking(results: Results) -> str:
    """Show mean ranks and the tests of their differences, ours and the paper's.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
    """
    ours = rank({column: compared_errors(results, column) for column in COLUMNS})
    paper = rank(
        {column: published_errors(column, ours.datasets) for column in COLUMNS}
    )
    parts = [_ranks_part("Ours", ours), _ranks_part("The paper's figures", paper)]
    return f"""<section>
<h2>Ranks</h2>
<p>Mean ranks on the {len(ours.datasets)} sets that have all columns shown. The dots
of a bar are columns whose differences may be chance: Wilcoxon's signed ranks over
these sets, differences of zero counted half to either sign, corrected by Holm, p at
least 0.05.</p>
<div class="pair">{"".join(parts)}</div>
</section>"""


def _ranks_part(name: str, ranks: Ranks) -> str:
    tests = compare_ranks(ranks)
    if tests is None:
        text = f"{name}: too few data sets or columns to test."
        return f"<div><p>{escape(text)}</p></div>"
    columns = list(ranks.errors)
    rows = []
    for place, column in enumerate(columns[1:], start=1):
        p_values = [
            _p_value(tests.wilcoxon.loc[column, other]) for other in columns[:place]
        ]
        padding = [""] * (len(columns) - 1 - place)
        rows.append([column, *map(escape, p_values), *padding])
    friedman = _p_value(tests.friedman)
    caption = f"{name}; Friedman test that all columns are equal: p = {friedman}"
    source = to_data_uri(ranks_figure(ranks, tests))
    picture = _figure(source, f"{name}: mean ranks", caption.replace("= <", "< "))
    picture = f'<div class="ranks">{picture}</div>'
    return f"<div>{picture}{_plain_table(['p', *columns[:-1]], rows)}</div>"


def _p_value(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _plain_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "\n".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + "</tr>"
        for first, *cells in rows
    )
    return (
        f'<div class="wide narrow"><table><thead><tr>{top}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def layers(results: Results) -> str:
    """Show single layers beside all three, by the length of the series.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
    """
    head = ["steps of a series", "sets", *LAYERS]
    rows = [
        [
            row.lengths,
            str(row.n),
            *[_ours_and_paper(row.ours, row.paper, column) for column in LAYERS],
        ]
        for row in layers_by_length(results)
    ]
    picture = _figure(
        to_data_uri(layers_figure(results)),
        "error of single layers less that of all three, by length of the series",
        "Above the line, all three layers together are better than the one.",
    )
    return f"""<section>
<h2>Layers against length</h2>
<p>The paper: for short series one layer suffices, for long ones all are needed.
Mean errors, ours and small the paper's on the same sets.</p>
{_plain_table(head, rows)}
<div class="layers">{picture}</div>
</section>"""


def _ours_and_paper(ours: Errors, paper: Errors, column: str) -> str:
    if column not in ours:
        return '<span class="none">&ndash;</span>'
    best = ' class="best"' if ours[column] == min(ours.values()) else ""
    figures = print_error(ours[column]), print_error(paper[column])
    return f"<span{best}>{figures[0]}</span><small>{figures[1]}</small>"


def references(results: Results) -> str:
    """Show ours among the errors that others published.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
    """
    datasets, rows = compare_references(results)
    if not rows:
        text = "None of the sets at hand has the same split in both archives."
        return f"<section>\n<h2>Other methods</h2>\n<p>{text}</p>\n</section>"
    whole = [row for row in rows if row.n == len(datasets)]
    lines = [(row.mean, _reference_line(row)) for row in whole]
    lines += _own_lines(results, datasets)
    ranked = [line for _, line in sorted(lines, key=lambda one: one[0])]
    rest = [_reference_line(row) for row in rows if row.n < len(datasets)]
    body = "\n".join([*ranked, *rest])
    names = ("method", "sets", "mean error", "TN-C", "TN-C pooled")
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    head = head.replace('<th scope="col">mean', '<th scope="col" class="left">mean')
    return f"""<section>
<h2>Other methods</h2>
<p>Published for the archive of 2018, whose splits are those of 2015 on
{len(datasets)} of the sets that have all their rows here:
{escape(", ".join(datasets))}. The last two columns: sets on which ours beats or ties
the method. Methods that lack some of the sets are listed below, unranked.</p>
<div class="wide narrow"><table>
<thead><tr>{head}</tr></thead>
<tbody>
{body}
</tbody></table></div>
</section>"""


def _own_lines(results: Results, datasets: Sequence[str]) -> list[tuple[float, str]]:
    lines = []
    for column in results.columns:
        errors = compared_errors(results, column)
        if all(name in errors for name in datasets):
            mean = sum(errors[name] for name in datasets) / len(datasets)
            name = f"{column}, ours"
            lines.append((mean, _line(name, len(datasets), mean, "", "", "ours")))
    return lines


def _reference_line(row: ReferenceRow) -> str:
    wins = [str(row.wins.get(column, "")) for column in ("TN-C", "TN-C pooled")]
    return _line(row.method, row.n, row.mean, *wins)


def _line(
    name: str, n: int, mean: float, wins: str, wins_pooled: str, style: str = ""
) -> str:
    # a mean error of 0.4 fills the bar's 8 rem
    bar = f'<span class="bar" style="width:{min(20 * mean, 8):.2f}rem"></span>'
    row = f'<tr class="{style}">' if style else "<tr>"
    return (
        f'{row}<th scope="row">{escape(name)}</th><td>{n}</td>'
        f'<td class="left">{print_error(mean)} {bar}</td>'
        f"<td>{wins}</td><td>{wins_pooled}</td></tr>"
    )


def making(results: Results) -> str:
    """Tell how the results were made: time, versions, weights.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
    """
    rows = [
        [column, str(len(units)), f"{sum(unit.seconds for unit in units) / 60:.1f}"]
        for column in results.columns
        for units in [[unit for unit in results.units if unit.column == column]]
    ]
    weights = sorted({unit.weights for unit in results.units if unit.weights})
    versions = sorted(
        {
            f"{name} {one}"
            for unit in results.units
            for name, one in unit.versions.items()
        }
    )
    return f"""<section>
<h2>How it was made</h2>
{_plain_table(["column", "units", "minutes"], rows)}
<p>Minutes are summed over units, which may have run side by side. Weights (SHA-256):
<code>{escape(", ".join(weights)) or "none"}</code>. Versions:
{escape(", ".join(versions)) or "not known"}.</p>
</section>"""
