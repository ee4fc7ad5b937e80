"""A multilayer perceptron for tables, and for anything else flattened: its recipe, width, depth, and dropout."""

from search_spaces.common import RECIPE
from study.space import Choice, Float, Int, SearchSpace, Variant

SPACE = SearchSpace(
    name="mlp",
    model="mlp",
    domains={
        **RECIPE,
        # A quarter to twice the default 128: tables of some thousand rows seldom want more (Gorishniy et al., 2021).
        "hidden_size": Int(default=128, low=32, high=256, step=32),
        "layers": Int(default=2, low=1, high=4),
        # 0.5 is the largest that Srivastava et al. (2014) found useful in a hidden layer.
        "dropout": Float(default=0.0, low=0.0, high=0.5),
        # From the second hidden layer on.
        "residual": Choice(default=False, choices=(False, True), when={"layers": (2, 3, 4)}),
    },
    variants=(
        Variant("dropout", {"dropout": 0.25}, "Add Dropout"),
        Variant("batchnorm", {"batch_norm": True}, "Add Batch Normalization"),
        Variant("wider", {"hidden_size": 256}, "Use twice the hidden units"),
        Variant("deeper", {"layers": 4}, "Use two more hidden layers"),
        Variant("residual", {"residual": True}, "Add a layer's input to its output"),
        Variant("class-weights", {"class_weights": "balanced"}, "Let all classes count the same in the loss"),
        Variant("balanced-sampler", {"sampler": "balanced"}, "Show all classes equally often"),
        Variant(
            "everything",
            {"dropout": 0.25, "batch_norm": True, "layers": 4, "residual": True},
            "The full model, from which one suggestion at a time is taken out",
        ),
    ),
    size="hidden_size",
)
