"""From arrays, lists and single cells to numbers, or an error that names the cell.

Values are judged in `panel`; here only what can never be a number is refused.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._series.names import check_index
from timenet_sklearn.exceptions import SeriesError, SeriesTypeError

Numbers = NDArray[Any]
Rows = Numbers | list[Numbers]

EXPECTED = (
    "an array (n_samples, n_timepoints) or (n_samples, n_channels, n_timepoints), "
    "or a list of series"
)
TEXT = (str, bytes)
_COMPLEX = (complex, np.complexfloating)
# Python and NumPy turn some of them into numbers without a word.
DATES = (
    datetime.date,
    datetime.time,
    datetime.timedelta,
    np.datetime64,
    np.timedelta64,
)


class Read(NamedTuple):
    """Series as they were passed in, in one of two forms.

    Attributes
    ----------
    rows : ndarray of shape (n_samples, n_channels, n_timepoints), or list of ndarray \
of shape (n_channels, length_i)
        Real, integer or boolean dtype. Missing cells (None, NA) are NaN.
    channels : list of str or None
        Names of the channels, where the input has any.
    instances : pandas Index or None
        Labels of the series, where they are not those of the input's rows.
    """

    rows: Rows
    channels: list[str] | None = None
    instances: Any = None


def read_list(cells: Sequence[Any], estimator: str) -> list[Numbers]:
    """Read a sequence of series, each of one or several channels."""
    if not len(cells):
        raise too_few("sample", (0,), estimator)
    if holds_series(cells):
        for row, cell in enumerate(cells):
            if is_missing(cell):
                raise SeriesTypeError(
                    estimator,
                    row,
                    f"is {cell!r:.40}, a missing series among others. Drop it with "
                    'X = [x for x in X if hasattr(x, "__len__")], and its label.',
                )
    return [_read_series(cell, row, estimator) for row, cell in enumerate(cells)]


def _read_series(cell: Any, row: int, estimator: str) -> Numbers:
    """Read one series as an array (n_channels, length)."""
    _check_indexes([cell], row, estimator)
    if hasattr(cell, "columns"):
        raise SeriesTypeError(
            estimator,
            row,
            "is a table. Pass a list of tables alone, each (n_timepoints, n_channels), "
            "or arrays (n_channels, n_timepoints).",
        )
    array = None if isinstance(cell, (list, tuple)) else as_array(cell, estimator)
    if array is not None and array.dtype == object and array.ndim > 0:
        cell, array = array.tolist(), None
    if array is None and holds_series(cell):
        array = _stack_channels(cell, row, estimator)
    elif array is None:
        array = as_array(cell, estimator)
    if array.ndim == 0 and array.dtype.kind in "fiub":
        raise one_dimension("a list of numbers", estimator)
    if array.ndim in (1, 2) or array.dtype.kind == "c":
        return as_numbers(np.atleast_2d(array)[None], row, estimator).squeeze(0)
    if array.dtype.kind in "fiub":
        raise SeriesError(
            estimator,
            row,
            f"has {array.ndim} dimensions; expected (length,) or (n_channels, length). "
            "If X is a list of arrays of series, pass np.concatenate(X).",
        )
    raise SeriesTypeError(
        estimator,
        row,
        f"is {cell!r:.40}; expected an array of numbers, (length,) or (n_channels, "
        f"length).{_advise_text(cell, '[{} for x in X]')}",
    )


def _advise_text(cell: Any, all_of: str) -> str:
    """Say how text, or a dict, becomes series; `all_of` has a place for one cell."""
    if isinstance(cell, dict):
        return " Pass the table pandas.DataFrame(X) if its keys are names of columns."
    if not isinstance(cell, str) or len(cell.split()) + cell.count(",") < 2:
        return ""
    if cell.strip()[0] in "[(":
        return f" Of text that is a list, pass {all_of.format('json.loads(x)')}."
    divided = f"np.array(x.split({',' if ',' in cell else None!r}), float)"
    return f" Of text that is a list, pass {all_of.format(divided)}."


def _check_indexes(cells: Sequence[Any], row: int, estimator: str) -> None:
    """Refuse pandas series whose index is no time axis, or not one for all channels."""
    indexes = [cell.index for cell in cells if hasattr(cell, "iloc")]
    for index in indexes:
        if problem := check_index(index):
            raise SeriesError(estimator, row, f"{problem}.")
        if len(index) == len(indexes[0]) and not index.equals(indexes[0]):
            raise SeriesError(
                estimator,
                row,
                "has channels whose time indexes differ. Bring them to one, or drop "
                "them with x.reset_index(drop=True) if the values belong side by side.",
            )


def _stack_channels(cells: Sequence[Any], row: int, estimator: str) -> Numbers:
    for channel, cell in enumerate(cells):
        if is_missing(cell):
            problem = f"is {cell!r:.40}, missing. Drop the series, or fill the channel."
            raise SeriesTypeError(estimator, row, problem, channel)
        if row == 0 and channel == 1 == len(cells) - 1 and np.ndim(cell) == 0:
            raise SeriesTypeError(
                estimator,
                row,
                f"is a pair of a series and {cell!r:.40}, its label it seems. Pass "
                "[x for x, _ in X], and [y for _, y in X] as y.",
            )
        if not hasattr(cell, "__len__"):
            problem = f"is {cell!r:.40}, no series, as other channels are. Take it out."
            raise SeriesTypeError(estimator, row, problem, channel)
    _check_indexes(cells, row, estimator)
    channels = [as_array(cell, estimator) for cell in cells]
    if len({channel.shape for channel in channels}) > 1:
        lengths = ", ".join(str(channel.size) for channel in channels)
        raise SeriesError(
            estimator,
            row,
            f"has channels of unequal lengths ({lengths} steps). All channels of a "
            "series end together; trim the longer ones.",
        )
    return np.stack(channels)


def read_array(array: Numbers, estimator: str) -> Numbers:
    """Read an array of numbers as (n_samples, n_channels, n_timepoints)."""
    if array.ndim == 0:
        if array.dtype.kind not in "fiubc":
            kind = type(array.item()).__name__
            raise TypeError(f"{estimator}: X is a {kind}; expected {EXPECTED}.")
        raise ValueError(
            f"{estimator}: Expected 2D array, got scalar array instead ({array!r})."
        )
    if array.shape[0] == 0:
        raise too_few("sample", array.shape, estimator)
    if array.dtype.names:
        raise _records(array, estimator)
    if array.ndim == 1 and isinstance(array[0], str):
        raise TypeError(
            f"{estimator}: X holds text, such as {array[0]!r:.40}; expected {EXPECTED}."
            + _advise_text(array[0], "[{} for x in X]")
        )
    if array.ndim == 1:
        raise one_dimension(f"shape={array.shape}", estimator)
    if array.ndim > 3:
        raise ValueError(
            f"{estimator}: Found array with dim {array.ndim}; expected {EXPECTED}."
        )
    if array.shape[-1] == 0:
        raise too_few("feature", array.shape, estimator)
    return as_numbers(array[:, None, :] if array.ndim == 2 else array, 0, estimator)


def as_array(X: Any, estimator: str) -> Numbers:
    """Return an array of `X`, a view where possible, with NaN for what is missing."""
    if type(X) is np.ndarray:
        return X
    if hasattr(X, "to_numpy_ndarray"):  # tensors of pyarrow would come out flat
        return np.asarray(X.to_numpy_ndarray())
    if hasattr(X, "itercolumns"):  # pyarrow has no array of a whole table
        return np.column_stack([np.asarray(column) for column in X.itercolumns()])
    if isinstance(X, np.ma.MaskedArray) and X.dtype.kind in "fiub":
        return np.asarray(np.ma.filled(X.astype(np.float64), np.nan))
    if not (hasattr(X, "iloc") and hasattr(X, "to_numpy")):
        return _from_any_library(X, estimator)
    # pandas: its own NA would come out as an object that is no number.
    dtypes = set(X.dtypes) if X.ndim == 2 else {X.dtype}
    kinds = {dtype.kind for dtype in dtypes}
    if not kinds <= set("fiub"):
        return np.asarray(X.to_numpy(dtype=object, na_value=np.nan))
    if all(isinstance(dtype, np.dtype) for dtype in dtypes):
        return np.asarray(X.to_numpy())
    return np.asarray(X.to_numpy(dtype=np.float64, na_value=np.nan))


def _from_any_library(X: Any, estimator: str) -> Numbers:
    """Read an array of another library, as long as NumPy can reach its memory."""
    try:
        if hasattr(X, "__dlpack__") and not hasattr(X, "__array__"):
            return np.from_dlpack(X)
        return np.asarray(X)
    except (TypeError, ValueError, RuntimeError, BufferError) as error:
        kind = f"{type(X).__module__}.{type(X).__qualname__}"
        if not hasattr(X, "__dlpack__"):
            raise TypeError(
                f"{estimator}: NumPy makes no array of a {kind} ({error}). Pass "
                f"{EXPECTED}."
            ) from error
        raise TypeError(
            f"{estimator}: NumPy cannot read a {kind} on device "
            f"{getattr(X, 'device', 'unknown')} ({error}). The encoder runs on the "
            "CPU: pass X.get() (CuPy), X.detach().cpu().numpy() (PyTorch) or another "
            "NumPy array."
        ) from error


def holds_series(cells: Iterable[Any]) -> bool:
    """Whether some cells are arrays, lists or Series."""
    return any(
        hasattr(kind, "__len__") and not issubclass(kind, (dict, *TEXT))
        for kind in kinds_of(cells)
    )


def kinds_of(cells: Iterable[Any]) -> set[type]:
    return set(map(type, cells))


def is_missing(cell: Any) -> bool:
    """Whether a cell is None, NaN, or the NA or NaT of a table's library."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, (float, np.floating)) and bool(np.isnan(cell))


