"""Suggestions: each has a card, folded where nothing is decided, with its figures and what would tell more."""

from __future__ import annotations

from typing import Any

import pytest

from reports.analysis.effects import effects
from reports.findings.commands import extension_command
from reports.findings.suggestions import suggestions
from reports.formatting import MINUS
from reports.pages.document import Bullets, Card, Commands, Findings, Paragraph, Section, Stance
from reports.sections import findings, headline
from reports.writing import build
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import DOMAINS, Laboratory

BASE = (0.970, 0.972, 0.968, 0.971, 0.969, 0.970)
BETTER = (0.980, 0.984, 0.979, 0.984, 0.978, 0.981)
WORSE = (0.960, 0.960, 0.957, 0.958, 0.960, 0.959)
MIXED = (0.971, 0.970, 0.969, 0.972, 0.968, 0.971)
NAMES = ("slices", "wide", "deep")


def planned(laboratory: Laboratory, *names: str) -> str:
    variants = [{"name": name, "changes": {"window": 4}, "reason": f"Feed {name}"} for name in names or NAMES]
    definition = {"name": "mine", "domains": DOMAINS, "variants": variants, "published": None}
    return laboratory.plan("mine@mnist", definition=definition)


def section(laboratory: Laboratory) -> Section:
    return findings.section(laboratory.frames())


def cards(laboratory: Laboratory, *, folded: bool = False) -> tuple[Card, ...]:
    found = [block for block in section(laboratory).blocks if isinstance(block, Findings) and block.folded == folded]
    return tuple(card for block in found for card in block.cards)


def prose(laboratory: Laboratory) -> list[str]:
    return [block.text for block in section(laboratory).blocks if isinstance(block, Paragraph)]


def commands(laboratory: Laboratory) -> list[str]:
    """Those that serve several suggestions."""
    lines = [line for block in section(laboratory).blocks if isinstance(block, Commands) for line in block.lines]
    return [without_storage(line) for line in lines]


def without_storage(command: str) -> str:
    """Its folder changes from test to test."""
    return command.partition(" --storage")[0]


def test_untested_suggestions_give_one_command(laboratory: Laboratory) -> None:
    planned(laboratory, "slices", "wide")
    assert cards(laboratory) == ()
    assert prose(laboratory)[:3] == [
        "2 claims and suggestions: 2 not tested.",
        "Suggestions of mine@mnist that are not decided:",
        "To test what was not tested, with the fewest seeds that may decide:",
    ]
    assert commands(laboratory) == ["python -m study ablate mine --variants slices,wide --dataset mnist --replicates 7"]
    slices, wide = cards(laboratory, folded=True)
    assert (slices.claim, wide.claim) == ("Feed slices (slices, mine@mnist)", "Feed wide (wide, mine@mnist)")
    assert (slices.stance, slices.verdict, slices.text) == (Stance.UNTESTED, "not tested", "Changes window = 4.")
    assert (slices.evidence, slices.links) == ((), ())
    assert slices.purpose == "To test it, with the fewest seeds that may decide:"
    assert without_storage(slices.command) == (
        "python -m study ablate mine --variants slices --dataset mnist --replicates 6"
    )


@pytest.mark.cases(1)
@pytest.mark.parametrize(("outcomes", "stance", "verdict"), [(BETTER, "for", "helps"), (WORSE, "against", "hurts")])
def test_a_decided_suggestion_has_a_card(
    laboratory: Laboratory, outcomes: tuple[float, ...], stance: str, verdict: str
) -> None:
    ablate(laboratory, planned(laboratory, "slices"), baseline(*BASE), Arm("slices", outcomes))
    (found,) = cards(laboratory)
    assert (found.claim, found.stance, found.verdict) == ("Feed slices (slices, mine@mnist)", stance, verdict)
    assert (len(found.evidence_for), len(found.evidence_against)) == ((1, 0) if stance == "for" else (0, 1))
    assert (found.text, found.command, commands(laboratory)) == ("Changes window = 4.", "", [])


