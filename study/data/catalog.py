"""From the name of a dataset, as a user gives it, to the dataset."""

from dataclasses import replace
from pathlib import Path

from study.data.arrays.contents import SUFFIXES, has_arrays
from study.data.arrays.files import load_array_files
from study.data.arrays.idx import load_idx_files
from study.data.asked import PICTURES, refuse_others
from study.data.dataset import Dataset, Feature
from study.data.functions import is_function, load_function
from study.data.paths import is_file, is_folder, split_paths
from study.data.pictures.folder import load_folder
from study.data.pictures.forms import Wanted, asked_form
from study.data.published import emnist
from study.data.published.digits import load_digits
from study.data.published.download import UnavailableError
from study.data.published.sets import PUBLISHED, load_published, raw_folder
from study.data.tables.files import is_table
from study.data.tables.inputs import Features
from study.data.tables.table import load_tables
from study.errors import StudyError, nearest
from study.options.data import AS_IT_IS, DataOptions
from study.paths import expanded

DATASET_NAMES = ("auto", *PUBLISHED, "emnist", "digits")
"""The names `load_dataset` knows beside paths."""


def load_dataset(
    name: str = "auto",
    *,
    data_root: Path,
    download: bool = True,
    options: DataOptions = AS_IT_IS,
    features: tuple[Feature, ...] = (),
    wanted: Wanted | None = None,
) -> Dataset:
    """Load a dataset.

    Args:
        name: One of `DATASET_NAMES`; a folder of class subfolders with images; IDX files as
            'IMAGES,LABELS' or 'IMAGES,LABELS,TEST_IMAGES,TEST_LABELS'; or .npz, .npy, CSV or .mat files as
            `load_array_files` takes them. 'auto' is MNIST where it can be had, else 'digits', and 'emnist' is
            EMNIST's balanced set; `Dataset.name` says which, `Dataset.notes` why.
        data_root: The folder of published datasets, in torchvision's layout.
        download: Whether missing files of a published dataset may be downloaded into `data_root`.
        options: How it is to be read.
        features: What the inputs of a study's table are, whose models are asked of another one; empty finds them out.
        wanted: What its pictures are to become, where a study's models read them.

    Raises:
        UnavailableError: A published dataset was asked for by name and cannot be had.
        StudyError: The name is unknown, or a file is not what it should be.
    """
    form = wanted or asked_form(options)
    if name in DATASET_NAMES:
        refuse_others(options, PICTURES, f"'{name}' is a data set of pictures with their classes")
    if name == "auto":
        return _load_automatic(data_root, download=download, wanted=form)
    if name in PUBLISHED:
        return load_published(name, data_root=data_root, download=download, wanted=form)
    if name == "digits":
        return load_digits(wanted=form)
    if name == "emnist":
        balanced = load_published(emnist.DEFAULT, data_root=data_root, download=download, wanted=form)
        return replace(balanced, notes=(emnist.DEFAULT_NOTE, *balanced.notes))
    if is_function(name) and not is_file(name):
        return load_function(name, options, Features(features) if features else None, wanted)
    if is_folder(name):
        return load_folder(expanded(name), options, wanted=wanted)
    if "," in name or is_file(name):
        paths = split_paths(name)
        if any(map(is_table, paths)) and (options.target or not all(map(has_arrays, paths))):
            return load_tables(paths, options, Features(features) if features else None)
        if any(has_arrays(path) for path in paths):
            return load_array_files(paths, options)
        if len(paths) > 1:
            return load_idx_files(paths, options, wanted=wanted)
    allowed = ", ".join(f"'{known}'" for known in DATASET_NAMES)
    raise StudyError(
        f"Dataset '{name}' is neither one of {allowed}, nor a folder of class subfolders, nor IDX files "
        f"'IMAGES,LABELS', nor {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]} files"
        f"{nearest(name, DATASET_NAMES) or '.'}"
    )


def _load_automatic(data_root: Path, *, download: bool, wanted: Wanted) -> Dataset:
    """Load MNIST, or the digits with a note where MNIST cannot be had."""
    try:
        return load_published("mnist", data_root=data_root, download=download, wanted=wanted)
    except UnavailableError as error:
        folder = raw_folder("mnist", data_root)
        return load_digits(
            wanted=wanted,
            notes=(
                f"MNIST is not complete in '{folder}' and {error.reason}, so 'digits', the 1,797 scans "
                "that come with scikit-learn, is used instead.",
            ),
        )
