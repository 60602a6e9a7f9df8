"""Any panel gives finite float32 of the right shape, or an error that we documented."""

from __future__ import annotations

import pickle
import sys
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.files import embed_file

REAL = ["f8", "f4", "f2", ">f8", "g", "i1", "i2", "i4", "i8", "u1", "u8", "?"]
OTHER = ["c8", "c16", "U5", "S3", "M8[s]", "m8[ns]", "V8"]
MAGNITUDES = [1.0, 1e-300, 5e-324, 1e-310, 1e-45, 1e-30, 1e30, 3e38, 1e39, 1e154, 1e300]
OFFSETS = [0.0, 1.0, -1e9, 1e16, -1e150, 1e300, 1e308]
CURVES = ["noise", "sine", "constant", "step", "spike", "alternating", "extremes"]
HOLES = ["none", "trailing", "leading", "inside", "channel", "series", "all", "inf"]
LAYOUTS = [
    "C",
    "F",
    "reversed",
    "strided",
    "read-only",
    "mapped",
    "swapped",
    "repeated",
]
FORMS = [
    *["array"] * 8,
    "arrays",
    "lists",
    "tuple of arrays",
    "array of objects",
    "array of arrays",
    "exact numbers",
    "masked",
    "pandas",
    "nullable pandas",
    "pandas of arrays",
    "polars",
    "polars of lists",
    "arrow",
]


