"""Data runs one way, and the imports hold it: read from the source, function bodies included."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
NOTEBOOK = "search_spaces.notebook"
"""The claims about the notebook's models, judged by code; whoever declares a space needs none of it."""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def sources() -> dict[str, Path]:
    folders = ("study", "search_spaces", "reports")
    return {module_name(path): path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))}


@cache
def imports(path: Path, *, top_level: bool = False) -> frozenset[str]:
    """Every imported module; `from package import module` counts as the module where there is one."""
    tree = ast.parse(path.read_text())
    nodes = tree.body if top_level else list(ast.walk(tree))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in sources() else node.module)
    return frozenset(found)


def test_imports_point_downwards() -> None:
    """The layers stand in pyproject.toml; each names every room of its package."""
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml")) == 0


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        (
            "optuna",
            {
                f"study.search.{name}"
                for name in (
                    "copies",
                    "forecast",
                    "history",
                    "kept",
                    "mirror",
                    "parameters",
                    "samplers",
                    "search",
                    "storage",
                    "tables",
                )
            },
        ),
        ("psutil", {"study.data.memory", "study.database.process", "study.engines.machine"}),
        ("sqlite3", {"study.database.upgrade"}),
    ],
)
def test_some_packages_have_one_door(package: str, allowed: set[str]) -> None:
    found = {module for module, path in sources().items() for name in imports(path) if name.split(".")[0] == package}
    assert found == allowed


@pytest.mark.parametrize(
    "module",
    [
        "study.errors",
        "study.trial",
        "study.seeds",
        "study.recipe",
        "study.space",
        "study.search.grid",
        "study.search.promotion",
    ],
)
def test_values_need_only_the_standard_library(module: str) -> None:
    outside = {name.split(".")[0] for name in imports(sources()[module])} - set(sys.stdlib_module_names)
    assert outside <= {"study"}


@pytest.mark.parametrize(
    "module",
    [name for name in sources() if name.split(".")[0] == "search_spaces" and not name.startswith(NOTEBOOK)],
)
def test_search_spaces_are_literals(module: str) -> None:
    body = ast.parse(sources()[module].read_text()).body
    assert isinstance(body[0], ast.Expr), "no docstring"
    assert all(isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign) for node in body[1:])


@pytest.mark.parametrize(
    "module", [name for name in sources() if name.split(".")[0] == "reports" or name.startswith(NOTEBOOK)]
)
def test_reports_never_load_torch_or_optuna_when_imported(module: str) -> None:
    assert not {"torch", "torchvision", "optuna"} & {
        name.split(".")[0] for name in imports(sources()[module], top_level=True)
    }


def test_only_a_report_loads_the_notebooks_claims() -> None:
    importing = [
        module for module, path in sources().items() if any(name.startswith(NOTEBOOK) for name in imports(path))
    ]
    assert all(module.startswith(NOTEBOOK) for module in importing)


def test_the_imports_of_every_single_module_have_no_circle() -> None:
    """Within a room too; a package's own `__init__` is no arrow back from its modules."""
    waiting = {name: imports(path) & set(sources()) - {name} for name, path in sources().items()}
    waiting = {
        name: {found for found in targets if not name.startswith(found + ".")} for name, targets in waiting.items()
    }
    while waiting:
        free = [name for name, targets in waiting.items() if not targets & set(waiting)]
        assert free, f"a circle among {sorted(waiting)}"
        for name in free:
            del waiting[name]


def test_training_reaches_neither_database_nor_optuna_by_any_way() -> None:
    reached, waiting = set(), {"study.training.loop"}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= imports(sources()[name]) & set(sources()) - reached
    assert "study.data.dataset" in reached
    assert not reached & {
        "study.database",
        "study.database.schema",
        "study.search.search",
        "study.plan",
        "study.engines.local",
    }
    assert "optuna" not in {name.split(".")[0] for module in reached for name in imports(sources()[module])}


SCIENCE = {"torch", "torchvision", "optuna", "pandas", "numpy", "sklearn", "scipy", "matplotlib"}
LIGHT: dict[str, set[str]] = {
    "study": SCIENCE | {"sqlalchemy"},
    "search_spaces.cnn": SCIENCE | {"sqlalchemy"},
    "search_spaces.lstm": SCIENCE | {"sqlalchemy"},
    "study.status.intervals": SCIENCE | {"sqlalchemy"},
    "study.cli": {"fsspec", "torch", "torchvision", "optuna", "pandas", "sklearn", "scipy", "sqlalchemy", "matplotlib"},
    "study.interface.stored": {"fsspec", "torch", "optuna", "pandas", "scipy", "matplotlib"},
    "study.plan": {"fsspec", "torch", "optuna"},
    "study.status.details": {"fsspec", "torch", "optuna", "pandas", "scipy"},
    "reports": {"fsspec", "torch", "torchvision", "optuna"},
}
"""What a module does without. They are loaded one after the other, so what one must not load none before it may."""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """Top-level packages after each of these modules, in one fresh process."""
    code = (
        "import importlib, json, sys\nfound = {}\n"
        "for name in sys.argv[1:]:\n    importlib.import_module(name)\n"
        "    found[name] = sorted({module.split('.')[0] for module in sys.modules})\n"
        "print(json.dumps(found))"
    )
    done = subprocess.run([sys.executable, "-c", code, *LIGHT], check=True, capture_output=True, text=True, cwd=ROOT)
    return {name: set(packages) for name, packages in json.loads(done.stdout).items()}


@pytest.mark.parametrize("module", LIGHT)
def test_a_module_loads_without_what_it_does_not_need(loaded: dict[str, set[str]], module: str) -> None:
    assert module.split(".")[0] in loaded[module]
    assert not loaded[module] & LIGHT[module]
