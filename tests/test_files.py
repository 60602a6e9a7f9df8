from __future__ import annotations

import csv
import io
import json
import os
import pickle
import random
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from timenet_sklearn.files import zarr as zarr_reader
from timenet_sklearn.files.chunks import Options
from timenet_sklearn.files.output import open_output
from timenet_sklearn.files.reading import open_panels

RNG = np.random.default_rng(0)
TABLE = RNG.standard_normal((23, 7))
CUBE = RNG.standard_normal((11, 3, 5))
RAGGED = [RNG.standard_normal(n) for n in (3, 1, 8, 2, 5, 4, 4)]


def read(path: Path, **options: Any) -> list[np.ndarray]:
    return [series for chunk in open_panels(path, **options) for series in chunk.panel]


def keys_of(path: Path, **options: Any) -> dict[str, list[Any]]:
    keys: dict[str, list[Any]] = {}
    for chunk in open_panels(path, **options):
        for name, column in chunk.keys.items():
            assert len(column) == len(chunk.panel)
            keys.setdefault(name, []).extend(
                column.to_pylist() if hasattr(column, "cast") else column.tolist()
            )
    return keys


def assert_same(actual: list[np.ndarray], expected: Any) -> None:
    assert len(actual) == len(expected)
    for a, b in zip(actual, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


# ---- arrays


@pytest.mark.parametrize("array", [TABLE, CUBE, TABLE.astype("f4"), CUBE.astype("i2")])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("save", ["npy", "npz", "npz compressed"])
def test_arrays_come_back_whole_in_chunks(tmp_path, array, order, save):
    array = np.asarray(array, order=order)
    path = tmp_path / f"x.{save[:3]}"
    savers: dict[str, Callable[..., None]] = {
        "npy": np.save,
        "npz": np.savez,
        "npz compressed": np.savez_compressed,
    }
    savers[save](path, array)

    source = open_panels(path, chunk_rows=4)

    assert source.n_rows == len(array)
    assert_same(read(path, chunk_rows=4), array)
    chunks = [len(chunk.panel) for chunk in source]
    if save == "npy" or order == "C":
        assert max(chunks) == 4
    assert chunks == [len(chunk.panel) for chunk in source], "cannot be read twice"


def test_npy_is_memory_mapped(tmp_path):
    np.save(tmp_path / "x.npy", TABLE)
    chunk = next(iter(open_panels(tmp_path / "x.npy")))
    assert isinstance(chunk.panel, np.memmap)


def test_npz_prefers_the_array_named_x(tmp_path):
    np.savez(tmp_path / "x.npz", y=np.arange(23), X=TABLE, X_old=TABLE + 1)
    assert_same(read(tmp_path / "x.npz"), TABLE)
    assert keys_of(tmp_path / "x.npz") == {}


def test_npz_parts_follow_each_other_and_are_told_apart(tmp_path):
    np.savez(tmp_path / "x.npz", X_train=TABLE, y_train=[1], X_test=TABLE[:2] + 1)
    source = open_panels(tmp_path / "x.npz")
    assert source.n_rows == 25
    assert_same(read(tmp_path / "x.npz"), [*TABLE, *(TABLE[:2] + 1)])
    assert keys_of(tmp_path / "x.npz") == {"part": ["train"] * 23 + ["test"] * 2}


def test_npz_without_an_obvious_array_names_what_it_holds(tmp_path):
    np.savez(tmp_path / "x.npz", a=TABLE, b=TABLE)
    with pytest.raises(ValueError, match=r"x\.npz holds the arrays a, b; expected"):
        open_panels(tmp_path / "x.npz")


@pytest.mark.parametrize(
    "array",
    [np.zeros(3), np.zeros((2, 2, 2, 2)), np.zeros((2, 2), complex), [["a", "b"]]],
    ids=["1-D", "4-D", "complex", "strings"],
)
@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_arrays_that_are_no_panel_are_refused(tmp_path, array, suffix):
    path = tmp_path / f"x.{suffix}"
    (np.save if suffix == "npy" else np.savez)(path, array)
    with pytest.raises(ValueError, match=r"has shape .* dtype .*; expected numbers of"):
        open_panels(path)


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_object_arrays_are_not_unpickled(tmp_path, suffix):
    path = tmp_path / f"x.{suffix}"
    array = np.array([[1.0, None]], object)
    (np.save if suffix == "npy" else np.savez)(path, array)
    with pytest.raises(ValueError, match=rf"x\.{suffix}"):
        read(path)


# ---- tables of text


@pytest.mark.parametrize(("suffix", "delimiter"), [("csv", ","), ("tsv", "\t")])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_rows_of_text_may_differ_in_length(tmp_path, suffix, delimiter, newline, bom):
    path = tmp_path / f"x.{suffix}"
    lines = [delimiter.join(map(repr, row.tolist())) for row in RAGGED]
    path.write_bytes((bom + newline.join([*lines, "", ""])).encode())
    assert open_panels(path).n_rows is None
    assert_same(read(path, chunk_rows=3), RAGGED)


@pytest.mark.parametrize("header", ["t0,t1,t2", '"t, 0","t, 1",', "0,1,2", "x 1,y,z"])
def test_a_header_is_left_out(tmp_path, header):
    path = written(tmp_path / "x.csv", f"{header}\n1,2.5,3\n4,5,6\n")
    assert_same(read(path, key_columns=0), [[1, 2.5, 3], [4, 5, 6]])


@pytest.mark.parametrize(
    "header", ["0,1,2", "1,2,3", "0.00,0.01,0.02", "1990,1991,1992"]
)
def test_a_line_that_counts_is_a_header_only_where_the_user_says(tmp_path, header):
    path = written(tmp_path / "x.csv", f"{header}\n3,1,2\n4,6,5\n")
    with pytest.raises(ValueError, match=r"line 1 counts evenly .*--header yes"):
        read(path)
    assert_same(read(path, header=True), [[3, 1, 2], [4, 6, 5]])
    assert len(read(path, header=False)) == 3


def test_pandas_own_csv_is_read(tmp_path):
    pd = pytest.importorskip("pandas")
    pd.DataFrame(TABLE).to_csv(tmp_path / "x.csv", index=False)
    assert_same(read(tmp_path / "x.csv"), TABLE)
    pd.DataFrame(TABLE).to_csv(tmp_path / "x.csv")
    assert_same(read(tmp_path / "x.csv", key_columns=1), TABLE)


def test_a_first_line_of_numbers_is_a_series(tmp_path):
    path = written(tmp_path / "x.csv", "0,1,3\n0,1,2\n")
    assert_same(read(path), [[0, 1, 3], [0, 1, 2]])


def test_trailing_empty_cells_are_a_shorter_series(tmp_path):
    path = written(tmp_path / "x.csv", "1,2,4,3\n5,6,,\n7,8,nan,NaN\n")
    assert_same(read(path), [[1, 2, 4, 3], [5, 6], [7, 8, np.nan, np.nan]])


def test_missing_values_of_many_spellings_are_nan(tmp_path):
    path = written(tmp_path / "x.csv", '1,,?,NA,null,nan,NaN, ,"2"\n')
    assert_same(read(path), [[1, *[np.nan] * 7, 2]])


def test_key_columns_are_kept_as_text(tmp_path):
    path = written(tmp_path / "x.csv", 'id,,0,1\n007,"a,b",1,2.5\nx,,3,4\n')
    assert_same(read(path, key_columns=2), [[1, 2.5], [3, 4]])
    assert keys_of(path, key_columns=2) == {"id": ["007", "x"], "key_2": ["a,b", ""]}
    path = written(tmp_path / "x.tsv", "1\t0.5\t0.25\n2\t3\t4\n")
    assert keys_of(path, key_columns=1) == {"key_1": ["1", "2"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"1,2\n3,x4\n", r"line 2, value 2: expected a number, got 'x4'"),
        (b"t0,1\n3,4\n", r"line 1, value 1: expected a number, got 't0'"),
        (b"1,2\n3,1_000\n", r"line 2, value 2: expected a number, got '1_000'"),
        (b"1,2\n,,\n", r"line 2 has no values"),
        (b"1,2\nnan,nan\n", r"line 2 has no values"),
        (b'1,2\n3,"4\n5,6\n', r"line 2 cannot be split into cells"),
        (b"1,2\n\n3,\xff\n", r"line 3 is not UTF-8 text"),
        (b"1,2\n3,\x00\n", r"line 2 is not UTF-8 text"),
        ("1,2\n".encode("utf-16-le"), r"line 1 is not UTF-8 text"),
        (b"1,2\nq" + b"9" * 200_000, r"line 2 cannot be split into cells"),
    ],
)
def test_bad_text_is_refused_by_line(tmp_path, content, message):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.csv: " + message):
        read(tmp_path / "x.csv")


