"""How a folder holds its splits: class folders themselves, or train and test folders of them under any usual name."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from study.data.pictures.listing import same_name, subfolders
from study.errors import StudyError

ROLES = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
}
"""A folder's name in lower case -> what it holds."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the images of a data set lie."""

    training: Path
    """Holds the class folders."""
    test: Path | None
    """Holds class folders too; None where a part of the training images has to become the test split."""
    validation: Path | None = None
    """Holds class folders too; None where the validation split is cut off the training images."""
    notes: tuple[str, ...] = ()
    """How the folders were understood, where that is not plain."""


def find_layout(folder: Path, *, cut_validation: bool = False) -> Layout:
    """Understand a folder's subfolders as splits, or as classes.

    They are splits where one is named for training and another for testing or validation, or where no other folder
    is there: a class may be called 'train' too. Without a folder for testing that for validation is the test split.

    Args:
        folder: Holds the subfolders.
        cut_validation: Whether a folder for validation is left alone where there is one for testing too.

    Raises:
        StudyError: Two folders have the same role, or there is nothing to train on.
    """
    found = subfolders(folder)
    roles: dict[str, list[Path]] = {}
    for path in found:
        roles.setdefault(ROLES.get(same_name(path.name).lower(), ""), []).append(path)
    others = roles.pop("", [])
    if not roles or (others and not ("train" in roles and len(roles) > 1)):
        return Layout(training=folder, test=None)
    if "train" not in roles:
        raise StudyError(
            f"'{folder}' holds {quoted(path.name for path in found)} but no images to train on; add a folder 'train' "
            "of class subfolders."
        )
    if "test" not in roles and "validation" in roles:
        roles["test"] = roles.pop("validation")
        held_out = f"'{folder}' has no folder 'test', so '{roles['test'][0].name}' is its test split"
        notes = [f"{held_out}; the validation split is cut from '{roles['train'][0].name}'."]
    elif "test" not in roles:
        notes = [f"'{folder}' holds '{roles['train'][0].name}' alone, so a sixth of its images is the test split."]
    else:
        notes = []
    unused = roles.pop("validation", []) if cut_validation else []
    for role in ("train", "test", "validation"):
        if len(paths := roles.get(role, [])) > 1:
            raise StudyError(
                f"'{folder}' holds {quoted(path.name for path in paths)}, which mean the same; leave one of them."
            )
    training, test, validation = (roles[role][0] if role in roles else None for role in ("train", "test", "validation"))
    assert training is not None  # refused above
    if validation:
        notes.append(f"'{validation.name}' of '{folder}' is its validation split, as it stands.")
    if unused := [*unused, *others]:
        used = " and ".join(f"'{path.name}'" for path in (training, test, validation) if path)
        beside = f"Beside {used}, '{folder}' holds "
        notes.append(f"{beside}{quoted(sorted(path.name for path in unused))}, not used.")
    return Layout(training, test, validation, tuple(notes))


def quoted(names: Iterable[str]) -> str:
    """Return names for a sentence: 'a', 'b'."""
    return ", ".join(f"'{name}'" for name in names)
