"""How data is read is said once: the commands take it, a study keeps it, and going on needs nothing repeated."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.cli.request import request_of
from study.cli.show import predict
from study.options.data import AS_IT_IS, DataOptions
from study.options.option import as_words, options_of
from study.prepare.given import check_request
from study.prepare.request import Request
from study.prepare.sources import Source, asked_source, named_source, stored_source

from ..examples import examples
from ..plans import message_of, plan_of
from ..rows import plan_row

STORAGE = "sqlite:///s.db"
OPTIONS = st.builds(
    DataOptions,
    skip_unreadable=st.booleans(),
    image_size=st.none() | st.tuples(st.integers(1, 4096), st.integers(1, 4096)),
    cut_validation=st.booleans(),
    grey=st.booleans(),
    target=st.lists(st.text(min_size=1).map(lambda name: f"t{name}"), max_size=3, unique=True).map(tuple),
    task=st.sampled_from((None, "classification", "multilabel", "regression")),
    impute=st.sampled_from((None, "median")),
    group=st.none() | st.just("patient"),
)


def typed(**options: str | bool) -> Request:
    """Returns what `run` is asked by options as they are typed."""
    every = dict.fromkeys(name for owner in _owners() for name in options_of(owner, "run"))
    return request_of("run", every | {"storage": STORAGE} | options)


def _owners() -> tuple[type, ...]:
    from study.prepare.request import OWNERS

    return OWNERS


@examples(40)
@given(OPTIONS)
def test_what_a_plan_stores_comes_back(options: DataOptions) -> None:
    plan = plan_of("cnn")
    row = plan_row(plan, data_options=options.as_json())
    assert row.data_options == options


def test_a_plan_of_a_version_without_an_option_has_its_default() -> None:
    assert plan_row(plan_of("cnn"), data_options={"grey": True}).data_options == DataOptions(grey=True)


def test_options_are_parsed_as_they_are_typed() -> None:
    found = typed(image_size="48x64", target="a, b", grey=True, impute="median", group="patient").data_options
    assert found == DataOptions(image_size=(48, 64), target=("a", "b"), grey=True, impute="median", group="patient")
    assert typed(image_size="32").data_options.image_size == (32, 32)
    assert typed().data_options == AS_IT_IS


@pytest.mark.parametrize("text", ["0", "64x", "x64", "64x64x3", "4097", "-3", "wide", ""])
def test_a_size_that_is_none_is_refused(text: str) -> None:
    assert message_of(lambda: typed(image_size=text)) == (
        f"--image-size is N or HEIGHTxWIDTH in pixels, from 1 to 4,096 each, such as 64 or 48x64, not {text!r}"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "regresion"}, "--task is one of classification, multilabel, regression, not 'regresion'; did you "
                                "mean 'regression'?"),
        ({"impute": "mean"}, "--impute is one of median, not 'mean'"),
        ({"target": ("a", "a")}, "--target names each column once, not 'a,a'"),
        ({"target": ("a",), "group": "a"}, "--group and --target name different columns, not both 'a'"),
    ],
)  # fmt: skip
def test_what_no_data_could_be_read_by_is_refused(options: dict[str, object], message: str) -> None:
    assert message_of(lambda: check_request(Request.of(storage=STORAGE, **options))).startswith(message)


def test_a_stored_studys_data_is_read_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").touch()
    options = DataOptions(target=("price",), impute="median")
    source = str((tmp_path / "sales.csv").resolve())
    row = plan_row(
        plan_of("cnn"), study="cnn@sales", dataset="sales", dataset_source=source, data_root=str(tmp_path),
        data_options=options.as_json(),
    )  # fmt: skip
    asked = Request.of(storage=STORAGE)
    expected = Source(source, tmp_path, options, name="sales")
    assert stored_source(row, asked) == expected
    assert asked_source("cnn", asked, [row]) == expected
    assert asked_source("cnn", Request.of(storage=STORAGE, dataset=source), [row]) == expected
    beside = [named_source("other.csv", row, asked, are_bytes=are_bytes) for are_bytes in (False, True)]
    assert [found.options for found in beside] == [options, options]
    lenient = Request.of(storage=STORAGE, skip_unreadable=True)
    assert stored_source(row, lenient).options == DataOptions(skip_unreadable=True, target=("price",), impute="median")


def test_a_new_studys_data_is_read_as_asked(tmp_path: Path) -> None:
    asked = Request.of(storage=STORAGE, dataset=str(tmp_path), grey=True)
    assert asked_source("cnn", asked, []).options == DataOptions(grey=True)


def test_predict_leaves_named_images_out_without_an_option() -> None:
    assert message_of(lambda: predict("cnn", [Path("a.png")], skip_unreadable=True)) == (
        "--skip-unreadable goes with --dataset; named images that are bad are left out anyway"
    )


def test_options_are_typed_again_as_they_were_asked_for() -> None:
    asked = DataOptions(image_size=(48, 64), grey=True, target=("price", "cost"), task="regression", impute="median")
    words = as_words(asked)
    assert words == [
        *("--image-size", "48x64", "--grey", "--target", "price,cost", "--task", "regression", "--impute", "median")
    ]
    assert as_words(DataOptions()) == []
