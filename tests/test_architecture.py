"""Data runs one way, and the imports hold it: read from the source, function bodies included."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Each room and what it may import of this project. A module that is missing here fails the test below.
VALUES = {"study.errors", "study.trial"}
MAY_IMPORT: dict[str, set[str]] = {
    "study": set(),
    "study.__main__": {"study.cli"},
    "study.errors": set(),
    "study.trial": set(),
    "study.seeds": set(),
    "study.schema": set(),
    "study.recipe": {"study.errors"},
    "study.names": {"study.errors"},
    "study.front": set(),
    "study.chance": set(),
    "study.space": VALUES,
    "study.grid": {"study.space", "study.trial"},
    "study.paths": {"study.errors"},
    "study.data": {"study.errors", "study.paths"},
    "study.storable": set(),
    "study.outputs": set(),
    "study.lazy": set(),
    "study.layers": set(),
    "study.augment": set(),
    "study.models": {"study.errors", "study.layers"},
    "study.catalog": VALUES
    | {"study", "search_spaces", "study.paths", "study.recipe", "study.space", "study.storable"},
    "study.training": {"study", "study.augment", "study.data", "study.outputs", "study.recipe", "study.seeds"}
    | {"study.storable", "study.trial"},
    "study.database": VALUES | {"study", "study.schema"},
    "study.progress": {"study.database", "study.trial"},
    "study.overview": VALUES | {"study.chance", "study.database", "study.front", "study.names", "study.progress"},
    "study.predict": {"study", "study.catalog", "study.data", "study.database", "study.errors", "study.overview"}
    | {"study.paths", "study.sources", "study.storable", "study.training", "study.engines"},
    "study.settings": VALUES | {"study.catalog", "study.space"},
    "study.plan": VALUES | {"study.catalog", "study.database", "study.seeds", "study.space"},
    "study.continuation": VALUES | {"study.catalog", "study.plan", "study.settings"},
    "study.attempts": {"study.engines", "study.trial"},
    "study.view": {"study.engines", "study.trial"},
    "study.engines": {"study", "study.catalog", "study.data", "study.errors", "study.lazy", "study.outputs"}
    | {"study.storable", "study.training", "study.trial"},
    "study.search": VALUES | {"study.database", "study.grid", "study.plan", "study.seeds", "study.space"},
    "study.ablation": VALUES
    | {"study", "study.data", "study.database", "study.lazy", "study.plan", "study.progress", "study.seeds"}
    | {"study.space"},
    "study.retry": {"study.database", "study.trial"},
    "study.request": VALUES | {"study.ablation", "study.plan", "study.retry", "study.space"},
    "study.sources": {"study.catalog", "study.data", "study.database", "study.errors", "study.paths", "study.plan"}
    | {"study.request", "study.engines"},
    "study.agenda": {"study.database", "study.plan", "study.progress", "study.search", "study.trial"},
    "study.stages": {"study", "study.agenda", "study.coordinator", "study.database", "study.engines"}
    | {"study.plan", "study.progress", "study.retry", "study.trial", "study.view"},
    "study.ablate": VALUES | {"study.ablation", "study.plan", "study.progress", "study.stages"},
    "study.conduct": {"study", "study.ablate", "study.database", "study.engines", "study.errors", "study.launch"}
    | {"study.engines"}
    | {"study.request", "study.stages"},
    "study.skip": VALUES | {"study", "study.engines", "study.database", "study.names"},
    "study.standing": {"study.ablation", "study.database", "study.launch", "study.progress", "study.retry"},
    "study.preview": {
        "study.ablation",
        "study.database",
        "study.launch",
        "study.plan",
        "study.progress",
        "study.retry",
        "study.trial",
    },
    "study.options": {"study.database"},
    "study.coordinator": VALUES
    | {
        "study",
        "study.agenda",
        "study.attempts",
        "study.engines",
        "study.database",
        "study.plan",
        "study.view",
    },
    "study.console": {"study.engines", "study.stages", "study.trial"},
    "study.launch": VALUES
    | {"study", "study.ablation", "study.catalog", "study.continuation", "study.data", "study.database", "study.grid"}
    | {
        "study.engines",
        "study.names",
        "study.plan",
        "study.progress",
        "study.request",
    }
    | {"study.settings", "study.sources", "study.space"},
    "study.tables": {"study.errors", "study.launch", "study.overview", "study.preview", "study.retry"},
    "study.commands": {"study.catalog", "study.conduct", "study.console", "study.data", "study.database"}
    | {"study.errors", "study.launch", "study.options", "study.overview", "study.paths", "study.predict"}
    | {"study.request", "study.retry", "study.skip", "study.sources", "study.standing", "study.trial"}
    | {"study.storable"}
    | {"study", "study.tables", "reports"},
    "study.cli": {"study.commands", "study.errors", "study.storable"},
    "search_spaces": {"study.space"},
    "reports": {"study.chance", "study.database", "study.trial"},
}
PACKAGES = (
    "study.ablation",
    "study.commands",
    "study.data",
    "study.database",
    "study.layers",
    "study.models",
    "study.engines",
    "study.search",
    "study.tables",
    "search_spaces",
    "reports",
)
"""Read as one room each."""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def sources() -> dict[str, Path]:
    folders = ("study", "search_spaces", "reports")
    return {module_name(path): path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))}


def room(module: str) -> str:
    return next((package for package in PACKAGES if module == package or module.startswith(package + ".")), module)


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


def ours(path: Path) -> set[str]:
    return {room(name) for name in imports(path) if name.split(".")[0] in ("study", "search_spaces", "reports")}


def test_every_module_has_its_place() -> None:
    assert {room(module) for module in sources()} == set(MAY_IMPORT)


@pytest.mark.parametrize("module", sources())
def test_a_module_imports_only_what_its_place_allows(module: str) -> None:
    assert ours(sources()[module]) - {room(module)} <= MAY_IMPORT[room(module)]


def test_the_arrows_have_no_circle() -> None:
    waiting = {name: set(targets) for name, targets in MAY_IMPORT.items()}
    while waiting:
        free = {name for name, targets in waiting.items() if not targets & set(waiting)}
        assert free, f"a circle among {sorted(waiting)}"
        for name in free:
            del waiting[name]


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        (
            "optuna",
            {f"study.search.{name}" for name in ("history", "mirror", "parameters", "samplers", "search", "storage")},
        ),
        ("psutil", {"study.database.ownership", "study.engines.machine"}),
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
        "study.grid",
        "study.search.promotion",
    ],
)
def test_values_need_only_the_standard_library(module: str) -> None:
    outside = {name.split(".")[0] for name in imports(sources()[module])} - set(sys.stdlib_module_names)
    assert outside <= {"study"}


@pytest.mark.parametrize("module", [name for name in sources() if room(name) == "search_spaces"])
def test_search_spaces_are_literals(module: str) -> None:
    body = ast.parse(sources()[module].read_text()).body
    assert isinstance(body[0], ast.Expr), "no docstring"
    assert all(isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign) for node in body[1:])


@pytest.mark.parametrize("module", [name for name in sources() if room(name) == "reports"])
def test_reports_never_load_torch_or_optuna_when_imported(module: str) -> None:
    assert not {"torch", "torchvision", "optuna"} & {
        name.split(".")[0] for name in imports(sources()[module], top_level=True)
    }


def test_search_spaces_load_without_torch() -> None:
    code = "import sys, search_spaces.cnn, search_spaces.lstm; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    assert found.stdout == "False\n"


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
    reached, waiting = set(), {"study.training"}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= imports(sources()[name]) & set(sources()) - reached
    assert "study.data.dataset" in reached
    assert not reached & {
        "study.database",
        "study.schema",
        "study.search.search",
        "study.plan",
        "study.engines.local",
    }
    assert "optuna" not in {name.split(".")[0] for module in reached for name in imports(sources()[module])}


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("study.cli", {"torch", "torchvision", "optuna", "pandas", "sklearn", "scipy", "sqlalchemy", "matplotlib"}),
        ("reports", {"torch", "torchvision", "optuna"}),
        ("study.overview", {"torch", "optuna", "pandas", "scipy"}),
        ("study.plan", {"torch", "optuna"}),
    ],
)
def test_a_module_loads_without_what_it_does_not_need(module: str, heavy: set[str]) -> None:
    code = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    loaded = set(found.stdout.split())
    assert "study" in loaded
    assert not loaded & heavy
