"""What a type checker sees of the interface, as a user's own file calls it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USED = """
import study
from study import SearchSpace

one: study.Study = study.run("cnn", trials=3, objective=["accuracy"], set={"width": 24}, image_size=(8, 8))
space = SearchSpace(name="a", model="cnn", domains={})
many: list[study.Study] = study.ablate(["cnn", space], from_="best", retune=True)
rows: int = len(one.trials()) + len(study.resume(workers=2))
score: float | None = one.best().validation_score
"""
MISUSED = {
    'study.run("cnn", trails=3)': 'No overload variant of "run"',
    'study.run("cnn", trials="3")': 'No overload variant of "run"',
    'study.run("cnn", retune=True)': 'No overload variant of "run"',
    'study.resume(workers="2")': 'has incompatible type "str"; expected "int | None"',
    "study.resume(trials=3)": 'Unexpected keyword argument "trials"',
    "study.run(3)": "No overload variant",
    "study.open(3)": 'has incompatible type "int"; expected "str"',
    "study.nothing": 'has no attribute "nothing"',
}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_users_file_is_checked_and_its_mistakes_are_seen(tmp_path: Path) -> None:
    """With the cache of `make lint`, without which the whole program would be checked once more."""
    used, misused = tmp_path / "used.py", tmp_path / "misused.py"
    used.write_text(USED)
    misused.write_text("import study\n\n" + "\n".join(MISUSED) + "\n")
    words = [sys.executable, "-m", "mypy", "--strict", "--no-color-output", str(used), str(misused)]
    told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
    assert not [line for line in told if "used.py" in line and "misused.py" not in line], told
    for number, sentence in enumerate(MISUSED.values(), start=3):
        assert any(f"misused.py:{number}:" in line and sentence in line for line in told), (sentence, told)
    assert (ROOT / "study" / "py.typed").is_file()
