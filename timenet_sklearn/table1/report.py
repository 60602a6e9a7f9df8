"""The report of Table 1: all forms of it, printed or written into a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from timenet_sklearn.table1 import FORMATS
from timenet_sklearn.table1.formats import to_csv, to_latex, to_markdown, to_text
from timenet_sklearn.table1.page import to_html
from timenet_sklearn.table1.results import Results

_MAKERS: Mapping[str, Callable[[Results], str]] = dict(
    zip(FORMATS, (to_text, to_csv, to_markdown, to_latex, to_html), strict=True)
)


def format_report(results: Results, form: str = "text") -> str:
    """Lay out the report.

    Parameters
    ----------
    results : Results
        As `timenet_sklearn.table1.results.read_results` reads them.
    form : {"text", "csv", "markdown", "latex", "html"}, default="text"
        "csv" has a line a unit of work, and `read_results` takes it back.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If `form` is none of these.
    ImportError
        If "html" lacks matplotlib or scikit-posthocs.
    """
    if form not in FORMATS:
        raise ValueError(
            f"format_report: form={form!r}; expected one of {', '.join(FORMATS)}."
        )
    return _MAKERS[form](results)


def write_report(
    results: Results, out: str | os.PathLike[str], *forms: str
) -> list[Path]:
    """Write the report into a folder.

    Parameters
    ----------
    results : Results
    out : path
        Made if it is not there; files of an earlier report are replaced.
    *forms : str
        See `format_report`; all of them by default.

    Returns
    -------
    list of Path
        What was written: table1.txt, table1.csv, table1.md, table1.tex, report.html.
    """
    # laid out first: a form that fails leaves the folder as it was
    texts = {form: format_report(results, form) for form in forms or FORMATS}
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for form, text in texts.items():
        paths.append(folder / FORMATS[form])
        paths[-1].write_text(text.rstrip("\n") + "\n", encoding="utf-8", newline="\n")
    return paths
