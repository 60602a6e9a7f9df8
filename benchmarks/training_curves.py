"""Draw the validation error of pre-training runs over their steps.

    python benchmarks/training_curves.py

Reads ``benchmarks/results/history/*.csv``, copies of the ``history.csv`` that
``timenet pretrain`` writes, and writes ``docs/images/training.svg``.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    for path in sorted((ROOT / "benchmarks" / "results" / "history").glob("*.csv")):
        if path.stem == "synthetic":
            continue  # its errors are of other series
        history = np.genfromtxt(path, delimiter=",", names=True)
        steps = history["step"] / 1000
        axes.plot(steps, history["validation_error"], label=path.stem)
    axes.axhline(1, color="0.7", linewidth=0.8, zorder=0)
    axes.annotate(
        "predicting zero",
        (1, 1.01),
        xycoords=("axes fraction", "data"),
        ha="right",
        color="0.4",
        fontsize=8,
    )
    axes.set(
        xlabel="thousand steps",
        ylabel="mean validation error",
        ylim=(0, 1.25),
        xlim=(0, None),
    )
    axes.legend(frameon=False, loc="center right")
    axes.spines[["top", "right"]].set_visible(False)
    picture = ROOT / "docs" / "images" / "training.svg"
    # The same picture, the same bytes.
    with matplotlib.rc_context({"svg.hashsalt": "timenet"}):
        figure.savefig(picture, metadata={"Date": None})
    print(picture)


if __name__ == "__main__":
    main()
