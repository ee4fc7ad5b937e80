"""The sentences on tables, functions, splits and tasks in docs/data.md are those that the program says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from study.data import DataOptions, load_dataset
from study.plan import DatasetFacts
from study.task import DataSpec

from ..plans import FACTS, message_of

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text()
ROWS = 60
TABLE = {"age": np.random.default_rng(0).integers(18, 80, ROWS), "city": ["Bern", "Basel", "Zürich"] * 20,
         "price": [102.5, *np.linspace(80, 120, ROWS - 1).round(2)]}  # fmt: skip
IDS = np.random.default_rng(0).permutation(ROWS) * 7
NAMES = [f"n{row}" for row in range(ROWS)]


def asked(folder: Path, columns: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[str, DataOptions]:
    pd.DataFrame(TABLE | columns).to_csv(folder / "sales.csv", index=False)
    return str(folder / "sales.csv"), DataOptions(**{"target": ("price",)} | options)


def on_page(sentence: str, folder: Path) -> bool:
    return sentence.replace(f"{folder}/", "") in PAGE


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        ({"one": 1, "row": range(ROWS), "number": IDS, "name": NAMES}, {}),
        ({"time": 2.0**30 + np.arange(ROWS) % 64}, {}),
        ({"city": [None, *TABLE["city"][1:]], "age": [None, None, *TABLE["age"][2:]]}, {"impute": "median"}),
        ({"patient": np.arange(ROWS) // 4}, {"group": "patient"}),
        ({}, {"target": ("city",)}),
        ({"flag": [True, False] * 30}, {"target": ("flag",)}),
        ({"stars": [1, 2, 3, 4] * 15}, {"target": ("stars",)}),
        ({"sold": IDS}, {"target": ("sold",)}),
        ({"wet": [0, 1] * 30, "cold": [0, 0, 1] * 20}, {"target": ("wet", "cold")}),
    ],
)
def test_what_is_said_of_a_table_stands_on_the_page(
    tmp_path: Path, columns: Mapping[str, Any], options: Mapping[str, Any]
) -> None:
    text, how = asked(tmp_path, columns, options)
    notes = load_dataset(text, data_root=tmp_path, options=how).notes
    assert notes
    told = [re.sub(r"made \d+ inputs", "made 3 inputs", note) for note in notes if " are categories" not in note]
    assert [note for note in told if not on_page(note.replace("'flag' is a", "'city' is a"), tmp_path)] == []


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        ({}, {"target": ("prise",)}),
        ({"age": [*map(str, TABLE["age"][:11]), "?", *map(str, TABLE["age"][12:])]}, {}),
        ({"word": [f"w{row % 51:02}" for row in range(ROWS)]}, {}),
        ({"width": [1.5] * (ROWS - 1) + [np.inf]}, {}),
        ({"price": [*TABLE["price"][:6], None, *TABLE["price"][7:]]}, {}),
        ({"patient": [1, 2, None, *[1, 2, 3] * 19]}, {"group": "patient"}),
        ({}, {"task": "classification"}),
        ({}, {"target": ("city",), "task": "regression"}),
        ({}, {"target": ("price", "city")}),
        ({}, {"task": "multilabel"}),
        ({}, {"target": ("age", "price"), "task": "classification"}),
        ({}, {"grey": True}),
    ],
)
def test_what_is_refused_of_a_table_stands_on_the_page(
    tmp_path: Path, columns: Mapping[str, Any], options: Mapping[str, Any]
) -> None:
    text, how = asked(tmp_path, columns, options)
    told = message_of(lambda: load_dataset(text, data_root=tmp_path, options=how))
    assert on_page(told, tmp_path), told


@pytest.mark.parametrize(
    "body",
    ["return {}['x']", "return None", "return np.zeros((5, 2)), np.zeros(4)",
     "return np.full((36, 2), np.nan), np.arange(36) % 3", "return np.array(['a'] * 36), np.arange(36) % 3",
     "return {'inputs': np.zeros((36, 2)), 'targets': np.arange(36) % 3, 'class_names': ['a', 'b']}"],
)  # fmt: skip
def test_what_is_refused_of_a_function_stands_on_the_page(tmp_path: Path, body: str) -> None:
    (tmp_path / "my_data.py").write_text(f"import numpy as np\n\n\n\ndef load():\n    {body}\n")
    told = message_of(lambda: load_dataset(f"{tmp_path / 'my_data.py'}:load", data_root=tmp_path))
    assert on_page(told, tmp_path), told


def test_the_line_on_numbers_of_examples_stands_on_the_page() -> None:
    spec = DataSpec(task="regression", shape=(4,), class_names=("price",))
    parts = {entry: getattr(FACTS, entry) for entry in FACTS.__dataclass_fields__} | {"spec": spec}
    sizes = {"train_examples": 63, "validation_examples": 12, "final_examples": 75, "test_examples": 15}
    facts = DatasetFacts(**parts | sizes)
    assert facts.examples_in_words() in " ".join(PAGE.split())
