"""What the trials of a study learn from and are scored on, in memory that workers share."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch

from study.data.dataset import Dataset, Split
from study.data.splits import development_splits


@dataclass(frozen=True, slots=True, eq=False)
class TrialData:
    """The examples of a study: what a search may see, what a final trial learns from, and the test split."""

    train: Split
    validation: Split
    full: Split
    test: Split
    pool: Dataset | None = None
    """What is cut anew for each replicate of an ablation; None where all trials share one cut."""
    train_size: int | None = None
    """How many examples of such a cut are trained on; None means all."""

    def cut(self, replicate: int | None) -> TrialData:
        """Return the data of a trial: with the cut that all share, or with that of its replicate.

        Args:
            replicate: From 0 on; None means the one that all share.

        Raises:
            ValueError: There is nothing to be cut anew.
        """
        if replicate is None:
            return self
        if self.pool is None:
            raise ValueError(f"there is no cut of replicate {replicate}: all trials share one")
        parts = development_splits(self.pool, train_size=self.train_size, replicate=replicate)
        device = self.train.inputs.device
        return replace(self, train=parts.train.on(device), validation=parts.validation.on(device))

    def share_memory(self) -> None:
        """Move everything to shared memory, so that worker processes need no copy."""
        for split in self._splits():
            split.share_memory()
        if self.pool is not None:
            self.pool.training.share_memory()

    def on(self, device: torch.device) -> TrialData:
        """Return the same data on a device; what is cut anew stays where it is, and each cut is put there."""
        moved = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        names = ("train", "validation", "full", "test")
        return TrialData(**moved | {name: moved[name].on(device) for name in names})

    def _splits(self) -> tuple[Split, ...]:
        return self.train, self.validation, self.full, self.test
