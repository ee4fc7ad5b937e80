"""How many trials were begun, and how often the test split was opened, in two sentences."""

from __future__ import annotations

from reports import formatting as form
from reports.analysis.frames import Frames


def counts(frames: Frames) -> str:
    """Return the numbers of trials by state, and of those that were evaluated on the test split."""
    trials = frames.trials
    states = trials["state"].value_counts()
    ordered = [f"{number} {state}" for state, number in sorted(states.items(), key=lambda item: (-item[1], item[0]))]
    scored = trials[trials["trial"].isin(frames.tests["trial"])]
    configurations = len(scored[["study", "configuration_hash"]].drop_duplicates())
    text = f"{form.count(len(frames.plans), 'study')}, {form.count(len(trials), 'trial')} begun"
    text += f": {', '.join(ordered)}." if ordered else "."
    if not frames.retunings.empty:
        text += f" Beside them, searches that re-tune a variant began {form.count(len(frames.retunings), 'trial')}."
    if scored.empty:
        return f"{text} {_NOT_TESTED[_kind(frames)]}"
    of = f"{form.count(len(scored), 'trial')} of {form.count(configurations, 'configuration')}"
    return f"{text} {_TESTED[_kind(frames)].format(of=of, were='was' if len(scored) == 1 else 'were')}"


def _kind(frames: Frames) -> str:
    """Return whether the models of all studies here train themselves: `own`, `ours` where none does, else `mixed`."""
    kinds = {plan.own_training for plan in frames.plan_rows.values()}
    return "mixed" if len(kinds) > 1 else "own" if kinds == {True} else "ours"


_NOT_TESTED = {
    "ours": "The test split has not been opened.",
    "own": "No model's 'test(run)' has been called.",
    "mixed": "No test split has been opened, and no model's 'test(run)' called.",
}
_TESTED = {
    "ours": (
        "On the test split {of} {were} evaluated, each once, at its end; whatever chooses settings saw the validation "
        "split alone."
    ),
    "own": (
        "The models' 'test(run)' was called for {of}, once for each, at its end; whatever chooses settings saw what "
        "'train(run)' yielded alone."
    ),
    "mixed": (
        "On the test split, or by a model's 'test(run)', {of} {were} evaluated, each once, at its end; whatever "
        "chooses settings saw the validation split, or what a model's 'train(run)' yielded, alone."
    ),
}
"""Whose training made the studies of a page -> what is said of the test scores."""
