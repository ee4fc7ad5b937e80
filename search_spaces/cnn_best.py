"""What the notebook suggests for its CNN, switched on and tuned: a recipe for the best accuracy in few epochs."""

from search_spaces.common import AUGMENTATION
from study.space import Choice, Float, Int, SearchSpace, Variant

SPACE = SearchSpace(
    name="cnn-best",
    model="cnn",
    domains={
        # Half to three times the default: one-cycle spends most steps far below its peak.
        "learning_rate": Float(default=5e-3, low=2e-3, high=1.5e-2, log=True),
        "batch_size": Choice(default=128, choices=(64, 128, 256)),
        "schedule": Choice(default="one-cycle", choices=("one-cycle", "cosine", "warmup-cosine")),
        # Adam's 0.999 averages over more steps than an epoch of large batches has.
        "beta1": Choice(default=0.9, choices=(0.7, 0.9)),
        "beta2": Choice(default=0.99, choices=(0.9, 0.99, 0.999)),
        # A third of an epoch smooths the last steps; two look back to a worse model.
        "ema": Float(default=0.3, low=0.0, high=2.0),
        "label_smoothing": Float(default=0.05, low=0.0, high=0.1),
        # Up to half as much again as digits bear unharmed; no flips, which make other digits of them.
        "rotation": Float(default=AUGMENTATION["rotation"], low=0.0, high=15.0),
        "translation": Float(default=AUGMENTATION["translation"], low=0.0, high=3.0),
        "scaling": Float(default=AUGMENTATION["scaling"], low=0.0, high=0.15),
        "width": Int(default=24, low=16, high=48, step=8),
        "growth": Choice(default=2.0, choices=(1.33, 2.0)),
        # A second convolution where the picture is halved learns more in an epoch than a wider first one.
        "convolutions": Int(default=2, low=1, high=2),
        "hidden_size": Int(default=128, low=64, high=256, step=64),
        "dropout": Float(default=0.25, low=0.0, high=0.5),
        "batch_norm": Choice(default=True, choices=(True, False)),
        "first_kernel": Choice(default=5, choices=(5, 3)),
        # Digits have a margin of four pixels, which a convolution without padding eats.
        "padding": Choice(default=False, choices=(False, True)),
    },
    starts=(
        # Faster to learn and to forget, as of one epoch.
        {"learning_rate": 1e-2, "beta1": 0.7, "beta2": 0.9},
        # A smaller net.
        {"growth": 1.33},
        # Less of what holds a net back in few epochs.
        {"label_smoothing": 0.0, "dropout": 0.1},
    ),
    variants=(
        Variant("no-batchnorm", {"batch_norm": False}, "Leave out Batch Normalization"),
        Variant("no-dropout", {"dropout": 0.0}, "Leave out Dropout"),
        Variant("no-augment", {"rotation": 0.0, "translation": 0.0, "scaling": 0.0}, "Leave out the augmentation"),
        Variant("no-average", {"ema": 0.0}, "Take the last weights in place of their average"),
        Variant("no-smoothing", {"label_smoothing": 0.0}, "Leave out label smoothing"),
        Variant("constant", {"schedule": "constant", "learning_rate": 1e-3}, "Keep the learning rate constant"),
        Variant("one-convolution", {"convolutions": 1}, "Leave out the second stage's second convolution"),
        Variant("padded", {"padding": True}, "Pad the convolutions, as the notebook does"),
        Variant("small-kernel", {"first_kernel": 3}, "Begin with 3 x 3 kernels, as the notebook does"),
    ),
    size="width",
)
