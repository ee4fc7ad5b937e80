"""What a study of a model that trains itself cannot have, or needs."""

from __future__ import annotations

from study.errors import StudyError
from study.options.data import DataOptions
from study.options.option import flag, options_of
from study.plan import Plan
from study.prepare.request import Request
from study.task import OWN

USELESS = ("precision", "metrics")
"""Options of a study that its model would not see: it has its own arithmetic, and all that it tells is recorded."""


def check_own(plan: Plan, request: Request) -> None:
    """Check that a model which trains itself is asked for nothing that it does not do.

    Args:
        plan: Of the study.
        request: What was asked.

    Raises:
        StudyError: An option or a `size` that has no effect, data options without data, or final trials without
            `test`.
    """
    own = plan.model.own
    assert own is not None  # it is asked of such models alone
    given = [name for name in USELESS if name in request.given]
    reason = f"on model {plan.model.name!r}, which trains itself"
    if plan.space.size is not None:
        raise StudyError(
            f"space {plan.space.name!r} names size={plan.space.size!r}, by which a baseline would grow to a variant's "
            f"parameters, but how many these are is not known before model {plan.model.name!r} trains itself: leave "
            f"`size` out"
        )
    if plan.dataset.spec.task == OWN:
        given += [name for name in options_of(DataOptions) if name in request.given]
        given += ["split_seed"] * ("split_seed" in request.given)
        if request.train_size is not None:
            raise StudyError(f"--train-size has no effect {reason} and loads its own data")
        if not set(given) <= set(USELESS):
            reason += " and loads its own data; --dataset gives it some, as run.data"
    if given:
        stated = {
            name: entry for owner in (DataOptions, type(plan.method)) for name, entry in options_of(owner).items()
        }
        raise StudyError(f"{flag(given[-1], stated[given[-1]])} has no effect {reason}")
    if own.test is None and (plan.budget.replicates or request.ablation is not None):
        what = "an ablation's trials are" if request.ablation is not None else "final trials are"
        raise StudyError(
            f"model {plan.model.name!r} has no `test(run)`, by which {what} scored on the test split: write one, "
            f"or search alone with --replicates 0"
        )
