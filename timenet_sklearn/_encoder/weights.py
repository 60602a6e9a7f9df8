"""Weight files: one safetensors file that holds numbers and what they are."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from timenet_sklearn._atomic import write_atomically
from timenet_sklearn._encoder.model import Autoencoder, Floats, GRULayer

BUNDLED = ("ucr18", "ucr18-pooled", "synthetic", "synthetic-pooled")
#: In a folder of weights. The card is for people; the weights do without.
WEIGHTS_FILE, CARD_FILE = "model.safetensors", "MODEL_CARD.rst"
_FORMAT = 2
# Of the file's metadata; alone, as safetensors keeps no order among several.
_KEY = "timenet_sklearn"
_CONFIG_TYPES = {
    "format": int,
    "package_version": str,
    "normalize": bool,
    "info": dict,
    "sha256": str,
}
# Far above any sensible encoder; keeps a hostile file from asking for terabytes.
_MAX_UNITS, _MAX_LAYERS = 4096, 64
# Far above any trained weight; with it no state of the encoder can overflow.
_LARGEST = 1e6


@dataclass(frozen=True)
class Weights:
    """A trained autoencoder and what there is to know about it.

    Attributes
    ----------
    model : Autoencoder
    normalize : bool
        Whether it was trained on z-normalised series.
    info : dict
        Free text and numbers for people: recipe, data sets, validation errors.
    """

    model: Autoencoder
    normalize: bool = True
    info: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Say whose weights these are; their numbers would fill pages."""
        n_layers, n_units = self.model.n_layers, self.model.n_units
        name = self.info.get("name", "unnamed")
        return f"<Weights {name!r}: {n_layers} GRU layers of {n_units} units>"


def to_named_arrays(model: Autoencoder) -> dict[str, Floats]:
    """Flatten a model, ``encoder/layer_1/kernel`` and so on."""
    arrays = {
        f"{part}/layer_{index}/{name}": array
        for part, layers in (("encoder", model.encoder), ("decoder", model.decoder))
        for index, layer in enumerate(layers, start=1)
        for name, array in layer._asdict().items()
    }
    return {
        **arrays,
        "output/kernel": model.output_kernel,
        "output/bias": model.output_bias,
    }


def from_named_arrays(arrays: Mapping[str, Floats]) -> Autoencoder:
    """Rebuild a model from what `to_named_arrays` made."""
    n_layers = sum(name.startswith("encoder/") for name in arrays) // 3

    def layers(part: str) -> tuple[GRULayer, ...]:
        return tuple(
            GRULayer(
                *(arrays[f"{part}/layer_{index}/{name}"] for name in GRULayer._fields)
            )
            for index in range(1, n_layers + 1)
        )

    return Autoencoder(
        encoder=layers("encoder"),
        decoder=layers("decoder"),
        output_kernel=arrays["output/kernel"],
        output_bias=arrays["output/bias"],
    )


def fingerprint(model: Autoencoder) -> str:
    """Compute the sha256 of a model's arrays, as they are in a file."""
    return hashlib.sha256(save(_float32(model))).hexdigest()


def _float32(model: Autoencoder) -> dict[str, Floats]:
    return {
        name: np.ascontiguousarray(array, dtype=np.float32)
        for name, array in to_named_arrays(model).items()
    }


def _checksum(model: Autoencoder, config: Mapping[str, Any]) -> str:
    """Compute the sha256 of all that a file says, but for this sum."""
    content = {key: value for key, value in config.items() if key != "sha256"}
    text = fingerprint(model) + json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def save_weights(weights: Weights, folder: str | os.PathLike[str]) -> None:
    """Write weights to a folder; a file of weights in it is replaced atomically."""
    from timenet_sklearn import __version__

    config = {
        "format": _FORMAT,
        "package_version": __version__,
        "normalize": weights.normalize,
        "info": dict(weights.info),
    }
    config["sha256"] = _checksum(weights.model, config)
    content = save(_float32(weights.model), {_KEY: json.dumps(config)})
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / WEIGHTS_FILE, content)


def find_weights(weights: str | os.PathLike[str]) -> Path:
    """File of bundled weights by name, or of the user's own by path."""
    if weights in BUNDLED:
        return _find_bundled(str(weights))
    path = Path(weights)
    if path.is_dir():
        path = path / WEIGHTS_FILE
        if not path.exists():
            raise FileNotFoundError(f"{path} is missing: the folder holds no weights.")
    elif not path.exists():
        raise FileNotFoundError(
            f"weights={str(weights)!r} is neither the name of bundled weights "
            f"({', '.join(BUNDLED)}) nor a folder or file. Pass one of these names, or "
            f"what save() or `timenet pretrain` wrote."
        )
    return path


