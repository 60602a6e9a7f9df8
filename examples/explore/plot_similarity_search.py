"""
Similarity search
=================

An appliance is switched on and a meter records its current. Which earlier recordings
look similar? Embeddings have the same size whatever the length of the series, so any
nearest-neighbour index can search them.
"""

# %%
# PLAID has 1,074 such recordings of 11 kinds of appliances, 100 to 1,344 steps long.
# They need not be brought to a common length.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled

data = load_bundled("PLAID")
kinds = (  # in the order of the archive's labels
    *("air conditioner", "compact lamp", "fan", "fridge", "hairdryer", "heater"),
    *("light bulb", "laptop", "microwave", "vacuum", "washing machine"),
)
lengths = [len(series) for series in data.X_train]
print(f"{len(lengths)} recordings to search, {min(lengths)} to {max(lengths)} steps")

# %%
# Build the index: embed once, scale, and let scikit-learn find neighbours.
timenet = TimeNetTransformer(weights="ucr18-pooled", pooling=POOLED)
scaler = StandardScaler()
archive = scaler.fit_transform(timenet.fit_transform(data.X_train))
index = NearestNeighbors(n_neighbors=4).fit(archive)

# %%
# Every recording of the test part is a query. How often is the nearest recording from
# the same kind of appliance? Labels are used only to count.
queries = scaler.transform(timenet.transform(data.X_test))
found = index.kneighbors(queries, return_distance=False)
same = data.y_train[found] == data.y_test[:, None]
chance = np.mean(data.y_train[:, None] == data.y_test)
print(f"nearest of the same kind: {same[:, 0].mean():.2f} (by chance {chance:.2f})")

# %%
# Four random queries and their neighbours. A red background marks another kind of
# appliance.
chosen = np.random.default_rng(3).choice(len(queries), 4, replace=False)
figure, axes = plt.subplots(4, 5, figsize=(10, 5.5), layout="constrained")
for row, query in zip(axes, chosen, strict=True):
    row[0].plot(data.X_test[query], color="C1", linewidth=0.8)
    row[0].set_ylabel(kinds[int(data.y_test[query])])
    for ax, neighbour, hit in zip(row[1:], found[query], same[query], strict=True):
        ax.plot(data.X_train[neighbour], linewidth=0.8)
        ax.set_facecolor("white" if hit else "mistyrose")
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
for ax, title in zip(axes[0], ["query", "nearest", "2nd", "3rd", "4th"], strict=True):
    ax.set_title(title, fontsize=10)
plt.show()
