"""Finds models by name, in this package or a user's own; nothing has to be registered."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from study.catalog.own_metrics import Declared, own_metrics
from study.catalog.own_training import OF_SPACE, TRAIN, OwnTraining, find_own_training, parameters_of, told_metrics
from study.catalog.source_code import UNKNOWN, Code, code_of
from study.errors import USER_CODE_RAISES, StudyError, nearest
from study.importing import import_module, is_importable
from study.recipe import TRAINING_VERSION, Recipe
from study.space import SearchSpace, plain
from study.storable import summary
from study.task import DataSpec, Metric
from study.trial import Scalar

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Model:
    """A model: its parameters' dataclass, its builder, and what it measures beside the task's metrics.

    One that trains itself has `own` in place of a builder, and no recipe.
    """

    name: str
    params: type[Any]
    build: Callable[[Any, DataSpec], nn.Module]
    measure: Callable[[Tensor, Tensor], Mapping[str, float]] | None = None
    """Outputs (n, outputs) and targets of a split, on the CPU -> numbers by name."""
    declared: Declared | Mapping[str, object] | None = None
    """The data -> metrics of its own by name; of a model that trains itself also these names alone."""
    own: OwnTraining | None = None
    """Its own training; None where it is trained by a recipe."""
    code: Code = field(default=UNKNOWN, compare=False)
    """What it is trained by."""

    @property
    def owners(self) -> tuple[type[Any], ...]:
        """The dataclasses whose fields its hyperparameters are."""
        return (self.params,) if self.own is not None else (Recipe, self.params)

    @property
    def declares(self) -> bool:
        """Whether its hyperparameters are its own, with defaults of their own; else they are those of its space."""
        return self.params.__module__ != OF_SPACE

    def of_space(self, space: SearchSpace) -> Model:
        """Return the model with the space's parameters, where it trains itself and declares none."""
        undeclared = self.own is not None and not fields(self.params)
        return replace(self, params=parameters_of(space)) if undeclared else self

    @property
    def defaults(self) -> dict[str, Scalar]:
        """Default of every field of the recipe and of the model's parameters."""
        defaults: dict[str, Any] = {
            field.name: plain(field.default) for owner in self.owners for field in fields(owner)
        }
        return defaults

    @property
    def types(self) -> dict[str, type]:
        """Type of every field of the recipe and of the parameters; a Literal counts as its values' type.

        That of a tuple is as it was written, `tuple[int, ...]`.
        """
        hints: dict[str, Any] = {}
        for owner in self.owners:
            resolved = typing.get_type_hints(owner)
            hints |= {field.name: resolved[field.name] for field in fields(owner)}
        return {
            name: type(typing.get_args(hint)[0]) if typing.get_origin(hint) is typing.Literal else hint
            for name, hint in hints.items()
        }

    def own_metrics(self, spec: DataSpec) -> tuple[Metric, ...]:
        """Return the metrics that the model declares for the data, each with what computes it.

        Raises:
            StudyError: What it declares is no metric.
        """
        if self.own is not None:
            return told_metrics(self.name, self.declared, spec)
        declared: Any = self.declared  # a function: `load_model` has seen to that
        return own_metrics(self.name, declared, spec)

    def split(self, configuration: Mapping[str, Scalar]) -> tuple[Recipe, Any]:
        """Return the recipe and the model's parameters that a configuration describes; both check themselves.

        A model that trains itself has no recipe: its is the default, which nothing is trained by.

        Raises:
            StudyError: A value that one of them refuses, or a parameter that it does not have.
        """
        ours = {field.name for field in fields(Recipe)} if self.own is None else set()
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
    """Return whether a parameter may be of a type: a plain one, or a tuple of such, nested once at most."""
    if typing.get_origin(kind) is tuple:
        return depth > 0 and all(entry is ... or is_parameter(entry, depth - 1) for entry in typing.get_args(kind))
    return kind in (bool, int, float, str)


def load_model(name: str) -> Model:
    """Load a model: a module of `study.models`, or any importable one with `Params` and `build`, or with `train`.

    It may have `measure` and `metrics` besides; with `train`, also `test`, and need not have `Params`.

    Raises:
        StudyError: There is none, or it lacks what a model needs.
    """
    models = importlib.import_module("study.models")
    ours = [module.name for module in pkgutil.iter_modules(models.__path__) if not module.ispkg]
    if name in ours:
        module = importlib.import_module(f"study.models.{name}")
    elif not is_importable(name):
        raise StudyError(
            f"a model is one of {', '.join(ours)}, or an importable module, not {name!r}{nearest(name, ours)}"
        )
    else:
        module = import_module(name, f"model {name!r}")
    params, build = getattr(module, "Params", None), getattr(module, "build", None)
    own = find_own_training(name, module)
    if own is not None:
        params, build = _Undeclared if params is None else params, functools.partial(_refuse_to_build, name)
    if not (isinstance(params, type) and is_dataclass(params)) or not callable(build):
        raise StudyError(
            f"a model's module has a dataclass `Params` and a function `build(params, data)`, or {TRAIN}; {name!r} has "
            f"not"
        )
    _refuse_classes(name, build)
    measure, declared = getattr(module, "measure", None), getattr(module, "metrics", None)
    if own is not None:
        model = Model(name, params, build, None, declared, own, code=code_of(module, 0))
        return _checked(model)
    if measure is not None and not callable(measure):
        raise StudyError(f"a model's `measure` is a function `measure(outputs, targets)`; that of {name!r} is not")
    if declared is not None and not callable(declared):
        raise StudyError(f"a model's `metrics` is a function `metrics(data)`; that of {name!r} is not")
    return _checked(Model(name, params, build, measure, declared, code=code_of(module, TRAINING_VERSION)))


@dataclass(frozen=True)
class _Undeclared:
    """The parameters of a model that trains itself and declares none: those of its space."""


def _refuse_to_build(name: str, *_: object) -> nn.Module:
    raise StudyError(f"model {name!r} trains itself, so that there is no network of it that this program could build")


def _checked(model: Model) -> Model:
    """Return a model whose parameters have plain types, defaults, and names of their own.

    Raises:
        StudyError: They have not.
    """
    name, params = model.name, model.params
    for parameter, kind in model.types.items():
        if not is_parameter(kind):
            raise StudyError(
                f"model {name!r}: {parameter!r} is of type {kind}; a parameter is bool, int, float, str, a Literal, "
                f"or a tuple of these such as tuple[int, ...]"
            )
    without = [field.name for field in fields(params) if field.default is MISSING]
    ours = {field.name for owner in model.owners if owner is not params for field in fields(owner)}
    shared = sorted({field.name for field in fields(params)} & ours)
    if without or shared:
        problem = f"{without[0]!r} has no default" if without else f"{shared[0]!r} is also a field of the recipe"
        raise StudyError(f"model {name!r}: {problem}")
    return model


def _refuse_classes(name: str, build: Callable[..., Any]) -> None:
    """Refuse a `build` that was written for a number of classes, which is a description of the data now.

    Raises:
        StudyError: Its second parameter is called `classes`.
    """
    try:
        parameters = list(inspect.signature(build).parameters)
    except (TypeError, ValueError):  # of something built in
        return
    if len(parameters) > 1 and parameters[1] in ("classes", "n_classes", "num_classes"):
        raise StudyError(
            f"model {name!r}: `build(params, {parameters[1]})` takes a description of the data now: write "
            f"`build(params, data)`, and data.outputs for the number of classes (data.shape is an input's shape)"
        )
