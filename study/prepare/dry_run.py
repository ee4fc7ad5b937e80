"""What a launch would train, and about how long that takes by the epochs that were measured. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from study.ablation import Ablation, Arm, Design, Role, Setting, planned_trials
from study.ablation.planning import best_when_begun, planned_arms, retuning_of, stored_arms
from study.ablation.size import count_parameters
from study.database import PlannedTrialRow, TrialDatabase, TrialRow
from study.plan import Plan, search_label
from study.prepare.completing import planned_by
from study.prepare.launch import Launch
from study.prepare.retry import Retry
from study.search import Try
from study.status.finals import final_progress
from study.status.progress import Progress, progress
from study.trial import Scalar, differences, fingerprint


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a preview."""

    name: str
    trials: int
    """That are left."""
    planned: int
    parameters: int | None
    """None for a search, whose models differ."""
    changes: Mapping[str, Scalar]
    note: str = ""
    seconds: float | None = None
    """Of one trial, by measured epochs of the same configuration, else of the study; None without any."""
    epochs: int | None = None
    """That are left, where they are limited beside the trials."""


@dataclass(frozen=True, slots=True)
class Preview:
    """All that a launch would train."""

    study: str
    title: str
    epochs: int
    workers: int
    """0 stands for as many as a Ray cluster holds."""
    devices: tuple[str, ...]
    """None of a Ray cluster."""
    images: tuple[int, int]
    """Training and validation images."""
    items: tuple[Item, ...]

    @property
    def seconds(self) -> float | None:
        """Wall-clock time of all of it on these workers, or on one where their number is not known beforehand.

        None where no epoch of the study was measured.
        """
        known = [item.seconds for item in self.items if item.seconds is not None]
        if not known:
            return None
        typical = median(known)
        whole = sum(self.epochs_of(item) * (item.seconds or typical) for item in self.items) / self.epochs
        return whole / max(1, self.workers)

    def epochs_of(self, item: Item) -> int:
        """Return the epochs that a line stands for, at most."""
        whole = item.trials * self.epochs
        return whole if item.epochs is None else min(whole, item.epochs)


def preview(launch: Launch, database: TrialDatabase, retry: Retry) -> Preview:
    """Return what a launch would train, counted against what the database holds, with what is taken up again."""
    plan, facts = launch.plan, launch.plan.dataset
    trials = _counting(database, plan.study, launch, retry)
    epochs = max((final.epochs for final in launch.finals), default=plan.budget.epochs)
    clock = _Clock.of(trials, database, epochs)
    images = facts.train_examples, facts.validation_examples
    if launch.finals:
        title, items = "final trials", _finals(launch, trials, clock)
        images = facts.final_examples, 0
    elif launch.ablation is None:
        title, items = "search and replicates", _tuning(launch, trials, clock, database)
    else:
        title = f"ablation {launch.ablation.name}"
        items = _ablation(launch, launch.ablation, trials, clock, database, retry)
    return Preview(
        study=plan.study,
        title=title,
        epochs=epochs,
        workers=len(launch.devices) or launch.plan.method.workers,
        devices=tuple(sorted(set(launch.devices))),
        images=images,
        items=tuple(items),
    )


@dataclass(frozen=True, slots=True)
class _Clock:
    """Seconds of one trial, by configuration and in general."""

    by_configuration: Mapping[str, float]
    typical: float | None

    @classmethod
    def of(cls, trials: Sequence[TrialRow], database: TrialDatabase, epochs: int) -> _Clock:
        """Read the epochs that were measured."""
        seconds: dict[str, list[float]] = defaultdict(list)
        for trial in trials:
            for epoch in database.epochs(trial.id):
                seconds[trial.configuration_hash].append(epoch.seconds)
        everything = [value for values in seconds.values() for value in values]
        return cls(
            {configuration: median(values) * epochs for configuration, values in seconds.items()},
            median(everything) * epochs if everything else None,
        )

    def seconds(self, configuration: Mapping[str, Scalar] | None) -> float | None:
        """Return the seconds of a trial with this configuration."""
        if configuration is None:
            return self.typical
        return self.by_configuration.get(fingerprint(dict(configuration)), self.typical)


