"""Which stored study a user means."""

from __future__ import annotations

from collections.abc import Sequence

from study.errors import StudyError, nearest


def find_study(name: str, studies: Sequence[str]) -> str:
    """Return the study that is meant: by its name, or by its space alone where that is unambiguous.

    Args:
        name: As the user gave it.
        studies: Names of the stored studies. One that re-tunes an arm, such as `cnn@mnist+dropout`, is found by its
            whole name alone.

    Raises:
        StudyError: There is none, or several.
    """
    if name in studies:
        return name
    found = [study for study in studies if study.partition("@")[0] == name and "+" not in study]
    if len(found) == 1:
        return found[0]
    if found:
        raise StudyError(f"{name!r} could be any of {', '.join(found)}; give one of these names")
    if not studies:
        raise StudyError(f"there is no study {name!r}: none is stored yet; `python -m study run SPACE` begins one")
    raise StudyError(f"a study here is one of {', '.join(studies)}, not {name!r}{nearest(name, studies)}")
