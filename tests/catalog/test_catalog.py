"""Spaces and models are found by name, here and in a user's own folder, without registering anything."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from study.catalog import Model, load_model, load_space, portable_source, space_names
from study.errors import StudyError
from study.models import cnn
from study.prepare.validation import check_space
from study.recipe import Recipe

from ..scoring import spec_of

MODEL = """
from dataclasses import dataclass
from torch import nn

@dataclass(frozen=True)
class Params:
    units: int = 5

def build(params, data):
    return nn.Sequential(nn.Flatten(), nn.Linear(784, params.units), nn.ReLU(), nn.Linear(params.units, data.outputs))
"""
SPACE = """
from study.space import Int, SearchSpace, Variant
{name} = SearchSpace(
    name="mine", model="{model}", domains={{"units": Int(default=5, low=1, high=9)}},
    variants=(Variant("two", {{"units": 2}}),),
)
"""


@pytest.fixture(autouse=True)
def _own_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Works in an empty folder, and forgets what was imported from it."""
    before = set(sys.modules)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    yield
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def message_of(action: Callable[[], object]) -> str:
    with pytest.raises(StudyError) as caught:
        action()
    return str(caught.value)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# Spaces


def test_every_module_of_search_spaces_but_common_is_a_space() -> None:
    assert {"cnn", "lstm"} <= set(space_names())
    assert "common" not in space_names()
    assert space_names() == sorted(space_names())
    assert [load_space(name).name for name in space_names()] == space_names()


def test_a_users_own_file_is_a_space_with_its_model_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    write(folder / "catalog_own_net.py", MODEL)
    path = write(folder / "catalog_own_space.py", SPACE.format(name="SPACE", model="catalog_own_net"))
    space = load_space(str(path))
    model = load_model(space.model)
    check_space(space, model)
    assert (space.name, model.name) == ("mine", "catalog_own_net")
    assert model.build(model.params(), spec_of(3))(torch.zeros(2, 1, 28, 28)).shape == (2, 3)


def test_a_file_is_found_from_the_current_folder(tmp_path: Path) -> None:
    write(tmp_path / "sub" / "catalog_relative.py", SPACE.format(name="SPACE", model="cnn"))
    assert load_space("sub/catalog_relative.py").name == "mine"


def test_a_users_own_package_has_spaces_of_any_name_and_models(tmp_path: Path) -> None:
    write(tmp_path / "catalog_package" / "__init__.py", "")
    write(tmp_path / "catalog_package" / "nets" / "__init__.py", "")
    write(tmp_path / "catalog_package" / "nets" / "net.py", MODEL)
    write(tmp_path / "catalog_package" / "spaces.py", SPACE.format(name="WIDE", model="catalog_package.nets.net"))
    space = load_space("catalog_package.spaces:WIDE")
    check_space(space, load_model(space.model))
    assert space.name == "mine"


def test_a_space_that_does_not_exist_is_refused() -> None:
    listed = ", ".join(space_names())
    rest = "a file such as my_space.py, or my_package.my_module:SPACE"
    assert message_of(lambda: load_space("lstn")) == (
        f"a space is one of {listed}, {rest}, not 'lstn'; did you mean 'lstm'?"
    )
    assert message_of(lambda: load_space("")) == f"a space is one of {listed}, {rest}, not ''"
    assert message_of(lambda: load_space("common")) == f"a space is one of {listed}, {rest}, not 'common'"


def test_a_file_that_does_not_exist_is_refused() -> None:
    assert message_of(lambda: load_space("nowhere/my_space.py")) == "there is no space file nowhere/my_space.py"


