"""Augmentation is torchvision's affine map, drawn from a stream of its own, and touches training images alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as tv

from study.data import Split
from study.recipe import Recipe
from study.seeds import derive
from study.training.augment import draw, matrices, places, transform
from study.training.loop import Training, fit, prepare

from ..examples import examples
from ..scoring import PIXELS, by_accuracy

CPU = torch.device("cpu")
SIZE = (28, 28)
AUGMENTED = Recipe(rotation=20.0, translation=3.0, scaling=0.2, batch_size=8)
quick = examples(50)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def noise(images: int, size: tuple[int, int] = SIZE, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (images, 1, *size), dtype=torch.uint8, generator=generator)


def generator_of(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def moved(images: Tensor, *, angle: float = 0.0, right: float = 0.0, down: float = 0.0, factor: float = 1.0) -> Tensor:
    """Returns all images transformed alike."""
    rows, columns = images.shape[-2:]
    one = torch.tensor([[angle, right, down, factor]])
    return transform(images, matrices(one, (rows, columns)).expand(len(images), 2, 3))


# The map


@pytest.mark.parametrize(
    ("angle", "right", "down", "factor"),
    [
        (30.0, 0.0, 0.0, 1.0),
        (-7.5, 0.0, 0.0, 1.0),
        (0.0, 3.0, -2.0, 1.0),
        (0.0, -0.4, 1.7, 1.0),
        (0.0, 0.0, 0.0, 0.8),
        (0.0, 0.0, 0.0, 1.25),
        (10.0, 2.0, -1.0, 1.1),
        (-160.0, -5.5, 4.25, 0.7),
    ],
)
@pytest.mark.parametrize("size", [SIZE, (20, 28), (9, 6)])
def test_the_map_is_torchvisions(angle: float, right: float, down: float, factor: float, size: tuple[int, int]) -> None:
    images = noise(2, size)
    expected = tv.affine(
        images.float(),
        angle=angle,
        translate=[right, down],
        scale=factor,
        shear=[0.0, 0.0],
        interpolation=InterpolationMode.BILINEAR,
    )
    found = moved(images, angle=angle, right=right, down=down, factor=factor)
    assert float((found.float() - expected).abs().max()) < 0.52  # half a grey level is rounding


@pytest.mark.parametrize("size", [(28, 28), (9, 40), (1, 5), (8, 1)])
def test_the_places_are_torchs(size: tuple[int, int]) -> None:
    inverse = matrices(draw(50, generator_of(2), rotation=180.0, translation=3.0, scaling=0.5), size)
    expected = F.affine_grid(inverse, [50, 1, *size], align_corners=False)
    torch.testing.assert_close(places(inverse, size), expected, rtol=0, atol=1e-6)


def test_every_image_of_a_batch_has_its_own_map() -> None:
    images = noise(3)
    each = torch.tensor([[15.0, 0.0, 0.0, 1.0], [0.0, 2.5, 1.0, 1.0], [-4.0, 1.0, -3.0, 0.9]])
    together = transform(images, matrices(each, SIZE))
    for place in range(3):
        alone = transform(images[place : place + 1], matrices(each[place : place + 1], SIZE))
        assert torch.equal(together[place], alone[0])


def test_a_positive_angle_turns_clockwise() -> None:
    images = noise(1)
    assert torch.equal(moved(images, angle=90.0), images.rot90(-1, (2, 3)))
    assert torch.equal(moved(images, angle=180.0), images.flip(2, 3))


@pytest.mark.parametrize("size", [(20, 31), (1, 1), (64, 48)])
def test_the_channels_of_a_colour_picture_are_transformed_alike(size: tuple[int, int]) -> None:
    channels = [noise(3, size, seed) for seed in range(3)]
    how = {"angle": 20.0, "right": 1.5, "down": -2.0, "factor": 1.2}
    assert torch.equal(moved(torch.cat(channels, dim=1), **how), torch.cat([moved(one, **how) for one in channels], 1))


def test_float_pictures_are_not_rounded() -> None:
    images = torch.randn(2, 3, 9, 12, generator=generator_of(1))
    how = {"angle": 30.0, "right": 1.0, "down": 2.0, "factor": 0.9}
    found = moved(images, **how)
    assert found.dtype == torch.float32
    expected = tv.affine(images, 30.0, [1.0, 2.0], 0.9, shear=[0.0, 0.0], interpolation=InterpolationMode.BILINEAR)
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-4)
    torch.testing.assert_close(moved(images), images, rtol=0, atol=1e-5)


@quick
@given(st.integers(-14, 14), st.integers(-14, 14))
def test_whole_pixels_move_without_a_loss_and_uncover_background(right: int, down: int) -> None:
    images = noise(1, seed=3) // 2 + 100  # nothing in it looks like background
    expected = torch.zeros_like(images)
    here, there = slice(max(down, 0), 28 + min(down, 0)), slice(max(-down, 0), 28 + min(-down, 0))
    left, old_left = slice(max(right, 0), 28 + min(right, 0)), slice(max(-right, 0), 28 + min(-right, 0))
    expected[..., here, left] = images[..., there, old_left]
    assert torch.equal(moved(images, right=float(right), down=float(down)), expected)


def test_background_is_minus_one_once_normalised() -> None:
    white = torch.full((1, 1, 28, 28), 255, dtype=torch.uint8)
    x = PIXELS.inputs(moved(white, right=3.0))
    assert (x[0, 0, :, :3] == -1).all()
    assert (x[0, 0, :, 3:] == 1).all()


@quick
@given(st.floats(-180, 180), st.floats(-14, 14), st.floats(-14, 14), st.floats(0.05, 1.95), st.integers(0, 255))
def test_no_pixel_becomes_brighter_than_the_brightest(
    angle: float, right: float, down: float, factor: float, brightest: int
) -> None:
    images = (noise(2).float() * brightest / 255).to(torch.uint8)
    found = moved(images, angle=angle, right=right, down=down, factor=factor)
    assert found.dtype == torch.uint8
    assert found.shape == images.shape
    assert int(found.max()) <= int(images.max())


def test_the_images_given_are_left_alone() -> None:
    images = noise(2)
    before = images.clone()
    moved(images, angle=10.0)
    assert torch.equal(images, before)


# The draws


def test_without_ranges_every_image_stays_the_same() -> None:
    images = noise(50)
    drawn = draw(50, generator_of(1), rotation=0.0, translation=0.0, scaling=0.0)
    assert torch.equal(transform(images, matrices(drawn, SIZE)), images)


@quick
@given(st.integers(0, 2**62), st.floats(0, 180), st.floats(0, 14), st.floats(0, 0.99))
def test_draws_keep_to_their_ranges(seed: int, rotation: float, translation: float, scaling: float) -> None:
    drawn = draw(40, generator_of(seed), rotation=rotation, translation=translation, scaling=scaling)
    assert drawn.shape == (40, 4)
    most = torch.tensor([rotation, translation, translation, scaling])
    assert ((drawn - torch.tensor([0.0, 0.0, 0.0, 1.0])).abs() <= most + 1e-6).all()


def test_draws_fill_their_ranges_evenly() -> None:
    drawn = draw(20_000, generator_of(5), rotation=10.0, translation=2.0, scaling=0.1)
    shares = (drawn - torch.tensor([0.0, 0.0, 0.0, 1.0])) / torch.tensor([10.0, 2.0, 2.0, 0.1])
    for column in shares.unbind(1):
        counts = torch.histc(column, bins=10, min=-1, max=1)
        assert (counts / 2000 - 1).abs().max() < 0.1
    assert (torch.corrcoef(shares.T) - torch.eye(4)).abs().max() < 0.03


def test_an_image_is_turned_alike_whether_or_not_it_is_moved_too() -> None:
    alone = draw(9, generator_of(2), rotation=10.0, translation=0.0, scaling=0.0)
    together = draw(9, generator_of(2), rotation=10.0, translation=2.0, scaling=0.1)
    assert torch.equal(alone[:, 0], together[:, 0])
    assert not torch.equal(alone[:, 1:], together[:, 1:])


# In training


class Recorder(nn.Module):
    """Keeps the images it is shown, in training and in evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(4))
        self.shown: dict[bool, list[Tensor]] = {True: [], False: []}

    def forward(self, x: Tensor) -> Tensor:
        self.shown[self.training] += list(x.detach().clone())
        return self.weight + x.mean(dim=(1, 2, 3)).unsqueeze(1)


