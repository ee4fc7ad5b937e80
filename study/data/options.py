"""How a data set is to be read, as a user asks for it; a study stores it, and `predict` reads in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from study.task import TaskName

Impute = Literal["median"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataOptions:
    """What was asked for; the defaults read everything as it is, and refuse what cannot be read."""

    skip_unreadable: bool = False
    """Whether picture files that cannot be read are left out, and named, instead of refused."""
    image_size: tuple[int, int] | None = None
    """Height and width in pixels that pictures are brought to; None means their own where they share one."""
    grey: bool = False
    """Whether coloured pictures are made grey."""
    target: tuple[str, ...] = ()
    """Columns of a table, or arrays of a file, that are learned; several make a task of many labels or targets."""
    task: TaskName | None = None
    """What is learned; None finds it out from the targets, and says so."""
    impute: Impute | None = None
    """What stands for missing numbers; None refuses them."""
    group: str | None = None
    """Column of a table whose equal values stay on one side of every cut."""
