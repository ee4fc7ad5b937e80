"""Trains a small convolutional network on scikit-learn's digits with shifted pictures, and tests it at the end.

python -m study run as_study.py --epochs 10
python -m study ablate as_study.py --epochs 10 --replicates 7
"""

import random
from types import SimpleNamespace

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional as F

from study.space import Float, Int, SearchSpace, Variant

SPACE = SearchSpace(
    name="digits-script",
    domains={
        "batch_size": Int(default=32, low=16, high=128, step=16),
        "learning_rate": Float(default=3e-3, low=3e-4, high=3e-2, log=True),
        "width": Int(default=8, low=4, high=16, step=4),
        "dropout": Float(default=0.0, low=0.0, high=0.5),
        "shift": Int(default=0, low=0, high=2),
    },
    variants=(Variant("shift", {"shift": 1}), Variant("dropout", {"dropout": 0.2})),
)
metrics = {"accuracy": "maximize"}


def load_splits():
    images, labels = load_digits(return_X_y=True)
    images = torch.tensor(images / 16, dtype=torch.float32).view(-1, 1, 8, 8)
    labels = torch.tensor(labels)
    rest, test = train_test_split(range(len(labels)), test_size=0.3, stratify=labels, random_state=0)
    train, validation = train_test_split(rest, test_size=0.3, stratify=labels[rest], random_state=0)
    return {
        name: (images[rows], labels[rows])
        for name, rows in (("train", train), ("validation", validation), ("test", test))
    }


class Network(nn.Module):
    def __init__(self, width, dropout):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(dropout), nn.Linear(8 * width, 10))

    def forward(self, images):
        return self.classifier(self.features(images))


def shifted(images, most):
    """Move all pictures of a batch by up to so many pixels, each way at random."""
    if most == 0:
        return images
    down, right = (random.randint(-most, most) for _ in range(2))
    padded = F.pad(images, (most, most, most, most))
    top, left = most + down, most + right
    return padded[:, :, top : top + 8, left : left + 8]


def train_epoch(model, optimizer, schedule, images, labels, args):
    model.train()
    total = 0.0
    for batch in torch.randperm(len(labels)).split(args.batch_size):
        outputs = model(shifted(images[batch], args.shift))
        loss = F.cross_entropy(outputs, labels[batch], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    schedule.step()
    return total / len(labels)


@torch.no_grad()
def evaluate(model, images, labels):
    model.eval()
    outputs = model(images)
    accuracy = (outputs.argmax(dim=1) == labels).float().mean().item()
    return F.cross_entropy(outputs, labels).item(), accuracy


def train(run):
    args = SimpleNamespace(**run.config)
    splits = load_splits()
    model = Network(args.width, args.dropout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, run.total)
    run.keep(model=model, optimizer=optimizer, schedule=schedule)
    for _ in run.epochs():
        train_loss = train_epoch(model, optimizer, schedule, *splits["train"], args)
        loss, accuracy = evaluate(model, *splits["validation"])
        yield {"train/loss": train_loss, "validation/loss": loss, "validation/accuracy": accuracy}


def test(run):
    loss, accuracy = evaluate(run.kept["model"], *load_splits()["test"])
    return {"loss": loss, "accuracy": accuracy}
