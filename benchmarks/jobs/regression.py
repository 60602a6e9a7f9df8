"""Regression of a number from a series: RMSE over that of predicting the mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import data, methods
from .job import Figures, Job


def measure(dataset: str, method: str, data_dir: Path) -> Figures:
    parts = data.of_one_length(data.load(dataset, data_dir))
    y_train, y_test = (part.astype(float) for part in (parts.y_train, parts.y_test))
    model = methods.regressor(method).fit(parts.X_train, y_train)
    squared = np.mean((model.predict(parts.X_test) - y_test) ** 2)
    of_mean = np.mean((y_train.mean() - y_test) ** 2)
    yield "relative RMSE", float(np.sqrt(squared / of_mean)), 0


JOBS = (Job("regression", data.regression_sets, methods.SUPERVISED, measure),)
