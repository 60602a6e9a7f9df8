"""Long tables, a row a reading with its id and time, become a table of series."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._series.cells import as_numbers, is_missing
from timenet_sklearn._series.columns import (
    Table,
    column_of,
    in_pandas,
    is_table,
    table_of,
)
from timenet_sklearn._series.grid import Readings, grid_step, on_grid
from timenet_sklearn._series.lines import parse_number
from timenet_sklearn._series.names import is_index, is_key, is_time, listed
from timenet_sklearn._series.readings import starts_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_FILLS = ("error", "interpolate", "previous", "nan")


def from_long(
    table: Any,
    *,
    id: Any,
    time: Any,
    values: Any = None,
    every: Any = None,
    fill: Any = "error",
) -> Any:
    """Turn a long table (id, time and values, a row per reading) into series.

    Parameters
    ----------
    table : DataFrame of pandas or polars, or table of pyarrow
        Readings in any order.
    id : str, list of str or None
        Column or columns that tell which series a reading belongs to. None if all are
        of one series.
    time : str or None
        Column of times: dates or numbers. None if readings stand in order.
    values : str or list of str, optional
        Columns of values, each a channel. By default all other columns; an error if
        one holds no numbers, or has a name that ids and labels have.
    every : duration or number, optional
        Step of a regular grid, such as ``"1min"`` or, where times are numbers, ``0.5``:
        each reading goes to the nearest step, counted from the first reading of its
        series; several at one step are averaged. By default no grid is made: steps may
        vary by half, a missing reading is an error. ``"any"`` takes readings one
        after the other, whatever the time between them.
    fill : {"error", "interpolate", "previous", "nan"} or number, default="error"
        What stands at steps of the grid without a reading: nothing, which is an error;
        a linear interpolation; the value before; NaN, which the estimators then treat
        by their ``missing``; a number. "interpolate" and "previous" fill NaN between
        readings as well, "previous" also the end of a channel where others go on. More
        than a tenth of a series filled is warned of.

    Returns
    -------
    pandas.DataFrame of shape (n_series, n_channels)
        What every estimator here takes: one row per series, in the order in which ids
        first appear in the table, with the ids as index; one column per channel, whose
        cells are float64 arrays in order of time.

    Raises
    ------
    ValueError, TypeError
        For two readings of one series at one time, missing ids or times, times that
        are text, values that are no numbers, gaps; names the series and the time.
    ImportError
        If pandas is not installed.

    Warns
    -----
    SuspiciousShapeWarning
        If more than a tenth of the steps of a series, and more than eight, are filled.

    Examples
    --------
    >>> import pandas as pd
    >>> from timenet_sklearn import TimeNetTransformer, from_long
    >>> table = pd.DataFrame({"machine": ["b"] * 9 + ["a"] * 8, "second": [*range(9),
    ...     *range(8)], "vibration": [0.0, 1, 0, 2, 0, 3, 0, 4, 0, *range(8)]})
    >>> X = from_long(table, id="machine", time="second")
    >>> X.index.tolist(), X["vibration"].map(len).tolist()
    (['b', 'a'], [9, 8])
    >>> TimeNetTransformer(weights="ucr18").fit_transform(X).shape
    (2, 180)
    """
    pandas = import_pandas()
    _check_fill(every, fill)
    source = _open(table)
    one = isinstance(id, str) or not np.iterable(id)
    ids = [] if id is None else [id] if one else list(id)
    channels = _channels(source, [*ids, time], values)
    for name in channels:
        _refuse_text(source, name)
    codes, instances = _codes(source, ids, pandas)
    times, numbers = _times(source, time, pandas)
    order = np.lexsort((numbers, codes))
    readings = Readings(codes[order], numbers[order], times[order], instances)
    readings.refuse_doubles([*ids, time], in_pandas(source, "table"))
    data = _values(source, channels)[:, order]
    starts = starts_of(readings.codes)
    if every is None and time is not None:
        readings.refuse_gaps()
    elif every is not None and not _is_any(every):
        step = grid_step(every, times, pandas)
        data, starts = on_grid(data, readings, step, fill)
    columns = {
        name: pandas.Series(_split(row, starts), index=instances, dtype=object)
        for name, row in zip(channels, data, strict=True)
    }
    return pandas.DataFrame(columns, index=instances)


def import_pandas() -> Any:
    """Import pandas late; an error says how to install it."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            f"Reading long tables needs the package {error.name!r}; "
            "install it with: pip install pandas"
        ) from error
    return pandas


def _is_any(every: Any) -> bool:
    return isinstance(every, str) and every == "any"


