from __future__ import annotations

import copy
import itertools
import pickle
import shutil
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC

from timenet_sklearn import POOLED, DomainSAETransformer, Recipe, TimeNetTransformer
from timenet_sklearn._encoder.weights import (
    Weights,
    load_weights,
    save_weights,
    to_named_arrays,
)
from timenet_sklearn._series.panel import check_panel
from timenet_sklearn.datasets import load_bundled

UCR18 = TimeNetTransformer(weights="ucr18")
SERIES = np.sin(np.linspace(0, 9, 50) * np.arange(1, 6)[:, None])


def bits(model):
    return {name: array.tobytes() for name, array in to_named_arrays(model).items()}


@pytest.fixture(scope="module")
def small_weights(trained, tmp_path_factory):
    """Folder with the weights of `trained`: 2 layers of 3 units."""
    folder = tmp_path_factory.mktemp("weights")
    trained.save(folder)
    return folder


# --- Parameters ---------------------------------------------------------------------


@pytest.mark.usefixtures("without_xla")
@pytest.mark.parametrize("kind", [TimeNetTransformer, DomainSAETransformer])
def test_parameters_are_stored_as_given_and_left_alone_by_fit(kind, tiny, waves):
    given = {
        "n_units": 2 if kind is TimeNetTransformer else [2],
        "n_layers": 1,
        "layers": [1],
        "pooling": ["last", "max"],
        "recipe": tiny,
        "random_state": np.random.RandomState(0),
    }
    lists = copy.deepcopy([given["layers"], given["pooling"], given["n_units"]])
    transformer = kind(**given)
    before = transformer.get_params()
    assert all(before[name] is value for name, value in given.items())
    transformer.fit(waves)
    after = transformer.get_params()
    assert all(after[name] is before[name] for name in before)
    assert [given["layers"], given["pooling"], given["n_units"]] == lists


@pytest.mark.parametrize(
    ("transformer", "message"),
    [
        (TimeNetTransformer(n_units=0), "'n_units' parameter .* must be an int in"),
        (TimeNetTransformer(n_layers=1.5), "'n_layers' parameter .* must be an int"),
        (TimeNetTransformer(missing="drop"), "'missing' parameter .* Got 'drop'"),
        (TimeNetTransformer(recipe={"n_steps": 1}), "'recipe' parameter .*Recipe"),
        (TimeNetTransformer(validation_fraction=1.0), "'validation_fraction' param"),
        (TimeNetTransformer(weights=3), "'weights' parameter .* Got 3"),
        (
            TimeNetTransformer(fine_tune=True),
            'fine_tune=True needs weights to start from, for instance weights="ucr18"',
        ),
        (clone(UCR18).set_params(layers=4), "a layer from 1 to 3.* got 4"),
        (clone(UCR18).set_params(layers=(1, 1)), r"different ones, got \(1, 1\)"),
        (clone(UCR18).set_params(pooling="median"), "rise, turn, pooled, got 'median'"),
        (
            clone(UCR18).set_params(n_jobs=0),
            "'n_jobs' parameter .* must be None.* Got 0",
        ),
        (DomainSAETransformer(n_units=()), r"n_units must be one or several .*\(\)"),
        (DomainSAETransformer(n_units=(2, 0)), r"at least 1, got \(2, 0\)"),
        (DomainSAETransformer(n_layers=(1.0,)), r"whole numbers .* got \(1.0,\)"),
        (
            DomainSAETransformer(n_layers=(1, 3), layers=2),
            "DomainSAETransformer: layers must be .* from 1 to 1",
        ),
    ],
)
def test_wrong_parameters_are_named_before_anything_is_trained(transformer, message):
    with pytest.raises(ValueError, match=message):
        transformer.fit_transform(SERIES)


def test_unknown_weights_are_an_error_that_lists_the_bundled_names():
    with pytest.raises(
        FileNotFoundError,
        match=r"'ucr19' is neither .*\(ucr18, .*, synthetic-pooled\)",
    ):
        TimeNetTransformer(weights="ucr19").transform(SERIES)