def test_a_million_columns_are_one_series(tmp_path):
    path = written(tmp_path / "x.csv", ",".join(["0.5"] * 10**6) + "\n")
    (series,) = read(path)
    assert series.shape == (10**6,)


# ---- .ts

TS = "#comment\n@problemName p\n@timeStamps false\n"


def sktime_data(name: str) -> Path:
    sktime = pytest.importorskip("sktime")
    return Path(sktime.__file__).parent / "datasets" / "data" / name


@pytest.mark.parametrize(
    "name",
    [
        "UnitTest/UnitTest_TEST.ts",
        "BasicMotions/BasicMotions_TRAIN.ts",
        "JapaneseVowels/JapaneseVowels_TRAIN.ts",
        "PLAID/PLAID_TRAIN.ts",
        "Covid3Month/Covid3Month_TRAIN.ts",
    ],
)
def test_ts_files_read_as_sktime_reads_them(name):
    path = sktime_data(name)
    from sktime.datasets import load_from_tsfile
    from sktime.datatypes import convert

    X, y = load_from_tsfile(str(path), return_data_type="nested_univ")
    frames = convert(X, "nested_univ", "df-list", "Panel")
    expected = [frame.to_numpy().T for frame in frames]

    assert_same([np.atleast_2d(series) for series in read(path)], expected)
    (labels,) = keys_of(path).values()
    assert [label.lower() for label in labels] == [str(label) for label in y]


