"""Where units are computed: processes of this machine, or a Dask cluster.

Both take a function and give a `concurrent.futures.Future`; neither needs a file
system in common with the caller.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from types import TracebackType
from typing import Any, Protocol, Self

import joblib

from timenet_sklearn.files.running import connect

# One core a unit: BLAS, numba and TensorFlow would each take all of them.
_ONE_THREAD = dict.fromkeys(
    """
    OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS VECLIB_MAXIMUM_THREADS
    NUMBA_NUM_THREADS TF_NUM_INTRAOP_THREADS TF_NUM_INTEROP_THREADS
    """.split(),
    "1",
)


class Workers(Protocol):
    """Something that computes, `width` calls at a time."""

    @property
    def width(self) -> int:
        """Calls that run at the same time."""

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Start a call."""

    def __enter__(self) -> Self:
        """Start."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; after an error, whatever is still running."""


class Processes:
    """Processes of this machine, each on one core.

    Parameters
    ----------
    n_jobs : int
        How many; -1 for as many as there are CPUs.

    Raises
    ------
    ValueError
        If `n_jobs` is 0.
    """

    def __init__(self, n_jobs: int) -> None:
        self.width: int = joblib.effective_n_jobs(n_jobs)
        self._executor = self._start()

    def _start(self) -> Any:
        from joblib.externals.loky import ProcessPoolExecutor

        quiet = {"TF_CPP_MIN_LOG_LEVEL": os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2")}
        return ProcessPoolExecutor(
            self.width,
            env={**_ONE_THREAD, **quiet},
            initializer=_prepare,
            initargs=(os.getpid(),),
        )

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Start a call in one of the processes.

        Parameters
        ----------
        function : callable
        *arguments

        Returns
        -------
        Future
        """
        future: Future[Any]
        try:
            future = self._executor.submit(function, *arguments)
        except BrokenExecutor:
            # a process was killed, perhaps for want of memory: its call has failed,
            # those to come need not
            self._executor.shutdown(kill_workers=True)
            self._executor = self._start()
            future = self._executor.submit(function, *arguments)
        return future

    def __enter__(self) -> Self:
        """Return itself: the processes start with the first call."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the processes; after an error, whatever is still running."""
        self._executor.shutdown(kill_workers=error is not None)


def _prepare(parent: int) -> None:
    """End this process when its parent does, and at no other time.

    Ctrl-C goes to all processes of a terminal: the parent tells of it and ends the
    others. But a parent may be killed without a word, and this process would go on
    with its unit for nobody, beside a run that was started again, and then wait for
    the next one forever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class Cluster:
    """The workers of a Dask cluster that is already there.

    Each thread of a worker computes a unit: workers of one thread suit best.

    Parameters
    ----------
    address : str
        Of the scheduler, e.g. ``"tcp://127.0.0.1:8786"``.

    Raises
    ------
    ImportError
        If dask.distributed is missing.
    OSError
        If no scheduler answers there.
    """

    def __init__(self, address: str) -> None:
        self._client = connect(address)
        # not pure: a unit that failed must not be answered from memory
        self._executor = self._client.get_executor(pure=False)

    @property
    def width(self) -> int:
        """Threads of the cluster; workers may come and go."""
        n_threads: int = sum(self._client.nthreads().values())
        return max(1, n_threads)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Start a call on the cluster.

        Parameters
        ----------
        function : callable
        *arguments

        Returns
        -------
        Future
        """
        future: Future[Any] = self._executor.submit(function, *arguments)
        return future

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the cluster, which goes on without what this client submitted."""
        self._client.close()
