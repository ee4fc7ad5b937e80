"""Checks names and values that are given for a model's fields: by a space, a variant, or `--set`."""

from __future__ import annotations

import ast
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from study.ablation.fitting import is_ours, misfit
from study.catalog import Model
from study.errors import StudyError, nearest
from study.plan import Plan
from study.recipe import DEFAULTS, USED_BY, idle_in_words, meaningless, unused
from study.space import Choice, Float, Int, SearchSpace, active, plain
from study.task import DataSpec
from study.trial import Scalar, differences, fingerprint


def check_space(space: SearchSpace, model: Model) -> None:
    """Check every domain, start and variant against the model's fields.

    Raises:
        StudyError: A name the model does not have, a value of the wrong type, a start that cannot be trained, or a
            variant that changes nothing.
    """
    _check_domains(space, model)
    for number, start in enumerate(space.starts, start=1):
        try:
            model.split(_configuration(space, model, start))
        except StudyError as error:
            raise StudyError(f"space {space.name!r}, start {number} cannot be trained: {error}") from error
    _check_variants(space, model)
    if space.size is not None:
        _check_name(f"Space {space.name!r} grows by", space.size, model)
        if model.types[space.size] is not int:
            kind = type_name(model.types[space.size])
            raise StudyError(f"Space {space.name!r} grows by a whole number, not by {space.size!r}, a {kind}")
    model.split(_configuration(space, model, {}))


def parse_values(given: Iterable[str], space: SearchSpace, model: Model) -> dict[str, Scalar]:
    """Parse `--set name=value` by the type of the field.

    Raises:
        StudyError: Not of that form, no such field, the wrong type, or a value that no training could use.
    """
    parsed: dict[str, Scalar] = {}
    for entry in given:
        name, text = _name_and_text("--set", "fixes", entry, model)
        if name in parsed:
            raise StudyError(f"--set fixes {name!r} once, not to {parsed[name]} and to {text} as well")
        parsed[name] = _parse_value("--set", name, text, model.types[name])
    for name in parsed:
        domain = space.domains.get(name)
        for other, values in domain.when.items() if domain else ():
            if other in parsed and parsed[other] not in values:
                allowed = " or ".join(map(str, values))
                raise StudyError(
                    f"--set {name}={parsed[name]} has no effect with {other}={parsed[other]}: needs {allowed}"
                )
    model.split(_configuration(space, model, parsed))
    return parsed


def parse_try(given: str, model: Model) -> dict[str, Scalar]:
    """Parse `--try name=value,name=value` by the types of the fields.

    A comma parts two settings where a name and `=` follow it; any other one belongs to a value, as in
    `channels=64,32,dropout=0.1`.

    Raises:
        StudyError: Not of that form, no such field, or the wrong type.
    """
    parsed: dict[str, Scalar] = {}
    for entry in re.split(r",(?=\s*[^\W\d]\w*\s*=)", given):
        name, text = _name_and_text("--try", "gives", entry, model)
        if name in parsed:
            raise StudyError(f"--try gives {name!r} once, not {parsed[name]} and {text} as well")
        parsed[name] = _parse_value("--try", name, text, model.types[name])
    return parsed


def held_values(
    space: SearchSpace, model: Model, data: DataSpec, fixed: Mapping[str, Scalar]
) -> dict[str, tuple[Scalar, str]]:
    """Return the options of the recipe that a space tunes without a use, each with its default and why it has none.

    The data have no use for them, or no optimizer that the study trains with has. A model that trains itself has no
    recipe.

    Args:
        space: What is tuned.
        model: The space's.
        data: What is learned.
        fixed: What is not tuned.
    """
    if model.own is not None:
        return {}
    optimizers = optimizers_of(space, fixed)
    tuned = space.without({"optimizer": optimizers[0]} if len(optimizers) == 1 else {})
    idle = {name: reason for name, reason in unused(*optimizers).items() if name in tuned}
    reasons = idle | {name: reason for name, reason in meaningless(data).items() if name in space.domains}
    return {name: (getattr(DEFAULTS, name), reason) for name, reason in reasons.items()}


