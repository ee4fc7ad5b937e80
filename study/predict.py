"""What the models that a study kept say of images: the mean of their probabilities. Trains and writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from study import weights
from study.catalog import load_family, load_space
from study.data import read_images
from study.database import Row, TrialDatabase
from study.errors import USER_CODE_RAISES, StudyError, nearest
from study.overview import best_details
from study.storable import line
from study.training import EVALUATION_BATCH, normalise

VARIANTS = ("best", "baseline")


def predict(
    storage: str,
    study: str,
    paths: Sequence[Path],
    *,
    variant: str = "best",
    invert: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Classifies images with every final training of a configuration that kept its weights.

    Args:
        storage: SQLAlchemy URL of the trial database.
        study: Name of the study.
        paths: Image files, or folders of them; read as the data set `folder` is: grey, 28 x 28.
        variant: `best` or `baseline`.
        invert: Turns dark ink on light paper into light ink on dark, as MNIST has it.
        tell: Called with a sentence on whatever was done to the images that nobody asked for, or was not read.

    Returns:
        For each image that can be read `image` (its path), `class`, `probability` (the mean over the models),
        `agreeing` (models whose own first choice it is) and `models`.

    Raises:
        StudyError: There is no such study, variant, image, or no weights, or they do not fit any more.
    """
    if variant not in VARIANTS:
        raise StudyError(f"--variant is one of {', '.join(VARIANTS)}, not {variant!r}{nearest(variant, VARIANTS)}")
    details = best_details(storage, study)
    files_of_weights = [Path(path) for path in details["test"][variant]["weights"]]
    if not files_of_weights:
        raise StudyError(
            f"study {details['study']!r} has no weights of its {variant}: they are kept by complete final trainings; "
            f"`python -m study resume` or a larger --replicates trains them"
        )
    with TrialDatabase(storage, read_only=True) as database:
        plan = database.plan(details["study"])
    assert plan is not None  # best_details has found it
    files, images, notes = read_images(paths)
    for note in notes:
        tell(note)
    if invert:
        images = 255 - images
    configuration = details["configuration" if variant == "best" else "baseline"]
    votes = torch.stack([_probabilities(_model(path, plan, configuration), images) for path in files_of_weights])
    probabilities, chosen = votes.mean(dim=0).max(dim=1)  # votes: (models, images, classes)
    agreeing = (votes.argmax(dim=2) == chosen).sum(dim=0)
    return [
        {
            "image": str(file),
            "class": plan["class_names"][int(chosen[index])],
            "probability": float(probabilities[index]),
            "agreeing": int(agreeing[index]),
            "models": len(files_of_weights),
        }
        for index, file in enumerate(files)
    ]


def _model(path: Path, plan: Row, configuration: Row) -> nn.Module:
    load_space(plan["space_source"])  # a user's own family is found beside its space
    family = load_family(plan["family"])
    _, params = family.divide(configuration)
    try:
        model = family.build(params, len(plan["class_names"]))
        model.load_state_dict(weights.load(path)["model"])
    except USER_CODE_RAISES as error:  # `build` may be the user's own
        reason = line(error)
        raise StudyError(f"the weights do not fit family {plan['family']!r} as it is now: {reason}") from error
    return model.eval()


def _probabilities(model: nn.Module, images: Tensor) -> Tensor:
    """Returns (images, classes), in float32 on the CPU."""
    with torch.inference_mode():
        parts = [model(normalise(part)).softmax(dim=1) for part in torch.split(images, EVALUATION_BATCH)]
    return torch.cat(parts)
