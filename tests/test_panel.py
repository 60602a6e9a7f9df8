"""Inputs in every form, what is refused and why, and normalisation bit for bit."""

from __future__ import annotations

import pickle
import tracemalloc
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timenet_sklearn._series.normalize import z_normalize
from timenet_sklearn._series.panel import check_panel

NAN = np.nan
STEPS = np.arange(100)
UP_DOWN = np.sqrt(1.5) * np.array([-1, 0, 1])  # [1, 2, 3], z-normalised


def same_bits(left, right):
    """Whether two panels hold the same series, to the bit."""
    n_samples = left.n_samples
    return (
        np.array_equal(left.lengths, right.lengths)
        and left.n_channels == right.n_channels
        and left.block(0, n_samples).tobytes() == right.block(0, n_samples).tobytes()
        and all(
            a.tobytes() == b.tobytes()
            for a, b in zip(left.series(), right.series(), strict=True)
        )
    )


def pad(samples):
    """Join series as a 3-D array with trailing NaN."""
    width = max(sample.shape[1] for sample in samples)
    array = np.full((len(samples), len(samples[0]), width), NAN)
    for row, sample in zip(array, samples, strict=True):
        row[:, : sample.shape[1]] = sample
    return array


# ---------------------------------------------------------------- the panel itself


def test_block_is_normalised_and_zero_after_the_end_of_a_series():
    panel = check_panel([[1.0, 2.0, 3.0], [5.0], [2.0, 4.0]])
    block = panel.block(0, 3)
    expected = [[UP_DOWN], [[0, 0, 0]], [[-1, 1, 0]]]
    np.testing.assert_allclose(block, expected, rtol=1e-7)
    assert block.dtype == np.float32 and block.flags.c_contiguous
    assert panel.lengths.tolist() == [3, 1, 2] and panel.lengths.dtype == np.int64
    assert (panel.n_samples, panel.n_channels) == (3, 1)


def test_block_is_as_wide_as_the_longest_series_in_it():
    panel = check_panel([[1, 2, 3], [5], [2, 4]])
    assert panel.block(1, 3).shape == (2, 1, 2)
    assert panel.block(2, 99).shape == (1, 1, 2)
    assert panel.block(1, 1).shape == (0, 1, 0)


def test_each_channel_is_normalised_by_itself():
    block = check_panel(np.array([[[1, 2, 3], [30, 20, 10]]])).block(0, 1)
    np.testing.assert_allclose(block[0], [UP_DOWN, -UP_DOWN], rtol=1e-7)


def test_series_come_sample_by_sample_without_padding():
    panel = check_panel([np.array([[1, 2, 3], [3, 2, 1]]), np.array([[1, 2], [4, 4]])])
    series = panel.series()
    assert [len(one) for one in series] == [3, 3, 2, 2]
    assert all(one.dtype == np.float32 and one.ndim == 1 for one in series)
    np.testing.assert_allclose(np.concatenate(series[2:]), [-1, 1, 0, 0])


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize(
    "indices",
    [[2, 0], [-1], [], slice(1, 3), np.array([True, False, True, False]), [1, 1]],
)
def test_take_gives_the_same_bits_as_the_rows_alone(ragged, indices):
    X = np.random.default_rng(0).normal(size=(4, 2, 9))
    panel = check_panel(list(X) if ragged else X)
    rows = np.arange(4)[indices]
    taken = panel.take(indices)
    assert taken.n_samples == len(rows)
    if len(rows):
        assert same_bits(taken, check_panel(X[rows]))
    else:
        assert taken.block(0, 0).shape == (0, 2, 0)


def test_take_of_a_slice_shares_memory():
    X = np.zeros((10, 5))
    assert np.shares_memory(check_panel(X).take(slice(2, 4))._rows, X)


@pytest.mark.parametrize("X", [np.eye(4), [[1.0, 2.0], [3.0, 4.0, 7.0]]])
def test_panel_survives_pickling(X):
    panel = check_panel(X)
    assert same_bits(pickle.loads(pickle.dumps(panel)), panel)


