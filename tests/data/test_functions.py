"""A user's function as data: whatever it returns, by its type; whatever it raises, with the user's own line."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
import torch

from study.data import DataOptions, Dataset, load_dataset
from study.data.functions import is_function, portable_function

from ..plans import message_of

IMPORTS = "import numpy as np\nimport pandas as pd\nimport torch\nfrom PIL import Image\n"


class Author:
    """Writes a user's file and reads the data of its function `load`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number = folder, 0

    def write(self, code: str) -> str:
        self.number += 1
        path = self.folder / f"mine{self.number}.py"
        path.write_text(IMPORTS + textwrap.dedent(code))
        return f"{path}:load"

    def load(self, code: str, **options: object) -> Dataset:
        asked = DataOptions(**options)  # type: ignore[arg-type]
        return load_dataset(self.write(code), data_root=self.folder, options=asked)

    def returning(self, value: str, **options: object) -> Dataset:
        return self.load(f"def load():\n    return {value}\n", **options)

    def refusal(self, code: str, **options: object) -> str:
        return message_of(lambda: self.load(code, **options)).replace(f"{self.folder}/", "")

    def refuses(self, value: str, **options: object) -> str:
        """Returns why a value is refused."""
        return self.refusal(f"def load():\n    return {value}\n", **options)


@pytest.fixture
def author(tmp_path: Path) -> Author:
    return Author(tmp_path)


LABELS = "np.arange(36) % 3"


# Inputs: type and shape decide


@pytest.mark.parametrize(
    ("inputs", "shape", "kind"),
    [
        ("np.arange(36 * 35, dtype=np.int64).astype(np.uint8).reshape(36, 5, 7)", (1, 5, 7), torch.uint8),
        ("np.random.randint(0, 256, (36, 12, 10, 3), dtype=np.uint8)", (3, 12, 10), torch.uint8),
        ("torch.randint(0, 256, (36, 3, 12, 10), dtype=torch.uint8)", (3, 12, 10), torch.uint8),
        ("np.random.randint(0, 256, (36, 7), dtype=np.uint8)", (7,), torch.float32),
        ("np.random.rand(36)", (1,), torch.float32),
        ("np.random.rand(36, 4)", (4,), torch.float32),
        ("torch.rand(36, 4, requires_grad=True)", (4,), torch.float32),
        ("torch.rand(36, 4).bfloat16()", (4,), torch.float32),
        ("np.random.rand(36, 9, 4)", (9, 4), torch.float32),
        ("np.random.randint(0, 256, (36, 9, 4))", (9, 4), torch.float32),
        ("torch.rand(36, 3, 12, 10)", (3, 12, 10), torch.float32),
        ("np.random.rand(36, 12, 10, 3)", (3, 12, 10), torch.float32),
        ("[[1, 2.5]] * 18 + [[3, 4]] * 18", (2,), torch.float32),
    ],
)
def test_bytes_are_pictures_and_anything_else_numbers(
    author: Author, inputs: str, shape: tuple[int, ...], kind: torch.dtype
) -> None:
    dataset = author.returning(f"{inputs}, {LABELS}")
    assert (dataset.spec.shape, dataset.training.inputs.dtype) == (shape, kind)
    assert dataset.spec.task == "classification"
    assert dataset.name.startswith("mine")


def test_pictures_stay_byte_for_byte(author: Author) -> None:
    code = """
    def load():
        pictures = np.random.default_rng(0).integers(0, 256, (36, 6, 8, 3), dtype=np.uint8)
        np.save(__file__ + ".npy", pictures)
        return {"train": (pictures[:24], np.arange(24) % 2), "test": (pictures[24:], np.arange(12) % 2)}
    """
    import numpy as np

    dataset = author.load(code)
    saved = np.load(author.folder / "mine1.py.npy").transpose(0, 3, 1, 2)
    assert (dataset.training.inputs.numpy() == saved[:24]).all()
    assert (dataset.test.inputs.numpy() == saved[24:]).all()


def test_pictures_are_brought_to_the_size_and_colour_that_are_asked_for(author: Author) -> None:
    pictures = "np.random.randint(0, 256, (36, 12, 10, 3), dtype=np.uint8)"
    dataset = author.returning(f"{pictures}, {LABELS}", image_size=(8, 8), grey=True)
    assert dataset.spec.shape == (1, 8, 8)
    assert any("are read as grey 8 x 8" in note for note in dataset.notes)


# Targets


