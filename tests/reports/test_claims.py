"""Whose claims are judged, and beside whose results published ones stand: those of the space that declares them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from reports.findings.claims import declared, judged_claims
from reports.pages.document import Document, Findings
from reports.pages.markdown import to_markdown
from reports.sections import claims
from reports.writing import build
from study.database import TrialDatabase
from study.status.published import is_packaged, published_results
from tests.conftest import CommandLine
from tests.reports.laboratory import DOMAINS, NOTEBOOK, Laboratory

CLAIMS = "search_spaces.notebook.claims"
THEIRS = """
from reports.findings.cards import Finding
from reports.pages.document import Card, Stance


def findings(frames, studies):
    return [Finding(Card(f"Wider is better ({study})", Stance.FOR, "supported")) for study in studies]
"""
OWN = """
from dataclasses import replace

from search_spaces.cnn import SPACE as CNN

SPACE = replace(CNN, claims={claims!r})
"""


def own(claims: str | None) -> dict[str, object]:
    """Columns of a study whose space is a user's own file, named as one of ours."""
    definition = {"name": "cnn", "domains": DOMAINS, "variants": [], "published": NOTEBOOK, "claims": claims}
    return {"space_source": "/home/someone/cnn.py", "definition": definition}


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of claims beside a user's space."""
    (tmp_path / "wider_claims.py").write_text(THEIRS)
    (tmp_path / "broken_claims.py").write_text("def findings(frames, studies):\n    raise ValueError('no data')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "wider_claims"


@pytest.mark.parametrize(
    ("source", "packaged"),
    [
        ("cnn", True),
        ("search_spaces.cnn:SPACE", True),
        ("/home/someone/cnn.py", False),
        ("cnn.py", False),
        ("my_package.spaces:CNN", False),
    ],
)
def test_a_packaged_space_is_told_from_a_users_own(source: str, packaged: bool) -> None:
    assert is_packaged(source) is packaged


def test_a_users_own_space_named_cnn_is_not_judged_by_the_notebooks_claims(laboratory: Laboratory) -> None:
    laboratory.finals(laboratory.plan("cnn@mnist", **own(CLAIMS)), "baseline", [0.99] * 3)
    frames = laboratory.frames()
    assert declared(frames) == {}
    assert judged_claims(frames).findings == ()
    assert not [block for block in claims.section(frames).blocks if isinstance(block, Findings)]


def test_a_users_own_space_is_not_a_side_of_the_notebooks_comparison(laboratory: Laboratory) -> None:
    laboratory.finals(laboratory.plan("cnn@mnist", **own(None)), "baseline", [0.5] * 3)
    laboratory.finals(laboratory.plan("lstm@mnist"), "baseline", [0.99] * 3)
    frames = laboratory.frames()
    assert declared(frames) == {CLAIMS: ["lstm@mnist"]}
    texts = {finding.card.text for finding in judged_claims(frames).findings}
    assert texts == {"No trial of the baseline of cnn@mnist is complete and evaluated on the test split."}


def test_a_space_that_declares_no_claims_has_none(laboratory: Laboratory) -> None:
    definition = {"name": "cnn", "domains": DOMAINS, "variants": [], "published": None}
    laboratory.finals(laboratory.plan("cnn@mnist", definition=definition), "baseline", [0.99] * 3)
    assert declared(laboratory.frames()) == {}


def test_a_users_own_claims_are_judged(laboratory: Laboratory, theirs: str) -> None:
    laboratory.finals(laboratory.plan("cnn@plants", **own(theirs)), "baseline", [0.99] * 3)
    (finding,) = judged_claims(laboratory.frames()).findings
    assert finding.card.claim == "Wider is better (cnn@plants)"


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("broken_claims", "ValueError: no data"),
        pytest.param(
            "no_claims_at_all", "ModuleNotFoundError: No module named 'no_claims_at_all'", marks=pytest.mark.slow
        ),
    ],
)
def test_claims_that_cannot_be_judged_are_named(laboratory: Laboratory, theirs: str, module: str, reason: str) -> None:
    laboratory.finals(laboratory.plan("cnn@plants", **own(module)), "baseline", [0.99] * 3)
    frames = laboratory.frames()
    note = f"The claims of cnn@plants are not judged: {module}: {reason}."
    assert judged_claims(frames).notes == (note,)
    assert module in to_markdown(build(frames))


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("columns", "about"),
    [
        ({}, True),
        ({"dataset_source": "/home/someone/photos/mnist"}, False),
        ({"space_source": "search_spaces.cnn:SPACE"}, True),
        ({"space_source": "/home/someone/cnn.py", "dataset_source": "/home/someone/mnist"}, True),
    ],
)
def test_published_results_stand_beside_their_own_data_set_alone(
    laboratory: Laboratory, columns: dict[str, object], about: bool
) -> None:
    laboratory.finals(laboratory.plan("cnn@mnist", **columns), "baseline", [0.99] * 3)
    frames = laboratory.frames()
    assert (published_results(frames.plan_rows["cnn@mnist"]) is not None) is about
    assert ("99.05 %" in to_markdown(Document("x", (claims.section(frames),)))) is about