def test_weights_for_series_as_they_are_do_not_take_normalised_ones(trained, tmp_path):
    save_weights(Weights(trained.model_, normalize=False), tmp_path)
    with pytest.raises(ValueError, match="pass normalize=False with them"):
        TimeNetTransformer(weights=tmp_path).transform(SERIES)
    raw = TimeNetTransformer(weights=tmp_path, normalize=False).transform(SERIES)
    assert raw.shape == (5, 6)


# --- transform ----------------------------------------------------------------------


def test_frozen_weights_transform_unfitted_and_fitted_alike():
    unfitted = UCR18.transform(SERIES)
    assert unfitted.shape == (5, 180) and unfitted.dtype == np.float32
    fitted = clone(UCR18).fit(SERIES)
    assert_array_equal(fitted.transform(SERIES), unfitted)
    assert_array_equal(clone(UCR18).fit_transform(SERIES), unfitted)
    assert not hasattr(fitted, "history_")


@pytest.mark.parametrize(
    "transformer", [TimeNetTransformer(), DomainSAETransformer()], ids=str
)
def test_an_unfitted_transformer_without_weights_says_so(transformer):
    for method in (transformer.transform, transformer.reconstruction_error):
        with pytest.raises(NotFittedError, match="Call 'fit' with training series"):
            method(SERIES)


@pytest.mark.usefixtures("without_xla")
@pytest.mark.parametrize("kind", [TimeNetTransformer, DomainSAETransformer])
def test_a_trained_transformer_transforms_what_it_fitted_and_other_lengths(
    kind, tiny, waves
):
    transformer = kind(n_units=2, n_layers=1, recipe=tiny, random_state=0)
    fitted = transformer.fit_transform(waves)
    assert fitted.shape == (20, 4) and fitted.dtype == np.float32
    assert_array_equal(transformer.transform(waves), fitted)
    again = clone(transformer).fit(waves.tolist(), y=np.arange(20))
    assert_array_equal(again.transform(waves[::-1]), fitted[::-1])
    assert transformer.transform(waves[:3, :, :5]).shape == (3, 4)
    assert transformer.transform(np.tile(waves, 3)).shape == (20, 4)


def test_layers_and_pooling_select_columns_of_the_full_embedding():
    series = SERIES.reshape(5, 2, 25)
    every = clone(UCR18).set_params(pooling=("last", "mean", "max", "std"))
    full = every.set_output(transform="pandas").fit_transform(series)
    assert full.shape == (5, 2 * 4 * 180)
    for layers, pooling in itertools.product(
        (1, 2, (3, 1), "all"), ("last", "std", ("max", "last"))
    ):
        chosen = clone(UCR18).set_params(layers=layers, pooling=pooling).fit(series)
        names = chosen.get_feature_names_out()
        assert_array_equal(chosen.transform(series), full[list(names)].to_numpy())


def test_feature_names_say_channel_pooling_layer_and_unit(trained):
    names = trained.get_feature_names_out()
    assert names.dtype == object
    assert list(names[:4]) == [
        "channel0_last_layer1_unit0",
        "channel0_last_layer1_unit1",
        "channel0_last_layer1_unit2",
        "channel0_last_layer2_unit0",
    ]
    assert names[-1] == "channel1_last_layer2_unit2"
    assert len(set(names)) == len(names) == 12
    many = clone(UCR18).set_params(pooling=("mean", "last"), layers=(3, 1)).fit(SERIES)
    assert many.get_feature_names_out()[59] == "channel0_mean_layer3_unit59"
    assert many.get_feature_names_out()[120] == "channel0_last_layer3_unit00"


@pytest.mark.parametrize("transformer", [UCR18, TimeNetTransformer()], ids=str)
def test_feature_names_are_unknown_before_fit(transformer):
    with pytest.raises(NotFittedError, match="number of channels is known after fit"):
        transformer.get_feature_names_out()


@pytest.mark.parametrize(("library", "kind"), [("pandas", pd), ("polars", pl)])
def test_output_comes_as_the_data_frame_asked_for(library, kind, trained, waves):
    transformer = copy.deepcopy(trained).set_output(transform=library)
    frame = transformer.transform(waves)
    assert isinstance(frame, kind.DataFrame)
    assert list(frame.columns) == list(trained.get_feature_names_out())
    assert_array_equal(frame.to_numpy(), trained.transform(waves))


