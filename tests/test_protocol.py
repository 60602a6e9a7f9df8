from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from timenet_sklearn import (
    POOLED,
    DomainSAETransformer,
    Recipe,
    TimeNetTransformer,
)
from timenet_sklearn.datasets import Dataset
from timenet_sklearn.table1 import protocol
from timenet_sklearn.table1.protocol import (
    GAMMA,
    PROTOCOL,
    Task,
    hide_test_labels,
    make_svc,
    sae_c,
    tn_c,
    tn_c_two_thirds,
    two_thirds,
)

QUICK = ("TN-C", "TN-C_2/3", "TN-C_L1", "TN-C_L2", "TN-C_L3", "TN-C pooled")


def make_waves(n, seed, n_steps=30):
    """Slow waves and fast ones, with noise."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    phase = rng.uniform(0, 6, (n, 1))
    X = np.sin((0.3 + 0.6 * y)[:, None] * np.arange(n_steps) + phase)
    return X + 0.1 * rng.standard_normal(X.shape), y


@pytest.fixture(scope="module")
def data():
    return Dataset("Waves", *make_waves(23, 0), *make_waves(30, 1))


@pytest.fixture(scope="module")
def task(data):
    return hide_test_labels(data)


def test_the_svc_is_tuned_unless_a_class_has_a_single_series():
    tuned = make_svc(np.repeat([0, 1], [3, 9]), 180)
    assert isinstance(tuned, GridSearchCV)
    assert tuned.cv.n_splits == 3
    assert make_svc(np.repeat([0, 1], 50), 180).cv.n_splits == 5
    fixed = make_svc(np.repeat([0, 1], [1, 9]), 180)
    assert not isinstance(fixed, GridSearchCV)
    X = np.random.default_rng(0).standard_normal((10, 180))
    assert fixed.fit(X, np.repeat([0, 1], [1, 9])).predict(X).shape == (10,)


def test_the_folds_are_fixed_by_the_seed():
    y = np.arange(40) % 2

    def folds(seed):
        return [test.tolist() for _, test in make_svc(y, 3, seed).cv.split(y, y)]

    assert folds(0) == folds(0) != folds(1)


def test_the_methods_are_those_of_the_paper_and_pooling():
    assert tuple(PROTOCOL) == ("DTW-C", "SAE-C", *QUICK)
    seeds = {name: method.n_seeds for name, method in PROTOCOL.items()}
    assert seeds == dict.fromkeys(PROTOCOL, 1) | {"TN-C_2/3": 5}
    without = [name for name, method in PROTOCOL.items() if method.weights is None]
    assert without == ["DTW-C", "SAE-C"]


def test_no_test_label_is_in_a_task(data, task):
    assert Task._fields == ("X_train", "y_train", "X_test")
    assert task.X_train is data.X_train
    assert task.y_train is data.y_train
    assert task.X_test is data.X_test


@pytest.mark.parametrize("name", QUICK)
def test_a_method_classifies_by_labels_of_the_training_part(name, data, task):
    labels, parameters = PROTOCOL[name].predict(task, 0)
    assert labels.shape == data.y_test.shape
    assert set(labels) <= set(data.y_train)
    assert np.mean(labels != data.y_test) < 0.4
    assert {"svc__C", "svc__gamma", "folds", "cv_accuracy"} <= set(parameters)
    assert parameters["folds"] == 5
    assert all(type(value) in (int, float) for value in parameters.values())
    again = PROTOCOL[name].predict(task, 0)
    np.testing.assert_array_equal(again.labels, labels)
    assert again.parameters == parameters


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("TN-C", {}),
        ("TN-C_L1", {"layers": 1}),
        ("TN-C_L2", {"layers": 2}),
        ("TN-C_L3", {"layers": 3}),
        ("TN-C pooled", {"pooling": POOLED}),
    ],
)
def test_a_method_is_an_svc_on_its_features(name, parameters, task):
    encoder = TimeNetTransformer("ucr18", **parameters)
    train = encoder.fit_transform(task.X_train)
    svc = make_svc(task.y_train, train.shape[1]).fit(train, task.y_train)
    labels, chosen = PROTOCOL[name].predict(task, 0)
    np.testing.assert_array_equal(labels, svc.predict(encoder.transform(task.X_test)))
    assert {key: chosen[key] for key in svc.best_params_} == svc.best_params_


def test_a_class_of_one_series_takes_the_fixed_svc(task):
    lonely = task.y_train.copy()
    lonely[0] = 7
    _, parameters = tn_c(task._replace(y_train=lonely))
    assert parameters == {"svc__C": 10.0, "svc__gamma": 1 / 180, "folds": 0}


def test_two_thirds_of_each_class_are_drawn_by_seed():
    y = np.repeat(["a", "b", "c", "d"], [30, 12, 2, 1])
    rows = two_thirds(y)
    assert (np.diff(rows) > 0).all()
    values, counts = np.unique(y[rows], return_counts=True)
    assert dict(zip(values, counts, strict=True)) == {"a": 20, "b": 8, "c": 1, "d": 1}
    np.testing.assert_array_equal(two_thirds(y), rows)
    assert not np.array_equal(two_thirds(y, 1), rows)


@pytest.mark.parametrize("ragged", [False, True])
def test_two_thirds_method_is_tn_c_on_the_series_drawn(ragged, task):
    if ragged:
        lengths = 12 + np.arange(23) % 5
        X = [row[:n] for row, n in zip(task.X_train, lengths, strict=True)]
        task = task._replace(X_train=X)
    rows = two_thirds(task.y_train, 3)
    part = Task([task.X_train[row] for row in rows], task.y_train[rows], task.X_test)
    labels, parameters = tn_c_two_thirds(task, random_state=3)
    expected = tn_c(part)
    np.testing.assert_array_equal(labels, expected.labels)
    assert parameters == {"n_labels": 15, **expected.parameters}


def test_multivariate_series_of_unequal_length_are_classified():
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((2, 8 + row % 3)) for row in range(12)]
    part = Task(X, np.arange(12) % 3, X[:4])
    assert PROTOCOL["TN-C"].predict(part, 0).labels.shape == (4,)


def test_dtw_c_is_the_baseline_with_the_window_it_learned(task):
    baselines = pytest.importorskip("timenet_sklearn.baselines")
    labels, parameters = PROTOCOL["DTW-C"].predict(task, 0)
    nearest = baselines.DTW1NN().fit(task.X_train[:, None], task.y_train)
    np.testing.assert_array_equal(labels, nearest.predict(task.X_test[:, None]))
    assert parameters == {
        "window": nearest.window_,
        "loo_error": nearest.loo_error_,
    }


SEARCH = Recipe(n_steps=2, batch_size=4, curriculum=False, evaluate_every=1)
QUICK_SAE = {
    "n_units": (2, 3),
    "n_layers": (1,),
    "search": SEARCH,
    "recipe": replace(SEARCH, n_steps=4),
}


@pytest.fixture(scope="module")
def short(task):
    return task._replace(X_train=task.X_train[:, :8], X_test=task.X_test[:, :8])


@pytest.fixture(scope="module")
def learned(shared_without_xla, short):
    """What SAE-C predicts for the short series, and what it chose."""
    pytest.importorskip("keras", reason="SAE-C trains")
    with shared_without_xla():
        return sae_c(short, **QUICK_SAE)


@pytest.mark.usefixtures("without_xla")
def test_sae_c_is_trained_on_the_training_part_alone(learned, short):
    labels, parameters = learned
    assert labels.shape == (30,)
    assert parameters["n_units"] in (2, 3) and parameters["n_layers"] == 1
    assert parameters["validation_error"] > 0
    assert round(parameters["svc__gamma"] * parameters["n_units"], 9) in GAMMA
    # the same for other test series: nothing was learned from them
    other = sae_c(short._replace(X_test=-short.X_test[:5]), **QUICK_SAE)
    assert other.parameters == parameters


@pytest.mark.usefixtures("without_xla")
def test_sae_c_trains_what_the_search_chose_by_its_own_recipe(learned, short):
    parameters = learned.parameters
    tried = DomainSAETransformer((2, 3), 1, recipe=SEARCH, random_state=0)
    tried.fit(short.X_train)
    chosen = TimeNetTransformer(
        **tried.best_params_, recipe=QUICK_SAE["recipe"], random_state=0
    ).fit(short.X_train)
    assert {name: parameters[name] for name in tried.best_params_} == tried.best_params_
    assert parameters["validation_error"] == chosen.validation_error_


def test_sae_c_is_run_with_the_settings_that_it_states(monkeypatch, task):
    seen = []

    class Noted:
        def __init__(self, *grid, recipe, random_state):
            self.how = (recipe, random_state)
            self.grid = grid

        def fit(self, X):
            seen.append((*self.grid, *self.how))
            self.best_params_ = {"n_units": 30, "n_layers": 1}
            return self

        def set_params(self, **architecture):
            seen.append((architecture, *self.how))
            raise InterruptedError

    monkeypatch.setattr(protocol, "DomainSAETransformer", Noted)
    monkeypatch.setattr(protocol, "TimeNetTransformer", Noted)
    method = PROTOCOL["SAE-C"]
    with pytest.raises(InterruptedError):
        method.predict(task, 7)
    stated = method.settings
    grid = tuple(stated["n_units"]), tuple(stated["n_layers"])
    assert seen == [
        (*grid, Recipe(**stated["search"]), 7),
        ({"n_units": 30, "n_layers": 1}, Recipe(**stated["recipe"]), 7),
    ]


@pytest.mark.usefixtures("without_xla")
def test_sae_c_depends_on_its_seed(learned, short):
    other = sae_c(short, random_state=1, **QUICK_SAE)
    errors = [one.parameters["validation_error"] for one in (learned, other)]
    assert errors[0] != errors[1]
