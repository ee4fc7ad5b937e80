"""Tunes the small convolutional network of script.py with Optuna, and tests the best and the defaults.

    python with_optuna.py --trials 20 --epochs 10

A second call goes on where the first was stopped; the trial that ran then begins anew.
"""

import argparse
import random
import statistics
from types import SimpleNamespace

import numpy as np
import optuna
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional as F

DEFAULTS = {"batch_size": 32, "learning_rate": 3e-3, "width": 8, "dropout": 0.0, "shift": 0}


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--replicates", type=int, default=3)
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


def train(config, epochs, seed, trial=None):
    args = SimpleNamespace(**config)
    set_seed(seed)
    splits = load_splits()
    model = Network(args.width, args.dropout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for epoch in range(1, epochs + 1):
        train_loss = train_epoch(model, optimizer, schedule, *splits["train"], args)
        loss, accuracy = evaluate(model, *splits["validation"])
        print(f"epoch {epoch}: training loss {train_loss:.4f}, loss {loss:.4f}, accuracy {accuracy:.4f}")
        if trial is not None:
            trial.report(accuracy, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
    return model, accuracy


def suggested(trial):
    return {
        "batch_size": trial.suggest_int("batch_size", 16, 128, step=16),
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 3e-2, log=True),
        "width": trial.suggest_int("width", 4, 16, step=4),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "shift": trial.suggest_int("shift", 0, 2),
    }


def main():
    args = parse_arguments()
    study = optuna.create_study(
        study_name="digits",
        storage="sqlite:///optuna.db",
        sampler=optuna.samplers.TPESampler(),
        pruner=optuna.pruners.MedianPruner(),
        direction="maximize",
        load_if_exists=True,
    )
    study.enqueue_trial(DEFAULTS, skip_if_exists=True)
    done = [trial for trial in study.trials if trial.state.is_finished()]
    study.optimize(
        lambda trial: train(suggested(trial), args.epochs, seed=trial.number, trial=trial)[1],
        n_trials=max(0, args.trials - len(done)),
    )
    for name, config in (("defaults", DEFAULTS), ("best", study.best_params)):
        scores = []
        for seed in range(1000, 1000 + args.replicates):
            model, _ = train(config, args.epochs, seed)
            _, accuracy = evaluate(model, *load_splits()["test"])
            torch.save(model.state_dict(), f"{name}-{seed}.pt")
            scores.append(accuracy)
        spread = statistics.stdev(scores) if len(scores) > 1 else float("nan")
        print(f"{name} {config}: test accuracy {statistics.mean(scores):.4f}, deviation {spread:.4f}")


if __name__ == "__main__":
    main()
