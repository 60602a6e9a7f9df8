"""How well `fit` trains with its defaults, on real data: errors and seconds.

    python benchmarks/fit_quality.py

- `TimeNetTransformer(random_state=0)` on GunPoint's 200 series: validation error of
  reconstruction (predicting zero gives 1.0), and the cross-validated error of an SVC on
  its embeddings beside that on an untrained encoder's.
- `TimeNetTransformer(weights="ucr18", fine_tune=True)` on BasicMotions' training part:
  reconstruction error of both parts before and after.
- `DomainSAETransformer(random_state=0)` on the 20 training series of UnitTest.
"""

from __future__ import annotations

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from timenet_sklearn import DomainSAETransformer, Recipe, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled


def svc_error(features, y) -> float:
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    model = make_pipeline(StandardScaler(), SVC(C=10))
    return 1 - cross_val_score(model, features, y, cv=folds).mean()


def fit_gunpoint() -> None:
    data = load_bundled("GunPoint")
    X = np.concatenate([data.X_train, data.X_test])
    y = np.concatenate([data.y_train, data.y_test])
    # A rate of nearly zero: as good as untrained.
    idle = Recipe(n_steps=1, learning_rate=1e-12, schedule="constant")
    untrained = TimeNetTransformer(recipe=idle, random_state=0).fit(X)
    started = time.perf_counter()
    trained = TimeNetTransformer(random_state=0).fit(X)
    seconds = time.perf_counter() - started
    print(
        f"GunPoint, fit from nothing: validation error {trained.validation_error_:.3f} "
        f"(untrained {untrained.validation_error_:.3f}) after {seconds:.0f} s;\n"
        f"  SVC on its embeddings: error {svc_error(trained.transform(X), y):.3f} "
        f"(untrained {svc_error(untrained.transform(X), y):.3f})"
    )


def fine_tune_basic_motions() -> None:
    data = load_bundled("BasicMotions")
    frozen = TimeNetTransformer(weights="ucr18")
    started = time.perf_counter()
    tuned = TimeNetTransformer(weights="ucr18", fine_tune=True, random_state=0)
    tuned.fit(data.X_train)
    seconds = time.perf_counter() - started
    print(f"BasicMotions, ucr18 fine-tuned in {seconds:.0f} s: reconstruction error")
    for part, X in (("training", data.X_train), ("test", data.X_test)):
        before, after = (e.reconstruction_error(X).mean() for e in (frozen, tuned))
        print(f"  {part:8} part: {before:.3f} before, {after:.3f} after")


def search_unit_test() -> None:
    X = load_bundled("UnitTest").X_train
    search = DomainSAETransformer(random_state=0).fit(X)
    print(f"UnitTest, 20 series, architectures tried; {search.best_params_} wins:")
    for row in zip(*search.search_results_.values(), strict=True):
        print(
            "  {} units, {} layers: validation error {:.3f} after {:.0f} steps, "
            "{:.0f} s".format(*row)
        )


if __name__ == "__main__":
    fit_gunpoint()
    fine_tune_basic_motions()
    search_unit_test()
