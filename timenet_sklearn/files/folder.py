"""Embed a data set of many files: part by part, and what is missing when restarted."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from sklearn.exceptions import NotFittedError

from timenet_sklearn._atomic import sweep
from timenet_sklearn.files.embed import with_names
from timenet_sklearn.files.manifest import describe, settle
from timenet_sklearn.files.parquet import import_pyarrow
from timenet_sklearn.files.reading import CHUNK_ROWS, open_panels
from timenet_sklearn.files.running import Results, embed_here, embed_on_cluster
from timenet_sklearn.files.shards import Part, find_parts

# The next part would fail just so, hours later.
_FATAL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class Outcome(NamedTuple):
    """What became of a run.

    Attributes
    ----------
    n_rows : int
        Series embedded.
    n_embedded, n_skipped : int
        Parts embedded, and parts whose embeddings were there.
    failures : dict of str to str
        Why a part could not be embedded, by its name.
    """

    n_rows: int
    n_embedded: int
    n_skipped: int
    failures: dict[str, str]

    def __str__(self) -> str:
        """Sum up for people."""
        return (
            f"{self.n_rows} embeddings; parts: {self.n_embedded} embedded, "
            f"{self.n_skipped} were there, {len(self.failures)} failed"
        )


def embed_folder(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    transformer: Any,
    *,
    chunk_rows: int = CHUNK_ROWS,
    key_columns: int = 0,
    scheduler: str | None = None,
    progress: bool = False,
) -> Outcome:
    """Write the embeddings of a data set of many parts to a folder, part by part.

    Each part becomes a Parquet file of the same name, which appears when it is
    complete. A run that was killed and is called again embeds the parts that are not
    there, with the same result as an unbroken one. A part that fails does not stop
    the others; call again when it is mended.

    Parameters
    ----------
    source : path
        A folder: the Parquet files in it, at any depth. Or a pattern, such as
        ``"data/2024-*.parquet"`` or ``"data/**/*.csv"``: files that `embed_file`
        reads. Names that start with ``.`` or ``_`` are left out. Or the folder of a
        Zarr array: its parts are ranges of rows, which end where its files end.
    target : path
        Folder, made if it does not exist. A file ``_embedding.json`` in it notes the
        weights, the parameters, and size and time of each part: where one of them
        differs from those of embeddings that are there, nothing is done.
    transformer : estimator
        As in `embed_file`. The number of channels is that of the first part.
    chunk_rows, key_columns : int
        As in `embed_file`.
    scheduler : str, optional
        Address of a Dask cluster whose workers embed the parts, one a thread; they
        get the weights from here, and need `source` and `target` under the same
        paths. Without it, this process embeds one part after the other.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    Outcome

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or no such file.
    FileExistsError
        If the target holds files that are no embeddings of an earlier run.
    ValueError
        If the target holds embeddings of other weights, parameters or parts (says
        which), or if no part can be read.
    ImportError
        Without pyarrow; for Zarr without zarr; with `scheduler`, without
        dask.distributed.
    OSError
        If the disk is full or cannot be written to, or no scheduler answers.
    sklearn.exceptions.NotFittedError
        For a transformer that has still to learn from data.
    """
    import_pyarrow()
    parts = find_parts(source, target)
    transformer = _fitted(transformer, parts, key_columns)
    folder = Path(os.path.abspath(target))
    missing = settle(folder, describe(transformer, key_columns), parts)
    sweep(folder)
    options = (transformer, missing, chunk_rows, key_columns)
    if scheduler is None:
        results = embed_here(*options)
    else:
        results = embed_on_cluster(*options, scheduler)
    n_rows, failures = _collect(results, len(missing), progress)
    sweep(folder)  # workers that died
    return Outcome(
        n_rows, len(missing) - len(failures), len(parts) - len(missing), failures
    )


def _fitted(transformer: Any, parts: Sequence[Part], key_columns: int) -> Any:
    """Tell a transformer the number of channels, by the first part that has series."""
    reason: Exception | None = None
    for part in parts:
        try:
            panels = open_panels(
                part.source, chunk_rows=1, key_columns=key_columns, rows=part.rows
            )
            for chunk in panels:
                return with_names(transformer, chunk)[0]
        except NotFittedError:
            raise
        except (ValueError, PermissionError) as error:
            reason = reason or error  # reported when its turn comes, if others do
    raise ValueError(
        f"no part has series to embed, {parts[0].source} and {len(parts) - 1} others"
        f"{f': {reason}' if reason else '.'}"
    ) from reason


def _collect(
    results: Results, n_parts: int, progress: bool
) -> tuple[int, dict[str, str]]:
    """Count the rows, and tell what went wrong by the name of the part."""
    from tqdm import tqdm

    n_rows = 0
    failures = {}
    bar = tqdm(total=n_parts, unit=" parts", disable=not progress)
    with closing(results), bar:
        for part, result in results:
            if isinstance(result, OSError) and result.errno in _FATAL:
                raise result
            if isinstance(result, BaseException):
                failures[part.name] = str(result) or repr(result)
            elif part.has_changed:
                part.target.unlink(missing_ok=True)
                failures[part.name] = "it was changed while it was embedded."
            else:
                n_rows += result
            bar.update()
    return n_rows, dict(sorted(failures.items()))
