"""Weight files: what was saved comes back, and nothing else does."""

from __future__ import annotations

import json
import os
import re
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reference import random_model
from safetensors.numpy import load_file, save

import timenet_sklearn
from timenet_sklearn._encoder.weights import (
    _KEY,
    BUNDLED,
    CARD_FILE,
    WEIGHTS_FILE,
    Weights,
    _checksum,
    find_weights,
    fingerprint,
    from_named_arrays,
    load_weights,
    save_weights,
    to_named_arrays,
)

N_UNITS, N_LAYERS = 3, 2
MODEL = random_model(0, N_UNITS, N_LAYERS, np.float32)
INFO = {"recipe": {"n_steps": 7}, "names": ["á", "\u2028"], "error": 0.25}


@pytest.fixture
def folder(tmp_path):
    """A sound folder to damage."""
    save_weights(Weights(MODEL, normalize=False, info=INFO), tmp_path / "weights")
    return tmp_path / "weights"


def same_bits(left, right):
    left, right = to_named_arrays(left), to_named_arrays(right)
    return left.keys() == right.keys() and all(
        left[name].dtype == right[name].dtype
        and left[name].shape == right[name].shape
        and left[name].tobytes() == right[name].tobytes()
        for name in left
    )


DROP = object()


def read_config(path):
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + struct.unpack("<Q", content[:8])[0]])
    return json.loads(header["__metadata__"][_KEY])


def write(folder, arrays=None, text=None, **changes):
    """Write the file anew with a fitting checksum, so that deeper checks are met."""
    path = folder / WEIGHTS_FILE
    arrays = load_file(path) if arrays is None else arrays
    config = {**read_config(path), **changes}
    config = {key: value for key, value in config.items() if value is not DROP}
    if "sha256" in config and "sha256" not in changes:
        config["sha256"] = _checksum(MODEL, config)
    path.write_bytes(save(arrays, {_KEY: json.dumps(config) if text is None else text}))


def refused(folder, *patterns):
    """Assert that loading is a ValueError that names the file, and what is wrong."""
    with pytest.raises(ValueError) as error:
        load_weights(folder)
    message = str(error.value)
    assert message.startswith(f"{folder / WEIGHTS_FILE}: ")
    for pattern in patterns:
        assert re.search(pattern, message), message


# ---------------------------------------------------------------------- round trip


@pytest.mark.parametrize(("n_units", "n_layers"), [(1, 1), (3, 2), (8, 4), (60, 3)])
@pytest.mark.parametrize("normalize", [True, False])
def test_what_is_saved_comes_back_bit_for_bit(tmp_path, n_units, n_layers, normalize):
    model = random_model(1, n_units, n_layers, np.float32)
    save_weights(Weights(model, normalize, INFO), tmp_path / "new" / "folder")
    loaded = load_weights(tmp_path / "new" / "folder")
    assert same_bits(loaded.model, model)
    assert (loaded.model.n_units, loaded.model.n_layers) == (n_units, n_layers)
    assert loaded.normalize is normalize
    assert loaded.info == INFO


def test_the_file_itself_is_taken_too(folder):
    given = load_weights(folder / WEIGHTS_FILE)
    assert same_bits(given.model, MODEL) and given.info == INFO
    moved = (folder / WEIGHTS_FILE).rename(folder / "mine.safetensors")
    assert same_bits(load_weights(moved).model, MODEL)


def test_equal_weights_are_equal_files(folder, tmp_path):
    save_weights(Weights(MODEL, normalize=False, info=INFO), tmp_path)
    content = (tmp_path / WEIGHTS_FILE).read_bytes()
    assert content == (folder / WEIGHTS_FILE).read_bytes()


def test_the_fingerprint_is_that_of_the_numbers_alone(folder):
    assert fingerprint(load_weights(folder).model) == fingerprint(MODEL)
    assert fingerprint(random_model(0, N_UNITS, N_LAYERS)) == fingerprint(MODEL)
    layer = MODEL.encoder[0]
    changed = layer._replace(bias=np.nextafter(layer.bias, np.float32(2)))
    model = replace(MODEL, encoder=(changed, *MODEL.encoder[1:]))
    assert fingerprint(model) != fingerprint(MODEL)


def test_float64_arrays_in_any_memory_order_are_saved_as_float32(tmp_path):
    model = random_model(2, 4, 2)
    arrays = {
        name: np.asfortranarray(array) for name, array in to_named_arrays(model).items()
    }
    save_weights(Weights(from_named_arrays(arrays)), tmp_path)
    expected = from_named_arrays({k: v.astype(np.float32) for k, v in arrays.items()})
    assert same_bits(load_weights(tmp_path).model, expected)