def test_options_reach_the_panel_through_take():
    panel = check_panel(
        [[1, NAN, 3.0], [4, 5, 6]], normalize=False, missing="interpolate"
    )
    assert panel.take([0]).block(0, 1).tolist() == [[[1, 2, 3]]]


# ---------------------------------------------------------------- normalisation


@pytest.mark.parametrize(
    ("offset", "scale", "tolerance"),
    [
        (1e9, 1.0, 1e-6),
        (101325.0, 0.01, 1e-6),
        (-1e14, 1.0, 2e-2),
        (0.0, 1e300, 1e-6),
        (0.0, 1.7e308, 1e-6),
        (0.0, 1e-300, 1e-6),
        (0.0, 1e-318, 1e-4),
    ],
)
def test_shape_survives_any_offset_and_scale(offset, scale, tolerance):
    wave = np.sin(STEPS / 7)
    expected = (wave - wave.mean()) / wave.std()
    values = z_normalize(offset + scale * wave)
    np.testing.assert_allclose(values, expected, atol=tolerance)
    np.testing.assert_allclose(values.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(values.std(), 1, rtol=1e-12)


@pytest.mark.parametrize("n_steps", [1, 2, 3, 1000, 12345])
@pytest.mark.parametrize(
    "constant", [0.0, 0.1, -1 / 3, 1e9 + 0.1, 1e300 / 3, 1.7e308, 5e-324, 1e-310]
)
def test_constant_becomes_zeros(constant, n_steps):
    assert not z_normalize(np.full(n_steps, constant)).any()


@pytest.mark.parametrize("constant", [1e9, 101325.0, 0.3, 1e-305])
def test_rounding_noise_is_constant_too(constant):
    noisy = np.where(STEPS % 3, constant, np.nextafter(constant, 0))
    assert not z_normalize(noisy).any()


def test_normalising_does_not_touch_its_input():
    values = np.arange(6.0).reshape(2, 3)
    values.flags.writeable = False
    assert z_normalize(values).dtype == np.float64
    assert z_normalize([1, 2, 3]).shape == (3,)


@pytest.mark.parametrize("width", [*range(1, 40), 127, 128, 129, 1000, 8193, 20000])
def test_bits_depend_on_the_series_alone(width):
    rng = np.random.default_rng(width)
    X = 1e3 + rng.normal(size=(5, 2, width))
    alone = [check_panel(x[None]).block(0, 1)[0] for x in X]
    longer = np.pad(X, ((0, 0), (0, 0), (0, 77)), constant_values=NAN)
    mates = np.concatenate([X, rng.normal(size=(60, 2, width))])
    for together in (X, np.asfortranarray(X), longer, mates, list(X), X[..., ::-1]):
        reverse = together is not X and getattr(together, "strides", (1,))[-1] < 0
        panel = check_panel(together[..., ::-1] if reverse else together)
        block = panel.block(0, panel.n_samples)
        assert all(
            a.tobytes() == b.tobytes() for a, b in zip(alone, block, strict=False)
        )
    assert z_normalize(X).astype(np.float32).tobytes() == np.stack(alone).tobytes()


def test_without_normalisation_values_are_cast_to_float32():
    block = check_panel([[1.0, 2.5], [7.0]], normalize=False).block(0, 2)
    assert block.tolist() == [[[1, 2.5]], [[7, 0]]] and block.dtype == np.float32


def test_without_normalisation_what_float32_cannot_hold_is_refused():
    X = np.ones((2, 3, 9))
    X[1, 2, [3, 4]] = 1e39, -1e300
    check_panel(X)
    with pytest.raises(
        ValueError, match=r"series 1 \(channel 2\) .* float32 at steps 3-4"
    ):
        check_panel(X, normalize=False)


# ---------------------------------------------------------------- missing values


def test_trailing_nan_means_a_shorter_series():
    panel = check_panel(np.array([[1, 2, 3, NAN], [1, 2, 3, 4], [7, NAN, NAN, NAN]]))
    assert panel.lengths.tolist() == [3, 4, 1]
    assert same_bits(panel, check_panel([[1, 2, 3], [1, 2, 3, 4], [7]]))


def test_trailing_nan_of_a_listed_series_makes_it_shorter():
    assert same_bits(check_panel([[1, 5, NAN], [2]]), check_panel([[1, 5], [2]]))


@pytest.mark.parametrize("ragged", [False, True])
def test_interior_nan_is_refused_with_its_place(ragged):
    X = np.ones((20, 3, 50))
    X[17, 2, 40:45] = NAN
    message = (
        r"^TimeNetTransformer: series 17 \(channel 2\) has NaN at steps 40-44\. "
        r'Missing values before the end are not accepted by missing="error"; impute '
        r'them or pass missing="interpolate"\.$'
    )
    with pytest.raises(ValueError, match=message):
        check_panel(list(X) if ragged else X, estimator="TimeNetTransformer")


def test_message_lists_the_first_gaps_only():
    x = np.ones(30)
    x[[3, 5, 6, 9, 12, 15]] = NAN
    with pytest.raises(ValueError, match=r"at steps 3, 5-6, 9 and 2 more\."):
        check_panel([x])
    with pytest.raises(ValueError, match=r"at step 1\."):
        check_panel([[0, NAN, 1]])


def test_leading_nan_and_a_channel_of_nan_are_interior():
    with pytest.raises(ValueError, match=r"channel 0\) has NaN at step 0\."):
        check_panel(np.array([[NAN, 1, 2]]))
    with pytest.raises(ValueError, match=r"channel 1\) has NaN at steps 0-1\."):
        check_panel(np.array([[[1, 2, NAN], [NAN, NAN, NAN]]]))


def test_interpolation_is_linear_and_repeats_the_first_value_backwards():
    X = np.array([[NAN, NAN, 4, NAN, NAN, 1, NAN, 3, NAN], [*range(8), NAN]])
    panel = check_panel(X, missing="interpolate", normalize=False)
    assert panel.block(0, 1)[0, 0].tolist() == [4, 4, 4, 3, 2, 1, 2, 3]
    assert panel.lengths.tolist() == [8, 8] and np.isnan(X).sum() == 6 + 1


def test_interpolated_series_keep_the_bits_of_filled_ones():
    filled = check_panel([[4, 4, 3, 2, 5], [1, 2, 3]])
    gaps = check_panel([[NAN, 4, NAN, 2, 5, NAN], [1, NAN, 3]], missing="interpolate")
    assert same_bits(filled, gaps)


def test_interpolation_leaves_series_without_gaps_alone():
    X = [[1.0, 2.0, 5.0], [3.0]]
    assert same_bits(check_panel(X, missing="interpolate"), check_panel(X))


def test_interpolation_does_not_overflow():
    X = [[1.7e308, NAN, -1.7e308, 1.7e308]]
    block = check_panel(X, missing="interpolate").block(0, 1)
    expected = check_panel([[1.0, 0, -1, 1]]).block(0, 1)
    np.testing.assert_allclose(block, expected, rtol=1e-6)


def test_a_channel_of_nan_cannot_be_interpolated():
    X = np.array([[[1.0, 2], [3, 4]], [[1, 2], [NAN, NAN]]])
    with pytest.raises(ValueError, match=r"series 1 \(channel 1\).*all steps 0-1"):
        check_panel(X, missing="interpolate")


@pytest.mark.parametrize("missing", ["error", "interpolate"])
def test_channels_of_a_series_must_end_together(missing):
    X = np.array([[[1.0, 2, 3, 4], [1, 2, NAN, NAN]]])
    with pytest.raises(
        ValueError, match=r"series 0 \(channel 1\) has NaN at steps 2-3"
    ):
        check_panel(X, missing=missing)


@pytest.mark.parametrize(
    "X",
    [
        np.array([[1, 2], [NAN, NAN]]),
        [[1, 2], []],
        [[1, 2], [None, None]],
        [np.ones((2, 3)), np.ones((2, 0))],
    ],
)
@pytest.mark.parametrize("missing", ["error", "interpolate"])
def test_an_empty_series_is_refused(X, missing):
    with pytest.raises(ValueError, match="series 1 is empty"):
        check_panel(X, missing=missing)


def test_an_unknown_way_with_missing_values_is_refused():
    with pytest.raises(ValueError, match="missing='drop'; expected \"error\" or"):
        check_panel(np.eye(2), missing="drop")


# ---------------------------------------------------------------- values refused


@pytest.mark.parametrize("inf", [np.inf, -np.inf])
def test_inf_is_refused_with_its_place(inf):
    X = np.ones((3, 2, 9))
    X[2, 1, 4:6] = inf
    for form in (X, list(X), X.astype(object)):
        with pytest.raises(
            ValueError, match=r"series 2 \(channel 1\) has inf.*steps 4-5"
        ):
            check_panel(form)


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(float).max, reason="same")
def test_a_number_beyond_float64_is_refused():
    with pytest.raises(ValueError, match="beyond float64, at step 1"):
        check_panel(np.array([[1, np.longdouble("1e400")]]))
    with pytest.raises(ValueError, match=r"at step 1 .*too large"):
        check_panel([[1, 10**400]])


