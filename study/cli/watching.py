"""How the commands that train are watched on a terminal or in a log, and what they print at their end."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import AbstractContextManager

from rich.console import Console

from study.cli.output import say
from study.cli.tables import print_finals, print_summary
from study.database import TrialDatabase
from study.execution.session import Outlook
from study.interface.effects import ablations_of
from study.interface.live import FollowingView, Screen, open_view
from study.interface.watching import fruitless_phases
from study.prepare.launch import Launch


class Terminal:
    """Prints to standard output."""

    def __init__(self) -> None:
        """Begin with nothing that was fruitless."""
        self.fruitless = False
        """Whether every trial of a phase of some study failed or diverged."""
        self._console = Console(emoji=False)
        self._screen = Screen(self._console)

    def say(self, text: str) -> None:
        """Print a line."""
        say(text)

    def view(self, outlook: Outlook) -> AbstractContextManager[FollowingView]:
        """Open the view of one stage."""
        return open_view(self._console, outlook, self._screen)

    def ended(self, database: TrialDatabase, launches: Sequence[Launch]) -> None:
        """Print what came of each study, and the phases that came to no result."""
        tuned = [launch.plan.study for launch in launches if launch.ablation is None and not launch.finals]
        if tuned:
            print_summary(database, tuned)
        for launch in launches:
            if launch.finals:
                print_finals(database, launch.plan.study)
        if ablated := dict.fromkeys(launch.plan.study for launch in launches if launch.ablation is not None):
            from study.cli.tables.ablations import print_ablations

            for study in ablated:
                print_ablations(ablations_of(database, study))
        for study, sentence in fruitless_phases(database, launches):
            self.fruitless = True
            say(f"{sentence}; `python -m study show {shlex.quote(study)} --failures` tells why; exit status 3")