def test_saving_over_a_folder_replaces_it(folder):
    other = random_model(3, 5, 1, np.float32)
    save_weights(Weights(other), folder)
    loaded = load_weights(folder)
    assert same_bits(loaded.model, other)
    assert loaded.info == {} and loaded.normalize is True
    assert [path.name for path in folder.iterdir()] == [WEIGHTS_FILE]


def test_names_say_part_layer_and_array():
    arrays = to_named_arrays(MODEL)
    assert len(arrays) == 2 * 3 * N_LAYERS + 2
    assert arrays["encoder/layer_1/kernel"] is MODEL.encoder[0].kernel
    assert arrays["decoder/layer_2/bias"] is MODEL.decoder[1].bias
    assert arrays["output/kernel"] is MODEL.output_kernel


@pytest.mark.parametrize("n_layers", [1, 2, 11])
def test_model_is_rebuilt_from_named_arrays_in_any_order(n_layers):
    model = random_model(4, 2, n_layers)
    arrays = to_named_arrays(model)
    assert same_bits(from_named_arrays(dict(sorted(arrays.items()))), model)
    assert same_bits(from_named_arrays(dict(reversed(arrays.items()))), model)


def test_loaded_arrays_are_read_only(folder):
    for array in to_named_arrays(load_weights(folder).model).values():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


# ------------------------------------------------------------------------- bundled


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_weights_are_sound(name):
    weights = load_weights(name)
    assert (weights.model.n_units, weights.model.n_layers) == (60, 3)
    assert weights.normalize is True
    encoder = sum(array.size for layer in weights.model.encoder for array in layer)
    arrays = to_named_arrays(weights.model)
    total = sum(array.size for array in arrays.values())
    assert (encoder, total - encoder) == (54_720, 54_781)
    assert not any(array.flags.writeable for array in arrays.values())
    assert weights.info["name"] == name
    assert find_weights(name).with_name(CARD_FILE).is_file()


def test_bundled_name_wins_over_a_folder_and_a_path_does_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_weights(Weights(MODEL), "ucr18")
    assert load_weights("ucr18").model.n_units == 60
    assert load_weights("./ucr18").model.n_units == N_UNITS
    assert load_weights(Path("ucr18")).model.n_units == N_UNITS


# ------------------------------------------------------------------- missing files


def test_neither_name_nor_folder_is_an_error_that_lists_the_names(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"weights='ucr81' .*\(ucr18, .*, synthetic-pooled\)"
    ):
        load_weights("ucr81")
    with pytest.raises(FileNotFoundError, match="nor a folder or file"):
        load_weights(tmp_path / "absent")


def test_a_folder_without_weights_is_named(folder):
    (folder / WEIGHTS_FILE).unlink()
    with pytest.raises(FileNotFoundError, match="the folder holds no weights") as error:
        load_weights(folder)
    assert str(folder / WEIGHTS_FILE) in str(error.value)


def test_a_save_that_fails_leaves_what_was_there(folder, monkeypatch):
    def fail(*paths):
        raise OSError("pulled the plug")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="pulled the plug"):
        save_weights(Weights(random_model(3, 5, 1)), folder)
    assert same_bits(load_weights(folder).model, MODEL)


# -------------------------------------------------------------------- damaged files


def test_truncated_files_are_refused(folder):
    path = folder / WEIGHTS_FILE
    content = path.read_bytes()
    for length in {0, 1, 7, 8, 9, *range(10, len(content), 97), len(content) - 1}:
        path.write_bytes(content[:length])
        refused(folder, "not a safetensors file, or cut off")
    path.write_bytes(content + b"\0")
    refused(folder, "not a safetensors file")


def test_flipped_bits_are_refused_or_mean_the_same(folder):
    path = folder / WEIGHTS_FILE
    content = path.read_bytes()
    start = 8 + struct.unpack("<Q", content[:8])[0]
    rng = np.random.default_rng(0)
    for position in (*range(start), *rng.integers(start, len(content), 60)):
        damaged = bytearray(content)
        damaged[position] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        try:
            loaded = load_weights(folder)
        except ValueError as error:
            assert str(error).startswith(f"{path}: ")
        else:  # another blank between two keys changes nothing
            assert position < start
            assert same_bits(loaded.model, MODEL)
            assert loaded.info == INFO and loaded.normalize is False


def named_arrays(**changes):
    arrays = {**to_named_arrays(MODEL), **changes}
    return {name: array for name, array in arrays.items() if array is not DROP}


def bias(values, dtype=np.float32):
    return {"encoder/layer_1/bias": np.asarray(values, dtype=dtype)}


