"""
Choose a pooling
================

The paper takes the final states of the encoder as features. Summaries of the states
over time cost little more, since the encoder passes through them anyway. Which are
worth having?
"""

# %%
# The encoder runs once and returns all summaries; ``SelectStates`` picks some of their
# columns afterwards. None of these sets took part in pre-training.
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from timenet_sklearn import POOLED, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled
from timenet_sklearn.selection import POOLINGS, SelectStates

sets = [load_bundled(n) for n in ("ACSF1", "BasicMotions", "PLAID", "UnitTest")]
timenet = TimeNetTransformer(weights="ucr18", pooling=POOLINGS)
embeddings = [timenet.fit_transform(data.X_train) for data in sets]

# %%
# Training parts only, by cross-validation: a choice must not see the test part.
choices = {name: name for name in POOLINGS} | {"POOLED": POOLED, "all eight": POOLINGS}
folds = StratifiedKFold(3, shuffle=True, random_state=0)
errors = np.empty((len(choices), len(sets)))
for row, pooling in enumerate(choices.values()):
    model = make_pipeline(SelectStates(pooling=pooling), StandardScaler(), SVC(C=10))
    for column, (X, data) in enumerate(zip(embeddings, sets, strict=True)):
        scores = cross_val_score(model, X, data.y_train, cv=folds)
        errors[row, column] = 1 - scores.mean()

# %%
# Small sets and three folds: look at the trend, not at a single cell.
figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
image = axes.imshow(errors, cmap="YlOrRd", aspect="auto")
axes.set_xticks(range(len(sets)), [data.name for data in sets])
axes.set_yticks(range(len(choices)), list(choices))
for (row, column), value in np.ndenumerate(errors):
    ink = "white" if value > 0.45 else "black"
    axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink)
figure.colorbar(image, label="cross-validated error")
plt.show()
