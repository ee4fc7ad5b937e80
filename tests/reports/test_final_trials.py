"""Final trials that were asked for by name, in the report: rows of their own, never mixed with the study's."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports import write_report
from reports.analysis.finals import finals, without_baseline
from reports.analysis.progress import progress
from reports.analysis.selection import with_roles
from reports.figures import final_curves, score_curves, training_loss
from reports.formatting import MINUS, MISSING
from reports.sections.accounting import accounting
from reports.sections.best_in_words import summary
from reports.sections.leaderboard import leaderboard
from reports.writing import build
from study.database.finals import stored_finals
from tests.reports.laboratory import Laboratory
from tests.reports.longer import STUDY, plan_final


@pytest.fixture
def longer(finished: Laboratory) -> Laboratory:
    """The best and another trial for 6 epochs, where the study has 3."""
    plan_final(finished, "best, 6 epochs", 0.99, 0.992, number=2, epochs=6)
    return finished


def test_a_number_of_replicates_never_gets_smaller(longer: Laboratory) -> None:
    plan_final(longer, "best, 6 epochs", number=2, epochs=6, planned=1)
    (row,) = stored_finals(longer.database, STUDY)
    assert (row.replicates, row.epochs, row.configuration) == (2, 6, longer.configuration(2))


def test_longer_trials_leave_the_studys_own_rows_as_they_were(finished: Laboratory) -> None:
    def told(laboratory: Laboratory) -> list[object]:
        frames = laboratory.frames()
        tables = [leaderboard(frames), summary(frames), progress(frames)]
        figures = [score_curves.compute(frames), training_loss.compute(frames)]
        return [table.to_json() for table in (*tables, *figures)]

    before = told(finished)
    plan_final(finished, "best, 6 epochs", 0.99, 0.992, number=2, epochs=6)
    plan_final(finished, "baseline, 6 epochs", 0.97, 0.975, number=0, epochs=6)
    plan_final(finished, "trial 3, 2 epochs", 0.5, number=3, epochs=2)
    assert told(finished) == before


def test_roles_are_names_of_final_trials(longer: Laboratory) -> None:
    roles = with_roles(longer.frames())
    counted = roles.loc[roles["phase"] == "replicate", "role"].value_counts().to_dict()
    assert counted == {"baseline": 2, "best": 2, "best, 6 epochs": 2}


def test_shorter_trials_of_the_best_are_not_its_own(finished: Laboratory) -> None:
    plan_final(finished, "best, 2 epochs", 0.9, 0.91, number=2, epochs=2)
    frames = finished.frames()
    counted = with_roles(frames).query("phase == 'replicate'")["role"].value_counts().to_dict()
    assert counted == {"baseline": 2, "best": 2, "best, 2 epochs": 2}
    assert progress(frames)["replicated"].tolist() == [4]


def test_differences_are_between_trials_of_one_seed_and_length(longer: Laboratory) -> None:
    (row,) = finals(longer.frames()).to_dict("records")
    assert (row["name"], row["epochs"], row["n"], row["planned"], row["ended"]) == ("best, 6 epochs", 6, 2, 2, 2)
    assert row["test"] == pytest.approx(0.991)
    assert row["seconds"] == 12.0  # six epochs of two seconds
    assert row["best_difference"] == pytest.approx((0.99 - 0.98 + 0.992 - 0.985) / 2)
    assert row["best_n"] == 2
    assert row["baseline_difference"] != row["baseline_difference"], "the baseline was not trained so long"
    assert without_baseline(longer.frames()) == [(STUDY, 6)]
    plan_final(longer, "baseline, 6 epochs", 0.97, number=0, epochs=6)
    first, second = finals(longer.frames()).to_dict("records")
    assert first["baseline_difference"] == pytest.approx(0.02)
    assert first["baseline_n"] == 1
    assert second["baseline_difference"] != second["baseline_difference"], "it is the baseline itself"
    assert without_baseline(longer.frames()) == []


def test_a_difference_is_shown_with_its_interval_and_its_pairs(longer: Laboratory) -> None:
    plan_final(longer, "baseline, 6 epochs", 0.97, number=0, epochs=6)
    (table,) = [table for table in build(longer.frames()).tables() if table.name == "final-trials"]
    assert table.headings[4] == "Minus the baseline of this length (percentage points)"
    assert table.rows[0][4] == "+2.00 (1 seed)"
    assert table.rows[0][5] == f"+0.85 ({MINUS}1.06 to +2.76; 2 seeds)"


def test_the_studys_own_length_has_its_own_baseline(finished: Laboratory) -> None:
    plan_final(finished, "trial 3, 3 epochs", 0.96, 0.97, number=3, epochs=3)
    (row,) = finals(finished.frames()).to_dict("records")
    assert row["baseline_difference"] == pytest.approx((0.96 - 0.97 + 0.97 - 0.98) / 2)


def test_accounting_counts_what_is_planned_and_not_begun(finished: Laboratory) -> None:
    plan_final(finished, "best, 6 epochs", 0.99, number=2, epochs=6, planned=3)
    rows = accounting(finished.frames()).set_index(["phase", "role"])
    assert rows.loc[("replicate", "best, 6 epochs"), ["planned", "complete", "not_begun", "epochs"]].tolist() == [
        3,
        1,
        2,
        6,
    ]


def test_curves_go_to_their_own_last_epoch_beside_the_studys_own(longer: Laboratory) -> None:
    table = final_curves.compute(longer.frames())
    assert table.groupby("role", sort=False)["epoch"].max().to_dict() == {"baseline": 3, "best": 3, "best, 6 epochs": 6}
    assert table["label"].unique().tolist() == ["baseline (2 seeds)", "best (2 seeds)", "best, 6 epochs (2 seeds)"]
    assert len(final_curves.draw(table).axes) == 1


@pytest.mark.usefixtures("unpainted")
def test_the_page_tells_of_them_and_of_the_missing_baseline(longer: Laboratory, tmp_path: Path) -> None:
    write_report(longer.storage, output=tmp_path, formats=("markdown", "html"))
    page = (tmp_path / "report.md").read_text()
    assert "cnn@mnist, best, 6 epochs" in page
    assert "the baseline is not trained for 6 epochs, so a difference to it mixes length and settings" in page
    assert "final cnn@mnist --baseline --epochs 6" in page
    assert "final-curves.png" in page
    assert "cnn@mnist, best, 6 epochs" in (tmp_path / "report.html").read_text()


def test_a_report_without_them_does_not_miss_them(finished: Laboratory) -> None:
    document = build(finished.frames())
    assert not any(table.name == "final-trials" for table in document.tables())
    assert final_curves.EMPTY not in str(document)
    assert not final_curves.concerns(finished.frames())


def test_planned_ones_that_never_began_have_a_row(laboratory: Laboratory) -> None:
    laboratory.plan()
    plan_final(laboratory, "baseline, 6 epochs", number=0, epochs=6)
    (row,) = finals(laboratory.frames()).to_dict("records")
    assert (row["n"], row["planned"], row["ended"]) == (0, 2, 0)
    (table,) = [table for table in build(laboratory.frames()).tables() if table.name == "final-trials"]
    assert table.rows[0][:4] == ("cnn@mnist, baseline, 6 epochs", "6", MISSING, "0 of 2")
