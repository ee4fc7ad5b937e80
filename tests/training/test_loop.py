"""Training is a stream that can be cut after any epoch; its numbers are those of a plain loop."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import astuple, replace
from itertools import chain, product
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision import transforms

from study.data import Split
from study.engines import checkpoint
from study.files import LocalFile
from study.models import cnn, lstm
from study.recipe import Optimizer, Recipe, Sampler, Schedule
from study.seeds import derive
from study.training import loop as training_module
from study.training.loop import (
    DivergedError,
    Training,
    evaluate,
    final_test,
    fit,
    prepare,
)
from study.training.schedules import factor_at
from study.trial import Epoch

from ..examples import examples
from ..hardware import skipped_without_bfloat16
from ..scoring import PIXELS, by_accuracy, spec_of

CPU = torch.device("cpu")
CLASSES = 4
quick = examples(100)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def make_split(images: int, seed: int = 0) -> Split:
    generator = torch.Generator().manual_seed(seed)
    return Split(
        torch.randint(0, 256, (images, 1, 28, 28), dtype=torch.uint8, generator=generator),
        torch.randint(0, CLASSES, (images,), generator=generator),
    )


class Centred(nn.Module):
    """Takes away a running mean, which it assigns anew at every step."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(784))
        self.linear = nn.Linear(784, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        if self.training:
            self.mean = 0.9 * self.mean + 0.1 * x.detach().mean(0)
        outputs: Tensor = self.linear(x - self.mean)
        return outputs


def make_model(kind: str = "linear", dropout: float = 0.5) -> nn.Module:
    """Builds a small network with known weights."""
    torch.manual_seed(1)
    match kind:
        case "cnn":
            return cnn.build(cnn.Params(width=2, hidden_size=4, dropout=dropout), spec_of(CLASSES))
        case "lstm":
            return lstm.build(lstm.Params(hidden_size=3, layers=2, dropout=dropout), spec_of(CLASSES))
        case "batchnorm":
            return cnn.build(cnn.Params(width=2, hidden_size=4, batch_norm=True), spec_of(CLASSES))
        case "centred":
            return Centred()
        case _:
            return nn.Sequential(nn.Flatten(), nn.Dropout(dropout), nn.Linear(784, CLASSES))


def make_training(recipe: Recipe, kind: str = "linear", dropout: float = 0.5, **parts: Any) -> Training:  # noqa: ANN401
    model = parts.pop("model", None) or make_model(kind, dropout)
    return prepare(
        model,
        recipe,
        parts.pop("seed", 7),
        CPU,
        parts.pop("precision", "float32"),
        scoring=by_accuracy(CLASSES),
        preprocessing=PIXELS,
    )


def recipe_of(optimizer: str = "adam", schedule: str = "constant", **fields: Any) -> Recipe:  # noqa: ANN401
    rate = 0.05 if optimizer == "sgd" else 0.01
    return Recipe(
        **{
            "optimizer": optimizer,
            "schedule": schedule,
            "learning_rate": rate,
            "batch_size": 8,
            "weight_decay": 1e-3,
            **fields,
        }
    )


def but_seconds(epochs: list[Epoch]) -> list[tuple[object, ...]]:
    return [astuple(replace(epoch, seconds=0.0)) for epoch in epochs]


def weights_of(training: Training) -> list[Tensor]:
    return [weight.detach().clone() for weight in training.model.parameters()]


def optimizer_tensors(training: Training) -> list[Tensor]:
    return list(tensors_in(training.optimizer.state_dict()))


def tensors_in(state: object) -> Iterator[Tensor]:
    """Yields the tensors of a state, however deep they lie."""
    if isinstance(state, Tensor):
        yield state
    elif isinstance(state, dict | list):
        for entry in state.values() if isinstance(state, dict) else state:
            yield from tensors_in(entry)


TRAIN, VALIDATION = make_split(20), make_split(9, seed=1)


def test_an_epoch_tells_the_learning_rate_of_its_last_step() -> None:
    recipe = recipe_of(schedule="one-cycle")
    epochs = list(fit(make_training(recipe), TRAIN, VALIDATION, 4))
    batches = 3  # of 8, 8 and 4 images
    assert [epoch.learning_rate for epoch in epochs] == [
        recipe.learning_rate * factor_at(recipe.schedule, batches * number - 1, 4 * batches) for number in (1, 2, 3, 4)
    ]


# The numbers


def notebook_loop(model: nn.Module, split: Split, order: list[list[int]], rate: float) -> list[float]:
    """The notebook's training, with its transform, its Adam and its running loss, on given batches."""
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    images = torch.stack([transform(Image.fromarray(image[0].numpy())) for image in split.inputs])
    criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=rate)
    losses = []
    for batches in order:
        running = 0.0
        for start in range(0, len(batches), 8):
            chosen = batches[start : start + 8]
            optimizer.zero_grad()
            loss = criterion(model(images[chosen]), split.targets[chosen])
            loss.backward()
            optimizer.step()
            running += loss.item() * len(chosen)
        losses.append(running / len(split))
    return losses