def as_numbers(
    cube: Numbers, first: int, estimator: str, columns: Sequence[Any] | None = None
) -> Numbers:
    """Return a 3-D array as it is if numeric, object cells as float64.

    For messages, `first` is the number of its first series, and `columns` are the names
    of the steps in a table.
    """
    kind = cube.dtype.kind
    if kind in "fiub":
        return cube
    if kind == "O":
        return _as_floats(cube, first, estimator, columns)
    if kind == "c":
        raise SeriesError(
            estimator,
            first,
            f"has dtype {cube.dtype}. Complex data not supported: pass the real and "
            "imaginary parts as two channels.",
        )
    raise SeriesTypeError(
        estimator,
        first,
        f"has dtype {cube.dtype}; expected numbers. "
        + (
            "Dates are no readings: take them out."
            if kind in "Mm"
            else "Convert the values, e.g. with X.astype(float)."
        ),
    )


def _as_floats(
    cube: Numbers, first: int, estimator: str, columns: Sequence[Any] | None
) -> Numbers:
    """Convert object cells to float64, None to NaN; text is never parsed."""
    # NumPy 2.0 takes an array of one cell for a number, with a warning.
    no_number = (*TEXT, *_COMPLEX, *DATES, np.ndarray)
    kinds = kinds_of(cube.flat)
    refused = tuple(kind for kind in kinds if issubclass(kind, no_number))
    if any(kind.__name__ == "NAType" for kind in kinds):  # float(pandas.NA) is refused
        cube = np.frompyfunc(lambda cell: None if is_missing(cell) else cell, 1, 1)(
            cube
        )
    if not refused:
        try:
            return cube.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            pass  # the loop below finds the cell and says why
    for (row, channel, step), cell in np.ndenumerate(cube):
        name = "" if columns is None else f" (column {columns[step]!r})"
        kind, problem = _why_no_number(cell)
        if kind is not None:
            problem = f"at step {step}{name} is {problem}"
            raise kind(estimator, first + row, problem, channel)
    raise TypeError(f"{estimator}: X holds cells that are not numbers.")


