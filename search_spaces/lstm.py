"""The notebook's LSTM over image rows: its recipe, hidden size, depth, dropout between layers, and direction."""

from search_spaces.common import AUGMENTATION, RECIPE
from study.space import Choice, Float, Int, Published, SearchSpace, Variant

SPACE = SearchSpace(
    name="lstm",
    model="lstm",
    domains={
        **RECIPE,
        # Half to one and a half times the notebook's 128: cost grows with the square.
        "hidden_size": Int(default=128, low=64, high=192, step=32),
        # The notebook's 2, one less, one more; 28 time steps do not feed deeper stacks.
        "layers": Int(default=2, low=1, high=3),
        # Acts between layers, so needs two.
        "dropout": Float(default=0.0, low=0.0, high=0.5, when={"layers": (2, 3)}),
        "bidirectional": Choice(default=False, choices=(False, True)),
    },
    variants=(
        Variant("columns", {"sequence": "columns"}, "Read pixel columns instead of rows"),
        Variant("rows-columns", {"sequence": "rows-columns"}, "Read pixel columns as well as rows"),
        Variant("slices", {"sequence": "slices"}, "Read overlapping slices"),
        Variant("bidirectional", {"bidirectional": True}, "Read the rows in both directions"),
        Variant("cnn-lstm", {"features": "convolution"}, "Extract features with CNN layers before the RNN"),
        Variant("lstm-attention", {"pooling": "attention"}, "Attend to all steps rather than the last alone"),
        # Fixes the direction too, which a transformer does not have and a re-tuning would draw.
        Variant(
            "transformer",
            {"core": "transformer", "pooling": "mean", "bidirectional": False},
            "Use a Transformer's self-attention",
        ),
        Variant("augment", AUGMENTATION, "Augment with random rotations, translations and scaling"),
        Variant(
            "everything",
            {
                "bidirectional": True,
                "sequence": "rows-columns",
                "features": "convolution",
                "pooling": "attention",
                **AUGMENTATION,
            },
            "The full model, from which one suggestion at a time is taken out",
        ),
    ),
    size="hidden_size",
    claims="search_spaces.notebook.claims",
    published=Published(
        source="the notebook",
        dataset="mnist",
        train_losses=(0.3530, 0.0881, 0.0614, 0.0481),
    ),
)
