"""Tests of the sktime adapters: sktime's own contract, and its tools in use.

The contract is checked with the quickest parameters of each estimator. With all that
there are: TIMENET_SKTIME_CHECKS=all pytest tests/test_sktime.py
"""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec

import numpy as np
import pytest

pytest.importorskip("sktime")

import pandas as pd
from sklearn.metrics import accuracy_score
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sktime.base import load
from sktime.benchmarking.classification import ClassificationBenchmark
from sktime.classification.model_evaluation import evaluate
from sktime.classification.model_selection import TSCGridSearchCV
from sktime.datasets import load_basic_motions, load_japanese_vowels, load_unit_test
from sktime.datatypes import convert
from sktime.pipeline import make_pipeline
from sktime.utils.estimator_checks import check_estimator

from timenet_sklearn import (
    Recipe,
    TimeNetTransformer,
    classification,
    from_long,
    regression,
)
from timenet_sklearn.sktime import (
    DomainSAEFeatures,
    TimeNetClassifier,
    TimeNetFeatures,
    TimeNetRegressor,
)

ALL_CHECKS = os.environ.get("TIMENET_SKTIME_CHECKS") == "all"
FOLDS = KFold(2, shuffle=True, random_state=0)
MTYPES = ["numpy3D", "pd-multiindex", "nested_univ", "df-list"]

needs_keras = pytest.mark.skipif(
    find_spec("keras") is None, reason="training needs the extra train"
)


@pytest.fixture(scope="module")
def chinatown() -> tuple[np.ndarray, np.ndarray]:
    """20 series of 24 steps in 2 classes, labels as text (sktime's UnitTest)."""
    return load_unit_test(split="train", return_type="numpy3D")


@pytest.fixture(scope="module")
def motions() -> np.ndarray:
    """6 series of 6 channels and 100 steps."""
    return load_basic_motions(split="train", return_type="numpy3D")[0][:6]


@pytest.fixture(scope="module")
def vowels() -> tuple[pd.DataFrame, np.ndarray]:
    """20 nested series of 12 channels and 14 to 25 steps, of two speakers."""
    X, y = load_japanese_vowels(split="train", return_type="nested_univ")
    rows = np.r_[0:10, 30:40]
    return X.iloc[rows], y[rows]


class TestContract:
    @pytest.mark.parametrize(
        "estimator",
        [
            TimeNetFeatures,
            pytest.param(DomainSAEFeatures, marks=needs_keras),
            TimeNetClassifier,
            TimeNetRegressor,
        ],
    )
    def test_sktime_estimator_checks(self, estimator):
        # With XLA: one small network serves all fits, so that compiling pays.
        if not ALL_CHECKS:
            estimator = estimator.create_test_instance()
        results = check_estimator(estimator, raise_exceptions=False, verbose=False)
        failed = {name: why for name, why in results.items() if why != "PASSED"}
        assert not failed
        assert results

    def test_tags_follow_the_parameters(self):
        frozen = TimeNetFeatures(weights="ucr18", missing="interpolate")
        assert frozen.get_tag("capability:missing_values")
        assert frozen.get_tag("scitype:instancewise")
        assert frozen.get_tag("python_dependencies") is None
        assert frozen.get_tag("property:randomness") == "deterministic"
        trained = frozen.set_params(fine_tune=True, missing="error")
        assert not trained.get_tag("capability:missing_values")
        assert not trained.get_tag("scitype:instancewise")
        assert trained.get_tag("python_dependencies") == "timenet_sklearn[train]"
        assert trained.get_tag("property:randomness") == "derandomized"
        assert TimeNetClassifier(missing="interpolate").get_tag(
            "capability:missing_values"
        )


