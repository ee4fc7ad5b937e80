"""MNIST, Fashion-MNIST, KMNIST and EMNIST, read from torchvision's folder layout; missing files are downloaded.

A file that is already on disk is read as it is, whatever its MD5: the content hash tells copies apart.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from study.data.arrays.idx import read_pair
from study.data.arrays.labelled import make_splits
from study.data.arrays.labels import numbered_classes
from study.data.dataset import Dataset, make_dataset
from study.data.pictures.forms import AS_THEY_ARE, Wanted
from study.data.published import emnist
from study.data.published.download import UnavailableError, fetch, published_source


@dataclass(frozen=True, slots=True)
class Published:
    """A dataset that torchvision can download."""

    class_name: str
    """torchvision's class, and the folder that torchvision gives it."""
    class_names: tuple[str, ...]
    prefixes: tuple[str, str] = ("train", "t10k")
    """How the names of the training and of the test files begin."""
    first_label: int = 0
    """The label of the first class."""

    @property
    def is_emnist(self) -> bool:
        """Whether it is one of EMNIST's: in an archive with the others, its pictures lying on their side."""
        return self.class_name == "EMNIST"

    @property
    def files(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Return the names of images and labels, of training and test."""
        training, test = ((f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte") for prefix in self.prefixes)
        return training, test


PUBLISHED = {
    "mnist": Published("MNIST", tuple("0123456789")),
    "fashion-mnist": Published(
        "FashionMNIST",
        (
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
    ),
    "kmnist": Published("KMNIST", ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")),
    **{
        name: Published(
            "EMNIST",
            tuple(classes),
            (f"{name}-train", f"{name}-test"),
            first_label=emnist.FIRST_LABEL.get(name, 0),
        )
        for name, classes in emnist.CLASSES.items()
    },
}


def raw_folder(name: str, data_root: Path) -> Path:
    """Return where the files of a published dataset lie: DATA_ROOT/MNIST/raw."""
    return data_root / PUBLISHED[name].class_name / "raw"


def load_published(name: str, *, data_root: Path, download: bool, wanted: Wanted = AS_THEY_ARE) -> Dataset:
    """Load a published dataset.

    Args:
        name: A key of `PUBLISHED`.
        data_root: The folder that holds MNIST/raw and the like.
        download: Whether missing files may be downloaded into it.
        wanted: What its pictures, grey and 28 x 28, are to become.

    Raises:
        UnavailableError: Files are missing and cannot be had.
        StudyError: A file is not what it should be.
    """
    published = PUBLISHED[name]
    folder = raw_folder(name, data_root)
    missing = [file for pair in published.files for file in pair if _on_disk(folder, file) is None]
    archive = published.is_emnist and (folder / emnist.ARCHIVE).is_file()
    if missing and not download and not archive:
        raise UnavailableError(
            f"Dataset '{name}' is not complete in '{folder}': {', '.join(missing)} not found; allow the "
            "download, or name the folder that holds it as the data root.",
            reason="downloading is off",
        )
    notes = _fetch_missing(published, missing, folder)
    return _read(name, folder, wanted, notes)


def _fetch_missing(published: Published, missing: list[str], folder: Path) -> tuple[str, ...]:
    """Download files, or unpack them; return what has to be said about it."""
    if not missing:
        return ()
    names = [f"{file}.gz" for file in missing]
    if published.is_emnist:
        return emnist.unpack(names, folder)
    fetch(names, published_source(published.class_name), folder)
    return ()


def _read(name: str, folder: Path, wanted: Wanted, notes: tuple[str, ...]) -> Dataset:
    """Read the four files of a published dataset, which are there."""
    published = PUBLISHED[name]
    parts = []
    for images, labels in published.files:
        labelled, _ = read_pair(_present(folder, images), _present(folder, labels))
        if published.is_emnist:
            labelled = replace(labelled, images=labelled.images.swapaxes(1, 2))
        parts.append(labelled)
    classes = numbered_classes(published.class_names, first=published.first_label)
    (training, test), made = make_splits(parts, classes, wanted)
    upright = (emnist.UPRIGHT_NOTE,) if published.is_emnist else ()
    return make_dataset(
        name=name,
        training=training,
        test=test,
        class_names=published.class_names,
        notes=(*upright, *notes, *made),
    )


def _on_disk(folder: Path, file: str) -> Path | None:
    """Return the path of a file, plain before compressed, or None."""
    candidates = (folder / file, folder / f"{file}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _present(folder: Path, file: str) -> Path:
    """Return the path of a file that is there, or where reading it will say that it is not."""
    return _on_disk(folder, file) or folder / file
