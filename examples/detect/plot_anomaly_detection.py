"""
Anomaly detection in a long recording
=====================================

Find rare events in a long recording, without labels or training: cut it into windows,
embed them, and look for those least like the others.
"""

# %%
# A synthetic recording of 60,000 steps: a noisy cycle whose pace and shape drift. Five
# times, something is wrong for 150 to 300 steps: the pace, the shape, or a drop-out.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from timenet_sklearn import TimeNetTransformer, sliding_windows

rng = np.random.default_rng(4)
pace = 0.2 + 0.02 * np.sin(np.arange(60_000) / 2_900)
shape = 0.4 + 0.1 * np.sin(np.arange(60_000) / 7_300)
wrong = np.zeros(60_000, dtype=bool)
for start in (9_000, 21_500, 30_000, 44_000, 52_000):
    wrong[start : start + rng.integers(150, 300)] = True
pace[wrong[:25_000].nonzero()[0]] *= 1.5
phase = pace.cumsum()
recording = np.sin(phase) + shape * np.sin(2 * phase) + 0.1 * rng.normal(size=60_000)
recording[30_000:50_000][wrong[30_000:50_000]] *= -1
recording[50_000:][wrong[50_000:]] = 0.1 * rng.normal(size=wrong[50_000:].sum())

# %%
# Windows of about four cycles start half a cycle apart. The score of a window is the
# distance to its 17th neighbour, because 14 other windows overlap with it and are near
# for that reason alone.
windows, starts = sliding_windows(recording, width=128, step=16)
timenet = TimeNetTransformer(weights="ucr18-pooled", pooling="pooled")
features = StandardScaler().fit_transform(timenet.transform(windows))
neighbours = NearestNeighbors(n_neighbors=17).fit(features)
score = neighbours.kneighbors(features)[0][:, -1]

inside = sliding_windows(wrong, width=128, step=16)[0].mean(axis=1) > 0.5
print(
    f"{len(windows)} windows; area under the ROC curve: "
    f"{roc_auc_score(inside, score):.3f}"
)

# %%
# Grey bands mark where something was wrong. Below, the recording around the highest
# score.
figure, (top, bottom) = plt.subplots(2, 1, figsize=(9, 5), layout="constrained")
top.plot(starts + 64, score, linewidth=0.8)
for start in np.flatnonzero(np.diff(wrong.astype(int)) == 1):
    top.axvspan(start - 200, start + 400, color="0.85", zorder=0)
top.set(xlabel="step", ylabel="distance to other windows")
centre = starts[score.argmax()] + 64
around = slice(centre - 500, centre + 500)
bottom.plot(np.arange(60_000)[around], recording[around], linewidth=0.8)
bottom.axvspan(centre - 64, centre + 64, color="C3", alpha=0.2)
bottom.set(xlabel="step", ylabel="value", title="around the highest score")
plt.show()
