"""A small CNN that learns MNIST in one epoch: 99 % on the test split, in seconds."""

from study.space import Choice, Float, Int, SearchSpace, Variant

SPACE = SearchSpace(
    name="cnn-one-epoch",
    model="cnn",
    domains={
        "learning_rate": Float(default=5e-3, low=2e-3, high=2e-2, log=True),
        # Smaller batches take more steps in the one epoch, and more time.
        "batch_size": Choice(default=64, choices=(32, 64, 128, 256)),
        "schedule": Choice(default="one-cycle", choices=("one-cycle", "cosine", "warmup-cosine")),
        # Short memories: an epoch has few steps, and the last of them matter.
        "beta1": Choice(default=0.7, choices=(0.7, 0.9)),
        "beta2": Choice(default=0.9, choices=(0.9, 0.99, 0.999)),
        "ema": Float(default=0.05, low=0.0, high=0.2),
        "width": Int(default=24, low=16, high=48, step=8),
        "growth": Choice(default=2.0, choices=(1.33, 2.0)),
        # A second convolution where the picture is halved learns more in an epoch than a wider first one.
        "convolutions": Int(default=2, low=1, high=2),
        "hidden_size": Int(default=64, low=32, high=256, step=32),
        "batch_norm": Choice(default=True, choices=(True, False)),
        "first_kernel": Choice(default=5, choices=(5, 3)),
        # Digits have a margin of four pixels, which a convolution without padding eats.
        "padding": Choice(default=False, choices=(False, True)),
    },
    variants=(
        Variant("no-batchnorm", {"batch_norm": False}, "Leave out Batch Normalization"),
        Variant("no-average", {"ema": 0.0}, "Take the last weights in place of their average"),
        Variant("adam-betas", {"beta1": 0.9, "beta2": 0.999}, "Take Adam's own betas"),
        Variant("one-convolution", {"convolutions": 1}, "Leave out the second stage's second convolution"),
        Variant("small-kernel", {"first_kernel": 3}, "Begin with 3 x 3 kernels, as the notebook does"),
    ),
    size="width",
)
