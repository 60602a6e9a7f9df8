"""Embed one series with the base dependencies alone; run outside the checkout."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

import timenet_sklearn
from timenet_sklearn import TimeNetTransformer

EXTRAS = ("dask", "keras", "matplotlib", "numba", "pandas", "pyarrow", "sktime", "zarr")
present = [name for name in (*EXTRAS, "tensorflow") if find_spec(name)]
if present:
    raise SystemExit(f"not an environment of base dependencies alone: has {present}")

package = Path(timenet_sklearn.__file__).parent
if "site-packages" not in package.parts:
    raise SystemExit(f"imported {package}, not the installed wheel")
if not (package / "py.typed").is_file():
    raise SystemExit("py.typed is missing from the wheel")

series = np.sin(np.linspace(0.0, 6.0, 100))[None, :]
embedding = TimeNetTransformer(weights="ucr18").transform(series)
if embedding.shape != (1, 180) or not np.isfinite(embedding).all():
    raise SystemExit(f"embedding is not (1, 180) and finite: {embedding}")
print(f"embedded one series of {series.shape[1]} steps: {embedding.shape}, {package}")
