"""Long tables: sorted, checked, brought to a grid, and taken by scikit-learn."""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GroupKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline

from timenet_sklearn import (
    TimeNetTransformer,
    from_array,
    from_long,
    sliding_windows,
)
from timenet_sklearn.classification import TimeNetClassifier
from timenet_sklearn.exceptions import SuspiciousShapeWarning

MINUTES = pd.date_range("2026-01-01", periods=12, freq="min")


def readings(n_series=3, n_steps=12):
    """Readings of two sensors on machines that stand in no order, at even times."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "machine": np.repeat([f"m{9 - i}" for i in range(n_series)], n_steps),
            "time": np.tile(MINUTES[:n_steps], n_series),
            "vibration": rng.normal(size=n_series * n_steps),
            "heat": rng.normal(size=n_series * n_steps),
        }
    )


def values(X, channel="vibration"):
    return [cell.tolist() for cell in X[channel]]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_series_come_in_order_of_first_appearance_and_readings_in_order_of_time(make):
    table = readings()
    first = table.groupby("machine", sort=False).head(1)
    shuffled = pd.concat(
        [first, table.drop(first.index).sample(frac=1, random_state=1)]
    )
    shuffled = shuffled.reset_index(drop=True)
    X = from_long(make(shuffled), id="machine", time="time")
    assert X.index.tolist() == ["m9", "m8", "m7"] and X.index.name == "machine"
    assert list(X.columns) == ["vibration", "heat"]
    expected = table["vibration"].to_numpy().reshape(3, 12)
    assert values(X) == expected.tolist()
    assert X["heat"].iloc[0].dtype == np.float64


def test_values_can_be_chosen_and_several_columns_be_the_id():
    table = readings().assign(run=[0, 1, 2] * 12, label="broken")
    table = table.assign(time=table.groupby(["machine", "run"]).cumcount())
    X = from_long(table, id=["machine", "run"], time="time", values="heat")
    assert X.shape == (9, 1) and X.index.names == ["machine", "run"]
    assert X.index[1] == ("m9", 1)


def test_without_a_time_readings_stand_in_order_and_without_an_id_they_are_one_series():
    table = readings()[["machine", "vibration"]]
    by_machine = from_long(table, id="machine", time=None)
    assert values(by_machine) == values(
        from_long(readings(), id="machine", time="time")
    )
    one = from_long(table, id=None, time=None, values="vibration")
    assert values(one) == [table["vibration"].tolist()]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda t: pd.concat([t, t[5:6]]),
            "'m9'.* has two readings at '2026-01-01 00:05",
        ),
        (lambda t: t.drop(index=5), "'m9'.*'2026-01-01 00:06:00' comes after.*'1min'"),
        (lambda t: t.assign(time=t["time"].astype(str)), "pandas.to_datetime"),
        (
            lambda t: t.assign(time=t["time"].where(t.index != 3)),
            "'time' is missing in row 3",
        ),
        (
            lambda t: t.assign(machine=t["machine"].where(t.index != 3)),
            "'machine' is missing in row 3",
        ),
        (lambda t: t.assign(label=1), r"'label'.*values=\['vibration', 'heat'\]"),
        (lambda t: t.assign(note="x"), r"'note'.*values=\['vibration', 'heat'\]"),
        (lambda t: t.set_index("machine"), r"table.reset_index\(\)"),
        (lambda t: t.rename(columns={"time": "when"}), "no column 'time'"),
        (lambda t: t[:0], "no rows"),
        (lambda t: dict(t), r"pandas.DataFrame\(table\)"),
        (lambda t: pl.LazyFrame(t), r"table.collect\(\)"),
        (
            lambda t: t[["machine", "time", "heat"]].assign(kind="heat"),
            r"table.pivot\(index=\['machine', 'time'\], columns='kind'",
        ),
    ],
)
def test_what_is_doubtful_is_refused_with_the_way_out(change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        from_long(change(readings()), id="machine", time="time")


def _text(table, column="vibration", bad=None):
    """A column that became text, by a bad cell or in whole."""
    text = table[column].astype(str)
    return table.assign(
        **{column: text if bad is None else text.where(text.index != 7, bad)}
    )


def _clock(table):
    return table.assign(time=table["time"].dt.strftime("%H:%M:%S"))


TO_TIMES = "assign(time=lambda t: pandas.to_"
TO_NUMBERS = "table.assign(vibration=lambda t: t['vibration']"
MELTED = ["machine", "time"]
#: What people hold, the words of the refusal, and what they say to pass instead.
ADVISED = {
    "times as text": (
        lambda t: _text(t, "time"),
        f"table.{TO_TIMES}datetime(t['time'], utc=True))",
    ),
    "times as text, polars": (
        lambda t: pl.DataFrame(_text(t, "time")),
        f"table.to_pandas().{TO_TIMES}datetime(t['time'], utc=True))",
    ),
    "numbers of steps as text, pyarrow": (
        lambda t: pa.table(t.assign(time=t.groupby("machine").cumcount().astype(str))),
        f"table.to_pandas().{TO_TIMES}numeric(t['time']))",
    ),
    "German dates": (
        lambda t: t.assign(time=t["time"].dt.strftime("%d.%m.%Y %H:%M")),
        f"table.{TO_TIMES}datetime(t['time'], dayfirst=True))",
    ),
    "American dates": (
        lambda t: t.assign(time=t["time"].dt.strftime("%m/%d/%Y %H:%M")),
        f"table.{TO_TIMES}datetime(t['time'], dayfirst=False))",
    ),
    "British dates, the first after the twelfth": (
        lambda t: t.assign(
            time=(t["time"] + pd.Timedelta("20D")).dt.strftime("%d/%m/%Y %H:%M")
        ),
        f"table.{TO_TIMES}datetime(t['time'], dayfirst=True))",
    ),
    "times of day as text": (
        _clock,
        f"table.{TO_TIMES}timedelta(t['time'].astype(str)))",
    ),
    "times of day, polars": (
        lambda t: pl.DataFrame(t).with_columns(pl.col("time").dt.time()),
        f"table.to_pandas().{TO_TIMES}timedelta(t['time'].astype(str)))",
    ),
    "times with and without a zone": (
        lambda t: t.assign(
            time=[x.tz_localize("UTC") if i % 2 else x for i, x in enumerate(t["time"])]
        ),
        f"table.{TO_TIMES}datetime(t['time'], utc=True))",
    ),
    "values as text": (_text, f"{TO_NUMBERS}.astype(float))"),
    "decimal commas": (
        lambda t: t.assign(vibration=_text(t)["vibration"].str.replace(".", ",")),
        f"{TO_NUMBERS}.str.replace(',', '.').astype(float))",
    ),
    "times in an index without a name": (
        lambda t: t.set_index("time").rename_axis(None),
        "table.reset_index(names='time')",
    ),
    "a reading twice, polars": (
        lambda t: pl.DataFrame(pd.concat([t, t[5:6]])),
        "table.to_pandas().drop_duplicates(['machine', 'time'])",
    ),
    "melted by polars": (
        lambda t: pl.DataFrame(t).unpivot(index=MELTED),
        "table.to_pandas().pivot(index=['machine', 'time'], columns='variable', "
        "values='value').reset_index()",
    ),
}


@pytest.mark.parametrize(("make", "advice"), ADVISED.values(), ids=ADVISED.keys())
def test_what_is_advised_gives_what_is_meant(make, advice):
    table = make(readings())
    with pytest.raises((ValueError, TypeError)) as refused:
        from_long(table, id="machine", time="time")
    assert advice in str(refused.value)
    X = from_long(
        eval(advice, {"table": table, "pandas": pd}), id="machine", time="time"
    )
    expected = from_long(readings(), id="machine", time="time")
    for name in expected:
        assert values(X.loc[expected.index], name) == values(expected, name)


@pytest.mark.parametrize("bad", ["oops", "1,200.5 mV"])
def test_a_bad_cell_among_values_is_named(bad):
    table = _text(readings(), bad=bad)
    for given in (None, ["vibration"]):
        with pytest.raises(TypeError, match=f"'vibration' .* row 7 is '{bad}'"):
            from_long(table, id="machine", time="time", values=given)
    mixed = readings().astype({"vibration": object})
    mixed.loc[7, "vibration"] = bad
    with pytest.raises(TypeError, match="errors='coerce'"):
        from_long(mixed, id="machine", time="time")


def test_times_of_arrow_in_pandas_are_times():
    table = readings().convert_dtypes(dtype_backend="pyarrow")
    X = from_long(table, id="machine", time="time")
    assert values(X) == values(from_long(readings(), id="machine", time="time"))


def test_a_night_that_is_filled_is_suspicious():
    morning = MINUTES + pd.Timedelta("8h")
    table = pd.DataFrame({"id": "a", "time": MINUTES.append(morning), "x": 1.0})
    options = {"id": "id", "time": "time", "every": "1min"}
    with pytest.warns(SuspiciousShapeWarning, match="'a'.* 24 of 492 steps"):
        from_long(table, fill="interpolate", **options)
    assert len(from_long(table, fill="nan", **options)["x"].iloc[0]) == 492


GAPPY = pd.DataFrame(
    {"id": "a", "time": MINUTES[[0, 1, 4, 5]], "x": [0.0, 1.0, 4.0, 8.0]}
)


@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        ("interpolate", [0, 1, 2, 3, 4, 8]),
        ("previous", [0, 1, 1, 1, 4, 8]),
        ("nan", [0, 1, np.nan, np.nan, 4, 8]),
        (-1, [0, 1, -1, -1, 4, 8]),
    ],
)
def test_a_grid_fills_gaps_as_told(fill, expected):
    X = from_long(GAPPY, id="id", time="time", every="1min", fill=fill)
    np.testing.assert_array_equal(X["x"].iloc[0], expected)


@pytest.mark.parametrize(
    ("fill", "expected"),
    [("previous", [1, 1, 3, 3, 3]), ("interpolate", [1, 2, 3, np.nan, np.nan])],
)
def test_a_channel_that_ends_before_others_goes_on_with_the_value_before(
    fill, expected
):
    x, z = [1, np.nan, 3, np.nan, np.nan, np.nan], [0, 1, 2, 3, 4, np.nan]
    table = pd.DataFrame({"id": "a", "time": MINUTES[:6], "x": x, "z": z})
    X = from_long(table, id="id", time="time", every="1min", fill=fill)
    assert values(X, "z")[0][:5] == z[:5] and np.isnan(values(X, "z")[0][5])
    np.testing.assert_array_equal(X["x"].iloc[0], [*expected, np.nan])


def test_gaps_are_refused_unless_filled_or_taken_as_they_are():
    with pytest.raises(ValueError, match=r"'a'.* comes after .*every='1min'"):
        from_long(GAPPY, id="id", time="time")
    with pytest.raises(
        ValueError, match=r"'a'.*no reading in the step after .*00:01:00"
    ):
        from_long(GAPPY, id="id", time="time", every="1min")
    X = from_long(GAPPY, id="id", time="time", every="any")
    assert values(X, "x") == [[0, 1, 4, 8]]


def test_numbers_written_as_dates_are_told_from_counts():
    days = pd.date_range("2026-01-25", periods=12)
    table = pd.DataFrame({"day": days.strftime("%Y%m%d").astype(int), "x": 1.0})
    with pytest.raises(ValueError, match=r"20260131 and 20260201.*format=\"%Y%m%d\""):
        from_long(table, id=None, time="day")
    table["day"] = pd.to_datetime(table["day"], format="%Y%m%d")  # as it says
    assert from_long(table, id=None, time="day")["x"].map(len).tolist() == [12]


def test_a_grid_takes_the_nearest_step_and_the_mean_of_several_readings():
    table = pd.DataFrame(
        {
            "id": ["a"] * 4 + ["b"] * 2,
            "second": [0, 1.1, 1.9, 2.1, 5.0, 6.0],
            "x": [1.0, 2, 3, 5, 7, 8],
        }
    )
    X = from_long(table, id="id", time="second", every=1)
    assert values(X, "x") == [[1, 2, 4], [7, 8]]


def test_jitter_and_months_are_even_enough():
    months = pd.date_range("2026-01-01", periods=9, freq="MS")
    table = pd.DataFrame({"id": 1, "time": months, "x": np.arange(9.0)})
    assert len(from_long(table, id="id", time="time")["x"].iloc[0]) == 9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": "soon"}, "no fixed duration"),
        ({"every": "1min", "fill": "mean"}, "fill='mean'; expected"),
        ({"fill": 0}, "pass its step too"),
        ({"every": "1us", "fill": 0}, "longer step"),
        ({"values": "time"}, "other than id and time"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        from_long(readings(), id="machine", time="time", **options)


def test_a_long_table_goes_through_scikit_learn_with_its_names_and_groups():
    table = readings(6).assign(run=np.tile(np.repeat([0, 1], 6), 6))
    X = from_long(table, id=["machine", "run"], time="time")
    machines = X.index.get_level_values("machine")
    y = machines.isin(["m9", "m7", "m5"])
    timenet = TimeNetTransformer("ucr18", layers=1).set_output(transform="pandas")
    model = make_pipeline(timenet, RidgeClassifier())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = cross_val_score(model, X, y, groups=machines, cv=GroupKFold(2))
    assert len(scores) == 2
    train, test = train_test_split(X, random_state=0)
    features = timenet.fit(train).transform(test)
    assert features.index.equals(test.index)
    assert features.columns[0] == "vibration_last_layer1_unit00"
    assert timenet.channel_names_in_.tolist() == ["vibration", "heat"]


def test_axes_come_into_order():
    X = np.arange(24).reshape(2, 3, 4)
    assert from_array(X, axes="ntc").shape == (2, 4, 3)
    assert np.shares_memory(from_array(X, axes="tcn"), X)
    assert from_array(X[0], axes="tn").shape == (4, 3)
    assert from_array(X[0, 0], axes="t").shape == (1, 4)
    assert [x.shape for x in from_array([X[0], X[1, :2]], axes="ntc")] == [
        (4, 3),
        (4, 2),
    ]
    for axes in ("nc", "ntt", "xyz", "nt", 3):
        with pytest.raises(ValueError, match="from_array: axes="):
            from_array(X, axes=axes)
    with pytest.raises(ValueError, match="X is a list"):
        from_array(list(X), axes="tn")


# --- indexes that do not agree --------------------------------------------------------


@pytest.mark.parametrize("argument", ["y", "groups"])
def test_labels_of_the_same_machines_in_another_order_are_refused(argument):
    X = from_long(readings(), id="machine", time="time")
    n_series = len(X)
    y = pd.Series(np.arange(n_series) % 2, X.index)
    given = {"y": y, "groups": pd.Series(np.arange(n_series), X.index)}
    TimeNetClassifier().fit(X, **given)
    given[argument] = given[argument].iloc[::-1]
    with pytest.raises(ValueError, match=rf"{argument} has the ids .* another order"):
        TimeNetClassifier().fit(X, **given)
    given[argument] = given[argument].loc[X.index]  # as it says
    TimeNetClassifier().fit(X, **given)


TWICE = [*range(20), 19, *range(20, 40)]
SHUFFLED, GONE = [3, 1, 2, 0, *range(4, 40)], [*range(10), *range(20, 40)]


@pytest.mark.parametrize(
    ("rows", "method"),
    [
        (SHUFFLED, "sort_index()"),
        (GONE, "reset_index(drop=True)"),
        (TWICE, "groupby(level=0).mean()"),
    ],
    ids=["shuffled", "a gap", "twice"],
)
@pytest.mark.parametrize(
    ("read", "turn", "name", "call"),
    [
        (partial(from_array, axes="tc"), None, "X", "X.{}"),
        (partial(from_array, axes="tn"), None, "X", "X.{}"),
        (partial(from_array, axes="tc"), lambda t: [t, t], r"X\[0\]", "X[0].{}"),
        (partial(sliding_windows, width=8), lambda t: t["a"], "X", "X.{}"),
        (partial(sliding_windows, width=8), lambda t: t.T, "X", "X.T.{}.T"),
    ],
    ids=["one recording", "series", "recordings", "windows", "windows of channels"],
)
def test_a_recording_whose_times_are_uneven_is_refused_with_a_way_out(
    rows, method, read, turn, name, call
):
    times = pd.date_range("2026-01-01", periods=40, freq="s")
    table = pd.DataFrame({"a": np.arange(40.0), "b": 1.0}, times)
    turn = turn or (lambda table: table)
    read(turn(table))
    X = turn(table.iloc[rows])
    with pytest.raises(ValueError, match=rf": {name} has .*") as refused:
        read(X)
    advice = call.format(method)
    assert advice in str(refused.value)
    mended = eval(advice, {"X": X})
    read([mended] if isinstance(X, list) else mended)
