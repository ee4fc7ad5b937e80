"""Finds spaces by name, in this package or a user's own; nothing has to be registered."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace
from pathlib import Path

import search_spaces
from study.errors import StudyError, nearest
from study.importing import import_module, is_importable, load_file
from study.paths import expanded
from study.space import SearchSpace


def space_names() -> list[str]:
    """Return the names of the spaces that come with the program: those of their modules, with hyphens."""
    return sorted(_modules())


def _modules() -> dict[str, str]:
    """Return the module of each space that comes with the program, by the space's name."""
    modules = pkgutil.iter_modules(search_spaces.__path__)
    names = (module.name for module in modules if not module.ispkg and module.name != "common")
    return {name.replace("_", "-"): f"search_spaces.{name}" for name in names}


def load_space(source: str) -> SearchSpace:
    """Load a space.

    Args:
        source: A name of `space_names()`, a path ending in `.py` whose module has `SPACE`, or `package.module:NAME`.

    Raises:
        StudyError: There is no such space, or loading it fails.
    """
    if source.endswith(".py"):
        found, beside = getattr(load_file(expanded(source)), "SPACE", None), str(expanded(source))
    elif ":" in source:
        module, _, attribute = source.partition(":")
        found, beside = getattr(import_module(module, f"space {source!r}"), attribute, None), module
    elif source in (modules := _modules()):
        found, beside = importlib.import_module(modules[source]).SPACE, modules[source]
    else:
        names = space_names()
        raise StudyError(
            f"a space is one of {', '.join(names)}, a file such as my_space.py, or my_package.my_module:SPACE, "
            f"not {source!r}{nearest(source, names)}"
        )
    if not isinstance(found, SearchSpace):
        raise StudyError(f"{source} has no SearchSpace{'' if ':' in source else ' named SPACE'}")
    return found if found.model else replace(found, model=_module_of(beside))


def _module_of(place: str) -> str:
    """Return the name by which workers import the module that a space stands in.

    Raises:
        StudyError: A file's name is none, or is that of another module.
    """
    if not place.endswith(".py"):
        return place
    path = Path(place)
    name = path.stem
    if not is_importable(name):
        raise StudyError(f"{place} holds its model too, so that its name has to be one of Python's, as my_model.py is")
    found = import_module(name, f"model {name!r}").__file__
    if found is None or Path(found).resolve() != path.resolve():
        raise StudyError(f"{path.name} has the name of a module of Python or of a library, {found}; rename it")
    return name


def portable_source(source: str) -> str:
    """Return the source such that it is found again from any folder: a file's path becomes absolute."""
    return str(expanded(source).resolve()) if source.endswith(".py") else source
