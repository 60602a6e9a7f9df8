"""Which axis of an array holds samples, channels and time steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._series.cells import Read, as_array, holds_series, read_array
from timenet_sklearn._series.names import (
    channel_names,
    check_index,
    is_id,
    is_time,
    refuse_uneven,
)

_SAMPLES = frozenset("n sample samples series case cases record window windows".split())
_CHANNELS = frozenset(
    "c channel channels variable variables feature features sensor sensors dim "
    "dimension component axis".split()
)


def from_array(X: Any, *, axes: str) -> Any:
    """Bring the axes of an array into the order that estimators take.

    Parameters
    ----------
    X : array, or list of arrays
        Of a list, each array is one sample.
    axes : str
        A letter an axis: ``n`` for samples, ``c`` for channels, ``t`` for time steps.
        "ntc" is what Keras, PyTorch's recurrent layers and tslearn take, "tc" one
        recording with time in its rows. Of a list, the axes of one array, such as
        "tc", or with an ``n`` in front for the list itself.

    Returns
    -------
    ndarray of shape (n_samples, n_channels, n_timepoints) or (n_samples, n_timepoints)
        A view of `X` where NumPy can make one. A list of such arrays, without their
        first axis, for a list.

    Raises
    ------
    ValueError
        If `axes` has other letters, a letter twice or no ``t``, or does not have a
        letter for each axis of `X`; if the rows of a table are steps, and its index has
        times that do not ascend in even steps.

    Examples
    --------
    >>> import numpy as np
    >>> from timenet_sklearn import from_array
    >>> from_array(np.zeros((200, 128, 9)), axes="ntc").shape
    (200, 9, 128)
    >>> from_array(np.zeros((7267, 3)), axes="tc").shape
    (1, 3, 7267)
    """
    if (
        not isinstance(axes, str)
        or set(axes) - set("nct")
        or "t" not in axes
        or len(set(axes)) < len(axes)
    ):
        raise ValueError(
            f"from_array: axes={axes!r}; expected the letters n (samples), c (channels)"
            ' and t (time steps), each once, in the order of the axes: "ntc".'
        )
    if hasattr(X, "iloc") and X.ndim == 2 and X.shape[1] == 1:
        X = X.iloc[:, 0]
    if getattr(X, "ndim", 0) == 1 and holds_series(X):
        X = list(X)  # arrays in the cells of a Series, a column or an object array
    if isinstance(X, (list, tuple)):
        own = axes.removeprefix("n")
        if "n" in own:
            raise ValueError(
                f"from_array: axes={axes!r}, but X is a list, whose first axis holds "
                "the samples. Pass np.asarray(X) if its arrays are of one length."
            )
        return [_ordered(x, own, f"X[{row}]")[0] for row, x in enumerate(X)]
    return _ordered(X, axes)


def _ordered(X: Any, axes: str, name: str = "X") -> NDArray[Any]:
    if axes.startswith("t") and hasattr(X, "iloc"):
        refuse_uneven(X.index, "from_array", name + ".{}")
    array = as_array(X, "from_array")
    if array.ndim != len(axes):
        raise ValueError(
            f"from_array: axes={axes!r} has {len(axes)} letters, X has {array.ndim} "
            f"axes (shape={array.shape})."
        )
    array = array.transpose([axes.index(axis) for axis in "nct" if axis in axes])
    return array if "n" in axes else array[None]


def has_dims(X: Any) -> bool:
    """Whether X is a DataArray of xarray, or another array with names of axes."""
    return hasattr(X, "dims") and hasattr(X, "coords") and hasattr(X, "transpose")


def read_dims(X: Any, estimator: str) -> Read:
    """Read an array whose axes have names, in whatever order they are."""
    if hasattr(X, "data_vars"):
        raise TypeError(
            f"{estimator}: X is a Dataset of xarray. Pass a DataArray: "
            'X.to_dataarray("channel").'
        )
    dims = [str(dim) for dim in X.dims]
    if dims == [f"dim_{i}" for i in range(len(dims))]:
        return Read(read_array(np.asarray(X), estimator))
    axes = [_axis_of(dim, X) for dim in X.dims]
    # What is no time and no channel is what there are many of.
    if axes.count("") == 1 and "n" not in axes and "t" in axes:
        if "c" in axes or len(axes) == 2:
            axes[axes.index("")] = "n"
    if axes.count("") == 1 and sorted(axes) == ["", "n", "t"]:
        axes[axes.index("")] = "c"
    named = "".join(axes)
    if sorted(named) not in (["n", "t"], ["c", "n", "t"]) or len(named) != len(dims):
        raise ValueError(
            f"{estimator}: X has the dims {dims}; which hold samples, channels and "
            f"time steps? {_dims_advice(dims, axes)}"
        )
    _check_times(X, X.dims[axes.index("t")], estimator)
    values = from_array(X.to_numpy(), axes=named)
    channels = None
    if "c" in axes and X.dims[axes.index("c")] in X.coords:
        labels: Sequence[Any] = X.coords[X.dims[axes.index("c")]].to_numpy().tolist()
        channels = channel_names(labels)
    return Read(read_array(values, estimator), channels)


def _check_times(X: Any, time: Any, estimator: str) -> None:
    """Refuse times that do not ascend in even steps."""
    if time not in X.coords or not check_index(X.indexes[time]):
        return
    remedy = f"X.sortby({time!r})"
    if not X.indexes[time].is_unique:
        remedy = f"X.groupby({time!r}).mean(), the mean of readings at one time"
    elif X.indexes[time].is_monotonic_increasing:
        remedy = f"X.drop_vars({time!r}) to take them one after the other"
    raise ValueError(
        f"{estimator}: X has times in the dim {time!r} that do not ascend in even "
        f"steps. Pass {remedy}."
    )


def _dims_advice(dims: list[str], axes: list[str]) -> str:
    """Say how dims become samples, channels and time steps."""
    unknown = [dim for dim, axis in zip(dims, axes, strict=True) if not axis]
    if "t" in axes and "n" not in axes and not unknown:
        return "Of one recording, pass X.expand_dims('sample')."
    if "t" in axes and "n" not in axes and len(unknown) > 1:
        return f"If each of {unknown} is one series, pass X.stack(sample={unknown})."
    return (
        "Name them so, with X.rename: such as "
        f"X.rename({dict(zip(dims, ('sample', 'channel', 'time'), strict=False))})."
    )


def _axis_of(dim: Any, X: Any) -> str:
    """Return the letter of an axis, or "" if its name does not tell."""
    coordinate = X.coords[dim].dtype.kind if dim in X.coords else ""
    word = str(dim).lower()
    if (
        is_time(word)
        or word.endswith("time")
        or word in ("step", "steps")
        or coordinate in ("M", "m")
    ):
        return "t"
    if word in _CHANNELS:
        return "c"
    return "n" if word in _SAMPLES or is_id(word) else ""
