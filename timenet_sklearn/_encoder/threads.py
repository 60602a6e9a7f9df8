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

    @property
    def holds_in_every_thread(self) -> bool:
        """Whether who is inside needs no `limit_this_thread`."""
        process = _libraries_of_the_process(_blas())
        return len(process.lib_controllers) == len(_blas().lib_controllers)

    def limit_this_thread(self) -> None:
        """Hold BLAS to one thread in a worker, which ends before its caller leaves."""
        with self.lock:
            _limit(_blas())

    def __enter__(self) -> None:
        with self.lock:
            if self._inside == 0:
                self._n_threads_outside = _n_blas_threads()
                self._limiter = (
                    _limit(_libraries_of_the_process(_blas()))
                    if self._n_threads_outside > 1
                    else None
                )
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
    limits = [library.num_threads for library in _blas().lib_controllers]
    return int(max(limits)) if limits else int(joblib.cpu_count())


@functools.cache
def _libraries_of_the_process(
    blas: threadpoolctl.ThreadpoolController,
) -> threadpoolctl.ThreadpoolController:
    """BLAS libraries whose limit, set in one thread, holds in all: found by trying."""
    seen = []
    with ThreadPoolExecutor(1) as pool:
        for limit in (2, 1):  # one of them is another than the limit outside
            limiter = blas.limit(limits=limit)
            _disown()
            found = pool.submit(blas.info).result()
            _restore(limiter)
            seen.append(
                {lib["filepath"] for lib in found if lib["num_threads"] == limit}
            )
    return blas.select(filepath=list(seen[0] & seen[1]))


def _limit(libraries: threadpoolctl.ThreadpoolController) -> Any:
    limiter = libraries.limit(limits=1)
    _disown()
    return limiter


def _restore(limiter: Any) -> None:
    if limiter is not None:
        limiter.restore_original_limits()
        _disown()


def _disown() -> None:
    # From threadpoolctl 3.8 on, the thread that set OpenBLAS' limit owns it until it
    # leaves a `with`: what others set is ignored, even if they mean to restore it.
    with _blas().limit(limits=None):
        pass


one_thread_blas = _OneThreadBLAS()


class _OneAtATime:
    """Lets one thread in: work of many short NumPy calls is slower side by side.

    At each call the threads would queue for the GIL anew.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def forget_after_fork(self) -> None:
        """Start afresh in a child, which has none of the threads that were inside."""
        self._lock = threading.Lock()


one_at_a_time = _OneAtATime()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=one_thread_blas.lock.acquire,
        after_in_parent=one_thread_blas.lock.release,
        after_in_child=one_thread_blas.forget_after_fork,
    )
    os.register_at_fork(after_in_child=one_at_a_time.forget_after_fork)


def count_threads(n_jobs: int | None) -> int:
    """Threads to use for `n_jobs`.

    None takes as many as NumPy's BLAS would, which follows OMP_NUM_THREADS and the
    inner limits that joblib sets in its workers; -1 takes every CPU that the process
    may use, container limits included; -2 all but one, and so on.
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
    # To count CPUs reads files of the system: not for a single item.
    n_threads = min(len(items), count_threads(n_jobs)) if len(items) > 1 else 1
    with one_thread_blas:
        if n_threads == 1 and one_thread_blas.holds_in_every_thread:
            return [function(item) for item in items]
        with ThreadPoolExecutor(
            n_threads, initializer=one_thread_blas.limit_this_thread
        ) as pool:
            return list(pool.map(function, items))