def test_another_number_of_channels_than_in_fit_is_an_error(trained, waves):
    message = r"TimeNetTransformer: .* 1 channel\(s\), but 2 are expected, as in fit"
    for method in (trained.transform, trained.reconstruction_error):
        with pytest.raises(ValueError, match=message):
            method(waves[:, 0])
    with pytest.raises(ValueError, match=r"or np\.asarray\(X\)\[None\] if each row"):
        trained.transform(waves[0])  # one series, a channel a row


# --- Copies, other processes --------------------------------------------------------


def test_clone_is_unfitted_and_has_the_same_parameters(trained):
    other = clone(trained)
    assert not hasattr(other, "model_")
    assert other.get_params() == trained.get_params()


@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda fitted: pickle.loads(pickle.dumps(fitted))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_transforms_to_the_same_bits(duplicate, trained, waves):
    assert_array_equal(duplicate(trained).transform(waves), trained.transform(waves))


def test_a_pickle_is_used_in_a_process_that_has_no_tensorflow(
    trained, waves, tmp_path, fresh_python
):
    (tmp_path / "fitted.pickle").write_bytes(pickle.dumps(trained))
    np.save(tmp_path / "X.npy", waves)
    fresh_python(
        """
import pickle, sys
import numpy as np
folder = sys.argv[1]
with open(f"{folder}/fitted.pickle", "rb") as file:
    transformer = pickle.load(file)
np.save(f"{folder}/Z.npy", transformer.transform(np.load(f"{folder}/X.npy")))
""",
        tmp_path,
        blocked=("keras", "tensorflow"),
    )
    assert_array_equal(np.load(tmp_path / "Z.npy"), trained.transform(waves))


def transform_and_look(transformer, series):
    embedding = transformer.transform(series)
    return embedding, {"keras", "tensorflow"} & set(sys.modules)


def test_joblib_workers_transform_without_importing_tensorflow(trained, waves):
    get_reusable_executor().shutdown(wait=True)  # none that another test has used
    parts = Parallel(n_jobs=2, backend="loky")(
        delayed(transform_and_look)(trained, part) for part in np.split(waves, 4)
    )
    assert all(not imported for _, imported in parts)
    together = np.concatenate([embedding for embedding, _ in parts])
    assert_array_equal(together, trained.transform(waves))


def test_grid_search_in_two_processes_over_both_transformers_ends(tiny, waves):
    y = np.arange(20) % 2
    pipeline = Pipeline([("embed", TimeNetTransformer()), ("classify", SVC())])
    small = {"n_units": 2, "n_layers": 1, "recipe": tiny, "random_state": 0}
    grid = {
        "embed": [TimeNetTransformer(**small), DomainSAETransformer(**small)],
    }
    search = GridSearchCV(
        pipeline, grid, cv=2, n_jobs=2, error_score="raise", refit=False
    )
    scores = search.fit(waves, y).cv_results_["mean_test_score"]
    assert scores.shape == (2,) and np.isfinite(scores).all()
    get_reusable_executor().shutdown(wait=True)  # they hold TensorFlow


@pytest.mark.parametrize("absent", ["keras", "tensorflow"])
def test_training_without_keras_or_back_end_names_the_pip_command(absent, fresh_python):
    printed = fresh_python(
        """
import numpy as np
from timenet_sklearn import TimeNetTransformer
X = np.random.default_rng(0).standard_normal((4, 10))
print(TimeNetTransformer(weights="ucr18").fit_transform(X).shape)
try:
    TimeNetTransformer().fit(X)
except ImportError as error:
    print(error)
""",
        blocked=(absent,),
    )
    assert "(4, 180)" in printed
    assert f"TimeNetTransformer needs {absent}" in printed
    assert 'pip install "timenet_sklearn[train]"' in printed


# --- save and load ------------------------------------------------------------------


