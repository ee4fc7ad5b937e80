"""The notebook's CNN: its recipe, its width, its hidden layer, and dropout."""

from search_spaces.common import AUGMENTATION, RECIPE, ROTATION, SCALING, TRANSLATION
from study.space import Float, Int, Published, SearchSpace, Variant

SPACE = SearchSpace(
    name="cnn",
    model="cnn",
    domains={
        **RECIPE,
        # Half to one and a half times the notebook's 32: the second convolution's cost grows with the square.
        "width": Int(default=32, low=16, high=48, step=8),
        # The hidden layer holds 95 % of the parameters; half to twice the notebook's 128.
        "hidden_size": Int(default=128, low=64, high=256, step=64),
        # 0.5 is the largest that Srivastava et al. (2014) found useful in a hidden layer.
        "dropout": Float(default=0.0, low=0.0, high=0.5),
    },
    variants=(
        Variant("dropout", {"dropout": 0.25}, "Add Dropout"),
        Variant("batchnorm", {"batch_norm": True}, "Add Batch Normalization"),
        Variant("dropout-batchnorm", {"dropout": 0.25, "batch_norm": True}, "Add Dropout and Batch Normalization"),
        Variant("deeper", {"stages": 3}, "Use a deeper CNN: a third convolution"),
        Variant(
            "lenet5",
            {"architecture": "lenet5", "batch_norm": True, "dropout": 0.25},
            "Use a deeper CNN variant: enhanced LeNet-5",
        ),
        Variant("resnet", {"architecture": "resnet", "batch_norm": True}, "Use a deeper CNN variant: ResNet"),
        Variant("rotate", ROTATION, "Augment with random rotations"),
        Variant("translate", TRANSLATION, "Augment with random translations"),
        Variant("scale", SCALING, "Augment with random scaling"),
        Variant("augment", AUGMENTATION, "Augment with random rotations, translations and scaling"),
        Variant(
            "everything",
            {"dropout": 0.25, "batch_norm": True, "stages": 3, **AUGMENTATION},
            "The full model, from which one suggestion at a time is taken out",
        ),
    ),
    size="width",
    claims="search_spaces.notebook.claims",
    published=Published(
        source="the notebook",
        dataset="mnist",
        train_losses=(
            *(0.1649, 0.0472, 0.0320, 0.0231, 0.0183, 0.0142, 0.0112, 0.0096, 0.0070, 0.0082),
            *(0.0065, 0.0056, 0.0042, 0.0044, 0.0051, 0.0041, 0.0048, 0.0029, 0.0004, 0.0039),
        ),
        epochs=20,
        metric="accuracy",
        test_score=0.9905,
    ),
)
