"""Sphinx configuration: ``sphinx-build -W -b html docs docs/_build/html``."""

from html import escape
from pathlib import Path

import pandas as pd

import timenet_sklearn
from timenet_sklearn.table1.report import lay_out
from timenet_sklearn.table1.results import read_results
from timenet_sklearn.table1.summary import remarks, summarise

ROOT = Path(__file__).resolve().parent.parent

project = "timenet_sklearn"
author = "The timenet_sklearn developers"
copyright = f"2026, {author}"
release = version = timenet_sklearn.__version__

# No intersphinx: the pages must build without a network.
extensions = [
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "gallery/README.rst"]
templates_path = ["_templates"]
default_role = "code"
nitpicky = False

autosummary_generate = True
autodoc_typehints = "none"  # numpydoc states the types
numpydoc_show_class_members = False  # the autosummary template lists them
# What the public reference must say on top of what `numpydoc lint` checks everywhere.
numpydoc_validation_checks = {"GL08", "PR01", "PR02", "PR07", "RT01"}

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"plot_",
    "subsection_order": [
        f"../examples/{job}" for job in ("classify", "explore", "detect", "train")
    ],
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
}

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# In the contents of a page of the reference `fit()`, not `TimeNetTransformer.fit()`.
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = "timenet_sklearn"
html_static_path = ["_static"]
html_css_files = ["narrow.css"]
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}


def skip_foreign_members(app, what, name, obj, skip, options):
    """Leave out what a class inherits from scikit-learn and sktime."""
    module = getattr(obj, "__module__", None) or ""
    return True if not module.startswith("timenet_sklearn") else None


def write_tables(app):
    """Make tables of HTML from the committed results, for the pages to include."""
    folder, results = ROOT / "docs" / "_tables", ROOT / "benchmarks" / "results"
    folder.mkdir(exist_ok=True)
    summary = summarise(read_results(results / "table1.csv"))
    table, lines = lay_out(summary, "{}<small>{}</small>".format, length="steps")
    first = ["steps", "TN-C pooled"]
    table = pd.concat([table, lines])[[*first, *table.columns.drop(first)]]
    # A long name may break before a capital.
    table.index = table.index.str.replace("(?<=[a-z])(?=[A-Z])", "<wbr>", regex=True)
    table.columns = table.columns.str.replace("TN-C pooled", "pooled")
    notes = "".join(f"<li>{escape(one)}</li>" for one in remarks(summary))
    text = _to_html(table.rename_axis(columns="data set")) + f"<ul>{notes}</ul>"
    (folder / "table1.html").write_text(text, encoding="utf-8")
    demo = _read_demo((results / "demo.txt").read_text("utf-8"))
    (folder / "demo.html").write_text(_to_html(demo), encoding="utf-8")


def _read_demo(text):
    """Read the table that `timenet demo` prints; a star marks the lowest error."""
    head, body = text.partition("\n\n")[0].splitlines()[1:], []
    names = head[0].replace("data set", "").split()
    for line in head[2:]:
        name, *cells = line.split()
        body.append([name, *[f"<b>{c[:-1]}</b>" if c[-1] == "*" else c for c in cells]])
    kinds = [""] * (len(names) - 6) + ["test error"] * 3 + ["seconds"] * 3
    columns = pd.MultiIndex.from_arrays([kinds, names], names=["", "data set"])
    frame = pd.DataFrame(body).set_index(0).set_axis(columns, axis="columns")
    return frame


def _to_html(frame):
    table = frame.rename_axis(index=None).to_html(escape=False, border=0)
    return f'<div class="wide-table">{table}</div>'


def setup(app):
    app.connect("autodoc-skip-member", skip_foreign_members)
    app.connect("builder-inited", write_tables)
