"""A trial that has to begin anew because its checkpoint is gone says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from study.database import TrialDatabase, place_of
from study.trial import Phase, Trial

from ..made_workers import PLAN, MadeWorkers, Silent, Stop, coordinator


@pytest.fixture
def database(tmp_path: Path) -> Iterator[TrialDatabase]:
    with TrialDatabase(f"sqlite:///{tmp_path / 'studies.db'}") as opened:
        opened.save_plan(PLAN.columns() | {"code_version": "0", "commands": []})
        yield opened


@pytest.mark.parametrize(
    ("recorded", "is_there", "is_told"),
    [(2, False, True), (2, True, False), (1, False, False)],
    ids=["gone", "there", "perhaps not yet written"],
)
def test_a_trial_whose_checkpoint_is_gone_says_so(
    recorded: int, is_there: bool, is_told: bool, database: TrialDatabase
) -> None:
    def stop(trial: Trial) -> None:
        raise Stop

    def hangs(trial: Trial, number: int) -> bool:
        return trial.phase is Phase.SEARCH and number == recorded + 1

    with pytest.raises(Stop):
        coordinator(database, MadeWorkers(hangs=hangs, on_wait=stop)).run()
    (row,) = database.trials(PLAN.study)
    file = place_of(database.storage, None).absolute().checkpoint(row.id)
    if is_there:
        file.write(b"anything")
    view = Silent()
    coordinator(database, MadeWorkers(), view=view).run()
    told = (
        f"trial 0: its checkpoint is not at {file}, though 2 of its epochs are recorded; it starts again from its "
        "first epoch"
    )
    assert view.notes == ([told] if is_told else [])
