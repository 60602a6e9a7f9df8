"""Every way in which a panel can be held in memory, made from plain arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from timenet_sklearn import from_array, from_long

try:
    import xarray as xr
except ModuleNotFoundError:
    xr = None

Samples = list[np.ndarray]  # each (n_channels, length_i)
NAMES = ["acc", "gyro", "temp", "vib", "load", "flow"]


def padded(samples: Samples) -> np.ndarray:
    """(n_samples, n_channels, n_timepoints), NaN after the ends."""
    width = max(sample.shape[1] for sample in samples)
    array = np.full((len(samples), len(samples[0]), width), np.nan)
    for row, sample in zip(array, samples, strict=True):
        row[:, : sample.shape[1]] = sample
    return array


def wide(samples: Samples) -> dict[str, np.ndarray]:
    return {f"t{i}": column for i, column in enumerate(padded(samples)[:, 0].T)}


def nested(samples: Samples, cell: Callable[[Any], Any] = np.array) -> dict[str, list]:
    channels = range(len(samples[0]))
    return {NAMES[c]: [cell(sample[c]) for sample in samples] for c in channels}


def readings(samples: Samples) -> pd.DataFrame:
    """A long table: machine, time and a column a channel, a row a reading."""
    frames = []
    for number, sample in enumerate(samples):
        frame = pd.DataFrame(sample.T, columns=NAMES[: len(sample)])
        frame.insert(0, "time", np.arange(sample.shape[1]))
        frame.insert(0, "machine", f"m{9 - number}")
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def frames(samples: Samples, library: Any) -> list[Any]:
    return [
        library.DataFrame(dict(zip(NAMES, sample, strict=False))) for sample in samples
    ]


def _objects(samples: Samples) -> np.ndarray:
    cells = np.empty(len(samples), dtype=object)
    for i, sample in enumerate(samples):
        cells[i] = sample
    return cells


def _pivot(samples: Samples) -> pd.DataFrame:
    table = readings(samples).pivot(index="machine", columns="time")
    return table.loc[[f"m{9 - i}" for i in range(len(samples))]]


def _shuffled(samples: Samples) -> pd.DataFrame:
    """Readings in any order, but the first of each series, which tells their order."""
    table = readings(samples)
    first = table["time"] == 0
    rest = table[~first].sample(frac=1, random_state=0)
    return pd.concat([table[first], rest])


def _arrow_backed(samples: Samples) -> pd.DataFrame:
    return pd.DataFrame(wide(samples)).astype(pd.ArrowDtype(pa.float64()))


def _arrow_lists(samples: Samples) -> pd.Series:
    lists = [sample[0].tolist() for sample in samples]
    return pd.Series(lists, dtype=pd.ArrowDtype(pa.list_(pa.float64())))


def _fixed_lists(samples: Samples) -> pl.DataFrame:
    schema = {name: pl.Array(pl.Float64, samples[0].shape[1]) for name in NAMES}
    columns = nested(samples)
    return pl.DataFrame(columns, schema={name: schema[name] for name in columns})


def _records(samples: Samples) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(wide(samples))


def _labelled(samples: Samples) -> Any:
    dims = ("sample", "channel", "time")
    return xr.DataArray(padded(samples), dims=dims)


def _turned(samples: Samples) -> Any:
    return _labelled(samples).transpose("time", "sample", "channel")


#: Containers of any panel.
ANY: dict[str, Callable[[Samples], Any]] = {
    "array": padded,
    "Fortran array": lambda samples: np.asfortranarray(padded(samples)),
    "array of objects": lambda samples: padded(samples).astype(object),
    "masked array": lambda samples: np.ma.masked_invalid(padded(samples)),
    "list of arrays": list,
    "tuple of arrays": tuple,
    "list of lists": lambda samples: [sample.tolist() for sample in samples],
    "object array of arrays": _objects,
    "pandas, lists": lambda samples: pd.DataFrame(nested(samples, list)),
    "pandas, arrays": lambda samples: pd.DataFrame(nested(samples)),
    "pandas, Series": lambda samples: pd.DataFrame(nested(samples, pd.Series)),
    "pandas, index of two levels": lambda samples: readings(samples).set_index(
        ["machine", "time"]
    ),
    "pandas, a frame a series": lambda samples: frames(samples, pd),
    "pandas, pivoted": _pivot,
    "polars, lists": lambda samples: pl.DataFrame(nested(samples)),
    "polars, a frame a series": lambda samples: frames(samples, pl),
    "pyarrow, lists": lambda samples: pa.table(nested(samples)),
    "long table of pandas": lambda samples: from_long(
        _shuffled(samples), id="machine", time="time"
    ),
    "long table of polars": lambda samples: from_long(
        pl.DataFrame(_shuffled(samples)), id="machine", time="time"
    ),
    "long table of pyarrow": lambda samples: from_long(
        pa.table(_shuffled(samples)), id="machine", time="time"
    ),
    "list, time first": lambda samples: from_array(
        [sample.T for sample in samples], axes="tc"
    ),
    "array, time second": lambda samples: from_array(
        padded(samples).transpose(0, 2, 1), axes="ntc"
    ),
}
#: Containers of one channel.
UNIVARIATE: dict[str, Callable[[Samples], Any]] = {
    "flat array": lambda samples: padded(samples)[:, 0],
    "list of flat arrays": lambda samples: [sample[0] for sample in samples],
    "list of Series": lambda samples: [pd.Series(sample[0]) for sample in samples],
    "pandas": lambda samples: pd.DataFrame(wide(samples)),
    "pandas, numbered columns": lambda samples: pd.DataFrame(padded(samples)[:, 0]),
    "pandas, nullable": lambda samples: pd.DataFrame(wide(samples)).astype("Float64"),
    "pandas, Arrow": _arrow_backed,
    "pandas, Series of Arrow lists": _arrow_lists,
    "pandas, Series of arrays": lambda samples: pd.Series([s[0] for s in samples]),
    "pandas, Series of readings": lambda samples: readings(samples).set_index(
        ["machine", "time"]
    )["acc"],
    "polars": lambda samples: pl.DataFrame(wide(samples)),
    "polars, Series of lists": lambda samples: pl.Series([s[0] for s in samples]),
    "pyarrow": lambda samples: pa.table(wide(samples)),
    "pyarrow, record batch": _records,
    "pyarrow, array of lists": lambda samples: pa.array([s[0] for s in samples]),
    "pyarrow, array in chunks": lambda samples: pa.chunked_array(
        [[s[0]] for s in samples]
    ),
}
#: Containers of equal lengths.
EQUAL: dict[str, Callable[[Samples], Any]] = {
    "polars, arrays": _fixed_lists,
    "memoryview": lambda samples: memoryview(padded(samples)),
}
if xr is not None:
    ANY["xarray"] = _labelled
    ANY["xarray, time first"] = _turned


def containers_of(samples: Samples) -> dict[str, Callable[[Samples], Any]]:
    """Containers that can hold these samples."""
    found = dict(ANY)
    if len(samples[0]) == 1:
        found |= UNIVARIATE
    if len({sample.shape for sample in samples}) == 1:
        found |= EQUAL
    return found
