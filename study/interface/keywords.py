"""The options of the commands as keywords of Python's functions, and the request that either of them makes.

What an option is and means stands in `study.options` and `study.prepare.request`; here are the names and types alone,
which a type checker sees. A test holds that these are all of them and no others. None, like leaving it out, means that
an option is not given.
"""

from __future__ import annotations

import inspect
import keyword
import operator
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, TypeVar

from study.database import normalised, shown_url
from study.errors import StudyError, nearest
from study.options.option import Option, flag, options_of
from study.prepare.given import check_request
from study.prepare.own_options import AblationRequest, FinalRequest
from study.prepare.request import DEFAULT_STORAGE, Request, stated_options
from study.space import SearchSpace
from study.trial import Plain, Scalar

Names = str | Sequence[str]
"""One name, names separated by commas, or a sequence of names."""
Settings = Mapping[str, Scalar | Sequence[Plain]] | Sequence[str]
"""Name -> value; or texts such as width=24."""
Tries = Settings | Sequence[Mapping[str, Scalar | Sequence[Plain]]]
"""Name -> value of one setting, or several such; or texts such as width=24,dropout=0.1."""
F = TypeVar("F", bound=Callable[..., Any])
NOTIFY_SHOWN = "..."
"""What stands for the command of `--notify` where a command is kept: it may hold a secret address."""


class DataOptions(TypedDict, total=False):
    """How data are read."""

    data_root: str | Path | None
    skip_unreadable: bool | None
    image_size: int | tuple[int, int] | str | None
    cut_validation: bool | None
    grey: bool | None
    target: Names | None
    task: str | None
    impute: str | None
    group: str | None


class _Everywhere(TypedDict, total=False):
    """Options of every function that trains."""

    dataset: str | Path | None
    storage: str | Path | None
    engine: str | None
    workers_per_gpu: int | None
    ray_address: str | None
    cpus_per_trial: float | None
    gpus_per_trial: float | None
    standby: bool | None
    log: str | Path | None
    notify: str | None
    failed: bool | None
    diverged: bool | None
    code_changed: str | None
    timeout_total: float | None
    trial_timeout: float | None
    device: str | None
    workers: int | None


class ResumeOptions(_Everywhere, total=False):
    """Options of `resume`."""

    data_root: str | Path | None
    space: str | Path | None


class FinalOptions(ResumeOptions, total=False):
    """Options of `final`."""

    epochs: int | None
    replicates: int | None
    trial: int | None
    baseline: bool | None
    set: Settings | None


class _Training(DataOptions, _Everywhere, total=False):
    files: str | Path | None
    train_size: int | None
    set: Settings | None
    trials: int | None
    epoch_budget: int | None
    epochs: int | None
    replicates: int | None
    timeout: float | None
    seed: int | None
    objective: Names | None
    metrics: Names | None
    sampler: str | None
    pruner: str | None
    patience: int | None
    split_seed: str | None
    precision: str | None
    reproducible: int | None
    smallest_effect: float | None


class RunOptions(_Training, total=False):
    """Options of `run`."""

    name: str | None
    try_: Tries | None
    prune_tried: bool | None


class AblateOptions(_Training, total=False):
    """Options of `ablate`."""

    name: str | None

    variants: Names | None
    design: str | None
    factors: Names | None
    from_: str | None
    retune: bool | None
    searches: int | None
    withdraw: Names | None


def keyword_of(name: str, stated: Option) -> str:
    """Return an option's name in Python: as it is typed, without hyphens; `from_` for `--from`, `try_` for `--try`."""
    found = flag(name, stated).removeprefix("--").replace("-", "_")
    return f"{found}_" if keyword.iskeyword(found) else found


def request_of(command: str, given: Mapping[str, Any], *, words: str, begun: str) -> Request:
    """Return what a command was asked.

    Args:
        command: Its name.
        given: Field -> value, of whatever is an option of the command; None, and False of a flag, was not given.
        words: The command as it was typed or called, without secrets.
        begun: When it began.

    Raises:
        StudyError: An option cannot have its value.
    """
    options: dict[str, Any] = {}
    for name, stated in stated_options(command).items():
        value = given.get(name)
        if value is None or (stated.kind is bool and not value):
            continue
        options[name] = _parsed(flag(name, stated), stated, value)
    own: dict[str, Any] = {}
    for name, owner in (("ablation", AblationRequest), ("final", FinalRequest)):
        if fields := options_of(owner, command):
            own[name] = owner(**{field: options.pop(field) for field in fields if field in options})
    request = Request.of(**options, **own, command=words, begun=begun)
    check_request(request)
    return request


