"""Weight folders: what was saved comes back, and nothing else does."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from reference import random_model
from safetensors.numpy import save

import timenet_sklearn
from timenet_sklearn._encoder.weights import (
    ARRAYS_FILE,
    BUNDLED,
    CARD_FILE,
    CONFIG_FILE,
    Weights,
    _config_digest,
    find_weights,
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


def change_config(folder, **changes):
    path = folder / CONFIG_FILE
    config = json.loads(path.read_text(encoding="utf-8"))
    config = {k: v for k, v in {**config, **changes}.items() if v is not DROP}
    if "config_sha256" in config and "config_sha256" not in changes:
        # So that the check of the content is what refuses it.
        config["config_sha256"] = _config_digest(config)
    path.write_text(json.dumps(config))


DROP = object()


def write_arrays(folder, content):
    """Replace the arrays and own up to it: the hash fits, so deeper checks are met."""
    (folder / ARRAYS_FILE).write_bytes(content)
    change_config(folder, sha256=hashlib.sha256(content).hexdigest())


def refused(folder, file, *patterns):
    """Assert that loading is a ValueError that names the file, and what is wrong."""
    with pytest.raises(ValueError) as error:
        load_weights(folder)
    message = str(error.value)
    assert message.startswith(f"{folder / file}: ")
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


def test_loaded_weights_know_the_hash_of_their_file(tmp_path):
    save_weights(Weights(MODEL), tmp_path)
    content = (tmp_path / ARRAYS_FILE).read_bytes()
    assert load_weights(tmp_path).sha256 == hashlib.sha256(content).hexdigest()


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
    assert {path.name for path in folder.iterdir()} == {ARRAYS_FILE, CONFIG_FILE}


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
    assert (find_weights(name) / CARD_FILE).is_file()


def test_bundled_name_wins_over_a_folder_and_a_path_does_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_weights(Weights(MODEL), "ucr18")
    assert load_weights("ucr18").model.n_units == 60
    assert load_weights("./ucr18").model.n_units == N_UNITS
    assert load_weights(Path("ucr18")).model.n_units == N_UNITS


# ------------------------------------------------------------------- missing files


def test_neither_name_nor_folder_is_an_error_that_lists_the_names(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"weights='ucr81' .*\(ucr18\)"):
        load_weights("ucr81")
    with pytest.raises(FileNotFoundError, match="nor a folder"):
        load_weights(tmp_path / "absent")
    (tmp_path / "file").touch()
    with pytest.raises(FileNotFoundError, match="nor a folder"):
        load_weights(tmp_path / "file")


@pytest.mark.parametrize("name", [CONFIG_FILE, ARRAYS_FILE])
def test_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError) as error:
        load_weights(folder)
    assert f"{folder / name} is missing" in str(error.value)


# ----------------------------------------------------------------- damaged arrays


def test_truncated_arrays_are_refused(folder):
    path = folder / ARRAYS_FILE
    content = path.read_bytes()
    for length in {0, 1, 7, 8, 9, *range(10, len(content), 97), len(content) - 1}:
        path.write_bytes(content[:length])
        refused(folder, ARRAYS_FILE, "sha256", "changed or cut off")
    path.write_bytes(content + b"\0")
    refused(folder, ARRAYS_FILE, "sha256")


def test_flipped_bits_of_the_arrays_are_refused(folder):
    path = folder / ARRAYS_FILE
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    positions = {0, 7, 8, len(content) - 1, *rng.integers(0, len(content), 60)}
    for position in positions:
        damaged = bytearray(content)
        damaged[position] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        refused(folder, ARRAYS_FILE, "sha256")


def test_truncated_arrays_with_a_fitting_hash_are_refused(folder):
    content = (folder / ARRAYS_FILE).read_bytes()
    for length in {0, 1, 8, 9, *range(10, len(content), 97), len(content) - 1}:
        write_arrays(folder, content[:length])
        refused(folder, ARRAYS_FILE)


def test_flipped_header_bits_with_a_fitting_hash_are_refused_or_mean_the_same(folder):
    content = (folder / ARRAYS_FILE).read_bytes()
    header_end = 8 + struct.unpack("<Q", content[:8])[0]
    rng = np.random.default_rng(1)
    for position in range(header_end):
        damaged = bytearray(content)
        damaged[position] ^= 1 << rng.integers(8)
        write_arrays(folder, bytes(damaged))
        try:
            loaded = load_weights(folder)
        except ValueError as error:
            assert str(error).startswith(f"{folder / ARRAYS_FILE}: ")
        else:
            assert np.isfinite(loaded.model.output_bias).all()
            assert loaded.model.encoder[0].kernel.shape == (1, 3 * N_UNITS)


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
        ({"output/bias": DROP}, r"missing \['output/bias'\], unknown \[\]"),
        ({"spare": SOUND}, r"missing \[\], unknown \['spare'\]"),
        (
            {"encoder/layer_3/bias": SOUND},
            r"missing \[\], unknown \['encoder/layer_3/bias'\]",
        ),
        (bias(SOUND[:-1]), r"layer_1/bias must be float32 of shape \(9,\).*\(8,\)"),
        (bias(SOUND[None]), r"layer_1/bias .* \(9,\), found float32 .* \(1, 9\)"),
        (bias([]), r"layer_1/bias .* found float32 of shape \(0,\)"),
        (bias(1.0), r"layer_1/bias .* found float32 of shape \(\)"),
        (bias(SOUND, np.float64), r"layer_1/bias must be float32 .* found float64"),
        (bias(SOUND, np.float16), r"layer_1/bias must be float32 .* found float16"),
        (bias(SOUND, np.int32), r"layer_1/bias must be float32 .* found int32"),
        (bias(WITH_NAN), "encoder/layer_1/bias holds NaN or infinite"),
        (bias(WITH_INF), "encoder/layer_1/bias holds NaN or infinite"),
        (
            {"encoder/layer_2/kernel": MODEL.encoder[1].kernel.T.copy()},
            r"layer_2/kernel must be float32 of shape \(3, 9\), found .* \(9, 3\)",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(folder, changes, pattern):
    write_arrays(folder, save(named_arrays(**changes)))
    refused(folder, ARRAYS_FILE, pattern)


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F8_E5M2", "BOOL", "U8", "X1"])
def test_dtypes_that_numpy_may_not_know_are_refused(folder, dtype):
    content = (folder / ARRAYS_FILE).read_bytes()
    write_arrays(folder, content.replace(b'"F32"', b'"%s"' % dtype.encode()))
    refused(folder, ARRAYS_FILE)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04K\x01.",  # a pickle
        b"\xff" * 64,
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 2) + b"{}",
    ],
)
def test_other_files_under_a_fitting_hash_are_refused(folder, content):
    write_arrays(folder, content)
    refused(folder, ARRAYS_FILE)


# ----------------------------------------------------------------- damaged config


@pytest.mark.parametrize(
    ("changes", "pattern"),
    [
        ({"sha256": "0" * 64}, "__arrays__"),
        ({"n_units": N_UNITS + 1}, "__arrays__"),
        ({"n_layers": N_LAYERS - 1}, "__arrays__"),
        ({"n_layers": N_LAYERS + 1}, "__arrays__"),
        ({"n_units": 0}, r"n_units must be in 1\.\.4096, found 0"),
        ({"n_units": -3}, r"n_units must be in 1\.\.4096, found -3"),
        ({"n_units": 10**9}, r"n_units must be in 1\.\.4096, found 1000000000"),
        ({"n_units": 10**30}, r"n_units must be in 1\.\.4096"),
        ({"n_layers": 0}, r"n_layers must be in 1\.\.64, found 0"),
        ({"n_layers": 10**9}, r"n_layers must be in 1\.\.64"),
        ({"n_units": True}, "n_units must be int, found True"),
        ({"n_units": 3.0}, r"n_units must be int, found 3\.0"),
        ({"n_units": "3"}, "n_units must be int, found '3'"),
        ({"n_units": None}, "n_units must be int, found None"),
        ({"n_units": float("nan")}, "n_units must be int, found nan"),
        ({"n_units": float("inf")}, "n_units must be int, found inf"),
        ({"normalize": 1}, "normalize must be bool, found 1"),
        ({"sha256": 5}, "sha256 must be str, found 5"),
        ({"info": []}, r"info must be dict, found \[\]"),
        ({"package_version": None}, "package_version must be str, found None"),
        ({"format": True}, "format must be int, found True"),
        (
            {"format": 2, "package_version": "9.9"},
            r"format 2 was written by another version \(9\.9\).* reads format 1",
        ),
        ({"dropout": 0.5}, r"expected the keys \[.*found \[.*'dropout'"),
        ({"n_units": DROP}, r"expected the keys \[.*'n_units'"),
        ({"info": DROP}, r"expected the keys \['config_sha256', 'format', 'info'"),
    ],
)
def test_config_that_does_not_fit_is_refused(folder, changes, pattern):
    change_config(folder, **changes)
    if pattern == "__arrays__":
        refused(folder, ARRAYS_FILE)
    else:
        refused(folder, CONFIG_FILE, pattern)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"format"',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"format": 1}',
        b"[" * 200_000,
        b'{"format": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda content: repr(content[:20]),
)
def test_config_that_is_no_such_json_is_refused(folder, content):
    (folder / CONFIG_FILE).write_bytes(content)
    refused(folder, CONFIG_FILE)


def test_truncated_config_is_refused(folder):
    path = folder / CONFIG_FILE
    content = path.read_bytes()
    for length in range(len(content.rstrip())):
        path.write_bytes(content[:length])
        refused(folder, CONFIG_FILE)


def test_config_with_a_flipped_byte_is_refused_or_means_the_same(folder):
    path = folder / CONFIG_FILE
    content, sound = path.read_bytes(), load_weights(folder)
    rng = np.random.default_rng(2)
    outcomes = set()
    for _ in range(400):
        damaged = bytearray(content)
        damaged[rng.integers(len(content))] ^= rng.integers(1, 256)
        path.write_bytes(damaged)
        try:
            loaded = load_weights(folder)
        except ValueError as error:
            assert str(error).startswith(str(folder))
            outcomes.add("refused")
        else:
            assert same_bits(loaded.model, MODEL)
            assert loaded.normalize is False
            assert loaded.info == sound.info
            outcomes.add("the same")
    assert "refused" in outcomes  # another blank between two keys changes nothing


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