def _check_fill(every: Any, fill: Any) -> None:
    number = isinstance(fill, (int, float, np.number)) and not isinstance(fill, bool)
    if not number and not (isinstance(fill, str) and fill in _FILLS):
        raise ValueError(
            f"from_long: fill={fill!r}; expected one of {', '.join(_FILLS)}, or a "
            "number."
        )
    if not (isinstance(fill, str) and fill == "error") and (
        every is None or _is_any(every)
    ):
        raise ValueError(
            f"from_long: fill={fill!r} fills a grid: pass its step too, as in "
            'every="1min".'
        )


def _open(table: Any) -> Table:
    if callable(getattr(table, "collect", None)) and not is_table(table):
        raise TypeError("from_long: table is not computed yet. Pass table.collect().")
    if callable(getattr(table, "compute", None)) and hasattr(table, "dask"):
        raise TypeError("from_long: table is not computed yet. Pass table.compute().")
    if not is_table(table):
        raise TypeError(
            f"from_long: table is {table!r:.40}; expected a table of pandas, polars or "
            "pyarrow. Of a dict of columns, make one with pandas.DataFrame(table)."
        )
    if not len(table):
        raise ValueError("from_long: the table has no rows.")
    return table_of(table)


def _position(source: Table, name: Any) -> int:
    """Find a column by name."""
    if source.names.count(name) == 1:
        return source.names.index(name)
    index = getattr(source.frame, "index", None)
    if name not in source.names and index is not None and name in index.names:
        raise ValueError(
            f"from_long: {name!r} is in the index of the table. Pass "
            "table.reset_index()."
        )
    if name not in source.names and is_time(name) and hasattr(index, "asi8"):
        raise ValueError(
            f"from_long: the table has no column {name!r}, but times in its index. "
            f"Pass table.reset_index(names={name!r}) if they are meant."
        )
    how_many = "no column" if name not in source.names else "several columns"
    raise ValueError(
        f"from_long: the table has {how_many} {name!r}, but {listed(source.names)}."
    )


def _channels(source: Table, keys: Sequence[Any], values: Any) -> list[Any]:
    """Return the columns of values: those asked for, or all that are no keys."""
    for key in keys:
        if key is not None:
            _position(source, key)
    if values is not None:
        chosen = [values] if isinstance(values, str) else list(values)
        for name in chosen:
            _position(source, name)
        if not chosen or set(chosen) & set(keys):
            raise ValueError(
                f"from_long: values={values!r}; expected columns other than id and "
                "time."
            )
        return chosen
    others = [n for n in source.names if n not in keys and not is_index(n)]
    odd = [name for name in others if is_key(name) or not _is_number(source, name)]
    if odd or not others:
        rest = [name for name in others if name not in odd]
        text = [name for name in odd if not _is_number(source, name)]
        for name in text:
            _refuse_text(source, name)
        pivot = ""
        if text and len(rest) == 1:
            index = [key for key in keys if key is not None]
            pivot = (
                f" If {text[0]!r} tells what {rest[0]!r} measures, pass "
                f"{in_pandas(source, 'table')}.pivot(index={index!r}, "
                f"columns={text[0]!r}, values={rest[0]!r}).reset_index() first."
            )
        say = f"Say which columns are values: values={listed(rest)}." if rest else ""
        raise ValueError(
            f"from_long: the columns {listed(odd)} hold no readings, or are named as "
            f"ids, labels and times are. {say or 'No column is left for values.'}"
            f"{pivot}"
        )
    return others


def _refuse_text(source: Table, name: Any) -> None:
    """Refuse a column of numbers that are text, and name the cell that made it so."""
    cells = column_of(source, _position(source, name))
    known = [cell for cell in cells[:1000] if not is_missing(cell)]
    texts = [cell for cell in known if isinstance(cell, str)]
    wrong = sum(_is_no_number(cell) for cell in texts)
    if cells.dtype.kind != "O" or not texts or wrong > len(known) / 2:
        return
    column = f"t[{name!r}]"
    if any("," in cell for cell in texts):
        column += ".str.replace(',', '.')"
    row = next((row for row, cell in enumerate(cells) if _is_no_number(cell)), None)
    numbers, found, rest = f"{column}.astype(float)", "", ""
    if row is not None:
        found = f", as its row {row} is {cells[row]!r:.40}"
        numbers, rest = f"pandas.to_numeric({column}, errors='coerce')", " and NaN"
    raise TypeError(
        f"from_long: the column {name!r} holds text{found}. Turn it into numbers{rest}:"
        f" {_assign(source, name, numbers)}."
    )


def _assign(source: Table, name: Any, how: str) -> str:
    """Say how a column is replaced, by what is made of the table `t`."""
    new = f"{name}=lambda t: {how}"
    if not str(name).isidentifier():
        new = f"**{{{name!r}: lambda t: {how}}}"
    return f"{in_pandas(source, 'table')}.assign({new})"