def optimizers_of(space: SearchSpace, fixed: Mapping[str, Scalar]) -> list[Scalar]:
    """Return the optimizers that the trials of a study's search may have."""
    if "optimizer" not in fixed and (domain := space.domains.get("optimizer")) is not None:
        return list(domain.grid(2))
    return [fixed.get("optimizer", DEFAULTS.optimizer)]


def refuse_idle(space: SearchSpace, model: Model, given: Mapping[str, Scalar]) -> None:
    """Check that an optimizer of the study uses every option that `--set` gives another value than its default.

    Raises:
        StudyError: None does.
    """
    if model.own is not None:
        return
    for name, reason in unused(*optimizers_of(space, given)).items():
        if name in given and given[name] != getattr(DEFAULTS, name):
            raise StudyError(f"--set {idle_in_words(name, given[name], reason)}")


def partly_idle(plan: Plan) -> dict[str, tuple[list[Scalar], list[Scalar]]]:
    """Return the options that are tuned with optimizers of which some do not use them.

    Returns:
        Option -> the optimizers that use it and those that do not; a domain's condition is heeded.
    """
    if plan.model.own is not None:
        return {}
    found: dict[str, tuple[list[Scalar], list[Scalar]]] = {}
    for name in (name for name in plan.domains if name in USED_BY):
        condition = plan.domains[name].when.get("optimizer")
        optimizers = [one for one in optimizers_of(plan.space, plan.fixed) if condition is None or one in condition]
        others = [one for one in optimizers if one not in USED_BY[name]]
        if others:
            found[name] = [one for one in optimizers if one not in others], others
    return found


def check_data(plan: Plan) -> None:
    """Check that a study's data can have its baseline, and the ends of its domains as far as they are this program's.

    Raises:
        StudyError: They cannot: what a network reads, and the data, have other shapes, or an option has no meaning.
    """
    if (reason := misfit(plan, plan.baseline)) is not None:
        raise StudyError(reason)
    tried = {"translation"}
    if is_ours(plan.model):  # a user's own may take any time
        tried |= plan.model.defaults.keys() - asdict(DEFAULTS).keys()
    defaults = {name: domain.default for name, domain in plan.domains.items()}
    for name, domain in plan.domains.items():
        for value in domain.grid(2) if name in tried else ():
            enabling = {key: entry for key, entry in _enabling(plan.space, name).items() if key in plan.domains}
            reason = misfit(plan, plan.configuration({**defaults, **enabling, name: value}))
            if reason is not None:
                raise StudyError(f"space {plan.space.name!r} tunes {name} to {value!r}, which cannot be here: {reason}")


def _check_domains(space: SearchSpace, model: Model) -> None:
    for name, domain in space.domains.items():
        _check_name(f"Space {space.name!r} tunes", name, model)
        for value in domain.choices if isinstance(domain, Choice) else (domain.default,):
            _check_type(f"Space {space.name!r}", name, value, model)
        if (isinstance(domain, Float) and model.types[name] is not float) or (
            isinstance(domain, Int) and model.types[name] is not int
        ):
            raise StudyError(
                f"Space {space.name!r}: {name!r} is of type {type_name(model.types[name])}, "
                f"which {'an' if isinstance(domain, Int) else 'a'} {type(domain).__name__} cannot tune"
            )
        for value in domain.grid(2):
            try:
                model.split(_configuration(space, model, {**_enabling(space, name), name: value}))
            except StudyError as error:
                raise StudyError(f"space {space.name!r}, domain {name!r}: {error}") from error


def _check_variants(space: SearchSpace, model: Model) -> None:
    defaults = _configuration(space, model, {})
    named: dict[str, str] = {}
    for variant in space.variants:
        for name, value in variant.changes.items():
            _check_name(f"Variant {variant.name!r} changes", name, model)
            _check_type(f"Variant {variant.name!r}", name, value, model)
        if not differences(variant.changes, defaults):
            raise StudyError(f"Variant {variant.name!r} changes nothing: the baseline already has {variant.changes!r}")
        try:
            model.split(_configuration(space, model, variant.changes))
        except StudyError as error:
            raise StudyError(f"Variant {variant.name!r} cannot be trained: {error}") from error
        twin = named.setdefault(fingerprint(_configuration(space, model, variant.changes)), variant.name)
        if twin != variant.name:
            raise StudyError(f"Variants {twin!r} and {variant.name!r} are the same configuration; keep one of them")
    _check_names(space)


