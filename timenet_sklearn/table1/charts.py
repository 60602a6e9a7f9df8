"""Pictures of the report: ours against published, ranks, layers against length."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.figure import Figure

from timenet_sklearn.table1.summary import LAYERS, Summary

# told apart by the colour-blind, and by their shapes in black and white
_OURS, _PAPER, _INK, _GRID = "#0b5fa5", "#c8590a", "#222222", "#d9d9d9"
_STYLE: dict[Any, Any] = {
    **{"font.size": 9, "axes.titlesize": 10, "axes.titleweight": "bold"},
    **{"axes.spines.right": False, "axes.spines.top": False, "legend.frameon": False},
    "svg.hashsalt": "timenet",  # the same bytes each time
}
_DOT: dict[str, Any] = {"s": 18, "color": _OURS, "linewidths": 0, "label": "ours"}
_DIAMOND: dict[str, Any] = {"s": 18, "marker": "D", "facecolors": "none"}
_DIAMOND |= {"edgecolors": _PAPER, "label": "paper"}


@contextmanager
def _figure(width: float, height: float) -> Iterator[Figure]:
    with rc_context(_STYLE):
        yield Figure(figsize=(width, height), layout="constrained")


def to_data_uri(figure: Figure) -> str:
    """Write a figure as an address that holds it as SVG."""
    file = io.BytesIO()
    with rc_context(_STYLE):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return f"data:image/svg+xml;base64,{base64.b64encode(file.getvalue()).decode()}"


def scatter_figure(summary: Summary, method: str) -> Figure:
    """Draw our errors of a method against the paper's, a point a data set."""
    ours = summary.ours.loc[summary.compared, method]
    paper = summary.paper.loc[summary.compared, method]
    highest = 1.08 * max(0.1, ours.max(), paper.max())
    with _figure(2.6, 2.6) as figure:
        ax = figure.subplots()
        ax.plot([0, highest], [0, highest], color=_GRID, linewidth=1.2, zorder=1)
        ax.scatter(paper, ours, **_DOT)
        ax.set(xlim=(0, highest), ylim=(0, highest), aspect="equal", title=method)
        ax.set(xlabel="error, paper", ylabel="error, ours")
    return figure


def ranks_figure(mean_ranks: pd.Series, p_values: pd.DataFrame) -> Figure:
    """Draw mean ranks, with bars whose dots are methods that do not differ at 0.05."""
    from scikit_posthocs import critical_difference_diagram

    with _figure(6.0, 2.6) as figure:
        ax = figure.subplots()
        ax.spines["top"].set_visible(True)  # the axis of the ranks
        critical_difference_diagram(
            dict(mean_ranks),
            p_values,
            ax=ax,
            label_fmt_left="{label}  {rank:.2f} ",
            label_fmt_right=" {rank:.2f}  {label}",
            # dots tell the members of a bar from those that it passes
            crossbar_props={"color": _INK, "linewidth": 2, "marker": "o"},
            text_h_margin=0.06,
        )
        # the axis is at zero: its name belongs above it, not at the foot
        ax.set_title("mean rank (1 is best)", fontsize=9, fontweight="normal")
    return figure


def layers_figure(summary: Summary) -> Figure:
    """Draw what a single layer loses against all three, by length of the series."""
    *singles, every = LAYERS
    ours = summary.ours.loc[summary.compared]
    paper = summary.paper.loc[summary.compared].where(ours.notna())
    steps = summary.n_timepoints[summary.compared]
    with _figure(7.6, 2.7) as figure:
        axes = figure.subplots(1, len(singles), sharex=True, sharey=True)
        for ax, method in zip(axes, singles, strict=True):
            ax.axhline(0, color=_GRID, linewidth=1.2, zorder=1)
            # side by side, for nine sets have 80 steps
            ax.scatter(1.04 * steps, paper[method] - paper[every], **_DIAMOND)
            ax.scatter(steps, ours[method] - ours[every], **_DOT)
            ax.set(xscale="log", title=f"{method} less {every}")
            ax.set_xticks([60, 100, 200, 300], ["60", "100", "200", "300"])
            ax.minorticks_off()
        axes[0].set_ylabel("difference of errors")
        figure.supxlabel("steps of a series", fontsize=9)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper")
    return figure