@dataclass(frozen=True)
class Case:
    """A panel and a way of embedding it, in words."""

    n_samples: int
    n_channels: int  # 0: an array of two dimensions
    length: int
    dtype: str
    curve: str
    magnitude: float
    offset: float
    hole: str
    layout: str
    form: str
    seed: int
    parameters: dict[str, Any]

    def values(self) -> np.ndarray:
        """Values before they take a dtype and a form, (n_samples, ..., length)."""
        rng = np.random.default_rng(self.seed)
        shape = (self.n_samples, max(1, self.n_channels), self.length)
        steps = np.arange(self.length)
        noise = rng.standard_normal(shape)
        limits = [0.0, -0.0, 5e-324, 1.0, 2.0**63, 1.7e308, -1.7e308, 3.4e38, 1e-38]
        curve = {
            "noise": noise,
            "sine": np.sin(steps * rng.uniform(0, 3, (*shape[:2], 1))),
            "constant": np.ones(shape),
            "step": np.where(steps < self.length // 2, 0.0, noise[..., :1]),
            "spike": np.where(steps == self.length // 2, 1.0, 0.0 * noise),
            "alternating": np.where(steps % 2, 1.0, -1.0 + 0.0 * noise),
            "extremes": rng.choice(limits, shape),
        }[self.curve]
        with np.errstate(over="ignore"):
            values = curve * self.magnitude + self.offset
        values = np.clip(values, -1.79e308, 1.79e308)
        self._make_holes(values, rng)
        return values if self.n_channels else values[:, 0]

    def _make_holes(self, values: np.ndarray, rng: np.random.Generator) -> None:
        row, start = rng.integers(self.n_samples), rng.integers(self.length)
        if self.hole == "trailing":
            for series in values:
                series[:, rng.integers(1, self.length + 1) :] = np.nan
        elif self.hole == "leading":
            values[row, :, :start] = np.nan
        elif self.hole == "inside":
            values[rng.random(values.shape) < 0.2] = np.nan
        elif self.hole == "channel":
            values[row, 0] = np.nan
        elif self.hole == "series":
            values[row] = np.nan
        elif self.hole == "all":
            values[:] = np.nan
        elif self.hole == "inf":
            values[row, 0, start] = rng.choice([np.inf, -np.inf])

    def array(self, folder: Any) -> np.ndarray:
        """Values as an array of the dtype and layout."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # NaN as an integer, complex as text
            if self.dtype == "V8":
                array = self.values().view("V8")
            elif self.dtype in ("M8[s]", "m8[ns]"):
                array = self.values().astype("i8").astype(self.dtype)
            else:
                array = self.values().astype(self.dtype)
        return _laid_out(array, self.layout, folder)

    def accepted(self, array: np.ndarray) -> bool:
        """Whether nothing is wrong with it by what the documentation says."""
        if array.dtype.kind not in "fiub" or self.hole not in ("none", "trailing"):
            return False
        with np.errstate(over="ignore"):
            values = np.abs(array.astype(np.float64))
        most = sys.float_info.max if self.parameters["normalize"] else 1e25
        return not (values > most).any()


def _laid_out(array: np.ndarray, layout: str, folder: Any) -> np.ndarray:
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "reversed":
        return np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    if layout == "strided":
        wide = np.repeat(array, 3, axis=-1)
        return wide[..., ::3]
    if layout == "read-only":
        array.flags.writeable = False
    elif layout == "mapped":
        path = folder / "mapped"
        array.tofile(path)
        return np.memmap(path, array.dtype, "r", shape=array.shape)
    elif layout == "swapped":
        return np.ascontiguousarray(array.swapaxes(0, -1)).swapaxes(0, -1)
    elif layout == "repeated":
        return np.broadcast_to(array[:1], array.shape)
    return array


def _formed(array: np.ndarray, form: str) -> Any:
    """Give an array another form that users have."""
    if form == "array":
        return array
    if form in ("arrays", "tuple of arrays", "array of arrays", "lists"):
        # cut, so that lengths differ
        series = [row[..., : max(1, row.shape[-1] - i)] for i, row in enumerate(array)]
        if form == "array of arrays":
            cells = np.empty(len(series), dtype=object)
            cells[:] = series if len(series) > 1 else [None]
            if len(series) == 1:
                cells[0] = series[0]
            return cells
        if form == "lists":
            return [row.tolist() for row in series]
        return tuple(series) if form[0] == "t" else series
    if form == "array of objects":
        cells = array.astype(object)
        cells.flat[:: max(1, cells.size // 3)] = array.flat[0].item()
        return cells
    if form == "exact numbers":
        kinds = (Decimal, Fraction, float)
        cells = np.empty(array.shape, dtype=object)
        for i, value in enumerate(array.flat):
            whole = array.dtype.kind in "fiub" and np.isfinite(value)
            cells.flat[i] = kinds[i % 3](float(value)) if whole else None
        return cells
    if form == "masked":
        return np.ma.masked_invalid(array) if array.dtype.kind == "f" else array
    return _table(array, form)


def _table(array: np.ndarray, form: str) -> Any:
    """Make a table, as far as its library knows the dtype."""
    pandas = pytest.importorskip("pandas", reason="makes data frames")
    rows = array if array.ndim == 2 else array[:, 0]
    if form == "pandas of arrays":
        return pandas.DataFrame({"x": list(rows), "y": list(rows)})
    if rows.dtype.kind not in "fiub" or rows.dtype.char in "ge" or rows.shape[1] > 300:
        return pandas.DataFrame(rows[:, :300].astype(object))
    rows = np.ascontiguousarray(rows, rows.dtype.newbyteorder("="))
    frame = pandas.DataFrame(rows).rename(columns=str)
    if form == "pandas":
        return frame
    if form == "nullable pandas":
        with np.errstate(invalid="ignore"):
            return frame.convert_dtypes()
    if form == "arrow":
        return pytest.importorskip("pyarrow", reason="makes Arrow tables").table(
            dict(frame.items())
        )
    polars = pytest.importorskip("polars", reason="makes polars frames")
    if form == "polars of lists":
        return polars.DataFrame({"x": list(rows.astype(np.float64))})
    return polars.DataFrame({name: column.to_numpy() for name, column in frame.items()})


def _some(values: list[Any]) -> st.SearchStrategy[Any]:
    """Draw the first half of the time, any the other half."""
    return st.just(values[0]) | st.sampled_from(values)


LENGTHS = st.integers(1, 24) | st.integers(0, 1000).map(
    lambda k: int(5000 ** (k / 1000))
)
EXPONENTS = st.integers(-323, 300).map(lambda k: 10.0**k)
PARAMETERS = st.fixed_dictionaries(
    {
        "normalize": st.sampled_from([True, True, False]),
        "missing": st.sampled_from(["error", "interpolate"]),
        "pooling": st.sampled_from(["last", "mean", ("std", "last"), POOLED]),
        "layers": st.sampled_from(["all", 1, (3, 1)]),
        "n_jobs": st.sampled_from([None, 1, 2]),
    }
)
CASES = st.builds(
    Case,
    n_samples=st.integers(1, 5),
    n_channels=st.integers(0, 3),
    length=LENGTHS,
    dtype=_some(REAL) | st.sampled_from(REAL) | st.sampled_from(REAL + OTHER),
    curve=st.sampled_from(CURVES),
    magnitude=_some(MAGNITUDES) | EXPONENTS,
    offset=_some(OFFSETS) | EXPONENTS,
    hole=_some(HOLES),
    layout=st.sampled_from(LAYOUTS),
    form=st.sampled_from(FORMS),
    seed=st.integers(0, 2**32 - 1),
    parameters=PARAMETERS,
)


def examples(number: int, start: str) -> Callable[[Any], Any]:
    """Run as many examples, each time the same; others for another start."""
    chosen = settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    return lambda check: seed(zlib.crc32(start.encode()))(chosen(check))


def content_of(X: Any) -> Any:
    """Return all that is in X, to be compared."""
    if not hasattr(X, "iloc"):
        return pickle.dumps(X)
    cells = (cell for column in X for cell in X[column])  # pandas' pickles vary
    return [getattr(cell, "tobytes", cell.__repr__)() for cell in cells]


def outcome_of(call: Any, X: Any, prefix: str = "TimeNetTransformer: ") -> Any:
    """Return what a call returns, or the documented error; X must stay as it was."""
    before = content_of(X)
    try:
        return call(X)
    except (ValueError, TypeError) as error:
        assert str(error).startswith(prefix), repr(error)
        return error
    finally:
        assert content_of(X) == before


def is_embedding(found: Any, n_rows: int, n_columns: int) -> bool:
    return (
        isinstance(found, np.ndarray)
        and found.dtype == np.float32
        and found.shape == (n_rows, n_columns)
        and bool(np.isfinite(found).all())
    )


def n_channels_of(X: Any) -> int:
    """Channels by the documentation; X was accepted."""
    if isinstance(X, (list, tuple)) or getattr(X, "ndim", 2) == 1:
        return len(np.atleast_2d(X[0]))
    if isinstance(X, np.ndarray):
        return X.shape[1] if X.ndim == 3 else 1
    if hasattr(X, "itercolumns"):
        return 1
    first = X.iloc[0, 0] if hasattr(X, "iloc") else X[X.columns[0]][0]
    return X.shape[1] if hasattr(first, "__len__") else 1


@pytest.mark.parametrize("entry", ["transform", "fit_transform", "fit, transform"])
def test_panels_are_embedded_or_refused_in_our_words(entry, full, tally, tmp_path):
    """Panels of any form to fit and transform."""

    @examples(3000 if full else 150, entry)
    @given(CASES)
    def check(case: Case) -> None:
        array = case.array(tmp_path)
        X = _formed(array, case.form)
        transformer = TimeNetTransformer(weights="ucr18", **case.parameters)
        call = {
            "transform": transformer.transform,
            "fit_transform": transformer.fit_transform,
            "fit, transform": lambda X: transformer.fit(X).transform(X),
        }[entry]
        found = outcome_of(call, X)
        if isinstance(found, Exception):
            assert not (case.form == "array" and case.accepted(array)), found
            tally[f"refused with {type(found).__name__}"] += 1
            return
        n_poolings = (
            1 if isinstance(transformer.pooling, str) else len(transformer.pooling)
        )
        n_layers = {"all": 3, 1: 1, (3, 1): 2}[transformer.layers]
        n_columns = n_channels_of(X) * n_poolings * n_layers * 60
        assert is_embedding(found, case.n_samples, n_columns)
        if hasattr(transformer, "n_channels_in_"):
            assert len(transformer.get_feature_names_out()) == n_columns
        tally["embedded"] += 1

    check()


def test_reconstruction_errors_are_finite_or_refused(full, tally, tmp_path):
    """Panels of any form to reconstruction_error."""

    @examples(1000 if full else 60, "errors")
    @given(CASES)
    def check(case: Case) -> None:
        X = _formed(case.array(tmp_path), case.form)
        parameters = {**case.parameters, "pooling": "last", "layers": "all"}
        transformer = TimeNetTransformer(weights="ucr18", **parameters)
        found = outcome_of(transformer.reconstruction_error, X)
        if isinstance(found, Exception):
            tally[f"refused with {type(found).__name__}"] += 1
        else:
            assert found.dtype == np.float64 and found.shape == (case.n_samples,)
            assert np.isfinite(found).all() and (found >= 0).all()
            tally["compared"] += 1

    check()


def test_any_embeddings_are_decoded_or_refused(full, tally, tmp_path):
    """Arrays of any form to inverse_transform."""
    transformer = TimeNetTransformer(weights="ucr18")
    lengths = st.integers(1, 40) | st.sampled_from(
        [0, -1, 1.5, "7", None, [3, 4], True]
    )

    @examples(1000 if full else 60, "decode")
    @given(CASES, lengths, st.sampled_from([180, 180, 180, 360, 7]))
    def check(case: Case, n_timepoints: Any, n_columns: int) -> None:
        case = Case(**{**vars(case), "length": n_columns, "n_channels": 0})
        X = _formed(case.array(tmp_path), case.form)
        found = outcome_of(lambda X: transformer.inverse_transform(X, n_timepoints), X)
        if isinstance(found, Exception):
            tally[f"refused with {type(found).__name__}"] += 1
        else:
            assert found.dtype == np.float32 and len(found) == case.n_samples
            assert np.isfinite(found[..., 0]).all()
            assert not np.isinf(found).any()
            tally["decoded"] += 1

    check()


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".csv", ".parquet"])
def test_files_of_panels_are_embedded_or_refused(suffix, full, tally, tmp_path):
    """Panels written to .npy, .npz, .csv and .parquet, to embed_file."""
    source, target = tmp_path / f"source{suffix}", tmp_path / "target.npy"

    @examples(500 if full else 40, suffix)
    @given(CASES)
    def check(case: Case) -> None:
        array = case.array(tmp_path)
        _write(source, array)
        target.unlink(missing_ok=True)
        transformer = TimeNetTransformer(weights="ucr18", **case.parameters)
        files = {path.name for path in tmp_path.iterdir()}
        try:
            embed_file(source, target, transformer, chunk_rows=2)
        except ValueError as error:
            assert str(error).startswith(str(source)), repr(error)
            assert {path.name for path in tmp_path.iterdir()} == files
            tally["refused with ValueError"] += 1
            return
        assert {path.name for path in tmp_path.iterdir()} == files | {target.name}
        found = np.load(target)
        assert is_embedding(found, len(array), found.shape[1])
        tally["embedded"] += 1

    check()


def _write(path: Any, array: np.ndarray) -> None:
    if path.suffix == ".npy":
        np.save(path, array)
    elif path.suffix == ".npz":
        np.savez(path, array)
    elif path.suffix == ".csv":
        rows = array if array.ndim == 2 else array[:, 0]
        # a header: else a first line of 0, 1 would be taken for one
        lines = [[f"t{i}" for i in range(rows.shape[1])], *rows.tolist()]
        path.write_text("\n".join(",".join(map(str, line)) for line in lines))
    else:
        parquet = pytest.importorskip("pyarrow.parquet", reason="writes Parquet")
        rows = array if array.ndim == 2 else array[:, 0]
        table = pytest.importorskip("pyarrow", reason="makes Arrow tables").table(
            {"x": _lists(rows)}
        )
        parquet.write_table(table, path)


def _lists(rows: np.ndarray) -> list[Any]:
    if rows.dtype.kind not in "fiu" or rows.dtype.char == "g":
        return [[str(cell) for cell in row] for row in rows.tolist()]
    return list(np.ascontiguousarray(rows, rows.dtype.newbyteorder("=")))
