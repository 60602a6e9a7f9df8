"""Run jobs, and print their tables.

    python -m benchmarks.jobs run --data-dir DIR [--jobs ...] [--methods ...]
    python -m benchmarks.jobs report

`run` adds to ``benchmarks/results/jobs.csv`` what is not there yet, unit by unit: a
method on a data set of a job. What was measured with other weights, or another release
of a peer, is measured again; --redo does so in any case. `report` writes the tables of
the documentation, ``benchmarks/results/jobs/*.csv``, and prints them.

Install ``benchmarks/requirements.txt`` first, in an environment of its own. One thread:
set OMP_NUM_THREADS=1 and NUMBA_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import signal
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from . import (
    anomalies,
    classification,
    clustering,
    cost,
    few_labels,
    industrial,
    published,
    regression,
    report,
    results,
    retrieval,
)
from .job import Job
from .methods import version_of
from .report import OURS
from .results import Row

MODULES = (
    classification,
    few_labels,
    regression,
    clustering,
    retrieval,
    industrial,
    anomalies,
    cost,
)
JOBS: dict[str, Job] = {job.name: job for module in MODULES for job in module.JOBS}


def run(arguments: argparse.Namespace) -> None:
    signal.signal(signal.SIGALRM, stop)
    for job in JOBS.values():
        if any(job.name.startswith(name) for name in arguments.jobs or [""]):
            run_job(job, arguments)
    known = results.read(arguments.results)
    if not (known["job"] == published.JOB).any():
        for row in published.rows(Path(arguments.data_dir)):
            results.write([row], arguments.results)


def run_job(job: Job, arguments: argparse.Namespace) -> None:
    data_dir = Path(arguments.data_dir)
    for method in job.methods:
        if arguments.methods and method not in arguments.methods:
            continue
        version = version_of(method)
        compiled = method in (OURS, "raw values")  # NumPy alone
        for dataset in job.datasets(data_dir)[: arguments.first]:
            unit = (job.name, dataset, method)
            table = results.read(arguments.results)
            if results.is_done(table, unit, version) and not arguments.redo:
                continue
            reason = job.fits(dataset, method, data_dir)
            if reason:
                rows = list(results.skipped(unit, version, reason))
            else:
                if not compiled:  # not the method's cost: numba's, and imports
                    list(measure(job, unit, version, data_dir, arguments.limit))
                    compiled = True
                rows = list(measure(job, unit, version, data_dir, arguments.limit))
            results.write(rows, arguments.results)
            print(*unit, *(row.value for row in rows[:2]), rows[0].note, flush=True)


def measure(
    job: Job, unit: tuple[str, str, str], version: str, data_dir: Path, limit: int
) -> Iterator[Row]:
    """Measure one unit; after `limit` seconds of the clock it is given up."""
    start = time.process_time()
    signal.alarm(limit)
    try:
        figures = list(job.measure(*unit[1:], data_dir))
    except TimeoutError:
        yield from results.skipped(unit, version, f"over {limit} s")
        return
    finally:
        signal.alarm(0)
    seconds = time.process_time() - start
    for figure, value, draw in figures:
        yield Row(*unit, version, draw, figure, float(value), seconds)


def stop(number: int, frame: Any) -> NoReturn:
    raise TimeoutError


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run")
    running.add_argument("--data-dir", required=True)
    running.add_argument("--jobs", nargs="+", help="beginnings of names")
    running.add_argument("--methods", nargs="+")
    running.add_argument("--first", type=int, help="sets of each job, smallest first")
    running.add_argument("--limit", type=int, default=900, help="seconds a unit")
    running.add_argument("--redo", action="store_true")
    running.set_defaults(work=run)
    reporting = commands.add_parser("report")
    reporting.set_defaults(work=report.write_all)
    for command in (running, reporting):
        command.add_argument("--results", type=Path, default=results.CSV)
    arguments = parser.parse_args()
    # libraries of several years meet here, and warn of each other
    warnings.simplefilter("ignore")
    arguments.work(arguments)


if __name__ == "__main__":
    main()
