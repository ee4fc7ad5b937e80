"""A PyTorch loop of one's own: pictures are mixed in pairs, and a wider network teaches the one that is trained.

python -m study run examples/mixup_teacher.py --dataset digits --train-size 200 --objective accuracy --trials 10
python -m study ablate examples/mixup_teacher.py --dataset digits --train-size 200 --replicates 7
"""

import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from study.space import Float, SearchSpace, Variant

DOMAINS = {
    "learning_rate": Float(default=3e-3, low=3e-4, high=3e-2, log=True),
    "mixup": Float(default=0.0, low=0.0, high=1.0),  # of the Beta distribution; 0 mixes nothing
    "teaching": Float(default=0.0, low=0.0, high=1.0),  # weight of the teacher's answers beside the labels
}
VARIANTS = (Variant("mixup", {"mixup": 0.4}, "Mix pairs"), Variant("teacher", {"teaching": 0.5}, "Be taught too"))
SPACE = SearchSpace(name="mixup-teacher", domains=DOMAINS, variants=VARIANTS)


def network(width):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, width), nn.ReLU(), nn.Dropout(0.2), nn.Linear(width, 10))


def fit(model, optimizer, inputs, targets, mixup=0.0):
    losses, model = [], model.train()
    for batch in torch.randperm(len(inputs)).split(20):
        share, other = torch.distributions.Beta(mixup, mixup).sample() if mixup else 1.0, batch.flip(0)
        mixed, wanted = (share * one[batch] + (1 - share) * one[other] for one in (inputs, targets))
        optimizer.zero_grad()
        losses.append(cross_entropy(model(mixed), wanted))
        losses[-1].backward()
        optimizer.step()
    return torch.stack(losses).mean().item()


def accuracy(model, split):
    return (model.eval()(split.inputs / 255).argmax(1) == split.targets).float().mean().item()


def train(run):
    inputs, targets = run.data.train.inputs / 255, one_hot(run.data.train.targets, 10).float()
    student, teacher = network(64).to(run.device), network(512).to(run.device)
    if weight := run.config["teaching"]:  # after an interruption the same seed trains the same teacher again
        optimizer = torch.optim.Adam(teacher.parameters())
        for _ in range(10):
            fit(teacher, optimizer, inputs, targets)
        targets = (1 - weight) * targets + weight * teacher.eval()(inputs).softmax(1).detach()
    optimizer = torch.optim.AdamW(student.parameters(), lr=run.config["learning_rate"])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, run.total)
    run.keep(student=student, optimizer=optimizer, schedule=schedule)
    for _ in run.epochs():
        loss = fit(student, optimizer, inputs, targets, run.config["mixup"])
        schedule.step()
        yield {"train/loss": loss, "validation/accuracy": accuracy(student, run.data.validation)}


def test(run):
    return {"accuracy": accuracy(run.kept["student"], run.data.test)}
