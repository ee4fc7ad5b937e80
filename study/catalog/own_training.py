"""A model that trains itself: its module's `train(run)` and `test(run)`, and the metrics that these tell."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, make_dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from study.errors import USER_CODE_RAISES, StudyError
from study.storable import line, summary
from study.task import COSTS, OF_OWN, DataSpec, Metric

if TYPE_CHECKING:
    from study.space import SearchSpace

TRAIN = "a function `train(run)` that yields metrics, such as {'train/loss': 0.3, 'validation/accuracy': 0.9}"
OF_SPACE = "a space"
"""In place of the module of parameters that no module declares."""
_DIRECTIONS = ("maximize", "minimize")


@dataclass(frozen=True, slots=True)
class OwnTraining:
    """The functions of a model that trains itself; each takes a `study.training.own.run.Run`."""

    train: Callable[[Any], Iterator[Mapping[str, object]]]
    """A generator function: yields metrics after each epoch."""
    test: Callable[[Any], Mapping[str, object]] | None
    """Returns metrics of the test split; called for planned final trials alone, once for each."""


def find_own_training(name: str, module: ModuleType) -> OwnTraining | None:
    """Return the functions of a module that trains itself; None where it has no `train`.

    Raises:
        StudyError: `train` or `test` is no function, or `build` is there besides.
    """
    train, test = getattr(module, "train", None), getattr(module, "test", None)
    if train is None:
        return None
    if not callable(train):
        raise StudyError(f"model {name!r}: `train` is {TRAIN}, not {type(train).__name__}")
    if test is not None and not callable(test):
        raise StudyError(f"model {name!r}: `test` is a function `test(run)`, not {type(test).__name__}")
    if hasattr(module, "build"):
        raise StudyError(
            f"model {name!r} has both `build` and `train`: with `build` this program trains it, with `train` it trains "
            f"itself; keep one of them"
        )
    return OwnTraining(train, test)


def told_metrics(model: str, declared: object, spec: DataSpec) -> tuple[Metric, ...]:
    """Return the metrics that a model which trains itself declares: those that it yields, the objective first.

    Args:
        model: Its name, for errors.
        declared: The module's `metrics`: name -> `maximize`, `minimize` or a `Metric`, or a function of the data that
            returns this; None where there is none.
        spec: The data.

    Raises:
        StudyError: It is something else.
    """
    rule = f"model {model!r}: `metrics`"
    if callable(declared):
        try:
            declared = declared(spec)
        except USER_CODE_RAISES as error:
            raise StudyError(f"{rule} raised {summary(error)}") from error
    if declared is None:
        return ()
    if not isinstance(declared, Mapping):
        raise StudyError(f"{rule} is names with directions, such as {{'perplexity': 'minimize'}}, not {line(declared)}")
    return tuple(_told(rule, name, entry) for name, entry in declared.items())


def _told(rule: str, name: object, entry: object) -> Metric:
    if not isinstance(name, str) or not name or "/" in name or "," in name or ":" in name or name != line(name):
        raise StudyError(f"{rule}: a name is text without slash, colon or comma, not {line(name)!r}")
    if name in COSTS:
        raise StudyError(f"{rule}: {name!r} is what this program counts itself; give yours another name")
    if isinstance(entry, Metric):
        return Metric(name, entry.direction, entry.unit, entry.label)
    if entry not in _DIRECTIONS:
        raise StudyError(f"{rule}: {name!r} goes to 'maximize' or 'minimize', not {line(entry)!r}")
    known = OF_OWN.get(name)
    if known is not None and known.direction == entry:
        return known
    return Metric(name, typing.cast("typing.Any", entry))


def parameters_of(space: SearchSpace) -> type[Any]:
    """Return the parameters of a model that declares none: those that its space tunes, with their defaults."""
    fields = [(name, _hint(domain.default), domain.default) for name, domain in space.domains.items()]
    made = make_dataclass("Params", fields, frozen=True)
    made.__module__ = OF_SPACE
    return made


def _hint(value: object) -> Any:  # noqa: ANN401 - a type hint
    if isinstance(value, tuple):
        return tuple[(_hint(value[0]) if value else int, ...)]  # type: ignore[misc]  # made while it runs
    return type(value)
