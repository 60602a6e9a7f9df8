"""The one CSV of results: a row for each figure of a job, data set, method and draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

CSV = Path(__file__).parents[1] / "results" / "jobs.csv"


class Row(NamedTuple):
    """One measured figure.

    ``version`` tells what was measured: the release of a peer's library, the hash of
    TimeNet's weights. ``seconds`` are CPU seconds, of all that the method did on the
    data set; rows of the same unit of work repeat them. ``figure`` is "skipped" where
    the method was stopped, or does not fit the data; ``note`` then says why.
    """

    job: str
    dataset: str
    method: str
    version: str
    draw: int
    figure: str
    value: float | None
    seconds: float
    note: str = ""


UNIT = ["job", "dataset", "method"]


def read(path: Path = CSV) -> pd.DataFrame:
    if not path.exists():
        return pd.DataFrame(columns=list(Row._fields))
    words = dict.fromkeys((*UNIT, "version", "figure", "note"), str)
    return pd.read_csv(
        path, dtype=words, keep_default_na=False, na_values={"value": [""]}
    )


def is_done(table: pd.DataFrame, unit: tuple[str, str, str], version: str) -> bool:
    known = (table[UNIT] == list(unit)).all(axis=1) & (table["version"] == version)
    return bool(known.any())


def write(rows: Iterable[Row], path: Path = CSV) -> None:
    """Put the rows of one unit of work in the place of those that were there."""
    new = pd.DataFrame(rows, columns=list(Row._fields))
    new["value"] = new["value"].astype(float).round(5)
    new["seconds"] = new["seconds"].round(2)
    table = read(path)
    old = (table[UNIT] == list(new.loc[0, UNIT])).all(axis=1)
    kept = [part for part in (table[~old], new) if len(part)]
    whole = pd.concat(kept).sort_values([*UNIT, "draw", "figure"], kind="stable")
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".tmp")
    whole.to_csv(draft, index=False, lineterminator="\n")
    draft.replace(path)


def skipped(unit: tuple[str, str, str], version: str, note: str) -> Iterator[Row]:
    yield Row(*unit, version, 0, "skipped", None, 0.0, note)