def test_a_saved_transformer_comes_back_bit_for_bit(trained, waves, tmp_path):
    original = copy.deepcopy(trained).set_params(
        layers=(2, 1),
        pooling=("std", "last"),
        recipe=Recipe(buckets=(8, 8), patience=3),
        checkpoint=tmp_path / "run",
        validation_fraction=0.3,
    )
    original.save(tmp_path / "saved")
    loaded = TimeNetTransformer.load(tmp_path / "saved")
    expected = {**original.get_params(), "checkpoint": str(tmp_path / "run")}
    assert loaded.get_params() == expected
    assert bits(loaded.model_) == bits(original.model_)
    assert_array_equal(loaded.transform(waves), original.transform(waves))
    assert loaded.history_ == original.history_
    assert loaded.validation_error_ == original.validation_error_
    assert_array_equal(loaded.get_feature_names_out(), original.get_feature_names_out())


@pytest.mark.usefixtures("without_xla")
def test_a_saved_search_comes_back_with_its_results(tiny, waves, tmp_path):
    search = DomainSAETransformer((2, 3), 1, recipe=tiny, random_state=0).fit(waves)
    search.save(tmp_path)
    loaded = DomainSAETransformer.load(tmp_path)
    assert loaded.get_params() == search.get_params()
    assert loaded.search_results_ == search.search_results_
    assert loaded.best_params_ == search.best_params_
    assert_array_equal(loaded.transform(waves), search.transform(waves))


def test_frozen_weights_can_be_saved_unfitted(tmp_path):
    UCR18.save(tmp_path)
    loaded = TimeNetTransformer.load(tmp_path)
    assert loaded.weights == "ucr18"
    assert_array_equal(loaded.transform(SERIES), UCR18.transform(SERIES))


def test_a_saved_folder_serves_as_weights(small_weights, trained, waves):
    frozen = TimeNetTransformer(weights=small_weights)
    assert_array_equal(frozen.transform(waves), trained.transform(waves))
    assert bits(frozen.fit(waves).model_) == bits(trained.model_)


def test_loading_as_the_wrong_class_is_an_error(small_weights):
    message = "holds TimeNetTransformer, not a saved DomainSAETransformer"
    with pytest.raises(ValueError, match=message):
        DomainSAETransformer.load(small_weights)


def test_loading_weights_that_no_transformer_saved_is_an_error(trained, tmp_path):
    save_weights(Weights(trained.model_), tmp_path)
    with pytest.raises(
        ValueError, match=r"weights only, .*TimeNetTransformer\(weights="
    ):
        TimeNetTransformer.load(tmp_path)


