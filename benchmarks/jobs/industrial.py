"""NASA's turbofan engines (FD001): the last 30 cycles before failure, or others.

Six sensors of 100 engines that ran to failure, each life cut into windows of 30
cycles, counted from its end. Abnormal is the last one; normal is the first one, or each
of the others. Five folds by engine: no engine is in training and test part.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import RidgeClassifierCV
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from . import data, methods
from .job import Figures, Job

N_FOLDS = 5
FIRST, ANY = "FD001, last or first", "FD001, last or any other"


def measure(dataset: str, method: str, data_dir: Path) -> Figures:
    X, before, engines = data.engine_windows(data_dir)
    if dataset == FIRST:
        is_first = np.append(True, np.diff(engines) > 0)
        kept = is_first | (before == 0)
        X, before, engines = X[kept], before[kept], engines[kept]
    y = (before == 0).astype(int)
    errors, scores = np.zeros(len(y)), np.zeros(len(y))
    folds = GroupKFold(N_FOLDS, shuffle=True, random_state=0)
    for train, test in folds.split(X, y, engines):
        model = classifier(method).fit(X[train], y[train])
        errors[test] = model.predict(X[test]) != y[test]
        scores[test] = score(model, X[test])
    yield "error", float(errors.mean()), 0
    yield "AUC", float(roc_auc_score(y, scores)), 0


def classifier(method: str) -> Any:
    """Make a classifier that tells how sure it is: aeon's are always sure."""
    if method == "TimeNet":
        return methods.classifier(method)
    if method == "catch22":
        head = RandomForestClassifier(200, random_state=0)
    else:
        head = RidgeClassifierCV(methods.ALPHAS)
    return make_pipeline(methods.FEATURES[method](), StandardScaler(), head)


def score(model: Any, X: NDArray[Any]) -> NDArray[Any]:
    if hasattr(model, "decision_function"):
        return model.decision_function(X)
    return model.predict_proba(X)[:, 1]


METHODS = tuple(name for name in methods.SUPERVISED if name != "DTW-1NN")
JOBS = (Job("industrial", lambda data_dir: [FIRST, ANY], METHODS, measure),)
