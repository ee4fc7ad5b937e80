"""What a user is told of a study before it is trained: what is learned, what is held, what was taken up or raised."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence

from study.ablation import Ablation, Arm
from study.ablation.planning import retuning_of
from study.database import PlanRow, TrialRow
from study.design import Role, Setting
from study.options.method import Budget
from study.options.option import OnStored, flag, options_of
from study.options.rungs import rungs
from study.plan import Plan
from study.prepare.epochs import spoken_for
from study.prepare.request import Request
from study.prepare.retry import Retry
from study.prepare.stored import Stored
from study.prepare.tries import Asked
from study.prepare.validation import held_values, partly_idle
from study.prepare.widening import domain_changes
from study.search import open_tries, tries_of
from study.search.parameters import tuned
from study.search.points import starts_of
from study.status.progress import out_of_epochs
from study.task import OWN
from study.trial import Phase, TrialState, fingerprint


def learned_in_words(plan: Plan) -> str:
    """Return what is learned, by which metric, and from how many examples."""
    task = plan.dataset.spec.task
    if task == OWN:
        return (
            f"{plan.model.name} trains itself, by {plan.metric.label} ({plan.metric.direction}); its data is what its "
            f"own code loads, and is not checked when the study goes on"
        )
    trains = "" if plan.model.own is None else f"{plan.model.name} trains itself on a "
    learned = f"{trains}{task} of {plan.dataset.spec.shape_in_words()} by {plan.metric.label}"
    return f"{learned}; {plan.dataset.examples_in_words()}"


def smaller_in_words(plan: Plan, request: Request, row: PlanRow | None) -> list[str]:
    """Return a sentence for each target that was asked for and is smaller than the stored one, which holds."""
    told = []
    for name, entry in options_of(Budget).items():
        asked, had = request.given.get(name), None if row is None else getattr(row.budget, name)
        if entry.stored is OnStored.TARGET and asked is not None and had is not None and asked < had:
            told.append(f"{plan.study}: {flag(name, entry)} stays {had}, which it had before; {asked} is less")
    return told


def epochs_in_words(plan: Plan, request: Request, trained: Mapping[str, int]) -> list[str]:
    """Return a sentence on a budget of epochs that was asked for, if it is spent or no number of trials was given.

    Args:
        plan: The study.
        request: What was asked now.
        trained: Trial id -> epochs that it has spent, of the search.
    """
    budget, spent = plan.budget, sum(trained.values())
    if budget.epoch_budget is None or "epoch_budget" not in request.given or not budget.trials:
        return []
    if out_of_epochs(spent, budget, plan.method.pruner):
        return [
            f"{plan.study}: the search has spent {spent} epochs, so that --epoch-budget {budget.epoch_budget} leaves "
            f"no room for a further trial"
        ]
    if "trials" in request.given:
        return []
    return [
        f"{plan.study}: the search trains {budget.epoch_budget} epochs in all; --trials was not given, so that as many "
        f"trials begin as there is room for, at most {budget.trials}"
    ]


def reproducible_in_words(plan: Plan, request: Request, row: PlanRow | None, tries: Asked) -> list[str]:
    """Return what a search that no timing changes means for the options that it goes with, a sentence each."""
    workers = plan.method.reproducible
    if workers is None or not plan.budget.trials:
        return []
    told = []
    if row is None or row.reproducible is None:
        told.append(
            f"{plan.study}: the search is the same whatever ends first (--reproducible {workers}): each trial trains "
            f"with 1 thread, and at most {_counted(workers, 'worker')} {'has' if workers == 1 else 'have'} something "
            f"to search at a time"
        )
    if (request.given.get("workers") or 0) > workers:
        told.append(
            f"{plan.study}: of {request.given['workers']} workers the search keeps {workers} busy; the others train "
            f"replicates of the baseline, or wait"
        )
    if plan.budget.timeout is not None or plan.budget.total_timeout is not None:
        told.append(f"{plan.study}: how far the search comes depends on time, by its limit of seconds")
    if plan.budget.trial_timeout is not None:
        told.append(f"{plan.study}: which trials fail depends on time, by --trial-timeout, and so does what follows")
    if tries.new and row is not None and row.search_seconds:
        told.append(
            f"{plan.study}: what is to be tried comes when the search goes on; one that is to be had again is given "
            f"--try when it begins"
        )
    return told


def beyond_in_words(plan: Plan, retry: Retry, stored: Stored) -> list[str]:
    """Return a sentence where trials that are taken up again do not fit into the search's budget of epochs."""
    limit = plan.budget.epoch_budget
    if limit is None or not any(row.phase is Phase.SEARCH for row in retry.chosen(stored.trials)):
        return []
    opened, known = retry.opened(stored.trials), tries_of(plan, stored.tries)
    most = spoken_for(plan, known, opened, stored.search_epochs)
    waiting = ", and what waits to be tried has no room" if open_tries(known, opened) else ""
    return (
        []
        if most <= limit
        else [
            f"{plan.study}: what is taken up again is trained in any case, and with it the search may come to {most} "
            f"epochs, {most - limit} more than --epoch-budget {limit}{waiting}"
        ]
    )


