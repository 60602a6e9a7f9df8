"""Features of the two parts of a data set, computed once for several jobs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from . import data, methods

CACHE = joblib.Memory(Path(tempfile.gettempdir()) / "timenet-jobs", verbose=0)


def of(dataset: str, method: str, data_dir: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Learn features from the training part, without labels; return both parts'."""
    return _compute(dataset, method, data_dir, methods.version_of(method))


@CACHE.cache(ignore=["data_dir"])
def _compute(
    dataset: str, method: str, data_dir: Path, version: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    parts = data.of_one_length(data.load(dataset, data_dir))
    transformer = methods.FEATURES[method]()
    train = np.asarray(transformer.fit_transform(parts.X_train), dtype=np.float32)
    return train, np.asarray(transformer.transform(parts.X_test), dtype=np.float32)


def of_all(dataset: str, method: str, data_dir: Path) -> NDArray[np.float32]:
    """Put both parts together; features, not raw values, are standardised."""
    both = np.concatenate(of(dataset, method, data_dir))
    if method == "raw values":
        return both
    return np.nan_to_num(StandardScaler().fit_transform(both))
