"""Files of series from strangers: numbers or a ValueError, and nothing left behind."""

from __future__ import annotations

import codecs
import io
import itertools
import json
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from timenet_sklearn import TimeNetTransformer
from timenet_sklearn.files import embed_file
from timenet_sklearn.files.reading import open_panels

SUFFIXES = [".npy", ".npz", ".csv", ".tsv", ".ts", ".parquet"]
TABLE = np.round(np.random.default_rng(0).standard_normal((5, 6)), 3)
TEXT = "\n".join(",".join(map(str, row)) for row in TABLE.tolist())
UCR18 = TimeNetTransformer(weights="ucr18", missing="interpolate", n_jobs=1)


def sound_files(suffix: str, path: Path) -> list[bytes]:
    """Return contents of several sound files of one format."""
    if suffix in (".csv", ".tsv"):
        contents = [
            TEXT,
            "a,b,c,d,e,f\n" + TEXT,
            '"1","2.5",3\n4,,NA\n',
            "1\n2\n3,4,5\n",
        ]
        swapped = [
            text if suffix == ".csv" else text.replace(",", "\t") for text in contents
        ]
        return [text.encode() for text in swapped]
    if suffix == ".ts":
        head = "@timeStamps false\n@univariate {}\n@classLabel true a b\n@data\n"
        lines = TEXT.split("\n")
        one = "\n".join(f"{line}:a" for line in lines)
        two = "\n".join(f"{line}:{line}:b" for line in lines)
        return [
            (head.format("true") + one).encode(),
            (head.format("false") + two).encode(),
        ]
    if suffix == ".parquet":
        return _parquet_files()
    contents = []
    for array in (TABLE, TABLE.reshape(5, 2, 3).astype("f4"), np.asfortranarray(TABLE)):
        stream = io.BytesIO()
        save = {".npy": np.save, ".npz": np.savez}[suffix]
        save(stream, array)
        contents.append(stream.getvalue())
    if suffix == ".npz":
        stream = io.BytesIO()
        np.savez_compressed(stream, X_a=TABLE, X_b=TABLE, y=np.arange(5))
        contents.append(stream.getvalue())
    return contents


def _parquet_files() -> list[bytes]:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    lists = [list(row[: i + 1]) for i, row in enumerate(TABLE)]
    tables = [
        pa.table({"id": list("abcde"), "x": lists, "y": lists}),
        pa.table({f"t{i}": column for i, column in enumerate(TABLE.T)}),
    ]
    contents = []
    for table in tables:
        for options in ({}, {"compression": "zstd", "data_page_version": "2.0"}):
            stream = io.BytesIO()
            pq.write_table(table, stream, **options)
            contents.append(stream.getvalue())
    return contents


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """Cut, flip, splice, drop, double or overwrite bytes; once or a few times."""
    junk = [b"\0", b"\xff\xfe", b"\xe9", b'"', b",", b":", b"\n", b"\r", b"9" * 400]
    junk += [
        b"1e999",
        b"nan",
        b"-",
        b"@data\n",
        b"\x80\x04K\x01.",
        "\N{FULLWIDTH DIGIT ONE}".encode(),
        b"0x1",
    ]
    for _ in range(rng.integers(1, 4)):
        a, b = sorted(rng.integers(0, len(content) + 1, 2))
        kind = rng.integers(8)
        if kind == 0:
            content = content[:a]
        elif kind in (1, 2) and content:
            at = min(a, len(content) - 1)
            flipped = content[at] ^ int(rng.integers(1, 256))
            content = content[:at] + bytes([flipped]) + content[at + 1 :]
        elif kind == 3:
            content = content[:a] + content[min(b, a + 9) :]
        elif kind == 4:
            content = content[:b] + content[a:]
        elif kind == 5:
            content = content[:a] + junk[rng.integers(len(junk))] + content[a:]
        elif kind == 6:
            content = content[:a] + rng.bytes(8) + content[a + 8 :]
        else:
            number = struct.pack(
                "<Q", int(rng.integers(2**63)) >> int(rng.integers(63))
            )
            content = content[:a] + number + content[a + 8 :]
    return content