def split_of(images: Tensor) -> Split:
    return Split(images, torch.arange(len(images)) % 4)


def shown(recipe: Recipe, *, seed: int = 7, epochs: int = 1, training: bool = True) -> Tensor:
    """Returns all images that a model is shown, in order."""
    model = Recorder()
    stream = fit(
        prepare(model, recipe, seed, CPU, "float32", scoring=by_accuracy(), preprocessing=PIXELS),
        split_of(noise(20)),
        split_of(noise(5, seed=1)),
        epochs,
    )
    assert len(list(stream)) == epochs
    return torch.stack(model.shown[training])


def order_of(epoch: int) -> Tensor:
    return torch.randperm(20, generator=generator_of(derive(7, "shuffle", epoch)))


def test_training_shows_each_image_transformed_by_its_own_draw() -> None:
    expected = []
    for epoch in (1, 2):
        drawn = draw(20, generator_of(derive(7, "augment", epoch)), rotation=20.0, translation=3.0, scaling=0.2)
        images = transform(noise(20), matrices(drawn, SIZE))
        expected.append(PIXELS.inputs(images)[order_of(epoch)])
    assert torch.equal(shown(AUGMENTED, epochs=2), torch.cat(expected))


def test_the_same_seed_shows_the_same_images_and_another_epoch_or_seed_others() -> None:
    found = shown(AUGMENTED, epochs=2)
    assert torch.equal(found, shown(AUGMENTED, epochs=2))
    first, second = found[:20][order_of(1).argsort()], found[20:][order_of(2).argsort()]
    assert not any(map(torch.equal, first, second))
    other = shown(AUGMENTED, seed=8)
    assert not any(torch.equal(one, two) for one in first for two in other)