def _check_names(space: SearchSpace) -> None:
    """Check that `--variants A,B` can tell the variants apart.

    Raises:
        StudyError: It cannot.
    """
    names = [variant.name for variant in space.variants]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise StudyError(f"Space {space.name!r} has {names.count(repeated[0])} variants named {repeated[0]!r}")
    if odd := [name for name in names if not name or "," in name or name != name.strip()]:
        raise StudyError(
            f"Space {space.name!r} names a variant {odd[0]!r}; a name has no comma and no blank at its ends"
        )


def _configuration(space: SearchSpace, model: Model, changes: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return the defaults with changes, without the values whose condition does not hold then."""
    values = {name: domain.default for name, domain in space.domains.items()} | dict(changes)
    return model.defaults | active(values, space.domains)


def _enabling(space: SearchSpace, name: str) -> dict[str, Scalar]:
    """Return values of other parameters under which a domain is active."""
    values: dict[str, Scalar] = {}
    for other, allowed in space.domains[name].when.items():
        values |= {**_enabling(space, other), other: allowed[0]}
    return values


def _check_name(who: str, name: str, model: Model) -> None:
    if name not in model.types:
        raise StudyError(f"{who} {name!r}, which model {model.name!r} does not have{nearest(name, model.types)}")


def type_name(kind: type) -> str:
    """Return a field's type as it is written: `int`, `tuple[int, ...]`."""
    return str(kind) if typing.get_origin(kind) is tuple else kind.__name__


def _check_type(who: str, name: str, value: Scalar, model: Model) -> None:
    wanted = model.types[name]
    if not _fits(value, wanted):
        raise StudyError(f"{who}: {name!r} is of type {type_name(wanted)}, not {type(value).__name__} ({value!r})")


def _fits(value: object, wanted: type) -> bool:
    if typing.get_origin(wanted) is not tuple:
        return type(value) is wanted or (wanted is float and type(value) is int)
    kinds = typing.get_args(wanted)
    if not isinstance(value, tuple):
        return False
    if kinds[-1:] == (...,):
        kinds = kinds[:1] * len(value)
    return len(value) == len(kinds) and all(map(_fits, value, kinds))


def _name_and_text(option: str, does: str, entry: str, model: Model) -> tuple[str, str]:
    """Return the two sides of `name=value`.

    Raises:
        StudyError: There are no two, or the model has no such field.
    """
    name, separator, text = entry.partition("=")
    name = name.strip()
    if not separator:
        raise StudyError(f"{option} takes name=value, not {entry!r}")
    _check_name(f"{option} {does}", name, model)
    return name, text


def _parse_value(option: str, name: str, text: str, wanted: type) -> Scalar:
    try:
        found = _parsed(text, wanted)
    except (ValueError, KeyError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        kinds = {bool: "true or false", int: "an integer", float: "a number"}
        kind = kinds.get(wanted, f"a {type_name(wanted)}")
        raise StudyError(f"{option} {name} takes {kind}, not {text!r}") from error
    return found


def _parsed(text: str, wanted: type) -> Scalar:
    """Return a value of the type; a tuple is written `64,32`, or as in Python."""
    if typing.get_origin(wanted) is tuple:
        return _parsed_tuple(text, wanted)
    if wanted is bool:
        return {"true": True, "false": False}[text.lower()]
    return wanted(text)  # type: ignore[no-any-return]


def _parsed_tuple(text: str, wanted: type) -> Scalar:
    kinds = typing.get_args(wanted)
    if text.lstrip().startswith(("(", "[")) or typing.get_origin(kinds[0]) is tuple:
        value = plain(ast.literal_eval(text))
    else:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        each = kinds[:1] * len(parts) if kinds[-1:] == (...,) else kinds
        value = tuple(_parsed(part, kind) for part, kind in zip(parts, each, strict=True))
    if not _fits(value, wanted):
        raise ValueError(f"{value!r} is no {wanted}")
    return value  # type: ignore[no-any-return]
