"""
Early classification
====================

Can we classify a recording before it ends? The encoder reads step by step, so it can
embed the first *t* steps for any *t*. Train and test on these.
"""

# %%
# A smart watch takes ten samples per second, for ten seconds.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled

data = load_bundled("BasicMotions")
timenet = TimeNetTransformer(weights="ucr18-pooled", pooling=POOLED)
activities = np.unique(data.y_train)

# %%
# The series are cut at *t* first and normalised afterwards, so nothing from the future
# leaks into the embedding.
steps = [8, 10, 13, 18, 25, 35, 50, 70, 100]
probability = []
for t in steps:
    model = make_pipeline(timenet, StandardScaler(), LogisticRegression(C=0.01))
    model.fit(data.X_train[..., :t], data.y_train)
    probability.append(model.predict_proba(data.X_test[..., :t]))
probability = np.array(probability)  # (steps, recordings, activities)
hits = activities[probability.argmax(axis=2)] == data.y_test
for t, share in zip(steps, hits.mean(axis=1), strict=True):
    print(f"after {t / 10:4.1f} s: {share:.2f} of the test recordings recognised")

# %%
# How sure is the classifier of the true activity? Each line is the mean over the test
# recordings of one activity.
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
seconds = np.array(steps) / 10
axes.plot(seconds, hits.mean(axis=1), "k--", label="recognised, all")
for column, activity in enumerate(activities):
    sure = probability[:, data.y_test == activity, column].mean(axis=1)
    axes.plot(seconds, sure, marker="o", markersize=4, label=activity)
axes.axhline(0.25, color="0.8", linewidth=1)
axes.text(10, 0.26, "guessing", ha="right", color="0.5")
axes.set(xlabel="seconds seen", ylabel="probability of the true activity", ylim=(0, 1))
axes.legend(frameon=False, fontsize=9)
plt.show()
