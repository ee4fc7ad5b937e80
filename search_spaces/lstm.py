"""The notebook's LSTM over image rows: its recipe, hidden size, depth, dropout between layers, and direction."""

from search_spaces.common import RECIPE
from study.space import Choice, Float, Int, Reference, SearchSpace, Variant

SPACE = SearchSpace(
    name="lstm",
    family="lstm",
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
    variants=(Variant("bidirectional", {"bidirectional": True}, "Read the rows in both directions"),),
    reference=Reference(
        source="the notebook",
        dataset="mnist",
        train_losses=(0.3530, 0.0881, 0.0614, 0.0481),
    ),
)
