"""
Compare with MiniRocket, catch22 and DTW
========================================

Is TimeNet worth it on your data? sktime's ``ClassificationBenchmark`` compares it with
DTW-1NN, catch22 (22 features chosen for classification) and MiniRocket, here with a
thousand convolutions, a tenth of its default.
"""

# %%
# The bundled encoder has seen none of these data sets: hourly pedestrian counts, one
# channel of a smart watch, and the power that appliances draw (half of the recordings
# and every fourth step, to save time).
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import accuracy_score
from sklearn.model_selection import KFold
from sktime.benchmarking.classification import ClassificationBenchmark
from sktime.classification.feature_based import Catch22Classifier
from sktime.classification.kernel_based import RocketClassifier
from sktime.datasets import load_acsf1, load_basic_motions, load_unit_test

from timenet_sklearn.baselines import DTW1NN
from timenet_sklearn.sktime import TimeNetClassifier

motions, activities = load_basic_motions(return_type="numpy3D")
power, appliances = load_acsf1(split="train", return_type="numpy3D")
tasks = {
    "UnitTest": load_unit_test(return_type="numpy3D"),
    "BasicMotions": (motions[:, :1], activities),
    "ACSF1": (power[..., ::4], appliances),
}
rivals = {
    "TimeNet": TimeNetClassifier(),
    "DTW-1NN": DTW1NN(window=5),  # percent; to learn it would take minutes
    "MiniRocket": RocketClassifier(1_000, "minirocket", random_state=0),
    "catch22": Catch22Classifier(random_state=0),
}

# %%
# Results are kept in a file, so the second run adds two methods and repeats nothing.
folds = KFold(3, shuffle=True, random_state=0)
with TemporaryDirectory() as folder:
    for names in (["TimeNet", "DTW-1NN"], list(rivals)):
        benchmark = ClassificationBenchmark()
        for name in names:
            benchmark.add_estimator(rivals[name], name)
        for name, data in tasks.items():
            benchmark.add_task(data, folds, [accuracy_score], name)
        results = benchmark.run(str(Path(folder) / "results.csv"))

# %%
# Dots are means over three folds, bars standard deviations. Where bars overlap, as they
# do on data sets this small, there is no clear winner. The times on UnitTest, which
# runs first, include compilation by numba.
table = results.set_index(["model_id", "validation_id"])
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
for place, rival in enumerate(rivals):
    rows = table.loc[rival].loc[list(tasks)]
    x = np.arange(len(tasks)) + 0.15 * (place - 1.5)
    spread = rows["accuracy_score_std"]
    left.errorbar(x, 1 - rows["accuracy_score_mean"], spread, fmt="o", label=rival)
    right.semilogy(x, rows["fit_time_mean"] + rows["pred_time_mean"], "o")
for axes, what in ((left, "error"), (right, "seconds a fold, fit and predict")):
    axes.set(ylabel=what, xticks=range(len(tasks)), xticklabels=tasks)
left.legend(frameon=False)
plt.show()
