"""Runs NumPy work in threads while BLAS itself keeps to one thread."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

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

    threadpoolctl's limit belongs to the process: if overlapping calls each saved
    and restored it, the last one out would restore another's limit for good.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._n_threads_outside = 1

    @property
    def n_threads_outside(self) -> int:
        """Threads that BLAS may use when nobody is inside."""
        with self._lock:
            return self._n_threads_outside if self._inside else _n_blas_threads()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._n_threads_outside = _n_blas_threads()
                self._limiter = _blas().limit(limits=1)
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limiter.restore_original_limits()


def _n_blas_threads() -> int:
    return max((library["num_threads"] for library in _blas().info()), default=1)


one_thread_blas = _OneThreadBLAS()


def _forget_after_fork() -> None:
    # The threads that were inside, and maybe held the lock, are not in the child.
    if one_thread_blas._inside:
        one_thread_blas._limiter.restore_original_limits()
    one_thread_blas.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


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
    n_threads = min(count_threads(n_jobs), len(items))
    with one_thread_blas:
        if n_threads <= 1:
            return [function(item) for item in items]
        with ThreadPoolExecutor(n_threads) as pool:
            return list(pool.map(function, items))
