"""
Choose a pooling
================

The paper's features are the final states of the encoder. Summaries of its states over
time cost little more to compute. Over many data sets the best choice is ``POOLED``:
:doc:`/paper/results` compares it with the final states on 22 of the paper's test sets.
Start there. With enough labels, a grid search can choose for your data.
"""

# %%
# ACSF1 records the power that ten kinds of appliances draw, in 1,460 steps each. The
# encoder never saw this data set. It runs once and returns all summaries;
# ``SelectStates`` picks columns afterwards.
import matplotlib.pyplot as plt
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled
from timenet_sklearn.selection import POOLINGS, SelectStates

data = load_bundled("ACSF1")
timenet = TimeNetTransformer(weights="ucr18-pooled", pooling=POOLINGS)
X_train, X_test = timenet.fit_transform(data.X_train), timenet.transform(data.X_test)

# %%
# The pooling is a parameter like any other, chosen on the training part alone.
choices = {"final states": "last", "mean": "mean", "POOLED": POOLED, "all": POOLINGS}
model = Pipeline(
    [("states", SelectStates()), ("scale", StandardScaler()), ("svc", SVC())]
)
search = GridSearchCV(
    model,
    {"states__pooling": list(choices.values()), "svc__C": [1, 10, 100]},
    cv=StratifiedKFold(5, shuffle=True, random_state=0),
).fit(X_train, data.y_train)
error = 1 - search.score(X_test, data.y_test)
print(f"chosen: {search.best_params_}; test error {error:.2f}")

# %%
# Dots are means over five folds with the best C, bars standard deviations. With only a
# hundred recordings the bars overlap, so the ranking may be chance. In that case keep
# ``POOLED``, which is best over many data sets.
results = search.cv_results_
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
for place, pooling in enumerate(choices.values()):
    rows = [
        one for one, p in enumerate(results["param_states__pooling"]) if p == pooling
    ]
    best = min(rows, key=lambda row: results["rank_test_score"][row])
    mean, spread = (results[f"{kind}_test_score"][best] for kind in ("mean", "std"))
    axes.errorbar(1 - mean, place, xerr=spread, fmt="o", color="C0")
axes.set_yticks(range(len(choices)), list(choices))
axes.set(xlabel="cross-validated error", title="ACSF1, training part")
plt.show()
