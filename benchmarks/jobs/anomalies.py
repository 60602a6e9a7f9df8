"""Anomaly detection in one long recording.

All methods look at z-normalised windows of 128 steps. The matrix profile scores a
window by its distance to the nearest other one of the recording, or of the training
part; isolation forest and TimeNet learn from the windows of the training part, every
fourth of them, and score every fourth: how soon a window is isolated, or how far its
embedding is from the nearest one. A score belongs to the middle of its window.

UCR anomaly archive: is the highest score within 100 steps of the anomaly? NAB: average
precision over the steps after the training part.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from . import data, methods
from .job import Figures, Job

WIDTH, STEP, TOLERANCE = 128, 4, 100
Floats = NDArray[np.float64]


def measure(dataset: str, method: str, data_dir: Path) -> Figures:
    values, labels, n_train = data.load_recording(dataset, data_dir)
    starts, scores = score(method, values, n_train)
    middles = starts + WIDTH // 2
    if dataset.startswith("NAB"):
        steps = np.arange(n_train, len(values))
        of_steps = np.interp(steps, middles, scores)
        yield "average precision", average_precision_score(labels[steps], of_steps), 0
    else:
        [first, *_, last] = np.flatnonzero(labels)
        highest = middles[scores.argmax()]
        yield "hit", float(first - TOLERANCE <= highest <= last + TOLERANCE), 0


def score(method: str, values: Floats, n_train: int) -> tuple[NDArray[np.intp], Floats]:
    """Score windows that begin after the training part: their starts, their scores."""
    if method.startswith("matrix profile"):
        return matrix_profile(values, n_train, join="training" in method)
    windows = np.lib.stride_tricks.sliding_window_view(values, WIDTH)
    known = windows[: n_train - WIDTH + 1 : STEP]
    starts = np.arange(n_train, len(windows), STEP)
    detect = {"isolation forest": isolation, "TimeNet": nearest_embedding}[method]
    return starts, detect(known, windows[starts])


def matrix_profile(
    values: Floats, n_train: int, join: bool
) -> tuple[NDArray[np.intp], Floats]:
    import stumpy

    starts = np.arange(n_train, len(values) - WIDTH + 1)
    if join:
        found = stumpy.stump(
            values[n_train:], WIDTH, values[:n_train], ignore_trivial=False
        )
        return starts, finite(found[:, 0])
    return starts, finite(stumpy.stump(values, WIDTH)[n_train:, 0])


def finite(distances: NDArray[np.object_]) -> Floats:
    """Let windows without any spread, which have no distance, be nothing special."""
    return np.nan_to_num(distances.astype(float), nan=0.0, posinf=0.0)


def isolation(known: Floats, windows: Floats) -> Floats:
    forest = IsolationForest(random_state=0).fit(normalise(known))
    return -forest.score_samples(normalise(windows))


def nearest_embedding(known: Floats, windows: Floats) -> Floats:
    timenet = methods.timenet()
    scaler = StandardScaler()
    train = scaler.fit_transform(timenet.fit_transform(known))
    nearest = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(train)
    test = scaler.transform(timenet.transform(windows))
    return nearest.kneighbors(test)[0][:, 0].astype(float)


def normalise(windows: Floats) -> Floats:
    spread = windows.std(axis=1, keepdims=True)
    middle = windows.mean(axis=1, keepdims=True)
    return (windows - middle) / np.where(spread > 0, spread, 1.0)


def ucr_recordings(data_dir: Path) -> list[str]:
    return data.recordings(data_dir, "kdd21")


def nab_recordings(data_dir: Path) -> list[str]:
    return data.recordings(data_dir, ".")


METHODS = (
    "isolation forest",
    "TimeNet",
    "matrix profile, training part",
    "matrix profile",
)
JOBS = (
    Job("anomalies, NAB", nab_recordings, METHODS, measure),
    Job("anomalies, UCR archive", ucr_recordings, METHODS, measure),
)