def read_all(path: Path, key_columns: int) -> int:
    """Read a file to its end, or to a thousandth chunk; return the number of series."""
    n_rows = 0
    panels = open_panels(path, chunk_rows=2, key_columns=key_columns)
    # a Zarr array of a huge shape and few chunks is sound: fill values, for days
    for chunk in itertools.islice(panels, 1000 if path.is_file() else 20):
        assert all(len(column) == len(chunk.panel) for column in chunk.keys.values())
        for series in chunk.panel:
            assert isinstance(series, np.ndarray) and series.dtype.kind in "fiub"
            assert series.ndim in (1, 2)
        n_rows += len(chunk.panel)
    return n_rows


def outcome(call: Callable[[], Any], path: Path) -> str:
    """Read or refused; anything but a ValueError that names the file is raised."""
    try:
        call()
    except ValueError as error:
        assert str(error).startswith(str(path)), repr(error)
        return "refused"
    return "read"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_files_are_read_or_refused(suffix, full, tally, tmp_path, witness):
    """Files of each format cut, flipped, spliced and overwritten, to the readers."""
    path = tmp_path / f"x{suffix}"
    sound = sound_files(suffix, tmp_path)
    for content in sound:
        path.write_bytes(content)
        assert read_all(path, 0)  # what is imported lazily is imported now
    for order in ("", "-le", "-be"):  # imported where a file starts with its mark
        codecs.lookup(f"utf-16{order}")
    rng = np.random.default_rng(SUFFIXES.index(suffix))
    for _ in range(4000 if full else 150):
        path.write_bytes(damage(sound[rng.integers(len(sound))], rng))
        key_columns = int(rng.integers(2))
        with witness.watching():
            tally[outcome(lambda keys=key_columns: read_all(path, keys), path)] += 1
    assert not witness.outside(tmp_path)
    # NumPy reads the headers of its arrays with ast.literal_eval: no code is run
    assert not witness.code
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_damaged_files_leave_no_half_output(suffix, full, tally, tmp_path):
    """Damaged files of each format, to embed_file."""
    path, target = tmp_path / f"x{suffix}", tmp_path / "y.csv"
    sound = sound_files(suffix, tmp_path)
    rng = np.random.default_rng(10 + SUFFIXES.index(suffix))
    for _ in range(300 if full else 15):
        path.write_bytes(damage(sound[rng.integers(len(sound))], rng))
        verdict = outcome(lambda: embed_file(path, target, UCR18, chunk_rows=2), path)
        tally["embedded" if verdict == "read" else verdict] += 1
        left = {found.name for found in tmp_path.iterdir()}
        assert left == ({path.name, target.name} if verdict == "read" else {path.name})
        target.unlink(missing_ok=True)


# ---------------------------------------------------------------------- Zarr arrays


def sound_arrays(folder: Path) -> list[dict[str, bytes]]:
    """Return the files of several sound arrays, by their names; the folder is empty."""
    zarr = pytest.importorskip("zarr")
    old = {"zarr_format": 2, "chunks": (2, 6)}
    arrays = []
    for options in (
        {"chunks": (2, 3)},
        {"chunks": (1, 6), "shards": (2, 6)},
        {"chunks": (2, 6), "compressors": None},
        {"chunks": (2, 6), "compressors": zarr.codecs.GzipCodec()},
        *({**old, "compressors": {"id": i}} for i in ("zlib", "bz2", "blosc")),
    ):
        zarr.create_array(folder, data=TABLE, **options)
        found = (path for path in folder.rglob("*") if path.is_file())
        arrays.append({str(f.relative_to(folder)): f.read_bytes() for f in found})
        shutil.rmtree(folder)
    return arrays


