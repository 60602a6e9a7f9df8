from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled
from timenet_sklearn.selection import POOLINGS, SelectStates

pytest.importorskip("sktime", reason="the real data sets come with sktime")


@parametrize_with_checks([SelectStates(encoder_pooling="last", n_layers=1, n_units=1)])
def test_selector_keeps_scikit_learns_contract(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def X():
    """5 series of 2 channels and 30 steps."""
    return np.random.default_rng(0).standard_normal((5, 2, 30))


@pytest.fixture(scope="module")
def every(X):
    """An encoder that returns all there is."""
    return TimeNetTransformer(weights="ucr18", pooling=POOLINGS).fit(X)


@pytest.mark.parametrize("output", ["default", "pandas", "polars"])
@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"layers": 2},
        {"layers": [1, 3], "pooling": "mean"},
        {"pooling": POOLED},
        {"layers": 1, "pooling": ("last", "std")},
    ],
)
def test_selected_columns_are_those_of_an_encoder_so_configured(
    chosen, output, every, X
):
    encoder = TimeNetTransformer("ucr18", **chosen).fit(X)
    every.set_output(transform=output)
    embeddings = every.transform(X)
    every.set_output(transform="default")
    select = SelectStates(**chosen).set_output(transform=output).fit(embeddings)
    selected = select.transform(embeddings)
    assert_array_equal(np.asarray(selected), encoder.transform(X))
    names = encoder.get_feature_names_out()
    assert_array_equal(
        select.get_feature_names_out(every.get_feature_names_out()), names
    )
    if output == "default":
        assert selected.dtype == np.float32
    else:
        assert list(selected.columns) == list(names)


@pytest.mark.parametrize("output", ["default", "pandas"])
def test_encoder_of_another_shape_is_described_or_names_its_columns(
    output, request, waves
):
    pytest.importorskip("keras", reason="training needs the extra train")
    trained = request.getfixturevalue("trained")
    names = trained.get_feature_names_out()
    embeddings = trained.transform(waves)
    if output == "pandas":
        embeddings, shape = pd.DataFrame(embeddings, columns=names), {}
    else:
        shape = {"encoder_pooling": "last", "n_layers": 2, "n_units": 3}
    select = SelectStates(layers=2, **shape).fit(embeddings)
    assert all("_layer2_" in name for name in select.get_feature_names_out(names))
    assert select.get_support().sum() == 2 * 3  # channels * units


def test_prefixes_before_the_names_do_no_harm(every, X):
    union = make_union(every).set_output(transform="pandas")
    select = SelectStates(layers=1).fit(union.fit_transform(X))
    every.set_output(transform="default")
    assert select.get_feature_names_out()[0] == (
        "timenettransformer__channel0_last_layer1_unit00"
    )
    assert select.get_support().sum() == 2 * 60


def test_number_of_columns_that_does_not_fit_is_an_error():
    message = r"180 columns .* n_layers=3 and n_units=60 gives 1440 a channel. Describe"
    with pytest.raises(ValueError, match=message):
        SelectStates().fit(np.ones((3, 180)))


def test_eight_channels_are_not_taken_for_eight_poolings():
    motions = load_bundled("BasicMotions").X_train[:2]
    eight = np.concatenate([motions, motions[:, :2]], axis=1)
    embeddings = TimeNetTransformer("ucr18").fit_transform(eight)
    assert embeddings.shape == (2, 1440)
    with pytest.raises(ValueError, match="would be std or change are negative"):
        SelectStates().fit(embeddings)


def test_states_that_the_encoder_left_out_cannot_be_selected(X):
    encoder = TimeNetTransformer("ucr18", layers=(2, 3), pooling=("max", "min"))
    frame = encoder.set_output(transform="pandas").fit_transform(X)
    assert SelectStates("all", "max").fit_transform(frame).shape == (5, 240)
    for absent in ({"layers": 1, "pooling": "max"}, {"pooling": "last"}):
        with pytest.raises(
            ValueError, match=r"which are max of layer 2 \(whole\), max"
        ):
            SelectStates(**absent).fit(frame)


