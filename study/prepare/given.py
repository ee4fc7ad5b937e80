"""From a request to what a study may spend and how it is searched; refuses what no study could have."""

from __future__ import annotations

import os
import re
from dataclasses import fields

from study.errors import StudyError
from study.options.method import WORKERS_PER_CORE, Budget, Method
from study.options.option import check_options, options_of
from study.prepare.own_options import AblationRequest, FinalRequest
from study.prepare.request import NAME, PARTS, Request


def check_request(request: Request) -> None:
    """Check the options as far as that takes no data: nothing is loaded or downloaded yet.

    Raises:
        StudyError: No study could have these options.
    """
    for owner in PARTS:
        check_options(owner, request.given)
    _ = request.data_options  # refuses what does not go together
    check_options(Request, {name: getattr(request, name) for name in options_of(Request)})
    if request.ablation is not None:
        counts = {"replicates": request.ablation.replicates, "searches": request.ablation.searches}
        check_options(AblationRequest, counts)
    if request.final is not None:
        check_options(FinalRequest, {name: getattr(request.final, name) for name in options_of(FinalRequest)})
    method(request)
    if request.name is not None and not re.fullmatch(NAME, request.name):
        raise StudyError(
            f"--name has 1 to 64 letters, digits, '.', '_' and '-', the first a letter or digit, not {request.name!r}"
        )
    if request.prune_tried and not request.tried:
        raise StudyError("--prune-tried is about what --try asks for, which was not given")
    _check_workers(request)


def _check_workers(request: Request) -> None:
    """Check the number of workers against who trains.

    Raises:
        StudyError: They do not go together.
    """
    training, workers = request.training, request.given.get("workers")
    if workers is None:
        return
    if training.engine == "inline" and workers > 1:
        raise StudyError(f"--engine inline trains one trial at a time, in this process, not {workers}")
    if training.workers_per_gpu is not None:
        raise StudyError("--workers says how many there are in all, --workers-per-gpu how many on each GPU: give one")
    most = WORKERS_PER_CORE * (os.cpu_count() or 1)
    if training.engine == "local" and workers > most:
        raise StudyError(
            f"--workers is at most {most}, {WORKERS_PER_CORE} for each core of this machine: more would only wait for "
            f"each other, not {workers:,}"
        )


def budget(request: Request) -> Budget:
    """Return what a new study may spend."""
    given = request.part(Budget)
    if request.ablation is not None:  # `run` may search and replicate later
        given = {"trials": Budget().trials if request.ablation.needs_search else 0, **given, "replicates": 0}
    return Budget(**given)


def method(request: Request, stored: Method | None = None, *, search: bool = False, own: bool = False) -> Method:
    """Return how a study is searched and trained; where no pruner was said, it is one that goes with the rest.

    Several objectives prune nothing. Whether a model that trains itself can go on after a pause shows only when it is
    trained, so it is not paused: its trials are compared by the median or, where no timing may count, not at all.

    Args:
        request: What was given.
        stored: What the rest is taken from; the defaults where there is none.
        search: Whether to take up what concerns the search alone.
        own: Whether the model trains itself.

    Raises:
        StudyError: There is no such sampler, pruner or objective, or they do not go together.
    """
    stored = Method() if stored is None else stored
    known = {entry.name: getattr(stored, entry.name) for entry in fields(Method)}
    stated = options_of(Method)
    given = {name: value for name, value in request.part(Method).items() if stated[name].search or not search}
    if len(given.get("objectives", stored.objectives)) > 1:
        known["pruner"] = "none"
    elif own and known["pruner"] == Method().pruner:
        known["pruner"] = "median" if given.get("reproducible", stored.reproducible) is None else "none"
    return Method(**{**known, **given})
