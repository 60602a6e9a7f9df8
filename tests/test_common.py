"""The contract of scikit-learn, checked by scikit-learn itself."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

pytest.importorskip("keras", reason="training needs the extra train")

from timenet_sklearn import DomainSAETransformer, Recipe, TimeNetTransformer
from timenet_sklearn.selection import SelectStates

# Hundreds of fits: without compiling, one step of one layer of two units each.
pytestmark = pytest.mark.usefixtures("without_xla")

STEP = Recipe(n_steps=1, batch_size=2, curriculum=False)

NO_FEATURE_COUNT = {
    "check_n_features_in": "a series of any length is welcome: columns are time "
    "steps, not features, so there is no n_features_in_",
    "check_n_features_in_after_fitting": "series of another length than in fit are "
    "welcome: n_channels_in_ is what must agree",
}
EXPECTED_FAILURES = {
    "frozen": NO_FEATURE_COUNT,
    "trained": {
        **NO_FEATURE_COUNT,
        "check_transformer_general": "its last lines ask for an error for series one "
        "step shorter than in fit; what it asks for before holds in "
        "test_transformers.py",
    },
}


def expected_failures(estimator):
    if isinstance(estimator, SelectStates):
        return {}
    trains = getattr(estimator, "weights", None) is None
    return EXPECTED_FAILURES["trained" if trains else "frozen"]


@parametrize_with_checks(
    [
        TimeNetTransformer(weights="ucr18"),
        TimeNetTransformer(weights="ucr18", missing="interpolate", pooling="mean"),
        TimeNetTransformer(n_units=2, n_layers=1, recipe=STEP),
        DomainSAETransformer(n_units=2, n_layers=1, recipe=STEP),
        # of one state a channel: any number of columns will do
        SelectStates(encoder_pooling="last", n_layers=1, n_units=1),
    ],
    expected_failed_checks=expected_failures,
)
def test_estimators_keep_scikit_learns_contract(estimator, check):
    check(estimator)