def test_columns_of_other_features_are_an_error(every, X):
    frame = pd.DataFrame(every.transform(X), columns=every.get_feature_names_out())
    with pytest.raises(ValueError, match="column 'age' is no state of an encoder"):
        SelectStates().fit(frame.assign(age=1.0))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"layers": 4}, "layers must be 'all', a layer from 1 to 3"),
        ({"pooling": "median"}, "pooling must be one or several different ones of"),
        ({"encoder_pooling": "median"}, "pooling must be one or several different"),
        ({"n_units": 0}, "'n_units' parameter of SelectStates must be an int"),
    ],
)
def test_what_no_encoder_has_is_an_error(wrong, message):
    with pytest.raises(ValueError, match=message):
        SelectStates(**wrong).fit(np.ones((3, 1440)))


# --- How often the encoder runs -----------------------------------------------------


class Counting(TimeNetTransformer):
    """Writes a line for each forward pass, from whatever process."""

    def __init__(self, weights="ucr18", *, pooling=POOLINGS, log=None):
        super().__init__(weights, pooling=pooling)
        self.log = log

    def transform(self, X):
        with open(self.log, "a", encoding="utf-8") as log:
            log.write(f"{len(X)}\n")
        return super().transform(X)


# 8 choices, 2 folds
GRID = {
    "select__layers": ["all", 3],
    "select__pooling": ["last", POOLED],
    "svc__C": [1, 10],
    "svc__gamma": ["scale"],
}
STEPS = [("select", SelectStates()), ("scale", StandardScaler()), ("svc", SVC())]


@pytest.fixture
def encoder(tmp_path):
    return Counting(log=tmp_path / "log")


def passes(encoder, search):
    """Fit a search on 20 series; count passes over 10 series and over 20."""
    data = load_bundled("UnitTest")
    search.fit(data.X_train, data.y_train)
    lines = encoder.log.read_text(encoding="utf-8").split()
    assert set(lines) <= {"10", "20"}
    assert search.predict(data.X_test).shape == data.y_test.shape
    return lines.count("10"), lines.count("20")


def test_a_search_behind_the_encoder_runs_it_once(encoder):
    search = GridSearchCV(Pipeline(STEPS), GRID, cv=2, n_jobs=2)
    model = Pipeline([("timenet", encoder), ("search", search)])
    assert passes(encoder, model) == (0, 1)


def test_a_search_around_the_encoder_runs_it_for_each_choice(encoder):
    model = Pipeline([("timenet", encoder), *STEPS])
    search = GridSearchCV(model, GRID, cv=2)
    assert passes(encoder, search) == (2 * 2 * 8, 1)  # two parts, two folds


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_memory_saves_the_passes_over_training_parts(n_jobs, encoder, tmp_path):
    model = Pipeline([("timenet", encoder), *STEPS], memory=str(tmp_path / "cache"))
    parts, whole = passes(encoder, GridSearchCV(model, GRID, cv=2, n_jobs=n_jobs))
    # A pass for each fold's training part, unless two processes begin it together;
    # and one for each choice and test part, which scikit-learn does not cache.
    assert 2 <= parts - 2 * 8 <= 2 * n_jobs
    assert whole == 1


def test_the_search_behind_the_encoder_chooses_as_the_one_around_it(encoder):
    data = load_bundled("UnitTest")
    behind = GridSearchCV(Pipeline(STEPS), GRID, cv=2)
    embeddings = encoder.fit_transform(data.X_train)
    behind.fit(embeddings, data.y_train)
    around = GridSearchCV(Pipeline([("timenet", encoder), *STEPS]), GRID, cv=2)
    around.fit(data.X_train, data.y_train)
    assert behind.best_params_ == around.best_params_
    assert_array_equal(
        behind.cv_results_["mean_test_score"], around.cv_results_["mean_test_score"]
    )
