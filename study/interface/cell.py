"""A running study in a notebook's cell: one output, drawn anew in its place, of which a line for each stage stays."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from html import escape
from types import TracebackType
from typing import Any

from study.database import TrialDatabase
from study.engines.job import Outcome
from study.errors import StoppedError
from study.execution.session import Outlook
from study.interface.board import Board, describe_epoch, describe_outcome, time_left
from study.interface.live import FollowingView
from study.interface.watching import Say, fruitless_phases
from study.prepare.launch import Launch
from study.status.following import Extent
from study.trial import Epoch, Trial, TrialState

SECONDS_BETWEEN = 0.25
"""Between two drawings, so that a browser and the saved notebook keep up."""
_FAILURES_SHOWN = 3
_DIM = "opacity:0.7"


class Cell:
    """Watches a call in the output of the cell that made it."""

    def __init__(self, say: Say) -> None:
        """Keep who is told lines; the output appears with the first stage."""
        self.say = say
        self.finished: list[str] = []
        """A line for each stage that has ended, and for each of its trials that failed."""
        self._handle: Any = None
        self._parts: dict[int, tuple[str, Sequence[str]]] = {}
        """What is drawn of each view that is open, in the order in which they began."""

    def view(self, outlook: Outlook) -> AbstractContextManager[FollowingView]:
        """Open the view of one stage."""
        return CellView(self, outlook)

    def ended(self, database: TrialDatabase, launches: Sequence[Launch]) -> None:
        """Say which phases came to no result."""
        for study, sentence in fruitless_phases(database, launches):
            self.say(f"{sentence}; study.open({study!r}).failures() tells why")

    def draw(self, view: CellView, html: str, plain: Sequence[str]) -> None:
        """Draw the finished stages, and below them those that run; a view that gives nothing has ended."""
        from IPython.display import display

        self._parts[id(view)] = html, plain
        if not html:
            del self._parts[id(view)]
        html = "".join(part for part, _ in self._parts.values())
        plain = [line for _, part in self._parts.values() for line in part]
        lines = "".join(f"<div>{escape(line)}</div>" for line in self.finished)
        content = {
            "text/html": f'<div style="font-variant-numeric:tabular-nums">{lines}{html}</div>',
            "text/plain": "\n".join([*self.finished, *plain]),
        }
        if self._handle is None:
            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)


@dataclass(slots=True)
class CellView:
    """One stage: the whole budget's progress, the best so far, the time left, and a line for each running trial."""

    cell: Cell
    outlook: Outlook
    board: Board = field(init=False)
    _running: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Id of a trial -> who trains it, or did so before it began to wait, and its line."""
    _states: Counter[TrialState] = field(default_factory=Counter)
    _failures: list[str] = field(default_factory=list)
    _paused: set[str] = field(default_factory=set)
    _began: float = field(default_factory=time.monotonic)
    _drawn: float = 0.0
    _trained: int = 0
    _done: int = 0
    _owner: str = ""
    """Who runs the study, where another process does."""

    def __post_init__(self) -> None:
        """Take up what is done already."""
        self.board = Board(self.outlook, self.outlook.best)
        self._done = min(self.outlook.done, self.outlook.epochs)

    def __enter__(self) -> CellView:
        """Draw the stage."""
        self._draw(now=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Leave one line of the stage."""
        how = "" if kind is None else "interrupted, " if issubclass(kind, StoppedError) else "stopped by an error, "
        counted = ", ".join(f"{number} {state}" for state, number in self._states.items()) or "no trial ended"
        seconds = time.monotonic() - self._began
        best = f", {self._best()} on the validation split" if self._best() else ""
        line = f"{self.outlook.title}: {how}{counted}{best}; {self._trained} epochs in {_duration(seconds)}"
        self.cell.finished += [line, *self._failures[:_FAILURES_SHOWN]]
        if more := len(self._failures) - _FAILURES_SHOWN:
            self.cell.finished += [f"{more} more failed"] if more > 0 else []
        self.cell.draw(self, "", ())

    def started(self, worker: int, trial: Trial, *, resumed_after: int) -> None:
        """Add the trial's line; that of one which lost this worker, and waits, goes."""
        if trial.id in self._paused:  # promoted: what its pause saved is trained after all
            self._paused.remove(trial.id)
            self._done -= self.board.saved(trial, resumed_after)
        told = f"goes on after epoch {resumed_after}" if resumed_after else "starting"
        others = {id: line for id, line in self._running.items() if worker != line[0]}
        self._running = others | {trial.id: (worker, f"{trial.title}  {told}")}
        self._draw()

    def epoch(self, worker: int, trial: Trial, epoch: Epoch) -> None:
        """Move the trial's line and the whole."""
        self.board.remember(trial, epoch)
        told = describe_epoch(epoch, self.outlook.metric)
        self._running[trial.id] = worker, f"{trial.title}  epoch {epoch.number}/{trial.epochs}  {told}"
        self._trained += 1
        self._done += 1
        self._draw()

    def ended(self, worker: int, trial: Trial, outcome: Outcome) -> None:
        """Count the trial's end, and what pruning saved."""
        last = self.board.last.pop(trial.id, None)
        self.board.improve(trial, outcome)
        self._states[outcome.state] += 1
        if outcome.failure is not None:
            self._failures.append(f"{trial.title}: {describe_outcome(outcome, last, self.outlook.metric)}")
        if not outcome.state.finished:
            self._paused.add(trial.id)
        self._done += self.board.saved(trial, last.number if last else 0)
        self._running.pop(trial.id, None)
        self._draw()

    def note(self, text: str) -> None:
        """Say the note."""
        self.cell.say(f"note: {text}")

    def log(self, text: str) -> None:
        """Do nothing: a cell stays short, and the database keeps the line."""

    def tick(self) -> None:
        """Draw how time passes."""
        self._draw()

    def run_by(self, owner: str, seconds: float) -> None:
        """Show it below the trials."""
        self._owner = f"run by {owner}, seen {seconds:.0f} s ago"

    def measured(self, extent: Extent) -> None:
        """Take the counts in place of those that were added up from what happened since."""
        self.board.best = extent.best
        self.outlook = replace(self.outlook, epochs=extent.total)
        self._done = extent.done

    def _draw(self, *, now: bool = False) -> None:
        if not now and time.monotonic() - self._drawn < SECONDS_BETWEEN:
            return
        self._drawn = time.monotonic()
        total, done = self.outlook.epochs, min(self._done, self.outlook.epochs)
        left = time_left(self._drawn - self._began, self._trained, total - done)
        status = "  ".join(filter(None, [f"{done} of {total} epochs", self._best(), left]))
        lines = [line for _, line in sorted(self._running.values())]
        lines += [self._owner] if self._owner else []
        bar = f'<progress value="{done}" max="{max(total, 1)}" style="width:14em"></progress>'
        html = f"<div>{escape(self.outlook.title)} {bar} {escape(status)}</div>"
        html += "".join(f'<div style="{_DIM}">&nbsp;&nbsp;{escape(line)}</div>' for line in lines)
        self.cell.draw(self, html, [f"{self.outlook.title}  {status}", *(f"  {line}" for line in lines)])

    def _best(self) -> str:
        return f"best {self.outlook.metric.show(self.board.best)}" if self.board.best is not None else ""


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
