"""Seconds and memory of `timenet embed` as the data set grows, on one and two threads.

    python benchmarks/embed_scale.py [--sizes 10000 100000 1000000] [--work FOLDER]

For each size a seeded generator writes that many series of 128 steps, float32, to
Parquet parts of 10,000 rows in FOLDER; `timenet embed` embeds them, each time in a
process of its own; seconds and peak memory are the system's, for that process alone.
A data set of one series shows what a start costs. Rows that are done are kept in
``benchmarks/results/embed_scale.csv``, so that a run that was stopped goes on;
``embed_scale.txt`` is the table. Series and embeddings, about 1.3 kB a series, are
removed after each size: 10,000,000 need 13 GB, and take about an hour.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

RESULTS = Path(__file__).parent / "results"
N_STEPS, PART_ROWS, GROUP_ROWS = 128, 10_000, 5_000
BYTES_A_SERIES = (N_STEPS + 180) * 4 + 50


class Run(NamedTuple):
    n_series: int
    n_threads: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int


def write_data(folder: Path, n_series: int, n_steps: int, part_rows: int) -> None:
    """Write random walks, a part after the other."""
    folder.mkdir()
    schema = pa.schema({"id": pa.int64(), "series": pa.list_(pa.float32())})
    for number, start in enumerate(range(0, n_series, part_rows)):
        rng = np.random.default_rng(number)
        rows = range(start, min(start + part_rows, n_series))
        with pq.ParquetWriter(folder / f"part-{number:05}.parquet", schema) as writer:
            for first in rows[::GROUP_ROWS]:
                ids = np.arange(first, min(first + GROUP_ROWS, rows.stop))
                steps = rng.standard_normal((len(ids), n_steps), dtype=np.float32)
                ends = np.arange(0, steps.size + 1, n_steps, dtype=np.int32)
                series = pa.ListArray.from_arrays(ends, steps.cumsum(axis=1).ravel())
                writer.write_table(pa.table([ids, series], schema=schema))


def embed(source: Path, target: Path, n_series: int, n_threads: int) -> Run:
    command = [sys.executable, "-m", "timenet_sklearn.cli", "embed", source, target]
    started = time.perf_counter()
    process = subprocess.Popen([*command, "--jobs", str(n_threads)])
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Run(n_series, n_threads, seconds, cpu_seconds, usage.ru_maxrss * 1024)


def read_runs(path: Path) -> list[Run]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [
            Run(int(n), int(threads), float(seconds), float(cpu), int(peak))
            for n, threads, seconds, cpu, peak in list(csv.reader(file))[1:]
        ]


def measure(n_series: int, threads: list[int], work: Path, path: Path) -> None:
    """Embed one size on each number of threads, and keep what it took."""
    free, needed = shutil.disk_usage(work).free, n_series * BYTES_A_SERIES
    if free < needed:
        raise SystemExit(f"{work}: {needed / 1e9:.1f} GB needed, {free / 1e9:.1f} free")
    with tempfile.TemporaryDirectory(dir=work, prefix="embed_scale_") as folder:
        source, target = Path(folder, "series"), Path(folder, "embeddings")
        write_data(source, n_series, N_STEPS, PART_ROWS)
        for n_threads in threads:
            run = embed(source, target, n_series, n_threads)
            shutil.rmtree(target)
            new = not path.exists()
            with path.open("a", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerows([Run._fields, run] if new else [run])


def format_table(runs: list[Run]) -> str:
    starts = {run.n_threads: run.seconds for run in runs if run.n_series == 1}
    lines = [
        f"{'series':>10} {'threads':>7} {'seconds':>9} {'series/s':>9} "
        f"{'ms/series':>9} {'CPU s':>9} {'peak MB':>8}"
    ]
    for run in sorted(runs):
        # Less the start: what a series more costs.
        rest = run.seconds - starts.get(run.n_threads, 0)
        each = "" if run.n_series == 1 else f"{1000 * rest / run.n_series:.4f}"
        lines.append(
            f"{run.n_series:>10,} {run.n_threads:>7} {run.seconds:>9.1f} "
            f"{run.n_series / run.seconds:>9,.0f} {each:>9} {run.cpu_seconds:>9.1f} "
            f"{run.peak_bytes / 1e6:>8.0f}"
        )
    title = (
        f"timenet embed, {N_STEPS} steps a series, Parquet in and out, "
        f"{os.cpu_count()} CPUs; ms/series: less the start"
    )
    return "\n".join([title, *lines, "", describe_billion(max(runs))])


def describe_billion(run: Run) -> str:
    """Scale the largest run up, by its processor time: workers share nothing else."""
    each = run.cpu_seconds / run.n_series
    rate = BYTES_A_SERIES / each
    return (
        f"A billion such series, at {1000 * each:.3f} CPU ms each as in the run of "
        f"{run.n_series:,} on {run.n_threads} threads:\n"
        f"{1e9 * each / 3600:,.0f} core hours; {BYTES_A_SERIES:,} GB read and written, "
        f"{rate / 1e6:.1f} MB/s a core:\na file system of 1 GB/s keeps "
        f"{1e9 / rate:,.0f} cores busy, and limits more of them."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--sizes", nargs="+", type=int, default=[10_000, 100_000, 1_000_000]
    )
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--work", type=Path, default=tempfile.gettempdir())
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    path = arguments.results / "embed_scale.csv"
    for n_series in [1, *arguments.sizes]:
        done = {run[:2] for run in read_runs(path)}
        threads = [n for n in arguments.threads if (n_series, n) not in done]
        if threads:
            measure(n_series, threads, Path(arguments.work), path)
    table = format_table(read_runs(path))
    (arguments.results / "embed_scale.txt").write_text(table + "\n")
    print(table)


if __name__ == "__main__":
    main()
