"""Where checkpoints and weights are kept: beside the database, or in a place that was named and is its own."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from study.database import folder_of, place_of
from study.database.place import claim, is_own, new_place, next_place
from study.errors import StudyError
from study.files import Place

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
    assert place_of("sqlite:///runs/studies.db", None) == Place("runs/studies.db.files")
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


def test_databases_have_places_of_their_own_at_a_url_that_they_share(monkeypatch: pytest.MonkeyPatch) -> None:
    storages = ["sqlite:///a/studies.db", "sqlite:///b/studies.db", SERVER, SERVER.replace("host", "localhost")]
    found = {storage: new_place(storage, "memory://shared/files/") for storage in storages}
    assert len(set(found.values())) == len(storages)
    assert {(place or "").rpartition("/")[0] for place in found.values()} == {"memory://shared/files"}
    assert found[SERVER] == "memory://shared/files/host-5432-name.files"
    monkeypatch.setattr(socket, "gethostname", lambda: "another")  # where the same path is another file
    elsewhere = {storage: new_place(storage, "memory://shared/files") for storage in storages}
    assert [elsewhere[storage] == found[storage] for storage in storages] == [False, False, True, False]


def test_a_databases_own_name_has_no_meaning_at_a_url() -> None:
    place = new_place("sqlite:///a::b*#.db", "memory://shared")
    assert re.fullmatch(r"memory://shared/a--b--.db-[0-9a-f]{8}.files", place or "")


def test_a_study_at_a_url_stays_there_unless_another_place_is_named(here: Path) -> None:
    storage = "sqlite:///runs/studies.db"
    named = new_place(storage, "memory://files")
    assert named is not None
    for given in (None, "memory://files", "memory://files/", named):
        assert next_place(storage, named, given) == named
    assert next_place(storage, named, "memory://other") == named.replace("memory://files", "memory://other")
    assert Path(next_place(storage, named, "folder") or "").parent == here / "folder"
    assert next_place(storage, None, "memory://files") == named


@pytest.mark.parametrize("is_url", [False, True], ids=["folder", "URL"])
def test_a_place_is_one_databases_until_that_is_gone(here: Path, is_url: bool) -> None:
    mine, copy = sqlite("a/studies.db"), sqlite("b/studies.db")
    files, host = ("memory://claimed/files", f"{socket.gethostname()}:") if is_url else (str(here / "files"), "")
    assert claim(mine, files) is None
    assert claim(mine, files) is None
    assert (is_own(mine, Place(files)), is_own(copy, Place(files))) == (True, False)
    with pytest.raises(StudyError) as error:
        claim(copy, files)
    assert str(error.value) == (
        f"the files in {files} belong to the trial database {host}{here}/a/studies.db, of which this one, "
        f"{host}{here}/b/studies.db, is a copy; "
        "`python -m study run SPACE --files PLACE` copies them to a place of its own"
        + (f"; if it is that one, moved here, remove {files}/storage" if is_url else "")
    )
    Path("a/studies.db").rename("a/gone")
    told = f"the files in {files} were those of {host}{here}/a/studies.db, which is not there any more"
    assert claim(copy, files) == told
    assert Place(files).owner.read().decode() == f"{host}{here}/b/studies.db\n"


def test_a_place_that_another_machine_marked_is_not_taken(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = sqlite("gone/studies.db")
    with monkeypatch.context() as patch:
        patch.setattr(socket, "gethostname", lambda: "another")
        claim(storage, "memory://anothers")
    Path("gone/studies.db").unlink()
    with pytest.raises(StudyError, match=rf"belong to the trial database another:{here}/gone/studies.db, of which "):
        claim(storage, "memory://anothers")


def test_a_server_that_another_machine_calls_otherwise_keeps_its_place(here: Path) -> None:
    other = SERVER.replace("host", "database.example")
    for shared in ("memory://servers", "servers"):
        files = new_place(SERVER, shared)
        assert files is not None
        assert claim(SERVER, files, "1-5") is None
        assert is_own(other, Place(files), "1-5")
        told = f"the files in {files} are those of host-5432-name, which is database.example-5432-name by another name"
        assert claim(other, files, "1-5") == told
        assert claim(other, files, "1-5") is None


COPIES = {
    "on another server": (SERVER.replace("host", "other"), "2-5"),
    "on another server of the same name": (SERVER, "2-5"),
    "beside it": (SERVER.replace("/name", "/other"), "1-6"),
    "whose server does not tell": (SERVER.replace("host", "other"), None),
}


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("shared", ["memory://copied", "copied"])
def test_a_copy_of_a_servers_database_is_refused_its_place(here: Path, shared: str, copy: str) -> None:
    storage, server = COPIES[copy]
    files = f"{new_place(SERVER, shared)}-{server}"
    claim(SERVER, files, "1-5")
    assert not is_own(storage, Place(files), server)
    with pytest.raises(StudyError, match=r"^the files in .* belong to (the|another) trial database ") as error:
        claim(storage, files, server)
    assert str(error.value).endswith(f"; if it is that one, moved here, remove {files}/storage")
    assert is_own(SERVER, Place(files), "1-5")


def test_a_mark_of_an_older_program_is_the_servers_of_that_name(here: Path) -> None:
    Path("files").mkdir()
    Path("files/storage").write_text("host-5432-name\n")
    assert claim(SERVER, "files", "1-5") is None
    assert Path("files/storage").read_text() == "host-5432-name\n1-5\n"
    assert claim(SERVER, "files") is None  # by a user who may not ask the server
    assert Path("files/storage").read_text() == "host-5432-name\n1-5\n"


def test_a_folder_of_a_servers_name_that_another_server_marked_is_not_its_own(here: Path) -> None:
    folder = str(folder_of(SERVER))
    claim(SERVER, folder, "1-5")
    assert [is_own(SERVER, Place(folder), server) for server in ("1-5", "2-5", None)] == [True, False, True]


def test_a_server_takes_no_place_of_another_one_over(here: Path) -> None:
    claim(SERVER, "files")
    with pytest.raises(StudyError, match=r"belong to the trial database host-5432-name, of which this one, host-"):
        claim(SERVER.replace("name", "other"), "files")
    assert "s3cret" not in (here / "files" / "storage").read_text()


def test_a_place_that_cannot_be_written_is_told(here: Path) -> None:
    (here / "files").touch()
    with pytest.raises(StudyError, match=r"^the place files/x of checkpoints and weights cannot be used: "):
        claim("sqlite:///studies.db", "files/x")
