"""Spaces that were given as objects: kept as a file beside the database, from which their studies go on."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from study.database import folder_of
from study.errors import StudyError
from study.importing import is_installed
from study.interface.watching import Say
from study.space import SearchSpace


def declared_source(space: SearchSpace, storage: str) -> str:
    """Return the file in which a space is kept: of one name, those that search otherwise are other files."""
    name = "".join(letter if letter.isalnum() else "_" for letter in space.name)
    return str((folder_of(storage) / "spaces" / f"{name}_{space.hash[:8]}.py").resolve())


def write_space(space: SearchSpace, source: str, say: Say) -> None:
    """Write a space to its file, unless it is there as it is.

    Args:
        space: The space.
        source: As `declared_source` returns it.
        say: Told where it is.

    Raises:
        StudyError: It cannot be written.
    """
    path, text = Path(source), as_module(space)
    try:
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StudyError(f"the space {space.name!r} cannot be kept in {path}: {error.strerror}") from error
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    say(f"space {space.name!r} is kept in {shown}, from which its study goes on")


def as_module(space: SearchSpace) -> str:
    """Return a space as the source of a module that has it as `SPACE`."""
    domains = "".join(f"        {name!r}: {domain!r},\n" for name, domain in space.domains.items())
    variants = "".join(f"        {variant!r},\n" for variant in space.variants)
    starts = f"    starts={space.starts!r},\n" if space.starts else ""
    rest = "".join(f"    {name}={getattr(space, name)!r},\n" for name in ("published", "claims", "size"))
    folder = _folder_of_module(space.model)
    place = f"\nsys.path.append({str(folder)!r})  # where its model was\n" if folder else ""
    return (
        f'"""A search space as it was given to Python; kept so that its study goes on."""\n\n'
        f"{'import sys' + chr(10) if place else ''}"
        f"from study.space import Choice, Float, Int, Published, SearchSpace, Variant\n{place}\n"
        f"SPACE = SearchSpace(\n    name={space.name!r},\n    model={space.model!r},\n"
        f"    domains={{\n{domains}    }},\n    variants=(\n{variants}    ),\n{starts}{rest})\n"
    )


def _folder_of_module(name: str) -> Path | None:
    """Return the folder from which a module of the user's own is imported; None of installed ones."""
    module = sys.modules.get(name.split(".")[0])
    specification = module.__spec__ if module is not None else importlib.util.find_spec(name.split(".")[0])
    if specification is None or specification.origin is None:
        return None
    file = Path(specification.origin).resolve()
    if is_installed(file):
        return None
    return file.parent.parent if file.name == "__init__.py" else file.parent
