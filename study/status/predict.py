"""What the models that a study kept say of new data: the mean of their answers. Trains and writes nothing."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from study.catalog import Code, Model, load_model
from study.data import Dataset, Split, read_images, study_form
from study.database import PlanRow, TrialDatabase
from study.database.code import alike, stored_code
from study.engines import weights
from study.errors import USER_CODE_RAISES, StudyError, nearest
from study.files import File
from study.paths import expanded
from study.status.kept import kept_trials
from study.status.location import moved_space, stored_space
from study.storable import line
from study.task import TASKS, TaskName
from study.training.loop import EVALUATION_BATCH
from study.training.preprocessing import Preprocessing
from study.training.scoring import Scoring
from study.trial import Scalar

Details = dict[str, Any]
"""A JSON object."""


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
    """The models that a study kept of one configuration, and what they say: the mean of their answers."""

    study: str
    plan: PlanRow
    models: tuple[KeptModel, ...]
    measured: Scoring
    notes: tuple[str, ...] = ()
    """What was decided that nobody asked for, a sentence each."""

    @property
    def reads_bytes(self) -> bool:
        """Whether the models learned from 8-bit pixels, which have a fixed scale."""
        return self.models[0].preprocessing.mean is None

    def ask(self, inputs: Tensor) -> list[Details]:
        """Return what the models say of each input.

        Args:
            inputs: (n, *shape), as a split of the study's data has them.

        Returns:
            Of a classification `class`, `probability` (the mean over the models) and `agreeing` (models whose own first
            choice it is); of multilabel data `labels` (those with a mean probability of a half or more) and
            `probabilities` (label -> mean); of a regression `values` (target -> mean), `lowest` and `highest` (of the
            models). In each, `models`.
        """
        answers = torch.stack([model.answer(inputs) for model in self.models])  # (models, n, outputs)
        rows = _ANSWERS[self.plan.task](self.plan.class_names, answers)
        return [{**row, "models": len(self.models)} for row in rows]

    def scores(self, split: Split) -> dict[str, float | None]:
        """Return every metric of the mean of the models' answers on a split."""
        answers = torch.stack([model.answer(split.inputs) for model in self.models])
        return self.measured.scores(_mean_output(self.plan.task, answers), split.targets)


def kept_models(database: TrialDatabase, study: str, *, variant: str = "best", space: str | None = None) -> Kept:
    """Load every final trial of a configuration that kept its weights.

    Args:
        database: Open for reading.
        study: Name of the study.
        variant: `best`, `baseline`, or the name of final trials that were asked for.
        space: Where the study's space is now, if it was moved.

    Raises:
        StudyError: There is no such study, variant or space, or no weights, or they do not fit any more.
    """
    found = kept_trials(database, study, variant)
    plan = found.plan
    if plan.own_training:
        raise StudyError(
            f"the model of study {plan.study!r} trains itself, and only its own code can ask it: `python -m study best "
            f"{shlex.quote(plan.study)} --save model.pt` writes what one of its final trials kept"
        )
    source, _ = stored_space(plan, database.storage, space)  # a user's own model is found beside its space
    model = load_model(plan.model)
    if model.own is not None:
        raise StudyError(
            f"model {plan.model!r} trains itself, so that only its own code can ask what it trained; "
            f"`python -m study best {plan.study} --save FILE.pt` takes out what it gave to run.keep"
        )
    notes = (*moved_space(plan, source), *changed_code(database, plan, model.code, list(found.weights)))
    plan = replace(plan, space_source=source)
    models = tuple(kept_model(file, plan, model, found.configuration) for file in found.weights.values())
    return Kept(plan.study, plan, models, _measured(plan, model), notes)


