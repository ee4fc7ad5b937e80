"""Which files of a folder are pictures, and what is passed over: names alone, no file is opened."""

import os
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageFile

from study.data.pictures.reading import Unreadable
from study.errors import StudyError

NOT_DECODED = frozenset({"EPS", "MPEG"})
"""Formats that Pillow knows by name but has no decoder of its own for, beside its stubs."""
DEBRIS = frozenset({"thumbs.db", "desktop.ini", "icon\r", "__macosx"})
"""What file managers and archives leave behind, in lower case: not worth a word, nor are other hidden files."""
KINDS_SHOWN = 5
"""How many suffixes a sentence lists."""


@dataclass(slots=True)
class Passed:
    """What is passed over in a folder."""

    suffixes: Counter[str] = field(default_factory=Counter)
    """Suffix, in lower case, -> files of other kinds."""
    dangling: int = 0
    """Links that lead nowhere."""
    hidden: int = 0
    """Picture files whose names begin with a full stop."""
    outside: int = 0
    """Picture files that lie in no class folder."""
    unreadable: list[Unreadable] = field(default_factory=list)
    """Folders that cannot be looked into."""

    def add(self, other: "Passed") -> None:
        """Add what is passed over in another folder."""
        self.suffixes += other.suffixes
        self.dangling += other.dangling
        self.hidden += other.hidden
        self.outside += other.outside
        self.unreadable += other.unreadable

    def sentence(self) -> str:
        """Return what is passed over, or nothing."""
        others = self.suffixes.total()
        kinds = [
            f"{count:,} {suffix or 'without a suffix'}" for suffix, count in self.suffixes.most_common(KINDS_SHOWN)
        ]
        if len(self.suffixes) > KINDS_SHOWN:
            kinds.append("...")
        other, lead = "another kind" if others == 1 else "other kinds", "leads" if self.dangling == 1 else "lead"
        parts = [
            (others, f"{_count(others, 'file')} of {other} ({', '.join(kinds)})"),
            (self.outside, f"{_count(self.outside, 'picture')} in no class folder"),
            (self.hidden, f"{_count(self.hidden, 'hidden picture')}"),
            (self.dangling, f"{_count(self.dangling, 'link')} that {lead} nowhere"),
        ]
        told = ", ".join(text for count, text in parts if count)
        return f"Not read: {told}." if told else ""


def suffixes() -> frozenset[str]:
    """Return the suffixes, in lower case with their full stop, of the pictures that Pillow opens."""
    known = Image.registered_extensions()  # loads all plugins, so before OPEN is looked at
    return frozenset(suffix for suffix, name in known.items() if name in Image.OPEN and _decodes(name))


def same_name(name: str) -> str:
    """Return a name in the form by which names are compared: NFC, since systems store 'é' in one character or two."""
    return unicodedata.normalize("NFC", name)


def subfolders(folder: Path) -> list[Path]:
    """Return the subfolders by name, without hidden ones and what archives leave behind.

    Raises:
        StudyError: The folder cannot be looked into.
    """
    try:
        return sorted((path for path in folder.iterdir() if path.is_dir() and not _ignored(path.name)), key=_key)
    except OSError as error:
        raise StudyError(f"'{folder}' cannot be read: {error.strerror or error}.") from error


def pictures_below(folder: Path, passed: Passed) -> list[Path]:
    """Return the picture files of a folder and of the folders in it, by name.

    Args:
        folder: Links to folders are followed, once each.
        passed: What is passed over is added to it.
    """
    known = suffixes()
    found: list[Path] = []
    seen: set[str] = set()

    def cannot(error: OSError) -> None:
        passed.unreadable.append(Unreadable(Path(error.filename), error.strerror or str(error)))

    for root, folders, names in os.walk(folder, onerror=cannot, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:  # a link to a folder that is read already, perhaps to one that it lies in
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not _ignored(name))
        found += [path for name in names if _is_picture(path := Path(root, name), known, passed)]
    return sorted(found, key=lambda path: _key(path.relative_to(folder)))


def pass_over(folder: Path, passed: Passed) -> None:
    """Count the files of a folder that lie beside its class folders."""
    known = suffixes()
    passed.outside += sum(_is_picture(path, known, passed) for path in folder.iterdir() if not path.is_dir())


def _is_picture(path: Path, known: frozenset[str], passed: Passed) -> bool:
    """Return whether a file's name is a picture's; count it where it is not."""
    suffix = path.suffix.lower()
    if path.name.lower() in DEBRIS or path.name.startswith("._"):
        return False
    if path.name.startswith("."):
        passed.hidden += suffix in known
        return False
    if not path.exists():
        passed.dangling += 1
        return False
    if suffix in known and path.is_file():
        return True
    passed.suffixes[suffix] += 1
    return False


def _ignored(name: str) -> bool:
    return name.startswith(".") or name.lower() in DEBRIS


def _key(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what paths are sorted by: their names in one form, then as they stand."""
    return tuple(same_name(part) for part in path.parts), path.parts


def _decodes(name: str) -> bool:
    factory = Image.OPEN[name][0]
    is_stub = isinstance(factory, type) and issubclass(factory, ImageFile.StubImageFile)
    return name not in NOT_DECODED and not is_stub


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
