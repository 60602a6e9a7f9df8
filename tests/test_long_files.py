"""Files with a reading a row, read as `from_long` reads tables."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from timenet_sklearn import TimeNetTransformer, from_long
from timenet_sklearn.cli import main
from timenet_sklearn.files import embed_file
from timenet_sklearn.files.reading import open_panels

pd = pytest.importorskip("pandas", reason="from_long needs pandas")
pytest.importorskip("pyarrow", reason="needs the extra parquet")

RNG = np.random.default_rng(0)
LONG = {"id": "machine", "time": "timestamp"}
TABLE = pd.DataFrame(
    [
        (f"00{i}", pd.Timestamp("2024-01-01") + pd.Timedelta(minutes=k), *values)
        for i in (3, 1, 2, 5, 4)
        for k, values in enumerate(RNG.standard_normal((12 + i, 2)))
    ],
    columns=["machine", "timestamp", "vibration", "current"],
)
SAVERS: dict[str, Any] = {
    "x.csv": lambda table, path: table.to_csv(path, index=False),
    "x.csv.gz": lambda table, path: table.to_csv(path, index=False),
    "x.tsv": lambda table, path: table.to_csv(path, index=False, sep="\t"),
    "x.txt": lambda table, path: table.to_csv(path, index=False, sep=";", decimal=","),
    "x.parquet": lambda table, path: table.to_parquet(path, row_group_size=10),
    "x.feather": lambda table, path: table.to_feather(path),
}


def read(path: Path, **options: Any) -> tuple[list[list[np.ndarray]], list[Any]]:
    series, ids = [], []
    for chunk in open_panels(path, **options):
        series += [list(row) for row in chunk.panel.to_numpy()]
        ids += list(chunk.keys["machine"])
    return series, ids


@pytest.mark.parametrize("name", SAVERS)
@pytest.mark.parametrize("chunk_values", [100, 2**23])
def test_a_file_of_readings_is_read_as_the_table_is(tmp_path, name, chunk_values):
    SAVERS[name](TABLE, tmp_path / name)
    series, ids = read(tmp_path / name, long=LONG, chunk_values=chunk_values)
    expected = from_long(TABLE, **LONG)
    assert ids == list(expected.index)
    for row, own in zip(series, expected.to_numpy(), strict=True):
        np.testing.assert_array_equal(np.stack(row), np.stack(own))


def test_readings_in_any_order_are_read_where_the_file_fits_into_a_chunk(tmp_path):
    shuffled = TABLE.sample(frac=1, random_state=0)
    shuffled.to_parquet(tmp_path / "x.parquet")
    series, _ = read(tmp_path / "x.parquet", long=LONG)
    expected = from_long(shuffled, **LONG)
    for row, own in zip(series, expected.to_numpy(), strict=True):
        np.testing.assert_array_equal(np.stack(row), np.stack(own))
    with pytest.raises(ValueError, match=r"read in chunks, so the readings of one id"):
        read(tmp_path / "x.parquet", long=LONG, chunk_values=100)


def test_the_command_names_channels_and_keeps_ids(tmp_path, capsys):
    TABLE.to_csv(tmp_path / "x.csv", index=False)
    out = tmp_path / "y.parquet"
    command = ["embed", str(tmp_path / "x.csv"), str(out)]
    assert main(command) == 1
    assert "--long id=... time=..." in capsys.readouterr().err
    assert main([*command, "--long", "id=machine", "time=timestamp"]) == 0
    found = pd.read_parquet(out)
    assert list(found["machine"]) == ["003", "001", "002", "005", "004"]
    assert found.columns[1] == "vibration_last_layer1_unit00"
    expected = TimeNetTransformer(weights="ucr18").fit_transform(
        from_long(TABLE, **LONG)
    )
    np.testing.assert_array_equal(found.iloc[:, 1:].to_numpy(), expected)


def test_a_grid_is_made_on_request(tmp_path, capsys):
    TABLE.drop(index=[4, 5]).to_csv(tmp_path / "x.csv", index=False)
    out = tmp_path / "y.npy"
    command = ["embed", str(tmp_path / "x.csv"), str(out)]
    command += ["--long", "id=machine", "time=timestamp", "values=current"]
    assert main(command) == 1
    assert "--every" in capsys.readouterr().err
    assert main([*command, "--every", "1min", "--fill", "interpolate"]) == 0
    assert np.load(out).shape == (5, 180)


@pytest.mark.parametrize(
    ("long", "message"),
    [
        ({"id": "x", "time": "timestamp"}, r"'x'"),
        ({"id": "machine", "time": "when"}, r"'when'"),
    ],
)
def test_a_column_that_is_not_there_is_named_with_the_file(tmp_path, long, message):
    TABLE.to_parquet(tmp_path / "x.parquet")
    for chunk_values in (100, 2**23):
        with pytest.raises(ValueError, match=rf"x\.parquet: .*{message}"):
            read(tmp_path / "x.parquet", long=long, chunk_values=chunk_values)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--every", "1min"], "--every and --fill are for --long"),
        (["--long", "machine"], "--long machine: expected id=COLUMN"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, capsys, options, message):
    np.save(tmp_path / "x.npy", RNG.standard_normal((3, 20)))
    command = ["embed", str(tmp_path / "x.npy"), str(tmp_path / "y.npy")]
    assert main([*command, *options]) == 1
    assert message in capsys.readouterr().err


def test_a_missing_pandas_is_named(tmp_path, fresh_python):
    path = tmp_path / "readings.csv"
    path.write_text("time,value\n0,1.0\n1,2.0\n", encoding="utf-8")
    code = (
        "import sys; from timenet_sklearn import cli\n"
        "sys.stderr = sys.stdout\n"
        "cli.main(['embed', sys.argv[1], 'out.npy', '--long', 'time=time'])"
    )
    text = fresh_python(code, path, blocked=("pandas",))
    assert "needs the package 'pandas'; install it with: pip install pandas" in text


# ---- processes


@pytest.fixture
def many(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(
        sys.modules["timenet_sklearn.files.embed"], "_WORTH_PROCESSES", 3
    )
    np.save(tmp_path / "x.npy", RNG.standard_normal((30, 24)))
    return tmp_path / "x.npy"


def test_processes_embed_to_the_same_bits_in_order(many, tmp_path):
    transformer = TimeNetTransformer(weights="ucr18", n_jobs=1)
    for n_jobs, name in ((None, "a.npy"), (2, "b.npy")):
        embed_file(many, tmp_path / name, transformer, chunk_rows=4, n_jobs=n_jobs)
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()
    assert transformer.n_jobs == 1


def test_errors_of_processes_name_the_row_and_leave_no_file(many, tmp_path):
    X = np.load(many)
    X[21, 3] = np.inf
    np.save(many, X)
    with pytest.raises(ValueError, match=r"rows 20-23 .*series 21 .*inf"):
        embed_file(
            many,
            tmp_path / "y.npy",
            TimeNetTransformer(weights="ucr18"),
            chunk_rows=4,
            n_jobs=2,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]