def test_a_card_tells_its_figures_and_its_caveat(laboratory: Laboratory) -> None:
    size = Arm("size=64", BETTER, role="size-matched")
    wide = Arm("wide", BETTER, matched="size=64", seconds=3.0)
    ablate(laboratory, planned(laboratory, "wide"), baseline(*BASE), size, wide)
    (found,) = cards(laboratory)
    assert found.verdict == "helps (not shown to be better than a baseline of its size)"
    assert found.evidence_for == (
        "one-at-a-time, everything else fixed: +1.10 percentage points (+0.95 to +1.25), 6 seeds, Holm p 0.031, 1.50 "
        "times the training time",
    )
    assert found.evidence_neutral == (
        "one-at-a-time, everything else fixed, against a baseline of its size (size=64): 0.00 percentage points (no "
        "interval: all seeds alike), 6 seeds",
    )
    assert found.text == "Changes window = 4."


def test_a_part_taken_out_speaks_of_the_part(laboratory: Laboratory) -> None:
    full = Arm("everything", BASE, role="baseline", control=None)
    without = Arm("without wide", WORSE, removed="wide", control="everything", seconds=1.0)
    study = planned(laboratory, "wide")
    ablate(laboratory, study, full, without, name="leave-one-out", design="leave-one-out")
    (found,) = cards(laboratory)
    assert (found.stance, found.verdict) == (Stance.FOR, "taking it out hurts: the part itself helps")
    assert found.evidence_for == (
        "leave-one-out (what it adds to the rest), everything else fixed: +1.10 percentage points (+0.95 to +1.25), 6 "
        "seeds, Holm p 0.031, 2.00 times the training time",
    )


def test_two_ablations_that_disagree_are_mixed(laboratory: Laboratory) -> None:
    study = planned(laboratory, "wide")
    retuned = [baseline(*BASE, setting="retuned"), Arm("wide", WORSE, setting="retuned")]
    ablate(laboratory, study, baseline(*BASE), Arm("wide", BETTER), *retuned)
    (found,) = cards(laboratory)
    assert (found.stance, found.verdict) == (Stance.MIXED, "everything else fixed: helps; re-tuned: hurts")


def test_cards_stand_in_the_order_of_their_stance(laboratory: Laboratory) -> None:
    study = planned(laboratory)
    few = [Arm(name, outcomes * 2) for name, outcomes in zip(NAMES, (WORSE, MIXED, BETTER), strict=True)]
    ablate(laboratory, study, baseline(*BASE, *BASE), *few)
    assert [found.stance for found in cards(laboratory)] == [Stance.FOR, Stance.AGAINST]
    assert [found.claim for found in cards(laboratory, folded=True)] == ["Feed wide (wide, mine@mnist)"]


def test_undecided_suggestions_share_a_command_and_have_their_own(laboratory: Laboratory) -> None:
    arms = [Arm("slices", BETTER[:5]), Arm("wide", BETTER[:5]), Arm("deep", BASE[:5])]
    ablate(laboratory, planned(laboratory), baseline(*BASE[:5]), *arms)
    assert cards(laboratory) == ()
    slices, wide, deep = cards(laboratory, folded=True)
    assert (slices.stance, slices.verdict) == (Stance.UNDECIDED, "inconclusive (5 seeds; needs at least 7)")
    assert slices.evidence_for == (
        "one-at-a-time, everything else fixed: +1.10 percentage points (+0.90 to +1.30), 5 seeds, Holm p 0.19, 1.00 "
        "times the training time",
    )
    assert slices.purpose.startswith("To know more surely, with more seeds (of every arm): 7 would tell of slices (")
    assert [without_storage(found.command).partition("--variants ")[2] for found in (slices, wide, deep)] == [
        "slices --dataset mnist --replicates 7",
        "wide --dataset mnist --replicates 7",
        "",
    ]
    assert deep.text.startswith("Changes window = 4. More than 200 seeds would be needed to tell of deep, were")
    assert prose(laboratory)[2:3] == [
        "To know more surely, with more seeds (of every arm): 7 would tell of slices and wide (one-at-a-time) with a "
        "chance of 80 %, were the effect what it seems.",
    ]
    assert commands(laboratory) == [
        "python -m study ablate mine --variants slices,wide --dataset mnist --replicates 7",
    ]


