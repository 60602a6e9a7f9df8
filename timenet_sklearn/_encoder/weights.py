"""Weight folders: config.json and model.safetensors, checked to the last byte."""

from __future__ import annotations

import functools
import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from timenet_sklearn._atomic import write_atomically
from timenet_sklearn._encoder.model import Autoencoder, Floats, GRULayer

BUNDLED = ("ucr18",)
CONFIG_FILE, ARRAYS_FILE, CARD_FILE = (
    "config.json",
    "model.safetensors",
    "MODEL_CARD.rst",
)
_FORMAT = 1
_CONFIG_TYPES = {
    "format": int,
    "n_units": int,
    "n_layers": int,
    "normalize": bool,
    "package_version": str,
    "sha256": str,
    "info": dict,
    "config_sha256": str,
}
# Far above any sensible encoder; keeps a hostile config from asking for terabytes.
_MAX_UNITS, _MAX_LAYERS = 4096, 64
# Far above any trained weight; with it no state of the encoder can overflow.
_LARGEST = 1e6
# Likewise: a sound config.json, and what is not numbers in a file of arrays.
_MAX_TEXT = 2**23


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
    sha256 : str or None
        Of the file of arrays that they were read from.
    """

    model: Autoencoder
    normalize: bool = True
    info: Mapping[str, Any] = field(default_factory=dict)
    sha256: str | None = None

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


def save_weights(weights: Weights, folder: str | os.PathLike[str]) -> None:
    """Write a weight folder.

    Parameters
    ----------
    weights : Weights
    folder : path
        Made if it does not exist; the files in it are replaced one by one, each
        atomically.
    """
    from timenet_sklearn import __version__

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    arrays = save(
        {
            name: np.ascontiguousarray(array, dtype=np.float32)
            for name, array in to_named_arrays(weights.model).items()
        }
    )
    config = {
        "format": _FORMAT,
        "n_units": weights.model.n_units,
        "n_layers": weights.model.n_layers,
        "normalize": weights.normalize,
        "package_version": __version__,
        "sha256": hashlib.sha256(arrays).hexdigest(),
        "info": dict(weights.info),
    }
    config["config_sha256"] = _config_digest(config)
    write_atomically(folder / ARRAYS_FILE, arrays)
    text = json.dumps(config, indent=2, ensure_ascii=False) + "\n"
    write_atomically(folder / CONFIG_FILE, text.encode())


def find_weights(weights: str | os.PathLike[str]) -> Path:
    """Folder of bundled weights by name, or of the user's own by path.

    Raises
    ------
    FileNotFoundError
        If there is neither; the message lists the bundled names.
    """
    if weights in BUNDLED:
        return Path(str(resources.files("timenet_sklearn") / "weights" / str(weights)))
    folder = Path(weights)
    if not folder.is_dir():
        raise FileNotFoundError(
            f"weights={str(weights)!r} is neither the name of bundled weights "
            f"({', '.join(BUNDLED)}) nor a folder. Pass one of these names or a folder "
            f"that save() or `timenet pretrain` wrote."
        )
    return folder


def load_weights(weights: str | os.PathLike[str]) -> Weights:
    """Read a weight folder; the arrays are read-only.

    Parameters
    ----------
    weights : str or path
        A bundled name ("ucr18") or a folder.

    Raises
    ------
    FileNotFoundError
        If the folder or a file in it is missing.
    ValueError
        If a file is cut off, changed, a link out of the folder, larger than its
        config allows, or does not fit it; the message names the file and what is
        wrong.
    """
    folder = find_weights(weights)
    if weights in BUNDLED:
        return _load_bundled(folder)
    for name in (CONFIG_FILE, ARRAYS_FILE):
        # os.path, as Path.resolve fails on a link to itself
        if os.path.dirname(os.path.realpath(folder / name)) != os.path.realpath(folder):
            raise ValueError(
                f"{folder / name}: a link out of the folder. Copy the file itself."
            )
    return _load_folder(folder)


@functools.cache
def _load_bundled(folder: Path) -> Weights:
    # Installed files do not change, and every unfitted transform asks for them.
    return _load_folder(folder)


def _load_folder(folder: Path) -> Weights:
    config = _read_config(folder / CONFIG_FILE)
    shapes = _shapes(config["n_units"], config["n_layers"])
    path = folder / ARRAYS_FILE
    content = _read(path, 4 * sum(map(math.prod, shapes.values())) + _MAX_TEXT)
    digest = hashlib.sha256(content).hexdigest()
    if digest != config["sha256"]:
        raise ValueError(
            f"{path}: sha256 is {digest}, but {CONFIG_FILE} says {config['sha256']}: "
            f"the file was changed or cut off. Copy the folder again."
        )
    try:
        arrays = load(content)
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: not a safetensors file ({error}).") from error
    _check_arrays(arrays, shapes, path)
    for array in arrays.values():
        array.flags.writeable = False
    return Weights(
        from_named_arrays(arrays), config["normalize"], config["info"], digest
    )


def _read(path: Path, most: int) -> bytes:
    """Read a file, unless it is none or has more than `most` bytes."""
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: a weight folder holds {CONFIG_FILE} and {ARRAYS_FILE}."
        )
    if not path.is_file():  # a pipe would never end
        raise ValueError(f"{path} is no file.")
    size = path.stat().st_size
    if size > most:
        raise ValueError(f"{path}: {size} bytes; expected {most} at most.")
    return path.read_bytes()


def _read_config(path: Path) -> dict[str, Any]:
    """Read and check config.json; unknown keys are an error too."""
    try:
        config = json.loads(_read(path, _MAX_TEXT).decode())
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: not valid JSON ({error}).") from error
    if not isinstance(config, dict) or set(config) != set(_CONFIG_TYPES):
        found = sorted(config) if isinstance(config, dict) else type(config).__name__
        raise ValueError(
            f"{path}: expected the keys {sorted(_CONFIG_TYPES)}, found {found}."
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
    for key, most in (("n_units", _MAX_UNITS), ("n_layers", _MAX_LAYERS)):
        if not 1 <= config[key] <= most:
            raise ValueError(
                f"{path}: {key} must be in 1..{most}, found {config[key]!r}."
            )
    if config["config_sha256"] != _config_digest(config):
        raise ValueError(
            f"{path}: its content does not fit its own config_sha256: the file was "
            f"changed. Copy the folder again."
        )
    return config


def _config_digest(config: Mapping[str, Any]) -> str:
    """Compute the sha256 of a config, whatever its layout and less its own digest."""
    content = {key: value for key, value in config.items() if key != "config_sha256"}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _check_arrays(
    arrays: Mapping[str, Floats], shapes: Mapping[str, tuple[int, ...]], path: Path
) -> None:
    missing, extra = sorted(shapes.keys() - arrays), sorted(arrays.keys() - shapes)
    if missing or extra:
        raise ValueError(
            f"{path}: arrays do not fit {CONFIG_FILE}: missing {missing}, "
            f"unknown {extra}."
        )
    for name, shape in shapes.items():
        array = arrays[name]
        if array.shape != shape or array.dtype != np.float32:
            raise ValueError(
                f"{path}: {name} must be float32 of shape {shape}, found "
                f"{array.dtype} of shape {array.shape}."
            )
        if not (np.abs(array) <= _LARGEST).all():  # NaN is not
            raise ValueError(
                f"{path}: {name} holds NaN or infinite values, or some beyond "
                f"{_LARGEST:g}."
            )
