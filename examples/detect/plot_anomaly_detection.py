"""
Anomaly detection by reconstruction error
=========================================

An autoencoder that has learned ordinary series rebuilds these well and others badly:
its error is a score for anomalies that needs no labels. Here it learns what a winter's
day looks like to the power grid of Italy.
"""

# %%
# ItalyPowerDemand: the demand of one day, hour by hour. Label 1 are the days of October
# to March, 2 those of April to September. The bundled encoder has seen this set in
# pre-training and would be no fair judge of it, so we train a small one from nothing.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score

from timenet_sklearn import Recipe, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled

data = load_bundled("ItalyPowerDemand")
winter = data.X_test[data.y_test == 1]
summer = data.X_test[data.y_test == 2]
known, unseen = winter[:360], winter[360:]

recipe = Recipe(n_steps=800, curriculum=False)
encoder = TimeNetTransformer(n_units=24, n_layers=1, recipe=recipe, random_state=0)
encoder.fit(known)

# %%
# Now days that it never saw: the rest of the winter, and the summer. A perfect score of
# strangeness would rank all summer days above all winter days: an area of 1.
errors = {
    "winter": encoder.reconstruction_error(unseen),
    "summer": encoder.reconstruction_error(summer),
}
for season, values in errors.items():
    print(f"{season}: median error {np.median(values):.3f} on {len(values)} days")
is_summer = np.repeat([0, 1], [len(unseen), len(summer)])
area = roc_auc_score(is_summer, np.concatenate([*errors.values()]))
print(f"area under the ROC curve: {area:.2f}")

# %%
# Left, the errors of both seasons. Right, the strangest of the winter days, with what
# the decoder made of it: it rebuilds what it knows, an ordinary day.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
bins = np.geomspace(0.003, 1, 30)
for values in errors.values():
    left.hist(values, bins, alpha=0.6, weights=np.full(len(values), 1 / len(values)))
left.legend([f"{season}, unseen" for season in errors], frameon=False)
left.set(xscale="log", xlabel="reconstruction error", ylabel="share of the days")

day = unseen[errors["winter"].argmax()]
[rebuilt] = encoder.inverse_transform(encoder.transform([day]), len(day))
right.plot((day - day.mean()) / day.std(), "o-", color="C3", label="strangest day")
right.plot(rebuilt, color="0.4", label="as rebuilt")
right.set(xlabel="hour", ylabel="demand, normalised")
right.legend(frameon=False)
plt.show()