def test_ts_reads_missing_values_and_no_labels(tmp_path):
    text = TS + "@dimensions 2\n@classLabel false\n@data\n1,?,3:4,5,?\n6:7\n"
    path = written(tmp_path / "x.ts", text)
    assert_same(read(path), [[[1, np.nan, 3], [4, 5, np.nan]], [[6], [7]]])
    assert keys_of(path) == {}


def test_ts_takes_channels_from_the_first_series_where_undeclared(tmp_path):
    text = TS + "@univariate false\n@classLabel true A B\n@data\n1,2:3,4:A\n1:2:3:B\n"
    path = written(tmp_path / "x.ts", text)
    with pytest.raises(ValueError, match=r"line 8: expected 2 channels and a label"):
        read(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2,3\n", r"line 1: expected an @tag"),
        ("@problemName p\n", r"no @data line"),
        ("@univariate true\n@data\n", r".*neither @classLabel nor @targetLabel"),
        ("@dimensions two\n@classLabel false\n@data\n", r"@dimensions two: expected a"),
        (
            "@univariate true\n@classLabel true a b\n@data\n1,2:a\n1,2\n",
            r"line 5: expected 1 channels and a label, separated by ':'; got 1",
        ),
        (
            "@univariate true\n@classLabel true a bc\n@data\n1,2:b\n",
            r"line 4: label 'b' is not among",
        ),
        (
            "@dimensions 2\n@classLabel false\n@data\n1,2:3\n",
            r"line 4: channels of lengths \[1, 2\]; expected one length",
        ),
        (
            "@univariate true\n@equalLength true\n@seriesLength 3\n@classLabel false\n"
            "@data\n1,2,3\n1,2\n",
            r"line 7: channels of lengths \[2\]; expected 3",
        ),
        (
            "@univariate true\n@classLabel false\n@data\n1,2,x\n",
            r"line 4, value 3: expected a number, got 'x'",
        ),
    ],
)
def test_bad_ts_files_are_refused_by_line(tmp_path, text, message):
    path = written(tmp_path / "x.ts", text)
    with pytest.raises(ValueError, match=r"x\.ts:? " + message):
        read(path)


# ---- .parquet


@pytest.fixture
def pq() -> Any:
    return pytest.importorskip("pyarrow.parquet")


def save_parquet(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path, **options)
    return path


def test_a_list_column_is_a_channel_and_others_are_keys(tmp_path, pq):
    lists = [row.tolist() for row in RAGGED]
    columns = {"id": list("abcdefg"), "series": lists, "n": list(range(7))}
    path = save_parquet(tmp_path / "x.parquet", columns, row_group_size=3)
    assert open_panels(path).n_rows == 7
    assert_same(read(path, chunk_rows=2), RAGGED)
    keys = keys_of(path, chunk_rows=2)
    assert keys == {"id": list("abcdefg"), "n": list(range(7))}


