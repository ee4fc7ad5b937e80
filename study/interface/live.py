"""What a running study looks like: a live view on a terminal, plain lines elsewhere. Decides nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from study.engines.job import Outcome
from study.execution.session import Outlook
from study.status.numbers import duration
from study.task import Metric
from study.trial import Epoch, Phase, Trial, TrialState

MARKS = {
    TrialState.COMPLETE: "complete",
    TrialState.PAUSED: "paused",
    TrialState.PRUNED: "pruned",
    TrialState.DIVERGED: "DIVERGED",
    TrialState.FAILED: "FAILED",
}


def open_view(console: Console, outlook: Outlook) -> PlainView | LiveView:
    """Return the view that fits where the output goes."""
    return (LiveView if console.is_terminal else PlainView)(console, outlook)


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


def print_line(console: Console, text: str) -> None:
    """Print one line, unwrapped: a log is read by programs too."""
    console.print(Text(text), soft_wrap=True)


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


class PlainView:
    """A line for every epoch and every end of a trial."""

    def __init__(self, console: Console, outlook: Outlook) -> None:
        """Keep the console."""
        self.board = Board(outlook, outlook.best)
        self._console = console

    def __enter__(self) -> PlainView:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing, since there is nothing to close."""

    def started(self, worker: int, trial: Trial, *, resumed_after: int) -> None:
        """Tell of a trial that goes on; a fresh one is seen by its first epoch."""
        if resumed_after:
            self._line(trial, f"goes on after epoch {resumed_after}")

    def epoch(self, worker: int, trial: Trial, epoch: Epoch) -> None:
        """Print the epoch."""
        self.board.remember(trial, epoch)
        self._line(
            trial,
            f"epoch {epoch.number}/{trial.epochs}  {describe_epoch(epoch, self.board.outlook.metric)}  "
            f"{duration(epoch.seconds)} s",
        )

    def ended(self, worker: int, trial: Trial, outcome: Outcome) -> None:
        """Print the end, and whether it is the best so far."""
        best = "  (best so far)" if self.board.improve(trial, outcome) else ""
        last = self.board.last.pop(trial.id, None)
        self._line(
            trial,
            describe_outcome(outcome, last, self.board.outlook.metric, self.board.stopped(trial, outcome, last)) + best,
        )

    def note(self, text: str) -> None:
        """Print the note."""
        print_line(self._console, f"note: {text}")

    def log(self, text: str) -> None:
        """Print the line."""
        print_line(self._console, text)

    def tick(self) -> None:
        """Do nothing, since a log does not show how time passes."""

    def _line(self, trial: Trial, text: str) -> None:
        print_line(self._console, f"{self.board.outlook.title}  {trial.title}  {text}")


class LiveView:
    """A line for each running trial, the whole budget's progress, the best so far and the time left."""

    def __init__(self, console: Console, outlook: Outlook) -> None:
        """Lay out the lines."""
        self.board = Board(outlook, outlook.best)
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[status]}"),
            TimeElapsedColumn(),
            console=console,
            refresh_per_second=4,
        )
        total, done = outlook.epochs, min(outlook.done, outlook.epochs)
        self._overall = self._progress.add_task(
            f"[bold]{escape(outlook.title)}", total=total, completed=done, status=""
        )
        self._lines: dict[int, TaskID] = {}
        self._paused: set[str] = set()
        self._began = time.monotonic()
        self._trained = 0
        self._remaining = total - done

    def __enter__(self) -> LiveView:
        """Start drawing."""
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing and leave the last picture."""
        self._progress.stop()

    def started(self, worker: int, trial: Trial, *, resumed_after: int) -> None:
        """Add the trial's line."""
        if worker in self._lines:
            self._progress.remove_task(self._lines[worker])
        if trial.id in self._paused:  # promoted: what its pause saved is trained after all
            self._paused.remove(trial.id)
            self._remaining += trial.epochs - resumed_after
            self._advance(resumed_after - trial.epochs)
        status = f"goes on after epoch {resumed_after}" if resumed_after else "starting"
        self._lines[worker] = self._progress.add_task(
            f"  {escape(trial.title)}", total=trial.epochs, completed=resumed_after, status=status
        )

    def epoch(self, worker: int, trial: Trial, epoch: Epoch) -> None:
        """Move the trial's line and the whole."""
        self.board.remember(trial, epoch)
        told = escape(describe_epoch(epoch, self.board.outlook.metric))
        status = f"{told}  {1 / epoch.seconds:.2f} epochs/s"
        self._progress.update(self._lines[worker], completed=epoch.number, status=status)
        self._trained += 1
        self._remaining = max(0, self._remaining - 1)
        self._advance(1)

    def ended(self, worker: int, trial: Trial, outcome: Outcome) -> None:
        """Print the trial's end above the live lines, and count what pruning saved."""
        last = self.board.last.pop(trial.id, None)
        best = "  [best so far]" if self.board.improve(trial, outcome) else ""
        ended = describe_outcome(outcome, last, self.board.outlook.metric, self.board.stopped(trial, outcome, last))
        print_line(self._console, f"{trial.title}  {ended}{best}")
        if outcome.state is TrialState.PAUSED:
            self._paused.add(trial.id)
        saved = trial.epochs - (last.number if last else 0)
        self._remaining = max(0, self._remaining - saved)
        self._advance(saved)
        self._progress.remove_task(self._lines.pop(worker))

    def note(self, text: str) -> None:
        """Print the note above the live lines."""
        print_line(self._console, f"note: {text}")

    def log(self, text: str) -> None:
        """Print the line above the live ones."""
        print_line(self._console, text)

    def tick(self) -> None:
        """Redraw the best so far and the time left."""
        self._advance(0)

    def _advance(self, epochs: int) -> None:
        best = f"best {self.board.outlook.metric.show(self.board.best)}" if self.board.best is not None else ""
        left = time_left(time.monotonic() - self._began, self._trained, self._remaining)
        self._progress.update(self._overall, advance=epochs, status=f"{best}  {left}")
