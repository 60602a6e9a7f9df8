"""A table of pandas, polars or pyarrow, seen as columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from timenet_sklearn._series.cells import Numbers, as_array


class Table(NamedTuple):
    """A table of any library: its columns, and how its owner would take some away."""

    frame: Any
    names: list[Any]
    column: Callable[[int], Any]
    drop: str  # an expression, with a place for a list of names
    array: str  # an expression for all as an array


def is_table(X: Any) -> bool:
    """Whether X is a DataFrame of pandas or polars, or a table of pyarrow."""
    if type(X).__name__ == "LazyFrame":  # polars warns of what is asked for below
        return False
    return hasattr(X, "itercolumns") or (
        hasattr(X, "columns") and hasattr(X, "to_numpy") and hasattr(X, "dtypes")
    )


def table_of(X: Any) -> Table:
    if hasattr(X, "iloc"):
        return Table(
            X,
            list(X.columns),
            lambda i: X.iloc[:, i],
            "X.drop(columns={})",
            "X.to_numpy()",
        )
    if hasattr(X, "itercolumns"):
        return Table(
            X,
            list(X.schema.names),
            X.column,
            "X.drop_columns({})" if hasattr(X, "drop_columns") else "X.drop({})",
            "np.column_stack(X.columns)",
        )
    return Table(X, list(X.columns), X.to_series, "X.drop({})", "X.to_numpy()")


def column_of(table: Table, i: int) -> Numbers:
    """Return a column as an array, with lists and arrays as cells of it."""
    column = table.column(i)
    array = as_array(column, "")
    if array.ndim == 1 and not str(getattr(column, "dtype", "")).startswith("List"):
        return array
    cells = np.empty(len(column), dtype=object)
    for row, cell in enumerate(column):
        cells[row] = cell
    return cells


def in_pandas(table: Table, name: str) -> str:
    """Return an expression for a table, of the name that its owner has for it."""
    return name if hasattr(table.frame, "iloc") else f"{name}.to_pandas()"
