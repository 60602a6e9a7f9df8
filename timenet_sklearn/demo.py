"""The main job on real, unseen data: TimeNet embeddings beside DTW-1NN."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedShuffleSplit

from timenet_sklearn._series.panel import check_panel
from timenet_sklearn._transformers import TimeNetTransformer
from timenet_sklearn.classification import TimeNetClassifier
from timenet_sklearn.datasets import Dataset, load_bundled
from timenet_sklearn.plotting import tsne_figure


class DemoSet(NamedTuple):
    """A bundled data set and what of it fits into ten seconds of DTW.

    Attributes
    ----------
    name : str
    n_train, n_test : int or None
        Most series of each part; larger parts are cut, stratified by class.
    """

    name: str
    n_train: int | None = None
    n_test: int | None = None


# None of these is among the encoder's pre-training or validation sets.
DEMO_SETS = (
    DemoSet("UnitTest"),
    DemoSet("BasicMotions"),
    DemoSet("JapaneseVowels"),
    DemoSet("ACSF1", n_train=50, n_test=50),
    DemoSet("PLAID", n_train=55, n_test=110),
)

#: The paper's TN-C, final states and an SVC, and the package's defaults.
METHODS: dict[str, dict[str, Any]] = {
    "paper": {
        "weights": "ucr18",
        "pooling": "last",
        "views": "whole",
        "level": False,
        "head": "svc",
    },
    "default": {},
}


@dataclass(frozen=True)
class DemoRow:
    """Sizes, and error and seconds of each method, on one data set.

    Attributes
    ----------
    data : Dataset
        What was used, after cutting.
    n_all : int
        Series of both parts before cutting.
    errors, seconds : dict of float
        By method: those of `METHODS`, and "DTW"; training and prediction together, of
        one core while another method keeps the other busy.
    window : float
        DTW's warping window in percent of the length, by leave-one-out.
    embeddings : ndarray of shape (n_samples, n_features)
        Pooled, of training and test part.
    """

    data: Dataset
    n_all: int
    errors: dict[str, float]
    seconds: dict[str, float]
    window: float
    embeddings: NDArray[np.float32]


def run_demo(random_state: int = 0) -> Iterator[DemoRow]:
    """Embed, classify and compare, in two processes.

    Parameters
    ----------
    random_state : int, default=0
        Of the subsets.

    Yields
    ------
    DemoRow
    """
    data_sets, sizes = [], []
    for demo_set in DEMO_SETS:
        whole = load_bundled(demo_set.name)
        train = _cut(whole.X_train, whole.y_train, demo_set.n_train, random_state)
        test = _cut(whole.X_test, whole.y_test, demo_set.n_test, random_state)
        data_sets.append(Dataset(whole.name, *train, *test))
        sizes.append(len(whole.y_train) + len(whole.y_test))
    jobs = [job for data in data_sets for job in _jobs(data)]
    # in processes: DTW and the encoder each keep a core busy
    results = Parallel(n_jobs=2, return_as="generator")(jobs)
    for data, n_all in zip(data_sets, sizes, strict=True):
        yield _row(data, n_all, results)


def _cut(
    X: Any, y: NDArray[Any], most: int | None, seed: int
) -> tuple[Any, NDArray[Any]]:
    """Keep at most `most` series, stratified by class, in their order."""
    if most is None or len(y) <= most:
        return X, y
    splitter = StratifiedShuffleSplit(1, train_size=most, random_state=seed)
    rows = np.sort(next(splitter.split(y, y))[0])
    return [X[row] for row in rows] if isinstance(X, list) else X[rows], y[rows]


def _jobs(data: Dataset) -> list[Any]:
    """List what has to be computed for a row, as joblib's calls."""
    return [
        *(delayed(_classify)(data, parameters) for parameters in METHODS.values()),
        delayed(_classify_by_dtw)(data),
        delayed(_embed)(data),
    ]


def _row(data: Dataset, n_all: int, results: Iterator[Any]) -> DemoRow:
    """Take the results of `_jobs` for a data set."""
    errors, seconds = {}, {}
    for method in METHODS:
        errors[method], seconds[method] = next(results)
    errors["DTW"], seconds["DTW"], window = next(results)
    return DemoRow(data, n_all, errors, seconds, window, next(results))


def _classify(data: Dataset, parameters: dict[str, Any]) -> tuple[float, float]:
    """Error and seconds of a TimeNetClassifier."""
    started = time.perf_counter()
    model = TimeNetClassifier(**parameters).fit(data.X_train, data.y_train)
    error = _error(model.predict(data.X_test), data.y_test)
    return error, time.perf_counter() - started


def _classify_by_dtw(data: Dataset) -> tuple[float, float, float]:
    """Error and seconds of DTW-1NN, and its window."""
    from timenet_sklearn.baselines import DTW1NN, as_sktime_panel

    started = time.perf_counter()
    baseline = DTW1NN().fit(as_sktime_panel(data.X_train), data.y_train)
    predicted = baseline.predict(as_sktime_panel(data.X_test))
    seconds = time.perf_counter() - started
    return _error(predicted, data.y_test), seconds, baseline.window_


def _embed(data: Dataset) -> NDArray[np.float32]:
    """Pooled embeddings of both parts, for the picture."""
    default = TimeNetClassifier()
    timenet = TimeNetTransformer(default.weights, pooling=default.pooling)
    parts = (data.X_train, data.X_test)
    return np.concatenate([timenet.transform(X) for X in parts])


def _error(predicted: NDArray[Any], y: NDArray[Any]) -> float:
    return float(np.mean(predicted != y))


def format_table(rows: list[DemoRow]) -> str:
    """Lay out rows as a table: the lowest error of a row has a star."""
    header = (
        "data set        train  test     length  ch  classes"
        "   paper default     DTW      paper default     DTW"
    )
    titles = f"{'':51}   {'test error':24} {'seconds':>21}"
    return "\n".join([titles, header, "-" * len(header), *map(_format_row, rows)])


def _format_row(row: DemoRow) -> str:
    data, panel = row.data, check_panel(list(row.data.X_train) + list(row.data.X_test))
    shortest, longest = panel.lengths.min(), panel.lengths.max()
    length = f"{longest}" if shortest == longest else f"{shortest}-{longest}"
    best = min(row.errors.values())
    errors = "".join(
        f"{error:7.3f}{'*' if error == best else ' '}" for error in row.errors.values()
    )
    seconds = "".join(f"{value:8.1f}" for value in row.seconds.values())
    return (
        f"{data.name:15} {len(data.y_train):5} {len(data.y_test):5} {length:>10} "
        f"{panel.n_channels:3} {len(np.unique(data.y_train)):8} {errors}  {seconds}"
    )


def describe_cuts(rows: list[DemoRow]) -> str:
    """Say what was cut, and which warping windows were found."""
    lines = []
    for row in rows:
        used = len(row.data.y_train) + len(row.data.y_test)
        cut = "all series" if used == row.n_all else f"{used} of {row.n_all} series"
        origin = " (a part of Chinatown)" if row.data.name == "UnitTest" else ""
        lines.append(f"{row.data.name}{origin}: {cut}; DTW window {row.window:g} %")
    return "\n".join(lines)


def draw(rows: list[DemoRow], path: str) -> None:
    """Write a t-SNE picture of the embeddings, in the format of the suffix."""
    panels = {
        row.data.name: (
            row.embeddings,
            np.concatenate([row.data.y_train, row.data.y_test]),
        )
        for row in rows
    }
    tsne_figure(panels).savefig(path, dpi=120)
