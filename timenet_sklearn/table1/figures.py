"""Figure 2 of the paper: how well embeddings keep classes and data sets apart."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from timenet_sklearn._transformers import TimeNetTransformer
from timenet_sklearn.datasets import Dataset, load_bundled, load_ucr
from timenet_sklearn.table1.published import STAND_INS

#: Real sensors in place of the paper's private data.
MULTIVARIATE_SET = STAND_INS[0]

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

_N_NEIGHBORS = 5
_MOST = 1000  # series of a panel: t-SNE of more takes minutes and is a blot
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SAMPLE = 40  # series of each set in the sample across sets


@dataclass(frozen=True)
class Embedded:
    """A panel of the figure, before t-SNE.

    Attributes
    ----------
    name : str
        Of the data set; of the last panel, "across data sets".
    embeddings : ndarray of shape (n_samples, n_features)
    labels : ndarray of shape (n_samples,)
    purity, chance : float
        `knn_purity` of the embeddings, and what labels in random order would have.
    """

    name: str
    embeddings: NDArray[np.float32]
    labels: NDArray[Any]
    purity: float
    chance: float


def knn_purity(
    embeddings: ArrayLike, labels: ArrayLike, n_neighbors: int = _N_NEIGHBORS
) -> float:
    """Measure how far neighbours share their label.

    Of each series the nearest others by Euclidean distance between standardised
    embeddings are taken; the mean part of them that has the series' own label is
    returned. It is measured in all features, not in the two of t-SNE.

    Parameters
    ----------
    embeddings : array-like of shape (n_samples, n_features)
    labels : array-like of shape (n_samples,)
    n_neighbors : int, default=5
        All others, if there are fewer.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    ValueError
        With fewer than two series.
    """
    features, names = np.asarray(embeddings), np.asarray(labels)
    if len(features) < 2:
        raise ValueError(
            f"knn_purity: {len(features)} series have no neighbours; expected at least "
            "two."
        )
    scaled = StandardScaler().fit_transform(features)
    neighbors = NearestNeighbors(n_neighbors=min(n_neighbors, len(scaled) - 1))
    # without an argument, no series is its own neighbour
    nearest = neighbors.fit(scaled).kneighbors(return_distance=False)
    return float(np.mean(names[nearest] == names[:, None]))


def chance_purity(labels: ArrayLike) -> float:
    """Compute the expected purity of labels in random order.

    Parameters
    ----------
    labels : array-like of shape (n_samples,)

    Returns
    -------
    float
        0 to 1.
    """
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

    Parameters
    ----------
    data_dir : path
        Folder of the UCR archive, as `load_ucr` takes it.
    sets : sequence of str
        The single sets, training and test part together.
    transformer : TimeNetTransformer, optional
        By default that of the bundled weights.
    random_state : int, default=0
        Of the samples: at most 1,000 series of a set, and 40 of each across sets.

    Returns
    -------
    list of Embedded
        In the order of the figure.

    Raises
    ------
    ValueError
        With more than 24 sets: panels are lettered.
    FileNotFoundError
        If one of `sets` is not found, or fewer than two sets to sample across.
    ImportError
        If sktime, which brings the multivariate set, is missing.
    """
    _check_panels("embed_sets", len(sets) + 2)
    encoder = transformer or TimeNetTransformer(weights="ucr18")
    rng = np.random.default_rng(random_state)
    single = [load_ucr(name, data_dir) for name in sets]
    sampled = _find_sampled(Path(data_dir), single)
    panels = []
    for data in (load_bundled(MULTIVARIATE_SET), *single):
        X, y = _sample(data, _MOST, rng)
        panels.append(_embed(data.name, X, y, encoder))
    series, names = [], []
    for data in sampled:
        X, _ = _sample(data, _SAMPLE, rng)
        series += X
        names += [data.name] * len(X)
    panels.append(_embed("across data sets", series, np.array(names), encoder))
    return panels


