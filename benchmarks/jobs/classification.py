"""Classification: the archive's split, short, long and multivariate series."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import data, methods
from .job import Figures, Job

#: tsfresh takes a quarter of a second for each channel of a series.
MOST_CHANNELS_FOR_TSFRESH = 3000
#: The other methods get series that are padded with zeros.
TAKE_UNEQUAL_LENGTHS = ("TimeNet", "DTW-1NN")


def measure(dataset: str, method: str, data_dir: Path) -> Figures:
    parts = data.load(dataset, data_dir)
    if method not in TAKE_UNEQUAL_LENGTHS:
        parts = data.of_one_length(parts)
    model = methods.classifier(method).fit(parts.X_train, parts.y_train)
    yield "error", float(np.mean(model.predict(parts.X_test) != parts.y_test)), 0


def fits(dataset: str, method: str, data_dir: Path) -> str:
    parts = data.load(dataset, data_dir)
    n_series = len(parts.y_train) + len(parts.y_test)
    n_channels = n_series * len(parts.X_train[0])
    if method == "tsfresh" and n_channels > MOST_CHANNELS_FOR_TSFRESH:
        return f"more than {MOST_CHANNELS_FOR_TSFRESH} channels of series"
    return ""


JOBS = (
    Job("classification, short", data.short_sets, methods.SUPERVISED, measure, fits),
    Job("classification, long", data.long_sets, methods.SUPERVISED[:-1], measure),
    Job(
        "classification, multivariate",
        data.multivariate_sets,
        methods.SUPERVISED,
        measure,
        fits,
    ),
)
