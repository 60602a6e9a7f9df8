"""The files of a run: one a unit, checked field by field, and notes beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from timenet_sklearn.table1.published import COLUMNS

#: Raised when the fields of a unit's file change their meaning.
FORMAT = 1
#: Why data sets have no result, and why units have none.
MISSING_FILE, FAILURES_FILE = "missing.json", "failures.json"

_NUMBER = (int, float)
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("dataset", "column", "split"), (str,)),
    **dict.fromkeys(("seed", "protocol", "n_train", "n_test"), (int,)),
    **dict.fromkeys(("n_timepoints", "n_classes", "n_channels"), (int,)),
    **dict.fromkeys(("error", "seconds"), _NUMBER),
    **dict.fromkeys(("parameters", "versions", "settings"), (dict,)),
    "weights": (str, type(None)),
}


@dataclass(frozen=True)
class Result:
    """The result of one unit of work: a data set, a column, a seed.

    Attributes
    ----------
    dataset, column : str
    seed : int
    error : float
        Part of the test series that is misclassified, 0 to 1.
    n_train, n_test, n_timepoints, n_classes, n_channels : int
        Of the data set.
    seconds : float
    parameters, versions : dict
        Chosen parameters; packages and their versions.
    protocol : int
    settings : dict
        Version and settings of the column.
    weights : str or None
        SHA-256 of the weights, if the column uses any.
    split : str
        SHA-256 of the arrays of both parts.
    """

    dataset: str
    column: str
    seed: int
    error: float
    n_train: int
    n_test: int
    n_timepoints: int
    n_classes: int
    n_channels: int
    seconds: float
    parameters: Mapping[str, Any]
    versions: Mapping[str, str]
    protocol: int
    settings: Mapping[str, Any]
    weights: str | None
    split: str


def read_unit(file: Path) -> Result:
    """Read the result of a unit.

    Parameters
    ----------
    file : Path

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        If it is damaged, or of another format.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"read_results: cannot read {str(file)!r}: {error}. Remove it, and "
            "`timenet table1` makes it again."
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else content
        raise ValueError(
            f"read_results: {str(file)!r} has format {found!r}; expected {FORMAT}."
        )
    return to_result(content, str(file))


def to_result(content: Mapping[str, Any], where: str) -> Result:
    """Check the fields of a result.

    Parameters
    ----------
    content : dict
    where : str
        Named in errors.

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        If a field is missing, of another type, or out of range.
    """
    names = [one.name for one in fields(Result)]
    lacking = [name for name in names if name not in content]
    if lacking:
        raise ValueError(
            f"read_results: {where!r} lacks {', '.join(lacking)}; run `timenet table1` "
            "again, which replaces it."
        )
    for name in names:
        if type(content[name]) not in _TYPES[name]:
            expected = " or ".join(one.__name__ for one in _TYPES[name])
            raise ValueError(
                f"read_results: {where!r} has {name}={content[name]!r}; expected "
                f"{expected}. Run `timenet table1` again, which replaces it."
            )
    unit = Result(**{name: content[name] for name in names})
    if unit.column not in COLUMNS:
        raise ValueError(
            f"read_results: {where!r} has the column {unit.column!r}; expected one of "
            f"{', '.join(COLUMNS)}."
        )
    if not 0 <= unit.error <= 1:
        raise ValueError(
            f"read_results: {where!r} has the error {unit.error!r}; expected a number "
            "from 0 to 1."
        )
    return unit


def read_notes(file: Path) -> dict[str, str]:
    """Read ``missing.json`` or ``failures.json``.

    Parameters
    ----------
    file : Path

    Returns
    -------
    dict of str
        Empty if there is no such file.

    Raises
    ------
    ValueError
        If it holds anything but texts by name.
    """
    if not file.is_file():
        return {}
    try:
        notes = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"read_notes: cannot read {str(file)!r}: {error}. Remove it, and "
            "`timenet table1` makes it again."
        ) from error
    if not isinstance(notes, dict) or not all(
        isinstance(why, str) for why in notes.values()
    ):
        raise ValueError(
            f"read_notes: {str(file)!r} holds {str(notes)[:60]}; expected an object of "
            "texts. Remove it, and `timenet table1` makes it again."
        )
    # texts of others: a line break would tear the tables they go into
    return {name: " ".join(why.split()) for name, why in notes.items()}
