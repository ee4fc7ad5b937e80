"""Writes a trained model to a file whose ending says its form; docs/weights.md has the lines that open each."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from study.database import TrialDatabase
from study.engines import weights
from study.errors import StudyError, nearest
from study.files import FileWriteError, LocalFile
from study.status.saving.chosen import Chosen, choose
from study.status.saving.to_onnx import to_onnx
from study.status.saving.to_safetensors import to_safetensors

Write = Callable[[Chosen, Path], tuple[str, ...]]
"""Writes a model to a path; returns what the user should know, a sentence each."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written."""

    file: Path
    study: str
    variant: str
    replicate: int | None
    trial: str
    notes: tuple[str, ...]
    """Which one it is and why, and what was found when the file was checked, a sentence each."""


@dataclass(frozen=True, slots=True)
class _Form:
    write: Write
    packages: tuple[str, ...] = ()
    """What it needs beside this program's own requirements."""


def _to_pt(chosen: Chosen, path: Path) -> tuple[str, ...]:
    weights.save(LocalFile(path), chosen.content)
    return ()


_FORMS: Mapping[str, _Form] = {
    ".pt": _Form(_to_pt),
    ".onnx": _Form(to_onnx, ("onnx", "onnxruntime", "onnxscript")),
    ".safetensors": _Form(to_safetensors, ("safetensors",)),
}
ENDINGS = tuple(_FORMS)


def save_model(
    database: TrialDatabase,
    study: str,
    file: Path,
    *,
    variant: str = "best",
    replicate: int | None = None,
    space: str | None = None,
) -> Saved:
    """Write the trained model of a final trial to a file.

    Args:
        database: Open for reading.
        study: Name of the study.
        file: Its ending is one of `ENDINGS`; an older file there is replaced at once or not at all.
        variant: `best`, `baseline`, or the name of final trials that were asked for.
        replicate: The number that `show` prints; None means the median by the score on the test split.
        space: Where the study's space is now, if it was moved.

    Raises:
        StudyError: The ending is another, a package is missing, there is no such study, variant, replicate or space,
            or no weights, or the model cannot be written in that form.
    """
    ending = file.suffix.lower()
    if ending not in _FORMS:
        known = ", ".join(ENDINGS[:-1])
        raise StudyError(
            f"a model is saved as a file that ends in {known} or {ENDINGS[-1]}, not {file.name!r}"
            f"{nearest(ending, ENDINGS)}"
        )
    form = _FORMS[ending]
    if missing := [name for name in form.packages if importlib.util.find_spec(name) is None]:
        raise StudyError(
            f"a model is saved as {ending} with the packages {', '.join(form.packages)}, and {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} not installed: `pip install {' '.join(missing)}`"
        )
    chosen = choose(database, study, variant=variant, replicate=replicate, space=space)
    replaced = ", in place of the file that was there," if file.exists() else ""
    try:
        notes = form.write(chosen, file)
    except FileWriteError as error:
        raise StudyError(str(error)) from error
    told = f"{file}{replaced} holds {chosen.told}"
    row = chosen.trial
    return Saved(file, chosen.plan.study, variant, row.replicate, row.id, (*chosen.notes, told, *notes))