class TestFeatures:
    @pytest.mark.parametrize("mtype", MTYPES)
    def test_any_panel_gives_what_the_transformer_gives(self, motions, mtype):
        X = convert(motions, "numpy3D", mtype, as_scitype="Panel")
        features = TimeNetFeatures(weights="ucr18", layers=1).fit_transform(X)
        alone = TimeNetTransformer(weights="ucr18", layers=1).fit(motions)
        np.testing.assert_array_equal(features, alone.transform(motions))
        assert list(features.columns) == list(alone.get_feature_names_out())
        assert set(features.dtypes) == {np.dtype("float32")}

    @pytest.mark.parametrize("mtype", ["pd-multiindex", "nested_univ"])
    def test_instances_keep_their_names_and_order(self, chinatown, mtype):
        names = ["walk", "bus", "tram"]
        X = convert(chinatown[0][:3], "numpy3D", mtype, as_scitype="Panel")
        if mtype == "nested_univ":
            X.index = names
        else:
            X.index = X.index.set_levels(names, level=0)
        features = TimeNetFeatures(weights="ucr18").fit_transform(X)
        assert list(features.index) == names
        plain = TimeNetTransformer(weights="ucr18").fit_transform(chinatown[0][:3])
        np.testing.assert_array_equal(features, plain)

    def test_unequal_lengths_are_those_of_the_series(self, vowels):
        X = vowels[0].iloc[:3]
        lists = [[channel.to_numpy() for channel in row] for row in X.to_numpy()]
        np.testing.assert_array_equal(
            TimeNetFeatures(weights="ucr18", layers=3).fit_transform(X),
            TimeNetTransformer(weights="ucr18", layers=3).fit_transform(lists),
        )

    def test_a_flat_array_is_a_panel_where_it_is_said_to_be(self, chinatown):
        flat = chinatown[0][:, 0]
        features = TimeNetFeatures(weights="ucr18")
        assert features.fit_transform(flat).shape == (1, 24 * 180)  # sktime's reading
        features.set_config(input_conversion="numpyflat")
        np.testing.assert_array_equal(
            features.fit_transform(flat),
            TimeNetTransformer(weights="ucr18").fit_transform(flat),
        )

    @pytest.mark.parametrize("kind", [pd.Series, pd.DataFrame])
    def test_a_single_series_is_a_row(self, chinatown, kind):
        features = TimeNetFeatures(weights="ucr18").fit_transform(
            kind(chinatown[0][0, 0])
        )
        plain = TimeNetTransformer(weights="ucr18").fit_transform(chinatown[0][:1])
        np.testing.assert_array_equal(features, plain)

    @needs_keras
    def test_a_hierarchy_is_one_panel_of_its_leaves(self, chinatown, tiny, without_xla):
        X = convert(chinatown[0][:4], "numpy3D", "pd-multiindex", as_scitype="Panel")
        panel = pd.concat({"b": X.loc[[2, 0]], "a": X.loc[[1, 3]]}, names=["city"])
        model = TimeNetFeatures(n_units=3, n_layers=1, recipe=tiny, random_state=0)
        features = model.fit_transform(panel)
        assert list(features.index) == [("b", 2), ("b", 0), ("a", 1), ("a", 3)]
        assert features.index.names == panel.index.names[:2]
        plain = TimeNetTransformer(n_units=3, n_layers=1, recipe=tiny, random_state=0)
        np.testing.assert_array_equal(
            features, plain.fit_transform(chinatown[0][[2, 0, 1, 3]])
        )

    def test_nan_is_interpolated_inside_and_an_end_after(self, chinatown):
        gaps = chinatown[0][:3].copy()
        gaps[1, 0, 5:8] = np.nan
        gaps[2, 0, 20:] = np.nan
        features = TimeNetFeatures(weights="ucr18", missing="interpolate")
        plain = TimeNetTransformer(weights="ucr18", missing="interpolate")
        np.testing.assert_array_equal(
            features.fit_transform(gaps), plain.fit_transform(gaps)
        )


