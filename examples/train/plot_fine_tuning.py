"""
Fine-tune on your domain
========================

The bundled encoder knows many kinds of series, but perhaps not yours. Train it a little
further on your data, without labels.
"""

# %%
# JapaneseVowels: nine people say a vowel, recorded as 7 to 29 steps of cepstral
# coefficients. The encoder never saw speech. Four of the twelve channels will do here.
import matplotlib.pyplot as plt
import numpy as np

from timenet_sklearn import Recipe, TimeNetTransformer
from timenet_sklearn.datasets import load_bundled

data = load_bundled("JapaneseVowels")
X_train = [series[:4] for series in data.X_train]
X_test = [series[:4] for series in data.X_test]

frozen = TimeNetTransformer(weights="ucr18").fit(X_train)
before = frozen.reconstruction_error(X_test)

# %%
# This run takes seconds; leave out ``recipe`` for the default of 400 steps. Training
# starts from the bundled weights; a fifth of the series is held out to choose the best
# step.
recipe = Recipe(n_steps=100, learning_rate=0.001, curriculum=False, evaluate_every=50)
tuned = TimeNetTransformer(
    weights="ucr18", fine_tune=True, recipe=recipe, random_state=0
).fit(X_train)
after = tuned.reconstruction_error(X_test)
print(f"mean test error: {before.mean():.3f} before, {after.mean():.3f} after")

# %%
# Left, all test utterances: those below the diagonal improved. Right, the first
# coefficient of the one with the median gain. Better reconstruction does not always
# mean better classification: if you have labels, choose by cross-validation.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
left.loglog(before, after, ".", alpha=0.5)
ends = [min(before.min(), after.min()), before.max()]
left.loglog(ends, ends, color="0.7")
left.set(xlabel="error of the frozen encoder", ylabel="error after fine-tuning")
left.set_aspect("equal")

one = X_test[np.argsort(before / after)[len(X_test) // 2]]
[truth] = (one[:1] - one[0].mean()) / one[0].std()
right.plot(truth, "o", color="0.6", label="series, normalised")
for encoder, name in ((frozen, "frozen"), (tuned, "fine-tuned")):
    [channels] = encoder.inverse_transform(encoder.transform([one]), one.shape[1])
    right.plot(channels[0], label=name)
right.set(xlabel="step")
right.legend(frameon=False)
plt.show()
