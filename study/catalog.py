"""Finds spaces and models by name, in this package or a user's own; nothing has to be registered."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import search_spaces
from study.errors import USER_CODE_RAISES, StudyError, nearest
from study.paths import expanded
from study.recipe import TRAINING_VERSION, Recipe
from study.source_code import UNKNOWN, Code, code_of
from study.space import SearchSpace, plain
from study.storable import summary
from study.trial import Scalar, fingerprint

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Model:
    """A model: its parameters' dataclass, its builder, and what it measures beside accuracy."""

    name: str
    params: type[Any]
    build: Callable[[Any, int], nn.Module]
    measure: Callable[[Tensor, Tensor], Mapping[str, float]] | None = None
    """Logits (n, classes) and labels (n,) of the validation split, float32 and int64 on the CPU -> metrics by name."""
    code: Code = field(default=UNKNOWN, compare=False)
    """What it is trained by."""

    @property
    def defaults(self) -> dict[str, Scalar]:
        """Default of every field of the recipe and of the model's parameters."""
        defaults: dict[str, Any] = {
            field.name: plain(field.default) for owner in (Recipe, self.params) for field in fields(owner)
        }
        return defaults

    @property
    def types(self) -> dict[str, type]:
        """Type of every field of the recipe and of the parameters; a Literal counts as its values' type.

        That of a tuple is as it was written, `tuple[int, ...]`.
        """
        hints: dict[str, Any] = {}
        for owner in (Recipe, self.params):
            resolved = typing.get_type_hints(owner)
            hints |= {field.name: resolved[field.name] for field in fields(owner)}
        return {
            name: type(typing.get_args(hint)[0]) if typing.get_origin(hint) is typing.Literal else hint
            for name, hint in hints.items()
        }

    def split(self, configuration: Mapping[str, Scalar]) -> tuple[Recipe, Any]:
        """Returns the recipe and the model's parameters that a configuration describes; both check themselves.

        Raises:
            StudyError: A value that one of them refuses, or a parameter that it does not have.
        """
        ours = {field.name for field in fields(Recipe)}
        recipe: dict[str, Any] = {name: value for name, value in configuration.items() if name in ours}
        params = {name: value for name, value in configuration.items() if name not in ours}
        try:
            return Recipe(**recipe), self.params(**params)
        except StudyError:
            raise
        except USER_CODE_RAISES as error:
            given = ", ".join(f"{name}={value!r}" for name, value in params.items())
            raise StudyError(f"model {self.name!r} refuses {given}: {summary(error)}") from error


def is_parameter(kind: Any, depth: int = 2) -> bool:  # noqa: ANN401 - a type hint
    """Whether a parameter may be of a type: a plain one, or a tuple of such, nested once at most."""
    if typing.get_origin(kind) is tuple:
        return depth > 0 and all(entry is ... or is_parameter(entry, depth - 1) for entry in typing.get_args(kind))
    return kind in (bool, int, float, str)


def space_names() -> list[str]:
    """Names of the spaces that come with the program."""
    modules = pkgutil.iter_modules(search_spaces.__path__)
    return sorted(module.name for module in modules if module.name != "common")


def load_space(source: str) -> SearchSpace:
    """Loads a space.

    Args:
        source: A name of `space_names()`, a path ending in `.py` whose module has `SPACE`, or `package.module:NAME`.

    Raises:
        StudyError: There is no such space, or loading it fails.
    """
    if source.endswith(".py"):
        found = getattr(_load_file(expanded(source)), "SPACE", None)
    elif ":" in source:
        module, _, attribute = source.partition(":")
        found = getattr(_import(module, f"space {source!r}"), attribute, None)
    elif source in space_names():
        found = importlib.import_module(f"search_spaces.{source}").SPACE
    else:
        names = space_names()
        raise StudyError(
            f"a space is one of {', '.join(names)}, a file such as my_space.py, or my_package.my_module:SPACE, "
            f"not {source!r}{nearest(source, names)}"
        )
    if not isinstance(found, SearchSpace):
        raise StudyError(f"{source} has no SearchSpace{'' if ':' in source else ' named SPACE'}")
    return found