@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_training_is_the_notebooks_loop(kind: str) -> None:
    order = [
        torch.randperm(20, generator=torch.Generator().manual_seed(derive(7, "shuffle", epoch))).tolist()
        for epoch in (1, 2, 3)
    ]
    plain = make_model(kind, dropout=0.0)
    expected = notebook_loop(plain, TRAIN, order, 0.01)
    training = make_training(recipe_of(weight_decay=0.0), kind, dropout=0.0)
    found = [epoch.train_loss for epoch in fit(training, TRAIN, None, 3)]
    assert found == pytest.approx(expected, rel=1e-4)
    assert found[2] < found[0]
    for ours, theirs in zip(training.model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-4)


def test_images_are_normalised_as_torchvision_does() -> None:
    images = torch.arange(784, dtype=torch.int64).remainder(256).to(torch.uint8).reshape(1, 1, 28, 28)
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    expected = transform(Image.fromarray(images[0, 0].numpy()))
    found = PIXELS.inputs(images)
    assert found.shape == (1, 1, 28, 28)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found[0], expected, rtol=0, atol=1e-6)
    assert (float(found.min()), float(found.max())) == pytest.approx((-1, 1))


def test_normalising_leaves_the_images_alone() -> None:
    images = make_split(3).inputs
    before = images.clone()
    PIXELS.inputs(images)
    assert torch.equal(images, before)