class TestErrors:
    def test_nan_inside_is_reported_in_our_words(self, chinatown):
        X = chinatown[0].copy()
        X[17, 0, 4:9] = np.nan
        with pytest.raises(ValueError, match=r"series 17.*NaN at steps 4-8") as plain:
            TimeNetTransformer(weights="ucr18").fit(X)
        for adapter in (
            TimeNetFeatures(weights="ucr18"),
            make_pipeline(TimeNetFeatures(weights="ucr18"), SVC()),
        ):
            with pytest.raises(ValueError) as adapted:
                adapter.fit(X, chinatown[1])
            assert str(adapted.value) == str(plain.value)

    def test_other_channels_than_in_fit_are_reported_in_our_words(
        self, chinatown, motions
    ):
        expected = r"{}: series 0 has 6 channel\(s\), but 1 are expected"
        features = TimeNetFeatures(weights="ucr18").fit(chinatown[0])
        with pytest.raises(ValueError, match=expected.format("TimeNetTransformer")):
            features.transform(motions)
        classifier = TimeNetClassifier(layers=1, pooling="last").fit(*chinatown)
        with pytest.raises(ValueError, match=expected.format("TimeNetClassifier")):
            classifier.predict(motions)

    @pytest.mark.parametrize("adapter", [TimeNetFeatures, TimeNetClassifier])
    @pytest.mark.parametrize(
        ("bad", "message"),
        [
            ({"pooling": "median"}, "pooling must be one or several different ones"),
            ({"layers": 4}, "layers must be 'all', a layer from 1 to 3"),
            ({"weights": "ucr81"}, "ucr81"),
        ],
    )
    def test_bad_parameters_are_reported_in_our_words(
        self, chinatown, adapter, bad, message
    ):
        given = {"weights": "ucr18", **bad}
        with pytest.raises((ValueError, FileNotFoundError), match=message) as adapted:
            adapter(**given).fit(*chinatown)
        with pytest.raises((ValueError, FileNotFoundError)) as plain:
            TimeNetTransformer(**given).fit(chinatown[0])
        assert str(adapted.value) == str(plain.value)

    def test_lists_and_long_tables_of_arrays_are_panels(self):
        rng = np.random.default_rng(0)
        ragged = [rng.standard_normal(n) for n in (20, 31, 25)]
        several = [rng.standard_normal((2, 20)) for _ in range(3)]
        readings = pd.DataFrame(rng.standard_normal((30, 2)), columns=["v", "w"])
        readings = readings.assign(id=np.repeat(list("abc"), 10), t=[*range(10)] * 3)
        table = from_long(readings, id="id", time="t")
        plain = TimeNetTransformer(weights="ucr18")
        for X in (ragged, several, table):
            features = TimeNetFeatures(weights="ucr18").fit_transform(X)
            np.testing.assert_array_equal(features, plain.fit_transform(X))
        assert list(features.index) == ["a", "b", "c"]
        for X in (ragged, table):
            y = np.array([0, 1, 0])
            here = TimeNetClassifier().fit(X, y).predict_proba(X)
            there = classification.TimeNetClassifier().fit(X, y).predict_proba(X)
            np.testing.assert_array_equal(here, there)
            TimeNetRegressor().fit(X, y.astype(float)).predict(X)

    def test_what_sktime_refuses_it_refuses_in_its_words(self, chinatown):
        with pytest.raises(TypeError, match="Unsupported input data type"):
            TimeNetFeatures(weights="ucr18").fit("series")
        X = chinatown[0].copy()
        X[0, 0, 0] = np.nan
        with pytest.raises(
            ValueError, match="TimeNetClassifier instance has missing values"
        ):
            TimeNetClassifier().fit(X, chinatown[1])

    def test_missing_extra_names_the_command(self, fresh_python):
        code = """
try:
    import timenet_sklearn.sktime
except ImportError as error:
    print(error)
"""
        printed = fresh_python(code, blocked=("sktime",))
        assert 'pip install "timenet_sklearn[sktime]"' in printed

    def test_only_training_asks_for_keras(self, fresh_python):
        code = """
import numpy as np
from timenet_sklearn.sktime import TimeNetFeatures
X = np.random.default_rng(0).standard_normal((3, 1, 9))
print(TimeNetFeatures(weights="ucr18").fit_transform(X).shape)
try:
    TimeNetFeatures().fit(X)
except ImportError as error:
    print(error)
"""
        printed = fresh_python(code, blocked=("keras", "tensorflow"))
        assert "(3, 180)" in printed
        assert 'pip install "timenet_sklearn[train]"' in printed


class TestClassifier:
    def test_it_is_the_classifier_of_scikit_learn(self, chinatown):
        X, y = chinatown
        ours = TimeNetClassifier(layers=1, pooling="last").fit(X, y)
        theirs = classification.TimeNetClassifier(layers=1, pooling="last").fit(X, y)
        test = load_unit_test(split="test", return_type="numpy3D")[0]
        np.testing.assert_array_equal(ours.predict(test), theirs.predict(test))
        np.testing.assert_array_equal(
            ours.predict_proba(test), theirs.predict_proba(test)
        )
        assert list(ours.classes_) == ["1", "2"]

    @pytest.mark.parametrize("mtype", [*MTYPES, "numpyflat"])
    def test_any_panel_gives_the_same_labels(self, chinatown, mtype):
        X, y = chinatown
        other = convert(X, "numpy3D", mtype, as_scitype="Panel")
        model = TimeNetClassifier(layers=1, pooling="last").fit(other, y)
        np.testing.assert_array_equal(
            model.predict_proba(other), model.predict_proba(X)
        )

    def test_channels_and_unequal_lengths_are_learned(self, vowels):
        X, y = vowels
        model = TimeNetClassifier(layers=1, pooling="last").fit(X.iloc[::2], y[::2])
        assert model.score(X.iloc[1::2], y[1::2]) > 0.5

    def test_a_class_of_a_single_series_is_learned(self, chinatown):
        X, y = chinatown
        rows = np.r_[0, np.flatnonzero(y != y[0])]
        model = TimeNetClassifier().fit(X[rows], y[rows])
        probabilities = model.predict_proba(X[rows])
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        np.testing.assert_array_equal(
            model.classes_[probabilities.argmax(axis=1)], model.predict(X[rows])
        )

    def test_missing_values_are_interpolated_if_asked(self, chinatown):
        X, y = chinatown[0].copy(), chinatown[1]
        X[::3, 0, 4:6] = np.nan
        X[1::3, 0, 22:] = np.nan
        model = TimeNetClassifier(pooling="mean", missing="interpolate").fit(X, y)
        assert model.score(X, y) > 0.5

    def test_the_regressor_is_that_of_scikit_learn(self, chinatown):
        X, y = chinatown[0], chinatown[1].astype(float)
        ours = TimeNetRegressor(layers=1, pooling="last").fit(X, y)
        theirs = regression.TimeNetRegressor(layers=1, pooling="last").fit(X, y)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


