"""Every option of a command is a keyword of Python's function, of a type that a checker sees, and nothing else is."""

from __future__ import annotations

import inspect
import types
import typing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import study
from study.errors import StudyError
from study.interface import keywords
from study.interface.keywords import as_called, given_in_python, keyword_of, request_of
from study.options.option import Option
from study.prepare.request import DEFAULT_STORAGE, Request, stated_options

KEYWORDS = {
    "run": keywords.RunOptions,
    "ablate": keywords.AblateOptions,
    "resume": keywords.ResumeOptions,
    "final": keywords.FinalOptions,
    "data": keywords.DataOptions,
}
FUNCTIONS = {
    "run": study.run,
    "ablate": study.ablate,
    "resume": study.resume,
    "final": study.final,
    "data": study.dataset,
}


def members(hint: object) -> set[Any]:
    """The types of a union, or the one type."""
    is_union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return {typing.get_origin(part) or part for part in (typing.get_args(hint) if is_union else (hint,))}


def wanted(stated: Option) -> set[Any]:
    """The types that a keyword has to take for its option."""
    return {int: {int}, float: {float}, bool: {bool}, Path: {str, Path}}.get(stated.kind, set())


@pytest.mark.parametrize("command", KEYWORDS)
def test_keywords_are_the_options_of_the_command_and_no_others(command: str) -> None:
    hints = typing.get_type_hints(KEYWORDS[command])
    options = {keyword_of(name, stated): stated for name, stated in stated_options(command).items()}
    assert hints.keys() == options.keys()
    for word, stated in options.items():
        found = members(hints[word])
        assert type(None) in found, word
        assert wanted(stated) <= found, word
        assert found - {type(None)}, word
        if stated.kind is int:
            assert found == {int, type(None)}, word


@pytest.mark.parametrize("command", FUNCTIONS)
def test_help_shows_every_option_with_what_it_means(command: str) -> None:
    function = FUNCTIONS[command]
    shown = inspect.signature(function).parameters
    for name, stated in stated_options(command).items():
        word = keyword_of(name, stated)
        assert shown[word].default is None
        assert f"{word}: {stated.help}" in (function.__doc__ or "")


def test_every_name_that_is_exported_is_there_and_in_dir() -> None:
    for name in study.__all__:
        assert getattr(study, name) is not None
    assert set(study.__all__) <= set(dir(study))
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        study.nonsense  # noqa: B018


def request(command: str = "run", **options: object) -> Request:
    return request_of(command, given_in_python(command, options), words="", begun="")


def test_names_numbers_and_settings_are_given_as_python_has_them() -> None:
    found = request(
        objective=["accuracy", "parameters"], metrics="macro-f1", trials=np.int64(3), timeout=10, image_size=(8, 16),
        set={"width": 24, "dropout": 0.5, "residual": True, "sizes": [8, 4]}, data_root="~", pruner="none",
    )  # fmt: skip
    assert found.given["objectives"] == ("accuracy", "parameters")
    assert found.given["metrics"] == ("macro_f1",)
    assert found.given["trials"] == 3
    assert found.given["timeout"] == 10.0
    assert found.given["image_size"] == (8, 16)
    assert found.values == ("width=24", "dropout=0.5", "residual=True", "sizes=(8, 4)")
    assert found.data_root == Path("~")
    assert request(image_size=28).given["image_size"] == (28, 28)
    assert request("ablate", variants=["a", "b"], from_="best").ablation.reference == "best"
    tried = request(try_={"width": 24, "sizes": [8, 4]}, prune_tried=True, name="long")
    assert (tried.tried, tried.prune_tried, tried.name) == (("width=24,sizes=(8, 4)",), True, "long")
    assert request(try_=[{"width": 24}, "dropout=0.5,width=8"]).tried == ("width=24", "dropout=0.5,width=8")
    assert request("ablate", variants="a,b").ablation.variants == ("a", "b")
    assert request(target=["net, total", "tax"]).given["target"] == ("net, total", "tax")


def test_what_is_not_given_is_not_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STUDY_STORAGE", "STUDY_ENGINE", "STUDY_DATA_ROOT"):
        monkeypatch.delenv(name, raising=False)
    found = request(trials=None, failed=None, grey=False)
    assert not found.given
    assert found.storage == DEFAULT_STORAGE
    monkeypatch.setenv("STUDY_STORAGE", "elsewhere/studies.db")
    assert request().storage == "sqlite:///elsewhere/studies.db"
    assert request(storage=Path("here.db")).storage == "sqlite:///here.db"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"trails": 3}, "study.run has no option 'trails'; did you mean 'trials'?"),
        ({"trials": "3"}, "trials is a whole number, not '3'"),
        ({"trials": True}, "trials is a whole number, not True"),
        ({"trials": 0}, "--trials is at least 1, not 0"),
        ({"timeout": "soon"}, "timeout is a number, not 'soon'"),
        ({"grey": 1}, "grey is True or False, not 1"),
        ({"sampler": "tpee"}, "--sampler is one of auto, gp, tpe, random, cmaes, nsga2, qmc, grid, not 'tpee'"),
        ({"objective": []}, "--objective takes names separated by commas, not ()"),
        ({"storage": "mysql:nonsense"}, "a storage is a database URL"),
        (
            {"dataset": np.zeros((2, 3))},
            "dataset is text, not ndarray of shape (2, 3); data in memory would not be found again when the study goes "
            "on: write them to a file (numpy.savez, to_csv), or give a function that returns them, my_data.py:load",
        ),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(given: dict[str, Any], told: str) -> None:
    with pytest.raises(StudyError) as caught:
        request(**given)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)
    assert caught.value._render_traceback_() == [f"StudyError: {caught.value}"]


def test_a_call_is_kept_as_it_was_made_without_secrets() -> None:
    space = study.SearchSpace(name="mine", model="mlp", domains={})
    given = {"dataset": Path("x.csv"), "trials": 3, "seed": None, "storage": "postgresql+psycopg://me:secret@host/db"}
    assert as_called("run", [space], given) == (
        "study.run(SearchSpace(name='mine', ...), dataset='x.csv', trials=3, "
        "storage='postgresql+psycopg://me:***@host/db')"
    )
    assert as_called("resume", [], {"storage": "a.db"}) == "study.resume(storage='sqlite:///a.db')"