def _why_no_number(cell: Any) -> tuple[type[SeriesError] | None, str]:
    """Tell why a cell is no number, with the class of error for it; None if it is."""
    if isinstance(cell, np.ndarray):
        return SeriesTypeError, f"an array of shape {cell.shape}, no number."
    text = f"{cell!r:.40}"
    if isinstance(cell, _COMPLEX):
        return SeriesError, f"{text}. Complex data not supported."
    if isinstance(cell, DATES):
        return SeriesTypeError, f"{text}, a date or duration, no number. Take it out."
    if isinstance(cell, TEXT):
        return SeriesTypeError, f"{text}, text. Convert it to a number."
    try:
        _ = None if cell is None else float(cell)
    except TypeError as error:
        return SeriesTypeError, f"{text}, no number: {error}"
    except (ValueError, OverflowError) as error:
        return SeriesError, f"{text}: {error}"
    return None, ""


def too_few(what: str, shape: tuple[int, ...], estimator: str) -> ValueError:
    return ValueError(
        f"{estimator}: Found array with 0 {what}(s) (shape={shape}) while a minimum "
        "of 1 is required."
    )


def one_dimension(what: str, estimator: str) -> ValueError:
    return ValueError(
        f"{estimator}: Expected 2D array, got 1D array instead ({what}). Reshape your "
        "data with np.reshape(X, (1, -1)) if it is a single series."
    )


def _records(array: Numbers, estimator: str) -> TypeError:
    """Say how records become a table, whose columns are then judged by their names."""
    names = list(array.dtype.names or ())
    whole = [name for name in names if array.dtype[name].shape]
    advice = "Pass the table pandas.DataFrame(X), whose columns are checked by names."
    if whole:
        advice = f"Pass X[{whole[0]!r}], which has a series in each record."
    elif array.ndim > 1:
        advice = "Pass np.stack([X[name] for name in X.dtype.names], axis=1)."
    return TypeError(
        f"{estimator}: X is an array of records with the fields {names}. {advice}"
    )


def count_channels(rows: Rows, estimator: str) -> int:
    """Return the number of channels; raise where series differ in it."""
    n_channels: int = rows[0].shape[0]
    if n_channels == 0:
        raise too_few("channel", rows[0].shape, estimator)
    if not isinstance(rows, list):
        return n_channels
    for index, row in enumerate(rows):
        if len(row) != n_channels:
            raise SeriesError(
                estimator,
                index,
                f"has {len(row)} channel(s), the first one has {n_channels}. Give all "
                f"series the same channels.{_transposed(rows)}",
            )
    return n_channels


def _transposed(rows: list[NDArray[Any]]) -> str:
    """Advise to turn series round, if that would give all the same channels."""
    n_columns = {row.shape[1] for row in rows}
    if len(n_columns) > 1 or max(n_columns) > min(map(len, rows)):
        return ""
    return (
        f" All have {max(n_columns)} column(s): if they are (n_timepoints, n_channels),"
        ' pass timenet_sklearn.from_array(X, axes="tc").'
    )
