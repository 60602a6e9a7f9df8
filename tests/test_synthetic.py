from __future__ import annotations

import numpy as np
import pytest

from timenet_sklearn._series.normalize import z_normalize
from timenet_sklearn._synthetic.sets import _KINDS
from timenet_sklearn.datasets import make_series

N_KINDS = len(_KINDS)


@pytest.fixture(scope="module")
def sets():
    return make_series(n_sets=2 * N_KINDS, n_series=16, random_state=5)


def test_every_kind_has_its_turn(sets):
    assert [made.kind for made in sets[:N_KINDS]] == list(_KINDS)
    assert [made.kind for made in sets] == 2 * list(_KINDS)


def test_series_have_the_lengths_and_types_that_are_promised(sets):
    lengths = {made.X.shape[1] for made in sets}
    assert min(lengths) >= 24 and max(lengths) <= 2048 and len(lengths) > 6
    for made in sets:
        assert made.X.shape[0] == len(made.y) == 16
        assert made.X.dtype == np.float32 and made.y.dtype == np.int64


def test_no_series_is_constant_or_has_values_that_are_not_finite(sets):
    for made in sets:
        assert np.isfinite(made.X).all(), made.kind
        assert made.X.std(axis=1).min() > 0, made.kind


def test_the_same_random_state_gives_the_same_bits_and_another_one_others():
    first, again, other = (make_series(8, 4, seed) for seed in (1, 1, 2))
    for a, b in zip(first, again, strict=True):
        assert a.X.tobytes() == b.X.tobytes() and (a.y == b.y).all()
    for a, b in zip(first, other, strict=True):
        assert a.X.shape != b.X.shape or not np.allclose(a.X, b.X)


def test_a_set_does_not_depend_on_how_many_there_are():
    few, many = make_series(2, 4), make_series(5, 4)
    for a, b in zip(few, many[:2], strict=True):
        assert a.X.tobytes() == b.X.tobytes()


def test_random_state_may_be_a_generator_of_numpy():
    by_number = make_series(1, 4, 3)[0].X
    assert (make_series(1, 4, np.random.RandomState(3))[0].X == by_number).all()


def test_members_of_a_set_are_alike_but_not_the_same(sets):
    apart = {"within": [], "between": []}
    resampled = []
    for made in sets:
        times = np.linspace(0, made.X.shape[1] - 1, 24)
        known = np.arange(made.X.shape[1])
        series = np.array([np.interp(times, known, row) for row in made.X])
        resampled.append(z_normalize(series))
        assert len(np.unique(made.X, axis=0)) == len(made.X), made.kind
    for number, series in enumerate(resampled):
        other = resampled[(number + 1) % len(resampled)]
        apart["within"].append(np.abs(series[:-1] - series[1:]).mean())
        apart["between"].append(np.abs(series - other).mean())
    assert np.mean(apart["within"]) < 0.8 * np.mean(apart["between"])


def test_members_of_a_class_are_mostly_more_alike_than_those_of_two(sets):
    same, different = [], []
    for made in sets:
        series = z_normalize(made.X)
        distances = np.abs(series[:, None] - series).mean(axis=2)
        alike = made.y[:, None] == made.y
        pairs = np.triu(np.ones_like(alike), k=1)
        if (pairs & alike).any() and (pairs & ~alike).any():
            same.append(distances[pairs & alike].mean())
            different.append(distances[pairs & ~alike].mean())
    # not in every set: motifs stand anywhere, and noise is noise
    assert np.mean(np.less(same, different)) > 2 / 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_sets": 0}, "make_series: n_sets must be a whole number of at least 1"),
        ({"n_series": 2.5}, "make_series: n_series must be a whole number .* got 2.5"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_series(**arguments)
