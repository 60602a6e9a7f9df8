"""What `save` writes of an estimator beside its weights, as JSON, and back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar

import numpy as np
from sklearn.base import BaseEstimator

from timenet_sklearn._series.normalize import Scaling
from timenet_sklearn._training.recipe import Recipe

E = TypeVar("E", bound=BaseEstimator)

# What `fit` learns beside the weights.
_LEARNED = (
    "n_channels_in_",
    "channel_names_in_",
    "validation_error_",
    "history_",
    "best_params_",
    "search_results_",
    "scaling_",
)


def describe(estimator: BaseEstimator) -> dict[str, Any]:
    """Put the parameters of an estimator, and what it learned, as JSON has them."""
    return {
        "estimator": type(estimator).__name__,
        "params": to_json(estimator.get_params(deep=False)),
        "fitted": {
            name: to_json(getattr(estimator, name))
            for name in _LEARNED
            if hasattr(estimator, name)
        },
    }


def restore(kind: type[E], info: Mapping[str, Any], path: str | os.PathLike[str]) -> E:
    """Make the estimator that `describe` described, but for its model."""
    found, name = info.get("estimator"), kind.__name__
    if found != name:
        raise ValueError(
            f"{path} holds {found or 'weights only'}, not a saved {name}. "
            f"Use TimeNetTransformer(weights={str(path)!r}) for weights only."
        )
    try:
        return _restore(kind, info["params"], info["fitted"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path} holds no {name} that save wrote, or one of another version of "
            f"timenet_sklearn: {error}"
        ) from error


def _restore(kind: type[E], params: dict[str, Any], fitted: dict[str, Any]) -> E:
    unknown = sorted({*params} - {*kind._get_param_names()} | {*fitted} - {*_LEARNED})
    if unknown:
        raise ValueError(f"{kind.__name__} has no {', '.join(unknown)}.")
    if params["recipe"] is not None:
        params = {**params, "recipe": Recipe(**params["recipe"])}
    estimator: E = kind(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in params.items()
        }
    )
    estimator._validate_params()
    n_channels = fitted.get("n_channels_in_", 1)
    if type(n_channels) is not int or n_channels < 1:
        raise ValueError(f"n_channels_in_ is {n_channels!r:.40}.")
    if "channel_names_in_" in fitted:
        names = fitted["channel_names_in_"]
        if len(names) != n_channels or not all(isinstance(n, str) for n in names):
            raise ValueError(f"channel_names_in_ is {names!r:.40}.")
        fitted = {**fitted, "channel_names_in_": np.array(names, dtype=object)}
    for name, value in fitted.items():
        setattr(estimator, name, value)
    if "scaling_" in fitted:
        estimator.scaling_ = {
            what: Scaling(*np.array(value, dtype=np.float64))
            for what, value in fitted["scaling_"].items()
        }
    return estimator


def to_json(value: Any) -> Any:
    """Put parameters and learned values as JSON has them."""
    if isinstance(value, Recipe):
        return asdict(value)
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    # A RandomState is used up by fit: a saved one would not repeat it.
    return None if isinstance(value, np.random.RandomState) else value
