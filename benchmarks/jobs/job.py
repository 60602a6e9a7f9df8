"""What a job is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

#: (figure, value, draw)
Figures = Iterator[tuple[str, float, int]]


class Job(NamedTuple):
    """A job: data sets, methods from cheap to dear, and what is measured on a pair.

    ``datasets`` lists the names that a data folder has; ``measure`` is given a name, a
    method and the folder; ``fits`` tells why a method is not run on a data set (""
    if it is).
    """

    name: str
    datasets: Callable[[Path], Sequence[str]]
    methods: Sequence[str]
    measure: Callable[[str, str, Path], Figures]
    fits: Callable[[str, str, Path], str] = lambda dataset, method, data_dir: ""
