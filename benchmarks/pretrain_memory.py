"""Peak memory of pre-training on folders of Parquet files of growing size.

    python benchmarks/pretrain_memory.py [--gigabytes 0.25 1 4] [--work FOLDER]

For each size a seeded generator writes random walks of 512 steps, float32, to Parquet
files in FOLDER. A process of its own pre-trains the 3 x 60 encoder on them, by a recipe
that draws more series than there are, so that all are copied; it is killed at its first
evaluation, after 100 batches. Peak memory is the system's, for that process alone.
Then the folder is looked at: of the copy nothing may be left. Needs twice the largest
size on disk; about twenty minutes on one core. The table goes to
``benchmarks/results/pretrain_memory.txt``.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from embed_scale import write_data

RESULTS = Path(__file__).parent / "results"
N_STEPS, FILE_ROWS = 512, 50_000
EVALUATE_EVERY = 100
PRETRAIN = f"""
import sys
from timenet_sklearn import Recipe
from timenet_sklearn.pretraining import pretrain
recipe = Recipe(
    n_steps=200_000, batch_size=32, buckets=(16,), evaluate_every={EVALUATE_EVERY}
)
pretrain(sys.argv[1], sys.argv[2], recipe=recipe)
"""


class Run(NamedTuple):
    n_series: int
    megabytes: float
    seconds: float
    peak_megabytes: float
    left: str


def steps_done(checkpoint: Path) -> int:
    """Read the step of a checkpoint; training saves one before its first batch."""
    if not checkpoint.exists():
        return 0
    with np.load(checkpoint) as arrays:
        return json.loads(arrays["state"].tobytes())["step"]


def pretrain(source: Path, out: Path, n_series: int) -> Run:
    """Pre-train up to the first evaluation, then kill."""
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", PRETRAIN, source, out])
    while steps_done(out / "checkpoint" / "stage1" / "training.npz") < EVALUATE_EVERY:
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            raise SystemExit("pretrain ended before its first evaluation")
        time.sleep(0.5)
    seconds = time.perf_counter() - started
    process.send_signal(signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    size = sum(path.stat().st_size for path in source.iterdir())
    left = ", ".join(path.name for path in out.iterdir())
    return Run(n_series, size / 1e6, seconds, usage.ru_maxrss * 1024 / 1e6, left)


def format_table(runs: list[Run]) -> str:
    lines = [
        f"pre-training on Parquet files, {N_STEPS} steps a series, to the first of its "
        f"evaluations",
        f"{'series':>10} {'files, MB':>10} {'seconds':>8} {'peak MB':>8} "
        f"{'files / peak':>12}  left after kill -9",
    ]
    lines += [
        f"{run.n_series:>10,} {run.megabytes:>10,.0f} {run.seconds:>8.0f} "
        f"{run.peak_megabytes:>8.0f} {run.megabytes / run.peak_megabytes:>12.1f}  "
        f"{run.left}"
        for run in runs
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--gigabytes", nargs="+", type=float, default=[0.25, 1, 4])
    parser.add_argument("--work", type=Path, default=tempfile.gettempdir())
    arguments = parser.parse_args()
    runs = []
    for gigabytes in arguments.gigabytes:
        n_series = round(gigabytes * 1e9 / (4 * N_STEPS))
        with tempfile.TemporaryDirectory(dir=arguments.work) as folder:
            write_data(Path(folder, "series"), n_series, N_STEPS, FILE_ROWS)
            runs.append(pretrain(Path(folder, "series"), Path(folder, "out"), n_series))
        print(format_table(runs), flush=True)
    (RESULTS / "pretrain_memory.txt").write_text(format_table(runs) + "\n")


if __name__ == "__main__":
    main()
