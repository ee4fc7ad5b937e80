"""What several of these files begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..conftest import CommandLine
from ..own_space import BOTH, DATA, SMOOTH, WIDE, copy_of, write_space


@pytest.fixture(scope="session")
def ablated(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Two variants of a user's space, two seeds each; only read from, and copied."""
    line = CommandLine(tmp_path_factory.mktemp("ablated"))
    write_space(line, WIDE, SMOOTH, BOTH)
    line.run("ablate", "mine.py", *DATA, "--replicates", "2", "--variants", "wide,smooth")
    return line


@pytest.fixture
def mine(ablated: CommandLine, tmp_path: Path) -> CommandLine:
    """The same, to go on with."""
    return copy_of(ablated, tmp_path)