@pytest.mark.parametrize(
    ("targets", "task", "names"),
    [
        ("np.arange(36) % 3", "classification", ("0", "1", "2")),
        ("torch.arange(36) % 12", "classification", tuple(map(str, range(12)))),
        ("np.array(['no', 'yes'] * 18)", "classification", ("no", "yes")),
        ("np.arange(36) % 2 == 0", "classification", ("False", "True")),
        ("np.linspace(0, 1, 36)", "regression", ("target",)),
        ("torch.rand(36, 1)", "regression", ("target",)),
        ("torch.rand(36, 2)", "regression", ("0", "1")),
        ("np.eye(4, dtype=int)[np.arange(36) % 4]", "multilabel", ("0", "1", "2", "3")),
        ("np.random.rand(36, 3) > 0.5", "multilabel", ("0", "1", "2")),
    ],
)
def test_the_task_is_found_from_the_targets(author: Author, targets: str, task: str, names: tuple[str, ...]) -> None:
    dataset = author.returning(f"np.random.rand(36, 4), {targets}")
    assert (dataset.spec.task, dataset.class_names) == (task, names)
    assert author.returning(f"np.random.rand(36, 4), {targets}", task=task).spec == dataset.spec


def test_numbers_from_0_on_are_classes_however_many_and_that_is_said(author: Author) -> None:
    dataset = author.returning("np.random.rand(300, 2), np.arange(300) % 100")
    assert dataset.spec.outputs == 100
    assert dataset.notes[0] == (
        "The targets are 0 to 99: classification into 100 classes (--task regression takes them as numbers)."
    )
    assert author.returning("np.random.rand(300, 2), np.arange(300)").spec.task == "regression"


def test_classes_have_the_names_that_are_returned(author: Author) -> None:
    named = f"{{'inputs': np.random.rand(36, 4), 'targets': {LABELS}, 'class_names': ['x', 'y', 'z']}}"
    dataset = author.returning(named)
    assert dataset.class_names == ("x", "y", "z")
    assert dataset.training.targets.unique().tolist() == [0, 1, 2]


def test_too_few_names_are_refused(author: Author) -> None:
    assert author.refuses(f"{{'inputs': np.random.rand(36, 4), 'targets': {LABELS}, 'class_names': ['x', 'y']}}") == (
        "'mine1.py:load' has to name every class: it returns 2 class_names, and '2' among its targets; targets are 0 "
        "to 1, or the names themselves."
    )


# Splits


def test_splits_are_taken_as_they_are(author: Author) -> None:
    pair = "(np.random.rand({0}, 4), np.arange({0}) % 3)"
    parts = ", ".join(f"'{name}': {pair.format(count)}" for name, count in (("train", 30), ("val", 9), ("test", 12)))
    dataset = author.returning(f"{{{parts}}}")
    assert dataset.validation is not None
    assert (len(dataset.training), len(dataset.validation), len(dataset.test)) == (30, 9, 12)


