"""Final trials that were asked for by name, and a study that has some beside all else that a report tells of."""

from __future__ import annotations

from study.database import FinalRow
from study.database.finals import save_finals
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import Laboratory

STUDY = "cnn@mnist"


def plan_final(laboratory: Laboratory, name: str, *scores: float, number: int, epochs: int, planned: int = 2) -> None:
    """Plans final trials of the configuration of search trial `number`, and fills those that have a score."""
    configuration = dict(laboratory.configuration(number))
    row = FinalRow(
        study=STUDY,
        name=name,
        origin="best",
        configuration=configuration,
        epochs=epochs,
        replicates=planned,
        command="python -m study final cnn",
        planned_at="",
    )
    save_finals(laboratory.database, [row], "python -m study final")
    laboratory.epochs[STUDY], before = epochs, laboratory.epochs[STUDY]
    laboratory.finals(STUDY, name, scores, number=number, loss=0.1)
    laboratory.epochs[STUDY] = before


def fill(laboratory: Laboratory, score: float) -> None:
    """Stores a study with a search, replicates, an ablation and longer final trials, which score about so much."""
    laboratory.plan(STUDY, trials=2)
    laboratory.search(STUDY, ("complete", score), ("complete", score + 0.02))
    laboratory.finals(STUDY, "baseline", [score, score + 0.01])
    laboratory.finals(STUDY, "best", [score + 0.02, score + 0.03], number=1)
    ablate(laboratory, STUDY, baseline(score, score), Arm("dropout", [score + 0.01, score + 0.02]))
    plan_final(laboratory, "best, 6 epochs", score + 0.03, number=1, epochs=6)