@pytest.mark.parametrize(
    "X",
    [
        np.eye(3) + 1j,
        [[1.0, 1j]],
        np.array([[1.0, 1j]], dtype=object),
        np.array([[1.0, np.complex64(1j)]], dtype=object),
        [1j],
    ],
)
def test_complex_numbers_are_refused(X):
    with pytest.raises(ValueError, match="Complex data not supported"):
        check_panel(X)


@pytest.mark.parametrize(
    ("X", "place"),
    [
        (np.array([["1.5", "2"]]), "series 0 has dtype <U3"),
        (
            np.array([[1.0, 2.0], [3.0, "4"]], dtype=object),
            "series 1 .* at step 1 is '4'",
        ),
        ([[1.0, 2.0], [1.0, "4"]], "series 1 has dtype"),
        ([[1.0, 2.0], "4"], "series 1 is '4'"),
        (np.array([[b"x", 1.0]], dtype=object), r"at step 0 is b'x', text"),
        (np.array([["2020-01-01"]], dtype="datetime64[D]"), "datetime64"),
        (np.array([[1, 2]], dtype="timedelta64[s]"), "timedelta64"),
        ("series", "X is 'series'"),
        (b"series", "X is b'series'"),
        (None, "X is None"),
        ({"a": [1, 2]}, "X is {'a'"),
        ({1, 2}, "X is {1, 2}"),
        ((x for x in [1, 2]), "X is a generator"),
        (object(), "X is a object"),
        ([[1, 2], {"a": 1}], "series 1 is {'a': 1}"),
        ([[1, 2], None], "series 1 is None"),
    ],
)
def test_what_is_no_number_is_refused(X, place):
    with pytest.raises(TypeError, match=f"^Encoder: .*{place}"):
        check_panel(X, estimator="Encoder")


