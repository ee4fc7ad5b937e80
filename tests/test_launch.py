"""What a plan keeps of how a data set was given, so that it is found again from any folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from study.data import load_dataset
from study.launch import _portable_dataset


def test_paths_with_commas_are_found_again_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "scans, 2024"
    folder.mkdir()
    np.save(folder / "images,v2.npy", np.zeros((60, 28, 28), np.uint8))
    np.save(folder / "labels.npy", np.arange(60) % 3)
    monkeypatch.chdir(tmp_path)
    given = "scans, 2024/images,v2.npy, scans, 2024/labels.npy"
    dataset = load_dataset(given, data_root=tmp_path)
    kept = _portable_dataset(given, dataset)
    assert kept == f"{folder / 'images,v2.npy'},{folder / 'labels.npy'}"
    monkeypatch.chdir("/")
    assert load_dataset(kept, data_root=tmp_path).content_hash == dataset.content_hash


def test_a_single_file_becomes_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m,nist.npz"
    np.savez(path, x=np.zeros((60, 28, 28), np.uint8), y=np.arange(60) % 3)
    monkeypatch.chdir(tmp_path)
    dataset = load_dataset("m,nist.npz", data_root=tmp_path)
    assert _portable_dataset("m,nist.npz", dataset) == str(path)