class TestInUse:
    def test_pipeline_of_features_scaler_and_svc(self, chinatown):
        X, y = chinatown
        pipeline = make_pipeline(
            TimeNetFeatures(weights="ucr18", pooling="mean"), StandardScaler(), SVC()
        )
        test, labels = load_unit_test(split="test", return_type="numpy3D")
        assert pipeline.fit(X, y).score(test, labels) > 0.5
        flat = pipeline.clone().fit(X[:, 0], y).predict(test[:, 0])
        np.testing.assert_array_equal(flat, pipeline.predict(test))

    def test_pipeline_takes_unequal_lengths(self, vowels):
        X, y = vowels
        features = TimeNetFeatures(weights="ucr18", layers=3)
        pipeline = make_pipeline(features, SVC()).fit(X.iloc[::2], y[::2])
        assert pipeline.score(X.iloc[1::2], y[1::2]) > 0.5

    def test_union_with_other_features(self, chinatown):
        summarize = pytest.importorskip("sktime.transformations.summarize")
        features = TimeNetFeatures(weights="ucr18", layers=1)
        union = features + summarize.SummaryTransformer()
        together = union.fit_transform(chinatown[0])
        assert "TimeNetFeatures__channel0_last_layer1_unit00" in together.columns
        assert len(together.columns) > 60

    @pytest.mark.parametrize(
        ("classifier", "grid"),
        [
            (TimeNetClassifier(layers=1), {"pooling": ["last", "mean"]}),
            (
                make_pipeline(TimeNetFeatures(weights="ucr18"), SVC()),
                {"TimeNetFeatures__pooling": ["last", "mean"], "classifier__C": [1, 9]},
            ),
        ],
        ids=["classifier", "pipeline"],
    )
    def test_grid_search(self, chinatown, classifier, grid):
        search = TSCGridSearchCV(classifier, grid, cv=FOLDS).fit(*chinatown)
        assert set(search.best_params_) == set(grid)
        assert search.score(*chinatown) > 0.5

    def test_evaluate(self, chinatown):
        X, y = chinatown
        table = evaluate(TimeNetClassifier(), cv=FOLDS, X=X, y=y, error_score="raise")
        assert len(table) == 2
        assert (table["test_accuracy_score"] > 0.5).all()

    def test_benchmark_resumes_from_its_storage(self, tmp_path):
        from timenet_sklearn.baselines import DTW1NN

        first = benchmark(tmp_path, {"timenet": TimeNetClassifier()})
        both = benchmark(tmp_path, {"timenet": TimeNetClassifier(), "dtw": DTW1NN(5)})
        assert list(both["model_id"]) == ["timenet", "dtw"]
        # Seconds would differ if anything had run again.
        pd.testing.assert_frame_equal(both[:1], first)

    @needs_keras
    def test_a_saved_estimator_keeps_its_weights_in_another_process(
        self, chinatown, trained, tmp_path, fresh_python, without_xla
    ):
        X, start = chinatown[0], tmp_path / "start"
        trained.save(start)
        recipe = Recipe(n_steps=5, learning_rate=0.01, warmup_steps=0, curriculum=False)
        tuned = TimeNetFeatures(start, fine_tune=True, recipe=recipe, random_state=0)
        expected = tuned.fit_transform(X).to_numpy()
        frozen = TimeNetFeatures(start).fit_transform(X)
        assert not np.array_equal(expected, frozen)
        shutil.rmtree(start)
        np.testing.assert_array_equal(load(tuned.save()).transform(X), expected)
        tuned.save(tmp_path / "tuned")
        np.savez(tmp_path / "arrays.npz", X=X, expected=expected)
        code = """
import sys
import numpy as np
from sktime.base import load
loaded = load(sys.argv[1] + "/tuned")
with np.load(sys.argv[1] + "/arrays.npz") as arrays:
    print(np.array_equal(loaded.transform(arrays["X"]), arrays["expected"]))
"""
        # Frozen or tuned, embedding needs no Keras.
        printed = fresh_python(code, tmp_path, blocked=("keras", "tensorflow"))
        assert printed.strip() == "True"


def benchmark(folder, classifiers):
    """Run classifiers on UnitTest's training part; results are stored in `folder`."""
    runs = ClassificationBenchmark()
    for name, classifier in classifiers.items():
        runs.add_estimator(classifier, name)
    data = load_unit_test(split="train")
    runs.add_task(data, FOLDS, [accuracy_score], "UnitTest", error_score="raise")
    return runs.run(str(folder / "results.json"))