def test_an_object_cell_is_refused_in_the_words_of_float():
    X = np.ones((3, 4)).astype(object)
    X[1, 2] = {"foo": "bar"}
    match = "series 1 .*step 2.*argument must be a string or a real number, not 'dict'"
    with pytest.raises(TypeError, match=match):
        check_panel(X)


def test_an_odd_cell_is_refused():
    X = np.array([[[1.0], [Decimal("sNaN")]]], dtype=object)
    with pytest.raises(ValueError, match=r"series 0 \(channel 1\) at step 0"):
        check_panel(X)


@pytest.mark.filterwarnings("ignore:Conversion of an array")
def test_a_cell_that_is_an_array_is_refused():
    X = np.ones((1, 1, 2), dtype=object)
    X[0, 0, 1] = np.ones(1)
    with pytest.raises(TypeError, match=r"no number|not numbers"):
        check_panel(X)


@pytest.mark.parametrize("kind", ["csr_matrix", "csc_array", "coo_array"])
def test_sparse_is_refused(kind):
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match=r"sparse.*\.toarray\(\)"):
        check_panel(getattr(sparse, kind)(np.eye(3)))


@pytest.mark.parametrize(
    "X", [np.empty((0, 3)), np.empty((0, 2, 3)), [], (), np.array([]), np.empty((0, 0))]
)
def test_zero_samples_are_refused(X):
    with pytest.raises(ValueError, match=r"0 sample\(s\).* a minimum of 1 is required"):
        check_panel(X)