def _tuning(launch: Launch, trials: Sequence[TrialRow], clock: _Clock, database: TrialDatabase) -> list[Item]:
    plan, budget = launch.plan, launch.plan.budget
    left = _epochs_left(plan, trials, database)
    done = _done(plan, trials, database, launch.search_seconds)
    finals = budget.replicates * (2 if plan.domains else 1)
    tuned = ", ".join(plan.domains)
    tries = launch.tries.open
    return [
        *(
            Item(f"try {number}", 1, 1, None, entry.given, _about_a_try(entry), clock.seconds(entry.configuration))
            for number, entry in enumerate(tries, start=1)
        ),
        Item(
            "search",
            max(0, done.search_target - done.searched - len(tries)),
            max(0, done.search_target - len(tries)),
            None,
            {},
            (f"tunes {tuned}" if tuned else "nothing to tune: the baseline") + _limited(plan),
            clock.typical,
            None if left is None else max(0, left - len(tries) * budget.epochs),
        ),
        Item(
            "replicates",
            max(0, finals - done.replicated),
            finals,
            None,
            {},
            "of the baseline and of the best",
            clock.seconds(plan.baseline),
        ),
    ]


def _finals(launch: Launch, trials: Sequence[TrialRow], clock: _Clock) -> list[Item]:
    plan = launch.plan
    return [
        Item(
            final.name,
            final.replicates - final_progress([final], trials).ended,
            final.replicates,
            count_parameters(plan, final.configuration),
            differences(final.configuration, plan.baseline),
            f"asked for as {final.origin}",
            clock.seconds(final.configuration),
        )
        for final in launch.finals
    ]


def _about_a_try(entry: Try) -> str:
    return "as --try asked" + ("" if entry.prune else "; goes to its end in any case")


def _counting(database: TrialDatabase, study: str, launch: Launch, retry: Retry) -> list[TrialRow]:
    """Return a study's trials as they are once the launch begins: some are open again, stale ones are put aside."""
    return retry.opened([trial for trial in database.trials(study) if trial.code not in launch.stale])


def _ablation(
    launch: Launch,
    ablation: Ablation,
    trials: Sequence[TrialRow],
    clock: _Clock,
    database: TrialDatabase,
    retry: Retry,
) -> list[Item]:
    plan = launch.plan
    stored = stored_arms(database, plan, ablation)
    found = best_when_begun(trials, stored, plan.metric)
    best = found.configuration if found else None
    arms = launch.arms if ablation.reference != "best" else planned_arms(plan, ablation, stored, best=best)
    ended = {trial.id for trial in trials if trial.state.finished}
    items = [_search(plan, trials, clock, database)] if ablation.needs_search else []
    rows = [row if row.trial in ended else replace(row, state=None) for row in planned_by(database, launch, ablation)]
    items += [_arm(plan, arm, ablation.replicates, ended, clock) for arm in arms if arm.setting is Setting.FIXED]
    retuned: dict[str, list[Arm]] = defaultdict(list)
    for arm in arms:
        if arm.setting is Setting.RETUNED:
            retuned[arm.name].append(arm)
    for name, searches in retuned.items():
        plans = [retuning for arm in searches if (retuning := retuning_of(plan, arm)) is not plan]
        counted = [(retuning, _counting(database, retuning.study, launch, retry)) for retuning in plans]
        items += _retuning(name, counted, clock, database)
        planned = ablation.replicates * len(searches)
        note = "re-tuned: what its search finds" if len(searches) == 1 else "re-tuned: what each of its searches finds"
        left = max(0, planned - _trained(name, Setting.RETUNED, rows))
        items.append(Item(name, left, planned, None, searches[0].held, note, clock.typical))
    if ablation.design is Design.PATH:
        trained = sum(row.ended for row in rows)
        items.append(_path(plan, ablation, best, clock, trained))
    return items