def test_groups_are_kept_whole(author: Author) -> None:
    dataset = author.returning(
        "{'inputs': np.arange(60.0), 'targets': np.linspace(0, 1, 60), 'groups': np.arange(60) // 5}"
    )
    assert dataset.groups is not None
    sides = [{int(value) // 5 for value in split.inputs[:, 0]} for split in (dataset.training, dataset.test)]
    assert sides[0].isdisjoint(sides[1])


def test_a_function_that_shuffles_returns_the_same_every_time(author: Author) -> None:
    code = "def load():\n    return np.random.rand(36, 2) + torch.rand(36, 2).numpy(), np.arange(36) % 3\n"
    assert author.load(code).content_hash == author.load(code).content_hash


# Map-style data sets and frames

DATASET = """
class Photos:
    classes = ("cat", "dog")

    def __len__(self):
        return 24

    def __getitem__(self, index):
        return {item}, index % 2

def load():
    return Photos()
"""


@pytest.mark.parametrize(
    ("item", "shape", "kind"),
    [
        ("Image.new('RGB', (9, 8), (index * 9, 0, 200))", (3, 8, 9), torch.uint8),
        ("Image.new('L' if index else 'RGB', (9, 8))", (3, 8, 9), torch.uint8),
        ("Image.new('1', (9, 8), index % 3)", (1, 8, 9), torch.uint8),
        ("torch.full((3, 8, 9), index / 24)", (3, 8, 9), torch.float32),
        ("np.full(5, index)", (5,), torch.float32),
    ],
)
def test_map_style_data_sets_are_read_item_by_item(
    author: Author, item: str, shape: tuple[int, ...], kind: torch.dtype
) -> None:
    dataset = author.load(DATASET.format(item=item))
    assert (dataset.spec.shape, dataset.training.inputs.dtype) == (shape, kind)
    assert dataset.class_names == ("cat", "dog")
    assert len(dataset.training) + len(dataset.test) == 24


def test_items_of_several_shapes_are_refused(author: Author) -> None:
    assert author.refusal(DATASET.format(item="np.zeros(5 + index % 2)")) == (
        "'mine1.py:load': inputs of the train split have to be of one shape, found 5 and 6; bring them to one in the "
        "data set, by a transform say."
    )


def test_frames_are_read_as_tables_are(author: Author) -> None:
    table = "pd.DataFrame({'age': range(5, 41), 'city': ['Bern', 'Basel'] * 18, 'price': np.linspace(0, 1, 36)})"
    alone = author.returning(table, target=("price",))
    assert [column for column, _ in alone.features] == ["age", "city", "city"]
    beside = author.load(f"def load():\n    t = {table}\n    return t.drop(columns='price'), t['price']\n")
    assert (beside.content_hash, beside.class_names) == (alone.content_hash, ("price",))
    assert author.refuses(table).endswith("returns a table alone: --target names its column that is learned.")


# What is refused


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("def load():\n    return {}['x']\n", "raised KeyError: 'x' (mine1.py, line 6); mend it there."),
        ("def load():\n    raise SystemExit('no data')\n",
         "raised SystemExit: no data (mine1.py, line 6); mend it there."),
        ("def load():\n    return inner()\n\ndef inner():\n    return np.zeros((2, 2)) @ np.zeros(3)\n",
         "(mine1.py, line 9); mend it there."),
        (DATASET.format(item="1 / (index - 7)"),
         "raised ZeroDivisionError: division by zero (mine1.py, line 13); mend it there."),
    ],
)  # fmt: skip
def test_what_a_function_raises_is_told_with_the_users_own_line(author: Author, code: str, problem: str) -> None:
    told = author.refusal(code)
    assert told.startswith("'mine1.py:load' raised ")
    assert told.endswith(problem)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("None", "'mine1.py:load' returns (inputs, targets), a map-style torch Dataset, or a dictionary of such with "
                 "the keys 'train', and 'validation' or 'test', not NoneType as its train split."),
        ("iter([])", "not list_iterator as its train split; what is only iterated is not read."),
        ("{'a': 1}", "this dictionary has the keys 'a'."),
        ("{'test': 1}", "this dictionary has the keys 'test'."),
        ("(np.zeros((5, 2)), np.zeros(4))", "'mine1.py:load' has to return a target for each input, found 5 inputs and "
                                            "4 targets in its train split."),
        ("(np.array(['a'] * 36), np.arange(36) % 3)", "they have to be real numbers, found values of type <U1."),
        ("(np.full((36, 2), np.nan), np.arange(36) % 3)", "they have to be finite numbers, found nan at [0, 0]; "
                                                          "--impute median stands in."),
        ("(np.zeros((36, 2, 2, 2, 2)), np.arange(36) % 3)", "they have to be of one shape of 1 to 3 axes, found 2 x 2 "
                                                            "x 2 x 2."),
    ],
)  # fmt: skip
def test_what_no_data_set_is_made_of_is_refused(author: Author, value: str, message: str) -> None:
    assert author.refuses(value).endswith(message)


def test_options_that_mean_nothing_are_refused(author: Author) -> None:
    assert author.refuses(f"np.random.rand(36, 4), {LABELS}", target=("a",)) == (
        "--target means nothing here: 'mine1.py:load' returns arrays with their targets; the options of such data are "
        "--image-size, --grey, --task, --impute."
    )


def test_a_function_that_is_not_there_is_refused_with_the_nearest(author: Author) -> None:
    given = author.write("def load():\n    pass\n").replace(":load", ":lod")
    assert message_of(lambda: load_dataset(given, data_root=author.folder)).endswith(
        "mine1.py' has no function 'lod'; did you mean 'load'?"
    )
    assert message_of(lambda: load_dataset("nowhere.py:load", data_root=author.folder)) == (
        "there is no data file nowhere.py"
    )
    assert message_of(lambda: load_dataset("nowhere_at_all.data:load", data_root=author.folder)) == (
        "data 'nowhere_at_all.data:load' cannot be imported: ModuleNotFoundError: No module named 'nowhere_at_all'"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("my.py:load", True), ("a b/my.py:load", True), ("package.module:load", True), ("mnist", False),
     ("my.py", False), ("a,b.csv", False), ("my.py:", False)],
)  # fmt: skip
def test_what_a_function_is_named_like(text: str, expected: bool) -> None:
    assert is_function(text) == expected


def test_a_function_is_found_again_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert portable_function("my.py:load") == f"{tmp_path.resolve() / 'my.py'}:load"
    assert portable_function("package.module:load") == "package.module:load"
