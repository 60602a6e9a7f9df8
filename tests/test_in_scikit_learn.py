"""The transformers among scikit-learn's own tools, on real series."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    StratifiedKFold,
    cross_val_score,
)
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.classification import TimeNetClassifier
from timenet_sklearn.datasets import load_bundled

sktime = pytest.importorskip("sktime", reason="the real data sets come with sktime")


@pytest.fixture(scope="module")
def counts():
    """Pedestrian counts: 20 days of one channel and 24 hours."""
    return load_bundled("UnitTest")


@pytest.fixture(scope="module")
def motions():
    """Three recordings of each of four activities: 6 channels of 100 steps."""
    data = load_bundled("BasicMotions")
    rows = np.concatenate(
        [np.flatnonzero(data.y_train == y)[:3] for y in np.unique(data.y_train)]
    )
    return data.X_train[rows], data.y_train[rows]


def timenet(**parameters):
    return TimeNetTransformer("ucr18", **parameters)


def make_model(**parameters):
    return make_pipeline(timenet(**parameters), StandardScaler(), SVC())


# --- Pipelines, searches, scores ----------------------------------------------------


def test_pipeline_classifies_multivariate_series(motions):
    X, y = motions
    model = make_model(pooling=POOLED).fit(X, y)
    assert model.score(X, y) == 1
    assert len(model[:-1].get_feature_names_out()) == 6 * 900


def test_cross_val_score_of_series_of_unequal_length(counts):
    X = [row[: 24 - index % 5] for index, row in enumerate(counts.X_train)]
    scores = cross_val_score(make_model(), X, counts.y_train, cv=2, n_jobs=2)
    assert scores.min() > 0.5


HALVING = {"min_resources": 10, "factor": 2, "random_state": 0}


@pytest.mark.parametrize(
    ("search", "options"), [(GridSearchCV, {}), (HalvingGridSearchCV, HALVING)]
)
def test_search_over_encoder_and_classifier_in_two_processes(search, options, counts):
    grid = {
        "timenettransformer__layers": ["all", 3],
        "timenettransformer__pooling": ["last", POOLED],
        "svc__C": [0.1, 10],
    }
    folds = StratifiedKFold(2, shuffle=True, random_state=0)
    found = search(make_model(), grid, cv=folds, n_jobs=2, **options)
    found.fit(counts.X_train, counts.y_train)
    assert set(found.best_params_) == set(grid)
    assert found.score(counts.X_test, counts.y_test) > 0.5


def test_calibrated_classifier_gives_probabilities(counts):
    model = CalibratedClassifierCV(make_model(), ensemble=False, cv=2)
    model.fit(counts.X_train, counts.y_train)
    probabilities = model.predict_proba(counts.X_test)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_sample_weight_is_routed_to_the_classifier_through_the_pipeline(counts):
    X, y = counts.X_train, counts.y_train
    weights = np.linspace(0.1, 3, len(y))
    plain = make_model().fit(X, y, svc__sample_weight=weights)
    with config_context(enable_metadata_routing=True):
        routed = make_model()
        routed["standardscaler"].set_fit_request(sample_weight=False)
        routed["svc"].set_fit_request(sample_weight=True)
        routed.fit(X, y, sample_weight=weights)
    assert_array_equal(plain.decision_function(X), routed.decision_function(X))
    unweighted = make_model().fit(X, y).decision_function(X)
    assert not np.allclose(plain.decision_function(X), unweighted)


@pytest.mark.parametrize("model", [timenet(), make_model(), TimeNetClassifier()])
def test_notebooks_show_a_diagram(model):
    assert "TimeNet" in model._repr_html_()


# --- Joined with other features -----------------------------------------------------


def test_feature_union_with_a_transformer_of_sktime(counts):
    from sktime.transformations.series.summarize import SummaryTransformer

    # sktime takes a 2-D array for one series, but a 3-D one as we do. (As a step
    # of scikit-learn's own Pipeline 1.9, its transformers fail: they forget in fit
    # what the pipeline has set on them.) With MiniRocket: docs/howto/groups.rst.
    summary = SummaryTransformer(("mean", "std"), quantiles=None)
    model = make_pipeline(make_union(timenet(), summary), StandardScaler(), SVC())
    X, y = counts.X_train[:, None], counts.y_train
    assert model.fit(X, y)[0].transform(X).shape == (len(y), 180 + 2)
    assert model.score(counts.X_test[:, None], counts.y_test) > 0.5


@pytest.mark.parametrize(("library", "cell"), [(pd, list), (pd, np.array), (pl, list)])
def test_column_transformer_embeds_columns_of_series(library, cell, motions):
    X, _ = motions
    table = library.DataFrame(
        {
            "x": [cell(series[0]) for series in X],
            "y": [cell(series[1]) for series in X],
            "z": [cell(series[2][: 90 + row]) for row, series in enumerate(X)],
            "age": np.arange(len(X)),
        }
    )
    both = make_column_transformer(
        (timenet(), ["x", "y"]), (timenet(), "z"), ("passthrough", ["age"])
    )
    output = "pandas" if library is pd else "polars"
    frame = both.set_output(transform=output).fit_transform(table)
    assert isinstance(frame, library.DataFrame)
    features = frame.to_numpy()
    assert_array_equal(features[:, :360], timenet().transform(X[:, :2]))
    z = timenet().transform([series[2][: 90 + row] for row, series in enumerate(X)])
    assert_array_equal(features[:, 360:540], z)
    assert_array_equal(features[:, 540], np.arange(len(X)))
    names = list(frame.columns)
    assert names[180] == "timenettransformer-1__y_last_layer1_unit00"
    assert names[360] == "timenettransformer-2__z_last_layer1_unit00"


# --- Without labels -----------------------------------------------------------------


def test_clusters_of_embeddings_are_activities(motions):
    X, y = motions
    model = make_pipeline(
        timenet(pooling=POOLED), StandardScaler(), KMeans(4, n_init=5, random_state=0)
    )
    assert adjusted_rand_score(y, model.fit_predict(X)) > 0.3


def test_nearest_embedding_of_a_series_is_its_own(motions):
    X, y = motions
    embeddings = timenet(pooling=POOLED).fit_transform(X)
    index = NearestNeighbors(n_neighbors=2).fit(embeddings)
    noisy = X + 1e-3 * np.random.default_rng(0).standard_normal(X.shape)
    neighbours = index.kneighbors(timenet(pooling=POOLED).transform(noisy))[1]
    assert_array_equal(neighbours[:, 0], np.arange(len(X)))
    assert np.mean(y[neighbours[:, 1]] == y) > 0.5


# --- Data frames out ----------------------------------------------------------------


@pytest.mark.parametrize(("output", "library"), [("pandas", pd), ("polars", pl)])
def test_pipeline_hands_on_named_columns(output, library, counts):
    model = make_model().set_output(transform=output)
    model.fit(counts.X_train, counts.y_train)
    frame = model[:-1].transform(counts.X_test)
    assert isinstance(frame, library.DataFrame)
    assert list(frame.columns) == list(model[0].get_feature_names_out())


@pytest.mark.parametrize("global_setting", [False, True])
def test_long_panel_of_sktime_gives_a_row_for_each_instance(global_setting, motions):
    X = motions[0][:3]
    instances = pd.Index(["walk", "run", "badminton"], name="recording")
    frames = [pd.DataFrame(series.T, columns=list("abcdef")) for series in X]
    long = pd.concat(frames, keys=instances, names=["recording", "step"])
    transformer = timenet()
    expected = timenet().transform(X)
    with config_context(transform_output="pandas" if global_setting else "default"):
        if not global_setting:
            transformer.set_output(transform="pandas")
        for frame in (transformer.fit_transform(long), transformer.transform(long)):
            pd.testing.assert_index_equal(frame.index, instances)
            assert list(frame.columns) == list(transformer.get_feature_names_out())
            assert_array_equal(frame.to_numpy(), expected)
    assert type(timenet().fit_transform(long)) is np.ndarray
    transformer.set_output(transform="polars")
    assert isinstance(transformer.transform(long), pl.DataFrame)


def test_wide_frame_keeps_its_index(counts):
    wide = pd.DataFrame(counts.X_train, index=range(100, 120))
    frame = timenet().set_output(transform="pandas").fit_transform(wide)
    pd.testing.assert_index_equal(frame.index, wide.index)


def test_index_of_two_levels_on_a_column_of_series_is_no_long_panel(counts):
    index = pd.MultiIndex.from_product([["a", "b"], range(10)])
    cells = pd.Series(list(counts.X_train), index=index)
    frame = timenet().set_output(transform="pandas").fit_transform(cells)
    assert_array_equal(frame.to_numpy(), timenet().transform(counts.X_train))


# --- Arrays of other libraries ------------------------------------------------------


class OnlyDLPack:
    """The least that an array of another library offers."""

    def __init__(self, values):
        self._values = values

    def __dlpack__(self, **options):
        return self._values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._values.__dlpack_device__()


class OnGpu:
    """Refuses NumPy as CuPy's arrays do, which no machine of ours has."""

    device = "cuda:0"
    shape = (2, 8)

    def __array__(self, *arguments, **options):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def __dlpack__(self, **options):
        raise BufferError("not in the memory of the CPU")

    def __dlpack_device__(self):
        return 2, 0


