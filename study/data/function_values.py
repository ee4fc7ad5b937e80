"""What a user's function may return, brought to one form: arrays, tensors, frames or map-style data sets, by split."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from study.data.memory import reserve_bytes
from study.errors import StudyError

Array = NDArray[Any]
SPLITS = {
    "train": ("train", "training", "fit"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}
"""A split -> the keys that stand for it, in lower case."""
EXPECTED = (
    "(inputs, targets), a map-style torch Dataset, or a dictionary of such with the keys 'train', and 'validation' or "
    "'test'"
)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One split as it was returned: inputs with their targets."""

    inputs: Any
    """An array, or a pandas frame."""
    targets: Any
    """An array, or a pandas series or frame; None where a frame holds them, which --target names."""


@dataclass(frozen=True, slots=True, eq=False)
class Returned:
    """All that a function returned."""

    parts: Mapping[str, Part]
    """By split, `train` among them."""
    class_names: tuple[str, ...] = ()
    groups: Any = None
    """Of each training example, if there are any."""


def understood(found: object, source: str) -> Returned:
    """Bring what a function returned to one form; runs the user's code, which may raise anything.

    Args:
        found: What it returned.
        source: What the function is, for errors: "'my_data.py:load'".

    Raises:
        StudyError: It is nothing that is known.
    """
    names, groups, values = _classes_of(found), None, {"train": found}
    if isinstance(found, Mapping):
        rest = {str(key): value for key, value in found.items()}
        names, groups = rest.pop("class_names", ()), rest.pop("groups", None)
        values = {"train": (rest["inputs"], rest["targets"])} if rest.keys() == {"inputs", "targets"} else _splits(rest)
        if not values or "train" not in values:
            keys = ", ".join(map(repr, rest)) or "none"
            raise StudyError(f"{source} returns {EXPECTED}; this dictionary has the keys {keys}.")
        names = names if len(names) else _classes_of(values["train"])
    parts = {split: _part(value, split, source) for split, value in values.items()}
    return Returned(parts, tuple(str(name) for name in names), groups)


def _classes_of(value: object) -> Any:  # noqa: ANN401 - whatever a user's data set has
    """Return the names of classes that a data set has, as those of torchvision have."""
    return () if _is_frame(value) else getattr(value, "classes", ())


def _splits(rest: Mapping[str, object]) -> dict[str, object]:
    """Return the splits of a dictionary; nothing where a key is none of theirs, or two are of one."""
    known = {word: split for split, words in SPLITS.items() for word in words}
    found = {known.get(key.lower()): value for key, value in rest.items()}
    known_alone = None not in found and len(found) == len(rest)
    return {str(split): value for split, value in found.items()} if known_alone else {}


def _part(value: Any, split: str, source: str) -> Part:  # noqa: ANN401 - whatever a user returned
    if isinstance(value, tuple | list) and len(value) == 2:
        return Part(_values(value[0]), _values(value[1]))
    if _is_frame(value):
        return Part(value, None)
    items = getattr(value, "__getitem__", None)
    if items is None or not hasattr(value, "__len__") or isinstance(value, tuple | list | str | np.ndarray):
        remedy = "" if items is not None or not hasattr(value, "__iter__") else "; what is only iterated is not read"
        raise StudyError(f"{source} returns {EXPECTED}, not {_kind(value)} as its {split} split{remedy}.")
    return _collected(items, len(value), split, source)


def _collected(item: Callable[[int], Any], count: int, split: str, source: str) -> Part:
    """Read every item of a map-style data set."""
    pairs = [item(number) for number in range(min(count, 1))]
    if pairs and isinstance(pairs[0], tuple | list) and len(pairs[0]) == 2:
        first = _pictures([pairs[0][0]])[0]
        what = f"{count:,} inputs of {source}, {' x '.join(map(str, first.shape)) or '1'} each, take"
        reserve_bytes(count * first.nbytes, what=what, remedy="return fewer or smaller examples")
    pairs += [item(number) for number in range(1, count)]
    odd = next((n for n, pair in enumerate(pairs) if not isinstance(pair, tuple | list) or len(pair) != 2), None)
    if odd is not None:
        raise StudyError(
            f"{source}: items of a data set are (input, target), but item {odd} of its {split} split is "
            f"{_kind(pairs[odd])}."
        )
    if not pairs:
        raise StudyError(f"{source}: its {split} split has no items.")
    inputs = _pictures([pair[0] for pair in pairs])
    shapes = list(dict.fromkeys(value.shape for value in inputs))
    if len(shapes) > 1:
        shown = " and ".join(" x ".join(map(str, shape)) or "one value" for shape in shapes[:3])
        raise StudyError(
            f"{source}: inputs of the {split} split have to be of one shape, found {shown}; bring them to one in the "
            f"data set, by a transform say."
        )
    return Part(np.stack(inputs), np.stack([np.asarray(_values(pair[1])) for pair in pairs]))


def _pictures(values: Sequence[Any]) -> list[Array]:
    """Return inputs as arrays; pictures of Pillow as RGB where any is in colour, else as grey."""
    from PIL import Image

    pictures = [value for value in values if isinstance(value, Image.Image)]
    if not pictures:
        return [np.asarray(_values(value)) for value in values]
    mode = "L" if all(picture.mode in ("1", "L") for picture in pictures) else "RGB"
    return [np.asarray(value.convert(mode) if isinstance(value, Image.Image) else _values(value)) for value in values]


def _values(value: Any) -> Any:  # noqa: ANN401 - whatever a user returned
    """Return a frame, series or index as it is, anything else as an array; a tensor from whatever device it is on."""
    if _is_frame(value) or _is_series(value):
        return value
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        return value.float().numpy() if str(value.dtype) == "torch.bfloat16" else value.numpy()
    return np.asarray(value)


def _is_frame(value: object) -> bool:
    import pandas as pd

    return isinstance(value, pd.DataFrame)


def _is_series(value: object) -> bool:
    import pandas as pd

    return isinstance(value, pd.Series)


def _kind(value: object) -> str:
    return f"{type(value).__name__}" + (f" of {len(value)}" if isinstance(value, tuple | list) else "")