def _trained(arm: str, setting: Setting, rows: Sequence[PlannedTrialRow]) -> int:
    return sum(row.ended for row in rows if (row.arm, row.setting) == (arm, setting))


def _done(plan: Plan, trials: Sequence[TrialRow], database: TrialDatabase, seconds: float = 0.0) -> Progress:
    """Return how far a search is, whose seconds and epochs may be over before its trials are."""
    trained = None if plan.budget.epoch_budget is None else database.search_epochs(plan.study)
    return progress(
        trials,
        plan.budget,
        plan.baseline,
        plan.metric,
        search_seconds=seconds,
        search_epochs=trained,
        pruner=plan.method.pruner,
    )


def _epochs_left(plan: Plan, trials: Sequence[TrialRow], database: TrialDatabase) -> int | None:
    """Return the epochs that a search may still train; None where they are not limited."""
    if plan.budget.epoch_budget is None:
        return None
    trained = database.search_epochs(plan.study)
    return max(0, plan.budget.epoch_budget - sum(trained.get(trial.id, 0) for trial in trials))


def _limited(plan: Plan) -> str:
    return "" if plan.budget.epoch_budget is None else f"; at most {plan.budget.epoch_budget} epochs in all"


def _search(plan: Plan, trials: Sequence[TrialRow], clock: _Clock, database: TrialDatabase) -> Item:
    done = _done(plan, trials, database)
    name = f"search of {search_label(plan.variant, plan.search or 1)}" if plan.variant else "search"
    left = max(0, done.search_target - done.searched)
    note = f"tunes {', '.join(plan.domains)}{_limited(plan)}"
    epochs = _epochs_left(plan, trials, database)
    return Item(name, left, done.search_target, None, {}, note, clock.typical, epochs)


def _retuning(
    arm: str, searches: Sequence[tuple[Plan, Sequence[TrialRow]]], clock: _Clock, database: TrialDatabase
) -> list[Item]:
    """Return one line of all searches of a re-tuned arm but the study's own."""
    found = [_search(plan, trials, clock, database) for plan, trials in searches]
    if len(found) < 2:
        return found
    left, planned = sum(item.trials for item in found), sum(item.planned for item in found)
    name = f"{len(found)} searches of {arm}"
    epochs = None if found[0].epochs is None else sum(item.epochs or 0 for item in found)
    note = f"{found[0].note}, each on its own"
    return [replace(found[0], name=name, trials=left, planned=planned, note=note, epochs=epochs)]


def _arm(plan: Plan, arm: Arm, replicates: int, ended: set[str], clock: _Clock) -> Item:
    trials = [planned.trial for planned in planned_trials(plan, arm, replicates) if planned.trial is not None]
    return Item(
        name=arm.name,
        trials=sum(trial.id not in ended for trial in trials),
        planned=len(trials),
        parameters=count_parameters(plan, arm.configuration or {}),
        changes=arm.columns(plan)["changes"] if arm.role is not Role.NOISE_FLOOR else {},
        note=arm.reason,
        seconds=clock.seconds(arm.configuration),
    )


def _path(plan: Plan, ablation: Ablation, best: Mapping[str, Scalar] | None, clock: _Clock, trained: int) -> Item:
    if best is None:
        note = "known once the search is finished: k (k + 1) / 2 steps for k differences"
        return Item("path", 0, 0, None, {}, note, clock.typical)
    count = sum(plan.baseline[name] != value for name, value in best.items())
    most = (1 + count * (count + 1) // 2) * ablation.replicates
    return Item("path", max(0, most - trained), most, None, {}, f"at most, for {count} differences", clock.typical)
