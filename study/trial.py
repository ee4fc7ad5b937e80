"""What a trial is, what it yields and how it can end: plain values, standard library only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Plain = bool | int | float | str
Scalar = Plain | tuple[Plain | tuple[Plain, ...], ...]
"""The type of a hyperparameter's value: plain, or a tuple of plain values or of such tuples, as for layers' widths."""
Precision = Literal["float32", "bfloat16", "own"]
"""The arithmetic of a training; a model that trains itself has its own."""


class Phase(StrEnum):
    """Why a trial is trained, and so which data it may see."""

    SEARCH = "search"
    """Trained on the training split, chosen by its validation score; may be pruned."""
    REPLICATE = "replicate"
    """Trained on training and validation images together, never pruned, scored once on the test split."""
    ABLATE = "ablate"
    """Trained on the training split, never pruned, scored on the validation split and once on the test split."""

    @property
    def tested(self) -> bool:
        """Whether its trials meet the test split, once, at their end; they are planned before they start."""
        return self is not Phase.SEARCH


class TrialState(StrEnum):
    """How far a trial has come. Only COMPLETE trials are ever ranked."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    PAUSED = "paused"
    """Waits at a rung of the search: promoted, it goes on from its checkpoint; never promoted, it is pruned."""
    COMPLETE = "complete"
    PRUNED = "pruned"
    DIVERGED = "diverged"
    FAILED = "failed"

    @property
    def finished(self) -> bool:
        """Whether the trial will never be trained again."""
        return self not in (TrialState.RUNNING, TrialState.INTERRUPTED, TrialState.PAUSED)


def spent(epochs: int, state: TrialState, most: int) -> int:
    """Return the epochs of its search's budget that a trial has used: that in which it failed or diverged counts whole.

    Args:
        epochs: That it has recorded.
        state: Its state.
        most: Epochs of a trial that goes to its end.
    """
    broke_off = state in (TrialState.FAILED, TrialState.DIVERGED)
    return min(epochs + 1, most) if broke_off else epochs


TRIED = "tried"
"""The variant of a search trial whose values somebody wanted tried (`--try`)."""
SKIPPED = ("Skipped", "skipped by hand", "")
"""Failure of a trial that was ended by hand: type, message and traceback."""


class CodeDecision(StrEnum):
    """What becomes of trials when the code that trained them has changed."""

    KEEP = "keep"
    """They count on, as was asked for."""
    AGAIN = "again"
    """They are put aside as stale and trained again, as was asked for."""
    COMMENTS = "comments"
    """They count on, since nothing but comments, docstrings and white space changed."""
    SAME = "same"
    """They count on, since this program's own models changed, which give the same numbers."""


class Decision(StrEnum):
    """What becomes of a trial after an epoch."""

    GO_ON = "go on"
    PAUSE = "pause"
    """Keep it as it is: it may go on later."""
    PRUNE = "prune"
    STOP = "stop"
    """It has come to its end sooner than planned: complete, with what it reached."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One row of a trial's history."""

    number: int
    """Counted from 1."""
    train_loss: float | None
    """Mean over the epoch's images, with the recipe's label smoothing, taken while the weights change; of a model that
    trains itself what it yields as `train/loss`, if it does."""
    train_score: float | None
    """The study's objective on the training split, taken while the weights change (dropout on); None where it is
    what the model's `measure` returns."""
    validation_loss: float | None
    """The task's loss without label smoothing at the epoch's end; None where there is no validation split."""
    validation_score: float | None
    """The study's objective at the epoch's end; None where there is no validation split."""
    learning_rate: float | None
    """Of the epoch's last step; None where a model that trains itself yields none."""
    seconds: float
    """Wall-clock time of this epoch alone, validation included."""
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    """Every metric of the validation split, the objective among them; None where one is no finite number. What a model
    that trains itself tells of the training split is named `train/NAME`."""
    log: tuple[str, ...] = ()
    """Lines that a model that trains itself wrote since the epoch before."""
    processor_seconds: float | None = None
    """Processor time of this epoch alone, over all threads of the process that trains it; None on an accelerator, where
    it says nothing."""


@dataclass(frozen=True, slots=True)
class TestResult:
    """The one look at the test split that a final trial gets."""

    loss: float | None
    """Mean over the test examples; None where a model that tests itself returns none."""
    score: float
    """The study's objective."""
    predictions: bytes | None
    """What was said of every test example, in the data set's order; `study.task.predictions` reads it. None of a model
    that tests itself."""
    confidences: bytes | None
    """The probability given to each predicted class, little-endian float16, in the same order; classification only."""
    seconds: float
    """Wall-clock time of the pass over the test split."""
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    """Every metric, the objective among them."""

    __test__ = False  # not a test class, whatever pytest makes of the name


@dataclass(frozen=True, slots=True)
class TestImage:
    """A picture of the test split, kept because a model got it wrong."""

    number: int
    """Its place in the test split, from 0."""
    height: int
    width: int
    channels: int
    """1 of a grey picture, 3 of a coloured one: red, green, blue."""
    pixels: bytes
    """Row by row, the channels of a pixel side by side, one byte each."""

    __test__ = False  # not a test class, whatever pytest makes of the name


@dataclass(frozen=True, slots=True)
class Trial:
    """One execution of a training. Two trials with the same `id` are the same one and give the same numbers."""

    study: str
    """Its name, such as `SPACE@DATASET`."""
    phase: Phase
    variant: str
    """`baseline`, `best`, `search` for a configuration the sampler proposed, `tried` for one that `--try` gave, or the
    name of an ablation's arm."""
    configuration: Mapping[str, Scalar]
    """Every field of the recipe and of the model's parameters."""
    seed: int
    epochs: int
    changes: Mapping[str, Scalar] = field(default_factory=dict)
    """What differs from the baseline."""
    replicate: int | None = None
    """Counted from 0; replicates with the same number share their seed across configurations."""
    number: int | None = None
    """Optuna's trial number, for trials of the search."""
    id: str = field(init=False, repr=False, compare=False)
    """16 hexadecimal digits: the hash of study, phase, configuration, seed and epochs.

    The variant's name is left out: when the search's best is the baseline, their replicates are one trial.
    """

    def __post_init__(self) -> None:
        """Compute the id once: a coordinator asks for it at every event."""
        identity = [self.study, self.phase, dict(self.configuration), self.seed, self.epochs]
        object.__setattr__(self, "id", fingerprint(identity)[:16])

    @property
    def title(self) -> str:
        """What to call it to a user: its number in the search, or which replicate it is."""
        return f"trial {self.number}" if self.phase is Phase.SEARCH else f"{self.variant} replicate {self.replicate}"


def fingerprint(value: object) -> str:
    """Return the SHA-256 (64 hexadecimal digits) of a JSON value, independent of the order of keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def differences(configuration: Mapping[str, Scalar], baseline: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return the entries of `configuration` whose value is not the baseline's."""
    return {name: value for name, value in configuration.items() if baseline.get(name) != value}
