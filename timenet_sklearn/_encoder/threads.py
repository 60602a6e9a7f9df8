"""Runs NumPy work in threads while BLAS itself keeps to one thread."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import joblib
import threadpoolctl

Item = TypeVar("Item")
Result = TypeVar("Result")


@functools.cache
def _blas() -> threadpoolctl.ThreadpoolController:
    # NumPy's BLAS is loaded by now; looking it up again would cost milliseconds.
    return threadpoolctl.ThreadpoolController().select(user_api="blas")


class _OneThreadBLAS:
    """Holds BLAS to one thread while anyone is inside.

    The limit of most BLAS libraries belongs to the process: if overlapping calls each
    saved and restored it, the last one out would restore another's limit for good.
    Where it belongs to a thread, `limit_this_thread` sets it in every worker.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._inside = 0
        self._n_threads_outside = 1

    @property
    def n_threads_outside(self) -> int:
        """Threads that BLAS may use when nobody is inside."""
        with self.lock:
            return self._n_threads_outside if self._inside else _n_blas_threads()

    def limit_this_thread(self) -> None:
        """Hold BLAS to one thread in a worker, which ends before its caller leaves."""
        with self.lock:
            _limit(_blas())

    def __enter__(self) -> None:
        with self.lock:
            if self._inside == 0:
                self._n_threads_outside = _n_blas_threads()
                self._limiter = _limit(_libraries_of_the_process())
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self.lock:
            self._inside -= 1
            if self._inside == 0:
                _restore(self._limiter)

    def forget_after_fork(self) -> None:
        """Start afresh in a child, which has none of the threads that were inside."""
        if self._inside:
            _restore(self._limiter)
        self._inside = 0
        self.lock.release()


def _n_blas_threads() -> int:
    # Accelerate, on macOS, is a BLAS that threadpoolctl does not know.
    limits = [library["num_threads"] for library in _blas().info()]
    n_threads: int = max(limits, default=joblib.cpu_count())
    return n_threads


def _libraries_of_the_process() -> threadpoolctl.ThreadpoolController:
    """BLAS libraries whose limit, set in one thread, holds in all: found by trying."""
    limiter = _limit(_blas())
    with ThreadPoolExecutor(1) as pool:
        seen = pool.submit(_blas().info).result()
    _restore(limiter)
    reached = [library["filepath"] for library in seen if library["num_threads"] == 1]
    return _blas().select(filepath=reached)


def _limit(libraries: threadpoolctl.ThreadpoolController) -> Any:
    limiter = libraries.limit(limits=1)
    _disown()
    return limiter


def _restore(limiter: Any) -> None:
    limiter.restore_original_limits()
    _disown()


def _disown() -> None:
    # From threadpoolctl 3.8 on, the thread that set OpenBLAS' limit owns it until it
    # leaves a `with`: what others set is ignored, even if they mean to restore it.
    with _blas().limit(limits=None):
        pass


one_thread_blas = _OneThreadBLAS()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=one_thread_blas.lock.acquire,
        after_in_parent=one_thread_blas.lock.release,
        after_in_child=one_thread_blas.forget_after_fork,
    )


def count_threads(n_jobs: int | None) -> int:
    """Threads to use for `n_jobs`.

    Parameters
    ----------
    n_jobs : int or None
        None takes as many as NumPy's BLAS would, which follows OMP_NUM_THREADS and
        the inner limits that joblib sets in its workers; -1 takes every CPU that
        the process may use, container limits included; -2 all but one, and so on.

    Raises
    ------
    ValueError
        If `n_jobs` is 0.
    """
    if n_jobs == 0:
        raise ValueError("n_jobs must be None, a positive number or -1, got 0.")
    n_cpus: int = joblib.cpu_count()
    if n_jobs is None:
        return min(n_cpus, one_thread_blas.n_threads_outside)
    return n_jobs if n_jobs > 0 else max(1, n_cpus + 1 + n_jobs)


def map_threads(
    function: Callable[[Item], Result], items: Iterable[Item], n_jobs: int | None
) -> list[Result]:
    """Apply `function` to each item, in threads, results in order."""
    items = list(items)
    n_threads = max(1, min(count_threads(n_jobs), len(items)))
    with (
        one_thread_blas,
        ThreadPoolExecutor(
            n_threads, initializer=one_thread_blas.limit_this_thread
        ) as pool,
    ):
        return list(pool.map(function, items))
