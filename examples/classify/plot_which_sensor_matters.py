"""
Which sensor matters?
=====================

A classifier uses six channels of a smart watch. Could we leave some out? Feature names
say which column comes from which channel. Permuting all columns of a channel at once
shows what the classifier loses without it (permutation importance).
"""

# %%
# BasicMotions has three axes of an accelerometer and three of a gyroscope.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled

data = load_bundled("BasicMotions")
sensors = [f"{kind} {axis}" for kind in ("acceleration", "rotation") for axis in "xyz"]

timenet = TimeNetTransformer(weights="ucr18-pooled", pooling=POOLED)
X_train = timenet.fit_transform(data.X_train)
X_test = timenet.transform(data.X_test)
names = timenet.get_feature_names_out()
print(names[0], "...", names[-1])

# %%
# Embed once; everything that follows works on the features.
model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01))
model.fit(X_train, data.y_train)
channel = np.array([int(name.split("_")[0].removeprefix("channel")) for name in names])


def loss(X):
    """Log-loss: it moves before the first prediction is wrong."""
    return log_loss(data.y_test, model.predict_proba(X))


# %%
# Replace a channel of every recording by that of another recording, 30 times per
# channel.
rng = np.random.default_rng(0)
increases = np.empty((len(sensors), 30))
for sensor, repeat in np.ndindex(increases.shape):
    shuffled = X_test.copy()
    columns = channel == sensor
    shuffled[:, columns] = X_test[rng.permutation(len(X_test))][:, columns]
    increases[sensor, repeat] = loss(shuffled) - loss(X_test)

# %%
# Channels with the same information share the credit: a small value can mean that
# others make up for this sensor, not that it is useless.
figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
order = increases.mean(axis=1).argsort()
axes.boxplot(increases[order].T, orientation="horizontal", widths=0.6)
axes.set_yticks(range(1, 7), [sensors[sensor] for sensor in order])
axes.axvline(0, color="0.8", linewidth=1, zorder=0)
axes.set(xlabel="increase of the log-loss when permuted", title="BasicMotions")
plt.show()
