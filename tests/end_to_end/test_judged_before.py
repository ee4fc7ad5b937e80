"""A space under another name, on the same data: its trials were judged before, and `ablate` says so."""

from __future__ import annotations

from datetime import UTC, datetime

from ..conftest import CommandLine
from ..own_space import DATA, SMOOTH, SPACE, WIDE

WORDS = ("--replicates", "2", "--variants", "wide")


def renamed(line: CommandLine, *variants: str) -> None:
    """Writes the space under another name."""
    text = SPACE.format(variants=" ".join(variants)).replace('name="mine"', 'name="yours"')
    (line.folder / "yours.py").write_text(text)


def test_a_renamed_space_on_the_same_data_is_told_where_and_when_its_trials_were_judged(mine: CommandLine) -> None:
    renamed(mine, WIDE, SMOOTH)
    out = mine.run("ablate", "yours.py", *DATA, *WORDS, "--dry-run").stdout
    told = (
        "yours@digits: 6 of its 6 planned trials were judged before, on the same data with the same model, "
        f"configuration, seed and epochs: mine@digits, on {datetime.now(UTC):%Y-%m-%d}; they are no new evidence"
    )
    assert told in out.splitlines()
    out = mine.run("ablate", "yours.py", *DATA, *WORDS).stdout
    assert told in out.splitlines()
    scores = "SELECT variant, replicate, score FROM test_result JOIN trial ON trial = id WHERE study = '{}@digits' AND "
    scores += "variant <> 'smooth' ORDER BY 1, 2"
    assert mine.query(scores.format("yours")) == mine.query(scores.format("mine"))


def test_of_what_no_study_has_scored_nothing_is_told(mine: CommandLine) -> None:
    assert "judged before" not in mine.run("ablate", "mine.py", "--replicates", "3", "--dry-run").stdout
    renamed(mine, WIDE, SMOOTH)
    other = mine.run("ablate", "yours.py", *DATA, *WORDS, "--seed", "1", "--dry-run").stdout
    fewer = mine.run("ablate", "yours.py", "--dataset", "digits", "--train-size", "80", *WORDS, "--dry-run").stdout
    assert "judged before" not in other + fewer
    more = mine.run("ablate", "yours.py", *DATA, "--replicates", "3", "--variants", "wide", "--dry-run").stdout
    assert "yours@digits: 6 of its 9 planned trials were judged before" in more
