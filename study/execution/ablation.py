"""Runs an ablation: the searches that it needs, its fixed arms, its re-tuned arms, or its path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from study.ablation import (
    Ablation,
    Arm,
    Design,
    Setting,
    choose,
    decided,
    planned_trials,
    remaining,
    round_of,
    start,
    unusable,
)
from study.ablation.planning import (
    arm_rows,
    as_begun,
    best_when_begun,
    fixed_arms,
    planned_arms,
    reference_of,
    refuse_changed,
    refuse_other_search,
    retuning_of,
    stored_arms,
)
from study.database import ArmRow, record_changes
from study.errors import StudyError
from study.execution.session import Session
from study.plan import Plan
from study.trial import Scalar, TrialState


def ablate(session: Session, plan: Plan, asked: Ablation, arms: Sequence[Arm]) -> None:
    """Trains what is missing of an ablation.

    Args:
        session: Its database holds the plan.
        plan: The study.
        asked: The ablation; what was asked for before, under the same name, stays in it.
        arms: Its arms, as they were planned before the study was this process's.

    Raises:
        StudyError: The study's search found nothing to go on from.
    """
    database = session.database
    stored = {row.name: row for row in database.ablations(plan.study)}.get(asked.name)
    whole = asked.extended(stored)
    run = _Run(session, plan, whole, tuple(arms) if whole == asked else None)
    withdrawn = [arm.name for arm in database.arms(plan.study, asked.name) if arm.withdrawn_at]
    record_changes(database, plan.study, whole.news(stored, withdrawn), session.command)
    database.save_ablation(run.ablation.columns(plan.study), finished=False)
    if run.ablation.design is Design.PATH:
        run.walk()
    else:
        run.compare()
    database.save_ablation(run.ablation.columns(plan.study), finished=True)


@dataclass(frozen=True, slots=True)
class _Run:
    session: Session
    plan: Plan
    ablation: Ablation
    arms: tuple[Arm, ...] | None
    """Those that are planned already; None where another process has added to the ablation meanwhile."""

    def compare(self) -> None:
        """Trains the arms of a design that is known beforehand, fixed and then re-tuned."""
        if self.ablation.needs_search:
            self._searched(self.plan)
        arms = self._arms()
        self._train(arms, self.ablation.name)
        for number in range(1, self.ablation.searches + 1):  # whenever it stops, the arms have as many searches
            self._retune([arm for arm in arms if arm.setting is Setting.RETUNED and arm.search == number])

    def _arms(self) -> Sequence[Arm]:
        """Return the arms; where variants are added to the best of the search, as that is now."""
        earlier = stored_arms(self.session.database, self.plan, self.ablation)
        if self.ablation.reference != "best":
            if self.arms is None:
                return planned_arms(self.plan, self.ablation, earlier)
            refuse_changed(self.plan, earlier, self.arms)
            return self.arms
        best = self._best(self.plan)
        arms = planned_arms(self.plan, self.ablation, earlier, best=best)
        self._say_what_the_best_excludes(earlier, best)
        return arms

    def walk(self) -> None:
        """Train the greedy path, round by round."""
        self._searched(self.plan)
        stored = stored_arms(self.session.database, self.plan, self.ablation)
        target = self._best(self.plan, stored)
        if target != self._best(self.plan):
            self._say_another_best("goes to")
        chosen = start(self.plan)
        self._train([chosen], f"{self.ablation.name}, start", by_rule=True)
        if not remaining(chosen.configuration or {}, target):
            self.session.say(f"{self.plan.study}: the tuned best is the baseline, so the path has no step")
        while candidates := round_of(self.plan, chosen, target):
            refuse_changed(self.plan, stored, candidates)
            title = f"{self.ablation.name}, step {candidates[0].step} ({len(candidates)} candidates)"
            self._train(candidates, title, by_rule=True)
            scores = self._scores(candidates)
            chosen = decided(candidates, stored) or choose(
                candidates, scores, self.ablation.replicates, self.plan.metric
            )
            self.session.say(f"{self.plan.study}: step {chosen.step} of the path is {chosen.reason}")

    def _train(self, arms: Sequence[Arm], title: str, *, by_rule: bool = False) -> None:
        database, replicates = self.session.database, self.ablation.replicates
        rows = arm_rows(self.plan, arms, replicates, stored_arms(database, self.plan, self.ablation))
        planned = [entry.trial for arm in arms for entry in planned_trials(self.plan, arm, replicates)]
        trials = [trial for trial in planned if trial is not None]
        database.save_arms(self.plan.study, self.ablation.name, rows, by_rule=by_rule)
        # One seed of every arm before the second of any: whenever it stops, the arms can be compared.
        trials.sort(key=lambda trial: trial.replicate or 0)
        self.session.train(self.plan, f"{self.plan.study} {title}", trials)

    def _retune(self, arms: Sequence[Arm]) -> None:
        """Give every re-tuned arm a search of the same budget, then train what each search found.

        Args:
            arms: Re-tuned ones, each with the same number of the search.
        """
        found = []
        for arm in arms:
            plan = retuning_of(self.plan, arm)
            if plan is not self.plan:  # the study's own search is finished
                self._searched(plan)
            try:
                found.append(replace(arm, configuration=self._best(plan)))
            except StudyError as error:
                self.session.say(f"note: {arm.name} is not re-tuned{self._of_searches(arm.search)}: {error}")
        if found:
            title = f"{self.ablation.name}, re-tuned{self._of_searches(found[0].search)}"
            self._train(found, title, by_rule=True)

    def _of_searches(self, number: int) -> str:
        return f", search {number} of {self.ablation.searches}" if self.ablation.searches > 1 else ""

    def _searched(self, plan: Plan) -> None:
        """Search a study's space to its budget, without its final trials."""
        plan = replace(plan, budget=replace(plan.budget, replicates=0))
        if plan.parent is not None:
            stored = self.session.database.plan(plan.study)
            plan = as_begun(plan, stored)
            refuse_other_search(plan, stored)
            self.session.save(plan, stored)
        self.session.tune(plan)

    def _say_what_the_best_excludes(self, stored: Sequence[ArmRow], best: Mapping[str, Scalar] | None) -> None:
        reference = reference_of(self.plan, self.ablation, stored, best)
        for reason in unusable(self.plan, self.ablation, reference, fixed_arms(stored)).values():
            self.session.say(f"note: {reason}")
        if best != reference:
            self._say_another_best("starts from")

    def _say_another_best(self, does: str) -> None:
        self.session.say(
            f"note: this ablation {does} the best that it was begun with; the search has found a better one since, "
            f"which another --storage would take"
        )

    def _best(self, plan: Plan, stored: Sequence[ArmRow] = ()) -> Mapping[str, Scalar]:
        best = best_when_begun(self.session.database.trials(plan.study), stored, plan.metric)
        if best is None:
            raise StudyError(f"no search trial of {plan.study!r} is complete, so there is no best to go on from")
        return best.configuration

    def _scores(self, arms: Sequence[Arm]) -> dict[str, list[float]]:
        """Return the validation scores of each arm's complete trials."""
        complete = {
            row.id: row.value
            for row in self.session.database.trials(self.plan.study)
            if row.state is TrialState.COMPLETE and row.value is not None
        }

        def values(arm: Arm) -> list[float]:
            planned = planned_trials(self.plan, arm, self.ablation.replicates)
            return [complete[entry.trial.id] for entry in planned if entry.trial and entry.trial.id in complete]

        return {arm.name: values(arm) for arm in arms}
