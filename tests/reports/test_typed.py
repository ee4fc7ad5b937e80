"""Types of frames that are put together from parts of which some are empty, and reports of such databases."""

from __future__ import annotations

import io
import tempfile
import warnings
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import write_report
from reports.analysis.frames import Frames, load
from reports.analysis.mistakes import confident_mistakes, confusion
from reports.analysis.typed import stacked, typed
from reports.drawing import style
from reports.figures import confusion_matrix, mistakes
from reports.pages.spreadsheet import to_csv
from reports.writing import build
from tests.examples import examples
from tests.reports.laboratory import Laboratory
from tests.reports.small_studies import KINDS

TYPES = {"name": "object", "number": "int64", "amount": "float64"}
COUNTS = ["truth", "predicted", "examples", "seeds", "image", "wrong", "n", "replicate", "seed", "trials", "epochs"]
COUNTS += ["planned", "not_begun", "complete", "failed", "parameters", "train_size", "best_trial", "step"]
parts = st.lists(st.lists(st.tuples(st.text(), st.integers(-9, 9), st.floats(-1, 1)), max_size=3), max_size=4)


@given(parts)
def test_stacked_parts_keep_their_types_however_many_are_empty(given_parts: list[list[tuple[str, int, float]]]) -> None:
    table = stacked([pd.DataFrame(rows, columns=list(TYPES)) for rows in given_parts], TYPES)
    assert table.dtypes.astype(str).to_dict() == TYPES
    assert table["number"].tolist() == [row[1] for rows in given_parts for row in rows]
    assert table.index.tolist() == list(range(len(table)))


def test_a_number_that_may_be_missing_is_typed_beside_missing_ones() -> None:
    table = typed(pd.DataFrame({"number": [1, None], "other": [1.5, 2.5]}), {"number": "Int64", "absent": "int64"})
    assert str(table["number"].dtype) == "Int64"
    assert table["number"].isna().tolist() == [False, True]
    assert table["other"].tolist() == [1.5, 2.5]


def frames_of(kinds: list[str], folder: Path) -> Frames:
    laboratory = Laboratory(folder)
    try:
        for place, kind in enumerate(kinds):
            KINDS[kind](laboratory, f"cnn@{kind}-{place}")
        return load(laboratory.storage)
    finally:
        laboratory.database.close()


def test_a_perfect_study_beside_others_leaves_class_numbers_whole(tmp_path: Path) -> None:
    frames = frames_of(["perfect", "mistaken", "not-begun"], tmp_path)
    for table, whole in (
        (confident_mistakes(frames, 9), ["truth", "predicted", "wrong"]),
        (confusion(frames), ["truth", "predicted", "examples", "seeds"]),
    ):
        assert set(table[whole].dtypes.astype(str)) == {"int64"}
    with style.drawing():
        for module in (confusion_matrix, mistakes):
            module.draw(module.compute(frames)).clear()


@pytest.mark.cases(1)
@pytest.mark.parametrize("kinds", [["perfect"], ["not-begun"], ["all-failed"], []])
def test_empty_frames_have_the_types_of_full_ones(kinds: list[str], tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    full, other = frames_of(list(KINDS), tmp_path / "full"), frames_of(kinds, tmp_path)
    for name in ("plans", "trials", "epochs", "tests", "planned_trials", "arms", "ablations", "images", "retunings"):
        expected, found = getattr(full, name), getattr(other, name)
        numbers = expected.select_dtypes(["number", "bool"]).dtypes
        assert found.dtypes[numbers.index].to_dict() == numbers.to_dict(), name


@pytest.mark.slow
@examples(15)
@given(st.lists(st.sampled_from(sorted(KINDS)), max_size=4))
def test_a_report_of_any_small_studies_is_written(kinds: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert_written(frames_of(kinds, Path(folder)))


def assert_written(frames: Frames) -> None:
    """Builds a report, draws its figures and writes its tables, in which whole numbers are whole."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document = build(frames)
        with style.drawing():
            for figure in document.figures():
                figure.draw().clear()
        for table in document.tables():
            written = pd.read_csv(io.BytesIO(to_csv(table.data)), dtype=str)
            for name in set(COUNTS) & set(written.columns):
                assert not written[name].dropna().str.contains(".", regex=False).any(), (table.name, name)


@pytest.mark.slow
def test_all_kinds_of_small_studies_make_one_document(tmp_path: Path) -> None:
    assert_written(frames_of(list(KINDS), tmp_path))


@pytest.mark.slow
def test_all_kinds_of_small_studies_make_one_report(tmp_path: Path) -> None:
    frames_of(list(KINDS), tmp_path)
    written = write_report(f"sqlite:///{tmp_path / 'studies.db'}", output=tmp_path / "report")
    assert {path.name for path in written} >= {"report.html", "report.md", "confusion-matrix.png", "mistakes.png"}