def other_rungs_in_words(plan: Plan, stored: Stored) -> list[str]:
    """Return a sentence where trials of a search were paused or promoted by other rungs than those of now."""
    if plan.method.pruner != "promote" or not plan.budget.trials:
        return []
    now = rungs(plan.budget.epochs)
    begun = [row for row in stored.trials if row.phase is Phase.SEARCH]
    at = {row.promoted_to for row in begun if row.promoted_to is not None}
    ended = (TrialState.PAUSED, TrialState.PRUNED)
    at |= {stored.search_epochs[row.id] for row in begun if row.state in ended and row.id in stored.search_epochs}
    if not (others := sorted(at.difference(now))):
        return []
    was, are = (", ".join(map(str, found)) for found in (others, now))
    return [
        f"{plan.study}: an earlier version paused its trials at other rungs ({was} epochs) than those of now ({are}); "
        f"one that is paused below a rung goes on to it"
    ]


def repeats_in_words(plan: Plan) -> list[str]:
    """Return a sentence where trainings that may keep nothing are to be paused."""
    if plan.model.own is None or plan.method.pruner != "promote" or not plan.budget.trials:
        return []
    return [
        f"{plan.study}: a training that keeps nothing (run.keep) begins again from its first epoch at each rung of "
        f"--pruner promote, and what it repeats is not counted by any budget of epochs"
    ]


def left_alone_in_words(study: str, rows: Sequence[TrialRow]) -> list[str]:
    """Return a sentence on trials of a search in turns that ended badly, and are not taken up again."""
    if not rows:
        return []
    counted = Counter(row.state for row in rows)
    ended = " and ".join(f"{number} {state}" for state, number in counted.items())
    return [
        f"{study}: {ended} of the search stay as they are, as what it did since was decided from how they ended "
        f"(--reproducible); --try tries settings again, as a further trial, and --name begins another search"
    ]


def starts_in_words(plan: Plan, trials: Sequence[TrialRow], ablation: Ablation | None = None) -> list[str]:
    """Return a sentence on the starts of a space that a search is still to try; nothing where there is no search.

    Args:
        plan: The study.
        trials: The study's.
        ablation: What is trained; None for a search.
    """
    begun = [row for row in trials if row.phase is Phase.SEARCH]
    tried = {fingerprint(tuned(plan, row.configuration)) for row in begun}
    left = sum(fingerprint(start) not in tried for start in starts_of(plan))
    room = max(0, plan.budget.trials - max(1, len(begun)))
    if not left or not room or (ablation is not None and not ablation.needs_search):
        return []
    fit = f"; --trials {plan.budget.trials} leaves room for {room} of them" if room < left else ""
    are = "is" if left == 1 else "are"
    return [
        f"{plan.study}: {_counted(left, 'start')} of the space {are} tried after the baseline, before the sampler is "
        f"asked{fit}"
    ]


