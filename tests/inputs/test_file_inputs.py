"""Files as people have them: read as their owner means them, or refused with advice.

A case: name of the file, content, options, and what must come of it: the series, or the
words of the error. Keys that are carried over stand beside the series.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from timenet_sklearn.files.reading import open_panels

NAN = np.nan
A, B, C = [1.5, 2.5, 4.0], [3.5, 1.0, 2.25], [0.5, 7.0, 6.5]
ROWS = [A, B, C]
LABELS = {"label": ["1", "2", "1"]}
FIRST = {"key_1": ["1", "2", "1"]}
LAST = {"key_4": ["1", "2", "1"]}


def table(*lines: str) -> str:
    return "\n".join(lines) + "\n"


class Case(NamedTuple):
    name: str
    content: str | bytes
    expected: Any
    options: dict[str, Any] = {}  # noqa: RUF012
    keys: dict[str, list[str]] = {}  # noqa: RUF012


LABELLED = table("1,1.5,2.5,4.0", "2,3.5,1.0,2.25", "1,0.5,7.0,6.5")
AT_END = table("1.5,2.5,4.0,1", "3.5,1.0,2.25,2", "0.5,7.0,6.5,1")
PLAIN = table("1.5,2.5,4.0", "3.5,1.0,2.25", "0.5,7.0,6.5")
HEADED = table("label,t0,t1,t2", *LABELLED.splitlines())
TS = "@timeStamps {}\n@classLabel {}\n@data\n"
ARFF = "@relation r\n@attribute t0 numeric\n@attribute t1 REAL\n@attribute t2 numeric\n"
LIKE_KEYS = r"as ids and labels do\. Pass key_columns="
NAMED_KEYS = r"columns \['{}'\] look like keys.*Pass key_columns="

CASES = {
    # --- K1: labels and ids
    "UCR tsv": Case("X_TRAIN.tsv", LABELLED.replace(",", "\t"), LIKE_KEYS + "1 "),
    "UCR tsv, key said": Case(
        "X_TRAIN.tsv", LABELLED.replace(",", "\t"), ROWS, {"key_columns": 1}, FIRST
    ),
    "UCR tsv, none said": Case(
        "X.tsv",
        LABELLED.replace(",", "\t"),
        [[1, *A], [2, *B], [1, *C]],
        {"key_columns": 0},
    ),
    "UCR 2015, no suffix": Case("X_TRAIN", LABELLED, LIKE_KEYS),
    "UCR 2015, no suffix, said": Case(
        "X_TRAIN", LABELLED, ROWS, {"key_columns": 1}, FIRST
    ),
    "UCR 2015, blanks": Case(
        "X_TRAIN.txt",
        "  " + LABELLED.replace(",", "   ").replace("\n", "\n  "),
        ROWS,
        {"key_columns": 1},
        FIRST,
    ),
    "UCR with labels as floats": Case(
        "x.txt", table("1.0e+00 1.5 2.5 4", "-1.0e+00 3.5 1.0 2.25") * 2, LIKE_KEYS
    ),
    "one class only": Case("x.tsv", table("1\t0.5\t2.5", "1\t1.5\t0.1"), LIKE_KEYS),
    "label at the end": Case("x.csv", AT_END, r"the last column .*key_columns=-1 "),
    "label at the end, said": Case("x.csv", AT_END, ROWS, {"key_columns": -1}, LAST),
    "keys at both ends": Case(
        "x.csv",
        table("a,1.5,2.5,4.0,x", "b,3.5,1.0,2.25,y"),
        [A, B],
        {"key_columns": [1, -1]},
        {"key_1": ["a", "b"], "key_5": ["x", "y"]},
    ),
    "text label at the end": Case(
        "x.csv", table("1.5,2.5,4.0,up", "3.5,1.0,2.25,down"), r"the last column holds"
    ),
    "text id first": Case("x.csv", table("a,1.5,2.5", "b,3.5,1.0"), "the first column"),
    "counted rows": Case("x.csv", table("0,1,7", "1,5,2", "2,9,9"), LIKE_KEYS),
    "few whole labels beside counts": Case(
        "x.csv",
        table(*(f"{i % 2},{3 * i},{i * i},{i * 7 % 11}" for i in range(20))),
        LIKE_KEYS,
    ),
    "counts alone": Case(
        "x.csv", table("5,1,7", "1,5,2", "4,9,9"), [[5, 1, 7], [1, 5, 2], [4, 9, 9]]
    ),
    "header with label": Case("x.csv", HEADED, NAMED_KEYS.format("label")),
    "header with label, by name": Case(
        "x.csv", HEADED, ROWS, {"key_columns": "label"}, LABELS
    ),
    "header with label, by number": Case(
        "x.csv", HEADED, ROWS, {"key_columns": 1}, LABELS
    ),
    "header with label, by list": Case(
        "x.csv", HEADED, ROWS, {"key_columns": ["label"]}, LABELS
    ),
    "no such name": Case(
        "x.csv", HEADED, r"key_columns has \['y'\]; there are", {"key_columns": "y"}
    ),
    "a name without a header": Case(
        "x.csv", LABELLED, r"there are no header with names", {"key_columns": "label"}
    ),
    "more keys than columns": Case("x.csv", PLAIN, "only 3", {"key_columns": 4}),
    "one key said, another there": Case(
        "x.csv",
        table("id,label,t0,t1", "7,1,1.5,2.5", "9,2,3.5,1.0"),
        NAMED_KEYS.format("label"),
        {"key_columns": "id"},
    ),
    "label in the middle, by name": Case(
        "x.csv",
        table("t0,y,t1", "1.5,p,2.5", "3.5,q,1.0"),
        [A[:2], B[:2]],
        {"key_columns": "y"},
        {"y": ["p", "q"]},
    ),
    **{
        f"header with {name}": Case(
            "x.csv", HEADED.replace("label", name), NAMED_KEYS.format(name)
        )
        for name in (
            "id",
            "class",
            "target",
            "time",
            "date",
            "Unnamed: 0",
            "machine_id",
        )
    },
    "header with something odd": Case(
        "x.csv", HEADED.replace("label", "height"), NAMED_KEYS.format("height")
    ),
    "pandas index": Case("x.csv", HEADED.replace("label", ""), "first cell is empty"),
    "two sensors": Case(
        "x.csv",
        table("a0,a1,b0,b1", "1.5,2.5,4.0,1", "3.5,1.0,2.25,2"),
        "several channels",
    ),
    "steps out of order": Case(
        "x.csv", table("t0,t2,t1", "1.5,2.5,4.0"), "no successive steps"
    ),
    # --- K2, K3: recordings and readings
    "readings": Case(
        "x.csv", table("machine,time,value", "a,1,2.5", "a,2,3.5"), "--long id="
    ),
    "recording": Case(
        "x.csv", table("date,sales", "2024-01,1.5", "2024-02,2"), "transpose"
    ),
    "recording, channels": Case(
        "x.csv", table("acc,gyro", "1,2.5", "3,4"), "--long id="
    ),
    "recording without header": Case(
        "x.csv", table(*(f"{i},{i * 0.5}" for i in range(12))), "one recording"
    ),
    "a column of values": Case(
        "x.txt", table(*(f"{i * 0.5}" for i in range(12))), "one recording"
    ),
    # --- K5: headers
    "years": Case(
        "x.csv",
        table("country,1990,1991,1992", "de,1.5,2.5,4.0"),
        "counts evenly",
        {"key_columns": 1},
    ),
    "years, yes": Case(
        "x.csv",
        table("country,1990,1991,1992", "de,1.5,2.5,4.0"),
        [A],
        {"key_columns": 1, "header": True},
        {"country": ["de"]},
    ),
    "years over numbers": Case(
        "x.csv",
        table("code,1990,1991,1992", "7,1.5,2.5,4.0", "8,3.5,1.0,2.25"),
        [A, B],
        {"key_columns": "code"},
        {"code": ["7", "8"]},
    ),
    "1..3 as header": Case("x.csv", "1,2,3\n" + PLAIN, "counts evenly"),
    "1..3 as header, yes": Case("x.csv", "1,2,3\n" + PLAIN, ROWS, {"header": True}),
    "1..3 as header, no": Case(
        "x.csv", "1,2,3\n" + PLAIN, [[1, 2, 3], *ROWS], {"header": False}
    ),
    "seconds as header": Case("x.csv", "0.00,0.01,0.02\n" + PLAIN, "counts evenly"),
    "pandas header": Case("x.csv", "0,1,2\n" + PLAIN, ROWS),
    "dates as header": Case(
        "x.csv", "2024-01-01,2024-01-02,2024-01-03\n" + PLAIN, ROWS
    ),
    "header t0": Case("x.csv", "t0,t1,t2\n" + PLAIN, ROWS),
    "no header": Case("x.csv", PLAIN, ROWS),
    "no header, yes": Case(
        "x.csv", PLAIN, ROWS[1:], {"header": True, "key_columns": 0}
    ),
    "first row missing": Case("x.csv", "N/A,N/A,-\n" + PLAIN, "line 1 has no values"),
    "bad cell in the first row": Case(
        "x.csv", "1.5,x,4.0\n" + PLAIN, r"line 1, value 2: .*got 'x'.*--header yes"
    ),
    # --- K9: dialects
    "semicolons": Case("x.csv", PLAIN.replace(",", ";"), ROWS),
    "semicolons, decimal comma": Case(
        "x.csv", PLAIN.replace(",", ";").replace(".", ","), ROWS
    ),
    "tabs, decimal comma": Case(
        "x.tsv", PLAIN.replace(",", "\t").replace(".", ","), ROWS
    ),
    "tabs in csv": Case("x.csv", PLAIN.replace(",", "\t"), ROWS),
    "commas in tsv": Case("x.tsv", PLAIN, ROWS),
    "bars": Case("x.txt", PLAIN.replace(",", "|"), ROWS),
    "comma and blank": Case("x.csv", PLAIN.replace(",", ", "), ROWS),
    "comma at the end": Case("x.csv", PLAIN.replace("\n", ",\n"), ROWS),
    "decimal comma, keys": Case(
        "x.csv",
        table("id;t0;t1", "a;1,5;2,5", "b;3,5;1"),
        [A[:2], B[:2]],
        {"key_columns": "id"},
        {"id": ["a", "b"]},
    ),
    "thousands": Case("x.csv", table("1,000;2,500", "3,000;1,200"), "divide thousands"),
    "quotes": Case("x.csv", PLAIN.replace("1.5", '"1.5"'), ROWS),
    "Windows lines": Case("x.csv", PLAIN.replace("\n", "\r\n").encode(), ROWS),
    "blank lines": Case("x.csv", PLAIN.replace("\n", "\n\n"), ROWS),
    "BOM": Case("x.csv", b"\xef\xbb\xbf" + PLAIN.encode(), ROWS),
    "UTF-16": Case("x.csv", PLAIN.encode("utf-16"), ROWS),
    "latin-1": Case(
        "x.csv", "t\xe9l,t0,t1\n\xe9,1.5,2.5\n".encode("latin-1"), "--encoding latin-1"
    ),
    "latin-1 said": Case(
        "x.csv",
        "t\xe9l,t0,t1\n\xe9,1.5,2.5\n".encode("latin-1"),
        [A[:2]],
        {"encoding": "latin-1", "key_columns": 1},
        {"t\xe9l": ["\xe9"]},
    ),
    "no such encoding": Case("x.csv", PLAIN, "no encoding 'x'", {"encoding": "x"}),
    "packed": Case("x.csv.gz", gzip.compress(PLAIN.encode()), ROWS),
    "packed, cut": Case(
        "x.csv.gz", gzip.compress(PLAIN.encode())[:-9], "not a whole .gz"
    ),
    "not packed": Case("x.csv.gz", PLAIN, "not a whole .gz file"),
    **{
        f"missing as {mark!r}": Case("x.csv", f"1.5,{mark},4.0\n", [[1.5, NAN, 4.0]])
        for mark in ("", "?", "-", "NA", "N/A", "#N/A", "<NA>", "NULL", "None", "NaN")
    },
    "one bad cell": Case("x.csv", PLAIN + "1.5,oops,2\n", r"line 4, value 2: .*'oops'"),
    # --- K9: .ts
    "ts": Case(
        "x.ts",
        TS.format("false", "true a b") + "1.5,2.5,4:a\n",
        [A],
        {},
        {"label": ["a"]},
    ),
    "ts with times": Case(
        "x.ts", TS.format("true", "false") + "(0,1.5),(2,2.5),(4,4.0)\n", [A]
    ),
    "ts with dates": Case(
        "x.ts",
        TS.format("true", "true a") + "(2024-01-01 00:00:00,1.5),"
        "(2024-01-01 01:00:00,2.5),(2024-01-01 02:00:00,4):a\n",
        [A],
        {},
        {"label": ["a"]},
    ),
    "ts with uneven times": Case(
        "x.ts", TS.format("true", "false") + "(0,1.5),(2,2.5),(9,4.0)\n", "even steps"
    ),
    "ts, dimension missing": Case(
        "x.ts",
        TS.format("false", "false") + "1.5,2.5,4:?:3.5,1,2.25\n",
        [[A, [NAN] * 3, B]],
    ),
    "ts, @dimension": Case(
        "x.ts",
        "@dimension 2\n" + TS.format("false", "false") + "1.5,2.5:3.5,1\n",
        [[A[:2], B[:2]]],
    ),
    # --- K9: .arff
    "arff": Case(
        "x.arff",
        ARFF + "@attribute target {1,2}\n@data\n1.5,2.5,4.0,1\n3.5,?,2.25,2\n",
        [A, [3.5, NAN, 2.25]],
        {},
        {"target": ["1", "2"]},
    ),
    "arff of numbers alone": Case("x.arff", ARFF + "@data\n1.5,2.5,4.0\n", [A]),
    "arff, numeric target": Case(
        "x.arff",
        ARFF + "@attribute target numeric\n@data\n1.5,2.5,4.0,7\n",
        NAMED_KEYS.format("target"),
    ),
    "arff, numeric target said": Case(
        "x.arff",
        ARFF + "@attribute target numeric\n@data\n1.5,2.5,4.0,7\n",
        [A],
        {"key_columns": "target"},
        {"target": ["7"]},
    ),
    "arff of channels": Case(
        "x.arff",
        "@relation r\n@attribute rel relational\n@attribute t0 numeric\n"
        "@end rel\n@attribute cls {a,b}\n@data\n'1.5,2.5,4.0\\n3.5,1.0,2.25',a\n",
        [[A, B]],
        {},
        {"cls": ["a"]},
    ),
    "arff, sparse": Case("x.arff", ARFF + "@data\n{0 1.5}\n", "sparse data"),
    "arff, short row": Case("x.arff", ARFF + "@data\n1.5,2\n", r"line 6 has 2 cells"),
    "arff without data": Case("x.arff", ARFF, "no @data"),
    # --- as they come to hand
    "comment above": Case("x.csv", "# from a logger\n% 2024\n" + PLAIN, ROWS),
    "NumPy's header": Case("x.csv", "# t0,t1,t2\n" + PLAIN, ROWS),
    "Excel's first line": Case("x.csv", "sep=;\n" + PLAIN.replace(",", ";"), ROWS),
    "quoted header with BOM": Case("x.csv", '\ufeff"t0","t1","t2"\n' + PLAIN, ROWS),
    "header that ends in a comma": Case("x.csv", "t0,t1,t2,\n" + PLAIN, ROWS),
    "lists in cells": Case(
        "x.csv", table("id,x", '1,"[1.5, 2.5]"', '2,"[3.5, 1.0]"'), "list in brackets"
    ),
    "lists in lines": Case("x.csv", table("[1.5, 2.5]", "[3.5, 1.0]"), "take the br"),
    "numbered sensors": Case(
        "x.csv",
        table("sensor_0,sensor_1,sensor_2", *PLAIN.splitlines()),
        "--long values=sensor_0,sensor_1,sensor_2;",
    ),
    "numbered sensors, said": Case(
        "x.csv",
        table("sensor_0,sensor_1,sensor_2", *PLAIN.splitlines()),
        [list(zip(*ROWS, strict=True))],
        {"long": {"id": [], "time": None, "values": [f"sensor_{i}" for i in range(3)]}},
    ),
    "dates above stores": Case(
        "x.csv",
        table("date,store1,store2", "2024-01-01,1.5,2.5", "2024-01-02,3.5,1.0"),
        "one recording, pass --long time=date",
    ),
    "a name with a blank is quoted": Case(
        "x.csv", HEADED.replace("label", "Unnamed: 0"), "--key-columns 'Unnamed: 0'"
    ),
    "an array, named as text": Case("x.csv", b"\x93NUMPY\x01\0", r"no text: .*\.npy"),
    "Parquet, named as text": Case("x.csv", b"PAR1\0\0", r"no text: .*\.parquet"),
    "packed, named as text": Case("x.csv", gzip.compress(b"1,2"), r"no text: .*\.gz"),
    "some suffix": Case("x.data", PLAIN, r"if it is text, name it \.csv"),
    "long, German dates": Case(
        "x.csv",
        table("id;t;x", *(f"7;{d}.01.2024;{d},5" for d in (30, 31))),
        [[[30.5, 31.5]]],
        {"long": {"id": "id", "time": "t"}},
        {"id": ["7", "7"][:1]},
    ),
    "long, American dates": Case(
        "x.csv",
        table("id,t,x", *(f"7,1/{d}/2024,{d}.5" for d in (30, 31))),
        "table is pandas.read_csv",
        {"long": {"id": "id", "time": "t"}},
    ),
    "long, a bad cell": Case(
        "x.csv",
        table("id,t,x", "7,1,0.5", "7,2,1.5", "7,3,oops"),
        r"'x' holds text, as its row 2 is 'oops'",
        {"long": {"id": "id", "time": "t"}},
    ),
    "long, a mark of what is missing": Case(
        "x.csv",
        table("# log", "id,t,x", "7,1,0.5", "7,2,-", "7,3,1.5"),
        [[[0.5, NAN, 1.5]]],
        {"long": {"id": "id", "time": "t"}},
        {"id": ["7"]},
    ),
    # --- what is not read says what to convert it with
    "Excel": Case("x.xlsx", b"", r"unknown suffix '\.xlsx'.*read_excel"),
    "HDF5": Case("x.h5", b"", "h5py"),
    "MATLAB": Case("x.mat", b"", "loadmat"),
    "Monash": Case("x.tsf", b"", "load_tsf_to_dataframe"),
}


def read(path: Path, **options: Any) -> tuple[list[Any], dict[str, list[Any]]]:
    panel: list[Any] = []
    keys: dict[str, list[Any]] = {}
    for chunk in open_panels(path, **options):
        long = hasattr(chunk.panel, "iloc")
        rows = map(np.stack, chunk.panel.to_numpy()) if long else chunk.panel
        panel.extend(rows)
        for name, column in chunk.keys.items():
            cells = column.to_pylist() if hasattr(column, "cast") else column.tolist()
            keys.setdefault(name, []).extend(cells)
    return panel, keys


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_file_is_read_as_meant_or_refused_with_advice(case, tmp_path):
    path = tmp_path / case.name
    content = case.content
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if isinstance(case.expected, str):
        with pytest.raises(ValueError, match=case.expected) as refused:
            read(path, **case.options)
        assert str(refused.value).startswith(str(path))
        return
    panel, keys = read(path, **case.options)
    assert len(panel) == len(case.expected)
    for series, expected in zip(panel, case.expected, strict=True):
        np.testing.assert_array_equal(series, expected)
    assert keys == case.keys


# ---- arrays

PAIR = {"X": np.array(ROWS), "y": np.array(list("aba"))}
PARTS = {
    "X_train": np.array(ROWS[:2]),
    "y_train": np.array([1, 2]),
    "X_test": np.array(ROWS[2:]),
    "y_test": np.array([1]),
}
ARCHIVES = {
    "labels said": (PAIR, "y", ROWS, {"y": list("aba")}),
    "labels not said": (PAIR, None, ROWS, {}),
    "labels of parts": (
        PARTS,
        "y",
        ROWS,
        {"part": ["train", "train", "test"], "y": [1, 2, 1]},
    ),
    "Keras' names": (
        {name.lower(): array for name, array in PARTS.items()},
        "y",
        ROWS,
        {"part": ["train", "train", "test"], "y": [1, 2, 1]},
    ),
    "no such array": (PAIR, "label", r"'label'; there are the arrays X, y", {}),
    "as many keys as series": (
        {**PAIR, "z": np.arange(4)},
        "z",
        r"z has shape \(4,\).* 3 series",
        {},
    ),
    "a number of keys": (PAIR, 1, "key_columns='y'", {}),
    "other names": (
        {"data": np.array(ROWS), "labels": np.arange(3)},
        None,
        r"numpy.savez\(OUT, X=numpy.load\(IN\)\['data'\]\)",
        {},
    ),
}


@pytest.mark.parametrize(
    ("arrays", "key_columns", "expected", "keys"), ARCHIVES.values(), ids=ARCHIVES
)
def test_an_archive_of_arrays_carries_the_labels_that_are_named(
    arrays, key_columns, expected, keys, tmp_path
):
    np.savez(tmp_path / "x.npz", **arrays)
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=expected):
            read(tmp_path / "x.npz", key_columns=key_columns)
        return
    panel, found = read(tmp_path / "x.npz", key_columns=key_columns)
    np.testing.assert_array_equal(np.array(panel), expected)
    assert found == keys


def test_columns_of_an_array_are_no_keys(tmp_path):
    np.save(tmp_path / "x.npy", ROWS)
    with pytest.raises(ValueError, match=r"numpy.load\(IN\)\[:, 1:\]"):
        read(tmp_path / "x.npy", key_columns=1)
    assert len(read(tmp_path / "x.npy", key_columns=0)[0]) == 3


def test_series_in_an_array_of_objects_go_to_parquet(tmp_path):
    cells = np.empty(2, dtype=object)
    cells[:] = [A, B[:2]]
    np.save(tmp_path / "x.npy", cells)
    with pytest.raises(ValueError, match=r"pandas.DataFrame\({'x': list\(X\)}\)"):
        read(tmp_path / "x.npy")
    pytest.importorskip("pyarrow", reason="needs the extra parquet")
    pd.DataFrame({"x": list(cells)}).to_parquet(tmp_path / "x.parquet")
    first, second = read(tmp_path / "x.parquet")[0]
    assert np.ravel(first).tolist() == A and np.ravel(second).tolist() == B[:2]


# ---- Parquet and Feather


def save(path: Path, columns: dict[str, Any]) -> Path:
    pa = pytest.importorskip("pyarrow", reason="needs the extra parquet")
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        pq.write_table(pa.table(columns), path)
    else:
        import pyarrow.feather

        pyarrow.feather.write_feather(pa.table(columns), path)
    return path


def arrow(values: list[Any], kind: str) -> Any:
    pa = pytest.importorskip("pyarrow", reason="needs the extra parquet")
    kinds = {
        "decimal": pa.decimal128(6, 2),
        "list of decimal": pa.list_(pa.decimal128(6, 2)),
        "list of bool": pa.list_(pa.bool_()),
    }
    return pa.array(values, kinds.get(kind) or kind)


T = {f"t{i}": [row[i] for row in ROWS] for i in range(3)}
TABLES = {
    "steps": (T, {}, ROWS, {}),
    "id of text": ({"id": list("abc"), **T}, {}, ROWS, {"id": list("abc")}),
    "note at the end": ({**T, "note": list("abc")}, {}, ROWS, {"note": list("abc")}),
    "label of numbers": ({"label": [1, 2, 1], **T}, {}, NAMED_KEYS.format("label"), {}),
    "label said": (
        {**T, "label": [1, 2, 1]},
        {"key_columns": -1},
        ROWS,
        {"label": [1, 2, 1]},
    ),
    "something odd": ({**T, "rpm": [1, 2, 1]}, {}, NAMED_KEYS.format("rpm"), {}),
    "nothing is a key": (
        {**T, "rpm": [1, 2, 1]},
        {"key_columns": 0},
        [[*A, 1], [*B, 2], [*C, 1]],
        {},
    ),
    "a cell of text": (
        {**T, "t1": ["1", "oops", "2"]},
        {},
        r"'t1'.*row 1 .*'oops'",
        {},
    ),
    "a cell of text in the last step": (
        {**T, "t2": ["1", "2", "x"]},
        {},
        r"column 't2' .*row 2 \(counted from 0\) is 'x'",
        {},
    ),
    "a step of bools": ({**T, "t1": [True, False, True]}, {}, r"'t1' .* type bool", {}),
    "a step of nulls": (
        {**T, "t1": [None] * 3},
        {},
        [[a, NAN, c] for a, _, c in ROWS],
        {},
    ),
    "a null": (
        {**T, "t1": [1.0, None, 2.0]},
        {},
        [[1.5, 1, 4], [3.5, NAN, 2.25], [0.5, 2, 6.5]],
        {},
    ),
    "readings": (
        {"machine": list("aab"), "time": [1, 2, 1], "v": A},
        {},
        "--long id=",
        {},
    ),
    "all bools": (
        {"t0": [True, False], "t1": [False, False]},
        {},
        [[1, 0], [0, 0]],
        {},
    ),
}


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
@pytest.mark.parametrize(
    ("columns", "options", "expected", "keys"), TABLES.values(), ids=TABLES.keys()
)
def test_a_table_of_arrow_is_read_as_meant_or_refused(
    columns, options, expected, keys, suffix, tmp_path
):
    path = save(tmp_path / f"x{suffix}", columns)
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=expected):
            read(path, **options)
        return
    panel, found = read(path, **options)
    np.testing.assert_array_equal(np.array(panel), expected)
    assert found == keys


@pytest.mark.parametrize("suffix", [".parquet", ".feather"])
@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"t0": ([1, 2], "decimal"), "t1": ([3, 4], "decimal")}, [[1, 3], [2, 4]]),
        ({"t0": ([1, 2], "decimal"), "t1": ([3, 4], "float32")}, [[1, 3], [2, 4]]),
        ({"x": ([[1, 2], [3, 4]], "list of decimal")}, [[1, 2], [3, 4]]),
        ({"x": ([[True, None], [False, True]], "list of bool")}, [[1, NAN], [0, 1]]),
    ],
)
def test_decimals_and_bools_of_arrow_are_numbers(columns, expected, suffix, tmp_path):
    arrays = {name: arrow(*column) for name, column in columns.items()}
    panel, _ = read(save(tmp_path / f"x{suffix}", arrays))
    np.testing.assert_array_equal(np.array(panel), expected)


# ---- a panel that is written and read back is the same to the last bit

FLOATS = st.floats(-1e300, 1e300, allow_subnormal=True)
PANELS = hnp.arrays(
    float, hnp.array_shapes(min_dims=2, max_dims=2, min_side=3), elements=FLOATS
)
SUFFIXES = [
    ".npy",
    ".npz",
    ".csv",
    ".tsv",
    ".txt",
    ".csv.gz",
    ".ts",
    ".arff",
    ".parquet",
    ".feather",
]


def write(path: Path, panel: np.ndarray, suffix: str) -> None:
    lines = [",".join(map(repr, row)) for row in panel.tolist()]
    heads = {
        ".ts": "@univariate true\n@classLabel false\n@data\n",
        ".arff": "@relation r\n"
        + "".join(f"@attribute t{i} numeric\n" for i in range(panel.shape[1]))
        + "@data\n",
    }
    if suffix == ".npy":
        np.save(path, panel)
    elif suffix == ".npz":
        np.savez(path, X=panel)
    elif suffix in (".parquet", ".feather"):
        save(path, {f"t{i}": column for i, column in enumerate(panel.T)})
    else:
        text = heads.get(suffix, "") + "\n".join(lines) + "\n"
        text = text.replace(",", {".tsv": "\t", ".txt": " "}.get(suffix, ","))
        path.write_bytes(
            gzip.compress(text.encode()) if suffix.endswith("gz") else text.encode()
        )


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(panel=PANELS)
def test_a_panel_written_and_read_back_has_the_same_bits(suffix, tmp_path, panel):
    path = tmp_path / f"x{suffix}"
    write(path, panel, suffix)
    found, keys = read(path, key_columns=0, header=False)
    assert np.array(found, float).tobytes() == panel.tobytes()
    assert not keys
