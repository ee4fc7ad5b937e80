"""What was done to somebody's data, options or trials is told: notes, retries, patience, guessing, missing letters."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from sqlalchemy import insert

from reports import write_report
from reports.analysis.guessing import rule
from reports.drawing.fonts import families, lacking
from reports.pages.document import Bullets, Paragraph
from reports.sections import accounting, first_screen, leaderboard, methods, provenance, search
from reports.writing import build
from study.database import schema
from tests.reports.laboratory import ACCURACY, Laboratory
from tests.reports.overviews import overview
from tests.reports.small_studies import KINDS, planned, predict

NO_FONT = "\U000e0fff"
"""No letter at all, so that no machine has a font for it."""


def paragraphs(section: object) -> list[str]:
    return [block.text for block in section.blocks if isinstance(block, Paragraph)]  # type: ignore[attr-defined]


def test_notes_and_what_was_left_out_stand_in_the_provenance(laboratory: Laboratory) -> None:
    files = [f"{number}.png" for number in range(8)]
    planned(laboratory, "cnn@noted", dataset_notes=["Read as grey."], notes=["Seed taken up."], left_out=files)
    planned(laboratory, "cnn@silent")
    found = provenance.section(laboratory.frames())
    told = next(block.items for block in found.blocks if isinstance(block, Bullets))
    assert told[:2] == ("cnn@noted: Read as grey.", "cnn@noted: Seed taken up.")
    assert told[2].startswith("cnn@noted: 8 files left out: 0.png, 1.png")
    table = next(block for block in found.blocks if getattr(block, "name", "") == "left-out")
    assert table.data["what"].tolist() == files
    assert len(table.rows) == 5
    links = [block.links for block in first_screen.section(laboratory.frames()).blocks if isinstance(block, Paragraph)]
    assert any(link.anchor == "provenance" for part in links for link in part)


def test_a_study_without_notes_has_no_line_about_them(laboratory: Laboratory) -> None:
    planned(laboratory, "cnn@silent")
    assert not any("noted" in text for part in build(laboratory.frames()).sections for text in paragraphs(part))


def test_earlier_failures_of_trials_that_were_trained_again_are_counted(laboratory: Laboratory) -> None:
    study = planned(laboratory, "cnn@again")
    laboratory.search(study, ("complete", 0.9), ("complete", 0.8))
    trials = laboratory.frames().trials["trial"].tolist()
    rows = [
        {"trial": trial, "attempt": 1, "state": "failed", "type": "OSError", "message": "disk", "recorded_at": "2026"}
        for trial in trials
    ]
    with laboratory.database.engine.begin() as connection:
        connection.execute(insert(schema.failure), rows)
    found = accounting.section(laboratory.frames())
    assert "2 trials failed at first and were trained again." in paragraphs(found)
    table = next(block for block in found.blocks if getattr(block, "name", "") == "retried")
    assert table.rows == (("cnn@again", "search", "failed", "OSError", "disk", "2", "complete"),)


def test_trials_that_patience_ended_are_told_and_stay_complete(laboratory: Laboratory) -> None:
    study = planned(laboratory, "cnn@patient", epochs=3, patience=2)
    laboratory.search(study, ("complete", 0.9))
    laboratory.epochs[study] = 1
    laboratory.search(study, ("complete", 0.8), first=1)
    with laboratory.database.engine.begin() as connection:
        connection.execute(schema.trial.update().values(epochs=3))
    frames = laboratory.frames()
    text = "cnn@patient: patience of 2 epochs ended 1 trial sooner than after the planned epochs, as complete."
    assert text in paragraphs(search.section(frames))
    assert search.searches(frames)["complete"].tolist() == [2]
    assert leaderboard.leaderboard(frames)["epochs"].tolist() == [3]
    assert build(frames).sections


def test_a_best_that_patience_ended_is_ranked_with_the_epochs_that_it_has(laboratory: Laboratory) -> None:
    study = planned(laboratory, "cnn@patient", epochs=3, patience=1)
    laboratory.epochs[study] = 2
    laboratory.search(study, ("complete", 0.9))
    with laboratory.database.engine.begin() as connection:
        connection.execute(schema.trial.update().values(epochs=3))
    assert leaderboard.leaderboard(laboratory.frames())["epochs"].tolist() == [2]


def test_a_result_no_better_than_guessing_is_said_first_and_beside_the_leaderboard(laboratory: Laboratory) -> None:
    KINDS["guessing"](laboratory, "cnn@shapes")
    frames = laboratory.frames()
    text = "Accuracy 33.3 % (1 seed) is no better than always answering the most frequent class, zero: 33.3 %."
    beside = paragraphs(leaderboard.section(frames))
    assert f"cnn@shapes: {text}" in beside
    explained = next(block.items for block in methods.section(frames).blocks if isinstance(block, Bullets))
    assert f"Guessing: {rule([ACCURACY])}" in explained
    assert overview(frames).remarks[0] == text


def test_a_good_result_is_not_said_to_be_guessing(laboratory: Laboratory) -> None:
    study = planned(laboratory, "cnn@good", test_examples=60)
    laboratory.search(study, ("complete", 0.9))
    predict(laboratory, study, [0, 1, 2] * 20, [0, 1, 2] * 20)
    assert not any("most frequent class" in text for text in paragraphs(leaderboard.section(laboratory.frames())))


@pytest.mark.slow
def test_letters_without_a_font_are_named_under_the_figure_and_not_on_the_terminal(
    laboratory: Laboratory, tmp_path: Path
) -> None:
    study = planned(laboratory, "cnn@scripts", class_names=[f"犬{NO_FONT}", "ελ", "two"])
    laboratory.search(study, ("complete", 0.9))
    predict(laboratory, study, [0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 2, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        write_report(laboratory.storage, output=tmp_path / "report", formats=["markdown"])
    page = (tmp_path / "report" / "report.md").read_text()
    assert "No font on this machine has" in page
    assert NO_FONT in page.split("No font on this machine has")[1].split(". Install")[0]


def test_letters_that_a_font_has_are_not_missing() -> None:
    assert lacking("Größe → ελ cat…") == ""
    assert families()[0] == "DejaVu Sans"
