"""Reinforcement learning, where luck is large: a policy finds out which of five treatments suits whom (REINFORCE).

python -m study run examples/bandit.py --trials 10 --epochs 10
python -m study ablate examples/bandit.py --epochs 10 --replicates 12
"""

import torch
from torch import nn
from torch.distributions import Categorical

from study.space import Choice, Float, SearchSpace, Variant

SPACE = SearchSpace(
    name="bandit",
    domains={
        "learning_rate": Float(default=0.03, low=0.003, high=0.3, log=True),
        "entropy": Float(default=0.0, low=0.0, high=1.0),
        "compared": Choice(default=False, choices=(False, True)),
    },
    variants=(
        Variant("compared", {"compared": True}, "Subtract the mean of earlier rewards from each"),
        Variant("curious", {"entropy": 0.3}, "Reward a policy that stays undecided"),
    ),
)
metrics = {"reward": "maximize"}

WORLD = torch.Generator().manual_seed(1)
PAYS = torch.randn(6, 5, generator=WORLD)  # what each feature of a person adds to each treatment's reward
VALIDATION, TEST = torch.randn(2, 1000, 6, generator=WORLD)


def expected(policy, people):
    return (policy(people).softmax(1) * (people @ PAYS)).sum(1).mean().item()


def train(run):
    policy, usual = nn.Linear(6, 5), run.kept.get("usual", 0.0)
    optimizer = torch.optim.Adam(policy.parameters(), lr=run.config["learning_rate"])
    run.keep(policy=policy, optimizer=optimizer)
    for _ in run.epochs():
        for _ in range(10):
            people = torch.randn(8, 6)
            choice = Categorical(logits=policy(people))
            treatments = choice.sample()
            rewards = 5 + (people @ PAYS)[torch.arange(8), treatments] + 3 * torch.randn(8)
            surprise = rewards - usual if run.config["compared"] else rewards
            loss = -(choice.log_prob(treatments) * surprise + run.config["entropy"] * choice.entropy()).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            usual = 0.9 * usual + 0.1 * rewards.mean().item()
        run.keep(usual=usual)
        yield {"validation/reward": expected(policy, VALIDATION)}


def test(run):
    return {"reward": expected(run.kept["policy"], TEST)}
