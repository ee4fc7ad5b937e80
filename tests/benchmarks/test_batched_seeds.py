"""Seeds of one arm as one batched model train as they do alone, to the last digits."""

from __future__ import annotations

import pytest
import torch

from benchmarks.batched_seeds import Trainings, batches


@pytest.mark.parametrize("space", ["cnn", "lstm"])
def test_losses_and_weights_are_those_of_single_trainings(space: str) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    made = Trainings(space, 2, "cpu", "float32")
    losses = [(made.step_singles(*batch), made.step_stacked(*batch)) for batch in batches(2, 3, "cpu")]
    torch.set_num_threads(threads)
    assert all(torch.allclose(*pair, rtol=0, atol=1e-5) for pair in losses)
    assert losses[0][0][0] != losses[0][0][1]  # seeds differ
    assert made.difference() < 1e-3