def _is_no_number(cell: Any) -> bool:
    return isinstance(cell, str) and parse_number(cell.replace(",", ".")) is None


def _is_number(source: Table, name: Any) -> bool:
    column = column_of(source, _position(source, name))
    if column.dtype.kind != "O":
        return column.dtype.kind in "fiub"
    return not any(isinstance(cell, (str, bytes, list)) for cell in column[:1000])


def _codes(source: Table, ids: list[Any], pandas: Any) -> tuple[Ints, Any]:
    """Give series numbers, in order of first appearance."""
    if not ids:
        return np.zeros(len(source.frame), dtype=np.int64), pandas.RangeIndex(1)
    columns = []
    for name in ids:
        column = source.column(_position(source, name))
        index = _index(column, name, pandas)
        if isinstance(index, pandas.CategoricalIndex):
            index = index.astype(index.categories.dtype)
        if index.hasnans:
            row = int(np.flatnonzero(index.isna())[0])
            raise ValueError(
                f"from_long: {name!r} is missing in row {row} of the table. Drop such "
                "rows."
            )
        columns.append(index)
    keys = columns[0] if len(ids) == 1 else pandas.MultiIndex.from_arrays(columns)
    codes, instances = keys.factorize()
    return codes, instances.set_names(keys.names)


def _index(column: Any, name: Any, pandas: Any) -> Any:
    """Return a column of any library as an index of pandas."""
    arrow = hasattr(getattr(column, "dtype", None), "pyarrow_dtype")
    values = column if hasattr(column, "iloc") and not arrow else np.asarray(column)
    return pandas.Index(values, name=name)


def _times(source: Table, time: Any, pandas: Any) -> tuple[Any, NDArray[Any]]:
    """Return times as they are, and as numbers: nanoseconds, if they are dates."""
    if time is None:
        rows = np.arange(len(source.frame))
        return rows, rows
    column = source.column(_position(source, time))
    times = _index(column, time, pandas)
    if isinstance(times, pandas.PeriodIndex):
        times = times.to_timestamp()
    if times.hasnans:
        row = int(np.flatnonzero(times.isna())[0])
        raise ValueError(
            f"from_long: {time!r} is missing in row {row} of the table. Drop such rows."
        )
    if isinstance(times, (pandas.DatetimeIndex, pandas.TimedeltaIndex)):
        return times, times.as_unit("ns").asi8
    if times.dtype.kind not in "fiu":
        how = _conversion(times[0], f"t[{time!r}]")
        doubt = " Say dayfirst=True if days come first." if "=False" in how else ""
        raise TypeError(
            f"from_long: {time!r} holds {times[0]!r:.40}, neither a date nor a number. "
            f"Convert it first: {_assign(source, time, how)}.{doubt}"
        )
    return times, np.asarray(times)


def _conversion(time: Any, column: str) -> str:
    """Say how pandas makes times or numbers of a column that starts with this time."""
    text = str(time).strip()
    if parse_number(text) is not None:
        return f"pandas.to_numeric({column})"
    if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?", text):
        seconds = "" if text.count(":") == 2 else " + ':00'"
        return f"pandas.to_timedelta({column}.astype(str){seconds})"
    if re.match(r"\d{1,2}\.\d{1,2}\.\d", text):
        return f"pandas.to_datetime({column}, dayfirst=True)"
    if first := re.match(r"(\d{1,2})/\d{1,2}/\d", text):
        return f"pandas.to_datetime({column}, dayfirst={int(first[1]) > 12})"
    return f"pandas.to_datetime({column}, utc=True)"


def _values(source: Table, channels: Sequence[Any]) -> Floats:
    """Return values as (n_channels, n_readings)."""
    columns = []
    for name in channels:
        column = column_of(source, _position(source, name))
        if column.dtype.kind in "Mm":
            raise TypeError(
                f"from_long: the column {name!r} holds dates, no values. Leave it "
                "out of values."
            )
        try:
            numbers = as_numbers(column[:, None, None], 0, "from_long")
        except (TypeError, ValueError) as error:
            row = getattr(error, "row", 0)
            raise type(error)(
                "from_long", row, f"of {name!r} is no reading: {column[row]!r:.40}."
            ) from error
        columns.append(numbers[:, 0, 0].astype(np.float64))
    return np.stack(columns)


def _split(row: Floats, starts: Ints) -> NDArray[np.object_]:
    """Cut a channel into a cell a series."""
    cells = np.empty(len(starts), dtype=object)
    for i, (start, stop) in enumerate(
        zip(starts, [*starts[1:], len(row)], strict=True)
    ):
        cells[i] = row[start:stop]
    return cells
