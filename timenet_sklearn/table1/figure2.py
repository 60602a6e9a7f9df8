"""Figure 2 of the paper: how well embeddings keep classes and data sets apart."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from string import ascii_lowercase
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from timenet_sklearn._transformers import TimeNetTransformer
from timenet_sklearn.datasets import Dataset, load_bundled, load_cmapss, load_ucr
from timenet_sklearn.table1 import STAND_INS

#: Four of the paper's test sets: few classes and many, drawn, measured and simulated.
CLASS_SETS = ("SyntheticControl", "TwoPatterns", "SwedishLeaf", "ECG5000")

#: One test set of each kind; those that are found go into the sample across sets.
SAMPLED_SETS = tuple(
    """
    SyntheticControl PhalangesOutlinesCorrect ElectricDevices MedicalImages SwedishLeaf
    TwoPatterns ECG5000 ECGFiveDays Wafer ChlorineConcentration Adiac Strawberry
    CricketX UWaveGestureLibraryX Yoga FordA
    """.split()
)

_MOST = 1000  # series of a panel: t-SNE of more takes minutes and is a blot
_SAMPLE = 40  # series of each set in the sample across sets


class Embedded(NamedTuple):
    """A panel of the figure, before t-SNE: embeddings and labels of series."""

    name: str
    embeddings: NDArray[np.float32]
    labels: NDArray[Any]


def knn_purity(embeddings: ArrayLike, labels: ArrayLike, n_neighbors: int = 5) -> float:
    """Measure how far neighbours share their label, 0 to 1.

    It is the mean part of the nearest others, by Euclidean distance between
    standardised embeddings, that has a series' own label; not in the two features of
    t-SNE, but in all.
    """
    features, names = np.asarray(embeddings), np.asarray(labels)
    if len(features) < 2:
        raise ValueError(f"knn_purity: {len(features)} series have no neighbours.")
    scaled = StandardScaler().fit_transform(features)
    neighbors = NearestNeighbors(n_neighbors=min(n_neighbors, len(scaled) - 1))
    # without an argument, no series is its own neighbour
    nearest = neighbors.fit(scaled).kneighbors(return_distance=False)
    return float(np.mean(names[nearest] == names[:, None]))


def chance_purity(labels: ArrayLike) -> float:
    """Compute the expected purity, 0 to 1, of labels in random order."""
    counts = np.unique(labels, return_counts=True)[1]
    n = counts.sum()
    return float((counts * (counts - 1)).sum() / (n * (n - 1)))


def embed_sets(
    data_dir: str | os.PathLike[str],
    *,
    sets: Sequence[str] = CLASS_SETS,
    transformer: TimeNetTransformer | None = None,
    random_state: int = 0,
) -> list[Embedded]:
    """Embed what figure 2 shows: a multivariate set, single sets, a sample across sets.

    `data_dir` is a folder of the UCR archive, with NASA's engines perhaps: without
    these, sktime's BasicMotions is the multivariate set. Of a set, training and test
    part together, at most 1,000 series are drawn, and 40 of each across sets.
    """
    encoder = transformer or TimeNetTransformer(weights="ucr18")
    rng = np.random.default_rng(random_state)
    single = [load_ucr(name, data_dir) for name in sets]
    found = {data.name: data for data in single}
    for name in SAMPLED_SETS:
        with suppress(FileNotFoundError):  # a sample of what there is
            found[name] = found.get(name) or load_ucr(name, data_dir)
    if len(found) < 2:
        which = f"at least two of {', '.join(SAMPLED_SETS)}"
        n_found = f"{str(data_dir)!r} holds {len(found)} data sets to sample across"
        raise FileNotFoundError(f"embed_sets: {n_found}; expected {which}.")
    panels = []
    for data in (_load_multivariate(data_dir), *single):
        X, y = _sample(data, _MOST, rng)
        panels.append((data.name, encoder.fit_transform(X), y))
    series, names = [], []
    for data in found.values():
        X, _ = _sample(data, _SAMPLE, rng)
        series += X
        names += [data.name] * len(X)
    panels.append(("across data sets", encoder.fit_transform(series), np.array(names)))
    return [Embedded(*panel) for panel in panels]


def _load_multivariate(data_dir: str | os.PathLike[str]) -> Dataset:
    """Load NASA's engines, if the folder has them, or sensors that sktime brings."""
    try:
        return load_cmapss(data_dir)
    except FileNotFoundError:
        return load_bundled(STAND_INS[0])


def _sample(
    data: Dataset, most: int, rng: np.random.Generator
) -> tuple[list[NDArray[Any]], NDArray[Any]]:
    """Take at most `most` series of both parts, in their order."""
    X, y = [*data.X_train, *data.X_test], np.concatenate([data.y_train, data.y_test])
    rows = np.sort(rng.permutation(len(y))[:most])
    return [X[row] for row in rows], y[rows]


def measure(panels: Sequence[Embedded]) -> Any:
    """Measure the purity of panels: a DataFrame, a row a panel."""
    import pandas as pd

    table = pd.DataFrame({"name": [panel.name for panel in panels]})
    table["n_series"] = [len(panel.labels) for panel in panels]
    table["n_labels"] = [len(np.unique(panel.labels)) for panel in panels]
    table["purity"] = [knn_purity(*panel[1:]) for panel in panels]
    table["chance"] = [chance_purity(panel.labels) for panel in panels]
    return table


def write_figures(
    panels: Sequence[Embedded], out: str | os.PathLike[str], random_state: int = 0
) -> list[Path]:
    """Draw the panels as ``fig2.png``, by t-SNE, and write ``fig2.csv`` beside it."""
    from timenet_sklearn.plotting import tsne_figure

    numbers, drawn = measure(panels), {}
    for panel, row in zip(panels, numbers.itertuples(), strict=True):
        letter = ascii_lowercase[row.Index % 26]
        purity = f"5-NN purity {row.purity:.2f} (chance {row.chance:.2f})"
        drawn[f"({letter}) {row.name}\n{purity}"] = panel[1:]
    figure = tsne_figure(drawn, random_state, n_columns=3, named=list(drawn)[-1:])
    caption = "one dot per series, one colour per class (last panel: per data set)"
    figure.supxlabel(f"t-SNE of the embeddings; {caption}", fontsize=10)
    picture, table = Path(out) / "fig2.png", Path(out) / "fig2.csv"
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(picture, dpi=150)
    numbers.to_csv(table, index=False, float_format="%.6f", lineterminator="\n")
    return [picture, table]
