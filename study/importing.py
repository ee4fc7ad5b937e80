"""Imports a user's modules, by name or from a file, with whatever goes wrong in one sentence."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import sysconfig
import traceback
from pathlib import Path
from types import ModuleType
from weakref import WeakKeyDictionary

from study.errors import USER_CODE_RAISES, StudyError
from study.storable import summary
from study.trial import fingerprint

PROGRAM = ("study", "search_spaces", "reports")
"""This program's own packages."""
_LIBRARIES = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib"))
"""Folders of what is installed."""

_folders: set[Path] = set()
"""Whose modules were made importable."""
_seen: WeakKeyDictionary[ModuleType, tuple[int, int]] = WeakKeyDictionary()
"""A user's module -> when its file was written, in nanoseconds, and its bytes, as it was imported."""


def forget_changed() -> list[str]:
    """Forget the user's modules that are not what their files hold now, so that they are imported anew.

    For processes that live longer than one command, as a notebook's kernel does. Of a module in the working folder that
    somebody else imported it is not known what it was made of: it is forgotten too.

    Returns:
        Names of those whose files were written since.
    """
    changed = []
    beside = {*_folders, Path.cwd()}
    for name, module, path in _users_modules():
        if module in _seen and _seen[module] != _signature(path):
            changed.append(name)
        if name in changed or (module not in _seen and path.parent in beside):
            sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return changed


def remember_imported() -> None:
    """Remember what the user's modules that are loaded were made of."""
    for _, module, path in _users_modules():
        if module not in _seen:
            _seen[module] = _signature(path)


def users_folders() -> list[Path]:
    """Return the folders whose modules are made importable now, as absolute paths."""
    return sorted(folder for folder in _folders if str(folder) in sys.path)


def is_installed(path: Path) -> bool:
    """Return whether a file belongs to Python or to an installed library."""
    return any(path.resolve().is_relative_to(folder) for folder in _LIBRARIES)


def _users_modules() -> list[tuple[str, ModuleType, Path]]:
    """Return name, module and file of what was imported from files of the user's own."""
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not file.endswith(".py") or name.split(".")[0] in ("__main__", *PROGRAM):
            continue
        path = Path(file)
        if path.is_file() and not is_installed(path):
            found.append((name, module, path))
    return found


def _signature(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def is_importable(name: str) -> bool:
    """Return whether a module's name is one, and its package is there."""
    if not all(part.isidentifier() for part in name.split(".")):
        return False
    try:
        return importlib.util.find_spec(name.split(".")[0]) is not None
    except (ImportError, ValueError):  # the running program itself has no specification
        return False


def load_file(path: Path, what: str = "space file") -> ModuleType:
    """Return the module of a user's file; its neighbours can be imported from then on, in workers too.

    Args:
        path: The file.
        what: What it is, for errors.

    Raises:
        StudyError: There is no such file, or it raises something.
    """
    if not path.is_file():
        raise StudyError(f"there is no {what} {path}")
    make_importable(path.resolve().parent)
    # A name of its own: another file of that name, or a library's module, must not answer for it.
    name = f"space_{fingerprint(str(path.resolve()))[:16]}"
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise StudyError(f"{what} {path} cannot be imported: it is no Python file")
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except StudyError:
        raise
    except USER_CODE_RAISES as error:
        raise StudyError(f"{what} {path} cannot be imported: {summary(error)}{raised_at(error, path)}") from error
    return module


def raised_at(error: BaseException, path: Path) -> str:
    """Return where in a user's file an exception came from, to go on a sentence with: ` (my_data.py, line 12)`."""
    number = _line_in(error, path)
    return f" ({path.name}, line {number})" if number else ""


def place_of(error: BaseException, path: Path) -> str:
    """Return where in a user's file an exception came from, to begin a sentence with: `my_data.py, line 12: `."""
    number = _line_in(error, path)
    return f"{path.name}, line {number}: " if number else ""


def _line_in(error: BaseException, path: Path) -> int | None:
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).name == path.name and Path(frame.filename).resolve() == path.resolve()
    ]
    return lines[-1] if lines else None


def make_importable(folder: Path) -> None:
    """Make the modules of a user's folder importable, in workers too: after Python's own, before installed ones.

    A neighbour named as one of Python's own modules (`random.py`, say) would end every worker as it starts.

    Raises:
        StudyError: One of them has the name of a package of this program, and would take its place in workers.
    """
    _folders.add(folder)
    if str(folder) in sys.path:
        return
    for package in PROGRAM:
        for file in (folder / f"{package}.py", folder / package / "__init__.py"):
            if file.is_file() and file.resolve() != (Path(__file__).parents[2] / package / "__init__.py").resolve():
                raise StudyError(f"{file} has the name of a package of this program; rename it")
    installed = [n for n, entry in enumerate(sys.path) if Path(entry).name in ("site-packages", "dist-packages")]
    sys.path.insert(installed[0] if installed else len(sys.path), str(folder))


def import_module(module: str, what: str) -> ModuleType:
    """Return an importable module, one of the working folder's too.

    Args:
        module: Its name.
        what: What it is imported as, for errors: "model 'mine'".

    Raises:
        StudyError: It raises something.
    """
    if "" not in sys.path:
        make_importable(Path.cwd())
    try:
        return importlib.import_module(module)
    except StudyError:
        raise
    except USER_CODE_RAISES as error:
        raise StudyError(f"{what} cannot be imported: {summary(error)}") from error
