"""Weights from strangers: refused in our words, or the same to the last bit."""

from __future__ import annotations

import ast
import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save

import timenet_sklearn
from timenet_sklearn import TimeNetTransformer
from timenet_sklearn._encoder.weights import (
    _KEY,
    WEIGHTS_FILE,
    Weights,
    _checksum,
    load_weights,
    save_weights,
    to_named_arrays,
)

SERIES = np.sin(np.arange(12.0))[None] * [[1.0], [-2.0]]
UCR18 = load_weights("ucr18").model
N_UNITS = 2


def model() -> Any:
    """Two units of the bundled encoder: small files, in which each byte is tried."""
    kinds = type(UCR18.encoder[0])

    def cut(layer: Any) -> Any:
        columns = [60 * gate + unit for gate in range(3) for unit in range(N_UNITS)]
        return kinds(
            layer.kernel[:N_UNITS, columns],
            layer.recurrent_kernel[:N_UNITS, columns],
            layer.bias[columns],
        )

    return type(UCR18)(
        encoder=(cut(UCR18.encoder[0]),),
        decoder=(cut(UCR18.decoder[0]),),
        output_kernel=UCR18.output_kernel[:N_UNITS],
        output_bias=UCR18.output_bias,
    )


@pytest.fixture
def folder(tmp_path) -> Path:
    """A sound folder, as TimeNetTransformer.save wrote it."""
    save_weights(Weights(model()), tmp_path / "made")
    transformer = TimeNetTransformer(weights=tmp_path / "made").fit(SERIES)
    transformer.set_params(weights=None).save(tmp_path / "weights")
    return tmp_path / "weights"


def everything(folder: Path) -> tuple[bytes, ...]:
    """What a folder gives: embeddings, reconstructions, and the restored estimator."""
    given = TimeNetTransformer(weights=folder)
    embeddings = given.transform(SERIES)
    restored = TimeNetTransformer.load(folder)
    parameters = json.dumps(restored.get_params(), default=repr, sort_keys=True)
    return (
        embeddings.tobytes(),
        restored.transform(SERIES).tobytes(),
        given.inverse_transform(embeddings, 5).tobytes(),
        parameters.encode(),
    )


def read_config(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + struct.unpack("<Q", content[:8])[0]])
    return dict(json.loads(header["__metadata__"][_KEY]))


def forge(folder: Path, text: str | None = None, **changes: Any) -> None:
    """Change what a file says of itself and make its checksum fit."""
    path = folder / WEIGHTS_FILE
    config = {**read_config(path), **changes}
    if "sha256" not in changes:
        config["sha256"] = _checksum(model(), config)
    path.write_bytes(save(load_file(path), {_KEY: text or json.dumps(config)}))


def variants(content: bytes, end: int) -> Iterator[bytes]:
    """Every bit flipped, every byte dropped, doubled or replaced, every cut."""
    rng = np.random.default_rng(0)
    for i in range(end):
        byte = content[i]
        others = [byte ^ (1 << bit) for bit in range(8)]
        others += [int(rng.integers(256)), 0, 0xFF, ord('"'), ord("9")]
        for other in others:
            yield content[:i] + bytes([other]) + content[i + 1 :]
        yield content[:i] + content[i + 1 :]
        yield content[:i] + bytes([byte]) + content[i:]
        yield content[:i]


def outcome(load: Callable[[], Any], folder: Path) -> tuple[str, Any]:
    """Tell what loading gives: values, or an error that names the folder."""
    try:
        return "loaded", load()
    except (ValueError, FileNotFoundError) as error:
        assert str(folder) in str(error), repr(error)
        return "refused", error


def judge(folder: Path, sound: Any, tally: Any, witness: Any) -> None:
    def load() -> None:
        load_weights(folder)
        TimeNetTransformer.load(folder)

    with witness.watching():
        verdict, _ = outcome(load, folder)
    assert verdict == "refused" or everything(folder) == sound
    assert not witness.outside(folder)
    assert not witness.code
    tally["refused" if verdict == "refused" else "the same, bit for bit"] += 1


def test_bytes_of_the_header_matter_or_do_not(folder, full, tally, witness):
    """Each byte of the header flipped, replaced, dropped, doubled, or the end cut."""
    path = folder / WEIGHTS_FILE
    content, sound = path.read_bytes(), everything(folder)
    end = 8 + struct.unpack("<Q", content[:8])[0]
    for i, damaged in enumerate(variants(content, end)):
        if full or i % 61 == 0:
            path.write_bytes(damaged)
            judge(folder, sound, tally, witness)
    assert tally["refused"] > 100