@functools.cache
def _find_bundled(name: str) -> Path:
    return Path(
        str(resources.files("timenet_sklearn") / "weights" / name / WEIGHTS_FILE)
    )


def load_weights(weights: str | os.PathLike[str]) -> Weights:
    """Read weights by a bundled name, a folder, or a file; arrays are read-only.

    A file that is cut off, changed, or holds no weights is a ValueError that names it.
    """
    path = find_weights(weights)
    return _load_bundled(path) if weights in BUNDLED else _load(path)


@functools.cache
def _load_bundled(path: Path) -> Weights:
    # Installed files do not change, and every unfitted transform asks for them.
    return _load(path)


def _load(path: Path) -> Weights:
    if not path.is_file():  # a pipe would never end
        raise ValueError(f"{path} is no file.")
    try:
        with safe_open(path, "numpy") as file:
            config = _check_config((file.metadata() or {}).get(_KEY), path)
            _check_shapes(file, path)
            arrays = {name: file.get_tensor(name) for name in file.keys()}
    except SafetensorError as error:
        raise ValueError(
            f"{path}: not a safetensors file, or cut off ({error})."
        ) from error
    for name, array in arrays.items():
        if not (np.abs(array) <= _LARGEST).all():  # NaN is not
            raise ValueError(
                f"{path}: {name} holds NaN or infinite values, or some beyond "
                f"{_LARGEST:g}."
            )
        array.flags.writeable = False
    model = from_named_arrays(arrays)
    if config["sha256"] != _checksum(model, config):
        raise ValueError(
            f"{path}: its content does not fit its own sha256: the file was changed. "
            f"Copy it again."
        )
    return Weights(model, config["normalize"], config["info"])


def _check_config(text: str | None, path: Path) -> dict[str, Any]:
    """Read and check what a file says of itself; unknown keys are an error too."""
    if text is None:
        raise ValueError(
            f"{path}: a safetensors file, but not of timenet_sklearn: its metadata has "
            f"no {_KEY!r}."
        )
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: metadata is no JSON ({error}).") from error
    if not isinstance(config, dict) or set(config) != set(_CONFIG_TYPES):
        found = sorted(config) if isinstance(config, dict) else type(config).__name__
        raise ValueError(
            f"{path}: expected metadata {sorted(_CONFIG_TYPES)}, found {found}."
        )
    for key, kind in _CONFIG_TYPES.items():
        if type(config[key]) is not kind:
            raise ValueError(
                f"{path}: {key} must be {kind.__name__}, found {config[key]!r}."
            )
    if config["format"] != _FORMAT:
        raise ValueError(
            f"{path}: format {config['format']} was written by another version "
            f"({config['package_version']}) of timenet_sklearn; this one reads "
            f"format {_FORMAT}."
        )
    return config


def _check_shapes(file: Any, path: Path) -> None:
    """Refuse arrays that are none of an autoencoder, before they are read."""
    parts = {name: file.get_slice(name) for name in file.keys()}
    found = {name: tuple(part.get_shape()) for name, part in parts.items()}
    n_layers = sum(name.startswith("encoder/") for name in found) // 3
    n_units = (*found.get("output/kernel", ()), 0)[0]
    if not (1 <= n_units <= _MAX_UNITS and 1 <= n_layers <= _MAX_LAYERS):
        raise ValueError(
            f"{path}: arrays of {n_layers} layers of {n_units} units; expected 1 to "
            f"{_MAX_LAYERS} layers of 1 to {_MAX_UNITS} units."
        )
    shapes = _shapes(n_units, n_layers)
    missing, extra = sorted(shapes.keys() - found), sorted(found.keys() - shapes)
    if missing or extra:
        raise ValueError(
            f"{path}: not the arrays of an autoencoder: missing {missing}, unknown "
            f"{extra}."
        )
    for name, shape in shapes.items():
        dtype = parts[name].get_dtype()
        if found[name] != shape or dtype != "F32":
            raise ValueError(
                f"{path}: {name} must be F32 of shape {shape}, found {dtype} of shape "
                f"{found[name]}."
            )


def _shapes(n_units: int, n_layers: int) -> dict[str, tuple[int, ...]]:
    """Shape of every array of an architecture."""
    shapes: dict[str, tuple[int, ...]] = {
        "output/kernel": (n_units, 1),
        "output/bias": (1,),
    }
    for part in ("encoder", "decoder"):
        for index in range(1, n_layers + 1):
            n_inputs = 1 if index == 1 else n_units
            name = f"{part}/layer_{index}"
            shapes[f"{name}/kernel"] = (n_inputs, 3 * n_units)
            shapes[f"{name}/recurrent_kernel"] = (n_units, 3 * n_units)
            shapes[f"{name}/bias"] = (3 * n_units,)
    return shapes
