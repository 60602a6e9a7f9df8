"""Recognise the forms in which users hold time series.

Every accepted form becomes one of two: an array ``(n_samples, n_channels,
n_timepoints)``, which is a view of the user's own wherever it can be, or a list
of arrays ``(n_channels, length_i)``. What could be meant in two ways is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence, ValuesView
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

# Keys of a dict under which all series are.
_WHOLE = ("X", "X_train", "x_train", "data")


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
    if isinstance(X, tuple) and len(X) == 2 and _are_labels(X[1], X[0]):
        raise ValueError(
            f"{estimator}: X is a pair of {len(X[0])} series and, it seems, their "
            "labels. Pass X[0], and X[1] as y."
        )
    if is_table(X[0]):
        return read_frames(X, estimator)
    if has_dims(X[0]):
        reads = [read_dims(x.expand_dims("sample"), estimator) for x in X]
        return Read([read.rows[0] for read in reads], reads[0].channels)
    if isinstance(X[0], tuple) and len(X[0]) == 2 and is_table(X[0][1]):
        raise TypeError(
            f"{estimator}: X is a list of pairs (key, table), as groupby makes them. "
            "Pass timenet_sklearn.from_long(table, id=..., time=...), with the table "
            "that was grouped and the names of its columns."
        )
    return Read(read_list(X, estimator))


def _are_labels(y: Any, X: Any) -> bool:
    """Whether y holds a label for each of the series X."""
    sizes = hasattr(X, "__len__") and hasattr(y, "__len__")
    if not sizes or isinstance(y, TEXT) or not 0 < len(X) == len(y):
        return False
    several = len(getattr(X, "shape", ())) > 1 or is_table(X)
    several = several or (isinstance(X, (list, tuple)) and holds_series(X))
    return several and len(getattr(y, "shape", (0,))) == 1 and not holds_series(y)


def _refuse_others(X: Any, estimator: str) -> None:
    """Refuse what is known not to hold series, each with the way out."""
    kind = f"{type(X).__module__.split('.')[0]}.{type(X).__qualname__}"
    if callable(getattr(X, "__dask_graph__", None)) and X.__dask_graph__() is not None:
        raise TypeError(
            f"{estimator}: X is a {kind}, not computed yet. Pass X.compute() if it "
            "fits into memory, else write it to Parquet and use timenet embed."
        )
    if hasattr(X, "toarray") and hasattr(X, "nnz"):
        raise TypeError(
            f"{estimator}: X is sparse; time series are dense. Pass X.toarray()."
        )
    advice = ""
    if isinstance(X, (*TEXT, os.PathLike)):
        advice = " Of a file, pass what is in it, or use timenet embed."
    elif isinstance(X, Mapping) and not hasattr(X, "data_vars"):
        advice = _mapping_advice(X)
    if advice or X is None or isinstance(X, (set, frozenset)):
        raise TypeError(f"{estimator}: X is {X!r:.40}; expected {EXPECTED}.{advice}")
    if str(getattr(X, "dtype", "")).startswith("Struct"):
        raise TypeError(f"{estimator}: X holds structs of polars; expected numbers.")
    if isinstance(X, (Iterator, ValuesView)):
        raise TypeError(
            f"{estimator}: X is a {type(X).__name__}; expected {EXPECTED}. Pass "
            "list(X)."
        )
    if type(X).__name__ in ("DataFrameGroupBy", "SeriesGroupBy", "GroupBy"):
        raise TypeError(f"{estimator}: X is a {kind}. {_group_advice(X)}")
    if callable(getattr(X, "collect", None)) and not hasattr(X, "__array__"):
        raise TypeError(f"{estimator}: X is a {kind}, not computed yet: X.collect().")


def _mapping_advice(X: Mapping[Any, Any]) -> str:
    """Say which values of a dict, or of a .npz file that is open, are the series."""
    for key in X:
        if key in _WHOLE or len(X) == 1:
            return f" Pass X[{key!r}]."
    return (
        " Pass list(X.values()) if each value is a series, pandas.DataFrame(X) if each "
        "is a column of a table."
    )


def _group_advice(X: Any) -> str:
    """Say how the table that was grouped is read, as far as it is known."""
    name = "X.obj" if hasattr(X, "obj") else "X.df"
    table = getattr(X, "obj", getattr(X, "df", None))
    if getattr(getattr(table, "index", None), "nlevels", 1) > 1:
        return f"Pass {name}, which has ids and times in its index."
    by = getattr(X, "keys", getattr(X, "by", None))
    by = by[0] if isinstance(by, (list, tuple)) and len(by) == 1 else by
    keys: list[Any] = list(by) if isinstance(by, (list, tuple)) else [by]
    ids = [key.meta.output_name() if hasattr(key, "meta") else key for key in keys]
    columns = list(getattr(table, "columns", ()))
    if not all(isinstance(key, str) and key in columns for key in ids):
        return "Pass [x for _, x in X], a list of its groups."
    times = [column for column in columns if is_time(column)]
    time = repr(times[0]) if times else "None"
    doubt = "" if times else ", or the column of times instead of None"
    id_ = ids[0] if len(ids) == 1 else ids
    return f"Pass timenet_sklearn.from_long({name}, id={id_!r}, time={time}){doubt}."
