"""A study's data once more, from the files that another machine has: what a node of a cluster loads for its workers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from study.data import TrialData, load_dataset
from study.data.functions import is_function
from study.plan import DatasetFacts, Plan
from study.prepare.loaded import Cut, Loaded


@dataclass(frozen=True, slots=True)
class OwnFiles:
    """Loads the data of a plan; called on the machine whose files are meant."""

    facts: DatasetFacts
    cut: Cut

    @classmethod
    def of(cls, plan: Plan) -> OwnFiles:
        """Return what loads a plan's data."""
        facts = plan.dataset
        return cls(facts, Cut(facts.train_size, facts.final_examples, plan.method.split_seed))

    def __call__(self) -> TrialData | None:
        """Return the data; None where a function returns it, or where the files here hold something else.

        Raises:
            StudyError: The files are not here; nothing is downloaded.
        """
        facts = self.facts
        if is_function(facts.source):
            return None
        dataset = load_dataset(
            facts.source,
            data_root=Path(facts.data_root),
            download=False,
            options=facts.options,
            features=facts.features,
        )
        return Loaded().cut(dataset, self.cut) if dataset.content_hash == facts.content_hash else None