def portable_source(source: str) -> str:
    """Returns the source such that it is found again from any folder: a file's path becomes absolute."""
    return str(expanded(source).resolve()) if source.endswith(".py") else source


def load_model(name: str) -> Model:
    """Loads a model: a module of `study.models`, or any importable module with `Params`, `build`, maybe `measure`.

    Raises:
        StudyError: There is none, or it lacks what a model needs.
    """
    models = importlib.import_module("study.models")
    ours = [module.name for module in pkgutil.iter_modules(models.__path__)]
    if name in ours:
        module = importlib.import_module(f"study.models.{name}")
    elif not _importable(name):
        raise StudyError(
            f"a model is one of {', '.join(ours)}, or an importable module, not {name!r}{nearest(name, ours)}"
        )
    else:
        module = _import(name, f"model {name!r}")
    params, build = getattr(module, "Params", None), getattr(module, "build", None)
    if not (isinstance(params, type) and is_dataclass(params)) or not callable(build):
        raise StudyError(
            f"a model's module has a dataclass `Params` and a function `build(params, classes)`; {name!r} has not"
        )
    measure = getattr(module, "measure", None)
    if measure is not None and not callable(measure):
        raise StudyError(f"a model's `measure` is a function `measure(logits, labels)`; that of {name!r} is not")
    model = Model(name, params, build, measure, code_of(module, TRAINING_VERSION))
    for parameter, kind in model.types.items():
        if not is_parameter(kind):
            raise StudyError(
                f"model {name!r}: {parameter!r} is of type {kind}; a parameter is bool, int, float, str, a Literal, "
                f"or a tuple of these such as tuple[int, ...]"
            )
    without = [field.name for field in fields(params) if field.default is MISSING]
    shared = sorted({field.name for field in fields(params)} & {field.name for field in fields(Recipe)})
    if without or shared:
        problem = f"{without[0]!r} has no default" if without else f"{shared[0]!r} is also a field of the recipe"
        raise StudyError(f"model {name!r}: {problem}")
    return model


def _importable(name: str) -> bool:
    """Whether a module's name is one, and its package is there."""
    if not all(part.isidentifier() for part in name.split(".")):
        return False
    try:
        return importlib.util.find_spec(name.split(".")[0]) is not None
    except (ImportError, ValueError):  # the running program itself has no specification
        return False


def _load_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise StudyError(f"there is no space file {path}")
    _make_importable(path.resolve().parent)
    # A name of its own: another file of that name, or a library's module, must not answer for it.
    name = f"space_{fingerprint(str(path.resolve()))[:16]}"
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise StudyError(f"space file {path} cannot be imported: it is no Python file")
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except StudyError:
        raise
    except USER_CODE_RAISES as error:
        raise StudyError(f"space file {path} cannot be imported: {summary(error)}") from error
    return module


def _make_importable(folder: Path) -> None:
    """Makes the modules of a user's folder importable, in workers too: after Python's own, before installed ones.

    A neighbour named as one of Python's own modules (`random.py`, say) would end every worker as it starts.

    Raises:
        StudyError: One of them has the name of a package of this program, and would take its place in workers.
    """
    if str(folder) in sys.path:
        return
    for package in ("study", "search_spaces", "reports"):
        for file in (folder / f"{package}.py", folder / package / "__init__.py"):
            if file.is_file() and file.resolve() != (Path(__file__).parents[1] / package / "__init__.py").resolve():
                raise StudyError(f"{file} has the name of a package of this program; rename it")
    installed = [n for n, entry in enumerate(sys.path) if Path(entry).name in ("site-packages", "dist-packages")]
    sys.path.insert(installed[0] if installed else len(sys.path), str(folder))


def _import(module: str, what: str) -> ModuleType:
    if "" not in sys.path:
        _make_importable(Path.cwd())
    try:
        return importlib.import_module(module)
    except StudyError:
        raise
    except USER_CODE_RAISES as error:
        raise StudyError(f"{what} cannot be imported: {summary(error)}") from error
