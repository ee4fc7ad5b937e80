"""Trains a small convolutional network on scikit-learn's digits with shifted pictures, and tests it at the end.

python script.py --epochs 10 --learning-rate 0.003
"""

import argparse
import random

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional as F


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--shift", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


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


def main():
    args = parse_arguments()
    set_seed(args.seed)
    splits = load_splits()
    model = Network(args.width, args.dropout)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"{parameters} parameters, {len(splits['train'][1])} training examples")
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)
    best = 0.0
    for epoch in range(1, args.epochs + 1):
        train_loss = train_epoch(model, optimizer, schedule, *splits["train"], args)
        loss, accuracy = evaluate(model, *splits["validation"])
        best = max(best, accuracy)
        print(
            f"epoch {epoch}: training loss {train_loss:.4f}, loss {loss:.4f}, accuracy {accuracy:.4f} (best {best:.4f})"
        )
    loss, accuracy = evaluate(model, *splits["test"])
    print(f"test: loss {loss:.4f}, accuracy {accuracy:.4f}")
    torch.save(model.state_dict(), "model.pt")


if __name__ == "__main__":
    main()
