"""Inputs of real life: what is passed in, how its owner means it, what must happen."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

import containers
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

rng = np.random.default_rng(17)
#: 6 series of one channel and 24 steps; 5 of three channels and 30 steps.
W = rng.normal(size=(6, 24)).cumsum(axis=1)
M = rng.normal(size=(5, 3, 30)).cumsum(axis=2)
PANELS = {
    "one channel": list(W[:, None]),
    "three channels": list(M),
    "one channel, unequal lengths": [w[None, : 24 - 3 * i] for i, w in enumerate(W)],
    "three channels, unequal lengths": [m[:, : 30 - 4 * i] for i, m in enumerate(M)],
}
STEPS = [f"t{i}" for i in range(24)]
WIDE = pd.DataFrame(W, columns=STEPS)
LONG = containers.readings(list(M[:, :2]))
LONG_2 = LONG[["machine", "time", "acc", "gyro"]]
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_LIST_VIEW = pa.list_view(pa.float64())
DAYS = pd.date_range("2020-01-01", periods=24, freq="D")


class Case(NamedTuple):
    """One input.

    `says` are words of the refusal, or of the warning if `warns`. `advice` is an
    expression that the message has in it and that turns X into what is meant.
    """

    name: str
    make: Callable[[], Any]
    meant: Any = None
    says: str = ""
    advice: str = ""
    warns: bool = False


def read(name: str, make: Callable[[], Any], meant: Any = W) -> Case:
    return Case(name, make, meant)


# ---------------------------------------------------------------- read, any container

HELD = [
    read(f"{content} as {name}", lambda m=make, s=samples: m(s), samples)
    for content, samples in PANELS.items()
    for name, make in containers.containers_of(samples).items()
]

# ---------------------------------------------------------------- read, names of steps


def _named(names: Any) -> Callable[[], Any]:
    return lambda: pd.DataFrame(W, columns=list(names))


_HOURS = [f"{h:02}:{m:02}" for h in range(6) for m in (0, 15, 30, 45)]
FAMILIES = {
    "x_0": [f"x_{i}" for i in range(24)],
    "numbers": range(24),
    "numbers as text": map(str, range(24)),
    "numbers from 1": range(1, 25),
    "every fifth": [f"t{5 * i}" for i in range(24)],
    "seconds": np.arange(24) / 10,
    "seconds as text": [f"{i / 10:.2f}" for i in range(24)],
    "hours": [f"{i}h" for i in range(24)],
    "R's": [f"V{i + 1}" for i in range(24)],
    "dates": DAYS,
    "dates as text": DAYS.strftime("%Y-%m-%d"),
    "American dates": [f"{d.month}/{d.day}/{d:%y}" for d in DAYS + pd.Timedelta("20D")],
    "German dates": (DAYS + pd.Timedelta("20D")).strftime("%d.%m.%Y"),
    "dates without a mark": (DAYS + pd.Timedelta("20D")).strftime("%Y%m%d"),
    "time stamps": pd.date_range("2020", periods=24, freq="h").strftime(
        "%Y-%m-%d %H:%M"
    ),
    "months": pd.period_range("2020-11", periods=24, freq="M"),
    "months as text": pd.period_range("2020-11", periods=24, freq="M").strftime(
        "%Y-%m"
    ),
    "quarters": [f"{2000 + i // 4}Q{i % 4 + 1}" for i in range(24)],
    "years": range(1990, 2014),
    "times of day": _HOURS,
    "durations": pd.timedelta_range("0s", periods=24, freq="s"),
    "before and after": [f"t{i}" for i in range(-12, 12)],
    "hyphens": [f"t-{i}" for i in range(24)],
    "wavelengths": [400.5, 401, 401.5, 403, *range(404, 424)],
}
NAMED = [
    read(f"columns named {name}", _named(list(names)))
    for name, names in FAMILIES.items()
]

# ---------------------------------------------------------------- refused: odd columns

_DROP = {
    "pandas": (pd.DataFrame, "X.drop(columns={})"),
    "polars": (pl.DataFrame, "X.drop({})"),
    "pyarrow": (lambda frame: pa.table(frame), "X.drop_columns({})"),
}
_ODD = {
    "label": [0, 1] * 3,
    "class": list("ababab"),
    "id": range(6),
    "Unnamed: 0": range(6),
    "y": [0.5, 1.5] * 3,
    "subject": list("uvwxyz"),
    "recorded": DAYS[:6],
}
ODD = [
    Case(
        f"a column {name!r} beside steps, {library}",
        lambda n=name, v=values, m=make, p=place: m(_with_column(n, v, p)),
        W,
        repr(name),
        drop.format([name]),
    )
    for library, (make, drop) in _DROP.items()
    for (name, values), place in zip(_ODD.items(), count(), strict=False)
]


def _with_column(name: str, values: Any, place: int) -> pd.DataFrame:
    """WIDE with one more column: first, last or in between."""
    frame = WIDE.copy()
    frame.insert((0, 24, 7)[place % 3], name, list(values))
    return frame


_TO_LONG = "timenet_sklearn.from_long(X, id='machine', time='time')"
_RECORDING = pd.DataFrame(M[0].T, columns=["x", "y", "z"])
_TWO_SENSORS = np.stack([W, W[::-1]], axis=1)
TABLES = [
    Case(
        "a table numbered by pandas, and a label",
        lambda: pd.DataFrame(W).assign(label=1.0),
        W,
        "label",
        "X.drop(columns=['label'])",
    ),
    Case(
        "id and label",
        lambda: WIDE.assign(id=range(6), label=0),
        W,
        "'id', 'label'",
        "X.drop(columns=['id', 'label'])",
    ),
    *(
        Case(
            f"a long table, {library}",
            lambda m=make: m(LONG_2),
            M[:, :2],
            "no time steps",
            _TO_LONG,
        )
        for library, (make, _) in _DROP.items()
    ),
    Case(
        "a long table with ids that are numbers",
        lambda: LONG_2.assign(machine=LONG_2["machine"].factorize()[0]),
        M[:, :2],
        "no time steps",
        _TO_LONG,
    ),
    Case(
        "one recording with a column of times",
        lambda: LONG_2[LONG_2["machine"] == "m9"].drop(columns="machine"),
        M[:1, :2],
        "no time steps",
        "timenet_sklearn.from_long(X, id=None, time='time')",
    ),
    Case(
        "a column a series, with a column of times",
        lambda: pd.DataFrame(W.T, columns=list("abcdef")).assign(time=DAYS),
        W,
        "no time steps",
        "X.set_index('time').T",
    ),
    Case(
        "a column a series, with times as the index",
        lambda: pd.DataFrame(W.T, DAYS.rename("time"), list("abcdef")),
        W,
        "no time steps",
        "X.T",
    ),
    Case(
        "a column a series",
        lambda: pd.DataFrame(W.T, columns=list("abcdef")),
        W,
        "no time steps",
        "np.asarray(X).T",
    ),
    Case(
        "one recording, a column a channel",
        lambda: _RECORDING,
        M[:1],
        "no time steps",
        "np.asarray(X).T[None]",
    ),
    Case(
        "one recording, polars",
        lambda: pl.DataFrame(_RECORDING),
        M[:1],
        "no time steps",
        "np.asarray(X).T[None]",
    ),
    Case(
        "one recording, pyarrow",
        lambda: pa.table(_RECORDING),
        M[:1],
        "no time steps",
        "np.stack(X.columns)[None]",
    ),
    Case(
        "one column of values",
        lambda: pd.DataFrame({"value": W[0]}),
        W[:1],
        "'value'",
        "np.asarray(X).T[None]",
    ),
    Case(
        "numbered sensors in columns, a row a time step",
        lambda: pd.DataFrame(M[0, 0, :, None] * np.arange(1, 11)).add_prefix("sensor"),
        (M[0, 0, :, None] * np.arange(1, 11)).T[None],
        "named as channels",
        "np.asarray(X).T[None]",
        warns=True,
    ),
    Case(
        "two sensors end to end",
        lambda: pd.DataFrame(
            np.hstack([W, W[::-1]]),
            columns=[f"{c}{i}" for c in "ab" for i in range(24)],
        ),
        says="several families",
    ),
    Case(
        "two numbered sensors end to end",
        lambda: pd.DataFrame(
            np.hstack([W, W[::-1]]),
            columns=[f"s{c}_t{i}" for c in (1, 2) for i in range(24)],
        ),
        says="several families",
    ),
    Case(
        "reversed steps",
        lambda: WIDE[STEPS[::-1]],
        W[:, ::-1],
        "'t22' comes after 't23'",
        "X.to_numpy()",
    ),
    Case(
        "steps sorted as text",
        lambda: WIDE[sorted(STEPS)],
        says="'t2' comes after 't19'",
    ),
    Case(
        "a file without a header, whose first row became names",
        lambda: pd.DataFrame(W[1:], columns=[str(w) for w in W[0]]),
        says="header=None",
    ),
    Case(
        "a step is missing",
        lambda: WIDE.drop(columns="t7"),
        np.delete(W, 7, axis=1),
        "between its columns 't6' and 't8'",
        "X.to_numpy()",
    ),
    Case("dates in reverse", lambda: pd.DataFrame(W, columns=DAYS[::-1]), says="order"),
    Case(
        "pivoted, no level with steps",
        lambda: pd.DataFrame(
            W[:, :4], columns=pd.MultiIndex.from_product([["a", "b"], ["u", "v"]])
        ),
        says="two levels",
    ),
    read(
        "pivoted, steps above channels",
        lambda: (
            LONG_2.pivot(index="machine", columns="time")
            .swaplevel(axis=1)
            .sort_index(axis=1)
        ),
        M[::-1, :2],
    ),
    read(
        "pivoted, one value",
        lambda: LONG_2.pivot(index="machine", columns="time", values="acc"),
        M[::-1, 0],
    ),
]

# ---------------------------------------------------------------- refused: bad cells

_BAD = WIDE.astype(object)
_BAD.iloc[3, 5] = "N/A"
_DATED = WIDE.assign(t24=DAYS[0])
CELLS = [
    Case("a cell of text", lambda: _BAD, says=r"series 3 .*column 't5'\) is 'N/A'"),
    *(
        Case(
            f"a column that one cell made text, {library}",
            lambda m=make: m(WIDE.assign(t5=_BAD["t5"].astype(str))),
            says=r"series 3 .*column 't5'\) is 'N/A'",
        )
        for library, (make, _) in _DROP.items()
    ),
    *(
        Case(
            f"a column of dates, {library}",
            lambda m=make: m(_DATED),
            W,
            "'t24' holds dates",
            drop.format(["t24"]),
        )
        for library, (make, drop) in _DROP.items()
    ),
    Case(
        "a column of categories",
        lambda: WIDE.assign(t24=pd.Categorical([1, 2] * 3)),
        W,
        "'t24' holds categories",
        "X.drop(columns=['t24'])",
    ),
    Case("dates in an array", lambda: np.array([DAYS, DAYS]), says="datetime64"),
    Case(
        "NumPy's dates among objects",
        lambda: np.array([[np.datetime64("2020"), 1.0]], dtype=object),
        says="step 0 is .*a date",
    ),
    Case(
        "durations among objects",
        lambda: np.array([[np.timedelta64(1, "s"), 1.0]], dtype=object),
        says="step 0 is .*a date or duration",
    ),
    Case("dates in lists", lambda: [list(DAYS), list(DAYS)], says="a date"),
    Case(
        "dates in lists of polars",
        lambda: pl.DataFrame({"a": [list(DAYS.to_pydatetime())]}),
        says="datetime64",
    ),
    Case(
        "a frame of dates a series",
        lambda: [pl.DataFrame({"a": W[0], "b": DAYS.to_numpy()})],
        says="date",
    ),
    Case("complex numbers", lambda: W + 1j, says="Complex data not supported"),
    Case("inf", lambda: np.where(W == W.max(), np.inf, W), says="has inf"),
    Case(
        "NaN inside", lambda: np.where(W == W[2, 5], np.nan, W), says="series 2 .*NaN"
    ),
    Case("text", lambda: W.astype(str), W, "dtype <U", "X.astype(float)"),
    Case(
        "NaN inside, nullable",
        lambda: WIDE.astype("Float64").replace({"t5": {W[2, 5]: pd.NA}}),
        says="series 2 .*NaN at step 5",
    ),
]

# ---------------------------------------------------------------- nested and long


def _reversed_series() -> pd.DataFrame:
    return pd.DataFrame({"acc": [pd.Series(w)[::-1] for w in W]})


_INDEXED = LONG_2.set_index(["machine", "time"])
_UNSORTED = pd.concat(
    [_INDEXED[_INDEXED.index.get_level_values(1) == 0], _INDEXED[::-1]]
)
_TRIALS = pd.MultiIndex.from_product(
    [["a", "b"], [0, 1, 2]], names=["subject", "trial"]
)
NESTED = [
    *(
        Case(
            f"a list column beside an id column, {library}",
            lambda m=make: m(pd.DataFrame({"id": range(6), "acc": list(W)})),
            W,
            r"others: \['id'\]",
            drop.format(["id"]),
        )
        for library, (make, drop) in _DROP.items()
    ),
    Case(
        "a list column beside one of lists of times",
        lambda: pd.DataFrame({"time": [range(24)] * 6, "acc": list(W)}),
        W,
        "'time'",
        "X.drop(columns=['time'])",
    ),
    Case("Series in reverse", _reversed_series, says="does not ascend.*sort_index"),
    Case(
        "Series in reverse, in a list",
        lambda: [pd.Series(w)[::-1] for w in W],
        W,
        "does not ascend",
        "x.sort_index()",
    ),
    Case(
        "channels of other times",
        lambda: pd.DataFrame(
            {"a": [pd.Series(W[0])], "b": [pd.Series(W[1]).set_axis(range(1, 25))]}
        ),
        says="time indexes differ",
    ),
    Case(
        "rows of a frame with a label",
        lambda: [row for _, row in WIDE.assign(label=1.0).iterrows()],
        W,
        "no time steps: .'label'",
        "",
    ),
    read("rows of a frame", lambda: [row for _, row in WIDE.iterrows()]),
    Case(
        "one row of a frame with a label",
        lambda: WIDE.assign(label=1.0).iloc[0],
        says="no time steps: .'label'",
    ),
    Case(
        "frames with times, in a list",
        lambda: [f.drop(columns="machine") for _, f in LONG_2.groupby("machine")],
        M[::-1, :2],
        "'time'",
        "[x.drop(columns=['time']) for x in X]",
    ),
    Case(
        "frames of polars with times, in a list",
        lambda: [
            pl.DataFrame(f.drop(columns="machine"))
            for _, f in LONG_2.groupby("machine")
        ],
        M[::-1, :2],
        "'time'",
        "[x.drop(['time']) for x in X]",
    ),
    Case(
        "frames in reverse, in a list",
        lambda: [f[::-1] for f in containers.frames(list(M), pd)],
        M,
        "does not ascend",
        "x.sort_index()",
    ),
    Case(
        "grouped",
        lambda: LONG_2.groupby("machine"),
        M[:, :2],
        "DataFrameGroupBy",
        "timenet_sklearn.from_long(X.obj, id='machine', time='time')",
    ),
    Case(
        "grouped by polars",
        lambda: pl.DataFrame(LONG_2).group_by("machine"),
        M[:, :2],
        "GroupBy",
        "timenet_sklearn.from_long(X.df, id='machine', time='time')",
    ),
    Case(
        "groups in a list",
        lambda: list(LONG_2.groupby("machine")),
        says=r"pairs \(key, table\)",
    ),
    Case(
        "index of two levels, times not in order",
        lambda: _INDEXED[::-1],
        M[::-1, :2],
        "after a later one",
        "timenet_sklearn.from_long(X.reset_index(), id=['machine'], time='time')",
    ),
    Case(
        "index of two levels, a reading twice",
        lambda: pd.concat([_INDEXED, _INDEXED[:3]]),
        M[:, :2],
        "two readings",
        "X[~X.index.duplicated()]",
    ),
    Case(
        "a label among the readings",
        lambda: _INDEXED.assign(label=1.0),
        M[:, :2],
        "'label'",
        "X.drop(columns=['label'])",
    ),
    read(
        "readings by turns",
        lambda: _INDEXED.sort_index(level=1, kind="stable", sort_remaining=False),
        M[:, :2],
    ),
    read("a wide table whose rows have two labels", lambda: WIDE.set_index(_TRIALS)),
    Case(
        "a wide table whose rows have two labels, numbered",
        lambda: pd.DataFrame(W, index=_TRIALS),
        W,
        "time steps or channels",
        "X.reset_index(drop=True)",
    ),
    Case(
        "a series is missing",
        lambda: [W[0], np.nan, *W[1:]],
        W,
        "series 1 is nan",
        '[x for x in X if hasattr(x, "__len__")]',
    ),
    Case(
        "a cell is missing in a column of series",
        lambda: pd.Series([W[0], None, *W[1:]]),
        W,
        "series 1 is nan",
        '[x for x in X if hasattr(x, "__len__")]',
    ),
    Case(
        "a channel is missing",
        lambda: pd.DataFrame({"a": list(W), "b": [*W[:5], np.nan]}),
        says=r"series 5 \(channel 1\) is nan, missing",
    ),
]

# ---------------------------------------------------------------- axes

_NTC = M.transpose(0, 2, 1)
_RAGGED = [m[:, : 30 - 4 * i] for i, m in enumerate(M)]
_LABELLED = np.column_stack([np.arange(40) % 3, rng.normal(size=(40, 24))])
AXES = [
    Case(
        "time before channels",
        lambda: _NTC,
        M,
        "many more channels than steps",
        'timenet_sklearn.from_array(X, axes="ntc")',
        warns=True,
    ),
    Case(
        "time before channels, few of both",
        lambda: M.reshape(5, 9, 10)[:, :7].swapaxes(1, 2),
        M.reshape(5, 9, 10)[:, :7],
        "7 step.* at most",
        'timenet_sklearn.from_array(X, axes="ntc")',
        warns=True,
    ),
    Case(
        "time before channels, in a list",
        lambda: list(_NTC),
        M,
        "many more channels than steps",
        'timenet_sklearn.from_array(X, axes="ntc")',
        warns=True,
    ),
    Case(
        "tslearn's, one channel last",
        lambda: W[:, :, None],
        W,
        "24 channel",
        'timenet_sklearn.from_array(X, axes="ntc")',
        warns=True,
    ),
    Case(
        "time before channels, unequal lengths",
        lambda: [m.T for m in _RAGGED],
        _RAGGED,
        "All have 3 column",
        'timenet_sklearn.from_array(X, axes="tc")',
    ),
    Case(
        "one recording, time in rows",
        lambda: M[0].T,
        M[:1],
        "30 series .* 3 step",
        'timenet_sklearn.from_array(X, axes="tc")',
        warns=True,
    ),
    Case(
        "one series as a column",
        lambda: W[:1].T,
        W[:1],
        "24 series .* 1 step",
        'timenet_sklearn.from_array(X, axes="tc")',
        warns=True,
    ),
    Case("iris", lambda: rng.normal(size=(150, 4)), says="4 step", warns=True),
    Case(
        "labels in the first column",
        lambda: _LABELLED,
        _LABELLED[:, 1:],
        "first column",
        "X[:, 1:]",
        warns=True,
    ),
    Case(
        "ids in the last column",
        lambda: np.column_stack([W, np.arange(6)]),
        W,
        "last column",
        "X[:, :-1]",
        warns=True,
    ),
    read("counts", lambda: np.rint(9 * W).astype(int), np.rint(9 * W)),
    read("half steps", lambda: np.rint(2 * W) / 2, np.rint(2 * W) / 2),
]

# ---------------------------------------------------------------- other objects

_MIXED = [("x", 1), ("x", "b"), ("x", DAYS[0])]
_RECORDS = WIDE.to_records(index=False)
OTHERS = [
    Case("one series", lambda: W[0], W[:1], "1D", "np.reshape(X, (1, -1))"),
    Case("one list", lambda: W[0].tolist(), W[:1], "1D", "np.reshape(X, (1, -1))"),
    Case("one Series", lambda: pd.Series(W[0]), W[:1], "1D", "np.reshape(X, (1, -1))"),
    Case(
        "polars Series", lambda: pl.Series(W[0]), W[:1], "1D", "np.reshape(X, (1, -1))"
    ),
    Case("records", lambda: _RECORDS, W, "records", "pandas.DataFrame(X)"),
    Case("a dict", lambda: dict(enumerate(W)), W, "X is {", "list(X.values())"),
    Case("a generator", lambda: (w for w in W), W, "generator", "list(X)"),
    Case("a pair", lambda: (W, np.arange(6)), W, "a pair", "X[0]"),
    Case("a lazy frame", lambda: pl.LazyFrame(WIDE), W, "LazyFrame", "X.collect()"),
    Case("a path", lambda: "X_train.csv", says="timenet embed"),
    Case("none", lambda: None, says="X is None"),
    Case("empty", lambda: [], says="minimum of 1"),
    Case("empty frame", lambda: WIDE[:0], says="minimum of 1"),
    Case("structs", lambda: pl.DataFrame({"t0": [{"a": 1}]}), says="no number|steps"),
    Case(
        "frames among arrays",
        lambda: [M[0], *containers.frames(list(M[1:]), pd)],
        says="series 1 is a table",
    ),
    read("a Series of frames", lambda: pd.Series(containers.frames(list(M), pd)), M),
    Case(
        "a number among series",
        lambda: pd.DataFrame({"a": list(W), "b": [*W[:5], 3.0]}),
        says=r"series 5 \(channel 1\) is 3.0, no series",
    ),
    Case(
        "names of columns that cannot be compared",
        lambda: pd.DataFrame(
            W[:, :2], columns=pd.Index([pd.Period("2020"), DAYS[0]], dtype=object)
        ),
        W[:, :2].T[None],
        "no time steps",
        "",
    ),
    Case(
        "times of several kinds in an index",
        lambda: pd.Series(W[0, :3], index=pd.MultiIndex.from_tuples(_MIXED)),
        says="several kinds",
    ),
    Case("structs of polars, a Series", lambda: pl.Series([{"a": 1}]), says="structs"),
    Case("four axes", lambda: np.ones((2, 2, 2, 9)), says="dim 4"),
    Case("lists of text", lambda: [["1", "2"]], says="dtype <U1"),
    Case("ragged channels", lambda: [[W[0], W[1, :5]]], says="unequal lengths"),
]

if containers.xr is not None:
    _STATIONS = containers.xr.DataArray(W, dims=("station", "time"))
    _DATED_STATIONS = _STATIONS.assign_coords(time=DAYS)
    LABELLED = [
        read("xarray, an axis that is not known", lambda: _STATIONS),
        read("xarray, time first", lambda: _STATIONS.T),
        read(
            "xarray, times by their dtype", lambda: _DATED_STATIONS.rename(time="x").T
        ),
        read("xarray without names", lambda: containers.xr.DataArray(W)),
        Case(
            "xarray, times in reverse",
            lambda: _DATED_STATIONS[:, ::-1],
            W,
            "do not ascend",
            "X.sortby('time')",
        ),
        Case(
            "xarray, one recording",
            lambda: containers.xr.DataArray(M[0].T, dims=("time", "channel")),
            M[:1],
            "which hold samples",
            "X.expand_dims('sample')",
        ),
        Case(
            "xarray, two axes that are not known",
            lambda: containers.xr.DataArray(M, dims=("lat", "lon", "time")),
            M.reshape(15, 30),
            "which hold samples",
            "X.stack(sample=['lat', 'lon'])",
        ),
        Case(
            "xarray, one series",
            lambda: _STATIONS[0],
            W[:1],
            "which hold samples",
            "X.expand_dims('sample')",
        ),
        read(
            "xarray, another word for time", lambda: _STATIONS.rename(time="run_time")
        ),
        Case(
            "xarray, a day missing",
            lambda: _DATED_STATIONS.drop_sel(time=DAYS[7]),
            np.delete(W, 7, axis=1),
            "even steps",
            "X.drop_vars('time')",
        ),
        Case(
            "xarray, a day twice",
            lambda: containers.xr.concat(
                [_DATED_STATIONS, _DATED_STATIONS[:, -1:]], dim="time"
            ),
            W,
            "even steps",
            "X.groupby('time').mean()",
        ),
        read(
            "xarray, in a list, time first",
            lambda: [containers.xr.DataArray(m.T, dims=("time", "channel")) for m in M],
            M,
        ),
        Case(
            "xarray, a set of arrays",
            lambda: containers.xr.Dataset({"a": _STATIONS, "b": -_STATIONS}),
            np.stack([W, -W], axis=1),
            "Dataset",
            'X.to_dataarray("channel")',
        ),
    ]
else:
    LABELLED = []

# ---------------------------------------------------------------- as they come to hand

_PADDED = containers.padded(PANELS["three channels, unequal lengths"])
_TEXTS = [str(w.tolist()) for w in W]
_BUSINESS = pd.bdate_range("2020-01-01", periods=24)
_TICKERS = [f"TK{c}" for c in "ABCDEFGHIJ"]
_BY_DATE = pd.Series(
    M[:, :2].reshape(10, 30).T.ravel(),
    pd.MultiIndex.from_product(
        [pd.date_range("2020-01-01", periods=30), _TICKERS], names=["date", "ticker"]
    ),
    name="close",
)
_QUOTES = pd.DataFrame(
    np.hstack([M[0, :2].T, M[1, :2].T]),
    pd.date_range("2020-01-01", periods=30),
    pd.MultiIndex.from_product([["AAPL", "MSFT"], ["Close", "Open"]]),
)
_TALL = np.tile(W, (2, 1))
_GROUPED = LONG_2.assign(run=0)
HAND = [
    *(
        Case(
            f"columns are series, rows have times: {name}",
            lambda n=name: pd.DataFrame(
                _TALL.T, DAYS, [n.format(i) for i in range(12)]
            ),
            _TALL,
            "named as channels are",
            "np.asarray(X).T",
            warns=True,
        )
        for name in ("store_{}", "MT_{:03}", "machine{}")
    ),
    *(
        Case(
            f"columns are numbered machines, rows have minutes: {name!r}",
            lambda n=name: pd.DataFrame(
                _TALL.T,
                pd.date_range("2026-01-01", periods=_TALL.shape[1], freq="min"),
                [n.format(i) if n else i for i in range(12)],
            ),
            _TALL,
            "named as channels are",
            "np.asarray(X).T",
            warns=True,
        )
        for name in ("", "M{}", "{}")
    ),
    read(
        "a day a row, an hour a column",
        lambda: pd.DataFrame(_TALL[:, :24], DAYS[:12], [f"h{i}" for i in range(24)]),
        _TALL,
    ),
    Case(
        "each column a series, too few rows to tell",
        lambda: pd.DataFrame(W.T, columns=range(6)),
        W,
        '"tn" if each column is a series',
        "",
        warns=True,
    ),
    Case(
        "an index of dates, then tickers",
        lambda: _BY_DATE.to_frame(),
        M[:, :2].reshape(10, 30),
        "times in its level 'date'",
        "timenet_sklearn.from_long(X.reset_index(), id=['ticker'], time='date')",
    ),
    Case(
        "a Series by dates, then tickers",
        lambda: _BY_DATE,
        M[:, :2].reshape(10, 30),
        "times in its level 'date'",
        "timenet_sklearn.from_long(X.reset_index(), id=['ticker'], time='date')",
    ),
    Case(
        "an index of times, then numbered machines",
        lambda: (
            LONG_2.assign(machine=LONG_2["machine"].factorize()[0])
            .set_index(["time", "machine"])
            .sort_index()
        ),
        M[:, :2],
        "times in its level 'time'",
        "timenet_sklearn.from_long(X.reset_index(), id=['machine'], time='time')",
    ),
    Case(
        "an index with times as text",
        lambda: (
            LONG_2.assign(time=LONG_2["time"].astype(str))
            .set_index(["machine", "time"])
            .sort_index()
        ),
        M[::-1, :2],
        "times that are text",
        "timenet_sklearn.from_long(X.reset_index().astype({'time': float}), "
        "id=['machine'], time='time')",
    ),
    Case(
        "an index of two levels, a reading missing",
        lambda: _INDEXED.drop(index=[("m9", 5)]),
        [np.delete(M[0, :2], 5, axis=1), *M[1:, :2]],
        "'6' comes after '4'",
        "timenet_sklearn.from_long(X.reset_index(), id=['machine'], time='time', "
        'every="any")',
    ),
    Case(
        "Series with a day missing, in a list",
        lambda: [pd.Series(w, DAYS).drop(DAYS[7]) for w in W],
        np.delete(W, 7, axis=1),
        "no even steps: '2020-01-09 00:00:00'",
        "x.reset_index(drop=True)",
    ),
    Case(
        "frames on working days, in a list",
        lambda: [pd.DataFrame({"a": w}, _BUSINESS) for w in W],
        W,
        "no even steps",
        "x.reset_index(drop=True)",
    ),
    read(
        "rows of a long table, numbered",
        lambda: [pd.Series(w[::2]) for w in W],
        W[:, ::2],
    ),
    read(
        "Series without some of its rows",
        lambda: [pd.Series(w).drop([3, 7]) for w in W],
        np.delete(W, [3, 7], axis=1),
    ),
    Case(
        "quotes, a level of companies and one of prices",
        lambda: _QUOTES,
        M[:2, :2],
        "two levels",
        "np.stack([X.xs(n, axis=1, level=0).to_numpy().T for n in "
        "X.columns.unique(0)])",
    ),
    Case(
        "quotes, a level of prices and one of companies",
        lambda: _QUOTES.swaplevel(axis=1),
        M[:2, :2],
        "two levels",
        "np.stack([X.xs(n, axis=1, level=1).to_numpy().T for n in "
        "X.columns.unique(1)])",
    ),
    Case(
        "two levels of numbers",
        lambda: pd.DataFrame(
            np.hstack([W, -W]), columns=pd.MultiIndex.from_product([[1, 2], range(24)])
        ),
        np.stack([W, -W], axis=1),
        "two levels",
        "np.stack([X.xs(n, axis=1, level=0).to_numpy() for n in X.columns.unique(0)], "
        "axis=1)",
    ),
    Case(
        "pivoted, its index a column again",
        lambda: LONG_2.pivot(index="machine", columns="time").reset_index(),
        M[::-1, :2],
        "beside those of two levels",
        "X.drop(columns=[('machine', '')])",
    ),
    Case(
        "ids in the index of readings",
        lambda: LONG_2.set_index("machine"),
        M[:, :2],
        "no time steps",
        "timenet_sklearn.from_long(X.reset_index(), id='machine', time='time')",
    ),
    Case(
        "times in the index of readings",
        lambda: LONG_2.set_index("time"),
        M[:, :2],
        "no time steps",
        "timenet_sklearn.from_long(X.reset_index(), id='machine', time='time')",
    ),
    Case(
        "a date beside numbered stores",
        lambda: pd.DataFrame(_TALL.T, columns=[f"store{i}" for i in range(12)]).assign(
            date=DAYS
        ),
        _TALL[None],
        "'date'",
        "timenet_sklearn.from_long(X, id=None, time='date')",
    ),
    Case(
        "labels of two tasks beside steps",
        lambda: WIDE.assign(label_1=0, label_2=[0, 1] * 3),
        W,
        r"\['label_1', 'label_2'\]",
        "X.drop(columns=['label_1', 'label_2'])",
    ),
    *(
        read(f"columns named {names[1]}", _named(names))
        for names in (
            [f"{m} {y}" for y in (2020, 2021) for m in _MONTHS],
            [f"{m}-{y}" for y in (20, 21) for m in _MONTHS],
            [f"{y}-{m}" for y in (2020, 2021) for m in _MONTHS],
            list((DAYS + pd.Timedelta("20D")).strftime("%d%b%Y")),
            list((DAYS + pd.Timedelta("20D")).strftime("%d %B %Y")),
            [f"Q{i % 4 + 1} {2000 + i // 4}" for i in range(24)],
        )
    ),
    *(
        Case(
            f"lists that became text, {library}",
            lambda m=make: m(pd.DataFrame({"id": range(6), "values": _TEXTS})),
            W,
            "text that is lists",
            f"{own}[['values']].map(json.loads)",
        )
        for library, make, own in (
            ("pandas", pd.DataFrame, "X"),
            ("polars", pl.DataFrame, "X.to_pandas()"),
            ("pyarrow", pa.table, "X.to_pandas()"),
        )
    ),
    Case(
        "two channels of lists that became text",
        lambda: pd.DataFrame({"a": _TEXTS, "b": _TEXTS[::-1]}),
        np.stack([W, W[::-1]], axis=1),
        "text that is lists",
        "X[['a', 'b']].map(json.loads)",
    ),
    Case(
        "a Series of lists that became text",
        lambda: pd.Series(_TEXTS),
        W,
        "holds text",
        "[json.loads(x) for x in X]",
    ),
    Case(
        "numbers divided by blanks",
        lambda: [" ".join(map(str, w)) for w in W],
        W,
        "series 0 is '",
        "[np.array(x.split(None), float) for x in X]",
    ),
    Case(
        "numbers as text, pandas",
        lambda: WIDE.astype(str),
        W,
        "'t0' holds text",
        "X.astype(float)",
    ),
    Case(
        "numbers as text, polars",
        lambda: pl.DataFrame(WIDE.astype(str)),
        W,
        "'t0' holds text",
        "X.to_pandas().astype(float)",
    ),
    Case(
        "decimal commas",
        lambda: WIDE.map(lambda value: str(value).replace(".", ",")),
        W,
        "'t0' holds text",
        "X.replace(',', '.', regex=True).astype(float)",
    ),
    Case(
        "time before channels, NaN after the ends",
        lambda: _PADDED.transpose(0, 2, 1),
        PANELS["three channels, unequal lengths"],
        "many more channels than steps",
        'timenet_sklearn.from_array(X, axes="ntc")',
        warns=True,
    ),
    *(
        Case(
            f"time before channels, in {name}",
            make,
            M,
            "many more channels than steps",
            'timenet_sklearn.from_array(X, axes="ntc")',
            warns=True,
        )
        for name, make in (
            ("a Series", lambda: pd.Series([m.T for m in M])),
            ("a column", lambda: pd.DataFrame({"x": [m.T for m in M]})),
            ("objects", lambda: containers._objects([m.T for m in M])),
        )
    ),
    Case(
        "tables with steps in columns, a row each",
        lambda: [WIDE.iloc[[i]] for i in range(6)],
        W,
        "named as time steps",
        "[np.asarray(x) for x in X]",
    ),
    Case(
        "tables with steps in columns, a channel a row",
        lambda: [
            pl.DataFrame(m, [f"t{i}" for i in range(30)], orient="row") for m in M
        ],
        M,
        "named as time steps",
        "[np.asarray(x) for x in X]",
    ),
    read("polars, lists of lists", lambda: pl.DataFrame({"a": M.tolist()}), M),
    read(
        "polars, arrays of two axes",
        lambda: pl.DataFrame({"a": M.tolist()}, {"a": pl.Array(pl.Float64, (3, 30))}),
        M,
    ),
    read("pyarrow, lists of lists", lambda: pa.table({"a": M.tolist()}), M),
    read("pyarrow, a tensor", lambda: pa.Tensor.from_numpy(M), M),
    read(
        "pyarrow, an array of tensors",
        lambda: pa.FixedShapeTensorArray.from_numpy_ndarray(M),
        M,
    ),
    read("pyarrow, views of lists", lambda: pa.array(W.tolist(), _LIST_VIEW)),
    Case(
        "pairs of a series and its label",
        lambda: [(w, i) for i, w in enumerate(W)],
        W,
        "a pair of a series and 0",
        "[x for x, _ in X]",
    ),
    Case(
        "a table and labels",
        lambda: (WIDE, np.arange(6)),
        W,
        "a pair of 6 series",
        "X[0]",
    ),
    Case(
        "a list and labels",
        lambda: (list(M), list("abcde")),
        M,
        "a pair of 5 series",
        "X[0]",
    ),
    Case(
        "a training and a test array, in a list",
        lambda: [M[:3], M[3:]],
        M,
        "3 dimensions",
        "np.concatenate(X)",
    ),
    Case(
        "a dict of data and labels",
        lambda: {"X": W, "y": np.arange(6)},
        W,
        "X is {",
        "X['X']",
    ),
    Case(
        "a dict of columns",
        lambda: WIDE.to_dict("list"),
        W,
        "X is {",
        "pandas.DataFrame(X)",
    ),
    Case(
        "dicts of steps",
        lambda: WIDE.to_dict("records"),
        W,
        "series 0 is {",
        "pandas.DataFrame(X)",
    ),
    Case(
        "dicts of channels",
        lambda: [{"acc": m[0], "gyro": m[1]} for m in M],
        M[:, :2],
        "series 0 is {",
        "pandas.DataFrame(X)",
    ),
    Case(
        "values of a dict",
        lambda: dict(enumerate(W)).values(),
        W,
        "dict_values",
        "list(X)",
    ),
    Case(
        "records with a field of series",
        lambda: np.array(list(enumerate(W)), dtype=[("id", int), ("x", float, 24)]),
        W,
        "records",
        "X['x']",
    ),
    Case(
        "records, a field a channel",
        lambda: np.rec.fromarrays([M[:, 0], M[:, 1]], names="acc,gyro"),
        M[:, :2],
        "records",
        "np.stack([X[name] for name in X.dtype.names], axis=1)",
    ),
    Case(
        "grouped, one column",
        lambda: LONG_2.groupby("machine", sort=False)["acc"],
        M[:, 0],
        "SeriesGroupBy",
        "[x for _, x in X]",
    ),
    Case(
        "grouped by a level of the index",
        lambda: _INDEXED.groupby(level=0),
        M[:, :2],
        "DataFrameGroupBy",
        "X.obj",
    ),
    Case(
        "grouped by two columns",
        lambda: _GROUPED.groupby(["machine", "run"]),
        M[:, :2],
        "DataFrameGroupBy",
        "timenet_sklearn.from_long(X.obj, id=['machine', 'run'], time='time')",
    ),
    Case(
        "grouped by polars, an expression",
        lambda: pl.DataFrame(LONG_2).group_by(pl.col("machine")),
        M[:, :2],
        "GroupBy",
        "timenet_sklearn.from_long(X.df, id='machine', time='time')",
    ),
    Case(
        "grouped by polars, two columns",
        lambda: pl.DataFrame(_GROUPED).group_by(["machine", "run"]),
        M[:, :2],
        "GroupBy",
        "timenet_sklearn.from_long(X.df, id=['machine', 'run'], time='time')",
    ),
    read(
        "grouped and gathered",
        lambda: LONG_2.groupby("machine", sort=False)[["acc", "gyro"]].agg(list),
        M[:, :2],
    ),
]

CASES = [
    *HELD,
    *NAMED,
    *ODD,
    *TABLES,
    *CELLS,
    *NESTED,
    *AXES,
    *OTHERS,
    *LABELLED,
    *HAND,
]
