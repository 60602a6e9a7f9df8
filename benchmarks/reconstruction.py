"""Reconstruction errors on the six validation sets, beside PCA with as many numbers.

    python benchmarks/reconstruction.py --data-dir DIR [WEIGHTS ...]

Squared error a step of z-normalised series; predicting zero gives 1.0. PCA is fitted
on the 18 pre-training sets, resampled to the length of the validation set: it knows
that length and its 180 directions, and gives a series of up to 180 steps back exactly,
whereas the encoder takes any length.
"""

from __future__ import annotations

import argparse

import numpy as np
from sklearn.decomposition import PCA

from timenet_sklearn._encoder.inference import reconstruction_errors
from timenet_sklearn._encoder.weights import load_weights
from timenet_sklearn._series.normalize import z_normalize
from timenet_sklearn._training.batches import _resample
from timenet_sklearn.pretraining import load_corpus


def pca_error(training, panel, n_components: int = 180) -> float:
    """Mean squared error a step of `panel` behind a PCA of the training series."""
    series = panel.series()
    length = len(series[0])
    same_length = np.stack([_resample(one, length) for one in training])
    pca = PCA(min(n_components, length)).fit(z_normalize(same_length))
    values = np.stack(series)
    return float(
        np.square(pca.inverse_transform(pca.transform(values)) - values).mean()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", nargs="*", default=["ucr18"], metavar="WEIGHTS")
    parser.add_argument("--data-dir", required=True)
    arguments = parser.parse_args()
    corpus = load_corpus(arguments.data_dir)
    training = [one for panel in corpus.training.values() for one in panel.series()]
    models = {name: load_weights(name).model for name in arguments.weights}
    columns = {
        name: [
            reconstruction_errors(model, p).mean() for p in corpus.validation.values()
        ]
        for name, model in models.items()
    }
    columns["PCA-180"] = [pca_error(training, p) for p in corpus.validation.values()]
    columns["zero"] = [1.0] * len(corpus.validation)
    print(f"{'':12} steps " + " ".join(f"{name:>8}" for name in columns))
    rows = zip(corpus.validation.items(), *columns.values(), strict=True)
    for (name, panel), *errors in rows:
        cells = " ".join(f"{error:8.3f}" for error in errors)
        print(f"{name:12} {panel.lengths.max():5} {cells}")
    means = " ".join(f"{np.mean(errors):8.3f}" for errors in columns.values())
    print(f"{'mean':12} {'':5} {means}")


if __name__ == "__main__":
    main()