def test_saving_needs_a_model(tmp_path):
    with pytest.raises(NotFittedError):
        TimeNetTransformer().save(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


# --- The way back -------------------------------------------------------------------


def test_one_channel_is_reconstructed_as_a_table_several_as_a_cube(
    trained, small_weights, waves
):
    embeddings = trained.transform(waves)
    several = trained.inverse_transform(embeddings, 8)
    assert several.shape == (20, 2, 8) and several.dtype == np.float32
    alone = TimeNetTransformer(weights=small_weights).fit(waves[:, 0])
    one = alone.inverse_transform(embeddings[:, :6], 8)
    assert one.shape == (20, 8)
    assert_array_equal(one, several[:, 0])


def test_embeddings_of_other_channels_than_in_fit_are_not_decoded(trained, waves):
    embeddings = trained.transform(waves)
    with pytest.raises(ValueError, match=r"1 channel\(s\) of 6 columns, but 2 are exp"):
        trained.inverse_transform(embeddings[:, :6], 8)


def test_reconstructions_of_unequal_length_end_in_nan(trained, waves):
    embeddings = trained.transform(waves[:3])
    ragged = trained.inverse_transform(embeddings, [4, 7, 1])
    assert ragged.shape == (3, 2, 7)
    assert_array_equal((~np.isnan(ragged)).sum(axis=2), [[4, 4], [7, 7], [1, 1]])
    for row, length in enumerate((4, 7, 1)):
        alone = trained.inverse_transform(embeddings[row : row + 1], length)
        assert_array_equal(ragged[row, :, :length], alone[0])


def test_final_states_are_found_among_other_columns(trained, waves):
    expected = trained.inverse_transform(trained.transform(waves), 8)
    other = copy.deepcopy(trained)
    other.set_params(layers=(2, 1), pooling=("max", "last", "mean"))
    frame = other.set_output(transform="pandas").transform(waves)
    assert_array_equal(other.inverse_transform(frame, 8), expected)


@pytest.mark.parametrize("selection", [{"layers": 2}, {"pooling": ("mean", "max")}])
def test_decoding_without_all_final_states_is_an_error(selection, trained, waves):
    partial = copy.deepcopy(trained).set_params(**selection)
    message = r"only from the final states of all 2 layers over .* Use layers=.all"
    with pytest.raises(ValueError, match=message):
        partial.inverse_transform(partial.transform(waves), 8)


@pytest.mark.parametrize("n_timepoints", [0, -3, 2.5, [4, 0, 1]])
def test_reconstructing_no_whole_number_of_steps_is_an_error(
    n_timepoints, trained, waves
):
    with pytest.raises(ValueError, match="n_timepoints must be a whole number of at"):
        trained.inverse_transform(trained.transform(waves[:3]), n_timepoints)


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (np.nan, ValueError, "embedding 1 has NaN"),
        (1e300, ValueError, r"embedding 1 has .* beyond 1e\+25"),
        (1j, ValueError, "Complex data not supported"),
        ("1.0", TypeError, "text"),
    ],
)
def test_decoding_what_is_no_embedding_is_an_error(bad, error, message):
    embeddings = np.zeros((2, 180), dtype=object)
    embeddings[1, 7] = bad
    with pytest.raises(error, match=f"^TimeNetTransformer: .*{message}"):
        UCR18.inverse_transform(embeddings, 5)


def test_the_largest_numbers_that_are_accepted_overflow_nothing():
    X = np.array([[1e25, -1e25, 1e25, 0.0]])
    as_they_are = TimeNetTransformer(weights="ucr18", normalize=False, pooling=POOLED)
    assert np.isfinite(as_they_are.transform(X)).all()
    assert np.isfinite(as_they_are.reconstruction_error(X)).all()
    assert np.isfinite(UCR18.inverse_transform(np.full((1, 180), 1e25), 5)).all()
    with pytest.raises(ValueError, match=r"beyond 1e\+25, which would overflow"):
        as_they_are.transform(np.full((1, 4), 3e38, dtype=np.float32))


def test_decoding_the_wrong_number_of_columns_is_an_error(trained):
    with pytest.raises(ValueError, match=r"n_channels \* 6\), got shape \(2, 7\)"):
        trained.inverse_transform(np.zeros((2, 7)), 5)


def test_reconstruction_error_is_the_mean_squared_difference_a_step(trained, waves):
    ragged = [waves[0], waves[1, :, :5], waves[2, :, :1]]
    decoded = trained.inverse_transform(trained.transform(ragged), [8, 5, 1])
    expected = [
        np.square(rows[:, : panel.shape[2]] - panel[0]).mean()
        for rows, panel in zip(
            decoded, (check_panel([one]).block(0, 1) for one in ragged), strict=True
        )
    ]
    errors = trained.reconstruction_error(ragged)
    assert errors.dtype == np.float64 and errors.shape == (3,)
    np.testing.assert_allclose(errors, expected, rtol=1e-5)


def test_bundled_weights_reconstruct_unseen_smooth_series():
    pytest.importorskip("sktime", reason="the data set comes with sktime")
    X = load_bundled("UnitTest").X_train
    decoded = UCR18.inverse_transform(UCR18.transform(X), X.shape[1])
    residuals = decoded - check_panel(X).block(0, len(X))[:, 0]
    # predicting zero gives 1.0
    assert np.square(residuals).mean() < 0.3
    assert UCR18.reconstruction_error(X).mean() < 0.3


# --- Training -----------------------------------------------------------------------


@pytest.mark.usefixtures("without_xla")
def test_random_state_decides_about_every_bit(tiny, waves):
    def fit(random_state):
        return TimeNetTransformer(
            n_units=2, n_layers=1, recipe=tiny, random_state=random_state
        ).fit(waves)

    assert bits(fit(0).model_) == bits(fit(0).model_)
    assert bits(fit(0).model_) != bits(fit(1).model_)
    assert bits(fit(None).model_) != bits(fit(None).model_)