def test_what_no_seeds_would_tell_has_no_command(laboratory: Laboratory) -> None:
    ablate(laboratory, planned(laboratory, "deep"), baseline(*BASE), Arm("deep", BASE))
    assert commands(laboratory) == []


def test_an_unfinished_ablation_goes_on(laboratory: Laboratory) -> None:
    ablate(laboratory, planned(laboratory, "deep"), baseline(*BASE), Arm("deep", (*BETTER[:5], None)))
    (found,) = cards(laboratory, folded=True)
    assert found.purpose == "Trials of one-at-a-time are left to do; to go on:"
    assert without_storage(found.command) == "python -m study ablate mine --variants deep --dataset mnist"
    assert commands(laboratory) == []


@pytest.mark.cases(1)
@pytest.mark.parametrize(("times", "seeds"), [(1, 7), (2, 12)])
def test_what_joins_an_ablation_gets_the_seeds_of_its_whole_model(
    laboratory: Laboratory, times: int, seeds: int
) -> None:
    ablate(laboratory, planned(laboratory), baseline(*BASE * times), Arm("slices", BETTER * times))
    wide, _ = cards(laboratory, folded=True)
    assert without_storage(wide.command).endswith(f"--variants wide --dataset mnist --replicates {seeds}")
    (together,) = commands(laboratory)
    assert together.endswith(f"--variants wide,deep --dataset mnist --replicates {seeds}")


def test_a_retuned_effect_alone_decides_nothing(laboratory: Laboratory) -> None:
    retuned = [baseline(*BASE, setting="retuned"), Arm("wide", BETTER, setting="retuned")]
    ablate(laboratory, planned(laboratory, "wide"), baseline(*BASE), Arm("wide", MIXED), *retuned)
    (found,) = cards(laboratory, folded=True)
    assert (found.stance, found.verdict) == (
        Stance.UNDECIDED,
        "everything else fixed: no evidence; re-tuned: helps",
    )
    (line,) = found.evidence_for
    assert line.startswith(
        "one-at-a-time, re-tuned (one search a side, whose luck no interval holds): +1.10 percentage points"
    )


def test_no_command_asks_for_more_seeds_of_retuned_arms_alone(laboratory: Laboratory) -> None:
    retuned = [baseline(*BASE[:5], setting="retuned"), Arm("wide", BETTER[:5], setting="retuned")]
    ablate(laboratory, planned(laboratory, "wide"), baseline(*BASE[:5]), Arm("wide", BASE[:5]), *retuned)
    (found,) = cards(laboratory, folded=True)
    assert found.command == ""
    assert "More than 200 seeds would be needed to tell of wide" in found.text


@pytest.mark.parametrize("lost", ["diverged", "failed"])
def test_no_number_of_seeds_makes_good_a_lost_training(laboratory: Laboratory, lost: str) -> None:
    arm = Arm("wide", (*BETTER[:5], lost))
    ablate(laboratory, planned(laboratory, "wide"), baseline(*BASE), arm)
    (found,) = cards(laboratory, folded=True)
    assert found.verdict == f"inconclusive (5 seeds; 1 of 6 seeds {lost})"
    assert found.text.endswith(
        "More seeds cannot show that wide helps: a trial that it or its control lost counts against that verdict."
    )
    assert found.command == ""


def test_one_pair_promises_no_power(laboratory: Laboratory) -> None:
    ablate(laboratory, planned(laboratory, "wide"), baseline(BASE[0]), Arm("wide", BETTER[:1]))
    (found,) = cards(laboratory, folded=True)
    assert found.purpose == "Any verdict on wide (one-at-a-time) needs 6 seeds (of every arm) or more:"
    assert without_storage(found.command).endswith("--replicates 6")


def test_cards_of_names_that_look_alike_in_a_link_have_anchors_of_their_own(laboratory: Laboratory) -> None:
    variants = [{"name": name, "changes": {"window": 4}, "reason": "Feed"} for name in ("a-b", "a_b")]
    definition = {"name": "mine", "domains": DOMAINS, "variants": variants, "published": None}
    laboratory.plan("mine@mnist", definition=definition)
    anchors = [card.anchor for card in cards(laboratory, folded=True)]
    assert anchors == ["card-feed-a-b-mine-mnist", "card-feed-a-b-mine-mnist-2"]