def write_array(folder: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


# zarr warns of some metadata that it reads all the same
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_zarr_arrays_are_read_or_refused(full, tally, tmp_path, witness):
    """Files of Zarr arrays cut, flipped, spliced and overwritten, to the reader."""
    path = tmp_path / "x.zarr"
    sound = sound_arrays(path)
    for files in sound:
        write_array(path, files)
        assert read_all(path, 0) == len(TABLE)
    for order in ("le", "be"):  # of text, which NumPy imports when it gets there
        codecs.lookup(f"utf-32-{order}")
    rng = np.random.default_rng(0)
    for _ in range(4000 if full else 60):
        files = dict(sound[rng.integers(len(sound))])
        about = "zarr.json" if "zarr.json" in files else ".zarray"
        name = about if rng.integers(2) else sorted(files)[-1]
        files[name] = damage(files[name], rng)
        write_array(path, files)
        with witness.watching():
            tally[outcome(lambda: read_all(path, 0), path)] += 1
        assert sorted(tmp_path.iterdir()) == [path]
    assert not witness.outside(tmp_path)
    assert not witness.code


# --------------------------------------------------------------- files made to harm


def npy(
    shape: Any, dtype: Any = "<f8", data: bytes = b"\0" * 64, order: Any = False
) -> bytes:
    header = repr({"descr": dtype, "fortran_order": order, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


class Verbatim(str):
    """Text that a header shows without quotes."""

    __repr__ = str.__str__


def npz(member: bytes, **names: Any) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(names.get("name", "X.npy"), member)
    return stream.getvalue()


def pickled() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.array([["a", None]], dtype=object), allow_pickle=True)
    return stream.getvalue()


SHAPES = [(), (4,), (0, 3), (3, 0), (2, 0, 3), (-1, 8), (2**31, 2**31), (2**40, 8)]
SHAPES += [(8, 2**40), (2**32, 2**32, 2), (1, 2**62), (1, 2, 2, 2), (True, 8), (2.0, 4)]
SHAPES += [10**30, (10**30, 1), "x", None, (("a",), 2)]
DTYPES = [
    "|O",
    "<U4",
    "<M8[s]",
    "<c16",
    "|V8",
    "x",
    "",
    [("a", "<f8")],
    3,
    "<f3",
    "O" * 9,
]
LINE = ",".join(["0.5"] * 1_000_000)
HEAD = "@timeStamps false\n@univariate true\n@classLabel true a\n@data\n"
HARM: dict[str, tuple[str, bytes]] = {
    **{f"npy {shape}": (".npy", npy(shape)) for shape in SHAPES},
    **{f"npz {shape}": (".npz", npz(npy(shape))) for shape in SHAPES},
    **{f"npy F {shape}": (".npy", npy(shape, order=True)) for shape in SHAPES},
    **{f"npz F {shape}": (".npz", npz(npy(shape, order=True))) for shape in SHAPES},
    **{f"npy {dtype}": (".npy", npy((2, 4), dtype)) for dtype in DTYPES},
    **{f"npz {dtype}": (".npz", npz(npy((2, 4), dtype))) for dtype in DTYPES},
    "npy pickle": (".npy", pickled()),
    "npz pickle": (".npz", npz(pickled())),
    "npz of text": (".npz", npz(b"X" * 99)),
    "npz name out": (".npz", npz(npy((2, 4)), name="../../X.npy")),
    "npz bomb": (".npz", npz(npy((1, 2**30), "|i1", b"\0" * 2**20))),
    "header code": (".npy", npy("__import__('os').system('touch hacked')")),
    "header of minuses": (".npy", npy(Verbatim("-" * 4000 + "1"))),
    "header of additions": (".npy", npy(Verbatim("1" + "+1" * 4000))),
    "header of brackets": (".npy", npy(Verbatim("[" * 150 + "]" * 150))),
    "header of Python 2": (".npy", npy(Verbatim("(2L, 4L)"))),
    "header deep": (".npy", npy("(" * 3000 + ")" * 3000)),
    **{f"{s} empty": (s, b"") for s in SUFFIXES},
    **{f"{s} zeros": (s, b"\0" * 999) for s in SUFFIXES},
    **{f"{s} ones": (s, b"\xff" * 999) for s in SUFFIXES},
    **{f"{s} newlines": (s, b"\n\r\n\x0b\x0c" * 99) for s in SUFFIXES},
    **{f"{s} is a pickle": (s, b"\x80\x04cos\nsystem\n.") for s in SUFFIXES},
    **{
        f"{suffix} in {encoding}": (suffix, text.encode(encoding))
        for encoding in ("utf-16", "utf-32", "utf-7", "cp500")
        for suffix, text in ((".csv", TEXT), (".tsv", TEXT), (".ts", HEAD + TEXT))
    },
    "csv latin-1 in line 3": (".csv", "1,2\n3,4\n\xe9,5\n".encode("latin-1")),
    "csv two encodings": (".csv", b"1,2\n" + "3,4\n".encode("utf-16")),
    "csv surrogates": (".csv", b"1,2\n\xed\xa0\x80,3\n"),
    "csv wide": (".csv", LINE.encode()),
    "csv wide text": (".csv", b"1,2\n" + LINE.replace("0.5", "x").encode()),
    "csv wide blanks": (".csv", b"1,2\n" + b"," * 1_000_000),
    "csv wide quote": (".csv", b'1,2\n"' + LINE.encode()),
    "csv wide cell": (".csv", b"1,2\n" + b"9" * 1_000_000),
    "csv wide key": (".csv", b"9" * 1_000_000 + b",1,2\n"),
    "tsv wide": (".tsv", LINE.replace(",", "\t").encode()),
    "ts wide": (".ts", f"{HEAD}{LINE}:a\n".encode()),
    "ts many channels": (".ts", f"{HEAD}{LINE.replace(',', ':')}:a\n".encode()),
    "ts long header": (".ts", b"@" + b"x" * 1_000_000 + b"\n@data\n1:a\n"),
    **{
        f"ts {tag[:40]}": (".ts", f"{tag}\n{HEAD}1,2:a\n".encode())
        for tag in (
            "@dimensions x",
            "@dimensions 99999999999999999999",
            "@dimensions \N{SUPERSCRIPT TWO}",
            "@dimensions " + "9" * 5000,
            "@equalLength true\n@seriesLength 0",
            "@equalLength true\n@seriesLength 99999999999999999999",
            "@",
            "@ @ @",
        )
    },
    "ts multivariate": (
        ".ts",
        HEAD.replace("ate true", "ate false").encode() + b"1:2:3\n4:a\n",
    ),
    "ts no label": (".ts", HEAD.encode() + b"1,2\n"),
    "ts dimensions": (
        ".ts",
        HEAD.replace("@univariate true", "@univariate false\n@dimensions 0").encode()
        + b"1:a\n",
    ),
    **{
        f"ts dimensions {n[:20]}": (
            ".ts",
            HEAD.replace("@univariate true", f"@dimensions {n}").encode() + b"1:a\n",
        )
        for n in (
            "1",
            "2",
            "9" * 5000,
            "\N{SUPERSCRIPT TWO}",
            "\N{ARABIC-INDIC DIGIT ONE}",
        )
    },
    "csv Arabic digits": (".csv", "\N{ARABIC-INDIC DIGIT ONE},2\n".encode()),
    "csv hex": (".csv", b"0x10,2\n"),
    "csv underscore": (".csv", b"1_0,2\n"),
    "csv huge": (".csv", b"1e999,-1e999\n1,2\n"),
}

_CHILD = """
import json, resource, sys
from pathlib import Path
from timenet_sklearn.files.reading import open_panels

def read(path, keys):
    for chunk in open_panels(path, key_columns=keys):
        len(chunk.panel)

root = Path(sys.argv[1])
read(root / "sound.parquet", 0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
outcomes = {}
for path in sorted(root.glob("[0-9]*")):
    for keys in (0, 1):
        try:
            read(path, keys)
            outcome = "read"
        except ValueError as error:
            ours = str(error).startswith(str(path))
            outcome = "refused" if ours else repr(error)[:300]
        except Exception as error:
            outcome = repr(error)[:300]
        outcomes[f"{path.stem} {keys}"] = outcome
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"outcomes": outcomes, "kilobytes": grown}))
"""


def test_files_made_to_harm_are_read_or_refused(tmp_path, tally):
    """Shapes, dtypes, pickles, bombs, encodings, 10^6 cells a line, to the readers."""
    (tmp_path / "sound.parquet").write_bytes(sound_files(".parquet", tmp_path)[0])
    for i, (suffix, content) in enumerate(HARM.values()):
        (tmp_path / f"{i:03}{suffix}").write_bytes(content)
    before = sorted(tmp_path.iterdir())
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _CHILD, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    outcomes = {
        f"{name}, {keys} keys": report["outcomes"][f"{i:03} {keys}"]
        for i, name in enumerate(HARM)
        for keys in (0, 1)
    }
    wrong = {
        n: found for n, found in outcomes.items() if found not in ("read", "refused")
    }
    assert not wrong
    assert report["kilobytes"] < 400_000
    assert sorted(tmp_path.iterdir()) == before
    for found in outcomes.values():
        tally[found] += 1
    for name in ("npy pickle", "npz pickle", "header code", "csv two encodings"):
        assert outcomes[f"{name}, 0 keys"] == "refused"