def test_any_other_byte_of_the_file_is_refused(folder, full, tally, witness):
    """Each byte of the numbers flipped, and bytes appended: the sha256 covers all."""
    path = folder / WEIGHTS_FILE
    content, sound = path.read_bytes(), everything(folder)
    header_end = 8 + struct.unpack("<Q", content[:8])[0]
    for i in range(header_end, len(content), 1 if full else 5):
        path.write_bytes(content[:i] + bytes([content[i] ^ 1]) + content[i + 1 :])
        judge(folder, sound, tally, witness)
    path.write_bytes(content + b"\0")
    judge(folder, sound, tally, witness)
    assert set(tally) == {"refused"}


VALUES = [None, True, -1, 0, 2.5, 10**9, 1e308, "x", "../x", [], [1], {}, {"a": 1}]


def test_any_value_in_the_metadata_is_refused_or_has_our_error(folder, tally, witness):
    """Each value of the metadata, with a fitting sha256, replaced by other kinds."""
    config = read_config(folder / WEIGHTS_FILE)
    places = [(key,) for key in config] + [("info", key) for key in config["info"]]
    for part in ("params", "fitted"):
        places += [("info", part, key) for key in [*config["info"][part], "new"]]
    for place in places:
        for value in VALUES:
            changed = json.loads(json.dumps(config))
            at = changed
            for key in place[:-1]:
                at = at[key]
            at[place[-1]] = value
            if place != ("sha256",):
                changed["sha256"] = _checksum(model(), changed)
            forge(folder, json.dumps(changed))
            with witness.watching():
                verdict, _ = outcome(lambda: TimeNetTransformer.load(folder), folder)
            free = place[0] in ("info", "package_version")
            assert free or verdict == "refused" or value == config[place[0]]
            tally[verdict] += 1
            forge(folder, json.dumps(config))
    assert not witness.outside(folder)
    assert not witness.code


# ------------------------------------------------------------ folders made to harm


def _arrays(folder: Path, **changes: Any) -> None:
    arrays = {**to_named_arrays(model()), **changes}
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    path = folder / WEIGHTS_FILE
    path.write_bytes(save(contiguous, {_KEY: json.dumps(read_config(path))}))


def _header(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    path = folder / WEIGHTS_FILE
    content = path.read_bytes()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:end])
    text = json.dumps(change(header) or header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[end:])


def _bias(**changes: Any) -> Callable[[Path], None]:
    name = "encoder/layer_1/bias"
    return lambda folder: _header(folder, lambda header: header[name].update(changes))


def _renamed(name: str) -> Callable[[Path], None]:
    def change(header: dict[str, Any]) -> None:
        header[name] = header.pop("output/bias")

    return lambda folder: _header(folder, change)


def _instead(make: Callable[[Path], Any]) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        (folder / WEIGHTS_FILE).unlink()
        make(folder / WEIGHTS_FILE)

    return act


def _nested(depth: int) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        text = json.dumps(read_config(folder / WEIGHTS_FILE))
        deep = '"info": {"deep": ' + "[" * depth + "]" * depth + ", "
        forge(folder, text.replace('"info": {', deep))

    return act


NAN, INF, HUGE = (np.full(6, value, "f4") for value in (np.nan, np.inf, 1e38))
HARM: dict[str, Callable[[Path], None]] = {
    **{
        f"name {name}": _renamed(name)
        for name in (
            "../out",
            "/etc/passwd",
            "..\\out",
            "output/../../x",
            "",
            "\0",
            "💥",
        )
    },
    "a link to /dev/zero": _instead(lambda path: path.symlink_to("/dev/zero")),
    "a link to /etc/passwd": _instead(lambda path: path.symlink_to("/etc/passwd")),
    "a link to itself": _instead(lambda path: path.symlink_to(WEIGHTS_FILE)),
    "a pipe": _instead(os.mkfifo),
    "a folder": _instead(Path.mkdir),
    **{
        f"{size} bytes": lambda folder, size=size: os.truncate(
            folder / WEIGHTS_FILE, size
        )
        for size in (2**31, 2**36)
    },
    "NaN": lambda folder: _arrays(folder, **{"encoder/layer_1/bias": NAN}),
    "inf": lambda folder: _arrays(folder, **{"encoder/layer_1/bias": INF}),
    "1e38": lambda folder: _arrays(folder, **{"encoder/layer_1/bias": HUGE}),
    "float64": lambda folder: _arrays(
        folder, **{"output/bias": np.zeros(1, np.float64)}
    ),
    **{
        f"dtype {name}": _bias(dtype=name)
        for name in ("F16", "BF16", "F8_E4M3", "U8", "O", "", 1)
    },
    **{
        f"shape {shape}": _bias(shape=shape)
        for shape in (
            [2**63],
            [2**40, 2**40],
            [0],
            [-6],
            [6.0],
            ["6"],
            [3, 2],
            [],
            None,
            [1] * 999,
        )
    },
    **{
        f"offsets {offsets}": _bias(data_offsets=offsets)
        for offsets in (
            [0, 2**60],
            [2**63, 2**64],
            [24, 0],
            [-24, 0],
            [0],
            None,
            "x",
            [0, 24],
        )
    },
    **{
        f"header of {size} bytes": lambda folder, size=size: (
            folder / WEIGHTS_FILE
        ).write_bytes(struct.pack("<Q", size) + b"{}")
        for size in (0, 1, 3, 10**8, 2**62, 2**64 - 1)
    },
    **{
        f"{depth} lists in each other": _nested(depth)
        for depth in (900, 990, 5000, 100_000)
    },
}

