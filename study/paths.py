"""Paths as people give them, and stored paths whose files have moved. Standard library only."""

from __future__ import annotations

from pathlib import Path

from study.errors import StudyError

DEFAULT_DATA_ROOT = Path("data")
"""Folder of published data sets, where neither an option nor a stored study names another."""
PARENTS = 3
"""Folders above the database's own in which a moved file is looked for: a project's `runs`, the project, and what it
lies in. Not all of them, since a space is a program: nothing is run from folders that anybody may write to."""


def expanded(given: str | Path) -> Path:
    """Return a path with `~` replaced by the home folder.

    Raises:
        StudyError: There is no such home folder.
    """
    try:
        return Path(given).expanduser()
    except RuntimeError as error:
        raise StudyError(
            f"{str(given)!r} begins with '~', and that home folder is not known here; give the whole path"
        ) from error


def find(stored: Path, database: Path | None = None) -> Path | None:
    """Return where a stored file or folder is now, or None.

    It is looked for as it is given, then relative to the database's folder and its nearest parents, then relative to
    the working folder, by the stored path's last parts: first by as many of them as possible, at last by its name.

    Args:
        stored: An absolute path, as a plan keeps it.
        database: The database's folder, if it is a file.
    """
    if _exists(stored):
        return stored
    folders = [database, *list(database.parents)[:PARENTS]] if database is not None else []
    parts = stored.parts[1:] if stored.is_absolute() else stored.parts
    for start in range(len(parts)):
        for folder in (*folders, Path.cwd()):
            candidate = folder.joinpath(*parts[start:])
            if _exists(candidate):
                return candidate.resolve()
    return None


def _exists(path: Path) -> bool:
    """Return whether a file or folder is there; what may not be looked at counts as absent."""
    try:
        return path.exists()
    except OSError:
        return False
