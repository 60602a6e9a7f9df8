"""
Pre-train on a folder of Parquet files
======================================

A folder of Parquet files holds years of unlabelled series. Train an encoder on them
once, keep it, and embed whatever comes in later.
"""

# %%
# First make such a folder: days of power demand in Italy and spoken vowels (one
# coefficient of twelve), three files each. Each row is a series; its values are a list,
# so lengths may differ. Each subfolder is a data set.
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from timenet_sklearn import Recipe, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled
from timenet_sklearn.pretraining import describe_plan, pretrain

temporary = TemporaryDirectory()
folder = Path(temporary.name, "series")
for name in ("ItalyPowerDemand", "JapaneseVowels"):
    series = [np.atleast_2d(X)[0] for X in load_bundled(name).X_test[:300]]
    (folder / name).mkdir(parents=True)
    for part in range(3):
        frame = pd.DataFrame({"values": series[part::3]})
        frame.to_parquet(folder / name / f"{part}.parquet")

# %%
# Then train. This run takes seconds; leave out ``recipe`` for a real one. The folder
# may be larger than memory. If a run is killed, repeat it to resume. The plan says what
# will happen.
recipe = Recipe(n_steps=300, evaluate_every=50, curriculum=False)
print(describe_plan(recipe, folder))
out = Path(temporary.name, "encoder")
pretrain(folder, out, recipe=recipe)
print(*sorted(path.name for path in out.iterdir()))

# %%
# Later, on a machine without TensorFlow, embed a data set that was in none of the
# files.
encoder = TimeNetTransformer(weights=out)
pedestrians = load_bundled("UnitTest").X_test
embeddings = encoder.transform(pedestrians)
print(f"{len(embeddings)} days, {embeddings.shape[1]} numbers each")

# %%
# Left, the error on held-out series (1 is a flat line). Right, a day of pedestrian
# counts and its reconstruction.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
history = pd.read_csv(out / "history.csv")
left.plot(history["step"], history["validation_error"], "o-")
left.set(xlabel="step of training", ylabel="validation error", ylim=(0, None))
day = pedestrians[0]
right.plot((day - day.mean()) / day.std(), "o-", color="0.6", label="day, normalised")
right.plot(encoder.inverse_transform(embeddings[:1], 24)[0], label="rebuilt")
right.set(xlabel="hour")
right.legend(frameon=False)
plt.show()
temporary.cleanup()
