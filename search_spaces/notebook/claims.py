"""What the notebook's discussion claims of its two models, declared as data (`judging` judges), and its cards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from reports.analysis.frames import Frames
from reports.findings.cards import NOT_TESTED, Finding, with_lines
from reports.findings.comparison import Comparison, comparisons
from reports.pages.document import Card, Link, Stance
from search_spaces.notebook import judging
from search_spaces.notebook.judging import Judged
from study.trial import Phase

_METRIC = "accuracy"
_LEADERBOARD = Link("leaderboard", "table-leaderboard")
_LOSSES = Link("loss curves", "figure-training-loss")
_COST = Link("cost against accuracy", "figure-cost")
_EFFECTS = Link("figure of the effects", "figure-ablation-effects")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence about two models, and the function that judges it from their trials."""

    text: str
    judge: Callable[[Comparison], Judged]
    links: tuple[Link, ...]
    first: str = "cnn"
    second: str = "lstm"
    source: str = "the notebook"
    needs_equal_machines: bool = False
    dataset: str | None = None
    """The data set that the claim is about; None: any."""


def findings(frames: Frames, studies: Sequence[str]) -> list[Finding]:
    """Return a card for each claim and data set on which one of its models has a study that is scored by accuracy.

    A claim about one data set is judged there alone; where nothing is planned for that, one card says so. The
    notebook measured accuracy, so that two studies with other metrics say nothing of its claims.

    Args:
        frames: Every frame of the report.
        studies: Those of the spaces that declare these claims.
    """
    found = []
    measured = {study for study, plan in frames.plan_rows.items() if plan.metric.name == _METRIC}
    for claim in CLAIMS:
        compared = comparisons(frames, studies, (claim.first, claim.second))
        pairs = [pair for pair in compared if measured & set(pair.studies)]  # beside another metric, that is said
        apt = [pair for pair in pairs if claim.dataset in (None, pair.dataset)]
        found += [_finding(claim, pair, named=len(pairs) > 1) for pair in apt or pairs[:1]]
    return found


def _finding(claim: Claim, found: Comparison, *, named: bool) -> Finding:
    judged = _judged(claim, found)
    card = Card(
        claim=f"{claim.text} ({claim.source}; on {found.dataset})" if named else f"{claim.text} ({claim.source})",
        stance=judged.stance,
        verdict=judged.verdict,
        text=judged.text,
        links=tuple(_links(claim, found)) if judged.stance is not Stance.UNTESTED else (),
        command=judged.command,
    )
    surer = judged.stance is Stance.UNDECIDED and not judged.command
    return Finding(with_lines(card, judged.lines), found.command() if surer else "")


def _links(claim: Claim, found: Comparison) -> Iterator[Link]:
    """Yield those of the claim's links that lead to something of these two studies."""
    trials, arms = found.frames.trials, found.frames.arms
    searched = set(trials.loc[trials["phase"] == Phase.SEARCH.value, "study"])
    shown = {_COST: searched, _EFFECTS: set(arms["study"])}
    for link in claim.links:
        if link not in shown or shown[link] & set(found.studies):
            yield link


def _judged(claim: Claim, found: Comparison) -> Judged:
    if claim.dataset not in (None, found.dataset):
        command = found.command(claim.dataset, epochs=found.published_epochs)
        text = f"The claim is about {claim.dataset}, these are {found.dataset}."
        return Judged(Stance.UNTESTED, NOT_TESTED, text, command=command)
    if not found.tested:
        missing = [study for side, study in enumerate(found.studies) if found.of(side, "trial").empty]
        text = f"No trial of the baseline of {' or '.join(missing)} is complete and evaluated on the test split."
        return Judged(Stance.UNTESTED, NOT_TESTED, text, command=found.command(claim.dataset))
    unlike = found.unlike() + (found.unlike_machines() if claim.needs_equal_machines else [])
    if unlike:
        text = f"Between the two, {', '.join(unlike)}."
        epochs = found.published_epochs if claim.dataset else None
        return judging.not_alike(text, found.command(anew=True, epochs=epochs))
    return claim.judge(found)


CLAIMS = (
    Claim("The CNN trains faster than the LSTM", judging.faster, (_LEADERBOARD, _COST), needs_equal_machines=True),
    Claim("The CNN converges more stably than the LSTM", judging.steadier, (_LOSSES,)),
    Claim("The CNN is parameter-efficient: sharing weights, it needs fewer", judging.leaner, (_LEADERBOARD, _COST)),
    Claim("Flattening images to rows loses accuracy", judging.flattening_costs, (_LEADERBOARD, _EFFECTS)),
    Claim("CNN and LSTM both reach about 99 %", judging.about_99, (_LEADERBOARD,), dataset="mnist"),
)
"""Of the notebook's discussion, in its order."""
