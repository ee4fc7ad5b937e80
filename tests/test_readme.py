"""What the pages tell people to type is what the program understands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from study.ablation.fitting import misfit
from study.catalog import load_space
from study.cli.app import app
from study.prepare.validation import check_data, check_space

from .conftest import CommandLine
from .plans import plan_for

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
COMMANDS = sorted(
    {
        line.strip().split("  #")[0]
        for page in PAGES
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL)
        for line in block.splitlines()
        if line.strip().startswith("python -m study")
    }
)


def _files(page: str) -> dict[str, str]:
    """Return name and text of each file that a page shows."""
    return dict(re.findall(r"```python\n# (my_\w+\.py)\n(.*?)```", (ROOT / page).read_text(), re.DOTALL))


SCRIPT = """
import torch
from torch.nn.functional import cross_entropy

def make(rate):
    model = torch.nn.Linear(2, 2)
    return model, torch.optim.SGD(model.parameters(), lr=rate)

def load(split):
    inputs = torch.randn(60, 2, generator=torch.Generator().manual_seed(len(split)))
    return inputs, (inputs[:, 0] > 0).long()

def fit(model, optimizer, split):
    optimizer.zero_grad()
    cross_entropy(model(split[0]), split[1]).backward()
    optimizer.step()

def accuracy(model, split):
    return (model(split[0]).argmax(1) == split[1]).float().mean().item()
"""
"""Functions of somebody's own, as the training in the README imports them."""


def test_the_readme_shows_commands() -> None:
    assert len(COMMANDS) >= 5


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_is_understood(command: str) -> None:
    name, *words = shlex.split(command)[3:]
    group = typer.main.get_command(app)
    found = group.commands[name]  # type: ignore[attr-defined]
    found.make_context(name, words)  # raises on an unknown option or a missing argument


def test_every_command_and_option_is_documented() -> None:
    page = (ROOT / "docs" / "commands.md").read_text() + (ROOT / "README.md").read_text()
    group = typer.main.get_command(app)
    for name, found in group.commands.items():  # type: ignore[attr-defined]
        assert f"`{name}" in page, name
        for parameter in found.params:
            option = parameter.opts[0]
            assert not option.startswith("--") or option == "--help" or option in page, f"{name} {option}"


def test_the_model_of_ones_own_in_the_pages_can_be_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = _files("docs/models.md")
    assert list(files) == ["my_model.py", "my_space.py"]
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    space = load_space(str(tmp_path / "my_space.py"))
    plan = plan_for(space)
    check_space(space, plan.model)
    check_data(plan)
    assert misfit(plan, plan.changed(plan.baseline, space.variants[0].changes)) is None


def test_the_training_of_ones_own_in_the_readme_is_a_study(command: CommandLine) -> None:
    (command.folder / "my_script.py").write_text(SCRIPT)
    ((name, text),) = _files("README.md").items()
    lines = [line for line in text.splitlines() if line.strip() and "my_script" not in line]
    assert len(lines) <= 15
    (command.folder / name).write_text(text)
    few = ("--trials", "2", "--epochs", "2", "--replicates", "1", "--workers", "1")
    told = command.run("run", name, *few).stdout
    assert "test accuracy" in told
    assert "gave other numbers" not in told


@pytest.mark.parametrize("target", ["run", "test", "test-long"])
def test_the_setup_commands_are_in_the_readme_and_the_makefile(target: str) -> None:
    assert f"make {target}" in (ROOT / "README.md").read_text()
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
        assert (page.parent / link).exists(), link


def test_every_test_that_the_page_on_reliability_names_is_there() -> None:
    named = re.findall(r"`(tests/[^`]+)`", (ROOT / "docs" / "reliability.md").read_text())
    assert len(named) > 15
    assert [name for name in named if not (ROOT / name).is_file()] == []