def test_zero_columns_are_refused_as_in_scikit_learn():
    text = r"0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1 is required"
    with pytest.raises(ValueError, match=text):
        check_panel(np.empty((3, 0)))
    with pytest.raises(ValueError, match=r"0 channel\(s\)"):
        check_panel(np.empty((3, 0, 5)))
    with pytest.raises(ValueError, match=r"0 channel\(s\)"):
        check_panel([np.empty((0, 5))])


@pytest.mark.parametrize(
    "X", [np.arange(9.0), [1, 2, 3], np.array([1, 2], dtype=object)]
)
def test_one_dimension_is_refused_with_a_way_out(X):
    match = r"Expected 2D array, got 1D array instead.* Reshape your data .*\(1, -1\)"
    with pytest.raises(ValueError, match=match):
        check_panel(X)


def test_other_numbers_of_dimensions_are_refused():
    with pytest.raises(ValueError, match="got scalar array instead"):
        check_panel(3.0)
    with pytest.raises(ValueError, match="Found array with dim 4"):
        check_panel(np.ones((2, 2, 2, 2)))
    with pytest.raises(ValueError, match="series 1 has 3 dimensions"):
        check_panel([np.ones(3), np.ones((1, 1, 3))])


@pytest.mark.parametrize(
    "sample", [[[1, 2], [1, 2, 3]], [np.ones(2), np.ones(3)], [[1], [1, 2]]]
)
def test_ragged_channels_are_refused(sample):
    with pytest.raises(
        ValueError, match=r"series 1 has channels of unequal lengths \("
    ):
        check_panel([np.ones((2, 3)), sample])


def test_series_must_agree_on_the_number_of_channels():
    with pytest.raises(
        ValueError, match=r"series 1 has 3 channel\(s\), the first one has 2"
    ):
        check_panel([np.ones((2, 4)), np.ones((3, 4))])


@pytest.mark.parametrize("X", [np.ones((4, 3, 5)), [np.ones((3, 5)), np.ones((3, 2))]])
def test_number_of_channels_must_be_that_of_fit(X):
    assert check_panel(X, n_channels=3).n_channels == 3
    with pytest.raises(ValueError, match=r"has 3 channel\(s\), but 2 are expected"):
        check_panel(X, n_channels=2)


# ---------------------------------------------------------------- forms and dtypes


@pytest.mark.parametrize(
    "dtype",
    ["f2", "f4", "f8", ">f8", "longdouble", "i1", "u1", "i4", "u8", "i8", "bool", "O"],
)
@pytest.mark.parametrize("shape", [(6, 8), (4, 3, 4)])
def test_every_real_dtype_and_layout_gives_the_same_bits(dtype, shape, tmp_path):
    X = np.random.default_rng(1).integers(0, 2, size=shape).astype(dtype)
    X[0] = 1
    expected = check_panel(X.astype(np.float64))
    np.save(tmp_path / "X.npy", X, allow_pickle=dtype == "O")
    forms = [
        X,
        np.asfortranarray(X),
        X[::-1].copy()[::-1],
        X[..., ::-1].copy()[..., ::-1],
    ]
    if dtype != "O":
        forms.append(np.load(tmp_path / "X.npy", mmap_mode="r"))
    for form in forms:
        form.flags.writeable = False
        assert same_bits(check_panel(form), expected)
        assert np.array_equal(form, X)


