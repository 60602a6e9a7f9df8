"""Embed one file of series, chunk by chunk."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags

from timenet_sklearn._encoder.threads import count_threads
from timenet_sklearn.files.chunks import CHUNK_ROWS, Chunk, Options, Source
from timenet_sklearn.files.columns import KeyColumns
from timenet_sklearn.files.output import open_output
from timenet_sklearn.files.processes import on_one_core, start_processes
from timenet_sklearn.files.reading import open_source

# Series, of some hundred steps, for which processes are started: seconds of work.
_WORTH_PROCESSES = 4 * CHUNK_ROWS


def embed_file(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    transformer: Any,
    *,
    chunk_rows: int = CHUNK_ROWS,
    key_columns: KeyColumns = None,
    header: bool | None = None,
    encoding: str | None = None,
    long: Mapping[str, Any] | None = None,
    n_jobs: int | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> int:
    """Write the embeddings of the series in one file to another.

    Memory is bounded by the chunk: neither file need fit into it. The target appears
    under its name when it is complete; a run that fails leaves nothing behind.

    Parameters
    ----------
    source : path
        ``.npy``: a 2-D or 3-D array. ``.npz``: the array ``X``, or all named ``X_...``
        one after the other (then with a key ``part``), or the only array.
        ``.csv``, ``.tsv``, ``.txt``, ``.dat`` or no suffix: a series a line, of any
        number of cells, divided by whatever finds most numbers. ``.ts``, ``.arff``: the
        label is a key. Text may be packed (``.csv.gz``). ``.parquet``, ``.feather``:
        every list column a channel and the others keys, or a time step a column of
        numbers. Or the folder of a Zarr array.
    target : path
        ``.npy`` (float32, ``(n_samples, n_features)``), or ``.csv`` or ``.parquet``:
        the source's key columns (ids, labels; of a Zarr array the number of the row,
        from 0), then one column a feature.
    transformer : estimator
        Fitted, or one that needs no fit, such as ``TimeNetTransformer`` with weights.
        The latter, where not fitted, is cloned and told the number of channels by the
        first chunk; the estimator passed in stays as it is.
    chunk_rows : int
        Most series that are read and embedded at a time; fewer where they are long.
    key_columns : int, str, or list of them, optional
        Columns of a table that are keys and carried over as they are: names, or how
        many at the front (1 for UCR's ``.tsv`` files, which start with the label) or at
        the end (-1); 0 says that there are none. By default text before and after the
        steps of a Parquet table is a key, and a table with what else looks like one (a
        column named label, whole numbers beside fractions) is refused. Of ``.npz``:
        names of arrays of labels, where ``"y"`` is ``y_train`` beside ``X_train``.
    header : bool, optional
        Whether the first line of a text table names its columns. By default it does if
        no cell of it is a number, if it counts evenly and has text above numbers
        (``id,0,1,2``), or if it is 0, 1, 2, ... above fractions. What counts evenly
        otherwise may be both, and is refused.
    encoding : str, optional
        Of text files; UTF-8 by default, or UTF-16 where the file says so.
    long : dict, optional
        For a table with a reading a row: parameters of `timenet_sklearn.from_long`,
        such as ``{"id": "machine", "time": "timestamp", "every": "1min"}``. Ids become
        keys. Tables of more than some million values are read in chunks; in these the
        readings of one id have to follow each other.
    n_jobs : int, optional
        Processes that embed at the same time, each on one core; -1 for all cores. Small
        files are embedded by this process, in the threads that the transformer asks
        for, and so are all by default. The result is the same to the last bit.
    overwrite : bool
        Replace an existing target.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    int
        Number of rows written, in the order of the source.

    Raises
    ------
    FileNotFoundError, FileExistsError, IsADirectoryError
    ImportError
        For Parquet without pyarrow, for Zarr without zarr.
    ValueError
        Unknown suffix, malformed source, a source without series, or series that the
        transformer refuses; names the file, and line or row. A target inside the
        Zarr array.
    sklearn.exceptions.NotFittedError
        For a transformer that has still to learn from data.
    """
    if Path(target).resolve().is_relative_to(Path(source).resolve()):
        raise ValueError(
            f"{os.fspath(target)} is the source itself, or lies in it; pass another "
            "name for the embeddings."
        )
    options = Options(
        chunk_rows,
        key_columns=key_columns,
        header=header,
        encoding=encoding,
        long=long,
    )
    panels = open_source(Path(source), options)
    if n_jobs is not None and not _is_large(panels):
        n_jobs = None
    return embed_panels(
        panels,
        target,
        transformer,
        n_jobs=n_jobs,
        overwrite=overwrite,
        progress=progress,
    )


def _is_large(panels: Source) -> bool:
    """Whether a file is worth the seconds that processes take to start."""
    if panels.n_rows is not None:
        return panels.n_rows > _WORTH_PROCESSES
    return panels.path.stat().st_size > _WORTH_PROCESSES * 1000


def embed_panels(
    panels: Source,
    target: str | os.PathLike[str],
    transformer: Any,
    *,
    n_jobs: int | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> int:
    """Write the embeddings of an opened source to a file, as `embed_file` does."""
    from tqdm import tqdm

    n_rows = 0
    with (
        open_output(target, overwrite=overwrite) as output,
        tqdm(total=panels.n_rows, unit=" series", disable=not progress) as bar,
        closing(_embed_chunks(panels, transformer, n_jobs)) as embedded,
    ):
        for chunk, names, features in embedded:
            output.write(features, names, chunk.keys)
            n_rows += len(features)
            bar.update(len(features))
        if not n_rows:
            raise ValueError(f"{panels.path} holds no series to embed.")
    return n_rows


Embedded = tuple[Chunk, list[str], NDArray[np.float32]]


def _embed_chunks(
    panels: Source, transformer: Any, n_jobs: int | None
) -> Generator[Embedded]:
    """Embed chunk by chunk, in order, some of them at the same time."""
    names: list[str] = []
    start = 0
    with ExitStack() as stack:
        pool: Any = None
        pending: deque[tuple[int, Chunk, Future[NDArray[np.float32]]]] = deque()
        n_processes = count_threads(n_jobs) if n_jobs is not None else 1
        for chunk in panels:
            with _in_file(panels, start, chunk):
                if not names:
                    transformer, names = with_names(transformer, chunk)
                    if n_processes > 1:
                        pool = stack.enter_context(start_processes(n_processes))
                        transformer = on_one_core(transformer)
                task = _transform, transformer, chunk.panel, len(names)
                future = pool.submit(*task) if pool else _done(*task)
            pending.append((start, chunk, future))
            start += len(chunk.panel)
            # so many that no process waits, and memory stays bounded
            if not pool or len(pending) > n_processes + 1:
                yield _finish(panels, names, *pending.popleft())
        while pending:
            yield _finish(panels, names, *pending.popleft())


def _done(function: Callable[..., Any], *arguments: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(function(*arguments))
    return future


def _finish(
    panels: Source,
    names: list[str],
    start: int,
    chunk: Chunk,
    future: Future[NDArray[np.float32]],
) -> Embedded:
    with _in_file(panels, start, chunk):
        return chunk, names, future.result()


@contextmanager
def _in_file(panels: Source, start: int, chunk: Chunk) -> Iterator[None]:
    """Name the file and the rows of a chunk in errors about its series."""
    try:
        yield
    except NotFittedError:
        raise
    except ValueError as error:
        raise panels.in_file(start, len(chunk.panel), error) from error


def with_names(transformer: Any, chunk: Chunk) -> tuple[Any, list[str]]:
    """Return a transformer that can name its features, and the names."""
    try:
        return transformer, list(transformer.get_feature_names_out())
    except NotFittedError:
        if get_tags(transformer).requires_fit:
            raise
    transformer = clone(transformer).fit(chunk.panel)
    return transformer, list(transformer.get_feature_names_out())


def _transform(transformer: Any, panel: Any, n_features: int) -> NDArray[np.float32]:
    features = np.asarray(transformer.transform(panel), np.float32)
    expected = (len(panel), n_features)
    if features.shape != expected:
        raise ValueError(
            f"{type(transformer).__name__}: transform returned shape {features.shape}; "
            f"expected {expected}, a row a series and a column a feature name."
        )
    return features
