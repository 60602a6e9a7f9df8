"""Processes that embed beside each other, each on one core."""

from __future__ import annotations

import copy
import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from typing import Any

from timenet_sklearn._atomic import write_for

# Threads of a process share Python's lock: a second one gains half of what a second
# process does, which has one core and one thread of BLAS to itself.
_ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
    ),
    "1",
)


@contextmanager
def start_processes(n_jobs: int) -> Iterator[Any]:
    """Start processes; after an error, whatever is still running is stopped.

    One that was killed is an OSError.
    """
    from joblib.externals.loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(
        n_jobs,
        env=_ONE_THREAD,
        initializer=_prepare,
        initargs=(os.getpid(), list(warnings.filters)),
    )
    done = False
    try:
        yield pool
        done = True
    except BrokenExecutor as error:
        raise ChildProcessError(
            "a process that embeds was killed, perhaps for want of memory; call again "
            "with fewer of them (n_jobs=, --jobs)."
        ) from error
    finally:
        pool.shutdown(kill_workers=not done)


def on_one_core(transformer: Any) -> Any:
    """Return a fitted transformer that does not start threads itself."""
    transformer = copy.copy(transformer)
    if hasattr(transformer, "n_jobs"):
        transformer.n_jobs = 1
    return transformer


def _prepare(parent: int, filters: list[Any]) -> None:
    """Set up a process: Ctrl-C is for its parent, without which it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    write_for(parent)
    warnings.filters[:] = filters  # type: ignore[index]
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
