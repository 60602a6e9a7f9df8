"""Pictures of the report: ours against published, ranks, layers against length."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from timenet_sklearn.table1.comparisons import LAYERS
from timenet_sklearn.table1.published import published
from timenet_sklearn.table1.ranks import Ranks, Significance, import_posthocs
from timenet_sklearn.table1.results import Results
from timenet_sklearn.table1.summary import (
    Errors,
    compared_errors,
    published_errors,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# told apart by the colour-blind, and by their shapes in black and white
_OURS, _PAPER, _INK, _GRID = "#0b5fa5", "#c8590a", "#222222", "#d9d9d9"
_STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.edgecolor": "#888888",
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "svg.hashsalt": "timenet",
}


@contextmanager
def _style() -> Iterator[type[Figure]]:
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            f"The pictures of the report need the package {error.name!r}; install it "
            'with: pip install "timenet_sklearn[report]"'
        ) from error
    with rc_context(_STYLE):
        yield Figure


def to_svg(figure: Figure) -> str:
    """Write a figure as SVG, the same bytes each time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    str
    """
    file = io.BytesIO()
    with _style():
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue().decode()


def to_data_uri(figure: Figure) -> str:
    """Write a figure as an address that holds the picture itself.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    str
    """
    content = base64.b64encode(to_svg(figure).encode()).decode()
    return f"data:image/svg+xml;base64,{content}"


def scatter_figure(results: Results, column: str) -> Figure:
    """Draw our errors of a column against the paper's, a point a data set.

    Parameters
    ----------
    results : Results
    column : str

    Returns
    -------
    matplotlib.figure.Figure
        Points above the diagonal: ours is worse.
    """
    ours = compared_errors(results, column)
    paper = published_errors(column, list(ours))
    highest = 1.08 * max([0.1, *ours.values(), *paper.values()])
    with _style() as figure_type:
        figure = figure_type(figsize=(2.6, 2.6), layout="constrained")
        ax = figure.subplots()
        ax.plot([0, highest], [0, highest], color=_GRID, linewidth=1.2, zorder=1)
        names = list(paper)
        x, y = [paper[name] for name in names], [ours[name] for name in names]
        ax.scatter(x, y, s=20, color=_OURS, alpha=0.75, linewidths=0, zorder=2)
        ax.set(xlim=(0, highest), ylim=(0, highest), aspect="equal", title=column)
        ax.set(xlabel="error, paper", ylabel="error, ours")
        ax.locator_params(nbins=4)
    return figure


def ranks_figure(ranks: Ranks, significance: Significance) -> Figure:
    """Draw mean ranks, with bars whose dots are columns that do not differ at 0.05.

    Parameters
    ----------
    ranks : Ranks
    significance : Significance

    Returns
    -------
    matplotlib.figure.Figure
    """
    with _style() as figure_type:
        figure = figure_type(figsize=(6.0, 2.6), layout="constrained")
        ax = figure.subplots()
        ax.spines["top"].set_visible(True)  # the axis of the ranks
        import_posthocs().critical_difference_diagram(
            dict(ranks.mean_ranks),
            significance.wilcoxon,
            ax=ax,
            label_fmt_left="{label}  {rank:.2f} ",
            label_fmt_right=" {rank:.2f}  {label}",
            elbow_props={"color": _INK, "linewidth": 0.8},
            marker_props={"color": _OURS, "s": 22},
            label_props={"fontsize": 9},
            # dots tell the members of a bar from those that it passes
            crossbar_props={"color": _INK, "linewidth": 2, "marker": "o"},
            text_h_margin=0.06,
        )
        # the axis is at zero: its name belongs above it, not at the foot
        ax.set_title("mean rank (1 is best)", fontsize=9, fontweight="normal")
    return figure


def layers_figure(results: Results) -> Figure:
    """Draw what a single layer loses against all three, by length of the series.

    Parameters
    ----------
    results : Results

    Returns
    -------
    matplotlib.figure.Figure
        Above zero: all layers together are better.
    """
    *singles, every = LAYERS
    with _style() as figure_type:
        figure = figure_type(figsize=(7.6, 2.7), layout="constrained")
        axes = figure.subplots(1, len(singles), sharex=True, sharey=True)
        for ax, column in zip(axes, singles, strict=True):
            ax.axhline(0, color=_GRID, linewidth=1.2, zorder=1)
            ours = compared_errors(results, column)
            paper = published_errors(column, list(ours))
            _points(ax, paper, published_errors(every), marker="D", paper=True)
            _points(ax, ours, compared_errors(results, every), marker="o", paper=False)
            ax.set(xscale="log", title=f"{column} less {every}")
            ax.set_xticks([60, 100, 200, 300], ["60", "100", "200", "300"])
            ax.minorticks_off()
        axes[0].set_ylabel("difference of errors")
        figure.supxlabel("steps of a series", fontsize=9)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside right upper", frameon=False, handletextpad=0.1
        )
    return figure


def _points(ax: Any, layer: Errors, every: Errors, *, marker: str, paper: bool) -> None:
    names = [name for name in layer if name in every]
    colours = (
        {"facecolors": "none", "edgecolors": _PAPER} if paper else {"color": _OURS}
    )
    ax.scatter(
        # side by side, for nine sets have 80 steps
        [published()[name].n_timepoints * (1.04 if paper else 1) for name in names],
        [layer[name] - every[name] for name in names],
        s=18,
        marker=marker,
        linewidths=1 if paper else 0,
        alpha=0.8,
        label="paper" if paper else "ours",
        zorder=2,
        **colours,
    )
