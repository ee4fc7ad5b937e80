"""A tiny language model without a library of such: it guesses the next letter of Python's own documentation.

python -m study run examples/characters.py --trials 8 --epochs 5
python -m study ablate examples/characters.py --epochs 5 --replicates 7
"""

import math
from pydoc_data.topics import topics

import torch
from torch import nn
from torch.nn.functional import cross_entropy

from study.space import Float, Int, SearchSpace, Variant

DOMAINS = {
    "learning_rate": Float(default=2e-2, low=2e-3, high=1e-1, log=True),
    "hidden_size": Int(default=32, low=16, high=96, step=16),
    "dropout": Float(default=0.0, low=0.0, high=0.5),
}
VARIANTS = (
    Variant("dropout", {"dropout": 0.2}, "Forget a fifth of what was read"),
    Variant("wider", {"hidden_size": 64}, "Twice the units"),
)
SPACE = SearchSpace(name="characters", domains=DOMAINS, variants=VARIANTS)
metrics = {"perplexity": "minimize"}

LETTERS = torch.tensor([min(ord(letter), 127) for letter in "\n".join(topics.values())[:36_000]])
TRAIN, VALIDATION, TEST = (part.unfold(0, 51, 50) for part in LETTERS.split((24_000, 6_000, 6_000)))  # (n, 51)


class Reader(nn.Module):
    def __init__(self, hidden_size, dropout):
        super().__init__()
        self.letters, self.reading = nn.Embedding(128, 32), nn.GRU(32, hidden_size, batch_first=True)
        self.answer = nn.Sequential(nn.Dropout(dropout), nn.Linear(hidden_size, 128))

    def forward(self, texts):  # (batch, 51) -> the mean loss of guessing each letter after the first
        return cross_entropy(self.answer(self.reading(self.letters(texts[:, :-1]))[0]).mT, texts[:, 1:])


def train(run):
    model = Reader(run.config["hidden_size"], run.config["dropout"]).to(run.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=run.config["learning_rate"])
    run.keep(model=model, optimizer=optimizer)
    for _ in run.epochs():
        for batch in torch.randperm(len(TRAIN)).split(32):
            loss = model.train()(TRAIN[batch].to(run.device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        yield {"train/loss": loss.item(), "validation/perplexity": perplexity(model, VALIDATION.to(run.device))}


def perplexity(model, texts):
    return math.exp(model.eval()(texts).item())


def test(run):
    return {"perplexity": perplexity(run.kept["model"], TEST.to(run.device))}
