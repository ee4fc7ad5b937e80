"""Names as labels of one line that differ where the names do."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence

from reports.drawing import style

_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
SHORT = 30
"""Letters of a name that stands beside other words."""
_HEAD = 3
"""Letters that stay of what names share before the place where they differ."""


def distinct(names: Iterable[str], length: int = 42) -> dict[str, str]:
    """Return a label for each name; two different names never have the same label.

    A name that fits stays as it is; a longer one is cut in its middle. Names that would look alike then show the part
    in which they differ; what is alike even so is numbered, and may exceed `length` by its number.

    Args:
        names: In an order that stays the same, by which equal labels are numbered.
        length: Letters of a label, at least 6.
    """
    labels = {name: style.label(name, length) for name in dict.fromkeys(names)}
    for group in _alike(labels):
        labels |= {name: style.label(_where_different(name, group, length), length) for name in group}
    taken = set(labels.values())
    for group in _alike(labels):
        number = 0
        for name in group[1:]:
            label = labels[name]
            while label in taken:
                number += 1
                label = f"{labels[name]} #{number + 1}"
            labels[name] = label
            taken.add(label)
    return labels


def _alike(labels: dict[str, str]) -> list[list[str]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name, label in labels.items():
        groups[label].append(name)
    return [group for group in groups.values() if len(group) > 1]


def _where_different(name: str, group: list[str], length: int) -> str:
    """Leave out what all names of the group begin and end with, but for the first letters."""
    begin = _shared(group)
    end = _shared([other[begin:][::-1] for other in group])
    core = name[begin : len(name) - end]
    head = name[:_HEAD] + _ELLIPSIS if begin > _HEAD else name[:begin]
    room = max(3, length - len(head) - bool(end))
    if len(core) > room:
        half = room // 2
        core = f"{core[:half]}{_ELLIPSIS}{core[len(core) - (room - half - 1) :]}"
    left = length - len(head) - len(core)
    tail = name[len(name) - end :]
    return f"{head}{core}{tail if len(tail) <= left else tail[: max(0, left - 1)] + _ELLIPSIS}"


def _shared(names: Sequence[str]) -> int:
    """Return how many letters all names begin with."""
    columns = zip(*names, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda letters: len(set(letters)) == 1, columns))