@pytest.mark.parametrize("batch", [1, 10, 33, 100])
def test_an_evaluation_is_the_mean_over_all_images(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the last step has fewer images than the others."""
    monkeypatch.setattr(training_module, "EVALUATION_BATCH", batch)
    split, training = make_split(33, seed=2), make_training(recipe_of())
    training.model.eval()
    with torch.no_grad():
        logits = training.model(split.inputs.float() / 127.5 - 1).double()
    probabilities = torch.softmax(logits, dim=1)[torch.arange(33), split.targets]
    right = [int(row.argmax()) == int(label) for row, label in zip(logits, split.targets, strict=True)]
    scores = evaluate(training, split)
    loss, accuracy, predictions = scores.loss, scores.score, scores.outputs.argmax(dim=1)
    assert loss == pytest.approx(float(-probabilities.log().mean()), rel=1e-5)
    assert accuracy == sum(right) / 33
    assert 0 < accuracy < 1
    assert predictions.tolist() == logits.argmax(dim=1).tolist()


def test_dropout_is_off_in_evaluation_and_on_again_after_it() -> None:
    training = make_training(recipe_of(), dropout=0.9)
    stream = fit(training, TRAIN, VALIDATION, 2)
    first = next(stream)
    scores = evaluate(training, VALIDATION)
    assert (scores.loss, scores.score) == (first.validation_loss, first.validation_score)
    seen: list[bool] = []
    training.model.register_forward_pre_hook(lambda module, _: seen.append(module.training))
    next(stream)
    assert seen == [True, True, True, False]


@pytest.mark.parametrize("kind", ["linear", "batchnorm"])
def test_what_is_scored_tested_and_kept_is_the_average_and_the_training_does_not_notice(kind: str) -> None:
    plain, averaged = (make_training(recipe_of(ema=ema), kind) for ema in (0.0, 0.7))
    epochs = [list(fit(training, TRAIN, VALIDATION, 3)) for training in (plain, averaged)]
    assert [epoch.train_loss for epoch in epochs[0]] == [epoch.train_loss for epoch in epochs[1]]
    assert all(map(torch.equal, weights_of(plain), weights_of(averaged)))
    assert epochs[0][2].validation_loss != epochs[1][2].validation_loss
    kept = make_training(recipe_of(), model=make_other_model(kind))
    kept.model.load_state_dict(averaged.result())
    assert evaluate(kept, VALIDATION).loss == epochs[1][2].validation_loss
    assert final_test(kept, VALIDATION).predictions == final_test(averaged, VALIDATION).predictions
    assert final_test(averaged, VALIDATION).loss == epochs[1][2].validation_loss


def test_an_average_looks_back_over_the_epochs_that_the_recipe_says() -> None:
    """Of three steps an epoch; what is averaged takes the value t after step t."""
    training = make_training(recipe_of(ema=4.0))
    average, (weight, *_) = training.average, training.model.parameters()
    assert average is not None
    seen: list[float] = []

    def step() -> None:
        seen.append(len(seen) + 100.0)
        with torch.no_grad():
            weight.fill_(seen[-1])

    with torch.no_grad():
        start = float(weight.flatten()[0])
    training.optimizer.step = step  # type: ignore[method-assign]
    for _ in fit(training, TRAIN, None, 60):
        pass
    expected = start
    for number, value in enumerate(seen):
        kept = min(math.exp(-1 / (4.0 * 3)), (1 + number) / (10 + number))
        expected = kept * expected + (1 - kept) * value
    assert len(seen) == 180
    found = float(next(iter(training.result().values())).flatten()[0])
    assert found == pytest.approx(expected, rel=1e-4)
    assert seen[-1] - found == pytest.approx(12, abs=0.6)  # a mean age of 12 steps: 4 epochs of 3


def test_a_final_test_keeps_every_prediction_as_a_byte() -> None:
    training = make_training(recipe_of())
    result = final_test(training, VALIDATION)
    scores = evaluate(training, VALIDATION)
    loss, accuracy, predictions = scores.loss, scores.score, scores.outputs.argmax(dim=1)
    assert (result.loss, result.score, list(result.predictions)) == (loss, accuracy, predictions.tolist())
    assert result.seconds > 0


class Fixed(nn.Module):
    """Logits that depend on the image's first pixel alone, and a weight that hardly matters."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.seen: list[list[int]] = []

    def forward(self, x: Tensor) -> Tensor:
        first = x[:, 0, 0, 0]
        self.seen.append(((first + 1) * 127.5).round().int().tolist())
        return torch.stack([first * k for k in (1.0, -2.0, 3.0, 0.5)], dim=1) + self.weight


def numbered_split(images: int) -> Split:
    """Returns images whose pixels all hold their own number."""
    values = torch.arange(images, dtype=torch.uint8)
    return Split(values.reshape(-1, 1, 1, 1).expand(-1, 1, 28, 28).contiguous(), torch.arange(images) % CLASSES)


def fixed_epoch(split: Split, batch_size: int, label_smoothing: float) -> Epoch:
    recipe = Recipe(
        optimizer="sgd", learning_rate=1e-30, momentum=1e-9, batch_size=batch_size, label_smoothing=label_smoothing
    )
    return next(
        fit(prepare(Fixed(), recipe, 3, CPU, "float32", scoring=by_accuracy(), preprocessing=PIXELS), split, split, 1)
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize(("images", "batch_size"), [(13, 4), (13, 13), (13, 64), (5, 4), (1, 4)])
def test_every_image_counts_alike_whatever_batch_it_is_in(images: int, batch_size: int, smoothing: float) -> None:
    split = numbered_split(images)
    first = split.inputs[:, 0, 0, 0].double() / 127.5 - 1
    logits = torch.stack([first * k for k in (1.0, -2.0, 3.0, 0.5)], dim=1)
    log = logits - logits.exp().sum(dim=1, keepdim=True).log()
    plain = -log[torch.arange(images), split.targets]
    smoothed = (1 - smoothing) * plain - smoothing * log.mean(dim=1)
    epoch = fixed_epoch(split, batch_size, smoothing)
    assert epoch.train_loss == pytest.approx(float(smoothed.mean()), rel=1e-5)
    assert epoch.validation_loss == pytest.approx(float(plain.mean()), rel=1e-5)
    right = float((logits.argmax(dim=1) == split.targets).double().mean())
    assert (epoch.train_score, epoch.validation_score) == (right, right)


def test_label_smoothing_changes_what_is_learned_not_how_it_is_scored() -> None:
    split = numbered_split(13)
    plain, smooth = fixed_epoch(split, 4, 0.0), fixed_epoch(split, 4, 0.15)
    assert plain.train_loss != smooth.train_loss
    assert plain.validation_loss == smooth.validation_loss


# Order


def orders(seed: int, images: int, batch_size: int, epochs: int) -> list[list[list[int]]]:
    """Returns the numbers of the images of every batch of every epoch."""
    model = Fixed()
    training = prepare(
        model, Recipe(batch_size=batch_size), seed, CPU, "float32", scoring=by_accuracy(), preprocessing=PIXELS
    )
    found = []
    for _ in fit(training, numbered_split(images), None, epochs):
        found.append(list(model.seen))
        model.seen.clear()
    return found


@examples(30)
@given(st.integers(0, 2**63 - 1), st.integers(1, 60), st.integers(1, 20))
def test_every_epoch_sees_every_image_once(seed: int, images: int, batch_size: int) -> None:
    for batches in orders(seed, images, batch_size, 2):
        assert sorted(chain.from_iterable(batches)) == list(range(images))
        assert [len(batch) for batch in batches[:-1]] == [batch_size] * (len(batches) - 1)
        assert 0 < len(batches[-1]) <= batch_size


def test_the_order_differs_between_epochs_and_seeds_and_is_the_same_again() -> None:
    found = [list(chain.from_iterable(batches)) for seed in (1, 2) for batches in orders(seed, 50, 8, 3)]
    assert len({tuple(order) for order in found}) == 6
    assert list(range(50)) not in found
    assert orders(1, 50, 8, 3) == orders(1, 50, 8, 3)


def test_the_order_depends_neither_on_the_batch_size_nor_on_what_came_before() -> None:
    assert list(chain.from_iterable(orders(1, 50, 8, 2)[1])) == list(chain.from_iterable(orders(1, 50, 13, 2)[1]))


# A stream that can be cut


@pytest.mark.parametrize("kind", ["linear", "cnn", "lstm"])
def test_the_same_training_gives_the_same_numbers(kind: str) -> None:
    runs = []
    for noise in (1, 2):
        training = make_training(recipe_of(), kind)
        torch.manual_seed(noise)  # whatever else has drawn from the global generator
        torch.rand(noise)
        runs.append((but_seconds(list(fit(training, TRAIN, VALIDATION, 3))), weights_of(training)))
    assert runs[0][0] == runs[1][0]
    assert all(map(torch.equal, runs[0][1], runs[1][1]))


def test_another_seed_gives_other_numbers() -> None:
    one, other = (list(fit(make_training(recipe_of(), seed=seed), TRAIN, VALIDATION, 1)) for seed in (1, 2))
    assert one[0].train_loss != other[0].train_loss


def resumed_after(
    stop: int, recipe: Recipe, path: Path, *, kind: str, precision: str, epochs: int
) -> tuple[list[Epoch], Training]:
    """Trains `stop` epochs, writes a checkpoint, forgets everything, and goes on from the file."""
    training = make_training(recipe, kind, precision=precision)
    stream = fit(training, TRAIN, VALIDATION, epochs)
    done = [next(stream) for _ in range(stop)]
    LocalFile(path).write(checkpoint.content("t", training.state_dict()))
    stream.close()
    torch.manual_seed(99)
    fresh = make_training(recipe, model=make_other_model(kind), precision=precision)
    fresh.load_state_dict(checkpoint.load(LocalFile(path), "t"))
    torch.rand(5)
    return done + list(fit(fresh, TRAIN, VALIDATION, epochs)), fresh


def make_other_model(kind: str) -> nn.Module:
    """Builds the same network with other weights, which the checkpoint has to replace."""
    model = make_model(kind)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.1)
    return model


@pytest.mark.parametrize(
    ("optimizer", "schedule", "sampler"),
    [
        pytest.param(*case, marks=() if place % 4 == 0 else pytest.mark.slow)
        for place, case in enumerate(product(get_args(Optimizer), get_args(Schedule), get_args(Sampler)))
    ],
)
def test_a_training_cut_after_any_epoch_goes_on_to_the_same_bits(
    optimizer: str, schedule: str, sampler: str, tmp_path: Path
) -> None:
    recipe = recipe_of(optimizer, schedule, label_smoothing=0.1, sampler=sampler)
    whole = make_training(recipe)
    undisturbed = list(fit(whole, TRAIN, VALIDATION, 3))
    for stop in range(4):
        epochs, training = resumed_after(stop, recipe, tmp_path / "t.pt", kind="linear", precision="float32", epochs=3)
        assert but_seconds(epochs) == but_seconds(undisturbed)
        assert all(map(torch.equal, weights_of(training), weights_of(whole)))
        assert training.epoch == 3
        if stop < 3:
            assert all(map(torch.equal, optimizer_tensors(training), optimizer_tensors(whole)))
            assert optimizer_tensors(whole)


@pytest.mark.parametrize("kind", ["linear", "batchnorm", "centred"])
def test_a_training_with_an_average_goes_on_to_the_same_bits(kind: str, tmp_path: Path) -> None:
    recipe = recipe_of(ema=0.7)
    whole = make_training(recipe, kind)
    undisturbed = list(fit(whole, TRAIN, VALIDATION, 3))
    for stop in range(4):
        epochs, training = resumed_after(stop, recipe, tmp_path / "t.pt", kind=kind, precision="float32", epochs=3)
        assert but_seconds(epochs) == but_seconds(undisturbed)
        assert all(map(torch.equal, training.result().values(), whole.result().values()))


@pytest.mark.cases(3)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd", "muon"])
@pytest.mark.parametrize("kind", ["cnn", "lstm"])
def test_real_networks_go_on_to_the_same_bits(kind: str, optimizer: str, precision: str, tmp_path: Path) -> None:
    recipe = recipe_of(optimizer, "cosine")
    whole = make_training(recipe, kind, precision=precision)
    with skipped_without_bfloat16():
        undisturbed = list(fit(whole, TRAIN, VALIDATION, 3))
    epochs, training = resumed_after(2, recipe, tmp_path / "t.pt", kind=kind, precision=precision, epochs=3)
    assert but_seconds(epochs) == but_seconds(undisturbed)
    assert all(map(torch.equal, weights_of(training), weights_of(whole)))
    assert not all(map(torch.equal, weights_of(whole), weights_of(make_training(recipe, kind))))


def test_the_checkpoint_of_a_version_whose_groups_knew_no_highest_rate_goes_on() -> None:
    recipe = recipe_of(schedule="cosine")
    whole, begun, resumed = (make_training(recipe) for _ in range(3))
    undisturbed = list(fit(whole, TRAIN, VALIDATION, 3))
    next(fit(begun, TRAIN, VALIDATION, 3))
    state: Any = begun.state_dict()
    for group in state["optimizer"]["param_groups"]:
        del group["initial_lr"]
    resumed.load_state_dict(state)
    assert but_seconds(list(fit(resumed, TRAIN, VALIDATION, 3))) == but_seconds(undisturbed[1:])


def test_a_schedule_leaves_the_groups_of_parameters_their_own_rates() -> None:
    training = make_training(recipe_of(schedule="cosine"))
    (group,) = training.optimizer.param_groups
    halved = {**group, "params": [], "initial_lr": group["initial_lr"] / 2}
    training.optimizer.param_groups.append(halved)
    for epoch in fit(training, TRAIN, VALIDATION, 3):
        rates = [group["lr"] for group in training.optimizer.param_groups]
        assert rates == [epoch.learning_rate, epoch.learning_rate / 2]


# Classes that are rare


def rare_split() -> Split:
    """Returns 40 images, of which class 0 has 30, class 1 eight, class 2 two and class 3 none."""
    split = numbered_split(40)
    return Split(split.inputs, torch.tensor([0] * 30 + [1] * 8 + [2] * 2))


def test_balanced_weights_make_every_class_count_the_same_in_one_batch() -> None:
    recipe = Recipe(optimizer="sgd", learning_rate=1e-30, momentum=1e-9, class_weights="balanced")
    split = rare_split()
    training = prepare(Fixed(), recipe, 3, CPU, "float32", scoring=by_accuracy(), preprocessing=PIXELS)
    epoch = next(fit(training, split, split, 1))
    first = split.inputs[:, 0, 0, 0].double() / 127.5 - 1
    logits = torch.stack([first * k for k in (1.0, -2.0, 3.0, 0.5)], dim=1)
    losses = F.cross_entropy(logits, split.targets, reduction="none")
    means = [float(losses[split.targets == label].mean()) for label in range(3)]
    assert epoch.train_loss == pytest.approx(sum(means) / 3, rel=1e-5)
    assert epoch.validation_loss == pytest.approx(float(losses.mean()), rel=1e-5)  # scored as ever


def test_a_balanced_sampler_shows_every_class_equally_often_and_scores_what_it_showed() -> None:
    recipe = Recipe(optimizer="sgd", learning_rate=1e-30, momentum=1e-9, sampler="balanced", batch_size=7)
    split, model = rare_split(), Fixed()
    training = prepare(model, recipe, 3, CPU, "float32", scoring=by_accuracy(), preprocessing=PIXELS)
    epoch = next(fit(training, split, None, 1))
    shown = list(chain.from_iterable(model.seen))
    classes = split.targets[shown]
    assert len(shown) == 40
    assert sorted(torch.bincount(classes, minlength=4).tolist()) == [0, 13, 13, 14]
    first = split.inputs[shown, 0, 0, 0].double() / 127.5 - 1
    logits = torch.stack([first * k for k in (1.0, -2.0, 3.0, 0.5)], dim=1)
    assert epoch.train_score == float((logits.argmax(dim=1) == classes).double().mean())


def test_a_finished_training_has_no_more_epochs() -> None:
    training = make_training(recipe_of())
    assert [epoch.number for epoch in fit(training, TRAIN, VALIDATION, 2)] == [1, 2]
    before = weights_of(training)
    assert list(fit(training, TRAIN, VALIDATION, 2)) == []
    assert all(map(torch.equal, weights_of(training), before))


def test_nothing_is_trained_before_an_epoch_is_pulled() -> None:
    training = make_training(recipe_of())
    before = weights_of(training)
    stream = fit(training, TRAIN, VALIDATION, 2)
    assert all(map(torch.equal, weights_of(training), before))
    next(stream)
    assert training.epoch == 1
    stopped = weights_of(training)
    stream.close()
    assert all(map(torch.equal, weights_of(training), stopped))


def test_without_a_validation_split_there_are_no_validation_scores() -> None:
    epoch = next(fit(make_training(recipe_of()), TRAIN, None, 1))
    assert (epoch.validation_loss, epoch.validation_score) == (None, None)
    assert epoch.seconds > 0


def test_looking_at_a_validation_split_does_not_change_the_training() -> None:
    runs = [make_training(recipe_of()) for _ in range(2)]
    losses = [
        [epoch.train_loss for epoch in fit(training, TRAIN, split, 3)]
        for training, split in zip(runs, (None, VALIDATION), strict=True)
    ]
    assert losses[0] == losses[1]
    assert all(map(torch.equal, weights_of(runs[0]), weights_of(runs[1])))


def test_bfloat16_rounds_products_but_not_the_weights() -> None:
    full, rounded = (make_training(recipe_of(), "cnn", dropout=0.0, precision=p) for p in ("float32", "bfloat16"))
    losses = [next(fit(training, TRAIN, VALIDATION, 1)).train_loss for training in (full, rounded)]
    assert losses[0] != losses[1]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    assert all(weight.dtype == torch.float32 for weight in rounded.model.parameters())


# Divergence


def test_weights_that_are_not_numbers_end_the_training() -> None:
    training = make_training(recipe_of())
    with torch.no_grad():
        next(training.model.parameters()).fill_(math.nan)
    with pytest.raises(DivergedError) as caught:
        next(fit(training, TRAIN, VALIDATION, 2))
    assert (str(caught.value), caught.value.epoch) == ("the training loss became nan in epoch 1", 1)
    assert training.epoch == 0


def test_a_learning_rate_far_too_high_ends_the_training_in_its_epoch() -> None:
    training = make_training(recipe_of("sgd", learning_rate=1e30), dropout=0.0)
    epochs: list[Epoch] = []
    with pytest.raises(DivergedError) as caught:
        epochs.extend(fit(training, TRAIN, VALIDATION, 10))
    assert caught.value.epoch == training.epoch + 1
    assert str(caught.value) in {
        f"the training loss became {loss} in epoch {caught.value.epoch}" for loss in ("nan", "inf")
    }
    assert caught.value.epoch <= 3


def test_a_poor_but_finite_loss_is_no_divergence() -> None:
    epoch = next(fit(make_training(recipe_of("sgd", learning_rate=1e3), dropout=0.0), TRAIN, VALIDATION, 1))
    assert epoch.train_loss > F.cross_entropy(torch.zeros(1, CLASSES), torch.tensor([0])).item()
    assert math.isfinite(epoch.train_loss)
