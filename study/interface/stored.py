"""A stored study as Python has it: its trials as frames, its best with its model, its report's tables and figures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from study.database import TrialDatabase, shown_url
from study.errors import StudyError
from study.interface.best import Best, best_of
from study.interface.process import like_a_command
from study.interface.watching import Say
from study.status.details import Details, study_details, study_row
from study.status.words import in_words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from reports.pages.document import Document
    from study.status.saving import Saved


@dataclass(frozen=True, repr=False)
class Study:
    """A study in a trial database. Every method reads it anew, also while the study is running."""

    name: str
    """Such as cnn@mnist, or its space alone where that is unambiguous."""
    storage: str
    """The trial database: a URL, or the path of an SQLite file."""

    def trials(self) -> pd.DataFrame:
        """Return a row for each trial; `docs/export.md` tells of the columns of this and the following tables."""
        return self.frames()["trials"]

    def epochs(self) -> pd.DataFrame:
        """Return a row for each epoch of each trial."""
        return self.frames()["epochs"]

    def metrics(self) -> pd.DataFrame:
        """Return a row for each metric of each epoch and split, and of each test result."""
        return self.frames()["metrics"]

    def planned_trials(self) -> pd.DataFrame:
        """Return a row for each replicate of each arm of the ablations."""
        return self.frames()["planned_trials"]

    def effects(self) -> pd.DataFrame:
        """Return a row for each variant of the ablations: its effect, interval, p and verdict."""
        return self.frames()["effects"]

    def frames(self) -> Mapping[str, pd.DataFrame]:
        """Return every table that `export` writes, by name."""
        from reports.export import export_tables

        with self._reporting() as database:
            return export_tables(database, self.name)

    def best(self, variant: str = "best") -> Best:
        """Return the best configuration, its scores and its trained models.

        Args:
            variant: `best`, or `baseline` for what it is compared with.

        Raises:
            StudyError: No search trial is complete yet.
        """
        return best_of(self.best_details(), variant, lambda say: self._kept(variant, say))

    def save_best(
        self,
        file: str | Path,
        *,
        variant: str = "best",
        replicate: int | None = None,
        space: str | Path | None = None,
        say: Say = print,
    ) -> Path:
        """Write one trained model to a file that needs no `study`; as `best --save`.

        Args:
            file: It ends in .pt, .onnx or .safetensors.
            variant: `best`, `baseline`, or the name of final trials that were asked for.
            replicate: None means the median by the score on the test split.
            space: Where the study's space is now, if it was moved.
            say: Told which model it is, and how it was checked.

        Raises:
            StudyError: There are no such weights, or they cannot be written in that form.
        """
        return self.saved(file, variant=variant, replicate=replicate, space=space, say=say).file

    def saved(
        self, file: str | Path, *, variant: str, replicate: int | None, space: str | Path | None, say: Say
    ) -> Saved:
        """Write one trained model as `save_best` does, and return which it is."""
        from study.paths import expanded
        from study.status.saving import save_model

        where = None if space is None else str(space)
        with like_a_command(say), self._reading() as database:
            found = save_model(database, self.name, expanded(file), variant=variant, replicate=replicate, space=where)
        for note in found.notes:
            say(note)
        return found

    def figures(self) -> Mapping[str, Figure]:
        """Return the figures of the study's report, each drawn when it is asked for by its name."""
        from study.interface.parts import figures_of

        return figures_of(self._document())

    def figure(self, name: str) -> Figure:
        """Return one figure of the report, such as `search-history` or `ablation-effects`."""
        return self.figures()[name]

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return the data behind the tables of the study's report."""
        from study.interface.parts import tables_of

        return tables_of(self._document())

    def table(self, name: str) -> pd.DataFrame:
        """Return the data behind one table of the report."""
        return self.tables()[name]

    def failures(self) -> pd.DataFrame:
        """Return the trials that failed or diverged, with their tracebacks."""
        import pandas as pd

        rows = [row for row in self.details()["trials"] if row["state"] in ("failed", "diverged")]
        names = ["phase", "variant", "replicate", "optuna_number", "state"]
        names += ["failure_type", "failure_message", "failure_traceback", "changes"]
        return pd.DataFrame([{name: row[name] for name in names} for row in rows], columns=names)

    def report(
        self,
        output: str | Path = "runs/report",
        *,
        title: str | None = None,
        format: str | Sequence[str] | None = None,
        open: bool = False,
        say: Say = print,
    ) -> list[Path]:
        """Write the study's report; as the function `report`."""
        from study.interface.reporting import report

        return report([self.name], storage=self.storage, output=output, title=title, format=format, open=open, say=say)

    def export(
        self, output: str | Path | None = None, *, format: str = "csv", predictions: bool = False, say: Say = print
    ) -> Path:
        """Write every table of the study; as the function `export`."""
        from study.interface.exporting import export

        return export(self.name, format=format, output=output, predictions=predictions, storage=self.storage, say=say)

    def details(self) -> Details:
        """Return its plan, progress and trials, as `show --json` prints them."""
        with self._reading() as database:
            return study_details(database, self.name)

    def best_details(self) -> Details:
        """Return its best configuration, scores, weights, and whether it beats the baseline, as `best --json` does."""
        from study.interface.effects import best_of_study

        with self._reading() as database:
            return best_of_study(database, self.name)

    def ablations(self) -> Details:
        """Return what its ablations found, as `show --ablation --json` prints it."""
        from study.interface.effects import ablations_of

        with self._reading() as database:
            return ablations_of(database, self.name)

    def __repr__(self) -> str:
        try:
            with self._reading() as database:
                return f"<Study {in_words(study_row(database, self.name))}>"
        except StudyError as error:
            return f"<Study {self.name} in {shown_url(self.storage)}: {error}>"

    def _repr_html_(self) -> str:
        from reports.analysis.frames import read
        from study.interface.first_screen import broken, first_screen

        try:
            with self._reporting() as database:
                return first_screen(read(database, [self.name]))
        except StudyError as error:
            return broken(self.name, error)

    def _document(self) -> Document:
        from reports.analysis.frames import read
        from reports.writing import build

        with self._reporting() as database:
            return build(read(database, [self.name]))

    def _kept(self, variant: str, say: Say) -> Any:  # noqa: ANN401 - study.status.predict.Kept, which loads torch
        from study.status.predict import kept_models

        with like_a_command(say), self._reading() as database:
            kept = kept_models(database, self.name, variant=variant)
        for note in kept.notes:
            say(note)
        return kept

    def _reading(self) -> TrialDatabase:
        """Return the open database."""
        return TrialDatabase(self.storage, read_only=True)

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[TrialDatabase]:
        """Open the database for what a report computes.

        Raises:
            StudyError: It cannot be read, or the study cannot be reported.
        """
        from reports import ReportError

        try:
            with self._reading() as database:
                yield database
        except ReportError as error:
            raise StudyError(str(error)) from error