def _check_panels(function: str, n_panels: int) -> None:
    if n_panels > len(_LETTERS):
        raise ValueError(
            f"{function}: the figure would have {n_panels} panels, with that of the "
            f"multivariate set and that across sets; expected at most {len(_LETTERS)}, "
            "a letter each. Name fewer sets."
        )


def _find_sampled(folder: Path, loaded: Sequence[Dataset]) -> list[Dataset]:
    found = {data.name: data for data in loaded}
    for name in SAMPLED_SETS:
        if name not in found:
            try:
                found[name] = load_ucr(name, folder)
            except FileNotFoundError:
                continue  # a sample of what there is
    if len(found) < 2:
        raise FileNotFoundError(
            f"embed_sets: {str(folder)!r} holds {len(found)} data sets to sample "
            f"across; expected at least two of {', '.join(SAMPLED_SETS)}."
        )
    return list(found.values())


def _sample(
    data: Dataset, most: int, rng: np.random.Generator
) -> tuple[list[NDArray[Any]], NDArray[Any]]:
    """Take at most `most` series of both parts, in their order."""
    X, y = [*data.X_train, *data.X_test], np.concatenate([data.y_train, data.y_test])
    rows = np.sort(rng.permutation(len(y))[:most])
    return [X[row] for row in rows], y[rows]


def _embed(
    name: str, X: list[NDArray[Any]], y: NDArray[Any], encoder: TimeNetTransformer
) -> Embedded:
    embeddings = encoder.fit_transform(X)
    return Embedded(name, embeddings, y, knn_purity(embeddings, y), chance_purity(y))


def write_figures(
    panels: Sequence[Embedded], out: str | os.PathLike[str], random_state: int = 0
) -> list[Path]:
    """Draw figure 2 and write the numbers beside its panels.

    Parameters
    ----------
    panels : sequence of Embedded
    out : path
        Folder, made if it is not there; files of an earlier run are replaced.
    random_state : int, default=0
        Of t-SNE.

    Returns
    -------
    list of Path
        ``fig2.png`` and ``fig2.csv``.

    Raises
    ------
    ValueError
        With more than 26 panels.
    ImportError
        If matplotlib is missing.
    """
    from timenet_sklearn.plotting import tsne_figure

    _check_panels("write_figures", len(panels))
    titles = [
        f"({letter}) {panel.name}\n5-NN purity {panel.purity:.2f} "
        f"(chance {panel.chance:.2f})"
        for letter, panel in zip(_LETTERS, panels, strict=False)
    ]
    drawn = {
        title: (panel.embeddings, panel.labels)
        for title, panel in zip(titles, panels, strict=True)
    }
    figure = tsne_figure(drawn, random_state, n_columns=3, named=titles[-1:])
    caption = "a dot a series, a colour a class, in the last panel a data set"
    figure.supxlabel(f"t-SNE of the embeddings; {caption}", fontsize=10)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    picture, table = folder / "fig2.png", folder / "fig2.csv"
    figure.savefig(picture, dpi=150)
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["name", "n_series", "n_labels", "purity", "chance"])
        for panel in panels:
            n_labels = len(np.unique(panel.labels))
            figures = [f"{panel.purity:.6f}", f"{panel.chance:.6f}"]
            writer.writerow([panel.name, len(panel.labels), n_labels, *figures])
    return [picture, table]


def format_purity(panels: Sequence[Embedded]) -> str:
    """Lay out the purity of the panels as a table.

    Parameters
    ----------
    panels : sequence of Embedded

    Returns
    -------
    str
        Several lines.
    """
    lines = [f"{'':20} series  labels  5-NN purity  chance"]
    for panel in panels:
        n_labels = len(np.unique(panel.labels))
        lines.append(
            f"{panel.name:20} {len(panel.labels):6} {n_labels:7} {panel.purity:12.3f} "
            f"{panel.chance:7.3f}"
        )
    return "\n".join(lines)
