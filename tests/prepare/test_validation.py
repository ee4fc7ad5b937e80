"""Names and values for a model's fields, as a space, a variant or `--set` gives them: taken or refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from study.catalog import load_model, load_space
from study.errors import StudyError
from study.prepare.validation import check_space, parse_values
from study.space import Choice, Domain, Float, Int, SearchSpace, Variant

from ..examples import examples
from ..plans import message_of, plan_for

quick = examples(50)
CNN, LSTM = load_model("cnn"), load_model("lstm")


# Values to fix


def test_values_are_parsed_by_the_type_of_their_field() -> None:
    given = ("bidirectional=TRUE", "layers=3", "learning_rate=2e-3", "weight_decay=1", "optimizer=adamw")
    parsed = parse_values(given, load_space("lstm"), LSTM)
    assert parsed == {
        "bidirectional": True,
        "layers": 3,
        "learning_rate": 0.002,
        "weight_decay": 1.0,
        "optimizer": "adamw",
    }
    assert [type(value) for value in parsed.values()] == [bool, int, float, float, str]
    assert parse_values((), load_space("lstm"), LSTM) == {}


@pytest.mark.parametrize(
    ("source", "given", "message"),
    [
        ("cnn", ["width"], "--set takes name=value, not 'width'"),
        ("cnn", ["dropuot=0.1"], "--set fixes 'dropuot', which model 'cnn' does not have; did you mean 'dropout'?"),
        ("cnn", ["layers=2"], "--set fixes 'layers', which model 'cnn' does not have"),
        ("cnn", ["=2"], "--set fixes '', which model 'cnn' does not have"),
        ("cnn", ["width=32.5"], "--set width takes an integer, not '32.5'"),
        ("cnn", ["width="], "--set width takes an integer, not ''"),
        ("cnn", ["dropout=half"], "--set dropout takes a number, not 'half'"),
        ("lstm", ["bidirectional=yes"], "--set bidirectional takes true or false, not 'yes'"),
        ("lstm", ["bidirectional=1"], "--set bidirectional takes true or false, not '1'"),
        (
            "cnn",
            ["optimizer=admw"],
            "optimizer is one of adam, adamw, sgd, nadam, muon, not 'admw'; did you mean 'adamw'?",
        ),
        ("cnn", ["width=0"], "width and hidden_size are at least 1, not 0 and 128"),
        ("cnn", ["learning_rate=-1"], "learning_rate is above 0 and finite, not -1.0"),
        (
            "cnn",
            ["momentum=0.5", "optimizer=adam"],
            "--set momentum=0.5 has no effect with optimizer=adam: needs sgd",
        ),
        (
            "cnn",
            ["optimizer=adam", "weight_decay=0.1"],
            "--set weight_decay=0.1 has no effect with optimizer=adam: needs adamw or sgd",
        ),
        (
            "lstm",
            ["layers=1", "dropout=0.1"],
            "--set dropout=0.1 has no effect with layers=1: needs 2 or 3",
        ),
    ],
)
def test_a_fixed_value_that_cannot_be_is_refused(source: str, given: list[str], message: str) -> None:
    space = load_space(source)
    assert message_of(lambda: parse_values(given, space, load_model(space.model))) == message


def test_a_fixed_value_may_wait_for_what_is_tuned() -> None:
    assert parse_values(["momentum=0.5"], load_space("cnn"), CNN) == {"momentum": 0.5}


def test_a_fixed_value_may_leave_the_domain_that_would_have_been_tuned() -> None:
    assert parse_values(["width=100", "learning_rate=0.5"], load_space("cnn"), CNN) == {
        "width": 100,
        "learning_rate": 0.5,
    }


# Spaces against models


def space_with(*variants: Variant, **domains: Domain) -> SearchSpace:
    return SearchSpace(name="mine", model="cnn", domains=domains, variants=variants)


@pytest.mark.parametrize(
    ("space", "message"),
    [
        (
            space_with(dropuot=Float(default=0.0, low=0.0, high=0.5)),
            "Space 'mine' tunes 'dropuot', which model 'cnn' does not have; did you mean 'dropout'?",
        ),
        (
            space_with(layers=Int(default=2, low=1, high=3)),
            "Space 'mine' tunes 'layers', which model 'cnn' does not have",
        ),
        (
            space_with(width=Choice(default=32, choices=(32, "64"))),
            "Space 'mine': 'width' is of type int, not str ('64')",
        ),
        (
            space_with(dropout=Choice(default=0.0, choices=(0.0, True))),
            "Space 'mine': 'dropout' is of type float, not bool (True)",
        ),
        (
            space_with(dropout=Int(default=0, low=0, high=1)),
            "Space 'mine': 'dropout' is of type float, which an Int cannot tune",
        ),
        (
            space_with(width=Float(default=32.0, low=16.0, high=64.0)),
            "Space 'mine': 'width' is of type int, not float (32.0)",
        ),
        (
            space_with(width=Float(default=32, low=16.0, high=64.0)),
            "Space 'mine': 'width' is of type int, which a Float cannot tune",
        ),
        (
            space_with(Variant("no_drop", {"dropuot": 0.5})),
            "Variant 'no_drop' changes 'dropuot', which model 'cnn' does not have; did you mean 'dropout'?",
        ),
        (
            space_with(Variant("drop", {"dropout": "high"})),
            "Variant 'drop': 'dropout' is of type float, not str ('high')",
        ),
        (
            space_with(Variant("wide", {"width": True})),
            "Variant 'wide': 'width' is of type int, not bool (True)",
        ),
        (
            space_with(Variant("same", {"width": 32, "dropout": 0.0})),
            "Variant 'same' changes nothing: the baseline already has {'width': 32, 'dropout': 0.0}",
        ),
        (space_with(Variant("none", {})), "Variant 'none' changes nothing: the baseline already has {}"),
        (
            space_with(Variant("wide", {"width": 48}), Variant("broad", {"width": 48, "dropout": 0.0})),
            "Variants 'wide' and 'broad' are the same configuration; keep one of them",
        ),
        (
            space_with(Variant("all", {"dropout": 1.0})),
            "Variant 'all' cannot be trained: dropout is in [0, 1), not 1.0",
        ),
        (
            replace(space_with(), size="widht"),
            "Space 'mine' grows by 'widht', which model 'cnn' does not have; did you mean 'width'?",
        ),
        (
            replace(space_with(), size="dropout"),
            "Space 'mine' grows by a whole number, not by 'dropout', a float",
        ),
        (
            space_with(dropout=Float(default=1.0, low=0.0, high=1.0)),
            "space 'mine', domain 'dropout': dropout is in [0, 1), not 1.0",
        ),
    ],
)
def test_a_space_that_does_not_fit_its_model_is_refused(space: SearchSpace, message: str) -> None:
    assert message_of(lambda: check_space(space, CNN)) == message


def test_a_variant_is_measured_against_the_spaces_own_default() -> None:
    space = space_with(Variant("small", {"width": 32}), width=Int(default=48, low=16, high=48, step=16))
    check_space(space, CNN)
    again = space_with(Variant("same", {"width": 48}), width=Int(default=48, low=16, high=48, step=16))
    assert message_of(lambda: check_space(again, CNN)) == (
        "Variant 'same' changes nothing: the baseline already has {'width': 48}"
    )


def test_whole_numbers_will_do_for_a_real_parameter() -> None:
    check_space(space_with(Variant("v", {"label_smoothing": 0, "dropout": 0.1})), CNN)
    check_space(space_with(dropout=Choice(default=0, choices=(0, 0.5))), CNN)


def test_a_fixed_value_that_switches_a_condition_off_is_no_contradiction() -> None:
    space = SearchSpace(
        name="deep",
        model="lstm",
        domains={
            "layers": Int(default=2, low=1, high=3),
            "dropout": Float(default=0.3, low=0.0, high=0.5, when={"layers": (2, 3)}),
        },
        variants=(Variant("shallow", {"layers": 1}),),
    )
    model = load_model("lstm")
    check_space(space, model)
    fixed = parse_values(["layers=1"], space, model)
    assert replace(plan_for(space), fixed=fixed).baseline["dropout"] == 0.0
    assert parse_values(["dropout=0.2"], space, model) == {"dropout": 0.2}


def test_a_fixed_value_given_twice_is_refused() -> None:
    with pytest.raises(StudyError, match="--set fixes 'width' once, not to 16 and to 24 as well"):
        parse_values(["width=16", "width=24"], load_space("cnn"), load_model("cnn"))


def test_a_start_that_no_model_can_have_is_refused() -> None:
    space = SearchSpace(
        name="deep",
        model="cnn",
        domains={
            "architecture": Choice(default="plain", choices=("plain", "lenet5")),
            "stages": Int(default=2, low=1, high=3),
        },
        starts=({"stages": 3}, {"architecture": "lenet5", "stages": 3}),
    )
    assert message_of(lambda: check_space(space, CNN)) == (
        "space 'deep', start 2 cannot be trained: stages is 2 with architecture='lenet5', not 3; plain and resnet take "
        "others"
    )
