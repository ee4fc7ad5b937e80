"""What the commands tell of stored studies, as JSON values: read from our tables alone. Draws nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from study.database import (
    PlanRow,
    TrialDatabase,
    TrialRow,
    earlier_failures,
    plan_changes,
)
from study.database.code import stale_trials
from study.database.finals import stored_finals
from study.database.logs import lines_of
from study.database.tries import stored_tries
from study.errors import StudyError
from study.status.finals import final_progress, trials_of
from study.status.guessing import guess_of, is_beaten
from study.status.intervals import CONFIDENCE, score_interval
from study.status.lookup import find_study
from study.status.pareto import pareto_front
from study.status.progress import (
    ablation_progress,
    best_trial,
    is_own,
    objective_value,
    progress,
    searched_to_the_end,
)
from study.status.published import published_results
from study.status.untried import untried_in_words
from study.status.weights import KeptWeights
from study.task.predictions import targets_of
from study.trial import TRIED, Phase, Scalar, TrialState, differences

Details = dict[str, Any]
"""A JSON object."""


def list_rows(database: TrialDatabase) -> list[Details]:
    """Return one row a study: its progress, its best value and whether a process is running it.

    A study that re-tunes an arm of an ablation is a part of that ablation, and has no row of its own.
    """
    return [_list_row(database, plan) for plan in database.plans() if plan.parent is None]


def study_row(database: TrialDatabase, name: str) -> Details:
    """Return what `list_rows` tells of one study.

    Raises:
        StudyError: There is no such study.
    """
    return _list_row(database, _plan(database, name))


def study_details(database: TrialDatabase, name: str) -> Details:
    """Return a study's plan, progress and trials, each with its last epoch, its test score and the lines it wrote.

    Raises:
        StudyError: There is no such study.
    """
    plan = _plan(database, name)
    trials = database.trials(plan.study)
    earlier, lines = earlier_failures(database, plan.study), lines_of(database, plan.study)
    kept = KeptWeights(database, plan)
    return {
        **_list_row(database, plan),
        "finals": _finals(database, plan, trials, kept),
        "plan": {key: _listed(value) for key, value in asdict(plan).items() if key not in ("owner", "owner_seen_at")},
        "files": str(kept.place),
        "trials": [
            {
                **_trial_row(database, trial),
                "earlier_failures": [asdict(failure) for failure in earlier.get(trial.id, [])],
                "log": [{"epoch": line.epoch, "text": line.text} for line in lines.get(trial.id, [])],
            }
            for trial in trials
        ],
        "tries": [
            {key: value for key, value in asdict(entry).items() if key != "study"}
            for entry in stored_tries(database, plan.study)
        ],
        "history": [
            {"what": change.what, "command": change.command, "changed_at": change.changed_at}
            for change in plan_changes(database, plan.study)
        ],
        "stale": sum(aside.trials for aside in stale_trials(database, plan.study)),
    }


def best_details(database: TrialDatabase, name: str) -> Details:
    """Return a study's best configuration beside its baseline's, both with their replicates' test scores.

    Raises:
        StudyError: There is no such study, or no search trial is complete.
    """
    plan = _plan(database, name)
    trials = database.trials(plan.study)
    best = best_trial(trials, plan.metric)
    if best is None:
        states = Counter(trial.state for trial in trials if trial.phase is Phase.SEARCH)
        counted = ", ".join(f"{count} {state}" for state, count in states.items()) or "none began"
        raise StudyError(f"study {plan.study!r} has no complete search trial yet ({counted})")
    baseline = next((trial for trial in trials if trial.optuna_number == 0), None)
    # A parameter that is tuned since the study began stands in no configuration that has it at its default.
    since = {name: domain["default"] for name, domain in plan.definition["domains"].items()}
    since = {name: value for name, value in since.items() if name not in plan.baseline}
    configurations = {"best": best.configuration, "baseline": plan.baseline}
    kept = KeptWeights(database, plan)
    scores = {
        variant: _scores(database, plan, trials, configuration, kept)
        for variant, configuration in configurations.items()
    }
    return {
        "study": plan.study,
        "trial": best.optuna_number,
        "tried": best.variant == TRIED,
        "configuration": {**best.configuration, **{k: v for k, v in since.items() if k not in best.configuration}},
        "changes": best.changes,
        "baseline": plan.baseline | since,
        "own_training": plan.own_training,
        "metric": plan.metric.columns(),
        "validation_score": best.value,
        "baseline_validation_score": baseline.value if baseline else None,
        "parameters": best.parameters,
        "published": _published(plan),
        "objectives": [metric.columns() for metric in plan.objectives],
        "front": _front(database, plan, trials),
        "files": str(kept.place),
        "test": scores,
        "guessing": _guessing(database, plan, scores["best"]["scores"]),
    }


def final_details(database: TrialDatabase, name: str) -> list[Details]:
    """Return the final trials of a study that were asked for by name, each with its test scores.

    Returns:
        `name`, `origin`, `configuration`, `changes` (on the baseline), `epochs`, `finished` (trials), `command`,
        `planned_at`, and `test`, as `best_details` has it.

    Raises:
        StudyError: There is no such study.
    """
    plan = _plan(database, name)
    return _finals(database, plan, database.trials(plan.study), KeptWeights(database, plan))


def fruitless(database: TrialDatabase, studies: Sequence[str]) -> list[Details]:
    """Return the phases of these studies, and of what re-tunes their arms, in which every trial failed or diverged.

    Returns:
        `study`, `phase`, and `states` (state -> number of trials).
    """
    meant = {plan.study for plan in database.plans() if {plan.study, plan.parent} & set(studies)}
    bad = {TrialState.FAILED, TrialState.DIVERGED}
    finals = []
    for study in dict.fromkeys(studies):
        trials = database.trials(study)
        for final in stored_finals(database, study):
            ended = [trial.state for trial in trials_of(final, trials)]
            if ended and set(ended) <= bad:
                states = {state: ended.count(state) for state in TrialState if state in ended}
                finals.append({"study": study, "phase": f"final ({final.name})", "states": states})
    phases: dict[tuple[str, Phase], dict[TrialState, int]] = {}
    for count in database.counts():
        phases.setdefault((count.study, count.phase), {})[count.state] = count.trials
    found = [
        {"study": study, "phase": phase, "states": states}
        for (study, phase), states in phases.items()
        if study in meant and set(states) <= bad
    ]
    told = {row["study"] for row in found if row["phase"] is Phase.REPLICATE}
    return [*found, *(row for row in finals if row["study"] not in told)]


def _plan(database: TrialDatabase, name: str) -> PlanRow:
    plans = {plan.study: plan for plan in database.plans()}
    if not plans:
        raise StudyError(f"{database.shown} holds no study yet; `python -m study run SPACE` begins one")
    return plans[find_study(name, list(plans))]


def _list_row(database: TrialDatabase, plan: PlanRow) -> Details:
    trials = database.trials(plan.study)
    done = progress(
        trials,
        plan.budget,
        plan.baseline,
        plan.metric,
        search_seconds=plan.search_seconds,
        search_epochs=database.search_epochs(plan.study) if plan.epoch_budget else None,
        pruner=plan.pruner,
    )
    ablated = ablation_progress(database.planned_trials(plan.study))
    finals = final_progress(stored_finals(database, plan.study), trials)
    ablations = database.ablations(plan.study)
    finished = done.finished and finals.finished and all(ablation.finished for ablation in ablations)
    best = best_trial(trials, plan.metric)
    return {
        "study": plan.study,
        "status": "running" if database.is_run(plan) else "finished" if finished else "unfinished",
        "search_trials": done.searched,
        "search_target": done.search_target,
        "search_epochs": done.epochs if plan.epoch_budget else None,
        "epoch_budget": plan.epoch_budget,
        "replicates": done.replicated,
        "replicate_target": done.replicate_target,
        "final_trials": finals.ended,
        "final_target": finals.planned,
        "ablation_trials": ablated.ended,
        "ablation_target": ablated.planned,
        "epochs": plan.epochs,
        "states": dict(Counter(trial.state for trial in trials)),
        "not_tried": untried_in_words(database, plan, done),
        "metric": plan.metric.columns(),
        "best_validation_score": best.value if best else None,
        "created_at": plan.created_at,
    }


def _listed(value: Any) -> Any:  # noqa: ANN401 - any value of a column
    """Return a value with lists for its tuples, as JSON has them."""
    if isinstance(value, Mapping):
        return {key: _listed(entry) for key, entry in value.items()}
    return [_listed(entry) for entry in value] if isinstance(value, tuple | list) else value


def _trial_row(database: TrialDatabase, trial: TrialRow) -> Details:
    epochs = database.epochs(trial.id)
    result = database.test_result(trial.id)
    keys = (
        *("id", "phase", "variant", "replicate", "optuna_number", "state", "attempt", "changes", "configuration"),
        *("seed", "value", "parameters", "device", "precision", "threads"),
        *("failure_type", "failure_message", "failure_traceback"),
    )
    return {
        **{key: getattr(trial, key) for key in keys},
        "machine_kinds": list(trial.machine_kinds or ()),
        "epochs": len(epochs),
        "seconds": sum(epoch.seconds for epoch in epochs),
        "last_validation_score": epochs[-1].validation_score if epochs else None,
        "last_metrics": epochs[-1].metrics if epochs else {},
        "test_score": result.score if result else None,
        "test_metrics": (result.metrics or {}) if result else {},
    }


def _guessing(database: TrialDatabase, plan: PlanRow, scores: Sequence[float]) -> Details | None:
    """Return what the best constant answer would score, and whether the best is shown to beat it.

    Returns:
        `words` (what follows `better than`), `score` and `beaten`; None where there is no test score yet, or the
        metric is one of which nobody knows.
    """
    stored = database.test_targets(plan.dataset_hash) if scores else None
    if not stored:
        return None
    targets = targets_of(stored, plan.task, plan.spec.outputs)
    guess = guess_of(plan.spec, plan.metric, targets)
    if guess is None:
        return None
    return {
        "words": guess.words,
        "score": guess.score,
        "beaten": is_beaten(plan.metric, scores, guess, examples=len(targets)),
    }


def _published(plan: PlanRow) -> Details | None:
    """Return the numbers that the space declares for its baseline on this data set, untouched by `--set`."""
    return None if plan.fixed else published_results(plan)


def _front(database: TrialDatabase, plan: PlanRow, trials: Sequence[TrialRow]) -> list[Details]:
    """Return the Pareto front of a search with several objectives, the best of the first one first; else nothing."""
    if len(plan.objectives) == 1:
        return []
    rows = []
    for trial in searched_to_the_end(trials):
        epochs = database.epochs(trial.id)
        others = {metric.name: objective_value(metric, trial, epochs) for metric in plan.objectives[1:]}
        if None in others.values():  # an older program let such a trial end
            continue
        rows.append({"trial": trial.optuna_number, "changes": trial.changes, plan.metric.name: trial.value, **others})
    return [dict(row) for row in pareto_front(rows, {metric.name: metric.direction for metric in plan.objectives})]


def _scores(
    database: TrialDatabase,
    plan: PlanRow,
    trials: Sequence[TrialRow],
    configuration: Mapping[str, Scalar],
    kept: KeptWeights,
) -> Details:
    """Return a configuration's test scores over its replicates, with their Student-t interval."""
    replicates = [
        trial
        for trial in trials
        if trial.phase is Phase.REPLICATE
        and trial.configuration == configuration
        and is_own(trial.variant, trial.epochs, plan.epochs)
    ]
    return _scored(database, replicates, plan, kept, planned=plan.replicates)


