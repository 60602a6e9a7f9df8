"""Read the tables of pandas, polars and pyarrow.

Wide: a row a series, a column a step. Nested: a row a series, a column a channel, whose
cells are lists or arrays. Pivoted: columns of two levels, channels and steps. Long
(pandas, index of several levels): a row a reading; see `readings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from timenet_sklearn._series.cells import (
    DATES,
    Numbers,
    Read,
    Rows,
    as_array,
    as_numbers,
    holds_series,
    is_missing,
    read_array,
    read_list,
    too_few,
)
from timenet_sklearn._series.columns import (
    Table,
    column_of,
    in_pandas,
    is_table,
    table_of,
)
from timenet_sklearn._series.names import (
    channel_names,
    check_index,
    is_channel,
    is_key,
    is_time,
    listed,
    read_steps,
)
from timenet_sklearn._series.plausible import HANDFUL
from timenet_sklearn._series.readings import read_indexed
from timenet_sklearn._series.steps import check_steps
from timenet_sklearn.exceptions import SeriesError, SeriesTypeError


def read_table(X: Any, estimator: str) -> Read:
    """Read a table of any of the four kinds; refuse columns of several kinds."""
    table = table_of(X)
    if not len(X) or not table.names:
        raise too_few("sample", X.shape, estimator)
    if _is_nested(table):
        return _read_nested(table, estimator)
    if hasattr(X, "iloc"):
        if X.columns.nlevels > 1:
            return _read_pivoted(X, estimator)
        if X.index.nlevels > 1 and _is_long(X, estimator):
            _check_channels(table, estimator)
            return read_indexed(X, estimator)
    _refuse_lists_as_text(table, estimator)
    check_steps(table, estimator)
    return Read(_read_wide(table, estimator))


def _refuse_lists_as_text(table: Table, estimator: str) -> None:
    """Refuse columns of text such as "[1.0, 2.0]", which lists become in CSV."""
    firsts = [table.column(i)[:1].to_numpy() for i in range(len(table.names))]
    lists = [
        name
        for name, first in zip(table.names, firsts, strict=True)
        if isinstance(first[0], str) and first[0].strip()[:1] in ("[", "(")
    ]
    if lists:
        own = in_pandas(table, "X")
        raise TypeError(
            f"{estimator}: X has columns of text that is lists of numbers: "
            f"{listed(lists)}. Pass {own}[{listed(lists)}].map(json.loads)."
        )


def read_frames(frames: Sequence[Any], estimator: str) -> Read:
    """Read a list of tables (length_i, n_channels), whose columns must agree."""
    channels = table_of(frames[0]).names
    _check_channels(table_of(frames[0]), estimator, each=True)
    rows = []
    for row, frame in enumerate(frames):
        if not is_table(frame):
            problem = f"is {frame!r:.40}, where the first one is a table."
            raise SeriesError(estimator, row, problem)
        table = table_of(frame)
        if len(table.names) != len(channels):
            problem = (
                f"has {len(table.names)} channel(s), the first one has "
                f"{len(channels)}. Give all series the same channels."
            )
            raise SeriesError(estimator, row, problem)
        if table.names != channels:
            problem = (
                f"has the columns {listed(table.names)}, the first one has "
                f"{listed(channels)}. Give all series the same columns in the same "
                "order."
            )
            raise SeriesError(estimator, row, problem)
        unsorted = check_index(frame.index) if hasattr(frame, "iloc") else None
        if unsorted:
            raise SeriesError(estimator, row, f"{unsorted}.")
        _refuse_steps(table, estimator, row)
        cube = _stack([column_of(table, i) for i in range(len(channels))])
        rows.append(as_numbers(cube.T[None], row, estimator)[0])
    return Read(rows, channel_names(channels))


def _refuse_steps(table: Table, estimator: str, row: int) -> None:
    """Refuse one of several tables that has its time steps in its columns."""
    names = table.names
    if len(names) < HANDFUL or len(table.frame) * 2 > len(names):
        return
    if read_steps(names).kind == "steps" and not is_channel(names[0]):
        raise SeriesError(
            estimator,
            row,
            f"is a table whose columns are named as time steps are, {listed(names, 3)};"
            " expected time steps in rows. Pass [np.asarray(x) for x in X].",
        )


def _stack(columns: list[Numbers]) -> Numbers:
    """Put columns side by side, (n_rows, n_columns); unlike ones as objects."""
    if all(column.dtype.kind in "fiub" for column in columns):
        return np.column_stack(columns)
    return np.column_stack([column.astype(object) for column in columns])


# ---------------------------------------------------------------- nested


def _is_nested(table: Table) -> bool:
    """Whether some column has lists, arrays or Series for cells."""
    dtypes = getattr(table.frame, "dtypes", None)
    if dtypes is None:
        dtypes = table.frame.schema.types
    return any(
        _may_nest(dtype) and holds_series(column_of(table, i))
        for i, dtype in enumerate(dtypes)
    )


def _may_nest(dtype: Any) -> bool:
    return (
        str(dtype).lower().startswith(("object", "list", "array", "large_list", "fix"))
    )


def _read_nested(table: Table, estimator: str) -> Read:
    columns = [column_of(table, i) for i in range(len(table.names))]
    others = [
        name
        for name, column in zip(table.names, columns, strict=True)
        if not holds_series(column) or is_time(name)
    ]
    if others:
        raise ValueError(
            f"{estimator}: X has columns whose cells are series, and others: "
            f"{listed(others)}. Each column is a channel: take out what is none with "
            f"{table.drop.format(others)}."
        )
    cells = np.empty((len(columns[0]), len(columns)), dtype=object)
    for i, column in enumerate(columns):
        cells[:, i] = column
    if is_table(cells[0, 0]) and len(columns) == 1:
        return read_frames(list(columns[0]), estimator)
    listed_rows = [row[0] if len(row) == 1 else list(row) for row in cells]
    return Read(read_list(listed_rows, estimator), channel_names(table.names))


# ---------------------------------------------------------------- wide


def _read_wide(table: Table, estimator: str) -> Rows:
    if hasattr(table.frame, "iloc") and all(
        dtype.kind in "fiub" for dtype in set(table.frame.dtypes)
    ):
        return read_array(as_array(table.frame, estimator), estimator)
    columns = [column_of(table, i) for i in range(len(table.names))]
    for name, column in zip(table.names, columns, strict=True):
        _check_column(name, column, table, estimator)
    cube = _stack(columns)[:, None, :]
    return as_numbers(cube, 0, estimator, table.names)


def _check_column(name: Any, column: Numbers, table: Table, estimator: str) -> None:
    """Refuse a column that is all dates, text or categories."""
    step = table.names.index(name)
    if column.dtype.kind in "fiubc":
        return
    known = [(row, cell) for row, cell in enumerate(column) if not is_missing(cell)]
    category = str(getattr(table.column(step), "dtype", "")) == "category"
    if not known or (
        not category and not all(isinstance(cell, (str, *DATES)) for _, cell in known)
    ):
        return  # as_numbers finds the cell
    remedy = f"Take it out with {table.drop.format([name])}"
    texts = [cell.replace(",", ".") for _, cell in known if isinstance(cell, str)]
    if len(texts) == len(known) and all(map(_parses, texts)):
        frame = in_pandas(table, "X")
        comma = any("," in cell for _, cell in known)
        commas = ".replace(',', '.', regex=True)" if comma else ""
        remedy += f", or read it as numbers with {frame}{commas}.astype(float)"
    remedy += "."
    kind = "text" if isinstance(known[0][1], str) else "dates"
    kind = "categories" if category else kind
    bad = [(row, cell) for row, cell in known if kind != "text" or not _parses(cell)]
    if bad and len(bad) < len(known):
        row, cell = bad[0]
        raise SeriesTypeError(
            estimator,
            row,
            f"at step {step} (column {name!r}) is {str(cell)!r:.40}, no number, which "
            f"makes the column one of text. Make it missing, then convert the column.",
        )
    raise TypeError(
        f"{estimator}: column {name!r} holds {kind}, such "
        f"as {str(known[0][1])!r:.40}; expected numbers. {remedy}"
    )


def _parses(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# ---------------------------------------------------------------- two levels


def _read_pivoted(X: Any, estimator: str) -> Read:
    """Read columns of two levels, channels and steps, as pivot makes them."""
    if X.columns.nlevels > 2:
        raise ValueError(
            f"{estimator}: X has columns of {X.columns.nlevels} levels; expected two, "
            "channels and time steps."
        )
    levels = [list(dict.fromkeys(X.columns.get_level_values(i))) for i in (0, 1)]
    found = [read_steps(labels).kind == "steps" for labels in levels]
    if "" in levels[1]:
        keys = [name for name in X.columns if name[1] == ""]
        raise ValueError(
            f"{estimator}: X has the columns {keys} beside those of two levels, ids or "
            f"labels it seems. Take them out with X.drop(columns={keys})."
        )
    if found[0] == found[1]:
        raise _two_kinds(levels, found[0], estimator)
    time = found.index(True)
    channels, steps = levels[1 - time], levels[time]
    wanted = [(c, t) if time else (t, c) for c in channels for t in steps]
    if len(wanted) != X.shape[1] or set(wanted) != set(X.columns):
        raise ValueError(
            f"{estimator}: X has columns of two levels, but not every channel of "
            f"{listed(channels, 5)} has every time step."
        )
    table = table_of(X[wanted])
    flat = _read_wide(table, estimator)
    shape = (len(X), len(channels), len(steps))
    return Read(
        np.reshape(flat, shape), channel_names([str(name) for name in channels])
    )


def _two_kinds(levels: list[list[Any]], are_steps: bool, estimator: str) -> ValueError:
    """Say how columns become series whose two levels are both steps, or neither."""
    stack = (
        "np.stack([X.xs(n, axis=1, level={0}).to_numpy(){1} for n in "
        "X.columns.unique({0})]"
    )
    if are_steps:
        advice = (
            f"Pass {stack.format(0, '')}, axis=1) if the first level has the channels, "
            f"{stack.format(1, '')}, axis=1) if the second has."
        )
    else:
        advice = (
            f"If the rows are time steps, pass {stack.format(0, '.T')}) if each of the "
            f"first level is a series with channels in the second, "
            f"{stack.format(1, '.T')}) if it is the other way round."
        )
    return ValueError(
        f"{estimator}: X has columns of two levels, {listed(levels[0], 3)} and "
        f"{listed(levels[1], 3)}, of which one must name the channels and one the "
        f"time steps, in order. {advice}"
    )


def _is_long(X: Any, estimator: str) -> bool:
    """Whether a frame with an index of several levels has readings in its rows."""
    steps = read_steps(list(X.columns))
    last = X.index.names[-1]
    timed = is_time(last) or X.index.levels[-1].dtype.kind in "Mm"
    if steps.kind != "steps" or is_channel(X.columns[0]):
        return True
    n_series = X.index.droplevel(-1).nunique()
    few = X.shape[1] < HANDFUL or len(X) > X.shape[1] * n_series
    if timed or (last is None and few):
        return True
    if steps.family == "date" or is_time(steps.family.strip("#_- ")):
        return False
    names = [
        name if name is not None else f"level_{i}"
        for i, name in enumerate(X.index.names)
    ]
    raise ValueError(
        f"{estimator}: X has an index of several levels, {names}, and columns "
        f"{listed(list(X.columns), 3)}, which could be time steps or channels. Pass "
        "X.reset_index(drop=True) if each row is a series, or "
        f"timenet_sklearn.from_long(X.reset_index(), id={names[:-1]!r}, "
        f"time={names[-1]!r}) if each is one reading."
    )


def _check_channels(table: Table, estimator: str, each: bool = False) -> None:
    """Refuse columns named as ids, labels and times are, where each is a channel."""
    keys = [name for name in table.names if is_key(name)]
    if not keys:
        return
    drop = table.drop.format(keys)
    drop = f"[{drop.replace('X', 'x', 1)} for x in X]" if each else drop
    raise ValueError(
        f"{estimator}: X has the columns {listed(keys)}, named as ids, labels or times "
        f"are, where each column is a channel. Take them out with {drop}, or give them "
        "other names if they are readings."
    )
