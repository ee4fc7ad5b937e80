"""Suggestions: each has a card, folded where nothing is decided, with its figures and what would tell more."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import update

from reports.analysis.effects import effects
from reports.findings.commands import extension_command
from reports.findings.suggestions import suggestions
from reports.formatting import MINUS, TIMES
from reports.pages.document import Bullets, Card, Commands, Paragraph, Stance, Table
from reports.sections import ablation, methods, not_tested
from reports.writing import build
from study.database import schema
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import DOMAINS, Laboratory
from tests.reports.overviews import advice, overview

BASE = (0.970, 0.972, 0.968, 0.971, 0.969, 0.970)
BETTER = (0.980, 0.984, 0.979, 0.984, 0.978, 0.981)
WORSE = (0.960, 0.960, 0.957, 0.958, 0.960, 0.959)
MIXED = (0.971, 0.970, 0.969, 0.972, 0.968, 0.971)
NAMES = ("slices", "wide", "deep")


def planned(laboratory: Laboratory, *names: str) -> str:
    variants = [{"name": name, "changes": {"window": 4}, "reason": f"Feed {name}"} for name in names or NAMES]
    definition = {"name": "mine", "domains": DOMAINS, "variants": variants, "published": None}
    return laboratory.plan("mine@mnist", definition=definition)


def cards(laboratory: Laboratory) -> tuple[Card, ...]:
    """What is folded into the rows of the tables."""
    blocks = ablation.section(laboratory.frames()).blocks
    return tuple(card for block in blocks if isinstance(block, Table) for card in block.cards)


def commands(laboratory: Laboratory) -> list[str]:
    """Those that serve several suggestions."""
    blocks = ablation.section(laboratory.frames()).blocks
    lines = [line for block in blocks if isinstance(block, Commands) for line in block.lines]
    return [without_storage(line) for line in lines]


def without_storage(command: str) -> str:
    """Its folder changes from test to test."""
    return command.partition(" --storage")[0]


def test_untested_suggestions_give_one_command_in_the_appendix(laboratory: Laboratory) -> None:
    planned(laboratory, "slices", "wide")
    assert cards(laboratory) == ()
    section = not_tested.section(laboratory.frames())
    assert section.appendix
    told, command = section.blocks
    assert isinstance(told, Paragraph)
    assert isinstance(command, Commands)
    assert told.text == "mine@mnist: 2 suggestions without a trial: slices, wide."
    assert [without_storage(line) for line in command.lines] == [
        "python -m study ablate mine --variants slices,wide --dataset mnist"
    ]
    assert overview(laboratory.frames()).suggestions_note == (
        "None of the 2 suggestions was tested yet; the appendix has the command."
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
    assert (found.text, commands(laboratory)) == ("Changes window = 4.", [])
    adopted = "python -m study run mine --dataset mnist --epochs 3 --name slices --set window=4"
    assert without_storage(found.command) == (adopted if stance == "for" else "")


def test_a_card_tells_its_figures_and_its_caveat(laboratory: Laboratory) -> None:
    size = Arm("size=64", BETTER, role="size-matched")
    wide = Arm("wide", BETTER, matched="size=64", seconds=3.0)
    ablate(laboratory, planned(laboratory, "wide"), baseline(*BASE), size, wide)
    (found,) = cards(laboratory)
    assert found.verdict == "helps (not shown to be better than a baseline of its size)"
    assert found.evidence_for == (
        "one-at-a-time, everything else fixed: +1.10 percentage points (+0.80 to +1.40), 6 seeds, Holm p under 0.0001",
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
        "leave-one-out (what it adds to the rest), everything else fixed: +1.10 percentage points (+0.77 to +1.43), 6 "
        "seeds, Holm p 0.00034",
    )


def test_two_ablations_that_disagree_are_mixed(laboratory: Laboratory) -> None:
    study = planned(laboratory, "wide")
    ablate(laboratory, study, baseline(*BASE), Arm("wide", BETTER))
    ablate(laboratory, study, baseline(*BASE), Arm("wide", WORSE), name="again")
    (found,) = cards(laboratory)
    words = "again, everything else fixed: hurts; one-at-a-time, everything else fixed: helps"
    assert (found.stance, found.verdict) == (Stance.MIXED, words)
    assert advice(overview(laboratory.frames())) == {"Unproven": ["wide"]}


def test_what_no_seeds_would_tell_has_no_command(laboratory: Laboratory) -> None:
    ablate(laboratory, planned(laboratory, "deep"), baseline(*BASE), Arm("deep", BASE))
    assert commands(laboratory) == []


def test_an_unfinished_ablation_goes_on(laboratory: Laboratory) -> None:
    ablate(laboratory, planned(laboratory, "deep"), baseline(*BASE), Arm("deep", (*BETTER[:5], None)))
    (found,) = cards(laboratory)
    assert found.purpose == "Trials of one-at-a-time are left to do; to go on:"
    assert without_storage(found.command) == "python -m study ablate mine --variants deep --dataset mnist"
    assert commands(laboratory) == []


def test_what_joins_an_ablation_gets_its_seeds(laboratory: Laboratory) -> None:
    ablate(laboratory, planned(laboratory), baseline(*BASE * 2), Arm("slices", BETTER * 2))
    (command,) = (block for block in not_tested.section(laboratory.frames()).blocks if isinstance(block, Commands))
    assert without_storage(command.lines[0]).endswith("--variants wide,deep --dataset mnist --replicates 12")


def test_what_one_search_found_decides_nothing(laboratory: Laboratory) -> None:
    retuned = [baseline(*BASE, setting="retuned"), Arm("wide", BETTER, setting="retuned")]
    ablate(laboratory, planned(laboratory, "wide"), baseline(*BASE), Arm("wide", MIXED), *retuned)
    (found,) = cards(laboratory)
    assert (found.stance, found.verdict) == (
        Stance.UNDECIDED,
        "everything else fixed: no evidence; re-tuned: inconclusive (6 seeds; needs at least 3 searches)",
    )
    assert any(line.startswith("one-at-a-time, re-tuned: +1.10 percentage") for line in found.evidence_neutral)


def test_no_command_asks_for_more_seeds_of_retuned_arms_alone(laboratory: Laboratory) -> None:
    retuned = [baseline(*BASE[:5], setting="retuned"), Arm("wide", BETTER[:5], setting="retuned")]
    ablate(laboratory, planned(laboratory, "wide"), baseline(*BASE[:5]), Arm("wide", BASE[:5]), *retuned)
    (found,) = cards(laboratory)
    assert found.command == ""


@pytest.mark.parametrize("lost", ["diverged", "failed"])
def test_no_number_of_seeds_makes_good_a_lost_training(laboratory: Laboratory, lost: str) -> None:
    arm = Arm("wide", (*BETTER[:5], lost))
    ablate(laboratory, planned(laboratory, "wide"), baseline(*BASE), arm)
    (found,) = cards(laboratory)
    assert found.verdict == f"inconclusive (5 seeds; 1 of 6 seeds {lost})"
    assert found.text.endswith(
        "More seeds cannot show that wide helps: a trial that it or its control lost counts against that verdict."
    )
    assert found.command == ""


def test_cards_of_names_that_look_alike_in_a_link_have_anchors_of_their_own(laboratory: Laboratory) -> None:
    variants = [{"name": name, "changes": {"window": 4}, "reason": "Feed"} for name in ("a-b", "a_b")]
    definition = {"name": "mine", "domains": DOMAINS, "variants": variants, "published": None}
    study = laboratory.plan("mine@mnist", definition=definition)
    ablate(laboratory, study, baseline(*BASE), Arm("a-b", BETTER), Arm("a_b", BETTER))
    anchors = [card.anchor for card in cards(laboratory)]
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
    assert [(made.name, made.stance) for made in found] == [
        ("slices", Stance.FOR),
        ("wide", Stance.UNTESTED),
        ("deep", Stance.UNTESTED),
    ]
    assert [card.claim for card in cards(laboratory)] == ["Feed slices (slices, mine@mnist)"]
    told = not_tested.section(laboratory.frames()).blocks[0]
    assert isinstance(told, Paragraph)
    assert told.text == "mine@mnist: 2 suggestions without a trial: wide, deep."


def test_the_first_screen_tells_what_to_adopt(laboratory: Laboratory) -> None:
    size = Arm("size=64", BETTER, role="size-matched")
    arms = [Arm("slices", BETTER * 2, matched="size=64", seconds=3.0), Arm("wide", WORSE * 2), Arm("deep", MIXED * 2)]
    ablate(laboratory, planned(laboratory), baseline(*BASE * 2), size, *arms)
    found = overview(laboratory.frames())
    assert advice(found) == {"Adopt": ["slices"], "Don't": ["wide"], "Unproven": ["deep"]}
    adopt, dont, unproven = found.groups
    assert adopt.suggestions[0].effect == "+1.10 (+0.91 to +1.29)"
    assert adopt.suggestions[0].note == "a baseline as large may do as well"
    assert dont.suggestions[0].effect == f"{MINUS}1.10 ({MINUS}1.29 to {MINUS}0.91)"
    assert (adopt.folded, unproven.folded) == (False, True)
    assert {suggested.anchor for group in found.groups for suggested in group.suggestions} <= {
        card.anchor for card in cards(laboratory)
    }
    assert found.trust == (
        "How sure: 12 seeds each, fixed beforehand; 3 comparisons judged together: the chance that any Adopt or Don't "
        "here is false is at most 5 %. No variant was added or withdrawn afterwards."
    )


def test_what_to_adopt_brings_its_command_and_tells_whether_effects_add_up(laboratory: Laboratory) -> None:
    changes: dict[str, dict[str, Any]] = {"wide": {"width": 64}, "deep": {"layers": 4}}
    changes["all"] = changes["wide"] | changes["deep"] | {"norm": True}
    variants = [{"name": name, "changes": values, "reason": ""} for name, values in changes.items()]
    definition = {"name": "mine", "domains": DOMAINS, "variants": variants, "published": None}
    study = laboratory.plan("mine@mnist", definition=definition)
    ablate(laboratory, study, baseline(*BASE), Arm("all", BETTER), Arm("deep", BETTER), Arm("wide", BETTER))
    found = overview(laboratory.frames())
    told = {suggested.name: suggested.changes for suggested in found.groups[0].suggestions}
    assert told == {"wide": "width=64", "deep": "layers=4", "all": "width=64 and 2 more"}
    assert found.scope == "Baseline: 97.00 % test accuracy after 3 epochs on 4,000 training images, mean of 6 seeds."
    assert found.remarks[0] == (
        "all contains wide and deep. Whether the effects of wide and deep add up was not tried. "
        "The command is under Suggestions."
    )
    trained = {card.claim: without_storage(card.command) for card in cards(laboratory)}
    assert trained["A variant (deep, mine@mnist)"].endswith("--epochs 3 --name deep --set layers=4")
    assert commands(laboratory) == [
        "python -m study ablate mine --design factorial --factors wide,deep --dataset mnist"
    ]


def test_many_of_one_advice_are_folded(laboratory: Laboratory) -> None:
    names = [f"v{number}" for number in range(9)]
    arms = [Arm(name, WORSE * 3) for name in names]
    ablate(laboratory, planned(laboratory, *names), baseline(*BASE * 3), *arms)
    (group,) = overview(laboratory.frames()).groups
    assert (group.advice, group.folded, group.counted) == ("Don't", True, "9 don't")


def test_seeds_that_were_added_after_a_look_are_marked(laboratory: Laboratory) -> None:
    ablate(laboratory, planned(laboratory, "wide"), baseline(*BASE), Arm("wide", BETTER))
    assert overview(laboratory.frames()).trust.startswith("How sure: 6 seeds each, fixed beforehand; ")
    with laboratory.database.begin() as connection:
        later = schema.planned_trial.c.replicate >= 3
        connection.execute(update(schema.planned_trial).where(later).values(planned_at="2099-01-01T00:00:00+00:00"))
    assert overview(laboratory.frames()).trust.startswith(
        "How sure: 6 seeds each, 3 of them added after results were seen: look 2, so p is compared with 0.013; "
    )
    assert overview(laboratory.frames()).trust.endswith(
        "is false is at most 7.5 %. No variant was added or withdrawn afterwards."
    )
    told = [block.items for block in methods.section(laboratory.frames()).blocks if isinstance(block, Bullets)]
    assert any(item.startswith("Seeds that were added after results were there are a further look") for item in told[0])


def test_seeds_are_advised_for_a_stated_effect_alone(laboratory: Laboratory) -> None:
    study = planned(laboratory, "deep")
    ablate(laboratory, study, baseline(*BASE[:3]), Arm("deep", MIXED[:3]))
    (found,) = cards(laboratory)
    assert (found.command, "Seeds needed" in headings(laboratory)) == ("", False)
    with laboratory.database.begin() as connection:
        connection.execute(update(schema.plan).values(smallest_effect=0.3))
    (found,) = cards(laboratory)
    assert re.match(
        r"To know more surely: \d+ seeds of every variant would find an effect of 0.3 percentage points of deep",
        found.purpose,
    )
    assert without_storage(found.command).startswith(
        "python -m study ablate mine --variants deep --dataset mnist --replicates"
    )
    assert "Seeds needed" in headings(laboratory)


def test_an_effect_that_is_small_enough_is_no_suggestion_to_adopt(laboratory: Laboratory) -> None:
    study = planned(laboratory, "deep")
    ablate(laboratory, study, baseline(*BASE * 2), Arm("deep", MIXED * 2))
    with laboratory.database.begin() as connection:
        connection.execute(update(schema.plan).values(smallest_effect=2.5))
    found = overview(laboratory.frames())
    assert advice(found) == {"Don't": ["deep"]}
    assert found.groups[0].suggestions[0].note == "no effect larger than 2.5 percentage points"


def headings(laboratory: Laboratory) -> list[str]:
    """Those of the table of effects."""
    blocks = ablation.section(laboratory.frames()).blocks
    return [heading for block in blocks if isinstance(block, Table) and block.keys for heading in block.headings]


@pytest.mark.cases(3)
@pytest.mark.parametrize(
    ("seconds", "told", "note"),
    [
        ((3.0, 2.0), f"1.50 {TIMES} time, same size", False),
        ((3.0, 9.0), "same size", True),
        ((20.0, 9.0), f"10.00 {TIMES} time, same size", False),
    ],
)
def test_time_is_told_where_the_machine_was_steady(
    laboratory: Laboratory, seconds: tuple[float, float], told: str, note: bool
) -> None:
    floor = Arm("noise floor", BASE[::-1], role="noise-floor", first_seed=900, seconds=seconds[1])
    ablate(laboratory, planned(laboratory, "wide"), baseline(*BASE), floor, Arm("wide", BETTER, seconds=seconds[0]))
    found = overview(laboratory.frames())
    (group,) = found.groups
    assert group.suggestions[0].cost == told
    assert ("Times are left out" in found.suggestions_note) == note
