"""What a trial is trained by: the source of its model and of the modules of the user's own that the model imports."""

from __future__ import annotations

import ast
import difflib
import functools
import hashlib
import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from weakref import WeakKeyDictionary

from study.importing import PROGRAM, is_installed

OURS = "study.models"
"""Of this program's own modules, those that a model is made of; how they are trained has a version instead."""
SAME_NUMBERS = frozenset(
    {
        "6309a113f20fbe39921d29e6de6b342386555c8715c006abbf18dbd7d8344052",  # cnn of schema 5: of 1 x 28 x 28 alone
        "0af93615d24673d77b9ad70b34ed575a11909ca7a674a0a0d8ab2325203f2556",  # lstm of schema 5
        "66e574d2f155059556a76c154612597d4e2521c36e5d0c7543dad56c77e3de8b",  # cnn of schema 9: 3 x 3, doubling channels
        "6db420529bf715869db707aed68655db7112a96e1793f02bb02b74de3da81824",  # lstm of schema 9: no BatchNorm
        "da9a88e3b11ab4a2b154fbacec318240af3d640355fde37c393f146530208c29",  # cnn: pooling masks by shifts
        "f71c1f5dfff7c0cceb028509cac1ad3c05fd3439340eafface7408d30f415e45",  # lstm beside that
    }
)
"""SHA-256 of the sources of this program's models before a change that gives the same numbers, as tests hold."""


@dataclass(frozen=True)
class Code:
    """The source that trains a model, as it was when it was imported."""

    files: Mapping[str, str]
    """Module -> source. By modules, not paths: a project that was moved has the same code."""
    training: int
    """Version of this program's own training loop."""

    @functools.cached_property
    def hash(self) -> str:
        """SHA-256 of all of it, 64 hexadecimal digits."""
        text = json.dumps([self.training, dict(self.files)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @functools.cached_property
    def instructions_hash(self) -> str:
        """SHA-256 of what it does: of two codes the same where one `trains_like` the other."""
        text = json.dumps(
            [self.training, {name: instructions(text) for name, text in self.files.items()}], sort_keys=True
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def trains_like(self, other: Code) -> bool:
        """Return whether both train alike whatever stands in comments, docstrings and white space."""
        if self.training != other.training or self.files.keys() != other.files.keys():
            return False
        return all(instructions(text) == instructions(other.files[module]) for module, text in self.files.items())

    def is_known_alike(self, other: Code) -> bool:
        """Return whether only this program's models changed since, from sources that give the same numbers."""
        ours, theirs = (
            {name: text for name, text in code.files.items() if name.split(".")[:2] == OURS.split(".")}
            for code in (self, other)
        )
        own, others = (
            Code({name: text for name, text in code.files.items() if name not in part}, code.training)
            for code, part in ((self, ours), (other, theirs))
        )
        text = json.dumps(theirs, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest() in SAME_NUMBERS and own.trains_like(others)

    def changes_since(self, before: Code) -> list[str]:
        """Return what changed since, as `module (+ADDED -REMOVED lines)` for each module that did."""
        found = []
        for module in sorted({*before.files, *self.files}):
            old, new = (code.files.get(module, "").splitlines() for code in (before, self))
            lines = list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]
            added, removed = (sum(line.startswith(sign) for line in lines) for sign in "+-")
            if added or removed:
                found.append(f"{module} (+{added} -{removed} lines)")
        if before.training != self.training:
            found.append(f"the training loop (version {before.training} -> {self.training})")
        return found


UNKNOWN = Code({}, 0)
"""Where nothing was read."""

_read: WeakKeyDictionary[ModuleType, Code] = WeakKeyDictionary()


def code_of(module: ModuleType, training: int) -> Code:
    """Return the code of a model's module and of what it imports of its own package or folder, at any depth.

    It is read once for each module object, when that is imported: a file that is edited while a study runs changes
    nothing that this process trains.

    Args:
        module: The model's module, imported.
        training: Version of the training loop.
    """
    if module not in _read:
        _read[module] = Code(dict(sorted(_collect(module).items())), training)
    return _read[module]


def _collect(module: ModuleType) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting = [module.__name__]
    while waiting:
        name = waiting.pop()
        path = _path(name)
        if name in found or path is None or not (name == module.__name__ or _is_users(name, path, module.__name__)):
            continue
        try:
            found[name] = path.read_text(encoding="utf-8", errors="replace")
            tree = ast.parse(found[name])
        except (OSError, SyntaxError):
            continue
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        waiting += _imported(tree, package)
    return found


def _imported(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield the modules that a module may import, functions' imports among them; some may be no modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [node.module])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _path(name: str) -> Path | None:
    """Return the source file of a module, or None where there is none; nothing is imported but packages it lies in."""
    loaded = sys.modules.get(name)
    origin = getattr(loaded, "__file__", None)
    if origin is None:
        try:
            specification = importlib.util.find_spec(name)
        except Exception:  # a package of the user's that is imported by this may raise anything
            return None
        origin = specification.origin if specification is not None else None
    path = Path(origin) if origin else None
    return path if path is not None and path.suffix == ".py" and path.is_file() else None


def _is_users(name: str, path: Path, model: str) -> bool:
    """Return whether a module belongs to the model's code: its own package, or a file that no library brought."""
    if name.split(".")[0] in PROGRAM:
        return name.startswith(OURS)
    if "." in model and name.split(".")[0] == model.split(".")[0]:
        return True
    return not is_installed(path)


def instructions(source: str) -> str:
    """Return what a source does: its syntax tree without docstrings, and without a space that it declares.

    A space is compared by its domains.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    tree.body = [node for node in tree.body if not _declares_space(node)]
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and body:
            first = body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = body[1:]
    return ast.dump(tree)


def _declares_space(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)] == ["SPACE"]