@pytest.mark.usefixtures("without_xla")
@pytest.mark.parametrize("random_state", [0, None])
def test_a_fit_with_a_checkpoint_goes_on_where_it_was(
    random_state, tiny, waves, tmp_path
):
    transformer = TimeNetTransformer(
        n_units=2,
        n_layers=1,
        recipe=tiny,
        checkpoint=tmp_path,
        random_state=random_state,
    )
    first = bits(transformer.fit(waves).model_)
    written = (tmp_path / "training.npz").stat().st_mtime_ns
    assert bits(clone(transformer).fit(waves).model_) == first
    assert (tmp_path / "training.npz").stat().st_mtime_ns == written


@pytest.mark.usefixtures("without_xla")
@pytest.mark.parametrize(("n", "fraction"), [(1, 0.2), (2, 0.2), (3, 0.9)])
def test_few_series_are_enough_whatever_the_validation_part(n, fraction, tiny, waves):
    transformer = TimeNetTransformer(
        n_units=2, n_layers=1, recipe=tiny, validation_fraction=fraction
    )
    assert np.isfinite(transformer.fit_transform(waves[:n])).all()


def still(recipe):
    return replace(recipe, learning_rate=1e-12, schedule="constant")


def wild(recipe):
    return replace(recipe, learning_rate=50.0, schedule="constant", clip_norm=None)


@pytest.mark.usefixtures("without_xla")
def test_fine_tuning_starts_from_the_weights(small_weights, trained, tiny, waves):
    tuned = TimeNetTransformer(
        weights=small_weights, fine_tune=True, recipe=still(tiny)
    ).fit(waves)
    for name, array in to_named_arrays(tuned.model_).items():
        start = to_named_arrays(trained.model_)[name]
        np.testing.assert_allclose(array, start, atol=1e-9)


@pytest.mark.usefixtures("without_xla")
def test_fine_tuning_never_ends_worse_than_it_started(
    small_weights, trained, tiny, waves
):
    tuned = TimeNetTransformer(
        weights=small_weights, fine_tune=True, recipe=wild(tiny), random_state=0
    ).fit(waves)
    assert min(tuned.history_["validation_error"]) > tuned.validation_error_
    assert bits(tuned.model_) == bits(trained.model_)


@pytest.mark.usefixtures("without_xla")
def test_fine_tuning_lowers_the_reconstruction_error_of_new_data():
    pytest.importorskip("sktime", reason="the data set comes with sktime")
    X = load_bundled("BasicMotions").X_train[:, :, ::4]
    recipe = Recipe(
        n_steps=20,
        learning_rate=0.001,
        warmup_steps=2,
        curriculum=False,
        evaluate_every=10,
    )
    before = UCR18.reconstruction_error(X).mean()
    frozen = UCR18.transform(X[:2])
    tuned = clone(UCR18).set_params(fine_tune=True, recipe=recipe, random_state=0)
    tuned.fit(X)
    assert tuned.reconstruction_error(X).mean() < 0.99 * before
    assert tuned.n_channels_in_ == 6
    assert_array_equal(clone(UCR18).transform(X[:2]), frozen)
    assert bits(load_weights("ucr18").model) != bits(tuned.model_)


def test_saving_frozen_weights_keeps_what_they_were_trained_on(tmp_path, waves):
    as_they_are = TimeNetTransformer(weights="ucr18", normalize=False)
    as_they_are.fit(waves).save(tmp_path)
    again = TimeNetTransformer(weights=tmp_path)
    assert_array_equal(again.transform(waves), UCR18.transform(waves))


def test_fitted_weights_are_saved_after_their_folder_moved(
    small_weights, tmp_path, waves
):
    shutil.copytree(small_weights, tmp_path / "before")
    frozen = TimeNetTransformer(weights=tmp_path / "before").fit(waves)
    (tmp_path / "before").rename(tmp_path / "after")
    frozen.save(tmp_path / "saved")
    again = TimeNetTransformer(weights=tmp_path / "saved")
    assert_array_equal(again.transform(waves), frozen.transform(waves))


