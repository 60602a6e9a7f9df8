"""Table 1 as text, CSV, Markdown and LaTeX: ours beside the paper's figure."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from timenet_sklearn.table1.files import Result
from timenet_sklearn.table1.published import COLUMNS, print_error
from timenet_sklearn.table1.results import Results
from timenet_sklearn.table1.table import (
    Cell,
    Row,
    remarks,
    summary_lines,
    table_rows,
)


def to_text(results: Results) -> str:
    """Lay out Table 1 for a terminal of 132 columns.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
    """
    rows = table_rows(results)
    width = max(len(row.dataset) for row in rows) + 2
    head = f"{'':{width}}   T" + "".join(f"{column:>12}" for column in COLUMNS)
    units = f"{'error: ours, paper':{width}}    " + f"{'ours paper':>12}" * len(COLUMNS)
    rule = "-" * len(head)
    lines = [head, units.rstrip(), rule]
    for row in rows:
        name = row.dataset + (" †" if row.note else "")
        cells = "".join(_text_cell(cell) for cell in row.cells.values())
        lines.append(f"{name:{width}} {row.n_timepoints or '':>3}{cells}".rstrip())
    lines.append(rule)
    for label, texts in summary_lines(results):
        cells = "".join(f"{text:>7}     " for text in texts)
        lines.append(f"{label:{width}}    {cells}".rstrip())
    folded = [
        textwrap.fill(
            text,
            len(head),
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for text in remarks(results)
    ]
    return "\n".join([*lines, "", *folded])


def _text_cell(cell: Cell) -> str:
    ours, paper = (
        "-" if error is None else print_error(error).removeprefix("0")
        for error in (cell.ours, cell.paper)
    )
    return f"{ours:>7}{paper if cell.paper is not None else '':>5}"


CSV_FIELDS = (
    "dataset,column,seed,error,published,n_train,n_test,n_timepoints,n_classes,"
    "n_channels,seconds,parameters,versions,protocol,settings,weights,split,note"
).split(",")


def to_csv(results: Results) -> str:
    """Write all results in long form: a line a unit, and a line an empty cell.

    `timenet_sklearn.table1.results.read_results` reads it back.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
        Columns: `CSV_FIELDS`. ``published`` is the paper's figure; ``note`` says why
        a cell is empty or a row restricted.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_FIELDS, lineterminator="\n")
    writer.writeheader()
    for row in table_rows(results):
        for column, cell in row.cells.items():
            printed = "" if cell.paper is None else print_error(cell.paper)
            common = {"published": printed, "note": row.note}
            units = results.cell(row.dataset, column)
            for unit in units:
                writer.writerow(_unit_fields(unit) | common)
            if not units:
                writer.writerow(
                    {"dataset": row.dataset, "column": column}
                    | common
                    | {"note": cell.why}
                )
    return text.getvalue()


def _unit_fields(unit: Result) -> dict[str, Any]:
    return vars(unit) | {
        "error": repr(float(unit.error)),
        "seconds": f"{unit.seconds:.3f}",
        "parameters": json.dumps(unit.parameters, sort_keys=True),
        "versions": json.dumps(unit.versions, sort_keys=True),
        "settings": json.dumps(unit.settings, sort_keys=True),
        "weights": unit.weights or "",
    }


def to_markdown(results: Results) -> str:
    """Lay out Table 1 as a Markdown table, with the remarks under it.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
    """

    def line(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

    lines = [
        "Error on the test part: ours (paper's).",
        "",
        line(["data set", "T", *COLUMNS]),
        "|" + "|".join([" :-- ", *[" --: "] * (len(COLUMNS) + 1)]) + "|",
    ]
    for row in table_rows(results):
        name = row.dataset + (" †" if row.note else "")
        lines.append(line([name, *_cells(row)]))
    for label, cells in summary_lines(results):
        lines.append(line([f"*{label.strip()}*", "", *cells]))
    return "\n".join([*lines, "", *[f"- {remark}" for remark in remarks(results)]])


def _cells(row: Row) -> list[str]:
    pairs = [_pair(cell) for cell in row.cells.values()]
    return [str(row.n_timepoints or ""), *pairs]


def _pair(cell: Cell) -> str:
    ours = "--" if cell.ours is None else print_error(cell.ours)
    return ours if cell.paper is None else f"{ours} ({print_error(cell.paper)})"


def to_latex(results: Results) -> str:
    r"""Lay out Table 1 as a LaTeX ``tabular``; needs the package ``booktabs``.

    Parameters
    ----------
    results : Results

    Returns
    -------
    str
    """

    def line(cells: Sequence[str]) -> str:
        return "  " + " & ".join(cells) + r" \\"

    head = [_latex_column(column) for column in COLUMNS]
    lines = [
        "% Error on the test part: ours (paper's). \\usepackage{booktabs}",
        rf"\begin{{tabular}}{{lr*{{{len(COLUMNS)}}}{{r}}}}",
        r"  \toprule",
        line(["Data set", "$T$", *head]),
        r"  \midrule",
    ]
    for row in table_rows(results):
        name = _latex(row.dataset) + (r"$^\dagger$" if row.note else "")
        lines.append(line([name, *_cells(row)]))
    lines.append(r"  \midrule")
    for label, cells in summary_lines(results):
        lines.append(line([_latex(label.strip()), "", *cells]))
    lines += [r"  \bottomrule", r"\end{tabular}", ""]
    remark = [_latex(text).replace("†", r"$^\dagger$") for text in remarks(results)]
    return "\n".join([*lines, *[f"{text}.\\par" for text in remark]])


def _latex_column(column: str) -> str:
    name, _, index = column.partition("_")
    return f"{name}$_{{{index}}}$" if index else name


def _latex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
    special |= {"^": r"\textasciicircum{}"}
    special |= {sign: f"\\{sign}" for sign in "&%$#_{}"}
    return "".join(special.get(sign, sign) for sign in text)
