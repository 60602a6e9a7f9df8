"""
Visualise embeddings with t-SNE
===============================

BasicMotions has 80 smart-watch recordings of 100 steps: three axes each of an
accelerometer and a gyroscope. The encoder was trained on other data, without labels. Do
its embeddings tell standing, walking, running and badminton apart?
"""

# %%
# The bundled encoder is frozen, so nothing is trained here. ``POOLED`` summarises its
# hidden states over time, which separates classes better than the final states alone.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.manifold import TSNE
from sklearn.preprocessing import StandardScaler

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled

data = load_bundled("BasicMotions")
X = np.concatenate([data.X_train, data.X_test])
y = np.concatenate([data.y_train, data.y_test])

timenet = TimeNetTransformer(weights="ucr18-pooled", pooling=POOLED)
embeddings = timenet.fit_transform(X)
print(f"{len(embeddings)} recordings, {embeddings.shape[1]} features each")

# %%
# t-SNE keeps neighbours together without seeing labels; colours are added afterwards.
scaled = StandardScaler().fit_transform(embeddings)
points = TSNE(perplexity=15, random_state=0).fit_transform(scaled)

figure, axes = plt.subplots(figsize=(6, 4.5), layout="constrained")
for label in np.unique(y):
    axes.scatter(*points[y == label].T, s=25, label=label)
axes.set(xticks=[], yticks=[], title="BasicMotions, TimeNet embeddings, t-SNE")
axes.legend(frameon=False)
plt.show()