def test_object_cells_may_be_any_real_number():
    X = np.array(
        [[1, 2.5, Fraction(1, 2), Decimal(3), np.int8(4), True, None]], dtype=object
    )
    block = check_panel(X, normalize=False).block(0, 1)
    assert block.tolist() == [[[1, 2.5, 0.5, 3, 4, 1]]]


def test_masked_cells_are_missing():
    masked = np.ma.masked_array([[1, 2, 9], [1, 2, 3]], mask=[[0, 0, 1], [0, 0, 0]])
    assert check_panel(masked).lengths.tolist() == [2, 3]


def test_an_array_like_object_is_read_through_its_array():
    class ArrayLike:
        def __array__(self, dtype=None, copy=None):
            return np.eye(3)

    assert same_bits(check_panel(ArrayLike()), check_panel(np.eye(3)))


def panels():
    """Ragged panels: a list of float64 arrays (n_channels, length_i)."""
    values = st.one_of(
        st.floats(-1e3, 1e3, width=32),
        st.floats(1e9, 1e9 + 1),
        st.floats(-1e300, 1e300),
        st.just(7.0),
    )

    def sample(n_channels):
        return st.integers(1, 20).flatmap(
            lambda length: st.lists(
                values, min_size=n_channels * length, max_size=n_channels * length
            ).map(lambda flat: np.array(flat).reshape(n_channels, length))
        )

    return st.integers(1, 3).flatmap(
        lambda n_channels: st.lists(sample(n_channels), min_size=1, max_size=5)
    )


@settings(max_examples=60, derandomize=True, deadline=None)
@given(panels())
def test_numpy_forms_give_the_same_bits(samples):
    expected = check_panel(samples)
    padded = pad(samples)
    objects = np.empty(len(samples), dtype=object)
    nested = np.empty(padded.shape[:2], dtype=object)
    for row, sample in enumerate(samples):
        objects[row] = sample
        nested[row] = [*map(np.array, sample), None][:-1]
    forms = [
        tuple(samples),
        [sample.tolist() for sample in samples],
        [list(np.asfortranarray(sample)) for sample in samples],
        padded,
        np.asfortranarray(padded),
        padded.astype(np.longdouble),
        padded.astype(object),
        objects,
        nested,
    ]
    if len(samples[0]) == 1:
        forms += [padded[:, 0], [sample[0] for sample in samples]]
    for form in forms:
        assert same_bits(check_panel(form), expected)
    for row, sample in enumerate(samples):
        assert same_bits(check_panel([sample]), expected.take([row]))


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow"])
def test_nulls_of_tables_are_nan(name):
    library = pytest.importorskip(name)
    columns = {"t0": [1, 2], "t1": [True, False], "t2": [2.5, None], "t3": [None, None]}
    make = library.table if name == "pyarrow" else library.DataFrame
    frame = make(columns)
    frames = [frame]
    if name == "pandas":
        frames.append(frame.convert_dtypes())
        frames.append(frame.astype({"t0": "Int64", "t1": "boolean", "t2": "Float64"}))
        frames.append(frame.astype(object).where(frame.notna(), library.NA))
    for frame in frames:
        panel = check_panel(frame, normalize=False)
        assert panel.lengths.tolist() == [3, 2]
        assert panel.block(0, 2).tolist() == [[[1, 1, 2.5]], [[2, 0, 0]]]


def test_nulls_within_lists_are_nan():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    expected = check_panel([[1.0, 2.0], [3.0, 4.0, 6.0]])
    lists = [[1.0, 2.0, None], [3.0, 4.0, 6.0]]
    nullable = [pandas.Series(one, dtype="Float64") for one in lists]
    for form in (lists, polars.Series(lists), nullable, [[one] for one in nullable]):
        assert same_bits(check_panel(form), expected)
    assert check_panel(polars.DataFrame({"a": [[1], [None]]}).head(1)).n_samples == 1
    with pytest.raises(TypeError, match="series 1 is None, a missing series"):
        check_panel(polars.DataFrame({"a": [[1], None]}))


