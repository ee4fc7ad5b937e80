"""Which stored study a user means."""

from __future__ import annotations

from collections.abc import Sequence

from study.errors import StudyError, nearest


def find_study(name: str, studies: Sequence[str]) -> str:
    """Return the study that is meant: by its whole name, or without its data set where that is unambiguous.

    `cnn` means the study of that space that has no name of its own, else the only one of the space; `cnn:long` the one
    of that name.

    Args:
        name: As the user gave it.
        studies: Names of the stored studies. One that re-tunes an arm, such as `cnn@mnist+dropout`, is found by its
            whole name alone.

    Raises:
        StudyError: There is none, or several.
    """
    if name in studies:
        return name
    whole = [study for study in studies if "+" not in study]
    found = [study for study in whole if name in (space_of(study), f"{space_of(study)}:{name_of(study)}")]
    found = [study for study in found if name_of(study) is None] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise StudyError(f"{name!r} could be any of {', '.join(found)}; give one of these names")
    if not studies:
        raise StudyError(f"there is no study {name!r}: none is stored yet; `python -m study run SPACE` begins one")
    raise StudyError(f"a study here is one of {', '.join(studies)}, not {name!r}{nearest(name, studies)}")


def space_of(study: str) -> str:
    """Return the name of a study's space."""
    return study.partition("@")[0]


def name_of(study: str) -> str | None:
    """Return what `--name` called a study, or None; see `study.plan.study_name`."""
    return study.partition("@")[2].partition("+")[0].partition(":")[2] or None