def test_what_weights_were_trained_on_is_no_parameter(trained, tmp_path):
    changed = copy.deepcopy(trained).set_params(normalize=False)
    changed.save(tmp_path / "saved")
    assert load_weights(tmp_path / "saved").normalize
    restored = TimeNetTransformer.load(tmp_path / "saved")
    restored.set_params(weights=tmp_path / "gone").save(tmp_path / "again")
    assert load_weights(tmp_path / "again").normalize


def test_a_parameter_set_after_a_call_is_checked_at_the_next(waves):
    frozen = clone(UCR18)
    frozen.transform(waves)
    with pytest.raises(ValueError, match="'missing' parameter"):
        frozen.set_params(missing="drop").transform(waves)


@pytest.mark.usefixtures("without_xla")
def test_a_warm_start_that_fits_no_candidate_is_refused(tiny, waves):
    search = DomainSAETransformer(2, 1, warm_start_from="ucr18", recipe=tiny)
    with pytest.raises(ValueError, match="n_units=60 and n_layers=3, which no cand"):
        search.fit(waves)


@pytest.mark.usefixtures("without_xla")
def test_a_refit_with_frozen_weights_forgets_the_training_before(tiny, waves):
    encoder = TimeNetTransformer(n_units=2, n_layers=1, recipe=tiny).fit(waves)
    assert encoder.history_["step"]
    encoder.set_params(weights="ucr18", n_units=60, n_layers=3).fit(waves)
    assert not hasattr(encoder, "history_")
    assert not hasattr(encoder, "validation_error_")


@pytest.mark.usefixtures("without_xla")
def test_a_search_keeps_the_candidate_with_the_least_validation_error(tiny, waves):
    search = DomainSAETransformer(
        # with this seed neither the first nor the last candidate wins
        n_units=(2, 4),
        n_layers=(1, 2),
        recipe=tiny,
        random_state=2,
    ).fit(waves)
    table = pd.DataFrame(search.search_results_)
    assert list(zip(table.n_units, table.n_layers, strict=True)) == [
        (2, 1),
        (2, 2),
        (4, 1),
        (4, 2),
    ]
    assert (table.n_steps == 2).all() and (table.seconds > 0).all()
    best = table.loc[table.validation_error.idxmin()]
    assert table.validation_error.nunique() == 4
    assert search.best_params_ == {"n_units": best.n_units, "n_layers": best.n_layers}
    assert search.validation_error_ == best.validation_error
    assert (search.model_.n_units, search.model_.n_layers) == (
        best.n_units,
        best.n_layers,
    )
    assert search.history_["validation_error"][-1] >= search.validation_error_
    assert search.transform(waves).shape == (20, 2 * best.n_units * best.n_layers)


@pytest.mark.usefixtures("without_xla")
def test_each_candidate_has_a_checkpoint_of_its_own(tiny, waves, tmp_path):
    DomainSAETransformer((2, 3), 1, recipe=tiny, checkpoint=tmp_path).fit(waves)
    folders = sorted(path.name for path in tmp_path.iterdir())
    assert folders == ["units2-layers1", "units3-layers1"]
    assert all((tmp_path / name / "training.npz").is_file() for name in folders)


@pytest.mark.usefixtures("without_xla")
def test_a_warm_start_is_taken_only_where_the_shape_fits(
    small_weights, trained, tiny, waves
):
    search = DomainSAETransformer(
        n_units=(2, 3),
        n_layers=2,
        warm_start_from=small_weights,
        recipe=still(tiny),
        random_state=0,
    )
    warm = search.fit(waves).search_results_["validation_error"]
    cold = clone(search).set_params(warm_start_from=None).fit(waves)
    cold = cold.search_results_["validation_error"]
    assert warm[0] == cold[0]
    assert warm[1] != cold[1]
    only = clone(search).set_params(n_units=3).fit(waves)
    start = to_named_arrays(trained.model_)
    for name, array in to_named_arrays(only.model_).items():
        np.testing.assert_allclose(array, start[name], atol=1e-9)
