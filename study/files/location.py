"""Where files may be: the path of a folder, or a URL of a file system that fsspec knows, without secrets."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from study.errors import StudyError, nearest
from study.paths import expanded

_URL = re.compile(r"[a-zA-Z][\w+.-]*://")
_CHAINED = re.compile(r"[a-zA-Z][\w+.-]*::")
_ONE_SLASH = re.compile(r"([a-zA-Z][\w+.-]+):/(?!/)")
"""How `Path` writes a URL."""
_LOCAL = ("file", "local")
_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"}
"""Scheme -> this program's extra that brings the package for it."""


def is_url(location: str) -> bool:
    """Return whether a location is a URL rather than the path of a folder."""
    return _URL.match(location) is not None


def location(given: str | Path, option: str) -> str:
    """Return a place that was given, as a plan stores it: an absolute path, or a URL without a slash at its end.

    Args:
        given: A folder, which need not be there, or a URL.
        option: What it was given by.

    Raises:
        StudyError: It is a file, or no URL that can be used; what is secret in it is not repeated.
    """
    text = str(given)
    if one_slash := _ONE_SLASH.match(text):
        url = f"{one_slash[1]}://{text[one_slash.end() :]}"
        raise StudyError(
            f"{option} is a URL that lost a slash, as in a `Path`; give it as text: {_without_secrets(url)!r}"
        )
    if _CHAINED.match(text):
        raise StudyError(f"{option} is a folder or one plain URL, not {_without_secrets(text)!r}")
    if not is_url(text):
        return _folder(given, option)
    scheme = text.partition("://")[0].lower()
    if scheme in _LOCAL:
        return _folder(unquote(urlsplit(text).path), option)
    return _url(scheme, text, option)


def parent(place: str) -> str:
    """Return what a place lies in, as a plan would store it."""
    return place.rpartition("/")[0] if is_url(place) else str(Path(place).parent)


def inside(place: str, name: str) -> str:
    """Return a place in another one."""
    return f"{place}/{name}" if is_url(place) else str(Path(place) / name)


def absolute(place: str) -> str:
    """Return a place by a name that does not depend on the working folder."""
    return place if is_url(place) else str(Path(place).resolve())


def _folder(given: str | Path, option: str) -> str:
    folder = expanded(given).resolve()
    if folder.exists() and not folder.is_dir():
        raise StudyError(f"{option} is a folder, and {folder} is a file")
    return str(folder)


def _url(scheme: str, text: str, option: str) -> str:
    shown = _without_secrets(text)
    if shown != text:
        raise StudyError(
            f"{option} {shown!r} holds a password, a key or a query, which would be stored: give the URL without it, "
            f"and credentials by the environment or the configuration of the file system"
        )
    _check_scheme(scheme, shown, option)
    rest = text.partition("://")[2].rstrip("/")
    if not rest:
        raise StudyError(f"{option} {text!r} names no place there; give a bucket or a host, and a folder in it")
    return f"{scheme}://{rest}"


def _without_secrets(text: str) -> str:
    """Return a URL with `***` for what may be secret in it: what stands before `@` with a colon, and a query."""
    head, separator, rest = text.partition("://")
    before, at, after = rest.rpartition("@")
    if at and ":" in before:
        rest = f"***@{after}"
    for mark in "?#":
        rest, found, _ = rest.partition(mark)
        rest += f"{found}***" if found else ""
    return f"{head}{separator}{rest}"


def _check_scheme(scheme: str, shown: str, option: str) -> None:
    """Check that there is a file system for a scheme.

    Raises:
        StudyError: There is none, or its package is not installed.
    """
    import fsspec

    known = fsspec.available_protocols()
    if scheme not in known:
        raise StudyError(f"{option} {shown!r}: fsspec has no file system {scheme!r}{nearest(scheme, known)}")
    try:
        fsspec.get_filesystem_class(scheme)
    except ImportError as error:
        extra = _EXTRAS.get(scheme)
        remedy = f"`pip install 'study[{extra}]'`" if extra else str(error)
        raise StudyError(f"{option} {shown!r} needs a package that is not installed: {remedy}") from error
