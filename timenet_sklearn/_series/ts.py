"""The .ts format of sktime, aeon and the UCR and UEA archives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from timenet_sklearn._series.lines import MISSING, parse_numbers, read_lines

_LABELS = {"@classlabel": "label", "@targetlabel": "target"}
# A colon between channels, not one of a time of day inside a (time, value).
_BETWEEN = re.compile(r":(?![^()]*\))")
_STAMPED = re.compile(r"\(([^()]*),([^(),]*)\)")


class LabelledSeries(NamedTuple):
    """A line of a file.

    Attributes
    ----------
    series : ndarray of shape (length,) or (n_channels, length), float64
        NaN for missing values; a channel that is missing altogether is all NaN.
    keys : dict of str to str
        ``label`` or ``target``, where the header declares one.
    """

    series: NDArray[np.float64]
    keys: dict[str, str]


class _Header(NamedTuple):
    n_channels: int | None
    length: int | None
    label: str | None
    classes: frozenset[str]
    has_times: bool


def read_ts(path: Path, encoding: str | None = None) -> Iterator[LabelledSeries]:
    """Read a file line by line.

    Time stamps are read where they are evenly spaced, and dropped. What is no such file
    is a ValueError that names the line, and what was expected.
    """
    lines = (
        (where, line.strip())
        for where, line in read_lines(path, encoding)
        if line.strip()[0] not in "#%"
    )
    tags: dict[str, list[str]] = {}
    for where, line in lines:
        if not line.startswith("@"):
            raise ValueError(f"{where}: expected an @tag of the header before @data.")
        tag, *values = line.lower().split()
        tags[tag] = values
        if tag == "@data":
            break
    else:
        raise ValueError(f"{path}: no @data line; expected a .ts file with a header.")
    header = _read_header(path, tags)
    for where, line in lines:
        row = _read_row(where, line, header)
        if header.n_channels is None:
            header = header._replace(n_channels=len(np.atleast_2d(row.series)))
        yield row


def _read_header(path: Path, tags: dict[str, list[str]]) -> _Header:
    def is_true(tag: str) -> bool:
        return tags.get(tag, [])[:1] == ["true"]

    def count(tag: str) -> int | None:
        text = "".join(tags.get(tag, []))
        # Python refuses to convert thousands of digits, in words of its own.
        if text and not (text.isdecimal() and len(text) < 20):
            raise ValueError(f"{path}: {tag} {text:.40}: expected a whole number.")
        return int(text) if text else None

    if not tags.keys() & _LABELS.keys():
        raise ValueError(
            f"{path}: the header has neither @classLabel nor @targetLabel, so a label "
            "cannot be told from a channel; add '@classLabel false' if there is none."
        )
    label = next((tag for tag in _LABELS if is_true(tag)), None)
    return _Header(
        1 if is_true("@univariate") else count("@dimensions") or count("@dimension"),
        count("@serieslength") if is_true("@equallength") else None,
        label and _LABELS[label],
        frozenset(tags["@classlabel"][1:] if label == "@classlabel" else ()),
        is_true("@timestamps"),
    )


def _read_row(where: str, line: str, header: _Header) -> LabelledSeries:
    fields = _BETWEEN.split(line) if header.has_times else line.split(":")
    keys = {header.label: fields.pop().strip()} if header.label else {}
    n_channels = header.n_channels or max(1, len(fields))
    if len(fields) != n_channels:
        raise ValueError(
            f"{where}: expected {n_channels} channels"
            f"{f' and a {header.label}' if header.label else ''}, separated by ':'; "
            f"got {len(fields) + len(keys)} fields."
        )
    if header.classes and keys["label"].lower() not in header.classes:
        raise ValueError(
            f"{where}: label {keys['label']!r} is not among @classLabel's."
        )
    read = _stamped_values if header.has_times else _plain_values
    channels = [None if _is_missing(field) else read(where, field) for field in fields]
    lengths = {len(channel) for channel in channels if channel is not None}
    if len(lengths) != 1 or not lengths <= {header.length or max(lengths)}:
        raise ValueError(
            f"{where}: channels of lengths {sorted(lengths)}; expected "
            f"{header.length or 'one length for all channels of a series'}."
        )
    nothing = np.full(lengths.pop(), np.nan)
    whole = [nothing if channel is None else channel for channel in channels]
    return LabelledSeries(whole[0] if n_channels == 1 else np.stack(whole), keys)


def _is_missing(field: str) -> bool:
    return field.strip().lower() in MISSING


def _plain_values(where: str, field: str) -> NDArray[np.float64]:
    return parse_numbers(where, field, ",")


def _stamped_values(where: str, field: str) -> NDArray[np.float64]:
    """Read the values of ``(time,value),(time,value)``, in even steps of time."""
    pairs = _STAMPED.findall(field)
    if _STAMPED.sub("", field).strip(" ,") or not pairs:
        raise ValueError(f"{where}: expected (time,value),(time,value), ...")
    times, values = zip(*pairs, strict=True)
    seconds = _as_numbers(where, times)
    steps = np.diff(seconds)
    if len(steps) and not (
        steps.min() > 0 and np.ptp(steps) <= 1e-6 * np.abs(steps).max()
    ):
        raise ValueError(
            f"{where}: the time stamps are not in even steps (from {steps.min():g} to "
            f"{steps.max():g}). Read them as a long table, and bring them to a grid: "
            "timenet_sklearn.from_long(table, id=..., time=..., every=...)."
        )
    return parse_numbers(where, ",".join(values), ",")


def _as_numbers(where: str, times: tuple[str, ...]) -> NDArray[np.float64]:
    try:
        return np.array([float(time) for time in times])
    except ValueError:
        pass
    try:
        stamps = np.array([time.strip() for time in times], dtype="datetime64[ns]")
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    seconds: NDArray[np.float64] = (stamps - stamps[0]) / np.timedelta64(1, "s")
    return seconds
