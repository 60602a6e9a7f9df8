"""Tries architectures and keeps the one that reconstructs best."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from timenet_sklearn._training.loop import Trained

#: Units a layer, and layers.
Candidate = tuple[int, int]


def grid(
    n_units: int | Sequence[int], n_layers: int | Sequence[int]
) -> list[Candidate]:
    """List all combinations."""
    return list(
        itertools.product(_values("n_units", n_units), _values("n_layers", n_layers))
    )


def _values(name: str, given: int | Sequence[int]) -> tuple[int, ...]:
    values = (given,) if isinstance(given, (int, np.integer)) else tuple(given)
    whole = [isinstance(value, (int, np.integer)) for value in values]
    if not values or not all(whole) or min(values) < 1:
        raise ValueError(
            f"DomainSAETransformer: {name} must be one or several whole numbers "
            f"of at least 1, got {given!r}."
        )
    return tuple(int(value) for value in values)


def search(
    candidates: Sequence[Candidate], train: Callable[[Candidate], Trained]
) -> tuple[Trained, dict[str, list[Any]]]:
    """Train every candidate; give the best, and a table of all, column by column."""
    runs, seconds = [], []
    for candidate in candidates:
        started = time.perf_counter()
        runs.append(train(candidate))
        seconds.append(time.perf_counter() - started)
    errors = [run.validation_error for run in runs]
    results: dict[str, list[Any]] = {
        "n_units": [n_units for n_units, _ in candidates],
        "n_layers": [n_layers for _, n_layers in candidates],
        "validation_error": errors,
        "n_steps": [run.history["step"][-1] for run in runs],
        "seconds": seconds,
    }
    return runs[int(np.argmin(errors))], results