def test_what_an_image_becomes_depends_not_on_the_batch_size() -> None:
    assert torch.equal(shown(AUGMENTED), shown(replace(AUGMENTED, batch_size=13)))


@pytest.mark.parametrize("name", ["rotation", "translation", "scaling"])
def test_every_range_acts_alone(name: str) -> None:
    recipe = Recipe(**{"batch_size": 8, name: getattr(AUGMENTED, name)})
    plain = shown(Recipe(batch_size=8))
    assert torch.equal(plain, PIXELS.inputs(noise(20))[order_of(1)])
    assert sum(map(torch.equal, shown(recipe), plain)) <= 1  # a draw may be next to nothing


def test_an_image_that_a_balanced_sampler_shows_again_is_not_transformed_alike() -> None:
    model = Recorder()
    images = noise(20)[:1].repeat(20, 1, 1, 1)  # one image, so that only the draws tell what is shown apart
    split = Split(images, torch.tensor([0] * 18 + [1] * 2))
    recipe = replace(AUGMENTED, sampler="balanced")
    next(fit(prepare(model, recipe, 7, CPU, "float32", scoring=by_accuracy(), preprocessing=PIXELS), split, None, 1))
    found = model.shown[True]
    assert len(found) == 20
    assert not any(torch.equal(one, other) for place, one in enumerate(found) for other in found[:place])


def test_validation_images_are_never_augmented() -> None:
    assert torch.equal(shown(AUGMENTED, training=False), PIXELS.inputs(noise(5, seed=1)))


def small_training(recipe: Recipe) -> Training:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(784, 4))
    return prepare(model, recipe, 7, CPU, "float32", scoring=by_accuracy(), preprocessing=PIXELS)


def weights_of(training: Training) -> list[Tensor]:
    return [weight.detach().clone() for weight in training.model.parameters()]


def test_order_labels_and_dropout_are_those_of_the_training_without_it() -> None:
    """Uniformly black images cannot tell a transformation, so all that is left must be the same to the last bit."""
    black = split_of(torch.zeros(20, 1, 28, 28, dtype=torch.uint8))
    plain = small_training(replace(AUGMENTED, rotation=0.0, translation=0.0, scaling=0.0))
    augmented = small_training(AUGMENTED)
    losses = [[epoch.train_loss for epoch in fit(training, black, None, 3)] for training in (plain, augmented)]
    assert losses[0] == losses[1]
    assert all(map(torch.equal, weights_of(plain), weights_of(augmented)))


def test_a_training_resumed_after_an_epoch_ends_with_the_same_weights() -> None:
    train = split_of(noise(20))
    whole, begun, resumed = (small_training(AUGMENTED) for _ in range(3))
    losses = [epoch.train_loss for epoch in fit(whole, train, None, 2)]
    first = next(fit(begun, train, None, 2)).train_loss
    resumed.load_state_dict(begun.state_dict())
    rest = [epoch.train_loss for epoch in fit(resumed, train, None, 2)]
    assert [first, *rest] == losses
    assert all(map(torch.equal, weights_of(whole), weights_of(resumed)))


def test_the_draws_take_nothing_from_the_global_generator() -> None:
    before = torch.get_rng_state()
    draw(3, generator_of(1), rotation=1.0, translation=1.0, scaling=0.1)
    assert torch.equal(torch.get_rng_state(), before)
