"""Whatever is typed: an exit status of the table, one line for a mistake, no traceback, nothing half begun."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from study.cli import app as cli
from study.cli.app import main
from study.cli.output import emit
from study.cli.tables.cells import console
from study.database import TrialDatabase
from study.errors import INTERNAL
from study.trial import fingerprint

from ..examples import examples
from ..status.test_details import Laboratory

JUNK = st.sampled_from(
    [
        *("", " ", "0", "-1", "3", "1e3", "nan", "inf", "-inf", "9" * 30, str(2**63), "0x10", "true", "a=b", "=", ","),
        *("width=", "width=24", "width=9.5", "optimizer=adma", "\udcff", "ü", "two\nlines", "\x1b[31m", ".", "..", "-"),
        *("~nobody-here/x", "a" * 5000, "[b]x[/b]", "%s", "{}", "sqlite:///", "sqlite://", "sqlite:///x.db", "x.db"),
        *("cnn", "lstm", "cnn@digits", "best", "digits", "best,best", "dropout", "dropout,batchnorm", "tpe", "promote"),
        *(
            "accuracy,parameters",
            "path",
            "factorial",
            "space.py",
            "broken.py",
            "no.module:SPACE",
            ":",
            ".x:SPACE",
            "a.b",
        ),
    ]
)
TRAIN = (
    *("--trials", "--epochs", "--replicates", "--workers", "--train-size", "--seed", "--timeout", "--objective"),
    *("--sampler", "--pruner", "--set", "--device", "--precision", "--storage", "--data-root", "--trial-timeout"),
    *("--timeout-total", "--patience"),
)
GRAMMAR: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "run": (TRAIN, ("--skip-unreadable",)),
    "ablate": ((*TRAIN, "--variants", "--design", "--factors", "--from"), ("--retune",)),
    "resume": (
        ("--storage", "--data-root", "--space", "--dataset", "--workers", "--device"),
        ("--failed", "--diverged"),
    ),
    "list": (("--storage",), ("--json",)),
    "show": (("--storage",), ("--json", "--ablation", "--failures")),
    "best": (("--storage",), ("--json",)),
    "predict": (("--storage", "--variant", "--space", "--data-root"), ("--json", "--invert")),
    "spaces": ((), ("--json",)),
    "data": (("--data-root",), ("--json",)),
    "skip": (("--storage",), ()),
    "nonsense": (("--storage",), ("--json",)),
}
"""Command -> options with a value, and flags."""
DRY = ("--dry-run", "--dataset", "digits")


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """A command line: a command, words, and options of it with whatever values."""
    command = draw(st.sampled_from(sorted(GRAMMAR)))
    valued, flags = GRAMMAR[command]
    words = [command]
    known = st.sampled_from(["cnn", "space.py", "cnn@digits"])
    words += draw(st.lists(st.one_of(known, JUNK), max_size=2))
    for option in draw(st.lists(st.sampled_from(valued), max_size=3)) if valued else []:
        words += [option, draw(JUNK)]
    words += draw(st.lists(st.sampled_from(flags), max_size=2)) if flags else []
    if command in ("run", "ablate"):
        words += DRY
    if command == "data" and len(words) == 1:
        words += ["digits"]  # not `auto`, which would look for MNIST elsewhere
    return words


class Called:
    """A command line that was run in this process."""

    def __init__(self, words: Sequence[str], monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        out, err = io.StringIO(), io.StringIO()
        try:
            with monkeypatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                patch.setattr(sys, "argv", ["study", *words])
                for name, value in environment.items():
                    patch.setenv(name, value)
                with pytest.raises(SystemExit) as ended:
                    main()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self.status, self.out, self.err = ended.value.code, out.getvalue(), err.getvalue()


def state(folder: Path) -> str:
    """What the database of a folder holds."""
    with TrialDatabase(f"sqlite:///{folder / 'runs' / 'studies.db'}", read_only=True) as database:
        plans = database.plans()
        return fingerprint([plans, [database.trials(plan.study) for plan in plans]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a stored study, a space, and a space that is none."""
    found = tmp_path_factory.mktemp("line")
    (found / "runs").mkdir()
    laboratory = Laboratory(found / "runs")
    laboratory.search(0, 0.7, 0.8)
    laboratory.database.close()
    Path(laboratory.database.url.database or "").rename(found / "runs" / "studies.db")
    (found / "space.py").write_text(
        "from study.space import SearchSpace\nSPACE = SearchSpace(name='mine', model='cnn', domains={})\n"
    )
    (found / "broken.py").write_text("import sys\nsys.exit('no space here')\n")
    here = Path.cwd()
    os.chdir(found)
    yield found
    os.chdir(here)


@examples(150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=lines())
def test_whatever_is_typed_ends_with_a_status_of_the_table_and_at_most_one_line_of_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    files, before = sorted(folder.rglob("*.db")), state(folder)
    called = Called(words, monkeypatch)
    assert called.status in (0, 1, 2, 3), called.err
    assert "Traceback" not in called.out + called.err
    if called.status:
        assert called.err.startswith("error: ")
        assert len(called.err.splitlines()) == 1
    assert sorted(folder.rglob("*.db")) == files
    assert state(folder) == before


@examples(20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(storage=JUNK, root=JUNK)
def test_whatever_the_environment_says(folder: Path, monkeypatch: pytest.MonkeyPatch, storage: str, root: str) -> None:
    words = ["run", "space.py", *DRY]
    called = Called(words, monkeypatch, STUDY_STORAGE=storage, STUDY_DATA_ROOT=root)
    assert called.status in (0, 2), called.err
    assert len(called.err.splitlines()) == (called.status == 2)


@pytest.mark.parametrize(
    "words", [("report", "--title", "\udcff"), ("report", "--output", "\udcff"), ("show", "\udcff")]
)
def test_bytes_that_are_no_text_are_refused_with_the_word(
    folder: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    called = Called(words, monkeypatch)
    assert (called.status, called.err) == (
        2,
        "error: an argument has to be text in UTF-8, not '\\udcff'; rename what it names\n",
    )


def test_a_working_folder_that_is_gone_is_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    os.chdir(gone)
    gone.rmdir()
    try:
        called = Called(["list"], monkeypatch)
    finally:
        os.chdir(folder)
    assert (called.status, called.err) == (
        2,
        "error: the working folder is not there any more; change to one that is\n",
    )


def test_a_fault_of_the_program_is_one_line_with_the_traceback_in_a_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise KeyError("of\nmine")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(cli, "app", broken)
    called = Called(["list"], monkeypatch)
    (file,) = tmp_path.glob("study-*.txt")
    assert called.status == INTERNAL == 70
    assert called.err == (
        f"internal error: KeyError: 'of\\nmine'; this is a fault of the program, please report it with the traceback "
        f"in {file}\n"
    )
    assert "in broken" in file.read_text()


def test_an_error_of_several_lines_is_told_on_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = Called(["run", "space.py", "--dry-run", "--dataset", "two\nlines\x1b[31m"], monkeypatch)
    assert called.status == 2
    assert called.err.startswith("error: ")
    assert "two lines\\x1b[31m" in called.err
    assert called.err.count("\n") == 1


def test_a_stream_that_cannot_write_a_letter_gets_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "argv", ["study", "spaces"])
        patch.setattr(cli, "app", lambda **_: console().print("é") or emit({"name": "é"}))
        with pytest.raises(SystemExit) as ended:
            main()
    stream.flush()
    assert ended.value.code == 0
    assert raw.getvalue().decode("ascii") == '\\xe9\n{\n  "name": "\\u00e9"\n}\n'
