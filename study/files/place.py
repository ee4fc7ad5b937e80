"""A place of checkpoints and weights: what lies where in it, and what is swept from it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from study.files.file import PARTIAL, File, Folder, is_abandoned
from study.files.local import LocalFolder
from study.files.location import absolute, is_url
from study.files.remote import RemoteFolder

ENDING = ".pt"
SCRATCH = ".scratch"
"""Suffix of the folder of a trial that trains itself, beside its checkpoint."""
OWNER = "storage"
"""File that tells which database's place it is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the checkpoints and weights of one database's studies are."""

    location: str
    """The path of a folder, or a URL."""

    @property
    def root(self) -> Folder:
        """The folder that holds all of it."""
        return RemoteFolder(self.location) if is_url(self.location) else LocalFolder(Path(self.location))

    @property
    def checkpoints(self) -> Folder:
        """The folder of what open trials need to go on."""
        return self.root.folder("checkpoints")

    @property
    def kept(self) -> Folder:
        """The folder of complete final trials' weights."""
        return self.root.folder("weights")

    @property
    def owner(self) -> File:
        """The file that tells which database's it is."""
        return self.root.file(OWNER)

    def checkpoint(self, trial: str) -> File:
        """Return where a trial that has not ended keeps what it needs to go on."""
        return self.checkpoints.file(f"{trial}{ENDING}")

    def weights(self, trial: str) -> File:
        """Return where a complete final trial's weights are kept."""
        return self.kept.file(f"{trial}{ENDING}")

    def with_weights(self) -> frozenset[str]:
        """Return the ids of the trials whose weights are there, by one listing.

        Raises:
            FileReadError: The place cannot be reached.
        """
        return frozenset(trial_of(name) for name in self.kept.names() if name.endswith(ENDING))

    def absolute(self) -> Place:
        """Return the same place by a name that does not depend on the working folder."""
        return Place(absolute(self.location))

    def sweep(self, *, open_trials: Collection[str], ended_trials: Collection[str]) -> None:
        """Remove what killed processes left of a study; nobody may be training it.

        Args:
            open_trials: Ids of the study's trials that have not ended.
            ended_trials: Ids of those that have.

        Raises:
            FileError: The file system refuses.
        """
        sweep(self.checkpoints, open_trials=open_trials, ended_trials=ended_trials)
        sweep(self.kept, open_trials={*open_trials, *ended_trials}, ended_trials=())

    def forget(self, trial: str) -> None:
        """Remove what a trial that has just ended needed to go on.

        Raises:
            FileError: The file system refuses.
        """
        if is_url(self.location):
            self.checkpoints.discard(f"{trial}{ENDING}")
        else:
            sweep(self.checkpoints, open_trials=(), ended_trials=(trial,))

    def set_aside(self, trial: str, aside: str) -> None:
        """Keep a trial's weights, if they are there, under another id.

        Raises:
            FileError: The file system refuses.
        """
        self.kept.rename(f"{trial}{ENDING}", f"{aside}{ENDING}")

    def __str__(self) -> str:
        return self.location


def trial_of(name: str) -> str:
    """Return the id of the trial that a file in a place is of, by its name, path or URL."""
    return PurePosixPath(name).name.partition(".")[0]


def sweep(folder: Folder, *, open_trials: Collection[str], ended_trials: Collection[str]) -> list[str]:
    """Remove what killed processes left of a study in a folder.

    Args:
        folder: Of checkpoints, or of weights.
        open_trials: Ids of trials whose files stay, but for half-written ones.
        ended_trials: Ids of those that need no checkpoint any more.

    Returns:
        The names of what was removed. A file of any other trial stays, but for one that a dead process of this machine
        left half-written.
    """
    removed = []
    for name in folder.names():
        trial, ending = trial_of(name), PurePosixPath(name).suffix
        if ending == PARTIAL:
            goes = trial in ended_trials or trial in open_trials or is_abandoned(name)
        else:
            goes = trial in ended_trials and ending in (ENDING, SCRATCH)
        if goes:
            folder.discard(name)
            removed.append(name)
    return removed