SOUND = MODEL.encoder[0].bias
WITH_NAN, WITH_INF = SOUND.copy(), SOUND.copy()
WITH_NAN[4], WITH_INF[0] = np.nan, -np.inf


@pytest.mark.parametrize(
    ("changes", "pattern"),
    [
        ({"output/kernel": DROP}, r"2 layers of 0 units"),
        ({"output/bias": DROP}, r"missing \['output/bias'\], unknown \[\]"),
        ({"spare": SOUND}, r"missing \[\], unknown \['spare'\]"),
        (
            {"encoder/layer_3/bias": SOUND},
            r"missing \[\], unknown \['encoder/layer_3/bias'\]",
        ),
        (bias(SOUND[:-1]), r"layer_1/bias must be F32 of shape \(9,\).*\(8,\)"),
        (bias(SOUND[None]), r"layer_1/bias .* \(9,\), found F32 .* \(1, 9\)"),
        (bias([]), r"layer_1/bias .* found F32 of shape \(0,\)"),
        (bias(1.0), r"layer_1/bias .* found F32 of shape \(\)"),
        (bias(SOUND, np.float64), r"layer_1/bias must be F32 .* found F64"),
        (bias(SOUND, np.float16), r"layer_1/bias must be F32 .* found F16"),
        (bias(SOUND, np.int32), r"layer_1/bias must be F32 .* found I32"),
        ({"output/kernel": np.zeros((0, 1), "f4")}, r"2 layers of 0 units"),
        ({"output/kernel": np.zeros((5000, 1), "f4")}, r"2 layers of 5000 units"),
        (bias(WITH_NAN), "encoder/layer_1/bias holds NaN or infinite"),
        (bias(WITH_INF), "encoder/layer_1/bias holds NaN or infinite"),
        (
            {"encoder/layer_2/kernel": MODEL.encoder[1].kernel.T.copy()},
            r"layer_2/kernel must be F32 of shape \(3, 9\), found .* \(9, 3\)",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(folder, changes, pattern):
    write(folder, named_arrays(**changes))
    refused(folder, pattern)


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F8_E5M2", "BOOL", "U8", "X1"])
def test_dtypes_that_numpy_may_not_know_are_refused(folder, dtype):
    path = folder / WEIGHTS_FILE
    path.write_bytes(path.read_bytes().replace(b'"F32"', b'"%s"' % dtype.encode()))
    refused(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04K\x01.",  # a pickle
        b"\xff" * 64,
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 2) + b"{}",
        save(to_named_arrays(MODEL)),
    ],
    ids=lambda content: repr(content[:20]),
)
def test_other_files_are_refused(folder, content):
    (folder / WEIGHTS_FILE).write_bytes(content)
    refused(folder)


# --------------------------------------------------------------- damaged metadata


@pytest.mark.parametrize(
    ("changes", "pattern"),
    [
        ({"sha256": "0" * 64}, "does not fit its own sha256: the file was changed"),
        ({"normalize": 1}, "normalize must be bool, found 1"),
        ({"sha256": 5}, "sha256 must be str, found 5"),
        ({"info": []}, r"info must be dict, found \[\]"),
        ({"package_version": None}, "package_version must be str, found None"),
        ({"format": True}, "format must be int, found True"),
        (
            {"format": 3, "package_version": "9.9"},
            r"format 3 was written by another version \(9\.9\).* reads format 2",
        ),
        ({"dropout": 0.5}, r"expected metadata \[.*found \[.*'dropout'"),
        ({"info": DROP}, r"expected metadata \['format', 'info'"),
    ],
)
def test_metadata_that_does_not_fit_is_refused(folder, changes, pattern):
    write(folder, **changes)
    refused(folder, pattern)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '"format"', '{"format": 1}', "[" * 200_000, "9" * 5000],
    ids=lambda text: text[:10],
)
def test_metadata_that_is_no_such_json_is_refused(folder, text):
    write(folder, text=text)
    refused(folder)


# -------------------------------------------------------------------------- safety


def test_no_source_file_can_run_code_from_a_file():
    forbidden = re.compile(
        r"\b(import (c?pickle|dill|joblib\.numpy_pickle|marshal|shelve)"
        r"|pickle\.loads?|joblib\.load|allow_pickle\s*=\s*True"
        r"|(?<!\.)(eval|exec)\(|keras\.models|load_model|torch\.load|yaml\.load)\b"
    )
    sources = sorted(Path(timenet_sklearn.__file__).parent.rglob("*.py"))
    assert len(sources) > 10
    found = [
        f"{source}: {match.group()}"
        for source in sources
        for match in forbidden.finditer(source.read_text(encoding="utf-8"))
    ]
    assert not found
