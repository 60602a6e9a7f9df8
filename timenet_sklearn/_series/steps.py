"""The columns of a wide table must be the steps of a series; if not, say which are not.

What a message advises gives the right result when followed to the letter.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from timenet_sklearn._series.columns import Table, in_pandas, is_table, table_of
from timenet_sklearn._series.names import (
    Steps,
    is_id,
    is_key,
    is_time,
    listed,
    read_steps,
)
from timenet_sklearn._series.plausible import check_step_names, has_readings


def check_steps(table: Table, estimator: str) -> None:
    """Refuse columns that are not successive steps of one series."""
    index = getattr(table.frame, "index", None)
    numbered = hasattr(table.frame, "iloc") and table.frame.columns.dtype.kind in "iuf"
    if numbered and not has_readings(index):
        columns = table.frame.columns
        step = np.diff(columns) if len(columns) > 1 else np.ones(1)
        if (step == step[0]).all() and step[0] > 0:
            return  # the columns of an array that became a frame
    steps = read_steps(table.names)
    if steps.kind == "steps":
        if len(table.names) > 1:
            check_step_names(table.names, steps.family, index, estimator)
        return
    say = {
        "odd": _odd,
        "words": _words,
        "blocks": _blocks,
        "order": _order,
        "gap": _gap,
    }[steps.kind]
    raise ValueError(f"{estimator}: {say(steps, table)}")


_WIDE = "In a table without lists each row is one series and each column a time step"


def _odd(steps: Steps, table: Table) -> str:
    n_steps = len(table.names) - len(steps.odd)
    text = (
        f"X has the columns {listed(steps.odd)} beside {n_steps} that are named as "
        f"steps of a series are ({steps.family}). {_WIDE}. "
    )
    drop = f"Take them out with {table.drop.format(steps.odd)}"
    if len(steps.odd) > 20:
        drop = "Pass the columns of steps alone"
    as_long = _long_advice(table)
    if as_long and "time=None" not in as_long:
        return (
            f"{text}{as_long}, if each row is one reading. {drop}, if each is a "
            f"series; or pass {table.array} if all are steps."
        )
    return f"{text}{drop}, or pass {table.array} if all are steps."


def _words(steps: Steps, table: Table) -> str:
    text = (
        f"X has the columns {listed(table.names)}, which are no time steps. {_WIDE}. "
    )
    as_long = _long_advice(table)
    if as_long:
        return f"{text}{as_long}, if each row is one reading{_turned(table)}."
    turned = "np.asarray(X).T"
    if hasattr(table.frame, "itercolumns"):
        turned = "np.stack(X.columns)"
    return (
        f"{text}If the rows are the steps of one recording and the columns its "
        f"channels, pass {turned}[None]; if each column is a series, {turned}; if the "
        f"columns are steps, {table.array}; if each row is a reading of one of many "
        "series, timenet_sklearn.from_long, with the columns that tell of which series "
        "and when."
    )


def _long_advice(table: Table) -> str | None:
    """Advise to read readings as such, where ids or times are among the columns."""
    frame, names = "X", table.names
    index = getattr(table.frame, "index", None)
    own = [name for name in getattr(index, "names", ()) if is_id(name) or is_time(name)]
    if own:
        frame, names = "X.reset_index()", [*own, *names]
    times = [name for name in names if is_time(name)]
    ids = [name for name in names if is_id(name) and name not in times]
    if not times and not ids:
        return None
    if not times and hasattr(index, "asi8"):
        frame, times = "X.reset_index(names='time')", ["time"]
    id_, time = (next(iter(names), None) for names in (ids, times))
    return f"Pass timenet_sklearn.from_long({frame}, id={id_!r}, time={time!r})"


def _turned(table: Table) -> str:
    """Advise to transpose a table of pandas with a time a row, but without ids."""
    frame = table.frame
    if not hasattr(frame, "iloc"):
        return ""
    if any(is_id(name) for name in [*table.names, *frame.index.names]):
        return ""
    times = [name for name in table.names if is_time(name)]
    if len(times) > 1 or (not times and not hasattr(frame.index, "asi8")):
        return ""
    by_time = f"X.set_index({times[0]!r})" if times else "X"
    return f"; {by_time}.T, if each of the other columns is a series"


def _blocks(steps: Steps, table: Table) -> str:
    return (
        f"X has columns of several families, {listed(steps.odd, 4)}: several channels "
        f"or sensors end to end, it seems. {_WIDE}. Make an array (n_samples, "
        "n_channels, n_timepoints) of them, with np.stack([first, second], axis=1), "
        "each the columns of one channel in order."
    )


def _order(steps: Steps, table: Table) -> str:
    before, after = steps.odd
    return (
        f"X has its columns in an order that is not that of time: {after!r} comes "
        f"after {before!r}. Put them in ascending order, or pass {table.array} if the "
        "values are in order as they stand. If the names are values, the file had no "
        "header: read it with header=None."
    )


def _gap(steps: Steps, table: Table) -> str:
    before, after = steps.odd
    return (
        f"X lacks time steps between its columns {before!r} and {after!r}. Put them "
        'in, with NaN and missing="interpolate" if they are not known, or pass '
        f"{table.array} if none is missing."
    )


def refuse_unset(X: Any, name: str) -> None:
    """Refuse a long table whose ids and times are no index yet.

    sktime takes it for one series, whose channels they are.
    """
    if not is_table(X) or getattr(getattr(X, "index", None), "nlevels", 1) > 1:
        return
    keys = [label for label in table_of(X).names if is_key(label)]
    if not keys:
        return
    ids = [label for label in keys if is_id(label)]
    times = [label for label in keys if is_time(label)]
    index = ids[:1] + times[:1] if ids and times else keys
    frame = in_pandas(table_of(X), "X")
    raise ValueError(
        f"{name}: X has the columns {keys}, named as ids, labels or times are. sktime "
        "takes a table without an index of instances and times for one series. Pass "
        f"{frame}.set_index({index}).sort_index(), or take out what is no channel."
    )
