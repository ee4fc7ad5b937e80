"""Studies beside each other of one space and data, as a user has them."""

from __future__ import annotations

import json

import optuna
import pytest

from ..conftest import CommandLine
from ..own_space import DATA, SMOOTH, write_space

RUN = ("run", "mine.py", "--workers", "1")
STUDIES = "SELECT study, name, epochs, pruner, parent FROM plan ORDER BY created_at"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[CommandLine, str]:
    """A study, and one beside it that trains longer, only read from; with what beginning the second said."""
    line = CommandLine(tmp_path_factory.mktemp("both"))
    write_space(line, SMOOTH)
    line.run(*RUN, *DATA, "--trials", "2", "--replicates", "1")
    named = ("--name", "long", "--epochs", "2", "--pruner", "none", "--train-size", "50", "--seed", "5")
    out = line.run(*RUN, *named, "--trials", "2", "--replicates", "1").stdout
    return line, out


def test_a_named_study_has_the_same_data_and_its_own_budget_and_method(both: tuple[CommandLine, str]) -> None:
    command, out = both
    assert "--dataset was not given: the data of mine@digits is taken" in out
    assert command.query(STUDIES) == [
        ("mine@digits", None, 1, "promote", None),
        ("mine@digits:long", "long", 2, "none", None),
    ]
    assert command.query("SELECT study, count(*) FROM trial GROUP BY study ORDER BY study") == [
        ("mine@digits", 3 if command.query("SELECT count(*) FROM trial")[0][0] == 6 else 4),
        ("mine@digits:long", command.query("SELECT count(*) FROM trial WHERE study LIKE '%:long'")[0][0]),
    ]
    storage = f"sqlite:///{command.database}"
    assert set(optuna.get_all_study_names(storage)) == {"mine@digits", "mine@digits:long"}


def test_a_command_without_the_name_means_the_one_without(both: tuple[CommandLine, str]) -> None:
    command, _ = both
    assert "mine@digits: nothing to do" in command.run(*RUN).stdout
    assert "mine@digits:long: nothing to do" in command.run(*RUN, "--name", "long").stdout
    assert "nothing to resume" in command.run("resume", "mine@digits:long").stdout
    for given, study in (
        ("mine", "mine@digits"),
        ("mine@digits:long", "mine@digits:long"),
        ("mine:long", "mine@digits:long"),
    ):
        assert json.loads(command.run("show", given, "--json").stdout)["study"] == study
        assert json.loads(command.run("best", given, "--json").stdout)["study"] == study
    assert (
        "`python -m study ablate mine --name long` begins one" in command.run("show", "mine:long", "--ablation").stdout
    )
    scored = command.run("predict", "mine@digits:long", "--dataset", "digits", "--json").stdout
    assert json.loads(scored)["study"] == "mine@digits:long"


@pytest.mark.slow
@pytest.mark.usefixtures("unpainted")
def test_the_report_tells_them_apart(both: tuple[CommandLine, str]) -> None:
    command, _ = both
    command.run("report")
    page = (command.folder / "runs" / "report" / "report.md").read_text()
    assert "mine@digits:long" in page
    assert "--name long" in page
    command.run("report", "mine@digits:long", "--output", "alone", "--format", "markdown")
    assert "mine@digits:long" in (command.folder / "alone" / "report.md").read_text()


def test_re_tuned_arms_of_a_named_study_are_its_own(command: CommandLine) -> None:
    write_space(command, SMOOTH)
    command.run("ablate", "mine.py", *DATA, "--name", "b", "--retune", "--trials", "1", "--replicates", "1")
    assert [row[:2] + row[4:] for row in command.query(STUDIES)] == [
        ("mine@digits:b", "b", None),
        ("mine@digits:b+smooth", "b", "mine@digits:b"),
    ]
    out = command.run(
        "run", "mine.py", "--trials", "1", "--epochs", "1", "--replicates", "0", "--train-size", "60"
    ).stdout
    assert "--dataset was not given: the data of mine@digits:b is taken" in out
    assert ("mine@digits", None, 1, "promote", None) in command.query(STUDIES)


def test_data_that_are_read_otherwise_are_other_data(command: CommandLine) -> None:
    (command.folder / "sales.csv").write_text(
        "rooms,size,price,cost\n" + "".join(f"{n % 5},{n * 3 % 7},{n * 1.5},{n % 11 * 2.5}\n" for n in range(60))
    )
    words = ("--trials", "1", "--epochs", "1", "--replicates", "0", "--workers", "1")
    command.run("run", "mlp", "--dataset", "sales.csv", "--target", "price", *words)
    out = command.run("run", "mlp", "--name", "cost", "--target", "cost", *words).stdout
    assert "the data of mlp@sales is taken" in out
    assert [row[0] for row in command.query(STUDIES)] == ["mlp@sales", "mlp@sales-cost:cost"]


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a+b", "-a", "x" * 65])
def test_a_name_that_no_study_could_have_is_refused(command: CommandLine, name: str) -> None:
    write_space(command)
    assert command.run(*RUN, *DATA, f"--name={name}", status=2).stderr == (
        f"error: --name has 1 to 64 letters, digits, '.', '_' and '-', the first a letter or digit, not {name!r}\n"
    )
