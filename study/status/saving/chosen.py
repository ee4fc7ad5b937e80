"""Which of the final trials of a configuration is taken out, and all that is known of it, as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from study.catalog import Model, load_model
from study.database import EnvironmentRow, PlanRow, TestRow, TrialDatabase, TrialRow
from study.engines import weights
from study.errors import StudyError
from study.files import File, FileReadError
from study.status.kept import KeptTrials, kept_trials
from study.status.location import moved_space, stored_space
from study.status.predict import KeptModel, changed_code, kept_model

Content = dict[str, Any]
"""Plain values and tensors, by the keys of `docs/weights.md`."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A final trial that kept its model."""

    plan: PlanRow
    trial: TrialRow
    file: File
    model: Model
    content: Content
    told: str
    """Which one it is, and why, for a sentence."""
    notes: tuple[str, ...] = ()
    """What was decided that nobody asked for, a sentence each."""

    def loaded(self) -> KeptModel:
        """Return its network, ready to answer.

        Raises:
            StudyError: The weights do not fit the model's code any more.
        """
        return kept_model(self.file, self.plan, self.model, self.trial.configuration)


def choose(
    database: TrialDatabase,
    study: str,
    *,
    variant: str = "best",
    replicate: int | None = None,
    space: str | None = None,
) -> Chosen:
    """Return a final trial that kept its model: a named one, else the median by its score on the test split.

    Of an even number of trials it is the worse of the two in the middle: neither a lucky nor an unlucky one.

    Args:
        database: Open for reading.
        study: Name of the study.
        variant: `best`, `baseline`, or the name of final trials that were asked for.
        replicate: The number that `show` prints; None means the median.
        space: Where the study's space is now, if it was moved.

    Raises:
        StudyError: There is no such study, variant, replicate or space, or no weights.
    """
    kept = kept_trials(database, study, variant)
    plan, rows = kept.plan, {row.id: row for row in database.trials(kept.plan.study)}
    tests = {trial: database.test_result(trial) for trial in kept.weights}
    known = {trial: test for trial, test in tests.items() if test is not None}
    if replicate is None:
        ordered = sorted(known, key=lambda trial: plan.metric.sign * known[trial].score) or list(kept.weights)
        trial = ordered[(len(ordered) - 1) // 2]
    else:
        trial = _named(kept, rows, replicate)
    row = rows[trial]
    source, _ = stored_space(plan, database.storage, space)  # a user's own model is found beside its space
    model = load_model(plan.model)
    notes = (*moved_space(plan, source), *changed_code(database, plan, model.code, [trial]))
    content = _content(plan, row, kept.weights[trial], model)
    content["scores"] = _scores(plan, known.get(trial), [test.score for test in known.values()])
    content["versions"] = _versions(database.environment(row.environment))
    told = _told(kept, row, known.get(trial), len(kept.weights), is_named=replicate is not None)
    return Chosen(plan, row, kept.weights[trial], model, content, told, notes)


def _named(kept: KeptTrials, rows: dict[str, TrialRow], replicate: int) -> str:
    numbers = {rows[trial].replicate: trial for trial in kept.weights}
    if replicate not in numbers:
        listed = ", ".join(map(str, numbers))
        raise StudyError(f"--replicate is one of {listed} of the {kept.variant} of {kept.plan.study}, not {replicate}")
    return numbers[replicate]


def _content(plan: PlanRow, row: TrialRow, file: File, model: Model) -> Content:
    """Return what is kept of a trial in today's format, whichever it was written in.

    Raises:
        StudyError: The file is damaged, or cannot be read.
    """
    try:
        found = weights.load(file)
    except (weights.WeightsError, FileReadError) as error:
        raise StudyError(str(error)) from error
    if model.own is not None:
        return found
    recipe, params = model.split(row.configuration)
    known = {name: value for name, value in asdict(params).items() if name in row.configuration}
    return weights.content(
        found["state_dict"],
        model=plan.model,
        parameters=known,
        recipe=asdict(recipe),
        spec=plan.spec,
        preprocessing=weights.preprocessing_of(found),
        study=plan.study,
        trial=row.id,
        seed=row.seed,
    )


def _scores(plan: PlanRow, test: TestRow | None, all_scores: list[float]) -> Content:
    """Return the trial's scores on the test split, and those of all final trials of its configuration."""
    metric = plan.metric.name
    own = {} if test is None else {metric: test.score} | (test.metrics or {})
    return {"metric": metric, "test": own, "all_replicates": all_scores}


def _versions(environment: EnvironmentRow | None) -> dict[str, str]:
    """Return the versions that the trial was trained by."""
    if environment is None:
        return {}
    return {"study": environment.code_version, "python": environment.python, **environment.packages}


def _told(kept: KeptTrials, row: TrialRow, test: TestRow | None, number: int, *, is_named: bool) -> str:
    metric = kept.plan.metric
    score = "" if test is None else f", test {metric.label} {metric.show(test.score)}"
    which = f"replicate {row.replicate} of the {kept.variant} of {kept.plan.study} (trial {row.id}{score})"
    if is_named or number == 1:
        return which
    return f"{which}, the median of {number}; --replicate takes another"
