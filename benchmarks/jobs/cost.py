"""Cost: CPU seconds and memory of 1,000 random series, each method in its own process.

"embed": features of all series. "fit": the classifier, on two classes, with its
features. Memory is the peak above that of the process before, with imports, compiled
code and the series.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from . import methods
from .job import Figures, Job

N_SERIES = 1000
SHAPES = {
    "1 x 128": (1, 128),
    "1 x 1024": (1, 1024),
    "10 x 128": (10, 128),
    "1 x 10000": (1, 10_000),
}


def shapes(data_dir: Path) -> list[str]:
    return list(SHAPES)


def measure(dataset: str, method: str, data_dir: Path) -> Figures:
    command = [sys.executable, "-m", __name__, dataset, method]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    for figure, value in json.loads(done.stdout).items():
        yield figure, value, 0


def embed_and_fit(dataset: str, method: str) -> dict[str, float]:
    rng = np.random.default_rng(0)
    n_channels, n_timepoints = SHAPES[dataset]
    X = rng.standard_normal((N_SERIES, n_channels, n_timepoints))
    y = np.arange(N_SERIES) % 2
    few = slice(0, 20)
    # imports and compiled code come first: they are paid once
    methods.FEATURES[method]().fit_transform(X[few, :, :128])
    methods.classifier(method).fit(X[few, :, :128], y[few])
    found = {}
    for figure, work in (
        ("embed", lambda: methods.FEATURES[method]().fit_transform(X)),
        ("fit", lambda: methods.classifier(method).fit(X, y)),
    ):
        before = reset_peak()
        start = time.process_time()
        work()
        found[f"seconds, {figure}"] = time.process_time() - start
        found[f"MB, {figure}"] = megabytes("VmHWM") - before
    return found


def reset_peak() -> float:
    """Let the peak of memory begin anew (Linux), and return what is in use."""
    Path("/proc/self/clear_refs").write_text("5")
    return megabytes("VmRSS")


def megabytes(line: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{line}:\s+(\d+) kB", status)[1]) / 1024


METHODS = ("MiniRocket", "catch22", "TimeNet", "MultiRocket-Hydra")
JOBS = (Job("cost", shapes, METHODS, measure),)

if __name__ == "__main__":
    print(json.dumps(embed_and_fit(*sys.argv[1:])))
