"""
Reconstruct a series from its 180 numbers
=========================================

The encoder turns a series of any length into 180 numbers. The decoder gets only these
and the number of steps. What it returns shows what the embedding contains.
"""

# %%
# Two data sets that the encoder was pre-trained on (GunPoint: the hand of an actor;
# OSULeaf: outlines of leaves), and two that it never saw (BasicMotions: a smart watch;
# PLAID: the current of appliances).
import matplotlib.pyplot as plt
import numpy as np

from timenet_sklearn import TimeNetTransformer
from timenet_sklearn.datasets import load_bundled

seen, unseen = ["GunPoint", "OSULeaf"], ["BasicMotions", "PLAID"]
timenet = TimeNetTransformer(weights="ucr18")


def series_of(name):
    """One channel of up to 60 series."""
    return [np.atleast_2d(series)[0] for series in load_bundled(name).X_test[:60]]


# %%
# ``inverse_transform`` takes embeddings and lengths. Series come back z-normalised:
# level and scale are not in the embedding. The error is 0 for a perfect copy and 1 for
# a flat line. For each data set we draw the series with the median error.
figure, axes = plt.subplots(2, 2, figsize=(9, 5), layout="constrained")
for ax, name in zip(axes.flat, seen + unseen, strict=True):
    X = series_of(name)
    errors = timenet.reconstruction_error(X)
    typical = X[np.argsort(errors)[len(X) // 2]]
    embedding = timenet.transform([typical])
    [back] = timenet.inverse_transform(embedding, len(typical))
    ax.plot((typical - typical.mean()) / typical.std(), color="0.6", label="series")
    ax.plot(back, label=f"from {embedding.size} numbers")
    state = "seen in pre-training" if name in seen else "never seen"
    ax.set(title=f"{name}, {state}: median error {np.median(errors):.2f}", yticks=[])
axes[0, 0].legend(frameon=False)
plt.show()

# %%
# Before you build on embeddings of your own series, look at their
# ``reconstruction_error``; it needs no labels. Be wary if it is near 1.
