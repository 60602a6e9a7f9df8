"""What labels of columns and rows say: steps of time, keys, or names of channels.

A table of series is read only if its columns are one family that goes on: t0, t1, ...,
plain numbers, dates. Whatever else is among them (a label, an id) is named and refused.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Of columns that say when a reading was taken, and to whom or to what a row belongs.
_TIMES = frozenset(
    "time times timestamp timestamps datetime date day_time t ts epoch "
    "time_stamp time_step timestep time_index timepoint timepoints ds".split()
)
_IDS = frozenset(
    "id ids uid uuid guid key keys index idx machine engine unit unit_number unit_nr "
    "subject patient user participant session trial sample sample_number instance "
    "instances case series series_name cycle name group".split()
)
_LABELS = frozenset(
    "label labels class classes target targets class_label classlabel category "
    "activity outcome fold split rul".split()
)
_UNNAMED = re.compile(r"(unnamed: ?\d+(_level_\d+)?|__index_level_\d+__)?")
_ID_ENDING = re.compile(r"([_\s.-](id|ids|label|class|key)|(?<=[a-z])(Id|ID))$")
_CHANNEL = re.compile(
    r"(dim|dimension|var|ch|chan|channel|sensor|axis|lead|electrode|eeg|emg|acc|gyro)"
    r"[_ .-]?\d+"
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_WEEKDAYS = "mon tue wed thu fri sat sun".split()
_NUMBER = r"\d+(?:\.\d+)?"
_CLOCK = r"(?:[T _]?(\d{1,2})[:h](\d{2})(?:[:m](\d{2}(?:\.\d+)?))?\D{0,6})?"
# Year first, in any century of data; then quarters and weeks; then day and month first.
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\D*((?:1[6-9]|2[0-2])\d\d)[-_./ ]?(\d{1,2})(?:[-_./ ]?(\d{1,2}))?" + _CLOCK,
        r"\D*((?:1[6-9]|2[0-2])\d\d)[-_ ]?[QWHMSqwhms](\d{1,2})",
        r"\D*(\d{1,2})[-_./](\d{1,2})[-_./](\d{2}|\d{4})" + _CLOCK,
        r"()()()(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?",
    )
)


def is_time(name: Any) -> bool:
    """Whether a column of this name holds times."""
    return _word(name) in _TIMES


def is_id(name: Any) -> bool:
    """Whether a column of this name tells whose reading a row is."""
    word = _word(name)
    return word in _IDS or bool(
        isinstance(name, str) and _ID_ENDING.search(name.strip())
    )


def is_key(name: Any) -> bool:
    """Whether a column of this name holds ids, labels or times rather than readings.

    So does one without a name, which is what an index becomes that was saved to CSV.
    """
    word = _word(name)
    return (
        is_time(name)
        or is_id(name)
        or word in _LABELS
        or (isinstance(name, str) and bool(_UNNAMED.fullmatch(word)))
    )


def is_index(name: Any) -> bool:
    """Whether pandas made a column of this name out of an index."""
    return isinstance(name, str) and name.startswith("__index_level_")


def _word(name: Any) -> str:
    return name.strip().lower() if isinstance(name, str) else ""


class Steps(NamedTuple):
    """What labels look like as steps of time.

    Attributes
    ----------
    kind : {"steps", "odd", "words", "blocks", "order", "gap"}
        One family in ascending order; a family with odd ones among it; no family;
        several of them, or one with two numbers each that both vary; one that does
        not ascend, or leaves out some of its steps.
    odd : list
        The labels that are no part of the family, or around which the order breaks.
    family : str
        What all others have in common, such as "t#".
    """

    kind: str
    odd: list[Any]
    family: str = ""


def read_steps(labels: Sequence[Any]) -> Steps:
    """Tell whether labels are successive steps of time."""
    for signed in (False, True):
        found = _read_steps(labels, signed)
        if found.kind == "steps":
            return found
    return _read_steps(labels, signed=False)


def _read_steps(labels: Sequence[Any], signed: bool) -> Steps:
    parsed = [_parse(label, signed) for label in labels]
    families = Counter(family for family, _ in parsed if family)
    if not families:
        return Steps("words", list(labels))
    (family, count), *others = families.most_common()
    odd = [
        label for label, (own, _) in zip(labels, parsed, strict=True) if own != family
    ]
    if count == 1 and len(labels) > 1:
        return Steps("words", list(labels))
    if any(n > 1 and not is_key(own.strip("#_- .")) for own, n in others):
        return Steps("blocks", list(labels), family)
    if odd:
        return Steps("odd", odd, family)
    values = [value for _, value in parsed]
    if family == "date":
        try:
            return _in_order(labels, _sortable(values), family)
        except TypeError:  # dates of several kinds, which cannot be compared
            return Steps("words", list(labels))
    varying = [len(set(column)) > 1 for column in zip(*values, strict=True)]
    if sum(varying) > 1:
        return Steps("blocks", list(labels), family)
    which = varying.index(True) if any(varying) else 0
    numbers = [value[which] for value in values]
    ordered = _in_order(labels, numbers, family)
    return ordered if ordered.kind != "steps" else _without_gap(labels, numbers, family)


def _in_order(labels: Sequence[Any], values: list[Any], family: str) -> Steps:
    """Check that values rise."""
    for i in range(len(values) - 1):
        if not values[i] < values[i + 1]:
            return Steps("order", [labels[i], labels[i + 1]], family)
    return Steps("steps", [], family)


def _without_gap(labels: Sequence[Any], values: list[float], family: str) -> Steps:
    """Check that steps are evenly numbered, or not numbered evenly at all."""
    if len(values) < 3:
        return Steps("steps", [], family)
    gaps = [after - before for before, after in pairwise(values)]
    step = min(gaps)
    even = sum(gap == step for gap in gaps)
    if even < len(gaps) <= 2 * even and all(
        gap.is_integer() and (gap / step).is_integer() for gap in gaps
    ):
        at = next(i for i, gap in enumerate(gaps) if gap != step)
        return Steps("gap", [labels[at], labels[at + 1]], family)
    return Steps("steps", [], family)


def _sortable(values: list[Any]) -> list[Any]:
    """Put the year of dates first, where that brings them into order."""
    if not isinstance(values[0], tuple):
        return values
    for order in ((0, 1, 2), (2, 0, 1), (2, 1, 0)):
        turned = [(*(v[i] for i in order), *v[3:]) for v in values]
        if all(a < b for a, b in pairwise(turned)):
            return turned
    return values


def _parse(label: Any, signed: bool) -> tuple[str, Any]:
    """Return the family of a label, "" for none, and its place in it."""
    if isinstance(label, str):
        return _parse_text(label.strip(), signed)
    if isinstance(label, (bool, bytes, tuple)) or label is None:
        return "", None
    try:
        number = float(label)
    except (TypeError, ValueError):
        # dates, periods and durations of any library can be compared
        return ("date" if hasattr(type(label), "__lt__") else ""), label
    return ("#", (number,)) if number == number else ("", None)


def _parse_text(text: str, signed: bool) -> tuple[str, Any]:
    for pattern in _DATES:
        match = pattern.fullmatch(text)
        # A bare run of digits is a date only if it has a month in it.
        if match and not (text.isdigit() and not _has_month(match)):
            fields = [float(field or 0) for field in match.groups()]
            return "date", tuple(fields + [0.0] * (6 - len(fields)))
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", text, re.IGNORECASE):
        return "#", (float(text),)
    if date := _named_month(text.lower()):
        return "date", date
    for names in (_MONTHS, _WEEKDAYS):
        if text[:3].lower() in names and len(text) < 10 and text.isalpha():
            return names[0], (float(names.index(text[:3].lower())),)
    number = rf"(?<!\d)-?{_NUMBER}" if signed else _NUMBER
    found = re.findall(number, text)
    if not found:
        return "", None
    return re.sub(number, "#", text), tuple(map(float, found))


def _named_month(text: str) -> tuple[float, ...]:
    """Read Jan 2020, 2020-Jan, 5 Jan 2020 or Q1 2020; () for anything else."""
    if quarter := re.fullmatch(r"q([1-4])[-_/ ']*(\d{2}|\d{4})", text):
        return float(quarter[2]), float(quarter[1]), 0.0
    month = re.search(rf"(?<![a-z])({'|'.join(_MONTHS)})[a-z]*\.?(?![a-z])", text)
    if not month:
        return ()
    rest = [part for part in (text[: month.start()], text[month.end() :]) if part]
    numbers = [re.fullmatch(r"\D*(\d+)\D*", part) for part in rest]
    if not numbers or None in numbers or re.search(r"[a-z]", "".join(rest)):
        return ()
    found = sorted((n[1] for n in numbers if n), key=len)  # day, year
    year, day = float(found[-1]), float(found[0]) if len(found) > 1 else 0.0
    return year, float(_MONTHS.index(month[1])), day


def _has_month(match: re.Match[str]) -> bool:
    month, day = int(match[2] or 0), match[3] if match.re.groups > 2 else None
    length = len(match[0])
    return length in (6, 8) and 1 <= month <= 12 and int(day or 1) <= 31


def check_index(index: Any, how: str = "x.{}") -> str | None:
    """Tell what is wrong with the index of a pandas series or frame as a time axis.

    `how` is how a method of what has the index is called, with "{}" for the method.
    """
    drop = how.format("reset_index(drop=True)")
    if index.nlevels > 1:
        return (
            f"has an index of {index.nlevels} levels, not one of time steps. Drop it "
            f"with {drop}"
        )
    if index.dtype.kind not in "OUT" and str(index.dtype) not in ("str", "string"):
        if not index.is_unique:
            return (
                f"has two readings at {str(index[index.duplicated()][0])!r} in its "
                f"index. Take their mean with {how.format('groupby(level=0).mean()')}, "
                f"or drop the index with {drop}"
            )
        if not index.is_monotonic_increasing:
            return (
                "has a time index that does not ascend strictly. Sort it with "
                f"{how.format('sort_index()')}, or drop it with {drop}"
            )
        for at in np.flatnonzero(uneven(times_of(index)))[:1]:
            return (
                f"has no even steps: {str(index[at + 1])!r} comes after "
                f"{str(index[at])!r} in its index. Bring it to even steps, or drop the "
                f"index with {drop} to take readings one after the other"
            )
        return None
    steps = read_steps(list(index))
    if steps.kind == "steps" or len(index) < 2:
        return None
    if steps.kind == "order":
        return (
            f"has an index that does not ascend: {steps.odd[1]!r} comes after "
            f"{steps.odd[0]!r}. Drop it with {drop} if the values are in order"
        )
    return (
        f"has index labels that are no time steps: {listed(steps.odd)}. Take out what "
        f"is none, or drop the index with {drop} if all are"
    )


def refuse_uneven(index: Any, caller: str, how: str = "X.{}") -> None:
    """Refuse the index of a table's time axis if it holds times in no even steps."""
    if len(times_of(index)) and (problem := check_index(index, how)):
        raise ValueError(f"{caller}: {how.partition('.')[0]} {problem}.")


