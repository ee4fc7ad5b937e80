"""What every view says of a running study: an epoch, an end, the best so far, the time left."""

from __future__ import annotations

from dataclasses import dataclass, field

from study.engines.job import Outcome
from study.execution.session import Outlook
from study.task import Metric
from study.trial import Epoch, Phase, Trial, TrialState

MARKS = {
    TrialState.COMPLETE: "complete",
    TrialState.PAUSED: "paused",
    TrialState.INTERRUPTED: "interrupted",
    TrialState.PRUNED: "pruned",
    TrialState.DIVERGED: "DIVERGED",
    TrialState.FAILED: "FAILED",
}


def describe_epoch(epoch: Epoch, metric: Metric) -> str:
    """Return the epoch's loss and its score in a few words."""
    split, score = "validation", epoch.validation_score
    if score is None:
        split, score = "training", epoch.train_score
    told = [] if epoch.train_loss is None else [f"loss {epoch.train_loss:.4f}"]
    told += [] if score is None else [f"{split} {metric.label} {metric.show(score)}"]
    return "  ".join(told)


def describe_outcome(outcome: Outcome, epoch: Epoch | None, metric: Metric, stopped: str = "") -> str:
    """Return how a trial ended in a few words."""
    if outcome.failure is not None:
        kind, message, _ = outcome.failure
        first = message.splitlines()[0] if message else ""
        return f"{MARKS[outcome.state]}: {first if kind == 'DivergedError' else f'{kind}: {first}'}"
    if outcome.result is not None:
        return f"complete  test {metric.label} {metric.show(outcome.result.score)}"
    score = epoch.validation_score if epoch else None
    reached = f"  validation {metric.label} {metric.show(score)}" if score is not None else ""
    after = f" after epoch {epoch.number}" if epoch else ""
    return f"{MARKS[outcome.state]}{reached}{stopped}{after}"


@dataclass(slots=True)
class Board:
    """What every view knows of a running study."""

    outlook: Outlook
    best: float | None
    last: dict[str, Epoch] = field(default_factory=dict)

    def remember(self, trial: Trial, epoch: Epoch) -> None:
        """Keep a trial's last epoch."""
        self.last[trial.id] = epoch

    def stopped(self, trial: Trial, outcome: Outcome, last: Epoch | None) -> str:
        """Return words for a search trial that ended before its last epoch because it got no better."""
        early = outcome.state is TrialState.COMPLETE and last is not None and last.number < trial.epochs
        return f"  no better for {self.outlook.patience} epochs," if early else ""

    def saved(self, trial: Trial, trained: int) -> int:
        """Return the epochs that need not be trained as a trial stops after some of its own.

        None where the search has a budget of epochs: what a trial leaves is trained by others.
        """
        spent = self.outlook.spends_epochs and trial.phase is Phase.SEARCH
        return 0 if spent else trial.epochs - trained

    def improve(self, trial: Trial, outcome: Outcome) -> bool:
        """Take a complete search trial's value into the best so far; return whether it is the new best."""
        if (
            trial.phase is not Phase.SEARCH
            or outcome.value is None
            or (self.best is not None and not self.outlook.metric.better(outcome.value, self.best))
        ):
            return False
        self.best = outcome.value
        return True


def time_left(seconds: float, trained: int, remaining: int) -> str:
    """Return about how long the remaining epochs take, in words; nothing before one was trained.

    Args:
        seconds: That `trained` epochs took.
        trained: Epochs.
        remaining: Epochs.
    """
    if not trained:
        return ""
    left = seconds / trained * remaining
    return f"about {left / 60:.0f} min left" if left >= 90 else f"about {left:.0f} s left"
