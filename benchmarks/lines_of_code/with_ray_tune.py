"""Tunes the small convolutional network of script.py with Ray Tune, and tests the best and the defaults.

    python with_ray_tune.py --trials 20 --epochs 10

A second call goes on where the first was stopped, each trial from the checkpoint of its last epoch.
"""

import argparse
import random
import statistics
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from ray import tune
from ray.tune.schedulers import ASHAScheduler
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional as F

DEFAULTS = {"batch_size": 32, "learning_rate": 3e-3, "width": 8, "dropout": 0.0, "shift": 0}
SPACE = {
    "batch_size": tune.qrandint(16, 128, 16),
    "learning_rate": tune.loguniform(3e-4, 3e-2),
    "width": tune.qrandint(4, 16, 4),
    "dropout": tune.uniform(0.0, 0.5),
    "shift": tune.randint(0, 3),
}
FOLDER = Path("ray_results").resolve()


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


def made(config, epochs):
    model = Network(config["width"], config["dropout"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=config["learning_rate"])
    return model, optimizer, torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)


def train(config):
    args = SimpleNamespace(**config)
    set_seed(args.seed)
    splits = load_splits()
    things = model, optimizer, schedule = made(config, args.epochs)
    done = 0
    if checkpoint := tune.get_checkpoint():
        with checkpoint.as_directory() as folder:
            state = torch.load(Path(folder) / "state.pt")
        for thing, stored in zip(things, state["things"], strict=True):
            thing.load_state_dict(stored)
        done = state["epoch"]
    for epoch in range(done + 1, args.epochs + 1):
        train_loss = train_epoch(model, optimizer, schedule, *splits["train"], args)
        loss, accuracy = evaluate(model, *splits["validation"])
        with tempfile.TemporaryDirectory() as folder:
            state = {"things": [thing.state_dict() for thing in things], "epoch": epoch}
            torch.save(state, Path(folder) / "state.pt")
            metrics = {"train_loss": train_loss, "loss": loss, "accuracy": accuracy}
            tune.report(metrics, checkpoint=tune.Checkpoint.from_directory(folder))


def results(name, space, trials=1, scheduler=None):
    trainable = tune.with_resources(train, {"cpu": 1})
    if tune.Tuner.can_restore(str(FOLDER / name)):
        tuner = tune.Tuner.restore(str(FOLDER / name), trainable, resume_errored=True, param_space=space)
    else:
        tuner = tune.Tuner(
            trainable,
            param_space=space,
            tune_config=tune.TuneConfig(metric="accuracy", mode="max", num_samples=trials, scheduler=scheduler),
            run_config=tune.RunConfig(name=name, storage_path=str(FOLDER)),
        )
    return tuner.fit()


def main():
    args = parse_arguments()
    fixed = {"epochs": args.epochs, "seed": tune.randint(0, 1000)}
    scheduler = ASHAScheduler(max_t=args.epochs)
    best = results("search", SPACE | fixed, args.trials, scheduler).get_best_result().config
    seeds = {"epochs": args.epochs, "seed": tune.grid_search(list(range(1000, 1000 + args.replicates)))}
    for name, config in (("defaults", DEFAULTS), ("best", {key: best[key] for key in SPACE})):
        scores = []
        for result in results(name, config | seeds):
            model, *_ = made(config, args.epochs)
            with result.checkpoint.as_directory() as folder:
                model.load_state_dict(torch.load(Path(folder) / "state.pt")["things"][0])
            _, accuracy = evaluate(model, *load_splits()["test"])
            scores.append(accuracy)
        spread = statistics.stdev(scores) if len(scores) > 1 else float("nan")
        print(f"{name} {config}: test accuracy {statistics.mean(scores):.4f}, deviation {spread:.4f}")


if __name__ == "__main__":
    main()