def test_a_folder_is_not_a_space_file(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    assert message_of(lambda: load_space("folder.py")) == "there is no space file folder.py"


@pytest.mark.parametrize(
    ("stem", "text", "problem"),
    [
        (
            "catalog_no_import",
            "import nothing_of_that_name\n",
            "ModuleNotFoundError: No module named 'nothing_of_that_name'",
        ),
        ("catalog_raises", "raise RuntimeError('out of luck')\n", "RuntimeError: out of luck"),
        ("catalog_division", "SPACE = 1 / 0\n", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused(stem: str, text: str, problem: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"{stem}.py", text)
    assert message_of(lambda: load_space(str(path))) == (
        f"space file {path} cannot be imported: {problem} ({stem}.py, line 1)"
    )


def test_a_file_with_a_slip_of_the_pen_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path / "catalog_syntax.py", "SPACE = (\n")
    assert message_of(lambda: load_space(str(path))) == (
        f"space file {path} cannot be imported: SyntaxError: '(' was never closed (catalog_syntax.py, line 1)"
    )


def test_a_spaces_own_complaint_reaches_the_user_as_it_is(tmp_path: Path) -> None:
    path = write(
        tmp_path / "catalog_own_error.py",
        "from study.space import Int, SearchSpace\n"
        "SPACE = SearchSpace(name='mine', model='cnn', domains={'width': Int(default=9, low=1, high=3)})\n",
    )
    assert message_of(lambda: load_space(str(path))) == (
        "space 'mine', domain 'width': a domain's default lies from its low to its high, not low=1, high=3, default=9"
    )


@pytest.mark.parametrize(
    ("text", "source", "message"),
    [
        ("OTHER = 1\n", "catalog_without_0.py", "catalog_without_0.py has no SearchSpace named SPACE"),
        ("SPACE = {}\n", "catalog_without_1.py", "catalog_without_1.py has no SearchSpace named SPACE"),
        ("SPACE = 1\n", "catalog_without_2:SPACE", "catalog_without_2:SPACE has no SearchSpace"),
        ("SPACE = 1\n", "catalog_without_3:NOTHING", "catalog_without_3:NOTHING has no SearchSpace"),
    ],
)
def test_a_module_without_a_space_is_refused(text: str, source: str, message: str, tmp_path: Path) -> None:
    write(tmp_path / f"{source.removesuffix('.py').partition(':')[0]}.py", text)
    assert message_of(lambda: load_space(source)) == message


def test_a_module_that_does_not_exist_is_refused() -> None:
    assert message_of(lambda: load_space("catalog_nowhere.spaces:SPACE")) == (
        "space 'catalog_nowhere.spaces:SPACE' cannot be imported: "
        "ModuleNotFoundError: No module named 'catalog_nowhere'"
    )


def test_a_stored_source_is_found_again_from_any_folder(tmp_path: Path) -> None:
    write(tmp_path / "catalog_moved.py", SPACE.format(name="SPACE", model="cnn"))
    source = portable_source("catalog_moved.py")
    assert source == str(tmp_path.resolve() / "catalog_moved.py")
    assert portable_source("cnn") == "cnn"
    assert portable_source("package.module:SPACE") == "package.module:SPACE"


# Models


def test_a_model_knows_every_parameter_with_type_and_default() -> None:
    model = load_model("lstm")
    assert model.defaults == {
        "optimizer": "adam",
        "learning_rate": 0.001,
        "batch_size": 64,
        "schedule": "constant",
        "weight_decay": 0.0,
        "momentum": 0.9,
        "beta1": 0.9,
        "beta2": 0.999,
        "ema": 0.0,
        "label_smoothing": 0.0,
        "rotation": 0.0,
        "translation": 0.0,
        "scaling": 0.0,
        "class_weights": "none",
        "sampler": "shuffle",
        "hidden_size": 128,
        "layers": 2,
        "dropout": 0.0,
        "bidirectional": False,
        "sequence": "rows",
        "slice_width": 4,
        "slice_stride": 2,
        "features": "pixels",
        "pooling": "last",
        "core": "lstm",
        "heads": 4,
        "batch_norm": False,
        "padding": True,
    }
    assert model.types == {
        "optimizer": str,
        "learning_rate": float,
        "batch_size": int,
        "schedule": str,
        "weight_decay": float,
        "momentum": float,
        "beta1": float,
        "beta2": float,
        "ema": float,
        "label_smoothing": float,
        "rotation": float,
        "translation": float,
        "scaling": float,
        "class_weights": str,
        "sampler": str,
        "hidden_size": int,
        "layers": int,
        "dropout": float,
        "bidirectional": bool,
        "sequence": str,
        "slice_width": int,
        "slice_stride": int,
        "features": str,
        "pooling": str,
        "core": str,
        "heads": int,
        "batch_norm": bool,
        "padding": bool,
    }
    assert all(type(value) is model.types[name] for name, value in model.defaults.items())


def test_a_configuration_divides_into_recipe_and_parameters() -> None:
    model = load_model("cnn")
    recipe, params = model.split({**model.defaults, "width": 8, "batch_size": 32, "dropout": 0.5})
    assert recipe == Recipe(batch_size=32)
    assert params == cnn.Params(width=8, dropout=0.5)


def test_both_parts_of_a_configuration_check_themselves() -> None:
    model = load_model("cnn")
    assert message_of(lambda: model.split({"batch_size": 0})) == "batch_size is at least 1, not 0"
    assert message_of(lambda: model.split({"dropout": 1})) == "dropout is in [0, 1), not 1"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("lstn", "; did you mean 'lstm'?"), ("catalog_nowhere.net", "")],
)
def test_a_model_that_does_not_exist_is_refused(name: str, hint: str) -> None:
    assert message_of(lambda: load_model(name)) == (
        f"a model is one of cnn, lstm, mlp, or an importable module, not {name!r}{hint}"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("catalog_lacks_0", "def build(params, data): ...\n"),
        ("catalog_lacks_1", MODEL.replace("def build", "def make")),
        ("catalog_lacks_2", MODEL.replace("@dataclass(frozen=True)\n", "")),
        ("catalog_lacks_3", MODEL + "\nbuild = 3\n"),
        ("catalog_lacks_4", MODEL + "\nParams = Params()\n"),
    ],
)
def test_a_module_that_lacks_a_part_of_a_model_is_refused(name: str, text: str, tmp_path: Path) -> None:
    write(tmp_path / f"{name}.py", text)
    sys.path.insert(0, str(tmp_path))
    assert message_of(lambda: load_model(name)) == (
        f"a model's module has a dataclass `Params` and a function `build(params, data)`, or a function "
        f"`train(run)` that yields metrics, such as {{'train/loss': 0.3, 'validation/accuracy': 0.9}}; {name!r} has not"
    )