@pytest.mark.parametrize("kind", ["list", "large_list", "fixed"])
@pytest.mark.parametrize("value", ["float32", "float64", "int64", "int8"])
def test_list_columns_of_all_kinds_are_read(tmp_path, pq, kind, value):
    import pyarrow as pa

    make = {"list": pa.list_, "large_list": pa.large_list}.get(
        kind, lambda item: pa.list_(item, 3)
    )
    values = [[1, 2, 3], [4, None, 6], [7, 8, None]]
    array = pa.array(values, make(getattr(pa, value)()))
    path = save_parquet(tmp_path / "x.parquet", {"x": array})
    expected = [[1, 2, 3], [4, np.nan, 6], [7, 8, np.nan]]
    assert_same(read(path, chunk_rows=2), expected)


def test_several_list_columns_are_channels(tmp_path, pq):
    columns = {"a": [r.tolist() for r in RAGGED], "b": [(-r).tolist() for r in RAGGED]}
    path = save_parquet(tmp_path / "x.parquet", columns)
    assert_same(read(path), [np.stack([row, -row]) for row in RAGGED])


def test_numeric_columns_are_time_steps(tmp_path, pq):
    columns = {f"t{i}": TABLE[:, i] for i in range(7)}
    path = save_parquet(tmp_path / "x.parquet", {"id": list("a" * 23), **columns})
    assert_same(read(path, chunk_rows=5), TABLE)
    assert keys_of(path) == {"id": ["a"] * 23}
    path = save_parquet(tmp_path / "x.parquet", {"id": list(range(23)), **columns})
    assert_same(read(path, key_columns=1), TABLE)
    assert keys_of(path, key_columns=1) == {"id": list(range(23))}


def test_a_pandas_index_is_a_key(tmp_path, pq):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(TABLE, index=pd.Index([*range(23, 0, -1)], name="id"))
    frame.columns = [f"t{i}" for i in range(7)]
    frame.to_parquet(tmp_path / "x.parquet")
    assert_same(read(tmp_path / "x.parquet"), TABLE)
    assert keys_of(tmp_path / "x.parquet") == {"id": list(range(23, 0, -1))}


def test_integers_beyond_float_precision_are_rounded(tmp_path, pq):
    path = save_parquet(tmp_path / "x.parquet", {"x": [[2**53 + 1, 1]]})
    assert_same(read(path), [[2.0**53, 1]])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": [[1.0], None, [2.0]]}, r"row 1 \(counted from 0\): column 'x' is null"),
        ({"x": [[1.0], [1.0, 2.0]], "y": [[1.0], [2.0]]}, r"row 1 .* lengths \[2, 1\]"),
        ({"x": ["a"]}, r"has the columns x; expected lists"),
        ({"x": [["a"]]}, r"column 'x' has type list<.*string>"),
        ({"x": [[[1.0]]]}, r"column 'x' has type list<.*list"),
        ({"x": [{"a": 1}]}, r"column 'x' has type struct"),
    ],
)
def test_parquet_that_holds_no_series_is_refused(tmp_path, pq, columns, message):
    path = save_parquet(tmp_path / "x.parquet", columns)
    with pytest.raises(ValueError, match=r"x\.parquet.*" + message):
        read(path)


def test_missing_pyarrow_is_an_error_that_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "x.parquet").write_bytes(b"")
    with pytest.raises(ImportError, match=r'pip install "timenet_sklearn\[parquet\]"'):
        open_panels(tmp_path / "x.parquet")
    with (
        pytest.raises(ImportError, match=r"timenet_sklearn\[parquet\]"),
        open_output(tmp_path / "y.parquet"),
    ):
        pass
    assert os.listdir(tmp_path) == ["x.parquet"]


# ---- Zarr


@pytest.fixture
def zarr() -> Any:
    return pytest.importorskip("zarr")


@pytest.mark.parametrize(
    "how",
    [
        {"chunks": (2, 5)},
        {"chunks": (9, 2)},
        {"chunks": (1, 5), "shards": (8, 10)},
        {"chunks": (9, 9), "zarr_format": 2},
        {"chunks": (3, 5), "order": "F", "zarr_format": 2},
    ],
    ids=str,
)
def test_zarr_arrays_come_back_whole_in_chunks(tmp_path, zarr, how):
    path = tmp_path / "x.zarr"
    zarr.create_array(path, data=TABLE, **how)

    source = open_panels(path, chunk_rows=4)

    assert source.n_rows == 23
    assert_same(read(path, chunk_rows=4), TABLE)
    assert max(len(chunk.panel) for chunk in source) <= 4
    assert keys_of(path, chunk_rows=4) == {"row": list(range(23))}
    some = list(zarr_reader.read_zarr(path, Options(chunk_rows=4), range(9, 20)))
    assert_same([row for chunk in some for row in chunk.panel], TABLE[9:20])
    assert [i for chunk in some for i in chunk.keys["row"]] == list(range(9, 20))


