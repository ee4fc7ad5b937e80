"""What a running study looks like: a live view on a terminal, plain lines elsewhere. Decides nothing."""

from __future__ import annotations

import time
from typing import Protocol

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from study.engines.job import Outcome
from study.execution.session import Outlook
from study.execution.view import View
from study.interface.board import Board, describe_epoch, describe_outcome, time_left
from study.status.following import Extent
from study.status.numbers import duration
from study.trial import Epoch, Trial


class FollowingView(View, Protocol):
    """What shows, beside the trials, what only who follows another process's study needs to know."""

    def run_by(self, owner: str, seconds: float) -> None:
        """Show who runs the study, and how many seconds ago that process was last seen."""

    def measured(self, extent: Extent) -> None:
        """Show how far the study is, as it was counted anew."""


def open_view(console: Console, outlook: Outlook, screen: Screen | None = None) -> PlainView | LiveView:
    """Return the view that fits where the output goes.

    Args:
        console: Where it goes.
        outlook: Of the stage.
        screen: What live views of several studies share; by default each has its own.
    """
    return LiveView(console, outlook, screen) if console.is_terminal else PlainView(console, outlook)


def print_line(console: Console, text: str) -> None:
    """Print one line, unwrapped: a log is read by programs too."""
    console.print(Text(text), soft_wrap=True)


class PlainView:
    """A line for every epoch and every end of a trial."""

    def __init__(self, console: Console, outlook: Outlook) -> None:
        """Keep the console."""
        self.board = Board(outlook, outlook.best)
        self._console = console
        self._owner = ""

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

    def run_by(self, owner: str, seconds: float) -> None:
        """Tell of a process that was not told of yet."""
        if owner != self._owner:
            self._owner = owner
            print_line(self._console, f"{self.board.outlook.title}  is run by {owner}, seen {seconds:.0f} s ago")

    def measured(self, extent: Extent) -> None:
        """Do nothing: each line tells of its own trial."""

    def _line(self, trial: Trial, text: str) -> None:
        print_line(self._console, f"{self.board.outlook.title}  {trial.title}  {text}")


class Screen:
    """What is drawn anew at the end of a terminal: a block for each live view, in the order in which they began."""

    def __init__(self, console: Console) -> None:
        """Keep the console; drawing begins with the first block."""
        self.console = console
        self._blocks: list[RenderableType] = []
        self._live: Live | None = None

    def show(self, block: RenderableType) -> None:
        """Add a block below the others."""
        self._blocks.append(block)
        if self._live is None:
            self._live = Live(get_renderable=self._picture, console=self.console, refresh_per_second=4)
            self._live.start()

    def leave(self, block: RenderableType) -> None:
        """Draw a block for the last time: it stays as it is, above those that are still drawn."""
        if self._live is not None and len(self._blocks) == 1:
            self._live.stop()
            self._live = None
        self._blocks.remove(block)
        if self._live is not None:
            self.console.print(block)

    def _picture(self) -> Group:
        return Group(*self._blocks)


class LiveView:
    """A line for each running trial, the whole budget's progress, the best so far and the time left."""

    def __init__(self, console: Console, outlook: Outlook, screen: Screen | None = None) -> None:
        """Lay out the lines; a screen of its own shows them where none is given."""
        self.board = Board(outlook, outlook.best)
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TextColumn("{task.fields[status]}"),
            TimeElapsedColumn(),
            console=console,
            auto_refresh=False,  # the screen draws it
        )
        self._owner = ""
        self._screen = screen or Screen(console)
        total, done = outlook.epochs, min(outlook.done, outlook.epochs)
        self._overall = self._progress.add_task(
            f"[bold]{escape(outlook.title)}", total=total, completed=done, status=""
        )
        self._lines: dict[str, tuple[int, TaskID]] = {}
        """Id of a trial -> who trains it, or did so before it began to wait, and its line."""
        self._paused: set[str] = set()
        self._began = time.monotonic()
        self._trained = 0
        self._remaining = total - done

    def __enter__(self) -> LiveView:
        """Start drawing."""
        self._screen.show(self)
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing and leave the last picture."""
        self._screen.leave(self)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines, and who runs the study where another process does."""
        yield self._progress
        if self._owner:
            yield Text(self._owner)

    def started(self, worker: int, trial: Trial, *, resumed_after: int) -> None:
        """Add the trial's line; that of one which lost this worker, and waits, goes."""
        for id, (at, _) in list(self._lines.items()):
            if trial.id == id or worker == at:
                self._remove_line(id)
        if trial.id in self._paused:  # promoted: what its pause saved is trained after all
            self._paused.remove(trial.id)
            self._remaining += self.board.saved(trial, resumed_after)
            self._advance(-self.board.saved(trial, resumed_after))
        status = f"goes on after epoch {resumed_after}" if resumed_after else "starting"
        line = self._progress.add_task(
            f"  {escape(trial.title)}", total=trial.epochs, completed=resumed_after, status=status
        )
        self._lines[trial.id] = worker, line

    def epoch(self, worker: int, trial: Trial, epoch: Epoch) -> None:
        """Move the trial's line and the whole."""
        self.board.remember(trial, epoch)
        told = escape(describe_epoch(epoch, self.board.outlook.metric))
        status = f"{told}  {1 / epoch.seconds:.2f} epochs/s"
        if trial.id in self._lines:
            self._progress.update(self._lines[trial.id][1], completed=epoch.number, status=status)
        self._trained += 1
        self._remaining = max(0, self._remaining - 1)
        self._advance(1)

    def ended(self, worker: int, trial: Trial, outcome: Outcome) -> None:
        """Print the trial's end above the live lines, and count what pruning saved."""
        last = self.board.last.pop(trial.id, None)
        best = "  [best so far]" if self.board.improve(trial, outcome) else ""
        ended = describe_outcome(outcome, last, self.board.outlook.metric, self.board.stopped(trial, outcome, last))
        print_line(self._console, f"{trial.title}  {ended}{best}")
        if not outcome.state.finished:
            self._paused.add(trial.id)
        saved = self.board.saved(trial, last.number if last else 0)
        self._remaining = max(0, self._remaining - saved)
        self._advance(saved)
        self._remove_line(trial.id)

    def note(self, text: str) -> None:
        """Print the note above the live lines."""
        print_line(self._console, f"note: {text}")

    def log(self, text: str) -> None:
        """Print the line above the live ones."""
        print_line(self._console, text)

    def tick(self) -> None:
        """Redraw the best so far and the time left."""
        self._advance(0)

    def run_by(self, owner: str, seconds: float) -> None:
        """Show it below the trials."""
        self._owner = f"  run by {owner}, seen {seconds:.0f} s ago"

    def measured(self, extent: Extent) -> None:
        """Take the counts in place of those that were added up from what happened since."""
        self.board.best = extent.best
        self._remaining = extent.total - extent.done
        self._progress.update(self._overall, total=extent.total, completed=extent.done)
        self._advance(0)

    def _remove_line(self, trial: str) -> None:
        if trial in self._lines:
            self._progress.remove_task(self._lines.pop(trial)[1])

    def _advance(self, epochs: int) -> None:
        best = f"best {self.board.outlook.metric.show(self.board.best)}" if self.board.best is not None else ""
        left = time_left(time.monotonic() - self._began, self._trained, self._remaining)
        self._progress.update(self._overall, advance=epochs, status=f"{best}  {left}")
