"""Pictures of embeddings (paper, figure 2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.manifold import TSNE
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

try:
    from matplotlib.figure import Figure
except ImportError as error:
    raise ImportError(
        f"timenet_sklearn.plotting needs the package {error.name!r}; "
        'install it with: pip install "timenet_sklearn[plot]"'
    ) from error


def tsne_figure(
    panels: Mapping[str, tuple[ArrayLike, ArrayLike]],
    random_state: int = 0,
    *,
    n_columns: int | None = None,
    named: Collection[str] = (),
) -> Figure:
    """Draw the t-SNE of embeddings, a panel a data set, coloured by class.

    Parameters
    ----------
    panels : dict
        Title -> (embeddings of shape (n_samples, n_features), labels of shape
        (n_samples,)).
    random_state : int, default=0
        Of t-SNE.
    n_columns : int or None, default=None
        Panels in a row; None puts all into one.
    named : collection of str, default=()
        Titles of panels that have a legend of their labels.

    Returns
    -------
    matplotlib.figure.Figure
        Belongs to no window: call its ``savefig``.
    """
    n_columns = n_columns or len(panels)
    n_rows = -(-len(panels) // n_columns)
    size = (3.2 * n_columns, 0.3 + 3.5 * n_rows)
    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for ax, (title, (embeddings, labels)) in zip(axes, panels.items(), strict=False):
        _scatter(ax, np.asarray(embeddings), np.asarray(labels), random_state)
        ax.set_title(title, fontsize=10)
        if title in named:
            _name_colours(ax, np.unique(labels))
    for ax in axes[len(panels) :]:
        ax.set_axis_off()
    figure.supxlabel("t-SNE of embeddings; one dot per series, one colour per class")
    return figure


def _name_colours(ax: Any, names: Any) -> None:
    handles, _ = ax.collections[0].legend_elements(num=None)
    ax.legend(
        handles,
        names,
        loc="upper left",
        bbox_to_anchor=(1, 1),
        fontsize=7,
        frameon=False,
        handletextpad=0,
    )


def _scatter(ax: Any, embeddings: Any, labels: Any, random_state: int) -> None:
    scaled = StandardScaler().fit_transform(embeddings)
    # t-SNE needs a perplexity below the number of series.
    perplexity = min(30.0, (len(scaled) - 1) / 3)
    tsne = TSNE(perplexity=perplexity, random_state=random_state)
    # Threads meet thousands of times; on busy cores they wait 20 x longer than one
    # thread takes.
    with threadpool_limits(1, user_api="openmp"):
        points = tsne.fit_transform(scaled)
    classes, index = np.unique(labels, return_inverse=True)
    colours = "tab10" if len(classes) <= 10 else "tab20"
    ax.scatter(*points.T, c=index, cmap=colours, s=14, linewidths=0)
    ax.set_xticks([])
    ax.set_yticks([])
