"""What the models that a study kept say of images: the mean of their probabilities. Trains and writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from study.catalog import Code, Model, load_model
from study.data import Dataset, read_images, study_form
from study.database import PlanRow, TrialDatabase
from study.database.code import alike, stored_code
from study.engines import weights
from study.errors import USER_CODE_RAISES, StudyError, nearest
from study.paths import expanded
from study.status.details import best_details
from study.status.location import moved_space, stored_space
from study.storable import line
from study.training.loop import EVALUATION_BATCH
from study.training.preprocessing import Preprocessing
from study.trial import Scalar

VARIANTS = ("best", "baseline")


@dataclass(frozen=True, slots=True)
class KeptModel:
    """A trained network, ready to answer."""

    network: nn.Module
    preprocessing: Preprocessing

    def answer(self, inputs: Tensor) -> Tensor:
        """Return what it says of inputs, (n, outputs) float32: logits, or values in the targets' units."""
        with torch.inference_mode():
            parts = [self.network(self.preprocessing.inputs(part)) for part in torch.split(inputs, EVALUATION_BATCH)]
            return self.preprocessing.outputs(torch.cat(parts).float())


@dataclass(frozen=True, slots=True)
class Kept:
    """The models that a study kept of one configuration, and what they say: the mean of their probabilities."""

    study: str
    plan: PlanRow
    models: tuple[KeptModel, ...]
    notes: tuple[str, ...] = ()
    """What was decided that nobody asked for, a sentence each."""

    def ask(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the class (n,), its probability (n,), and how many models' own first choice it is (n,).

        Args:
            images: (n, channels, height, width) uint8.
        """
        votes = torch.stack([model.answer(images).softmax(dim=1) for model in self.models])  # (models, images, classes)
        probabilities, chosen = votes.mean(dim=0).max(dim=1)
        return chosen, probabilities, (votes.argmax(dim=2) == chosen).sum(dim=0)


def kept_models(database: TrialDatabase, study: str, *, variant: str = "best", space: str | None = None) -> Kept:
    """Load every final trial of a configuration that kept its weights.

    Args:
        database: Open for reading.
        study: Name of the study.
        variant: `best` or `baseline`.
        space: Where the study's space is now, if it was moved.

    Raises:
        StudyError: There is no such study, variant or space, or no weights, or they do not fit any more.
    """
    if variant not in VARIANTS:
        raise StudyError(f"--variant is one of {', '.join(VARIANTS)}, not {variant!r}{nearest(variant, VARIANTS)}")
    details = best_details(database, study)
    paths = [Path(path) for path in details["test"][variant]["weights"]]
    if not paths:
        raise StudyError(
            f"study {details['study']!r} has no weights of its {variant}: they are kept by complete final trials; "
            f"`python -m study resume` or a larger --replicates trains them"
        )
    plan = database.plan(details["study"])
    assert plan is not None  # best_details has found it
    source, _ = stored_space(plan, database.storage, space)  # a user's own model is found beside its space
    model = load_model(plan.model)
    notes = (*moved_space(plan, source), *_changed_code(database, plan, model.code, [path.stem for path in paths]))
    plan = replace(plan, space_source=source)
    configuration = details["configuration" if variant == "best" else "baseline"]
    return Kept(details["study"], plan, tuple(_network(path, plan, model, configuration) for path in paths), notes)


def predict(
    kept: Kept, paths: Sequence[Path], *, invert: bool = False, tell: Callable[[str], None] = lambda _: None
) -> list[dict[str, Any]]:
    """Classify image files.

    Args:
        kept: The models.
        paths: Image files, or folders of them; read as a data set's are.
        invert: Turns dark ink on light paper into light ink on dark, as MNIST has it.
        tell: Called with a sentence on whatever was done to the images that nobody asked for, or was not read.

    Returns:
        For each image that can be read `image` (its path), `class`, `probability` (the mean over the models),
        `agreeing` (models whose own first choice it is) and `models`.

    Raises:
        StudyError: A path is no image.
    """
    wanted = study_form(kept.plan.spec, kept.plan.picture_ranges)
    if wanted is None or kept.models[0].preprocessing.mean is not None:  # standardised: no bytes
        raise StudyError(
            f"the models of {kept.study!r} read {kept.plan.spec.shape_in_words()}, not picture files; give such data "
            "with --dataset"
        )
    files, images, notes = read_images([expanded(path) for path in paths], wanted)
    for note in notes:
        tell(note)
    rows = _rows(kept, 255 - images if invert else images)
    return [{"image": str(file), **row} for file, row in zip(files, rows, strict=True)]


def predict_dataset(kept: Kept, dataset: Dataset, *, invert: bool = False) -> dict[str, Any]:
    """Classify a data set's test split. What comes of it is told and not kept: nothing is chosen by it.

    Args:
        kept: The models.
        dataset: Its classes are among those of the study.
        invert: As in `predict`.

    Returns:
        `study`, `dataset`, `images`, `correct`, `accuracy` (a share), `models`, and `predictions`: for each image
        `image` (its place in the test split, from 0), `label` (its class in truth), and what `predict` returns.

    Raises:
        StudyError: The data set has a class that the models do not know.
    """
    known = kept.plan.class_names
    if unknown := [name for name in dataset.class_names if name not in known]:
        raise StudyError(
            f"the models of {kept.study!r} tell apart {', '.join(map(repr, known))}; {dataset.name!r} has the class "
            f"{unknown[0]!r} besides{nearest(unknown[0], known)}"
        )
    if dataset.spec.shape != kept.plan.spec.shape:
        raise StudyError(
            f"the models of {kept.study!r} read {kept.plan.spec.shape_in_words()}; {dataset.name!r} holds "
            f"{dataset.spec.shape_in_words()}"
        )
    images = dataset.test.inputs
    labels = [dataset.class_names[label] for label in dataset.test.targets.tolist()]
    rows = _rows(kept, 255 - images if invert else images)
    predictions = [
        {"image": number, "label": label, **row} for number, (label, row) in enumerate(zip(labels, rows, strict=True))
    ]
    correct = sum(row["class"] == row["label"] for row in predictions)
    return {
        "study": kept.study,
        "dataset": dataset.name,
        "images": len(predictions),
        "correct": correct,
        "accuracy": correct / len(predictions),
        "models": len(kept.models),
        "predictions": predictions,
    }


def _rows(kept: Kept, images: Tensor) -> list[dict[str, Any]]:
    chosen, probabilities, agreeing = kept.ask(images)
    return [
        {
            "class": kept.plan.class_names[int(chosen[index])],
            "probability": float(probabilities[index]),
            "agreeing": int(agreeing[index]),
            "models": len(kept.models),
        }
        for index in range(len(images))
    ]


def _changed_code(database: TrialDatabase, plan: PlanRow, now: Code, trials: Sequence[str]) -> list[str]:
    """Return a sentence for each state of the model's source, other than today's, that trained some of the trials."""
    accepted = alike(database, plan.study, now.hash)
    found = []
    for row, _ in stored_code(database, [plan.study], trials=trials):
        code = Code(row.files, row.training)
        if code.hash not in accepted and not now.trains_like(code):
            changed = f"{plan.study}: {', '.join(now.changes_since(code))}"
            found.append(f"{changed} has changed since these weights were trained, and is used as it is now")
    return found


def _network(path: Path, plan: PlanRow, model: Model, configuration: Mapping[str, Scalar]) -> KeptModel:
    _, params = model.split(configuration)
    try:
        network: nn.Module = model.build(params, plan.spec)
        found = weights.load(path)
        network.load_state_dict(found["state_dict"])
    except USER_CODE_RAISES as error:  # `build` may be the user's own
        reason = line(error)
        raise StudyError(f"the weights do not fit model {plan.model!r} as it is now: {reason}") from error
    return KeptModel(network.eval(), weights.preprocessing_of(found))
