"""The source that a model is trained by: which files it is, and what counts as a change of it."""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study import training
from study.catalog import load_model
from study.catalog.source_code import Code, code_of, instructions
from study.recipe import TRAINING_VERSION

MODEL = "import helper\nfrom parts import block\n\n\ndef build(params, data):\n    return helper.make(block)\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = set(sys.modules)
    (tmp_path / "parts").mkdir()
    for name, text in (
        ("my_net.py", MODEL),
        ("helper.py", "import json\n\n\ndef make(block):\n    from lazily import late\n    return late(block)\n"),
        ("lazily.py", "def late(block):\n    return block\n"),
        ("parts/__init__.py", "from .block import block\n"),
        ("parts/block.py", "import numpy as np\n\nblock = np.zeros(3)\n"),
        ("unused.py", "raise RuntimeError\n"),
    ):
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.split(".")[0] in ("my_net", "helper", "lazily", "parts"):
            del sys.modules[name]


def test_it_is_the_models_module_and_what_that_imports_of_the_users_own(project: Path) -> None:
    code = code_of(importlib.import_module("my_net"), 1)
    assert sorted(code.files) == ["helper", "lazily", "my_net", "parts", "parts.block"]
    assert code.files["my_net"] == MODEL


def test_it_is_what_was_imported_not_what_was_written_since(project: Path) -> None:
    module = importlib.import_module("my_net")
    before = code_of(module, 1)
    (project / "my_net.py").write_text(MODEL + "CHANGED = 1\n")
    assert code_of(module, 1) is before


def test_a_model_of_this_program_is_its_module_and_its_layers() -> None:
    code = load_model("lstm").code
    layers = ("normalisation", "pooling", "readers", "sequences", "shapes")
    assert sorted(code.files) == [*(f"study.models.layers.{name}" for name in layers), "study.models.lstm"]
    assert code.training == TRAINING_VERSION


def test_comments_docstrings_and_white_space_train_alike_and_anything_else_does_not() -> None:
    code = Code({"m": "def build(a):\n    return a + 1\n"}, 1)
    said = Code({"m": '"""Builds."""\n\n\ndef build(a):\n    """One more."""\n    return (a + 1)  # more\n'}, 1)
    assert said.trains_like(code)
    assert said.hash != code.hash
    for other in (
        Code({"m": "def build(a):\n    return a + 2\n"}, 1),
        Code({"m": code.files["m"]}, 2),
        Code({"m": code.files["m"], "n": ""}, 1),
    ):
        assert not other.trains_like(code)
        assert other.hash != code.hash


def test_changes_are_counted_by_module() -> None:
    before = Code({"a": "one\ntwo\n", "b": "same\n", "gone": "x\n"}, 1)
    now = Code({"a": "one\ntwo, more\nthree\n", "b": "same\n"}, 2)
    assert now.changes_since(before) == [
        "a (+2 -1 lines)",
        "gone (+0 -1 lines)",
        "the training loop (version 1 -> 2)",
    ]
    assert now.changes_since(now) == []


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=3), st.integers(0, 9))
def test_equal_code_has_one_hash_whatever_the_order_of_its_files(files: dict[str, str], training: int) -> None:
    turned = Code(dict(reversed(files.items())), training)
    assert turned.hash == Code(files, training).hash
    assert turned.trains_like(Code(files, training))


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="other versions of Python write syntax trees otherwise")
def test_the_training_loop_has_a_version_for_what_it_does() -> None:
    """Fails whenever the loop's code changes: raise TRAINING_VERSION if numbers do, and put the new digest here."""
    files = sorted(Path(training.__file__ or "").parent.glob("*.py"))
    text = "\n".join(f"{path.name}\n{instructions(path.read_text())}" for path in files)
    assert (TRAINING_VERSION, hashlib.sha256(text.encode()).hexdigest()[:16]) == (1, "92fd46354607fd9e")


def test_only_our_own_models_are_known_to_give_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {"study.models.cnn": "before = 1\n"}
    known = hashlib.sha256(json.dumps(ours, sort_keys=True).encode()).hexdigest()
    monkeypatch.setattr("study.catalog.source_code.SAME_NUMBERS", frozenset({known}))
    now = Code({"study.models.cnn": "now = 2\n", "mine": "x = 1\n"}, 1)
    assert now.is_known_alike(Code({**ours, "mine": "x = 1  # said\n"}, 1))
    assert not now.is_known_alike(Code({**ours, "mine": "x = 2\n"}, 1))
    assert not now.is_known_alike(Code(ours, 1))
    assert not now.is_known_alike(Code({**ours, "mine": "x = 1\n"}, 2))
    assert not now.is_known_alike(Code({"study.models.cnn": "other = 1\n", "mine": "x = 1\n"}, 1))
