"""The report of Table 1 in all its formats: ours beside the paper's figure."""

from __future__ import annotations

import json
import os
import re
import textwrap
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from timenet_sklearn.table1 import FORMATS, METHODS
from timenet_sklearn.table1.published import print_error
from timenet_sklearn.table1.results import OBJECTS
from timenet_sklearn.table1.summary import Summary, remarks, summary_lines
from timenet_sklearn.table1.units import FIELDS


def write_report(
    summary: Summary, out: str | os.PathLike[str], *forms: str
) -> list[Path]:
    """Write some `FORMATS` of the report, or all, into a folder, and give the files.

    The folder is made if it is not there; files of an earlier report are replaced.
    """
    # laid out first: a form that fails leaves the folder as it was
    texts = {form: format_report(summary, form) for form in forms or FORMATS}
    Path(out).mkdir(parents=True, exist_ok=True)
    paths = [Path(out) / FORMATS[form] for form in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8", newline="\n")
    return paths


def format_report(summary: Summary, form: str = "text") -> str:
    """Lay out the report in one of `FORMATS`; another is a ValueError."""
    if form not in FORMATS:
        expected = ", ".join(FORMATS)
        raise ValueError(f"format_report: form={form!r}; expected one of {expected}.")
    makers = (to_text, to_csv, to_markdown, to_latex, _to_html)
    text = dict(zip(FORMATS, makers, strict=True))[form](summary)
    return text.rstrip("\n") + "\n"


def _to_html(summary: Summary) -> str:
    from timenet_sklearn.table1.page import to_html  # loads matplotlib

    return to_html(summary)


def lay_out(
    summary: Summary, show: Callable[[str, str], str], length: str = "T"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lay out the table and the lines under it as texts, for pandas to write.

    `show` makes the text of a cell from its errors, ours and the paper's, each empty
    where there is none; `length` heads the column of lengths.
    """
    steps = ["" if np.isnan(n) else f"{n:.0f}" for n in summary.n_timepoints]
    ours, paper = summary.ours.map(print_error), summary.paper.map(print_error)
    cells = {method: map(show, ours[method], paper[method]) for method in METHODS}
    daggers = {name: f"{name} †" for name in summary.restrictions}
    table = pd.DataFrame({length: steps, **cells}, index=ours.index).rename(daggers)
    lines = summary_lines(summary)
    lines.insert(0, length, "")
    return table, lines


def to_text(summary: Summary) -> str:
    """Lay out Table 1 for a terminal of 132 columns."""

    def show(ours: str, paper: str) -> str:
        return f"{ours.removeprefix('0') or '-':>5} {paper.removeprefix('0'):>4}"

    table, lines = lay_out(summary, show)
    lines[list(METHODS)] = lines[list(METHODS)].map("{:<7}".format)
    text = pd.concat([table, lines]).to_string(justify="right")
    head, *rows = map(str.rstrip, text.splitlines())
    rule = "-" * len(head)
    wrap = textwrap.TextWrapper(len(head), subsequent_indent=4 * " ")
    wrap.break_on_hyphens = False
    texts = ["Errors on the test part: ours, and the paper's.", *remarks(summary)]
    body = [head, rule, *rows[: len(table)], rule, *rows[len(table) :], ""]
    return "\n".join([*body, *map(wrap.fill, texts)])


def to_csv(summary: Summary) -> str:
    """Write all results in long form: a line a unit, and a line an empty cell.

    `read_results` reads it back. Beside the `FIELDS` of a unit it has ``published``,
    the paper's figure, and ``note``: why a cell is empty or a row restricted.
    """
    units = summary.results.units.sort_values("seed")
    units["error"] = units["error"].map(lambda error: repr(float(error)))
    units["seconds"] = units["seconds"].map("{:.3f}".format)
    units["weights"] = units["weights"].fillna("")
    for name in OBJECTS:
        units[name] = units[name].map(partial(json.dumps, sort_keys=True))
    by_cell = dict(list(units.groupby(["dataset", "method"])))
    lines = []
    for dataset, method in product(summary.ours.index, METHODS):
        cell = {
            "dataset": dataset,
            "column": method,
            "published": print_error(summary.paper.loc[dataset, method]),
            "note": summary.restrictions.get(dataset, ""),
        }
        if (dataset, method) in by_cell:
            found = by_cell[dataset, method].to_dict("records")
            lines += [{**unit, **cell} for unit in found]
        else:
            lines.append({**cell, "note": summary.results.why(dataset, method)})
    fields = [*FIELDS[:4], "published", *FIELDS[4:], "note"]
    table = pd.DataFrame(lines, columns=fields, dtype=object)
    return str(table.to_csv(index=False, lineterminator="\n"))


def to_markdown(summary: Summary) -> str:
    """Lay out Table 1 as a Markdown table, with the remarks under it."""
    table, lines = lay_out(summary, _in_brackets)
    lines = lines.rename(index=lambda label: f"*{label.strip()}*")
    whole = pd.concat([table, lines]).rename_axis("data set")
    aligned = ["left", *["right"] * whole.shape[1]]
    text = whole.to_markdown(colalign=aligned, disable_numparse=True)
    items = [f"- {remark}" for remark in remarks(summary)]
    return "\n".join(["Error on the test part: ours (paper's).", "", text, "", *items])


def to_latex(summary: Summary) -> str:
    r"""Lay out Table 1 as a LaTeX ``tabular``; needs the package ``booktabs``."""
    table, lines = lay_out(summary, _in_brackets, length="$T$")
    whole = pd.concat([table, lines.rename(index=str.strip)]).rename(index=_latex)
    whole.columns = [re.sub("_(.+)", r"$_{\1}$", name) for name in whole]
    whole = whole.rename_axis(columns="Data set")
    aligned = f"l{'r' * whole.shape[1]}"
    rows = whole.to_latex(escape=False, column_format=aligned).splitlines()
    rows.insert(-2 - len(lines), r"\midrule")
    head = r"% Error on the test part: ours (paper's). \usepackage{booktabs}"
    foot = [f"{_latex(remark)}.\\par" for remark in remarks(summary)]
    return "\n".join([head, *rows, "", *foot])


def _in_brackets(ours: str, paper: str) -> str:
    return f"{ours or '--'} ({paper})" if paper else ours or "--"


def _latex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
    special |= {"^": r"\textasciicircum{}", "†": r"$^\dagger$"}
    special |= {sign: f"\\{sign}" for sign in "&%$#_{}"}
    return "".join(special.get(sign, sign) for sign in text)
