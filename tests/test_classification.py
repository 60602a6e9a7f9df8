from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import parametrize_with_checks

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.classification import EmbeddingSVC, make_svc, make_timenet_svc
from timenet_sklearn.datasets import load_bundled
from timenet_sklearn.table1 import protocol

pytest.importorskip("sktime", reason="the real data set comes with sktime")

FOLDS_DIFFER = {
    "check_sample_weight_equivalence_on_dense_data": "a repeated example falls into "
    "other folds than one of double weight; weight 0 is tested below"
}


@parametrize_with_checks(
    [EmbeddingSVC()], expected_failed_checks=lambda estimator: FOLDS_DIFFER
)
def test_classifier_keeps_scikit_learns_contract(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def data():
    return load_bundled("UnitTest")


@pytest.fixture(scope="module")
def embeddings(data):
    return TimeNetTransformer("ucr18", pooling=POOLED).fit_transform(data.X_train)


@pytest.fixture(scope="module")
def lonely(data):
    """Labels of which one stands for a single example."""
    y = data.y_train.copy()
    y[0] = "7" if y.dtype.kind == "U" else 7
    return y


def test_protocol_and_package_have_one_classifier():
    assert protocol.make_svc is make_svc


def test_classifier_is_what_make_svc_makes_from_the_labels(data, embeddings):
    y = data.y_train
    expected = make_svc(y, embeddings.shape[1]).fit(embeddings, y)
    svc = EmbeddingSVC().fit(embeddings, y)
    assert svc.svc_.best_params_ == expected.best_params_
    assert svc.svc_.best_score_ == expected.best_score_
    assert_array_equal(svc.predict(embeddings), expected.predict(embeddings))
    assert_array_equal(
        svc.decision_function(embeddings), expected.decision_function(embeddings)
    )


def test_pipeline_is_the_encoder_and_the_tuned_svc(data, embeddings):
    model = make_timenet_svc().fit(data.X_train, data.y_train)
    svc = EmbeddingSVC().fit(embeddings, data.y_train)
    test = TimeNetTransformer("ucr18", pooling=POOLED).transform(data.X_test)
    assert_array_equal(model.predict(data.X_test), svc.predict(test))
    probabilities = model.predict_proba(data.X_test)
    assert_array_equal(probabilities, svc.predict_proba(test))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert_array_equal(model.classes_, np.unique(data.y_train))


def test_parameters_reach_encoder_and_search(data):
    model = make_timenet_svc(pooling="last", layers=3, random_state=1, n_jobs=2)
    assert model["timenet"].get_params()["layers"] == 3
    assert model["timenet"].pooling == "last"
    assert model["timenet"].n_jobs == model["svc"].n_jobs == 2
    assert model["svc"].random_state == 1
    again = clone(model).fit(data.X_train, data.y_train)
    assert again["svc"].n_features_in_ == 60
    alone = clone(model).set_params(svc__n_jobs=None).fit(data.X_train, data.y_train)
    assert_array_equal(
        alone.predict_proba(data.X_test), again.predict_proba(data.X_test)
    )


def test_pickled_pipeline_predicts_the_same(data):
    model = make_timenet_svc().fit(data.X_train, data.y_train)
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(
        again.predict_proba(data.X_test), model.predict_proba(data.X_test)
    )


def test_class_of_one_example_has_fixed_parameters_and_no_probabilities(
    data, embeddings, lonely
):
    svc = EmbeddingSVC().fit(embeddings, data.y_train)
    svc.fit(embeddings, lonely)
    assert not isinstance(svc.svc_, GridSearchCV)
    assert svc.predict(embeddings).shape == lonely.shape
    assert svc.decision_function(embeddings).shape == (len(lonely), 3)
    assert not hasattr(svc, "predict_proba")
    with pytest.raises(
        AttributeError, match="has no attribute 'predict_proba'"
    ) as info:
        svc.predict_proba(embeddings)
    assert "a single training example" in str(info.value.__cause__)


def test_one_class_is_an_error(embeddings):
    with pytest.raises(ValueError, match="y holds one class only, 'a'; a classifier"):
        EmbeddingSVC().fit(embeddings, ["a"] * len(embeddings))


# --- Weights of examples ------------------------------------------------------------


def test_example_of_weight_zero_is_absent(data, embeddings):
    weights = np.arange(len(embeddings)) % 3
    present = weights > 0
    weighted = EmbeddingSVC().fit(embeddings, data.y_train, present.astype(float))
    without = EmbeddingSVC().fit(embeddings[present], data.y_train[present])
    assert_array_equal(
        weighted.predict_proba(embeddings), without.predict_proba(embeddings)
    )


def test_weights_reach_scaling_training_scores_and_calibration():
    rng = np.random.default_rng(0)
    X, y, weights = rng.normal(size=(60, 3)), np.arange(60) % 2, rng.uniform(0, 5, 60)
    plain, svc = EmbeddingSVC().fit(X, y), EmbeddingSVC().fit(X, y, weights)
    mean = np.average(X, axis=0, weights=weights)
    for fitted in (svc.svc_.best_estimator_, *svc.calibrated_.calibrated_classifiers_):
        np.testing.assert_allclose(getattr(fitted, "estimator", fitted)[0].mean_, mean)
    assert not np.allclose(svc.decision_function(X), plain.decision_function(X))
    # Of 12 unweighted examples the part that is right would be a number of twelfths.
    twelfths = 12 * svc.svc_.cv_results_["split0_test_score"]
    assert (np.abs(twelfths - np.round(twelfths)) > 1e-6).all()


@pytest.mark.parametrize("routing", [False, True])
def test_pipeline_routes_weights_with_and_without_metadata_routing(
    routing, data, embeddings
):
    weights = np.linspace(0.1, 3, len(embeddings))
    expected = EmbeddingSVC().fit(embeddings, data.y_train, weights)
    with config_context(enable_metadata_routing=routing):
        model = make_timenet_svc()
        if routing:
            model["svc"].set_fit_request(sample_weight=True)
            model.fit(data.X_train, data.y_train, sample_weight=weights)
        else:
            model.fit(data.X_train, data.y_train, svc__sample_weight=weights)
        assert_array_equal(
            model.predict_proba(data.X_train), expected.predict_proba(embeddings)
        )
