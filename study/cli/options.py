"""The commands' arguments, and their options: made from the fields of `Request`, `DataOptions` and their like."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from study.options.data import DataOptions
from study.options.option import Option, flag, options_of
from study.prepare.request import DEFAULT_STORAGE, Request, stated_options

Spaces = Annotated[
    list[str], typer.Argument(help="Names (see `spaces`), files, or package.module:SPACE.", metavar="SPACE...")
]
Studies = Annotated[
    list[str] | None, typer.Argument(help="Names such as cnn@mnist; none means all.", metavar="[STUDY]...")
]
OneStudy = Annotated[str, typer.Argument(help="A name such as cnn@mnist.", metavar="STUDY")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON; its keys are in docs/commands.md.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be trained, and write nothing.")]


def taking_a_request(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command every option that is stated for its name, in place of its parameter `request`.

    The command is called with the request that they make.
    """
    name = command.__name__
    signature = inspect.signature(command, eval_str=True)
    stated = stated_options(name)
    own = [parameter for parameter in signature.parameters.values() if parameter.name != "request"]
    arguments = [parameter for parameter in own if parameter.default is parameter.empty or parameter.name == "studies"]
    rest = [parameter for parameter in own if parameter not in arguments]
    made = [_parameter(field, entry) for field, entry in stated.items()]

    @wraps(command)
    def called(*words: Any, **given: Any) -> None:  # noqa: ANN401 - what typer parsed
        from study.cli.request import request_of

        options = {field: given.pop(field, None) for field in stated}
        command(*words, **given, request=request_of(name, options))

    parameters = [parameter.replace(kind=parameter.KEYWORD_ONLY) for parameter in (*arguments, *made, *rest)]
    called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return called


def _parameter(name: str, stated: Option) -> inspect.Parameter:
    default = False if stated.kind is bool else None
    kind = bool if stated.kind is bool else stated.kind | None
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, _declared(name, stated)]
    )


def _declared(name: str, stated: Option) -> Any:  # noqa: ANN401 - typer's own
    default = stated.default_in_words()
    shown = "" if default is None else f"  [default: {default}]"
    return typer.Option(
        *(stated.flags or (flag(name, stated),)),
        help=f"{stated.help}{shown}",
        metavar=stated.metavar,
        envvar=stated.environment,
        show_default=False,
        callback=_checked_url if name == "storage" else None,
    )


def _checked_url(given: str | None) -> str:
    from study.database import normalised

    return normalised(given or DEFAULT_STORAGE)


def _of_request(name: str) -> Any:  # noqa: ANN401 - typer's own
    return _declared(name, options_of(Request)[name])


def _checked_urls(given: list[str] | None) -> list[str]:
    # Not by typer, which would part a path from the environment at its spaces.
    return [_checked_url(url) for url in given or [os.environ.get("STUDY_STORAGE") or DEFAULT_STORAGE]]


Storage = Annotated[str, _of_request("storage")]
Storages = Annotated[
    list[str] | None,
    typer.Option(
        "--storage",
        help=f"{options_of(Request)['storage'].help} Repeated: the studies of all of them. STUDY_STORAGE gives one."
        f"  [default: {DEFAULT_STORAGE}]",
        show_default=False,
        callback=_checked_urls,
    ),
]
DataRoot = Annotated[Path | None, _of_request("data_root")]
SkipUnreadable = Annotated[bool, _declared("skip_unreadable", options_of(DataOptions)["skip_unreadable"])]
MovedSpace = Annotated[str | None, _of_request("space")]
