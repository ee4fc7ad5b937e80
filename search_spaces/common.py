"""Domains of the recipe and augmentations, shared by all models. Every default is the notebook's value."""

from study.space import Choice, Domain, Float

RECIPE: dict[str, Domain] = {
    "optimizer": Choice(default="adam", choices=("adam", "adamw", "sgd")),
    # One decade either side of the notebook's 0.001: below, 10 epochs do not suffice; above, Adam diverges on LSTMs.
    "learning_rate": Float(default=1e-3, low=1e-4, high=1e-2, log=True),
    # Half to four times the notebook's 64. Larger batches are faster an image but take too few steps in 10 epochs.
    "batch_size": Choice(default=64, choices=(32, 64, 128, 256)),
    "schedule": Choice(default="constant", choices=("constant", "cosine", "one-cycle")),
    # Not for adam, where an L2 penalty is rescaled by the gradient's history (Loshchilov & Hutter, 2019).
    "weight_decay": Float(default=1e-4, low=1e-6, high=1e-1, log=True, when={"optimizer": ("adamw", "sgd")}),
    # From an average over 2 steps to one over 50.
    "momentum": Float(default=0.9, low=0.5, high=0.98, when={"optimizer": ("sgd",)}),
    # 0.1 is the value of Szegedy et al. (2016); more hides the label behind nine wrong ones.
    "label_smoothing": Float(default=0.0, low=0.0, high=0.15),
}

# Digits stay what they are: a slanted hand, a margin of MNIST's four pixels half used up, a larger or smaller hand.
ROTATION = {"rotation": 10.0}
TRANSLATION = {"translation": 2.0}
SCALING = {"scaling": 0.1}
AUGMENTATION = {**ROTATION, **TRANSLATION, **SCALING}
