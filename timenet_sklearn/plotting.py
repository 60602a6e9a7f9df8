"""Pictures of embeddings (paper, figure 2)."""

from __future__ import annotations

from collections.abc import Mapping
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
    panels: Mapping[str, tuple[ArrayLike, ArrayLike]], random_state: int = 0
) -> Figure:
    """Draw the t-SNE of embeddings, a panel a data set, coloured by class.

    Parameters
    ----------
    panels : dict
        Title -> (embeddings of shape (n_samples, n_features), labels of shape
        (n_samples,)).
    random_state : int, default=0
        Of t-SNE.

    Returns
    -------
    matplotlib.figure.Figure
        Belongs to no window: call its ``savefig``.
    """
    figure = Figure(figsize=(3.2 * len(panels), 3.8), layout="constrained")
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for ax, (title, (embeddings, labels)) in zip(axes, panels.items(), strict=True):
        _scatter(ax, np.asarray(embeddings), np.asarray(labels), random_state)
        ax.set_title(title, fontsize=10)
    figure.supxlabel("t-SNE of the embeddings; a dot a series, a colour a class")
    return figure


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
