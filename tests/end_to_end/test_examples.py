"""Every example runs as its first lines say, with a smaller budget; trainings of one's own resume exactly."""

from __future__ import annotations

import copy
import json
import re
import runpy
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from study.data import TrialData
from study.importing import load_file
from study.training.loop import seed_globals
from study.training.own.run import Run, RunControl

from ..conftest import CommandLine
from ..trials import SPEC, make_split

EXAMPLES = Path(__file__).parents[2] / "examples"
OWN = ("bandit", "boosting", "characters", "mixup_teacher")
"""Those that train themselves."""
NAMES = ("bandit", "boosting", *sorted({path.stem for path in EXAMPLES.glob("*.py")} - {"bandit", "boosting"}))
QUICK = ("--epochs", "1", "--workers", "1")
OURS = ("--precision", "float32", "--train-size", "100")
SMALL = ("--trials", "1", "--replicates", "1")
"""Options given last hold, so this is what is trained of each."""

pytestmark = pytest.mark.usefixtures("unpainted")


@pytest.fixture
def project(command: CommandLine) -> CommandLine:
    """A folder of a user's own, with the examples in it."""
    shutil.copytree(EXAMPLES, command.folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    return command


def commands_of(name: str) -> list[list[str]]:
    """The commands in an example's first lines, each as its words."""
    text = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    return [shlex.split(line) for line in re.findall(r"^python (.*)$", text.split('"""')[1], flags=re.MULTILINE)]


def follow(project: CommandLine, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if words[0] == "-m":
        own = any(f"examples/{name}.py" in words for name in OWN)
        few = SMALL if words[2] == "run" else ("--replicates", "2")
        project.run(*words[2:], *QUICK, *few, *(() if own else OURS))
        return
    with monkeypatch.context() as patch:
        patch.chdir(project.folder)
        patch.setattr("sys.argv", words)
        runpy.run_path(words[0], run_name="__main__")


@pytest.mark.cases(2)
@pytest.mark.parametrize("name", NAMES)
def test_an_example_does_what_its_first_lines_say(
    name: str, project: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = commands_of(name)
    assert given
    for words in given:
        follow(project, words, monkeypatch)
    ((plan,),) = project.query("SELECT count(*) FROM plan WHERE parent IS NULL")
    assert plan == 1
    assert project.query("SELECT count(*) FROM test_result")[0][0] >= 1
    project.run("report", "--format", "html")
    assert (project.folder / "runs" / "report" / "report.html").is_file()


def test_every_example_is_short_and_has_its_line() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"[{name}.py]({name}.py)" in listed
        assert len((EXAMPLES / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("name", ["bandit", "mixup_teacher", pytest.param("characters", marks=pytest.mark.slow)])
def test_a_training_of_ones_own_goes_on_exactly_where_it_was_left(name: str, tmp_path: Path) -> None:
    module = load_file(EXAMPLES / f"{name}.py")
    configuration = module.SPACE.defaults | {
        key: value for v in module.SPACE.variants for key, value in v.changes.items()
    }
    train, validation, test = (make_split(count, seed=count) for count in (60, 20, 24))

    def begun(done: int = 0, stored: Mapping[str, object] | None = None) -> tuple[RunControl, Iterator[object]]:
        run = Run(
            configuration=configuration,
            seed=7,
            total=3,
            device="cpu",
            threads=1,
            folder=tmp_path,
            data=TrialData(train, validation, train, test),
            spec=SPEC,
            stored=stored,
            done=done,
        )
        seed_globals(7, "own", "init")
        return RunControl(run), module.train(run)

    whole, epochs = begun()
    left: list[dict[str, object]] = []
    whole.on_epoch(lambda _: left.append(copy.deepcopy(whole.state() or {})))
    told = list(epochs)
    again, rest = begun(1, left[0])
    assert list(rest) == told[1:]
    whole.open_test()
    again.open_test()
    assert module.test(whole.run) == module.test(again.run)


@pytest.mark.slow
def test_photos_that_differ_in_hue_alone_are_told_apart(project: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    make, run = commands_of("colour_photos")
    follow(project, make, monkeypatch)
    project.run(*run[2:], "--trials", "3", "--replicates", "2", "--set", "width=16", "--set", "hidden_size=64")
    best = json.loads(project.run("best", "cnn", "--json").stdout)
    assert best["test"]["best"]["mean"] >= 0.95
    assert json.loads(project.query("SELECT input_shape FROM plan")[0][0]) == [3, 64, 64]
