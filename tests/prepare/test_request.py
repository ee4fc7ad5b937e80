"""What `ablate` may be asked: whole sentences for what it may not, before data is loaded."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.ablation import Ablation, Design
from study.catalog import load_model, load_space
from study.errors import StudyError
from study.options.method import Budget, Method
from study.options.option import flag, options_of
from study.prepare.ablation_request import asked_ablation
from study.prepare.given import budget, check_request
from study.prepare.own_options import AblationRequest
from study.prepare.request import Request
from study.prepare.validation import check_space
from study.space import Choice, Float, SearchSpace, Variant

from ..examples import examples
from ..plans import message_of

quick = examples(100)


def request(options: dict[str, Any], **asked: Any) -> Request:  # noqa: ANN401 - fields of both
    of_ablation = {"replicates": options["replicates"]} if "replicates" in options else {}
    rest = {name: value for name, value in options.items() if name != "replicates"}
    return Request.of(
        storage="sqlite:///s.db", data_root=Path("data"), ablation=AblationRequest(**asked, **of_ablation), **rest
    )


def refusal(space: SearchSpace | str, options: dict[str, Any], **asked: Any) -> str:  # noqa: ANN401
    found = load_space(space) if isinstance(space, str) else space
    with pytest.raises(StudyError) as caught:
        asked_ablation(found, request(options, **asked))
    return str(caught.value)


def test_all_variants_are_asked_for_where_none_is_named() -> None:
    ablation = asked_ablation(load_space("cnn"), request({}))
    assert ablation == Ablation(variants=tuple(variant.name for variant in load_space("cnn").variants))
    assert len(ablation.variants) == 11


def test_named_ones_are_tuned_where_re_tuning_is_asked_for() -> None:
    ablation = asked_ablation(load_space("cnn"), request({"replicates": 3}, variants=("dropout",), retune=True))
    assert ablation == Ablation(variants=("dropout",), retuned=("dropout",), replicates=3)


@pytest.mark.parametrize("design", ["factorial", "path"])
def test_designs_without_variants_of_their_own_take_none(design: str) -> None:
    factors = ("batchnorm", "dropout") if design == "factorial" else ()
    ablation = asked_ablation(load_space("cnn"), request({}, design=design, factors=factors))
    assert ablation.variants == ()
    assert ablation.factors == (("dropout", "batchnorm") if factors else ())
    assert ablation.design is Design(design)


@pytest.mark.parametrize(
    ("options", "asked", "message"),
    [
        (
            {},
            {"design": "one-at-time"},
            "--design is one of one-at-a-time, leave-one-out, factorial, path, not 'one-at-time'; "
            "did you mean 'one-at-a-time'?",
        ),
        (
            {},
            {"design": "factorial", "variants": ("dropout",), "factors": ("dropout", "batchnorm")},
            "--variants has no effect with --design factorial: --factors names what is combined",
        ),
        (
            {},
            {"design": "path", "variants": ("dropout",)},
            "--variants has no effect with --design path: the search finds what is combined",
        ),
        (
            {"trials": 3},
            {},
            "--trials has no effect on an ablation without a search: needs --retune, --from best or --design path",
        ),
        (
            {"sampler": "random"},
            {"design": "leave-one-out"},
            "--sampler has no effect on an ablation without a search: needs --retune, --from best or --design path",
        ),
        (
            {},
            {"design": "leave-one-out", "variants": ("dropout", "resnet")},
            "--design leave-one-out takes parts out of 'everything', which are dropout, batchnorm, dropout-batchnorm, "
            "deeper, rotate, translate, scale, augment, not 'resnet'",
        ),
        ({"replicates": 0}, {}, "--replicates of an ablation is at least 1, not 0"),
        ({}, {"reference": "bset"}, "--from is one of baseline, best, not 'bset'; did you mean 'best'?"),
        (
            {},
            {"design": "factorial", "factors": ("dropout", "dropout")},
            "--factors takes 2 to 8 different variants, not dropout",
        ),
        (
            {},
            {"design": "leave-one-out", "retune": True},
            "--retune goes with --design one-at-a-time, not with leave-one-out",
        ),
        ({}, {"design": "path", "retune": True}, "--retune goes with --design one-at-a-time, not with path"),
        (
            {},
            {"design": "factorial", "factors": ("dropout", "batchnorm"), "retune": True},
            "--retune goes with --design one-at-a-time, not with factorial",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], asked: dict[str, Any], message: str) -> None:
    assert refusal("cnn", options, **asked) == message


def test_a_space_without_variants_has_nothing_to_ablate_but_a_path_to_walk() -> None:
    space = SearchSpace(name="bare", model="cnn", domains={"dropout": Float(default=0.0, low=0.0, high=0.5)})
    assert refusal(space, {}) == "space 'bare' declares no variant to ablate"
    assert refusal(space, {}, variants=("dropout",)) == (
        "--variants takes variants of space 'bare', which has none at all, not 'dropout'"
    )
    assert asked_ablation(space, request({}, design="path")).design is Design.PATH


def test_an_ablation_searches_only_where_it_must_and_never_replicates() -> None:
    plain, searching = budget(request({"epochs": 3, "replicates": 9})), budget(request({}, reference="best"))
    assert (plain.trials, plain.epochs, plain.replicates) == (0, 3, 0)
    assert (searching.trials, searching.epochs, searching.replicates) == (20, 10, 0)
    assert budget(request({"trials": 4}, retune=True)).trials == 4
    check_request(request({"trials": 4, "replicates": 9}))


# Spaces of a user's own


def space_with(variant: Variant) -> SearchSpace:
    domains = {
        "optimizer": Choice(default="adam", choices=("adam", "sgd")),
        "momentum": Float(default=0.9, low=0.5, high=0.98, when={"optimizer": ("sgd",)}),
    }
    return SearchSpace(name="mine", model="cnn", domains=domains, variants=(variant,))


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        (
            Variant("no_drop", {"dropuot": 0.0}),
            "Variant 'no_drop' changes 'dropuot', which model 'cnn' does not have; did you mean 'dropout'?",
        ),
        (Variant("half", {"dropout": "half"}), "Variant 'half': 'dropout' is of type float, not str ('half')"),
        (
            Variant("same", {"dropout": 0.0}),
            "Variant 'same' changes nothing: the baseline already has {'dropout': 0.0}",
        ),
        (Variant("none", {}), "Variant 'none' changes nothing: the baseline already has {}"),
        (
            Variant("", {"dropout": 0.25}),
            "Space 'mine' names a variant ''; a name has no comma and no blank at its ends",
        ),
        (
            Variant("a,b", {"dropout": 0.25}),
            "Space 'mine' names a variant 'a,b'; a name has no comma and no blank at its ends",
        ),
        (Variant("much", {"dropout": 1.0}), "Variant 'much' cannot be trained: dropout is in [0, 1), not 1.0"),
    ],
)
def test_a_variant_that_is_wrong_is_refused_in_a_sentence(variant: Variant, message: str) -> None:
    with pytest.raises(StudyError) as caught:
        check_space(space_with(variant), load_model("cnn"))
    assert str(caught.value) == message


def test_a_variant_may_set_what_it_brings_into_force_and_be_named_oddly() -> None:
    check_space(space_with(Variant("sgd/+[/b] ü", {"optimizer": "sgd", "momentum": 0.5})), load_model("cnn"))


# Numbers beyond any sense


WHOLE = {
    name: (flag(name, stated), stated)
    for owner in (Budget, Method, Request)
    for name, stated in options_of(owner).items()
    if stated.kind is int
}


@quick
@given(st.sampled_from(sorted(WHOLE)), st.integers())
def test_every_whole_number_is_taken_within_its_bounds_and_refused_beyond_them(name: str, value: int) -> None:
    typed, stated = WHOLE[name]
    assert stated.least is not None
    assert stated.most is not None
    options = {"engine": "ray", "pruner": "none", name: value}  # which alone go with any number of workers
    asked = Request.of(storage="sqlite:///s.db", **options)
    if stated.least <= value <= stated.most:
        check_request(asked)
        return
    message = message_of(lambda: check_request(asked))
    assert message.startswith(f"{typed} is at {'least' if value < stated.least else 'most'} ")
    assert f"{value:,}" in message or str(value) in message


@pytest.mark.parametrize("name", ["timeout", "total_timeout", "trial_timeout"])
def test_a_limit_of_time_is_above_zero_and_may_be_taken_off(name: str) -> None:
    check_request(Request.of(storage="sqlite:///s.db", **{name: math.inf}))
    for value in (0.0, -1.0, math.nan):
        message = message_of(lambda value=value: check_request(Request.of(storage="s.db", **{name: value})))  # type: ignore[misc]
        assert message.startswith(f"--timeout-total is above 0 seconds, or inf for no limit, not {value:g}".replace(
            "timeout-total", "timeout-total" if name == "total_timeout" else name.replace("_", "-")))  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"trials": 2**63}, "--trials is at most 1,000,000, not 9,223,372,036,854,775,808"),
        ({"epochs": 2**64}, "--epochs is at most 1,000,000, not 18,446,744,073,709,551,616"),
        ({"replicates": 200_000_000}, "--replicates is at most 1,000, not 200,000,000"),
        ({"train_size": 2**31}, "--train-size is at most 2,147,483,647, not 2,147,483,648"),
    ],
)
def test_numbers_beyond_any_sense_are_refused_with_the_bound(options: dict[str, Any], message: str) -> None:
    assert message_of(lambda: check_request(Request.of(storage="sqlite:///s.db", **options))) == message


def test_workers_are_bounded_by_the_cores() -> None:
    most = 8 * (os.cpu_count() or 1)
    assert message_of(lambda: check_request(Request.of(storage="sqlite:///s.db", workers=most + 1))) == (
        f"--workers is at most {most}, 8 for each core of this machine: more would only wait for each other, "
        f"not {most + 1}"
    )


def refused(space: SearchSpace) -> str:
    with pytest.raises(StudyError) as caught:
        check_space(space, load_model(space.model))
    return str(caught.value)


def test_a_space_is_refused_for_values_that_no_training_could_use() -> None:
    optimizer = SearchSpace(
        name="s", model="cnn", domains={"optimizer": Choice(default="adam", choices=("adam", "admw"))}
    )
    assert refused(optimizer) == (
        "space 's', domain 'optimizer': optimizer is one of adam, adamw, sgd, nadam, muon, not 'admw'; did you mean "
        "'adamw'?"
    )
    dropout = SearchSpace(name="s", model="cnn", domains={"dropout": Float(default=0.0, low=0.0, high=1.5)})
    assert refused(dropout) == "space 's', domain 'dropout': dropout is in [0, 1), not 1.5"
    twice = (Variant("a", {"width": 16}), Variant("a", {"width": 48}))
    assert (
        refused(SearchSpace(name="s", model="cnn", domains={}, variants=twice)) == "Space 's' has 2 variants named 'a'"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": -5.0}, "--timeout is above 0 seconds, or inf for no limit, not -5"),
        ({"timeout": math.nan}, "--timeout is above 0 seconds, or inf for no limit, not nan"),
        ({"seed": 2**64}, "--seed is at most 9,223,372,036,854,775,807, not 18,446,744,073,709,551,616"),
    ],
)
def test_numbers_that_no_study_could_use_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyError) as caught:
        check_request(Request.of(storage="sqlite:///runs/studies.db", data_root=Path("data"), **options))
    assert str(caught.value) == message
