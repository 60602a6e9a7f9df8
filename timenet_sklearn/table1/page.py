"""The report as one HTML page that needs nothing but itself."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from timenet_sklearn.table1 import METHODS, charts
from timenet_sklearn.table1 import summary as analysis
from timenet_sklearn.table1.published import print_error, round_as_printed
from timenet_sklearn.table1.summary import ALL, LAYERS, OURS, RIVALS, SAME, Summary

_HERE, _FILES = Path(__file__).parent, ("page.css", "page.js")
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TimeNet, Table 1: ours and published</title>
<style>
{style}</style>
<body>
{body}
<script>
{script}</script>
"""


def to_html(summary: Summary) -> str:
    """Write the whole report as an HTML page: style, script and pictures inside."""
    makers = (_head, _table1, _remarks, _against_published, _ranking, _layers)
    sections = [make(summary) for make in (*makers, _references, _making)]
    style, script = ((_HERE / name).read_text("utf-8") for name in _FILES)
    return _PAGE.format(style=style, script=script, body="\n".join(sections))


def _section(title: str, text: str, *blocks: str) -> str:
    body = "\n".join(blocks)
    return f"<section>\n<h2>{title}</h2>\n<p>{text}</p>\n{body}\n</section>"


def _figure(figure: Any, alt: str, caption: str) -> str:
    return (
        f'<figure><img src="{charts.to_data_uri(figure)}" alt="{escape(alt)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _table(table: pd.DataFrame, style: str = "", *, escaped: bool = True) -> str:
    """Write a table; with `escaped`, its texts are HTML already."""
    text = table.rename_axis(index=None).to_html(escape=not escaped, border=0)
    return f'<div class="wide {style}">{text}</div>'


def _head(summary: Summary) -> str:
    """Give the figures at the head of the page, and what they are."""
    means, keys = summary.means.map(print_error), []
    for method in (*RIVALS, "TN-C", "TN-C pooled"):
        paper = means.loc[SAME, method]
        beside = f"paper {paper}" if paper else "not in the paper"
        keys.append((means.loc[OURS, method], f"mean error of {method}; {beside}"))
    for rival in RIVALS:
        wins = summary.wins[rival]["TN-C"]
        text = f"TN-C beats or ties {rival}; paper {wins[SAME]}, on all of its sets"
        keys.append((wins[OURS], f"{text} {wins[ALL]}"))
    items = [f"<li><b>{key}</b><small>{text}</small></li>" for key, text in keys if key]
    return f"""<header>
<h1>Table 1 of TimeNet, made again</h1>
<p>Classification errors on {len(summary.compared)} of the paper's 30 test sets, those
that have all their rows here, beside the figures that Malhotra et al. published (2017,
arXiv:1706.08838). All are of the splits of the UCR archive of 2015. Lower is
better.</p>
<ul class="keys">{"".join(items)}</ul>
</header>"""


def _table1(summary: Summary) -> str:
    steps = ["" if np.isnan(n) else f"{n:.0f}" for n in summary.n_timepoints]
    names = [_row_name(summary, name) for name in summary.ours.index]
    table = pd.DataFrame({"steps": steps}, index=names)
    for method in METHODS:
        table[method] = [_cell(summary, name, method) for name in summary.ours.index]
    table.columns = [f'<button type="button">{name}</button>' for name in table]
    lines = analysis.summary_lines(summary)
    lines.index = [one if one[0] == " " else f"<b>{one}</b>" for one in lines.index]
    lines.insert(0, "steps", "")
    foot = re.findall("<tbody>(.*)</tbody>", lines.to_html(escape=False), re.DOTALL)[0]
    return _section(
        "Errors",
        "Ours, and small the paper's. <b>Bold</b>: lowest of ours in the row. "
        '<span class="better">Green</span> or <span class="worse">red</span>: more '
        "than 0.005 below or above the paper. A click on a heading sorts.",
        _table(table).replace("</table>", f"<tfoot>{foot}</tfoot></table>"),
    )


def _row_name(summary: Summary, name: str) -> str:
    note = summary.restrictions.get(name, "")
    # a long name may break before a capital
    text = re.sub("(?<=[a-z])(?=[A-Z])", "<wbr>", escape(name))
    return f'<span title="{escape(note or name)}">{text}{" †" if note else ""}</span>'


def _cell(summary: Summary, name: str, method: str) -> str:
    ours, paper = summary.ours.loc[name, method], summary.paper.loc[name, method]
    beside = f"<small>{print_error(paper)}</small>"
    if np.isnan(ours):
        why = escape(summary.results.why(name, method))
        return f'<span class="none" title="{why}">&ndash;</span>{beside}'
    printed = round_as_printed(ours)
    lowest = round_as_printed(summary.ours.loc[name].min())
    # in whole thousandths, as the figures are printed
    apart = 0 if np.isnan(paper) else round(1000 * (printed - paper))
    near = "better" if apart < -5 else "worse" if apart > 5 else ""
    style = f"{'best' if printed == lowest else ''} {near}".strip()
    n, spread = summary.n_draws.loc[name, method], summary.spread.loc[name, method]
    draws = f"{n:.0f} draws, standard deviation {print_error(spread)}" if n > 1 else ""
    return f'<span class="{style}" title="{draws}">{print_error(ours)}</span>{beside}'


def _remarks(summary: Summary) -> str:
    items = [f"<li>{escape(remark)}</li>" for remark in analysis.remarks(summary)]
    return _section("Remarks", "What is missing, and why.", "<ul>", *items, "</ul>")


def _against_published(summary: Summary) -> str:
    figures = []
    for method in METHODS:
        apart = analysis.agreement(summary, method)
        if len(apart):
            near = f"{(apart <= 5).sum()} of {len(apart)} within 0.005"
            mean = f"mean absolute difference {print_error(apart.mean() / 1000)}"
            picture = charts.scatter_figure(summary, method)
            alt = f"{method}, ours against the paper's"
            figures.append(_figure(picture, alt, f"{near}; {mean}"))
    text = "A point a data set; below the line ours is better."
    pictures = ['<div class="scatters">', *figures, "</div>"]
    return _section("Ours against published", text, *pictures)


def _ranking(summary: Summary) -> str:
    return _section(
        "Ranks",
        f"Mean ranks on the {len(summary.ranked)} sets that have all methods shown. "
        "The dots of a bar are methods whose differences may be chance: Wilcoxon's "
        "signed ranks over these sets, differences of zero counted half to either "
        "sign, corrected by Holm, p at least 0.05.",
        '<div class="pair">',
        _ranks("Ours", summary, summary.ours),
        _ranks("The paper's figures", summary, summary.paper),
        "</div>",
    )


def _ranks(name: str, summary: Summary, errors: pd.DataFrame) -> str:
    shown = errors.loc[summary.ranked.index, summary.ranked.columns]
    ranked = analysis.rank(shown)
    tests = analysis.compare_ranks(shown[ranked.columns])
    if tests is None:
        return f"<div><p>{name}: too few data sets or methods to test.</p></div>"
    friedman, wilcoxon = tests
    p = f"= {_p_value(friedman)}".replace("= <", "< ")
    picture = _figure(
        charts.ranks_figure(ranked.mean(), wilcoxon),
        f"{name}: mean ranks",
        f"{name}; Friedman test that all methods are equal: p {p}",
    )
    p_values = wilcoxon.map(_p_value).where(np.tri(len(wilcoxon), k=-1) > 0, "")
    table = _table(p_values.iloc[1:, :-1], "narrow", escaped=False)
    return f'<div><div class="ranks">{picture}</div>{table}</div>'


def _p_value(p: float) -> str:
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _layers(summary: Summary) -> str:
    means = analysis.layers_by_length(summary)
    table = pd.DataFrame({"sets": means["n"]})
    best = means[OURS].min(axis=1)
    for layer in LAYERS:
        ours, paper = means[OURS, layer].map(print_error), means[SAME, layer]
        style = (means[OURS, layer] == best).map({True: "best", False: ""})
        span = '<span class="' + style + '">' + ours.replace("", "&ndash;") + "</span>"
        table[layer] = span + "<small>" + paper.map(print_error) + "</small>"
    picture = _figure(
        charts.layers_figure(summary),
        "error of single layers less that of all three, by length of the series",
        "Above the line, all three layers together are better than the one.",
    )
    return _section(
        "Layers against length",
        "The paper: for short series one layer suffices, for long ones all are needed. "
        "Mean errors, ours and small the paper's on the same sets.",
        _table(table.rename_axis(columns="steps of a series"), "narrow"),
        f'<div class="layers">{picture}</div>',
    )


def _references(summary: Summary) -> str:
    datasets, table = analysis.compare_references(summary)
    if not datasets:
        text = "None of the sets at hand has the same split in both archives."
        return _section("Other methods", text)
    # a mean error of 0.4 fills the bar's 8 rem
    bar = '{} <span class="bar" style="width:{:.2f}rem"></span>'
    table["mean"] = [bar.format(print_error(m), 20 * m) for m in table["mean"]]
    table = table.rename(columns={"n": "sets", "mean": "mean error"})
    return _section(
        "Other methods",
        "Published for the archive of 2018, whose splits are those of 2015 on "
        f"{len(datasets)} of the sets that have all their rows here: "
        f"{', '.join(datasets)}. The last two columns: sets on which ours beats or "
        "ties the method. Methods that lack some of the sets stand below, unranked.",
        _table(table.rename_axis(columns="method"), "narrow references"),
    )


def _making(summary: Summary) -> str:
    """Tell how the results were made: time, versions, weights."""
    units = summary.results.units
    counts = units["method"].value_counts()
    minutes = summary.minutes.loc["  all sets"].dropna().map("{:.1f}".format)
    table = pd.DataFrame({"units": counts[minutes.index], "minutes": minutes})
    versions = {pair for one in units["versions"] for pair in one.items()}
    weights = ", ".join(sorted(units["weights"].dropna().unique())) or "none"
    return _section(
        "How it was made",
        "Minutes are summed over units, which may have run side by side. Weights "
        f"(SHA-256): <code>{escape(weights)}</code>. Versions: "
        f"{escape(', '.join(map(' '.join, sorted(versions))) or 'not known')}.",
        _table(table.rename_axis(columns="method"), "narrow"),
    )
