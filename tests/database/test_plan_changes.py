"""The history of a study's plan: numbered within its study, in the order of its changes."""

from __future__ import annotations

from pathlib import Path

from study.database import TrialDatabase, plan_changes, record_changes

from ..plans import plan_of


def columns(space: str) -> dict[str, object]:
    return plan_of(space).columns() | {"code_version": "0", "commands": []}


def test_changes_are_kept_in_order_with_the_command_that_made_them(tmp_path: Path) -> None:
    with TrialDatabase(f"sqlite:///{tmp_path / 's.db'}") as database:
        database.add_plan(columns("cnn"), ["begun"], "run cnn")
        database.save_plan(columns("cnn"), ["trials raised", "replicates raised"], "run cnn --trials 30")
        database.save_plan(columns("lstm"), ["begun"], "run lstm")
        record_changes(database, "cnn@digits", ["variant dropout withdrawn"], "ablate cnn --withdraw dropout")

        found = [(row.number, row.what, row.command) for row in plan_changes(database, "cnn@digits")]
        assert found == [
            (1, "begun", "run cnn"),
            (2, "trials raised", "run cnn --trials 30"),
            (3, "replicates raised", "run cnn --trials 30"),
            (4, "variant dropout withdrawn", "ablate cnn --withdraw dropout"),
        ]
        times = [row.changed_at for row in plan_changes(database, "cnn@digits")]
        assert times == sorted(times)
        assert [row.number for row in plan_changes(database, "lstm@digits")] == [1]


def test_a_plan_that_is_saved_without_changes_has_no_history(tmp_path: Path) -> None:
    with TrialDatabase(f"sqlite:///{tmp_path / 's.db'}") as database:
        database.add_plan(columns("cnn"))
        assert plan_changes(database, "cnn@digits") == []
