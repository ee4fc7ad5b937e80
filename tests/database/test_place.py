"""Where checkpoints and weights are kept: beside the database, or in a place that was named and is its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from study.database import Place, folder_of, place_of
from study.database.place import OWNER, claim, copy_files, is_own, new_place, next_place
from study.errors import StudyError

SERVER = "postgresql+psycopg://anna:s3cret@host:5432/name"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STUDY_FILES", raising=False)
    return tmp_path


def sqlite(name: str) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).touch()
    return f"sqlite:///{name}"


def test_a_file_has_its_place_beside_it_and_a_server_an_absolute_one(here: Path) -> None:
    assert new_place("sqlite:///runs/studies.db", None) is None
    assert place_of("sqlite:///runs/studies.db", None) == Place(Path("runs/studies.db.files"))
    assert new_place(SERVER, None) == str(here / "runs" / "host-5432-name.files")


def test_databases_have_folders_of_their_own_in_a_place_that_they_share(here: Path) -> None:
    storages = ["sqlite:///a/studies.db", "sqlite:///b/studies.db", SERVER, SERVER.replace("5432", "5433")]
    found = [new_place(storage, "shared") for storage in storages]
    assert len(set(found)) == len(storages)
    assert {str(Path(place or "").parent) for place in found} == {str(here / "shared")}
    assert new_place(f"sqlite:///{here}/a/studies.db", "shared") == found[0]


def test_the_environment_names_the_place_of_new_studies_alone(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDY_FILES", str(here / "all"))
    assert Path(new_place("sqlite:///studies.db", None) or "").parent == here / "all"
    assert Path(new_place("sqlite:///studies.db", "other") or "").parent == here / "other"
    assert next_place("sqlite:///studies.db", None, None) is None


def test_a_stored_study_stays_where_it_is_unless_another_place_is_named(here: Path) -> None:
    storage = "sqlite:///runs/studies.db"
    named = new_place(storage, "files")
    assert named is not None
    for given in (None, "files", str(here / "files"), named):
        assert next_place(storage, named, given) == named
    for given in (None, "runs", "runs/studies.db.files"):
        assert next_place(storage, None, given) is None
    assert next_place(storage, None, "files") == named


def test_a_servers_older_study_gets_the_name_of_the_folder_that_is_there(here: Path) -> None:
    assert next_place(SERVER, None, None) is None
    folder_of(SERVER).mkdir(parents=True)
    assert next_place(SERVER, None, None) == str(here / "runs" / "host-5432-name.files")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("s3://bucket/files", "--files is a folder, not 's3://bucket/files': files are kept in folders alone so far"),
        ("a.txt", "--files is a folder, and {here}/a.txt is a file"),
    ],
)
def test_what_is_no_folder_is_refused(here: Path, given: str, message: str) -> None:
    (here / "a.txt").touch()
    with pytest.raises(StudyError) as error:
        new_place("sqlite:///studies.db", given)
    assert str(error.value) == message.format(here=here)


def test_a_place_is_one_databases_until_that_is_gone(here: Path) -> None:
    mine, copy = sqlite("a/studies.db"), sqlite("b/studies.db")
    files = str(here / "files")
    assert claim(mine, files) is None
    assert claim(mine, files) is None
    assert (is_own(mine, Place(Path(files))), is_own(copy, Place(Path(files)))) == (True, False)
    with pytest.raises(StudyError) as error:
        claim(copy, files)
    assert str(error.value) == (
        f"the files in {files} belong to the trial database {here}/a/studies.db, of which this one, "
        f"{here}/b/studies.db, is a copy; `python -m study run SPACE --files PLACE` copies them to a place of its own"
    )
    Path("a/studies.db").rename("a/gone")
    assert claim(copy, files) == f"the files in {files} were those of {here}/a/studies.db, which is not there any more"
    assert (Path(files) / OWNER).read_text() == f"{here}/b/studies.db\n"


def test_a_server_takes_no_place_of_another_one_over(here: Path) -> None:
    claim(SERVER, "files")
    with pytest.raises(StudyError, match=r"belong to the trial database host-5432-name, of which this one, host-"):
        claim(SERVER.replace("name", "other"), "files")
    assert "s3cret" not in (here / "files" / OWNER).read_text()


def test_a_place_that_cannot_be_written_is_told(here: Path) -> None:
    (here / "files").touch()
    with pytest.raises(StudyError, match=r"^the place files/x of checkpoints and weights cannot be used: "):
        claim("sqlite:///studies.db", "files/x")


def test_only_the_files_of_the_trials_are_copied(here: Path) -> None:
    before, after = Place(here / "before"), Place(here / "after")
    for path in (before.checkpoint("one"), before.weights("two"), before.weights("three")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.stem)
    assert copy_files(before, after, ["one", "two", "four"]) == [Path("checkpoints/one.pt"), Path("weights/two.pt")]
    assert [after.checkpoint("one").read_text(), after.weights("two").read_text()] == ["one", "two"]
    assert sorted(path.name for path in after.folder.rglob("*") if path.is_file()) == ["one.pt", "two.pt"]
    (here / "file").touch()
    with pytest.raises(StudyError, match=r"/before/weights/two.pt cannot be copied to "):
        copy_files(before, Place(here / "file"), ["two"])