def test_every_card_links_to_its_table_and_figure(laboratory: Laboratory) -> None:
    study = planned(laboratory, "wide", "deep")
    arms = [baseline(*BASE * 2), Arm("wide", BETTER * 2), Arm("deep", BASE * 2)]
    ablate(laboratory, study, *arms)
    ablate(laboratory, study, *arms, name="one at a time")
    document = build(laboratory.frames())
    anchors = document.anchors()
    found = [card for card in document.cards() if "mine@mnist" in card.claim]
    assert [card.stance for card in found] == [Stance.FOR, Stance.UNDECIDED]
    for card in found:
        assert [link.anchor for link in card.links] == [
            "table-ablation-mine-mnist-one-at-a-time",
            "table-ablation-mine-mnist-one-at-a-time-2",
            "figure-ablation-effects",
        ]
        assert anchors >= {link.anchor for link in card.links}


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("ablation", "setting", "options"),
    [
        ({}, "fixed", "--variants wide"),
        ({}, "retuned", "--variants wide --retune"),
        ({"name": "one-at-a-time from best", "reference": "best"}, "fixed", "--variants wide --from best"),
        ({"name": "leave-one-out", "design": "leave-one-out"}, "fixed", "--variants wide --design leave-one-out"),
        (
            {"name": "factorial of a, b", "design": "factorial", "factors": ("a", "b")},
            "fixed",
            "--design factorial --factors a,b",
        ),
        ({"name": "path", "design": "path"}, "fixed", "--design path"),
    ],
)
def test_a_command_goes_on_with_the_ablation_it_is_about(
    laboratory: Laboratory, ablation: dict[str, Any], setting: str, options: str
) -> None:
    arms = [baseline(0.9, setting=setting), Arm("wide", (0.9,), setting=setting)]
    ablate(laboratory, planned(laboratory, "wide"), *arms, **ablation)
    frames = laboratory.frames()
    command = extension_command(frames, effects(frames).iloc[0].to_dict(), ["wide"], 9)
    assert command.partition(" --storage")[0] == (
        f"python -m study ablate mine {options} --dataset mnist --replicates 9"
    )


def test_every_suggestion_is_told_once(laboratory: Laboratory) -> None:
    ablate(laboratory, planned(laboratory), baseline(*BASE), Arm("slices", BETTER))
    found = suggestions(laboratory.frames())
    claims = ["Feed slices (slices, mine@mnist)", "Feed wide (wide, mine@mnist)", "Feed deep (deep, mine@mnist)"]
    assert [(made.name, made.stance) for made in found] == [
        ("slices", Stance.FOR),
        ("wide", Stance.UNTESTED),
        ("deep", Stance.UNTESTED),
    ]
    assert [card.claim for card in (*cards(laboratory), *cards(laboratory, folded=True))] == claims


def test_the_headline_tells_what_was_decided(laboratory: Laboratory) -> None:
    size = Arm("size=64", BETTER, role="size-matched")
    arms = [Arm("slices", BETTER * 2, matched="size=64", seconds=3.0), Arm("wide", WORSE * 2), Arm("deep", MIXED * 2)]
    ablate(laboratory, planned(laboratory), baseline(*BASE * 2), size, *arms)
    block = headline.section(laboratory.frames()).blocks[0]
    assert isinstance(block, Bullets)
    (text,) = block.items
    told = text.split("everything else fixed, ")[1]
    assert told.startswith(
        "12 seeds, each trial learned from 4,000 images, 95 % intervals: of 3 variants 1 helps: slices +1.10 "
        "percentage points (+1.01 to +1.19, 1.50 times "
        f"the training time, not shown to be better than a baseline of its size); 1 hurts: wide {MINUS}1.10 percentage "
        f"points ({MINUS}1.19 to {MINUS}1.01, 1.00 times the training time); 1 not shown to help or hurt: deep."
    )