@pytest.mark.parametrize("dtype", ["f4", ">f8", "i2", "bool"])
def test_zarr_arrays_of_channels_and_of_any_numbers_are_read(tmp_path, zarr, dtype):
    array = CUBE.astype(dtype)
    zarr.create_array(tmp_path / "x.zarr", data=array, chunks=(4, 2, 3))
    assert_same(read(tmp_path / "x.zarr", chunk_rows=3), array)


def test_slices_of_zarr_arrays_end_where_chunks_end(tmp_path, zarr):
    zarr.create_array(tmp_path / "x.zarr", data=TABLE, chunks=(4, 7))
    source = open_panels(tmp_path / "x.zarr", chunk_rows=10)
    assert [len(chunk.panel) for chunk in source] == [8, 8, 7]


def test_a_zarr_chunk_of_many_rows_is_read_once(tmp_path, zarr, monkeypatch):
    zarr.create_array(tmp_path / "x.zarr", data=TABLE, chunks=(12, 7))
    keys = []
    get = zarr.storage.LocalStore.get

    def noting(self, key, *arguments, **options):
        keys.append(key)
        return get(self, key, *arguments, **options)

    monkeypatch.setattr(zarr.storage.LocalStore, "get", noting)
    assert_same(read(tmp_path / "x.zarr", chunk_rows=5), TABLE)
    assert [key for key in keys if key.startswith("c/")] == ["c/0/0", "c/1/0"]


def test_a_missing_zarr_chunk_holds_the_fill_value(tmp_path, zarr):
    options = {"shape": (6, 7), "dtype": "f8", "chunks": (2, 7), "fill_value": np.nan}
    zarr.create_array(tmp_path / "x.zarr", **options)[2:4] = TABLE[2:4]
    nothing = np.full((2, 7), np.nan)
    assert_same(read(tmp_path / "x.zarr"), [*nothing, *TABLE[2:4], *nothing])


def test_a_zarr_group_names_what_it_holds(tmp_path, zarr):
    group = zarr.open_group(tmp_path / "x.zarr", mode="w")
    with pytest.raises(ValueError, match=r"x\.zarr is a group of no arrays"):
        open_panels(tmp_path / "x.zarr")
    group.create_array("series", data=TABLE)
    group.create_group("more")
    (tmp_path / "x.zarr" / "notes").mkdir()
    with pytest.raises(ValueError, match=r"x\.zarr is a group of more, series arrays"):
        open_panels(tmp_path / "x.zarr")
    assert_same(read(tmp_path / "x.zarr" / "series"), TABLE)


@pytest.mark.parametrize(
    "array",
    [np.zeros(3), np.zeros((2, 2, 2, 2)), np.zeros((2, 2), complex)],
    ids=["1-D", "4-D", "complex"],
)
def test_zarr_arrays_that_are_no_panel_are_refused(tmp_path, zarr, array):
    zarr.create_array(tmp_path / "x.zarr", data=array)
    with pytest.raises(ValueError, match=r"has shape .* dtype .*; expected numbers of"):
        open_panels(tmp_path / "x.zarr")


class Bomb:
    def __reduce__(self) -> Any:
        return os.mkdir, ("unpickled",)


@pytest.mark.parametrize("place", ["filters", "compressor"])
def test_zarr_chunks_are_not_unpickled(tmp_path, zarr, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    path = Path("x.zarr")
    zarr.create_array(path, data=TABLE, zarr_format=2, chunks=(23, 7))
    about = json.loads((path / ".zarray").read_text()) | {"compressor": None}
    about[place] = {"id": "pickle"} if place == "compressor" else [{"id": "pickle"}]
    (path / ".zarray").write_text(json.dumps(about))
    (path / "0.0").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match=r"x\.zarr: .*pickle"):
        read(path)
    assert os.listdir() == ["x.zarr"]


@pytest.mark.parametrize("damage", ["metadata", "chunk", "no metadata"])
def test_a_damaged_zarr_array_is_refused(tmp_path, zarr, damage):
    zarr.create_array(tmp_path / "x.zarr", data=TABLE, chunks=(12, 7))
    name = "c/1/0" if damage == "chunk" else "zarr.json"
    file = tmp_path / "x.zarr" / name
    file.write_bytes(file.read_bytes()[:-5])
    if damage == "no metadata":
        file.unlink()
    with pytest.raises(ValueError, match=r"x\.zarr: not a whole Zarr array: \S+"):
        read(tmp_path / "x.zarr")


