"""Which units are computed next, and how far a run has come."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from typing import Any

from timenet_sklearn.table1.units import Unit
from timenet_sklearn.table1.workers import Workers

_HEARTBEAT = 60.0  # seconds without a word


class Schedule:
    """Keeps the workers busy, no more: so it is known which units are in flight.

    A process that dies ends the calls of its neighbours, too. All of them go back
    once, one at a time: whatever dies alone is to blame.

    Parameters
    ----------
    units : sequence of Unit
        In the order in which to start them.
    workers : Workers
    start : callable
        Submits a unit to the workers, and gives its future.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        workers: Workers,
        start: Callable[[Unit], Future[Any]],
    ) -> None:
        self._waiting, self._again = deque(units), deque[Unit]()
        self._broken: set[Unit] = set()
        self._running: dict[Future[Any], Unit] = {}
        self._workers, self._start = workers, start

    @property
    def running(self) -> list[Unit]:
        """Units in flight, in the order of their start."""
        return list(self._running.values())

    def fill(self) -> bool:
        """Start what there is room for.

        Returns
        -------
        bool
            Whether anything is in flight.
        """
        while (unit := self._next()) is not None:
            self._running[self._start(unit)] = unit
        return bool(self._running)

    def _next(self) -> Unit | None:
        alone = self._again or self._broken.intersection(self._running.values())
        if self._running and alone:
            return None
        if self._again:
            return self._again.popleft()
        if self._waiting and len(self._running) < self._workers.width:
            return self._waiting.popleft()
        return None

    def wait(self) -> list[tuple[Unit, Future[Any]]]:
        """Wait for units to end.

        Returns
        -------
        list of (Unit, Future)
            Empty after a minute in which none did, or if all go back.
        """
        done, _ = wait(self._running, _HEARTBEAT, return_when=FIRST_COMPLETED)
        ended = []
        for future in done:
            unit = self._running.pop(future)
            if _is_broken(future) and unit not in self._broken:
                self._broken.add(unit)
                self._again.append(unit)
            else:
                ended.append((unit, future))
        return ended


def _is_broken(future: Future[Any]) -> bool:
    return not future.cancelled() and isinstance(future.exception(), BrokenExecutor)


class Progress:
    """What is done, and when all will be.

    Expected seconds are guesses; once a unit is done, the pace, seconds that passed for
    each expected one, corrects them and counts the workers, however many there are.

    Parameters
    ----------
    expected : dict of float
        Seconds by unit.
    width : int
        Units that run at a time, by which the guess is divided until one is done.
    """

    def __init__(self, expected: Mapping[Unit, float], width: int) -> None:
        self._expected, self._width = expected, width
        self._n_done, self._done = 0, 0.0
        self._started = time.monotonic()

    def finish(self, unit: Unit) -> str:
        """Count a unit as done, and give its number: ``3/21``."""
        self._n_done += 1
        self._done += self._expected[unit]
        return self.count

    @property
    def count(self) -> str:
        """How many units are done, of how many."""
        return f"{self._n_done}/{len(self._expected)}"

    def line(self, event: str, running: Sequence[Unit]) -> str:
        """Tell of an event and of how things stand."""
        passed = time.monotonic() - self._started
        parts = [event]
        if running:
            parts.append("running " + ", ".join(map(str, running)))
        left = sum(self._expected.values()) - self._done
        if self._n_done == 0:
            left = max(0.0, left / self._width - passed)
            parts.append(f"perhaps {_duration(left)} left")
        elif self._n_done < len(self._expected):
            parts.append(f"about {_duration(left * passed / self._done)} left")
        return "; ".join([*parts, f"{_duration(passed)} passed"])


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes == 0:
        return f"{seconds:.0f} s"
    return (
        f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    )