def test_a_numeric_frame_is_not_copied():
    pandas = pytest.importorskip("pandas")
    X = np.random.default_rng(0).normal(size=(5, 6))
    frame = pandas.DataFrame(X, copy=False)
    assert np.shares_memory(check_panel(frame)._rows, frame.to_numpy())


def test_frames_of_text_and_dates_are_refused():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    for frame in (pandas.DataFrame({"t0": ["1"]}), polars.DataFrame({"t0": ["1"]})):
        with pytest.raises(TypeError, match="column 't0' holds text, such as '1'"):
            check_panel(frame)
    dates = pandas.DataFrame({"t0": [1.0], "t1": [pandas.Timestamp("2020")]})
    with pytest.raises(TypeError, match=r"column 't1' holds dates.* X\.drop"):
        check_panel(dates)
    mixed = pandas.concat(
        [dates.astype(object), pandas.DataFrame({"t0": [2], "t1": [3]})]
    )
    with pytest.raises(TypeError, match=r"step 1 \(column 't1'\) is Timestamp.*a date"):
        check_panel(mixed)
    with pytest.raises(ValueError, match="got 1D array instead"):
        check_panel(pandas.Series([1.0, 2.0]))
    with pytest.raises(TypeError, match="LazyFrame"):
        check_panel(polars.LazyFrame({"a": [1.0]}))


def test_empty_frames_are_refused():
    pandas = pytest.importorskip("pandas")
    for frame in (pandas.DataFrame(), pandas.DataFrame({"a": []})):
        with pytest.raises(ValueError, match=r"0 sample\(s\)"):
            check_panel(frame)
    index = pandas.MultiIndex.from_arrays([[], []])
    with pytest.raises(ValueError, match=r"0 sample\(s\)"):
        check_panel(pandas.DataFrame({"a": []}, index=index))


def test_a_list_of_polars_frames_has_time_in_rows():
    polars = pytest.importorskip("polars")
    frames = [polars.DataFrame({"a": [1.0, 2, 3], "b": [3.0, 2, 2]})]
    assert same_bits(check_panel(frames), check_panel([[[1, 2, 3], [3, 2, 2]]]))


def test_frames_of_a_panel_must_have_the_same_columns():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1.0, 2.0], "b": [2.0, 1.0]})
    with pytest.raises(ValueError, match="series 1 has the columns"):
        check_panel([frame, frame[["b", "a"]]])
    with pytest.raises(ValueError, match=r"series 1 has 1 channel\(s\)"):
        check_panel([frame, frame[["a"]]])


def test_nested_series_of_unequal_length_or_time_are_refused():
    pandas = pytest.importorskip("pandas")
    series = pandas.Series([1.0, 2.0])
    ragged = pandas.DataFrame({"a": [series], "b": [pandas.Series([1.0, 2.0, 3.0])]})
    with pytest.raises(
        ValueError, match=r"series 0 has channels of unequal lengths \(2, 3"
    ):
        check_panel(ragged)
    later = pandas.DataFrame({"a": [series], "b": [series.set_axis([1, 2])]})
    with pytest.raises(ValueError, match="series 0 has channels whose time indexes"):
        check_panel(later)


# ---------------------------------------------------------------- memory


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_dense_array_is_never_copied_as_a_whole(order):
    X = np.asarray(np.random.default_rng(0).normal(size=(20_000, 128)), order=order)
    tracemalloc.start()
    panel = check_panel(X)
    for start in range(0, panel.n_samples, 256):
        panel.block(start, start + 256)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < X.nbytes / 8


def test_one_long_series_does_not_widen_the_others():
    X = [np.arange(200_000.0), *np.random.default_rng(0).normal(size=(1000, 10))]
    tracemalloc.start()
    check_panel(X).series()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * X[0].nbytes