def raised_for_tries(plan: Plan, request: Request, row: PlanRow | None, tries: Asked) -> list[str]:
    """Return a sentence where what is to be tried needs more trials than were asked for, or stored."""
    if plan.budget.epoch_budget is not None and "trials" not in request.given:
        return []
    asked = max(request.given.get("trials", Budget().trials if row is None else 0), row.trials if row else 0)
    if not tries.open or plan.budget.trials <= asked:
        return []
    return [
        f"{plan.study}: the search has {plan.budget.trials} trials now instead of {asked}, as those left do not "
        f"suffice for what is to be tried"
    ]


def smallest_effect_in_words(plan: Plan, row: PlanRow | None) -> list[str]:
    """Return a sentence where a stored study's smallest effect that matters is another one from now on."""
    was, now = None if row is None else row.smallest_effect, plan.method.smallest_effect
    if row is None or was == now:
        return []
    before = "" if was is None else f", no longer {was:g}"
    return [f"{plan.study}: the smallest effect that matters is {now:g} {plan.metric.differences_in} now{before}"]


def held_in_words(plan: Plan, besides: Container[str] = ()) -> list[str]:
    """Return a sentence on the options that the space tunes and the study has no use for.

    Args:
        plan: The study.
        besides: Options that were told already.
    """
    reasons: dict[str, list[str]] = {}
    held = held_values(plan.space, plan.model, plan.dataset.spec, plan.fixed)
    for name, (_, reason) in held.items():
        if name in plan.fixed and name not in besides:
            reasons.setdefault(reason, []).append(f"{name} at {plan.fixed[name]}")
    return [f"{plan.study}: held, not tuned: {', '.join(names)}, as {reason}" for reason, names in reasons.items()]


def partly_idle_in_words(plan: Plan) -> list[str]:
    """Return a sentence on each option that is tuned with optimizers of which some do not use it."""
    told = []
    for name, (uses, others) in partly_idle(plan).items():
        without = f"when={{'optimizer': {tuple(uses)!r}}} in its domain" if uses else "a space without its domain"
        listed = " and ".join(map(str, others))
        told.append(
            f"{plan.study}: {name} is tuned with {listed} too, where it has no effect; {without} keeps a new study "
            f"from that"
        )
    return told


def held_by_arms_in_words(plan: Plan, arms: Sequence[Arm]) -> list[str]:
    """Return a sentence on what the searches of re-tuned arms hold, as the arm's optimizer does not use it."""
    retuned = [arm for arm in arms if arm.setting is Setting.RETUNED and arm.search == 1]
    return [sentence for arm in retuned for sentence in held_in_words(retuning_of(plan, arm), besides=plan.fixed)]


def searches_in_words(plan: Plan, ablation: Ablation, arms: Sequence[Arm]) -> list[str]:
    """Return a sentence on what several searches of each re-tuned arm are, and what they cost in all."""
    retuned = [arm for arm in arms if arm.setting is Setting.RETUNED]
    if ablation.searches == 1 or not retuned:
        return []
    variants = sum(arm.role is Role.VARIANT and arm.search == 1 for arm in retuned)
    controls = sum(arm.role is not Role.VARIANT and arm.search == 1 for arm in retuned)
    return [
        f"{plan.study}: {_counted(variants, 'variant')} and {_counted(controls, 'control')} are re-tuned by "
        f"{ablation.searches} independent searches each, search k of all from one seed: {len(retuned)} searches of "
        f"{_search_in_words(plan)}, and {_counted(len(retuned) * ablation.replicates, 'trial')} of what "
        f"they find"
    ]


def _search_in_words(plan: Plan) -> str:
    """Return what one search may spend."""
    if plan.budget.epoch_budget is None:
        return _counted(plan.budget.trials, "trial")
    return f"at most {_counted(plan.budget.epoch_budget, 'epoch')} and {_counted(plan.budget.trials, 'trial')}"


def widened_in_words(plan: Plan, row: PlanRow) -> list[str]:
    """Return a sentence for each domain that is wider or new since the study was stored."""
    changes = domain_changes(row, plan.space, plan.model).taken
    return [f"{plan.study}: {change}; its trials count on, and teach the sampler" for change in changes]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"