@pytest.mark.parametrize("X", [OnGpu(), [OnGpu(), OnGpu()]], ids=["array", "list"])
@pytest.mark.parametrize("model", [timenet(), make_model(), TimeNetClassifier()])
def test_array_on_a_gpu_is_an_error_that_says_how_to_fetch_it(model, X):
    message = (
        r"TimeNet\w+: NumPy cannot read a .*OnGpu on device cuda:0 .* runs on "
        r"the CPU: pass X.get\(\) \(CuPy\), X.detach\(\).cpu\(\).numpy\(\)"
    )
    with pytest.raises(TypeError, match=message):
        model.fit(X, [0, 1])


def test_array_in_the_memory_of_the_cpu_is_read_whoever_made_it(counts):
    X = counts.X_train
    expected = timenet().transform(X)
    arrays = [OnlyDLPack(X), [OnlyDLPack(row) for row in X], memoryview(X)]
    assert all((timenet().transform(array) == expected).all() for array in arrays)


def test_tensor_of_torch_on_the_cpu_is_read(counts):
    torch = pytest.importorskip("torch")
    expected = timenet().transform(counts.X_train)
    tensor = torch.from_numpy(counts.X_train)
    for X in (tensor, list(tensor), tensor[:, None].expand(-1, 1, -1)):
        assert_array_equal(timenet().transform(X), expected)
    model = make_model().fit(tensor, counts.y_train)
    assert model.predict(tensor).shape == counts.y_train.shape


def test_tensor_that_numpy_cannot_reach_is_an_error_that_says_what_to_do():
    torch = pytest.importorskip("torch")
    elsewhere = torch.ones(2, 8, device="meta")  # as on a GPU: no memory of the CPU
    message = (
        r"TimeNet\w+: NumPy cannot read a torch.Tensor on device meta .* runs "
        r"on the CPU: pass X.get\(\) \(CuPy\), X.detach\(\).cpu\(\).numpy\(\)"
    )
    for X in (elsewhere, list(elsewhere), [list(elsewhere)]):
        with pytest.raises(TypeError, match=message):
            timenet().transform(X)
    with pytest.raises(TypeError, match="requires grad"):
        timenet().transform(torch.ones(2, 8, requires_grad=True))


def test_array_of_the_array_api_standard_is_read_on_its_cpu_device(counts):
    strict = pytest.importorskip("array_api_strict")
    X = strict.asarray(counts.X_train)
    assert_array_equal(timenet().transform(X), timenet().transform(counts.X_train))
    with pytest.raises(TypeError, match="NumPy cannot read a array_api_strict"):
        timenet().transform(X.to_device(strict.Device("device1")))