def times_of(index: Any) -> NDArray[Any]:
    """Return the times of an index of pandas as numbers; none if it holds no times."""
    if hasattr(index, "asi8"):
        return np.asarray(index.asi8)
    if not hasattr(index, "dtype"):
        return np.empty(0)
    timed = is_time(index.name) and index.dtype.kind in "fiu"
    return np.asarray(index, dtype=np.float64) if timed else np.empty(0)


def uneven(times: NDArray[Any], same: Any = True) -> NDArray[np.bool_]:
    """Tell which steps between times differ by more than half from the usual one.

    Only those count that are between readings of the same series.
    """
    gaps = np.diff(times)
    same = np.broadcast_to(same, gaps.shape)
    if not same.any():
        return np.zeros(len(gaps), dtype=np.bool_)
    usual = np.median(gaps[same])
    odd: NDArray[np.bool_] = same & ((gaps > 1.5 * usual) | (gaps < 0.5 * usual))
    return odd


def listed(labels: Sequence[Any], most: int = 20) -> str:
    """Labels as a list in Python, shortened."""
    shown = ", ".join(map(repr, labels[:most]))
    more = f", ... {len(labels) - most} more" if len(labels) > most else ""
    return f"[{shown}{more}]"


def is_channel(name: Any) -> bool:
    """Whether a numbered column is named as sensors are: dim_0, ch1, sensor7."""
    return isinstance(name, str) and bool(_CHANNEL.fullmatch(name.strip().lower()))


