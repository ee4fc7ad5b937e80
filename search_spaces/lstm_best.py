"""What the notebook suggests for its LSTM, switched on and tuned: convolutions before it, attention after it."""

from search_spaces.common import AUGMENTATION
from study.space import Choice, Float, Int, SearchSpace, Variant

SPACE = SearchSpace(
    name="lstm-best",
    model="lstm",
    domains={
        "learning_rate": Float(default=5e-3, low=2e-3, high=1e-2, log=True),
        "batch_size": Choice(default=128, choices=(64, 128, 256)),
        "schedule": Choice(default="one-cycle", choices=("one-cycle", "cosine", "warmup-cosine")),
        "beta1": Choice(default=0.9, choices=(0.7, 0.9)),
        "beta2": Choice(default=0.99, choices=(0.9, 0.99, 0.999)),
        "ema": Float(default=0.3, low=0.0, high=2.0),
        "label_smoothing": Float(default=0.05, low=0.0, high=0.1),
        # Up to half as much again as digits bear unharmed; no flips, which make other digits of them.
        "rotation": Float(default=AUGMENTATION["rotation"], low=0.0, high=15.0),
        "translation": Float(default=AUGMENTATION["translation"], low=0.0, high=3.0),
        "scaling": Float(default=AUGMENTATION["scaling"], low=0.0, high=0.15),
        "features": Choice(default="convolution", choices=("convolution", "pixels")),
        "batch_norm": Choice(default=True, choices=(True, False), when={"features": ("convolution",)}),
        # Digits have a margin of four pixels, which a convolution without padding eats: a feature map of 5 x 5 is left.
        "padding": Choice(default=False, choices=(False, True), when={"features": ("convolution",)}),
        "hidden_size": Int(default=96, low=32, high=128, step=32),
        # A few steps of a feature map do not feed deeper stacks.
        "layers": Int(default=1, low=1, high=2),
        "bidirectional": Choice(default=True, choices=(True, False)),
        "sequence": Choice(default="rows", choices=("rows", "rows-columns")),
        "pooling": Choice(default="attention", choices=("attention", "mean", "last")),
    },
    starts=(
        {"learning_rate": 1e-2, "beta1": 0.7, "beta2": 0.9},
        {"sequence": "rows-columns", "bidirectional": False},
        {"hidden_size": 64},
    ),
    variants=(
        Variant("pixels", {"features": "pixels", "batch_norm": False, "padding": True}, "Read the pixels"),
        Variant("no-batchnorm", {"batch_norm": False}, "Leave out Batch Normalization"),
        Variant("one-direction", {"bidirectional": False}, "Read the rows from the top alone"),
        Variant("columns-too", {"sequence": "rows-columns"}, "Read columns as well as rows"),
        Variant("no-attention", {"pooling": "last"}, "Take the last state in place of attending to all steps"),
        Variant("no-augment", {"rotation": 0.0, "translation": 0.0, "scaling": 0.0}, "Leave out the augmentation"),
        Variant("no-average", {"ema": 0.0}, "Take the last weights in place of their average"),
        Variant("no-smoothing", {"label_smoothing": 0.0}, "Leave out label smoothing"),
        Variant("constant", {"schedule": "constant", "learning_rate": 1e-3}, "Keep the learning rate constant"),
    ),
    size="hidden_size",
)
