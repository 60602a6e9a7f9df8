"""
Clustering without labels
=========================

Which of forty unlabelled smart-watch recordings belong together? Hierarchical
clustering of their embeddings shows it, without a number of clusters set in advance.
"""

# %%
# In BasicMotions, people stand, walk, run or play badminton; six channels, 100 steps.
# Each channel becomes 900 numbers (``POOLED``), all scaled to the same spread.
import matplotlib.pyplot as plt
import numpy as np
from scipy.cluster.hierarchy import dendrogram, fcluster, linkage
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled

data = load_bundled("BasicMotions")
timenet = TimeNetTransformer(weights="ucr18-pooled", pooling=POOLED)
embeddings = StandardScaler().fit_transform(timenet.fit_transform(data.X_train))

# %%
# Ward's method joins the two closest clusters until one is left.
tree = linkage(embeddings, method="ward")

# %%
# Do four clusters match the four activities? The labels are used here for the first
# time. 1 is a perfect match, 0 is chance.
clusters = fcluster(tree, 4, criterion="maxclust")
print(f"adjusted Rand index: {adjusted_rand_score(data.y_train, clusters):.2f}")

# %%
# The tree, with the activity of each recording underneath. Recordings that join low in
# the tree, at small distances, are alike.
figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
order = dendrogram(
    tree, ax=axes, no_labels=True, color_threshold=0, above_threshold_color="0.4"
)["leaves"]
activities = np.unique(data.y_train)
for colour, activity in enumerate(activities):
    places = np.flatnonzero(data.y_train[order] == activity)
    axes.scatter(
        10 * places + 5,  # where SciPy draws its leaves
        np.zeros(len(places)),
        s=40,
        color=f"C{colour}",
        label=activity,
        clip_on=False,
        zorder=3,
    )
axes.set(ylabel="distance", title="40 recordings, joined by their embeddings")
axes.spines[["top", "right", "bottom"]].set_visible(False)
axes.legend(frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.02))
plt.show()
