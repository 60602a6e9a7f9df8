"""Recognise the forms in which users hold time series.

Every accepted form becomes one of two: an array ``(n_samples, n_channels,
n_timepoints)``, which is a view of the user's own wherever it can be, or a list
of arrays ``(n_channels, length_i)``. Values are judged in `_panel`; here only what
can never be a number is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
Rows = Numbers | list[Numbers]

_EXPECTED = (
    "an array (n_samples, n_timepoints) or (n_samples, n_channels, n_timepoints), "
    "or a list of series"
)
_TEXT = (str, bytes)
_COMPLEX = (complex, np.complexfloating)


def read_rows(X: Any, estimator: str) -> Rows:
    """Turn any accepted form into a 3-D array or a list of 2-D arrays.

    Parameters
    ----------
    X : object
        See `check_panel` for the forms.
    estimator : str
        Name that starts every message.

    Returns
    -------
    ndarray of shape (n_samples, n_channels, n_timepoints), or list of ndarray of
    shape (n_channels, length_i)
        Real, integer or boolean dtype. Missing cells (None, NA) are NaN.

    Raises
    ------
    TypeError
        For objects that hold no numbers: text, dates, dicts, sparse matrices.
    ValueError
        For complex numbers, a wrong number of dimensions, nothing at all, or
        channels of one series that differ in length.
    ImportError
        For the forms that only sktime can read, where it is not installed.
    """
    if hasattr(X, "toarray") and hasattr(X, "nnz"):
        raise TypeError(
            f"{estimator}: X is sparse; time series are dense. Pass X.toarray()."
        )
    if X is None or isinstance(X, (dict, set, *_TEXT)):
        raise TypeError(f"{estimator}: X is {X!r:.40}; expected {_EXPECTED}.")
    if isinstance(X, (list, tuple)):
        if X and hasattr(X[0], "columns"):
            return _read_frames(list(X), estimator)
        return _read_list(X, estimator)
    array = _as_array(X, estimator)
    is_frame = hasattr(X, "iloc") and X.ndim == 2
    if is_frame and X.index.nlevels > 1:
        return _read_frames(X, estimator)
    if array.dtype == object and array.ndim in (1, 2) and _holds_series(array.flat):
        rows = _read_list(array.tolist(), estimator)
        if is_frame and any(hasattr(kind, "iloc") for kind in _kinds(array.flat)):
            # Only now: sktime cuts the longer of two channels without a word.
            return _read_frames(X, estimator)
        return rows
    return _read_array(array, estimator)


def _convert_with_sktime(X: Any, estimator: str) -> list[Any]:
    """Read a nested, multi-indexed or listed panel into a list of DataFrames."""
    try:
        from sktime.datatypes import convert_to
    except ImportError as error:
        raise ImportError(
            f"{estimator}: nested DataFrames, lists of DataFrames and DataFrames with "
            'a MultiIndex are read by sktime: pip install "timenet_sklearn[sktime]"'
        ) from error
    if not len(X):
        raise too_few("sample", X.shape, estimator)
    try:
        frames: list[Any] = convert_to(X, "df-list", "Panel")
    except TypeError as error:
        raise TypeError(
            f"{estimator}: X looks like a panel of sktime's but is none. {error}"
        ) from error
    return frames


def _read_frames(X: Any, estimator: str) -> list[Numbers]:
    """Read a panel of DataFrames (length_i, n_channels), whose columns must agree."""
    polars = isinstance(X, list) and not hasattr(X[0], "iloc")
    frames = X if polars else _convert_with_sktime(X, estimator)
    channels = list(frames[0].columns)
    for row, frame in enumerate(frames):
        if list(frame.columns) != channels and len(frame.columns) == len(channels):
            raise ValueError(
                f"{estimator}: series {row} has the columns {list(frame.columns)}, "
                f"series 0 has {channels}. Give all series the same columns in the "
                "same order."
            )
    return _read_list([_as_array(frame, estimator).T for frame in frames], estimator)


def _read_list(cells: Sequence[Any], estimator: str) -> list[Numbers]:
    """Read a sequence of series, each of one or several channels."""
    if not len(cells):
        raise too_few("sample", (0,), estimator)
    return [_read_series(cell, row, estimator) for row, cell in enumerate(cells)]


def _read_series(cell: Any, row: int, estimator: str) -> Numbers:
    """Read one series as an array (n_channels, length)."""
    if isinstance(cell, np.ndarray) and cell.dtype == object:
        cell = cell.tolist()
    if isinstance(cell, (list, tuple)) and _holds_series(cell):
        array = _stack_channels(
            [_as_array(channel, estimator) for channel in cell], row, estimator
        )
    else:
        array = _as_array(cell, estimator)
    if array.ndim == 0 and array.dtype.kind in "fiub":
        raise _one_dimension("a list of numbers", estimator)
    if array.ndim in (1, 2) or array.dtype.kind == "c":
        return _as_numbers(np.atleast_2d(array)[None], row, estimator).squeeze(0)
    if array.dtype.kind in "fiub":
        raise ValueError(
            f"{estimator}: series {row} has {array.ndim} dimensions; expected "
            "(length,) or (n_channels, length)."
        )
    raise TypeError(
        f"{estimator}: series {row} is {cell!r:.40}; expected an array of numbers, "
        "(length,) or (n_channels, length)."
    )


def _stack_channels(channels: list[Numbers], row: int, estimator: str) -> Numbers:
    if len({channel.shape for channel in channels}) > 1:
        lengths = ", ".join(str(channel.size) for channel in channels)
        raise ValueError(
            f"{estimator}: series {row} has channels of unequal lengths ({lengths} "
            "steps). All channels of a series end together; trim the longer ones."
        )
    return np.stack(channels)


def _read_array(array: Numbers, estimator: str) -> Numbers:
    """Read an array of numbers as (n_samples, n_channels, n_timepoints)."""
    if array.ndim == 0:
        if array.dtype.kind not in "fiubc":
            kind = type(array.item()).__name__
            raise TypeError(f"{estimator}: X is a {kind}; expected {_EXPECTED}.")
        raise ValueError(
            f"{estimator}: Expected 2D array, got scalar array instead ({array!r})."
        )
    if array.shape[0] == 0:
        raise too_few("sample", array.shape, estimator)
    if array.ndim == 1:
        raise _one_dimension(f"shape={array.shape}", estimator)
    if array.ndim > 3:
        raise ValueError(
            f"{estimator}: Found array with dim {array.ndim}; expected {_EXPECTED}."
        )
    if array.shape[-1] == 0:
        raise too_few("feature", array.shape, estimator)
    return _as_numbers(array[:, None, :] if array.ndim == 2 else array, 0, estimator)


def _as_array(X: Any, estimator: str) -> Numbers:
    """Return an array of `X`, a view where possible, with NaN for what is missing."""
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
    except (TypeError, RuntimeError, BufferError) as error:
        if not hasattr(X, "__dlpack__"):
            raise
        kind = f"{type(X).__module__}.{type(X).__qualname__}"
        raise TypeError(
            f"{estimator}: NumPy cannot read a {kind} on device "
            f"{getattr(X, 'device', 'unknown')} ({error}). The encoder runs on the "
            "CPU: pass X.get() (CuPy), X.detach().cpu().numpy() (PyTorch) or another "
            "NumPy array."
        ) from error


def _holds_series(cells: Iterable[Any]) -> bool:
    """Whether some cells are arrays, lists or Series."""
    return any(
        hasattr(kind, "__len__") and not issubclass(kind, (dict, *_TEXT))
        for kind in _kinds(cells)
    )


def _kinds(cells: Iterable[Any]) -> set[type]:
    return set(map(type, cells))


def _as_numbers(cube: Numbers, first: int, estimator: str) -> Numbers:
    """Return a 3-D array as it is if numeric, object cells as float64.

    `first` is the number of its first series, for messages.
    """
    kind = cube.dtype.kind
    if kind in "fiub":
        return cube
    if kind == "O":
        return _as_floats(cube, first, estimator)
    if kind == "c":
        raise ValueError(
            f"{estimator}: Complex data not supported: series {first} has dtype "
            f"{cube.dtype}. Pass the real and imaginary parts as two channels."
        )
    raise TypeError(
        f"{estimator}: series {first} has dtype {cube.dtype}; expected numbers. "
        "Convert the values, e.g. with X.astype(float)."
    )


def _as_floats(cube: Numbers, first: int, estimator: str) -> Numbers:
    """Convert object cells to float64, None to NaN; text is never parsed."""
    # NumPy 2.0 takes an array of one cell for a number, with a warning.
    no_number = (*_TEXT, *_COMPLEX, np.ndarray)
    refused = tuple(k for k in _kinds(cube.flat) if issubclass(k, no_number))
    if not refused:
        try:
            return cube.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            pass  # the loop below finds the cell and says why
    for (row, channel, step), cell in np.ndenumerate(cube):
        place = f"{estimator}: series {first + row} (channel {channel}) at step {step}"
        if isinstance(cell, _COMPLEX):
            raise ValueError(f"{place} is {cell!r}. Complex data not supported.")
        if isinstance(cell, np.ndarray):
            raise TypeError(f"{place} is an array of shape {cell.shape}, no number.")
        if isinstance(cell, refused):
            raise TypeError(f"{place} is {cell!r:.40}, text. Convert it to a number.")
        try:
            _ = None if cell is None else float(cell)
        except TypeError as error:
            raise TypeError(f"{place} is {cell!r:.40}, no number: {error}") from error
        except (ValueError, OverflowError) as error:
            raise ValueError(f"{place} is {cell!r:.40}: {error}") from error
    raise TypeError(f"{estimator}: X holds cells that are not numbers.")


def too_few(what: str, shape: tuple[int, ...], estimator: str) -> ValueError:
    return ValueError(
        f"{estimator}: Found array with 0 {what}(s) (shape={shape}) while a minimum "
        "of 1 is required."
    )


def _one_dimension(what: str, estimator: str) -> ValueError:
    return ValueError(
        f"{estimator}: Expected 2D array, got 1D array instead ({what}). Reshape your "
        "data with X.reshape(1, -1) if it is a single series, or X.reshape(-1, 1) if "
        "it is many series of one step each."
    )