_CHILD = """
import json, resource, sys
from pathlib import Path
from timenet_sklearn import TimeNetTransformer
from timenet_sklearn._encoder.weights import load_weights

root, package = Path(sys.argv[1]), sys.prefix
TimeNetTransformer.load(root / "sound").transform([[n % 3.0 for n in range(20)]])
opened, outcomes, on = set(), {}, False

def hear(event, arguments):
    if on and event == "open":
        opened.add(str(arguments[0]))
    if on and event.startswith(("exec", "pickle.", "marshal.", "subprocess.")):
        opened.add(event)

sys.addaudithook(hear)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for folder in sorted(path for path in root.iterdir() if path.name.isdecimal()):
    opened.clear()
    on = True
    try:
        TimeNetTransformer.load(folder)
        outcome = "loaded"
    except (ValueError, FileNotFoundError) as error:
        outcome = "refused" if str(folder) in str(error) else repr(error)
    except Exception as error:
        outcome = repr(error)[:300]
    on = False
    outside = [path for path in opened if not Path(path).is_relative_to(folder)]
    outcomes[folder.name] = [outcome, outside]
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"outcomes": outcomes, "kilobytes": grown}))
"""


def test_folders_made_to_harm_are_refused(folder, tmp_path, tally):
    """Names, links, pipes, sizes, dtypes, shapes, offsets and depths made to harm."""
    root = tmp_path / "root"
    shutil.copytree(folder, root / "sound")
    for i, harm in enumerate(HARM.values()):
        shutil.copytree(folder, root / f"{i}" / "weights")
        harm(root / f"{i}" / "weights")
        (root / f"{i}" / "weights").rename(root / f"{i:03}")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _CHILD, str(root)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    outcomes = {name: report["outcomes"][f"{i:03}"] for i, name in enumerate(HARM)}
    # Lists in each other are free text, as long as JSON can be read at all.
    wrong = {
        name: found
        for name, found in outcomes.items()
        if found != ["refused", []]
        and not (found == ["loaded", []] and "lists" in name)
    }
    assert not wrong
    assert report["kilobytes"] < 200_000
    for found, _ in outcomes.values():
        tally[found] += 1


def test_nothing_in_the_package_can_run_code_from_a_file():
    """Imports and calls of the whole package."""
    modules = {"cPickle", "cloudpickle", "dill", "marshal", "pickle", "runpy", "shelve"}
    names = {"eval", "exec", "compile", "__import__"}
    attributes = {
        "load_model",
        "read_pickle",
        "to_pickle",
        "model_from_json",
        "Unpickler",
    }
    attributes |= {f"{module}.load" for module in ("joblib", "torch", "yaml", "pickle")}
    found = []
    for path in sorted(Path(timenet_sklearn.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                bad = {alias.name.split(".")[0] for alias in node.names} & modules
            elif isinstance(node, ast.ImportFrom):
                bad = {str(node.module).split(".")[0]} & modules
                bad |= {alias.name for alias in node.names} & attributes
            elif isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                bad = {called, called.rpartition(".")[2]} & attributes
                bad |= {called} & names
                pickles = [k for k in node.keywords if k.arg == "allow_pickle"]
                bad |= {
                    ast.unparse(k) for k in pickles if ast.unparse(k.value) != "False"
                }
                if called in ("np.load", "numpy.load") and not pickles:
                    bad.add(called)
            else:
                continue
            found += [f"{path}:{node.lineno}: {what}" for what in sorted(bad)]
    assert not found