def test_warnings_of_zarr_are_passed_on(tmp_path, zarr):
    zarr.create_array(tmp_path / "x.zarr", data=TABLE, zarr_format=2)
    about = json.loads((tmp_path / "x.zarr" / ".zarray").read_text())
    (tmp_path / "x.zarr" / ".zarray").write_text(json.dumps(about | {"filters": []}))
    with pytest.warns(UserWarning, match="empty list of filters"):
        assert_same(read(tmp_path / "x.zarr"), TABLE)


def test_a_zarr_array_of_the_system_says_what_the_system_says(tmp_path, zarr):
    zarr.create_array(tmp_path / "x.zarr", data=TABLE)

    class Unreadable(zarr.storage.LocalStore):
        async def get(self, *arguments: Any, **options: Any) -> Any:
            raise PermissionError(13, "Permission denied")

    with (
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(PermissionError, match="Permission denied"),
    ):
        patch.setattr(zarr.storage, "LocalStore", Unreadable)
        read(tmp_path / "x.zarr")


def test_a_file_is_no_zarr_array(tmp_path):
    path = written(tmp_path / "x.zarr", "")
    with pytest.raises(
        ValueError, match=r"x\.zarr is a file; a Zarr array is a folder"
    ):
        open_panels(path)


def test_missing_zarr_is_an_error_that_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    (tmp_path / "x.zarr").mkdir()
    with pytest.raises(ImportError, match=r'pip install "timenet_sklearn\[zarr\]"'):
        open_panels(tmp_path / "x.zarr")


# ---- chunks and hostile files


@pytest.mark.parametrize("suffix", ["npy", "npz", "csv", "ts", "parquet"])
def test_chunks_are_bounded_in_values_padded(tmp_path, suffix, pq):
    lengths = [20] * 6 if suffix in ("npy", "npz") else [5, 5, 30, 5, 5, 50, 200, 1, 1]
    rows = [np.full(n, n, float) for n in lengths]
    path = tmp_path / f"x.{suffix}"
    if suffix in ("npy", "npz"):
        (np.save if suffix == "npy" else np.savez)(path, np.stack(rows))
    elif suffix == "parquet":
        save_parquet(path, {"x": [row.tolist() for row in rows]})
    else:
        head = TS + "@univariate true\n@classLabel false\n@data\n"
        lines = [",".join(map(str, row)) + "\n" for row in rows]
        written(path, (head if suffix == "ts" else "") + "".join(lines))

    chunks = [chunk.panel for chunk in open_panels(path, chunk_values=60)]

    assert_same([series for panel in chunks for series in panel], rows)
    for panel in chunks:
        assert len(panel) == 1 or len(panel) * max(len(row) for row in panel) <= 60
    assert max(map(len, chunks)) > 1


def whole_file(path: Path) -> Path:
    if path.suffix == ".npy":
        np.save(path, CUBE)
    elif path.suffix == ".npz":
        np.savez_compressed(path, X_train=CUBE, X_test=CUBE)
    elif path.suffix == ".parquet":
        save_parquet(path, {"i": list(range(7)), "x": [r.tolist() for r in RAGGED]})
    elif path.suffix == ".ts":
        lines = [",".join(map(repr, r.tolist())) + ":a\n" for r in RAGGED]
        head = TS + "@univariate true\n@classLabel true a b\n@data\n"
        written(path, head + "".join(lines))
    else:
        np.savetxt(path, TABLE, delimiter="," if path.suffix == ".csv" else "\t")
    return path