def test_photos_stand_beside_no_published_number(laboratory: Laboratory) -> None:
    laboratory.finals(laboratory.plan("cnn@photos", dataset_source="/home/someone/photos"), "baseline", [0.99] * 3)
    page = to_markdown(build(laboratory.frames()))
    assert "99.05 %" not in page
    assert "Published" not in page.split("## Methods")[0].replace("| Published |", "")


def test_a_command_that_compares_reads_the_data_as_they_were_read(laboratory: Laboratory) -> None:
    options = {"image_size": [16, 24], "grey": True}
    study = laboratory.plan("cnn@photos", dataset_source="/home/someone/photos", data_options=options)
    laboratory.finals(study, "baseline", [0.99] * 3)
    page = to_markdown(build(laboratory.frames()))
    assert "run cnn lstm --dataset /home/someone/photos --image-size 16x24 --grey " in page


def test_studies_of_older_databases_get_the_claims_of_the_packaged_spaces(tmp_path: Path) -> None:
    path = tmp_path / "studies.db"
    connection = sqlite3.connect(path)
    connection.executescript((Path(__file__).parents[1] / "databases" / "version_3.sql").read_text())
    connection.execute("UPDATE ablation SET design = 'leave-one-out'")
    connection.execute("UPDATE arm SET name = 'without dropout' WHERE name = 'batchnorm'")
    connection.execute("UPDATE cell SET arm = 'without dropout' WHERE arm = 'batchnorm'")
    own_file = "UPDATE plan SET space_source = '/home/someone/cnn.py' WHERE parent IS NOT NULL"
    assert connection.execute(own_file).rowcount == 1
    connection.commit()
    connection.close()
    TrialDatabase(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path)
    keys = "json_extract(definition, '$.claims'), json_extract(definition, '$.published.test_score')"
    assert connection.execute(f"SELECT {keys} FROM plan ORDER BY study").fetchall() == [
        (CLAIMS, 0.9905),
        (None, 0.9905),
    ]
    assert set(connection.execute("SELECT name, removed FROM arm WHERE removed IS NOT NULL")) == {
        ("without dropout", "dropout")
    }
    connection.close()


@pytest.mark.slow
def test_a_file_named_cnn_on_the_digits_and_the_packaged_space(command: CommandLine) -> None:
    options = ("--dataset", "digits", "--trials", "1", "--epochs", "1", "--replicates", "1", "--train-size", "50")
    (command.folder / "cnn.py").write_text(OWN.format(claims=CLAIMS))
    command.run("run", "./cnn.py", *options)
    command.run("report", "--format", "markdown", "--output", "own")
    page = (command.folder / "own" / "report.md").read_text()
    assert "(the notebook" not in page
    assert "99.05 %" not in page
    command.run("run", "cnn", *options, "--storage", "sqlite:///runs/ours.db")
    command.run("report", "--format", "markdown", "--output", "ours", "--storage", "sqlite:///runs/ours.db")
    page = (command.folder / "ours" / "report.md").read_text()
    assert "The CNN trains faster than the LSTM (the notebook)" in page
    assert "99.05 %" not in page
    definition = (
        "SELECT json_extract(definition, '$.claims'), json_extract(definition, '$.published.dataset') FROM plan"
    )
    connection = sqlite3.connect(command.folder / "runs" / "ours.db")
    assert connection.execute(definition).fetchall() == [(CLAIMS, "mnist")]
    connection.close()
