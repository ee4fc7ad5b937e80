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
        "width": Int(default=32, low=16, high=48, step=8),
        "growth": Choice(default=2.0, choices=(1.33, 2.0)),
        "hidden_size": Int(default=128, low=64, high=256, step=64),
        "batch_norm": Choice(default=True, choices=(True, False)),
        "first_kernel": Choice(default=5, choices=(5, 3)),
        # Digits have a margin of four pixels, which a convolution without padding eats.
        "padding": Choice(default=False, choices=(False, True)),
    },
    variants=(
        Variant("no-batchnorm", {"batch_norm": False}, "Leave out Batch Normalization"),
        Variant("adam-betas", {"beta1": 0.9, "beta2": 0.999}, "Take Adam's own betas"),
        Variant("small-kernel", {"first_kernel": 3}, "Begin with 3 x 3 kernels, as the notebook does"),
    ),
    size="width",
)