@pytest.mark.parametrize("suffix", ["npy", "npz", "csv", "tsv", "ts", "parquet"])
def test_damaged_files_give_series_or_a_value_error_with_the_path(tmp_path, suffix, pq):
    path = whole_file(tmp_path / f"x.{suffix}")
    content = path.read_bytes()
    rng = random.Random(0)
    variants = [content[:n] for n in range(0, len(content), len(content) // 60 + 1)]
    for _ in range(300):
        damaged = bytearray(content)
        for _ in range(rng.choice((1, 1, 3, 30))):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        variants.append(bytes(damaged))
    variants += [rng.randbytes(n) for n in (0, 1, 10, 1000)]
    refused = 0
    for variant in variants:
        path.write_bytes(variant)
        try:
            series = read(path)
        except ValueError as error:
            assert str(error).startswith(str(path))
            refused += 1
        else:
            assert all(row.dtype.kind in "biuf" for row in series)
    assert refused > 60


def test_npz_cut_inside_an_array_is_refused(tmp_path):
    whole = io.BytesIO()
    np.save(whole, TABLE)
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("X.npy", whole.getvalue()[:-400])
    with pytest.raises(ValueError, match=r"x\.npz: X ends after row \d+; expected 23"):
        read(tmp_path / "x.npz", chunk_rows=2)


def test_paths_and_options_are_checked_first(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.csv: no such file"):
        open_panels(tmp_path / "none.csv")
    with pytest.raises(FileNotFoundError, match=r"none: no such file or folder"):
        open_panels(tmp_path / "none")
    (tmp_path / "x.xls").touch()
    with pytest.raises(
        ValueError, match=r"unknown suffix '\.xls'; can read \.npy, .*s"
    ):
        open_panels(tmp_path / "x.xls")
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        open_panels(tmp_path / "d.csv")
    path = written(tmp_path / "X.CSV", "1,2\n")
    assert_same(read(path), [[1, 2]])
    with pytest.raises(ValueError, match=r"chunk_rows=0: expected an integer >= 1"):
        open_panels(path, chunk_rows=0)


# ---- output

FEATURES = RNG.standard_normal((10, 4)).astype(np.float32)
NAMES = ["f0", "f1", "f2", "f,3"]


def write(path: Path, keys: dict[str, Any] | None = None, **options: Any) -> None:
    with open_output(path, **options) as output:
        for rows in (slice(0, 7), slice(7, 10)):
            part = {name: column[rows] for name, column in (keys or {}).items()}
            output.write(FEATURES[rows], NAMES, part)


def test_npy_output_loads_as_float32(tmp_path):
    write(tmp_path / "y.npy", {"id": np.arange(10)})
    loaded = np.load(tmp_path / "y.npy", mmap_mode="r")
    assert loaded.dtype == np.float32
    np.testing.assert_array_equal(loaded, FEATURES)


def test_csv_output_brings_every_bit_back(tmp_path):
    ids = np.array(['a"b', "c,d", "", "é", *"efghij"], object)
    write(tmp_path / "y.csv", {"id": ids})
    with open(tmp_path / "y.csv", newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == ["id", *NAMES]
    assert [row[0] for row in rows] == ids.tolist()
    values = np.array([row[1:] for row in rows], np.float64).astype(np.float32)
    np.testing.assert_array_equal(values, FEATURES)


def test_csv_keys_that_hold_what_divides_cells_and_lines_are_quoted(tmp_path):
    ids = np.array(["a\nb", "c\rd", 'e"f', "g,h", "", *"ijklm"], object)
    write(tmp_path / "y.csv", {"id": ids})
    with open(tmp_path / "y.csv", newline="", encoding="utf-8") as file:
        _, *rows = csv.reader(file, strict=True)
    assert [row[0] for row in rows] == ids.tolist()
    assert {len(row) for row in rows} == {5}


def test_two_csv_key_columns_of_one_name_are_refused(tmp_path):
    path = written(tmp_path / "x.csv", "id,id,t0\na,b,1.5\n")
    with pytest.raises(ValueError, match=r"line 1: two key columns have the same"):
        read(path, key_columns=2)


def test_csv_output_is_plain_lines_without_keys(tmp_path):
    write(tmp_path / "y.csv")
    header, first, *_ = (tmp_path / "y.csv").read_bytes().split(b"\n")
    assert header == b'f0,f1,f2,"f,3"'
    assert len(first.split(b",")) == 4


def test_parquet_output_keeps_the_types_of_keys(tmp_path, pq):
    import pyarrow as pa

    keys = {
        "id": pa.array(range(10), "int16"),
        "at": pa.array(range(1, 11), pa.timestamp("ns")),
        "label": np.array(list("abcdefghij"), object),
    }
    write(tmp_path / "y.parquet", keys)
    table = pq.read_table(tmp_path / "y.parquet")
    assert table.column_names == [*keys, *NAMES]
    assert [str(table.schema.field(i).type) for i in range(4)] == [
        "int16",
        "timestamp[ns]",
        "string",
        "float",
    ]
    stored = np.column_stack([table[name].to_numpy() for name in NAMES])
    np.testing.assert_array_equal(stored, FEATURES)
    write(tmp_path / "y.csv", keys)
    line = (tmp_path / "y.csv").read_text().splitlines()[1]
    assert line.startswith("0,1970-01-01 00:00:00.000000001,a,")


def test_parquet_output_gathers_small_chunks_in_large_groups(tmp_path, pq):
    with open_output(tmp_path / "y.parquet") as output:
        for row in FEATURES:
            output.write(row[None], NAMES, {})
    metadata = pq.ParquetFile(tmp_path / "y.parquet").metadata
    assert (metadata.num_rows, metadata.num_row_groups) == (10, 1)


@pytest.mark.parametrize("suffix", ["npy", "csv", "parquet"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, SystemExit])
@pytest.mark.parametrize("before", [None, b"old"])
def test_failure_leaves_the_folder_as_it_was(tmp_path, pq, suffix, error, before):
    path = tmp_path / f"y.{suffix}"
    if before is not None:
        path.write_bytes(before)
    names = os.listdir(tmp_path)
    with pytest.raises(error), open_output(path, overwrite=True) as output:
        output.write(FEATURES, NAMES, {})
        assert len(os.listdir(tmp_path)) == len(names) + 1
        raise error
    assert os.listdir(tmp_path) == names
    assert before is None or path.read_bytes() == before


def test_existing_output_is_kept_unless_told_otherwise(tmp_path):
    path = written(tmp_path / "y.npy", "old")
    with pytest.raises(FileExistsError, match=r"y\.npy exists; pass overwrite=True"):
        write(path)
    assert path.read_text() == "old"
    write(path, overwrite=True)
    assert len(np.load(path)) == 10
    assert os.listdir(tmp_path) == ["y.npy"]


@pytest.mark.parametrize("suffix", [".npy", ".csv", ".parquet"])
def test_what_stops_the_block_is_raised_and_nothing_is_completed(
    suffix, tmp_path, capfd
):
    if suffix == ".parquet":
        pytest.importorskip("pyarrow", reason="needs the extra parquet")
    with pytest.raises(KeyboardInterrupt), open_output(tmp_path / f"y{suffix}") as out:
        out.write(FEATURES, NAMES, {})
        out._stream.close()  # as a disk that takes no more
        raise KeyboardInterrupt
    del out
    assert capfd.readouterr().err == ""
    assert list(tmp_path.iterdir()) == []


def test_a_stop_while_parquet_is_started_is_raised_as_it_is(tmp_path, pq, monkeypatch):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(pq, "ParquetWriter", stop)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "y.parquet")
    assert list(tmp_path.iterdir()) == []


def test_output_has_the_permissions_of_any_new_file(tmp_path):
    write(tmp_path / "y.npy")
    written(tmp_path / "plain", "")
    assert (tmp_path / "y.npy").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_unusable_targets_are_refused_first(tmp_path):
    (tmp_path / "d.npy").mkdir()
    for path, error, message in (
        (tmp_path / "y.npz", ValueError, r"unknown suffix '\.npz'; can write \.npy"),
        (tmp_path / "d.npy", IsADirectoryError, "is a folder"),
        (tmp_path / "no" / "y.npy", FileNotFoundError, r"no: no such folder; create"),
    ):
        with pytest.raises(error, match=message), open_output(path):
            pass


def test_rows_that_do_not_fit_their_names_are_refused(tmp_path):
    with open_output(tmp_path / "y.csv") as output:
        with pytest.raises(ValueError, match=r"shape \(10, 4\); expected 3 columns"):
            output.write(FEATURES, NAMES[:3], {})
        with pytest.raises(ValueError, match=r"\['f0'\] would appear more than once"):
            output.write(FEATURES, NAMES, {"f0": np.arange(10)})
        output.write(FEATURES, NAMES, {})
        with pytest.raises(ValueError, match="output columns changed from"):
            output.write(FEATURES, NAMES, {"id": np.arange(10)})


def test_a_header_with_an_index_column_asks_for_key_columns(tmp_path):
    path = tmp_path / "pandas.csv"
    path.write_text(",0,1,2\n0,1.5,2.5,3.5\n1,4.5,5.5,6.5\n")
    with pytest.raises(ValueError, match=r"line 1: .*--key-columns 1"):
        list(open_panels(path))
    (chunk,) = open_panels(path, key_columns=1)
    assert [list(series) for series in chunk.panel] == [
        [1.5, 2.5, 3.5],
        [4.5, 5.5, 6.5],
    ]
