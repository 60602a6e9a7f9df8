"""Whole panels: an embedding depends on its series alone, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from reference import decoded_series, encoder_states, plain_pooling, random_model

from timenet_sklearn._encoder import inference
from timenet_sklearn._encoder.inference import embed, reconstruct, reconstruction_errors
from timenet_sklearn._encoder.pooling import POOLINGS
from timenet_sklearn._encoder.weights import load_weights
from timenet_sklearn._series.panel import check_panel

N_SERIES = 600
# As trained: such weights amplify the slightest difference in rounding.
MODEL = load_weights("ucr18").model


def random_walks(rng, lengths):
    return [np.cumsum(rng.standard_normal(length)) for length in lengths]


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(0)
    lengths = np.concatenate([[1, 300, 2], rng.integers(1, 301, N_SERIES - 3)])
    return check_panel(random_walks(rng, lengths))


@pytest.fixture(scope="module")
def alone_in_one_thread(panel):
    """Embeddings to compare with: all series at once, one thread."""
    return embed(MODEL.encoder, panel, n_jobs=1)


# ------------------------------------------------------------------ bit for bit


@pytest.mark.parametrize("n_series", [1, 2, 255, 256, 257])
def test_embedding_does_not_depend_on_batch_mates(panel, alone_in_one_thread, n_series):
    first = embed(MODEL.encoder, panel.take(slice(n_series)))
    assert np.array_equal(first, alone_in_one_thread[:n_series])
    last = embed(MODEL.encoder, panel.take(slice(N_SERIES - n_series, None)))
    assert np.array_equal(last, alone_in_one_thread[-n_series:])


@pytest.mark.parametrize("row", [0, 1, 2, 300, 599])
def test_embedding_of_a_series_alone_is_that_within_a_panel(
    panel, alone_in_one_thread, row
):
    alone = embed(MODEL.encoder, panel.take([row]))
    assert np.array_equal(alone[0], alone_in_one_thread[row])


def test_embedding_does_not_depend_on_order(panel, alone_in_one_thread):
    order = np.random.default_rng(1).permutation(N_SERIES)
    shuffled = embed(MODEL.encoder, panel.take(order))
    assert np.array_equal(shuffled, alone_in_one_thread[order])


def test_equal_series_have_equal_embeddings_wherever_they_stand(panel):
    rows = np.tile([3, 4, 5], 200)
    embeddings = embed(MODEL.encoder, panel.take(rows), n_jobs=2)
    assert np.array_equal(embeddings, embeddings[rows - 3])


def test_embedding_does_not_depend_on_padding(panel, alone_in_one_thread):
    series = panel.take(slice(100)).series()
    padded = np.full((100, 1, 5000), np.nan)
    for row, values in zip(padded, series, strict=True):
        row[0, : len(values)] = values
    embeddings = embed(MODEL.encoder, check_panel(padded, normalize=False))
    assert np.array_equal(embeddings, alone_in_one_thread[:100])


@pytest.mark.parametrize("n_jobs", [2, 4, 600, None])
def test_embedding_does_not_depend_on_the_number_of_threads(
    panel, alone_in_one_thread, n_jobs
):
    rows = slice(12) if n_jobs == 600 else slice(None)
    embeddings = embed(MODEL.encoder, panel.take(rows), n_jobs=n_jobs)
    assert np.array_equal(embeddings, alone_in_one_thread[rows])


@pytest.mark.parametrize(
    ("limit", "size"),
    [
        ("_SERIES_PER_CHUNK", 1),
        ("_SERIES_PER_CHUNK", 5),
        ("_SERIES_PER_CHUNK", 10_000),
        ("_POINTS_PER_CHUNK", 1),
        ("_POINTS_PER_CHUNK", 1000),
    ],
)
def test_embedding_does_not_depend_on_the_size_of_chunks(
    panel, alone_in_one_thread, monkeypatch, limit, size
):
    n_series = N_SERIES if size == 10_000 else 12
    monkeypatch.setattr(inference, limit, size)
    embeddings = embed(MODEL.encoder, panel.take(slice(n_series)), n_jobs=2)
    assert np.array_equal(embeddings, alone_in_one_thread[:n_series])


def test_each_channel_is_embedded_as_if_it_were_alone():
    rng = np.random.default_rng(2)
    lengths = rng.integers(1, 60, 90)
    samples = [rng.standard_normal((3, length)) for length in lengths]
    together = embed(MODEL.encoder, check_panel(samples), n_jobs=2)
    assert together.shape == (90, 3, 1, 3, 60)
    for channel in range(3):
        panel = check_panel([sample[channel] for sample in samples])
        alone = embed(MODEL.encoder, panel, n_jobs=1)
        assert np.array_equal(together[:, [channel]], alone)


def test_more_poolings_do_not_change_the_final_states(panel, alone_in_one_thread):
    panel = panel.take(slice(150))
    pooled = embed(MODEL.encoder, panel, POOLINGS)
    assert np.array_equal(pooled[:, :, :1], alone_in_one_thread[:150])


@pytest.mark.parametrize("n_layers", [1, 2])
def test_fewer_layers_do_not_change_the_lower_ones(
    panel, alone_in_one_thread, n_layers
):
    states = embed(MODEL.encoder[:n_layers], panel.take(slice(150)))
    assert np.array_equal(states, alone_in_one_thread[:150, :, :, :n_layers])


@pytest.mark.parametrize("n_units", [1, 5, 33])
def test_bits_hold_for_odd_numbers_of_units(panel, n_units):
    model = random_model(n_units, n_units, 2, np.float32)
    panel = panel.take(slice(300))
    together = embed(model.encoder, panel, POOLINGS, n_jobs=1)
    alone = [embed(model.encoder, panel.take([row]), POOLINGS)[0] for row in (1, 77)]
    assert np.array_equal(alone, together[[1, 77]])
    assert np.array_equal(embed(model.encoder, panel, POOLINGS, n_jobs=2), together)


def test_reconstruction_does_not_depend_on_batch_mates_chunks_or_threads(
    panel, alone_in_one_thread, monkeypatch
):
    states, lengths = alone_in_one_thread[:, :, 0], panel.lengths
    together = reconstruct(MODEL, states[:300], lengths[:300], n_jobs=2)
    for row in (0, 1, 150):
        alone = reconstruct(MODEL, states[[row]], lengths[[row]])
        assert np.array_equal(alone[0, 0], together[row, 0, : lengths[row]])
    monkeypatch.setattr(inference, "_SERIES_PER_CHUNK", 50)
    chunked = reconstruct(MODEL, states[:300], lengths[:300], n_jobs=1)
    assert np.array_equal(chunked, together)


def test_reconstruction_error_does_not_depend_on_batch_mates_chunks_or_threads(
    panel, monkeypatch
):
    panel = panel.take(slice(300))
    together = reconstruction_errors(MODEL, panel, n_jobs=2)
    # The longest series, row 1, is in none of these: nothing is padded as far.
    alone = [reconstruction_errors(MODEL, panel.take([row]))[0] for row in range(2, 10)]
    assert np.array_equal(alone, together[2:10])
    monkeypatch.setattr(inference, "_SERIES_PER_CHUNK", 70)
    assert np.array_equal(reconstruction_errors(MODEL, panel, n_jobs=1), together)


# --------------------------------------------------------------- right values


@pytest.mark.parametrize("n_channels", [1, 3])
def test_embed_reconstruct_and_errors_follow_the_equations(n_channels):
    model = random_model(3, 6, 2)
    rng = np.random.default_rng(3)
    lengths = np.array([5, 1, 18, 9])
    panel = check_panel([rng.standard_normal((n_channels, n)) for n in lengths])
    embeddings = embed(model.encoder, panel, POOLINGS)
    series = reconstruct(model, embeddings[:, :, 0], lengths)
    errors = reconstruction_errors(model, panel)
    assert embeddings.shape == (4, n_channels, len(POOLINGS), 2, 6)
    assert series.shape == (4, n_channels, 18)
    assert embeddings.dtype == series.dtype == np.float32
    assert errors.dtype == np.float64
    values = iter(panel.series())
    for row, channel in np.ndindex(4, n_channels):
        original, length = next(values), lengths[row]
        states = encoder_states(model.encoder, original)
        pooled = [plain_pooling(states, pooling) for pooling in POOLINGS]
        decoded = decoded_series(model, states[-1], length)
        np.testing.assert_allclose(embeddings[row, channel], pooled, atol=1e-5)
        np.testing.assert_allclose(series[row, channel, :length], decoded, atol=1e-4)
        assert not series[row, channel, length:].any()
        expected = np.mean((decoded - original) ** 2)
        np.testing.assert_allclose(errors[row, channel], expected, rtol=1e-4)


@pytest.mark.parametrize("n_channels", [1, 2])
def test_no_samples_give_empty_results(n_channels):
    lengths = np.empty(0, dtype=np.int64)
    states = np.empty((0, n_channels, 3, 60), dtype=np.float32)
    assert reconstruct(MODEL, states, lengths).shape == (0, n_channels, 0)


@pytest.mark.parametrize("n_channels", [1, 7, 600])
@pytest.mark.parametrize("n_jobs", [1, 3])
def test_chunks_cover_all_rows_and_bound_their_points(n_channels, n_jobs):
    lengths = np.array([10] * 2000 + [30_000])
    chunks = inference._chunks(lengths, n_channels, n_jobs)
    rows = [row for chunk in chunks for row in range(chunk.start, chunk.stop)]
    assert rows == list(range(len(lengths)))
    for chunk in chunks:
        size = chunk.stop - chunk.start
        points = size * n_channels * lengths[chunk].max()
        assert size == 1 or points <= inference._POINTS_PER_CHUNK


def test_one_long_series_does_not_cut_the_others_into_small_chunks():
    lengths = np.array([100] * 10_000 + [1_000_000])
    chunks = inference._chunks(lengths, 1, 2)
    assert len(chunks) < 300


def test_fewer_series_than_columns_stay_in_one_chunk():
    lengths = np.full(inference.NARROW, 50)
    assert len(inference._chunks(lengths, 1, 16)) == 1