def _scored(
    database: TrialDatabase, trials: Sequence[TrialRow], plan: PlanRow, kept: KeptWeights, *, planned: int
) -> Details:
    """Return the test scores of the complete ones of final trials, with their Student-t interval, and their weights."""
    replicates = [trial for trial in trials if trial.state is TrialState.COMPLETE]
    replicates.sort(key=lambda trial: trial.replicate or 0)
    results = [database.test_result(trial.id) for trial in replicates]
    scores = [result.score for result in results if result]
    seconds = [sum(epoch.seconds for epoch in database.epochs(trial.id)) for trial in replicates]
    low, high = score_interval(scores, plan.metric)
    return {
        "scores": scores,
        "mean": sum(scores) / len(scores) if scores else None,
        "low": low,
        "high": high,
        "confidence": CONFIDENCE,
        "planned": planned,
        "seconds": sum(seconds) / len(seconds) if seconds else None,
        **kept.of(replicates),
    }


def _finals(database: TrialDatabase, plan: PlanRow, trials: Sequence[TrialRow], kept: KeptWeights) -> list[Details]:
    """Return the rows of `final_details`."""
    return [
        {
            "name": final.name,
            "origin": final.origin,
            "configuration": final.configuration,
            "changes": differences(final.configuration, plan.baseline),
            "epochs": final.epochs,
            "finished": sum(trial.state.finished for trial in trials_of(final, trials)),
            "command": final.command,
            "planned_at": final.planned_at,
            "test": _scored(database, trials_of(final, trials), plan, kept, planned=final.replicates),
        }
        for final in stored_finals(database, plan.study)
    ]