@pytest.mark.parametrize(
    ("name", "field", "problem"),
    [
        ("catalog_field_0", "units: int", "'units' has no default"),
        ("catalog_field_1", "momentum: float = 0.5", "'momentum' is also a field of the recipe"),
    ],
)
def test_a_models_field_has_a_default_and_a_name_of_its_own(
    name: str, field: str, problem: str, tmp_path: Path
) -> None:
    write(tmp_path / f"{name}.py", MODEL.replace("units: int = 5", field))
    sys.path.insert(0, str(tmp_path))
    assert message_of(lambda: load_model(name)) == f"model {name!r}: {problem}"


def test_a_model_that_cannot_be_imported_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "catalog_broken_net.py", "import nothing_of_that_name\n")
    sys.path.insert(0, str(tmp_path))
    assert message_of(lambda: load_model("catalog_broken_net")) == (
        "model 'catalog_broken_net' cannot be imported: ModuleNotFoundError: No module named 'nothing_of_that_name'"
    )


def test_a_missing_module_of_a_package_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "catalog_half" / "__init__.py", "")
    sys.path.insert(0, str(tmp_path))
    assert message_of(lambda: load_model("catalog_half.net")) == (
        "model 'catalog_half.net' cannot be imported: ModuleNotFoundError: No module named 'catalog_half.net'"
    )


def test_a_models_types_may_be_written_as_text_or_literals() -> None:
    model = Model("cnn", cnn.Params, cnn.build)  # its module has `from __future__ import annotations`
    assert model.types["width"] is int
    assert model.types["schedule"] is str


SPACE_FILE = "from study.space import SearchSpace\nSPACE = SearchSpace(name={name!r}, model='cnn', domains={{}})\n"


def test_space_files_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "space.py").write_text(SPACE_FILE.format(name=name))
    assert [load_space(str(tmp_path / name / "space.py")).name for name in ("one", "two")] == ["one", "two"]


@pytest.mark.parametrize("name", ["random.py", "my-space.v2.py"])
def test_a_space_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(SPACE_FILE.format(name="mine"))
    assert load_space(str(tmp_path / name)).name == "mine"
    # A worker starts with the same path: there, `import random` must be Python's own.
    assert sys.path.index(sysconfig.get_path("stdlib")) < sys.path.index(str(tmp_path))


def test_a_space_files_neighbour_with_the_name_of_this_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "space.py").write_text(SPACE_FILE.format(name="mine"))
    (tmp_path / "study.py").touch()
    with pytest.raises(StudyError, match=r"study\.py has the name of a package of this program; rename it"):
        load_space(str(tmp_path / "space.py"))


def test_a_parameter_that_may_be_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "optional_model.py").write_text(
        "from dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Params:\n    size: int | None = None\n\n"
        "def build(params, data):\n    raise AssertionError\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(
        StudyError,
        match=r"'size' is of type int \| None; a parameter is bool, int, float, str, a Literal, or a tuple of these",
    ):
        load_model("optional_model")
