"""
Your own encoder from a folder of Parquet files
===============================================

Years of series lie in a folder, one file a source, and no labels anywhere. That is what
an autoencoder wants: train it once, keep it, and embed whatever comes in later.
"""

# %%
# First the folder. Yours is there already; ours gets days of Italy's power grid and
# spoken vowels (one coefficient of twelve), three files each: a row a series, its
# values in a column of lists, so that lengths may differ.
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow.dataset

from timenet_sklearn import Recipe, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled

temporary = TemporaryDirectory()
folder = Path(temporary.name)
for name in ("ItalyPowerDemand", "JapaneseVowels"):
    series = [np.atleast_2d(X)[0] for X in load_bundled(name).X_test[:300]]
    for part in range(3):
        frame = pd.DataFrame({"values": series[part::3]})
        frame.to_parquet(folder / f"{name}-{part}.parquet")

# %%
# Then one data set of all its files. Only the column that we need is read.
files = pyarrow.dataset.dataset(folder)
table = files.to_table(columns=["values"]).to_pandas()
lengths = table["values"].map(len)
print(f"{len(table)} series in {len(files.files)} files,", end=" ")
print(f"{lengths.min()} to {lengths.max()} steps")

# %%
# A small encoder and a short run, so that this page takes seconds; leave the settings
# out for a real one. With ``checkpoint="FOLDER"`` a killed run goes on where it was.
recipe = Recipe(n_steps=600, curriculum=False)
encoder = TimeNetTransformer(n_units=24, n_layers=1, recipe=recipe, random_state=0)
encoder.fit(table)
encoder.save(folder / "encoder")

# %%
# Later, elsewhere, without TensorFlow: load it, and embed a set that was in no file.
loaded = TimeNetTransformer.load(folder / "encoder")
pedestrians = load_bundled("UnitTest").X_test
embeddings = loaded.transform(pedestrians)
print(f"{len(embeddings)} days, {embeddings.shape[1]} numbers each")

# %%
# Left, the error on series held out of training (1 is a flat line). Right, a day of
# pedestrian counts, back from its numbers.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
left.plot(encoder.history_["step"], encoder.history_["validation_error"], "o-")
left.set(xlabel="step of training", ylabel="validation error", ylim=(0, None))
day = pedestrians[0]
right.plot((day - day.mean()) / day.std(), "o-", color="0.6", label="day, normalised")
right.plot(loaded.inverse_transform(embeddings[:1], 24)[0], label="rebuilt")
right.set(xlabel="hour")
right.legend(frameon=False)
plt.show()
temporary.cleanup()