def channel_names(labels: Sequence[Any]) -> list[str] | None:
    """Return labels of channels if they are names: sktime's var_0 is a number."""
    if not all(isinstance(label, str) for label in labels):
        return None
    return None if list(labels) == _numbered(labels) else list(labels)


def _numbered(labels: Sequence[str]) -> list[str] | None:
    """Return sktime's names of as many channels, if these are some."""
    prefix = labels[0][:4]
    if prefix not in ("var_", "dim_"):
        return None
    return [f"{prefix}{i}" for i in range(len(labels))]


def check_names(
    expected: Sequence[str] | None, found: Sequence[str] | None, name: str
) -> None:
    """Refuse other channels than those of fit, as scikit-learn does with features.

    Names are None where the input has none; where it had some in fit, that is warned
    of.
    """
    if expected is None:
        expected = _numbered(found) if found else None
        if expected is None or sorted(expected) != sorted(found or ()):
            return
    if found is None:
        warnings.warn(
            f"X does not have valid feature names, but {name} was fitted with feature "
            f"names: its channels must be {listed(list(expected))}, in this order.",
            UserWarning,
            stacklevel=5,
        )
        return
    if list(found) == list(expected):
        return
    text = (
        f"{name}: The feature names should match those that were passed during fit.\n"
    )
    unseen = [own for own in found if own not in expected]
    absent = [own for own in expected if own not in found]
    if unseen:
        text += "Feature names unseen at fit time:\n" + _lines(unseen)
    if absent:
        text += "Feature names seen at fit time, yet now missing:\n" + _lines(absent)
    if not unseen and not absent:
        text += "Feature names must be in the same order as they were in fit.\n"
    raise ValueError(f"{text}Pass the channels {listed(list(expected))}.")


def _lines(names: Sequence[str]) -> str:
    more = "- ...\n" if len(names) > 5 else ""
    return "".join(f"- {name}\n" for name in sorted(names)[:5]) + more
