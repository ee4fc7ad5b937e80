"""Where files may be: a folder, or a URL without secrets that fsspec has a file system for."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pytest

from study.errors import StudyError
from study.files import is_url
from study.files.location import absolute, inside, location, parent


def refusal(given: str) -> str:
    with pytest.raises(StudyError) as caught:
        location(given, "--files")
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("memory://a/b", "memory://a/b"),
        ("memory://a/b///", "memory://a/b"),
        ("MEMORY://a", "memory://a"),
        ("sftp://anna@host:22/files", "sftp://anna@host:22/files"),
        ("file:///data/all%20files", "/data/all files"),
        ("local:///data/files", "/data/files"),
        ("/data/files/", "/data/files"),
        ("/data/s3:/files", "/data/s3:/files"),
    ],
)
def test_a_place_is_stored_as_a_path_or_a_url(given: str, stored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fsspec, "get_filesystem_class", lambda scheme: None)  # whatever is installed
    assert location(given, "--files") == stored
    assert is_url(stored) == ("://" in stored)


def test_a_folder_is_stored_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert location("some/folder", "--files") == str(tmp_path / "some" / "folder")
    (tmp_path / "file").touch()
    assert refusal("file") == f"--files is a folder, and {tmp_path}/file is a file"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("s3://key:s3cret@bucket/files", "s3://***@bucket/files"),
        ("s3://key:s3/cret@bucket/files", "s3://***@bucket/files"),
        ("s3://key:s3c@cret@bucket/files", "s3://***@bucket/files"),
        ("sftp://anna:s3cret@host/files", "sftp://***@host/files"),
        ("s3://bucket/files?key=s3cret", "s3://bucket/files?***"),
        ("s3://bucket/files#s3cret", "s3://bucket/files#***"),
    ],
)
def test_a_url_that_holds_a_secret_is_refused_without_repeating_it(given: str, shown: str) -> None:
    said = refusal(given)
    assert said == (
        f"--files {shown!r} holds a password, a key or a query, which would be stored: give the URL without it, and "
        f"credentials by the environment or the configuration of the file system"
    )
    assert "cret" not in said


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("s4://bucket/files", "--files 's4://bucket/files': fsspec has no file system 's4'; did you mean 's3'?"),
        (
            "s3:/bucket/files",
            "--files is a URL that lost a slash, as in a `Path`; give it as text: 's3://bucket/files'",
        ),
        ("memory://", "--files 'memory://' names no place there; give a bucket or a host, and a folder in it"),
        ("simplecache::s3://k:p@b/x", "--files is a folder or one plain URL, not 'simplecache::s3://***@b/x'"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused(given: str, message: str) -> None:
    assert refusal(given) == message


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        ("s3://bucket/files", "`pip install 'study[s3]'`"),
        ("gs://bucket/files", "`pip install 'study[gcs]'`"),
        ("sftp://host/files", "Install paramiko"),
    ],
)
def test_a_missing_package_is_named(given: str, remedy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(scheme: str) -> None:
        raise ImportError("Install paramiko")

    monkeypatch.setattr(fsspec, "get_filesystem_class", missing)
    assert refusal(given) == f"--files {given!r} needs a package that is not installed: {remedy}"


@pytest.mark.parametrize("place", ["memory://a/b", "/data/files"])
def test_a_place_lies_in_its_parent(place: str) -> None:
    assert parent(inside(place, "studies.files")) == place
    assert absolute(place) == place
