"""Final trials of a stored study beside its own: of which configuration, how long, and on how many seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from study.ablation.fitting import idle, misfit
from study.database import FinalRow, TrialDatabase, TrialRow
from study.database.finals import stored_finals
from study.errors import StudyError
from study.options.method import Budget
from study.plan import Plan
from study.prepare.completing import with_finals
from study.prepare.given import check_request
from study.prepare.launch import Launch
from study.prepare.loaded import Loaded
from study.prepare.own_options import FinalRequest
from study.prepare.request import Request
from study.prepare.resuming import restored
from study.prepare.validation import parse_values
from study.status.lookup import find_study
from study.status.progress import BASELINE, BEST, best_trial
from study.trial import Phase, Scalar


@dataclass(frozen=True, slots=True)
class _Meant:
    """A configuration as it was asked for."""

    configuration: Mapping[str, Scalar]
    name: str
    """What its trials are called, before their length."""
    origin: str
    """`best`, `trial N`, `baseline` or `set`."""
    told: str
    """What it is, for the user."""
    idle: str | None = None
    """Which of its values has no effect; None where all have."""


def prepare_final(study: str, request: Request, database: TrialDatabase) -> Launch:
    """Check final trials that were asked for, before anything is written or trained.

    Args:
        study: Name of a stored study.
        request: What was asked; its storage, workers, device, time limits and what it takes up again are used.
        database: Open for reading.

    Raises:
        StudyError: There is no such study or trial, a value cannot be had, or `run` trains these trials anyway.
        ValueError: The request is for no final trials.
    """
    asked = request.final
    if asked is None:
        raise ValueError("no final trials were asked for")
    check_request(request)
    plans = database.plans()
    if not plans:
        raise StudyError(f"{database.shown} holds no study yet; `python -m study run SPACE` begins one")
    rows = {row.study: row for row in plans}
    row = rows[find_study(study, list(rows))]
    if row.parent is not None:
        raise StudyError(f"{row.study!r} re-tunes a variant of {row.parent!r}; final trials are those of that study")
    trials = database.trials(row.study)
    loaded = Loaded()
    launch = restored(row, request, database, loaded)
    plan = launch.plan
    meant = _meant(plan, trials, asked)
    epochs = asked.epochs or plan.budget.epochs
    _refuse_own(plan, trials, meant, epochs, asked.replicates)
    stored = stored_finals(database, row.study)
    final, note = _named(plan, stored, meant, epochs, request)
    told = f"{plan.study}: final trials {final.name!r} are {meant.told}, {_on(final.replicates)}{note}"
    return with_finals(replace(launch, notes=(*launch.notes, told)), [final], request, database)


def _meant(plan: Plan, trials: list[TrialRow], asked: FinalRequest) -> _Meant:
    """Return the configuration that was asked for.

    Raises:
        StudyError: There is no such trial, no best yet, or a value cannot be had.
    """
    if asked.baseline and asked.trial is not None:
        raise StudyError(f"--baseline and --trial {asked.trial} name two configurations; give one of them")
    if asked.trial is not None:
        number = asked.trial
        found = next((row for row in trials if row.phase is Phase.SEARCH and row.optuna_number == number), None)
        if found is None:
            searched = sum(row.phase is Phase.SEARCH for row in trials)
            there = f"its search trials are 0 to {searched - 1}" if searched else "none of its search trials has begun"
            raise StudyError(f"{plan.study} has no search trial {number}: {there}; `show` lists them")
        name = f"trial {number}"
        meant = _Meant(found.configuration, name, name, f"the configuration of search trial {number}")
    elif asked.baseline or asked.values:
        meant = _Meant(plan.baseline, BASELINE, BASELINE, "the baseline")
    else:
        meant = _best(plan, trials)
    return _with_values(plan, meant, asked) if asked.values else meant


def _best(plan: Plan, trials: list[TrialRow]) -> _Meant:
    best = best_trial(trials, plan.metric)
    if best is None:
        raise StudyError(
            f"study {plan.study!r} has no complete search trial yet, so it has no best; --baseline, --trial or --set "
            "say what to train instead"
        )
    if best.configuration == plan.baseline:
        return _Meant(plan.baseline, BASELINE, BASELINE, "the baseline, which is the best of the search")
    ended = sum(trial.phase is Phase.SEARCH and trial.state.finished for trial in trials)
    most = "" if plan.budget.epoch_budget is None else "at most "
    so_far = "" if ended >= plan.budget.trials else f" so far, of {most}{plan.budget.trials} that are planned"
    told = f"the configuration of search trial {best.optuna_number}, the best of {ended}{so_far}"
    return _Meant(best.configuration, BEST, BEST, told)


def _with_values(plan: Plan, meant: _Meant, asked: FinalRequest) -> _Meant:
    """Return a configuration with the values that `--set` gives.

    Raises:
        StudyError: A value cannot be had, or the data cannot have it.
    """
    values = parse_values(asked.values, plan.space, plan.model)
    configuration = plan.changed(meant.configuration, values)
    if configuration == dict(meant.configuration):
        raise StudyError(f"--set {', '.join(asked.values)} changes nothing on {meant.told}")
    plan.model.split(configuration)
    if (reason := misfit(plan, configuration)) is not None:
        raise StudyError(reason)
    listed = ", ".join(f"{name}={value}" for name, value in values.items())
    name = listed if meant.name == BASELINE else f"{meant.name} with {listed}"
    told = f"{meant.told} with {listed}"
    return _Meant(configuration, name, "set", told, idle(plan, configuration, meant.configuration))


def _refuse_own(plan: Plan, trials: list[TrialRow], meant: _Meant, epochs: int, replicates: int | None) -> None:
    """Check that these are not the final trials which the study has of its own.

    Raises:
        StudyError: They are.
    """
    best = best_trial(trials, plan.metric)
    own = [plan.baseline, *([best.configuration] if best is not None else [])]
    if epochs == plan.budget.epochs and dict(meant.configuration) in own:
        number = max(replicates or 0, plan.budget.replicates)
        named = f" --name {plan.name}" if plan.name else ""
        raise StudyError(
            f"{meant.told} at {_epochs(epochs)} is what {plan.study} has final trials of anyway: "
            f"`python -m study run {plan.space.name}{named} --replicates {number}` trains {number} of the best and of "
            f"the baseline; give --epochs for another length"
        )


def _named(plan: Plan, stored: list[FinalRow], meant: _Meant, epochs: int, request: Request) -> tuple[FinalRow, str]:
    """Return the row of final trials, that which is stored if there is one, and what the user should know of it.

    Raises:
        StudyError: It is new, and a value that was given has no effect.
    """
    asked = request.final.replicates if request.final is not None else None
    there = next(
        (row for row in stored if row.epochs == epochs and row.configuration == dict(meant.configuration)), None
    )
    if there is not None:
        more = max(there.replicates, asked or 0)
        planned = f"; {there.replicates} were planned on {there.planned_at[:10]}"
        if asked is not None and asked < there.replicates:
            planned += f", and fewer, {asked}, changes nothing"
        return replace(there, replicates=more), planned
    if meant.idle is not None:
        raise StudyError(f"--set {meant.idle}")
    return (
        FinalRow(
            study=plan.study,
            name=_free_name(plan, meant, epochs, stored),
            origin=meant.origin,
            configuration=dict(meant.configuration),
            epochs=epochs,
            replicates=asked or plan.budget.replicates or Budget().replicates,
            command=request.command,
            planned_at=request.begun,
        ),
        "",
    )


def _free_name(plan: Plan, meant: _Meant, epochs: int, stored: list[FinalRow]) -> str:
    """Return a name that no other final trials have: the best of a longer search is another one than before."""
    taken = Counter(row.name for row in stored)
    name = f"{meant.name}, {_epochs(epochs)}"
    number = 2
    while name in taken:
        name, number = f"{meant.name} ({number}), {_epochs(epochs)}", number + 1
    return name


def _on(seeds: int) -> str:
    return f"on {seeds} seed{'' if seeds == 1 else 's'}"


def _epochs(number: int) -> str:
    return f"{number} epoch{'' if number == 1 else 's'}"