def given_in_python(command: str, keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return what keywords give: field -> value of its type; what is not given, the environment may give.

    Raises:
        StudyError: There is no such option, or its value has another type.
    """
    options = {keyword_of(name, stated): (name, stated) for name, stated in stated_options(command).items()}
    for word in keywords:
        if word not in options:
            raise StudyError(f"study.{command} has no option {word!r}{nearest(word, options)}")
    found: dict[str, Any] = {}
    for word, (name, stated) in options.items():
        value = keywords.get(word)
        if value is None and stated.environment:
            value = os.environ.get(stated.environment) or None
        if value is not None:
            found[name] = _of_its_kind(word, stated, value)
    if "storage" in found:
        found["storage"] = normalised(found["storage"])
    return found


def as_called(command: str, spaces: Sequence[object], keywords: Mapping[str, object]) -> str:
    """Return a call as the report tells it, a storage's secrets hidden and always said."""
    said = {word: value for word, value in keywords.items() if value is not None}
    storage = said.get("storage") or os.environ.get("STUDY_STORAGE") or DEFAULT_STORAGE
    said["storage"] = shown_url(str(storage))
    if "notify" in said:
        said["notify"] = NOTIFY_SHOWN
    shown = [_as_written(space) for space in spaces]
    words = [shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"] if shown else []
    words += [f"{word}={_as_written(value)}" for word, value in said.items()]
    return " ".join(f"study.{command}({', '.join(words)})".split())


def _as_written(value: object) -> str:
    if isinstance(value, SearchSpace):
        return f"SearchSpace(name={value.name!r}, ...)"
    return repr(str(value) if isinstance(value, Path) else value)


def taking_options(command: str) -> Callable[[F], F]:
    """Give a function the signature and the docstring's list of a command's options, in place of `**options`."""

    def documented(function: F) -> F:
        signature = inspect.signature(function)
        own = [entry for entry in signature.parameters.values() if entry.kind is not entry.VAR_KEYWORD]
        made = [
            inspect.Parameter(keyword_of(name, stated), inspect.Parameter.KEYWORD_ONLY, default=None)
            for name, stated in stated_options(command).items()
        ]
        function.__signature__ = signature.replace(parameters=[*own, *made])  # type: ignore[attr-defined]
        lines = [f"    {keyword_of(name, stated)}: {_told(stated)}" for name, stated in stated_options(command).items()]
        function.__doc__ = "\n".join([inspect.cleandoc(function.__doc__ or ""), "", "Options:", *lines])
        return function

    return documented


def _told(stated: Option) -> str:
    default = stated.default_in_words()
    return stated.help if default is None else f"{stated.help} Default: {default}."


def _parsed(name: str, stated: Option, value: Any) -> Any:  # noqa: ANN401 - whatever an option takes
    """Return the field's value of what was typed, or given as a sequence.

    Raises:
        StudyError: It holds nothing.
    """
    if stated.parse is None:
        return value
    if isinstance(value, str) or stated.kind == list[str]:
        found = stated.parse(value)
    else:
        found = tuple(part for entry in value for part in ((entry,) if "," in entry else stated.parse(entry)))
    if not found:
        raise StudyError(f"{name} takes names separated by commas, not {value!r}")
    return found


def _of_its_kind(word: str, stated: Option, value: Any) -> Any:  # noqa: ANN401 - whatever somebody gives
    """Return a value of Python as what the command line would have parsed.

    Raises:
        StudyError: It has another type.
    """
    try:
        convert: Callable[[Any], Any] = _joined if stated.joined else _CONVERTED.get(stated.kind, _text)
        return convert(value)
    except (TypeError, ValueError) as error:
        kinds = {int: "a whole number", float: "a number", bool: "True or False", Path: "a path"}
        kind = kinds.get(stated.kind, "text" if stated.parse is None else "text or a sequence of it")
        raise StudyError(f"{word} is {kind}, not {_brief(value)}{_remedy(word)}") from error


def _whole(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, bool):
        raise TypeError
    return operator.index(value)


def _number(value: Any) -> float:  # noqa: ANN401
    if isinstance(value, bool | str):
        raise TypeError
    return float(value)


def _flag(value: Any) -> bool:  # noqa: ANN401
    if not isinstance(value, bool):
        raise TypeError
    return value


def _settings(value: Any) -> list[str]:  # noqa: ANN401
    if isinstance(value, Mapping):
        return [f"{name}={tuple(entry) if isinstance(entry, list) else entry}" for name, entry in value.items()]
    if isinstance(value, str) or not all(isinstance(entry, str) for entry in value):
        raise TypeError
    return list(value)


def _joined(value: Any) -> list[str]:  # noqa: ANN401
    """Return a text for each of some settings, of which one alone is a mapping."""
    several = [value] if isinstance(value, Mapping) else value
    if isinstance(several, str):
        raise TypeError
    return [entry if isinstance(entry, str) else ",".join(_settings(entry)) for entry in several]


def _text(value: Any) -> str | tuple[str, ...]:  # noqa: ANN401
    if isinstance(value, str | Path):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # an image size
    if isinstance(value, list | tuple) and all(isinstance(entry, str) for entry in value):
        return tuple(value)
    if isinstance(value, tuple) and all(isinstance(entry, int) for entry in value):
        return "x".join(map(str, value))
    raise TypeError


_CONVERTED: dict[Any, Callable[[Any], Any]] = {
    int: _whole,
    float: _number,
    bool: _flag,
    Path: Path,
    list[str]: _settings,
}


def _brief(value: object) -> str:
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__} of shape {tuple(shape)}" if shape is not None else repr(value)


def _remedy(word: str) -> str:
    if word != "dataset":
        return ""
    return (
        "; data in memory would not be found again when the study goes on: write them to a file "
        "(numpy.savez, to_csv), or give a function that returns them, my_data.py:load"
    )
