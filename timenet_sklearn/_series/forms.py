"""Recognise the forms in which users hold time series.

Every accepted form becomes one of two: an array ``(n_samples, n_channels,
n_timepoints)``, which is a view of the user's own wherever it can be, or a list
of arrays ``(n_channels, length_i)``. What could be meant in two ways is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from timenet_sklearn._series.axes import has_dims, read_dims
from timenet_sklearn._series.cells import (
    EXPECTED,
    TEXT,
    Read,
    as_array,
    holds_series,
    read_array,
    read_list,
)
from timenet_sklearn._series.columns import is_table
from timenet_sklearn._series.names import channel_names, check_index, is_time
from timenet_sklearn._series.readings import read_indexed
from timenet_sklearn._series.tables import read_frames, read_table


def read_rows(X: Any, estimator: str) -> Read:
    """Turn any form that `check_panel` accepts into a 3-D or a list of 2-D arrays."""
    if type(X) is np.ndarray and X.dtype.kind in "fiub":
        return Read(read_array(X, estimator))
    _refuse_others(X, estimator)
    if isinstance(X, (list, tuple)):
        return _read_sequence(X, estimator)
    if has_dims(X):
        return read_dims(X, estimator)
    if is_table(X):
        return read_table(X, estimator)
    array = as_array(X, estimator)
    if array.dtype == object and array.ndim in (1, 2) and holds_series(array.flat):
        cells = array.tolist()
        if is_table(cells[0]):
            return read_frames(cells, estimator)
        return Read(read_list(cells, estimator), _name_of(X))
    if hasattr(X, "iloc") and array.ndim == 1 and array.dtype.kind in "fiub":
        if X.index.nlevels > 1:
            return read_indexed(X, estimator)
        problem = check_index(X.index)
        if problem and len(X):
            raise ValueError(f"{estimator}: X is one series, and {problem}.")
    return Read(read_array(array, estimator))


def _name_of(X: Any) -> list[str] | None:
    """Return the name of a Series, which is that of its channel."""
    name = getattr(X, "name", None)
    return channel_names([name]) if name else None


def _read_sequence(X: Sequence[Any], estimator: str) -> Read:
    if not X:
        return Read(read_list(X, estimator))
    if is_table(X[0]):
        return read_frames(X, estimator)
    if isinstance(X[0], tuple) and len(X[0]) == 2 and is_table(X[0][1]):
        raise TypeError(
            f"{estimator}: X is a list of pairs (key, table), as groupby makes them. "
            "Pass timenet_sklearn.from_long(table, id=..., time=...), with the table "
            "that was grouped and the names of its columns."
        )
    if isinstance(X, tuple) and len(X) == 2 and all(hasattr(x, "shape") for x in X):
        if len(X[0].shape) >= 2 and len(X[1].shape) == 1 and len(X[0]) == len(X[1]):
            raise ValueError(
                f"{estimator}: X is a pair of {len(X[0])} series and, it seems, their "
                "labels. Pass X[0], and X[1] as y."
            )
    return Read(read_list(X, estimator))


def _refuse_others(X: Any, estimator: str) -> None:
    """Refuse what is known not to hold series, each with the way out."""
    if hasattr(X, "toarray") and hasattr(X, "nnz"):
        raise TypeError(
            f"{estimator}: X is sparse; time series are dense. Pass X.toarray()."
        )
    advice = ""
    if isinstance(X, (*TEXT, os.PathLike)):
        advice = " Of a file, pass what is in it, or use timenet embed."
    elif isinstance(X, dict):
        advice = " Pass list(X.values()) if each value is a series."
    if advice or X is None or isinstance(X, (set, frozenset)):
        raise TypeError(f"{estimator}: X is {X!r:.40}; expected {EXPECTED}.{advice}")
    kind = f"{type(X).__module__.split('.')[0]}.{type(X).__qualname__}"
    if str(getattr(X, "dtype", "")).startswith("Struct"):
        raise TypeError(f"{estimator}: X holds structs of polars; expected numbers.")
    if isinstance(X, Iterator):
        raise TypeError(
            f"{estimator}: X is a {type(X).__name__}; expected {EXPECTED}. Pass "
            "list(X)."
        )
    if type(X).__name__ in ("DataFrameGroupBy", "SeriesGroupBy", "GroupBy"):
        raise TypeError(f"{estimator}: X is a {kind}. {_group_advice(X)}")
    if callable(getattr(X, "collect", None)) and not hasattr(X, "__array__"):
        raise TypeError(f"{estimator}: X is a {kind}, not computed yet: X.collect().")
    if callable(getattr(X, "__dask_graph__", None)) and X.__dask_graph__() is not None:
        raise TypeError(
            f"{estimator}: X is a {kind}, not computed yet. Pass X.compute() if it "
            "fits into memory, else write it to Parquet and use timenet embed."
        )


def _group_advice(X: Any) -> str:
    """Say how the table that was grouped is read, as far as it is known."""
    name = "X.obj" if hasattr(X, "obj") else "X.df"
    table = getattr(X, "obj", getattr(X, "df", None))
    by = getattr(X, "keys", getattr(X, "by", None))
    by = by[0] if isinstance(by, (list, tuple)) and len(by) == 1 else by
    times = [column for column in getattr(table, "columns", ()) if is_time(column)]
    time = repr(times[0]) if times else "None"
    doubt = "" if times else ", or the column of times instead of None"
    return f"Pass timenet_sklearn.from_long({name}, id={by!r}, time={time}){doubt}."