def predict(
    kept: Kept, paths: Sequence[Path], *, invert: bool = False, tell: Callable[[str], None] = lambda _: None
) -> list[Details]:
    """Answer image files.

    Args:
        kept: The models.
        paths: Image files, or folders of them; read as the study's data were.
        invert: Turns dark ink on light paper into light ink on dark, as MNIST has it.
        tell: Called with a sentence on whatever was done to the images that nobody asked for, or was not read.

    Returns:
        For each image that can be read `image` (its path), and what `Kept.ask` returns.

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
    rows = kept.ask(255 - images if invert else images)
    return [{"image": str(file), **row} for file, row in zip(files, rows, strict=True)]


def predict_dataset(kept: Kept, dataset: Dataset, *, invert: bool = False) -> Details:
    """Answer and score a data set's test split. What comes of it is told and not kept: nothing is chosen by it.

    Args:
        kept: The models.
        dataset: Of the task and the shape of the study's data; its classes are among those of the study.
        invert: As in `predict`.

    Returns:
        `study`, `dataset`, `task`, `examples`, `metrics` (name -> value, of the mean of the models' answers), `metric`
        (the study's own, as a plan stores it), `definitions` (of each metric), `models`, and `predictions`: for each
        example `example` (its place in the test split, from 0), `truth` (as the answer is given), and what `Kept.ask`
        returns.

    Raises:
        StudyError: The data set is of another task or shape, or has a class that the models do not know.
    """
    test = _as_known(kept, dataset)
    if invert:
        test = replace(test, inputs=255 - test.inputs)
    truths = _truths(kept.plan, test.targets)
    answers = kept.ask(test.inputs)
    return {
        "study": kept.study,
        "dataset": dataset.name,
        "task": kept.plan.task,
        "examples": len(test),
        "metric": kept.plan.metric.columns(),
        "metrics": kept.scores(test),
        "definitions": [metric.columns() for metric in kept.measured.metrics],
        "models": len(kept.models),
        "predictions": [
            {"example": number, "truth": truth, **answer}
            for number, (truth, answer) in enumerate(zip(truths, answers, strict=True))
        ],
    }


def _as_known(kept: Kept, dataset: Dataset) -> Split:
    """Return a data set's test split with the numbers that the study's classes have."""
    plan, spec = kept.plan, dataset.spec
    if (spec.task, spec.shape) != (plan.task, plan.input_shape):
        raise StudyError(
            f"the models of {kept.study!r} answer a {plan.task} of inputs {plan.spec.shape_in_words()}; "
            f"{dataset.name!r} is a {spec.task} of {spec.shape_in_words()}"
        )
    are_bytes = dataset.test.inputs.dtype == torch.uint8
    if are_bytes != kept.reads_bytes:
        kinds = ("8-bit pixels", "other numbers") if are_bytes else ("other numbers", "8-bit pixels")
        raise StudyError(
            f"{dataset.name!r} holds {kinds[0]}; the models of {kept.study!r} learned from {kinds[1]}, and would take "
            "these for what they are not: give data of the same kind"
        )
    known = plan.class_names
    if unknown := [name for name in spec.class_names if name not in known]:
        raise StudyError(
            f"the models of {kept.study!r} tell apart {', '.join(map(repr, known))}; {dataset.name!r} has the class "
            f"{unknown[0]!r} besides{nearest(unknown[0], known)}"
        )
    if spec.task != "classification":
        if spec.class_names != known:
            raise StudyError(
                f"the models of {kept.study!r} answer {', '.join(known)}; {dataset.name!r} has "
                f"{', '.join(spec.class_names)}"
            )
        return dataset.test
    numbers = torch.tensor([known.index(name) for name in spec.class_names])
    return replace(dataset.test, targets=numbers[dataset.test.targets])


def _truths(plan: PlanRow, targets: Tensor) -> list[Any]:
    names = plan.class_names
    match plan.task:
        case "classification":
            return [names[label] for label in targets.tolist()]
        case "multilabel":
            return [[name for name, there in zip(names, row, strict=True) if there] for row in targets.tolist()]
        case _:
            return [dict(zip(names, row, strict=True)) for row in targets.tolist()]


def _mean_output(task: TaskName, answers: Tensor) -> Tensor:
    """Return the models' mean answer as one model would give it: (n, outputs), logits of mean probabilities."""
    match task:
        case "classification":
            return answers.softmax(dim=2).mean(dim=0).clamp(min=torch.finfo(torch.float32).tiny).log()
        case "multilabel":
            return answers.sigmoid().mean(dim=0).logit(eps=1e-7)
        case _:
            return answers.mean(dim=0)


def _classes(names: Sequence[str], answers: Tensor) -> list[Details]:
    votes = answers.softmax(dim=2)
    probabilities, chosen = votes.mean(dim=0).max(dim=1)
    agreeing = (votes.argmax(dim=2) == chosen).sum(dim=0)
    return [
        {"class": names[label], "probability": probability, "agreeing": agree}
        for label, probability, agree in zip(chosen.tolist(), probabilities.tolist(), agreeing.tolist(), strict=True)
    ]


def _labels(names: Sequence[str], answers: Tensor) -> list[Details]:
    rows = answers.sigmoid().mean(dim=0).tolist()
    return [
        {
            "labels": [name for name, probability in zip(names, row, strict=True) if probability >= 0.5],
            "probabilities": dict(zip(names, row, strict=True)),
        }
        for row in rows
    ]


def _values(names: Sequence[str], answers: Tensor) -> list[Details]:
    parts = {"values": answers.mean(dim=0), "lowest": answers.amin(dim=0), "highest": answers.amax(dim=0)}
    lists = {key: value.tolist() for key, value in parts.items()}
    return [
        {key: dict(zip(names, rows[place], strict=True)) for key, rows in lists.items()}
        for place in range(answers.shape[1])
    ]


_ANSWERS: Mapping[str, Callable[[Sequence[str], Tensor], list[Details]]] = {
    "classification": _classes,
    "multilabel": _labels,
    "regression": _values,
}
"""Task -> the names of the outputs and the models' answers (models, n, outputs) -> a row for each input."""


def _measured(plan: PlanRow, model: Model) -> Scoring:
    """Return by what the study's data are scored; a measure's own numbers are left out."""
    own = {metric.name: metric for metric in model.own_metrics(plan.spec)}
    known = {metric.name: metric for metric in TASKS[plan.task].metrics} | own
    metrics = tuple(known[name] for name in plan.known_metrics if name in known)
    objective = known.get(plan.metric.name, metrics[0])
    return Scoring(plan.spec, objective, metrics)


def changed_code(database: TrialDatabase, plan: PlanRow, now: Code, trials: Sequence[str]) -> list[str]:
    """Return a sentence for each state of the model's source, other than today's, that trained some of the trials."""
    accepted = alike(database, plan.study, now.hash)
    found = []
    for row, _ in stored_code(database, [plan.study], trials=trials):
        code = Code(row.files, row.training)
        if code.hash not in accepted and not (now.trains_like(code) or now.is_known_alike(code)):
            changed = f"{plan.study}: {', '.join(now.changes_since(code))}"
            found.append(f"{changed} has changed since these weights were trained, and is used as it is now")
    return found


def kept_model(file: File, plan: PlanRow, model: Model, configuration: Mapping[str, Scalar]) -> KeptModel:
    """Load a trained network.

    Args:
        file: That holds it.
        plan: The study.
        model: What builds it.
        configuration: Its hyperparameters.

    Raises:
        StudyError: The weights do not fit any more.
    """
    _, params = model.split(configuration)
    try:
        network: nn.Module = model.build(params, plan.spec)
        found = weights.load(file)
        network.load_state_dict(found["state_dict"])
    except USER_CODE_RAISES as error:  # `build` may be the user's own
        reason = line(error)
        raise StudyError(f"the weights do not fit model {plan.model!r} as it is now: {reason}") from error
    return KeptModel(network.eval(), weights.preprocessing_of(found))
