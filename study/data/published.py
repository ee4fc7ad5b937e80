"""MNIST, Fashion-MNIST and KMNIST, read from torchvision's folder layout; missing files are downloaded.

A file that is already on disk is read as it is, whatever its MD5: the content hash tells copies apart.
"""

from dataclasses import dataclass
from pathlib import Path

from study.data.dataset import Dataset, make_dataset
from study.data.download import UnavailableError, fetch, published_source
from study.data.idx import read_split

TRAINING_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST_FILES = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


@dataclass(frozen=True, slots=True)
class Published:
    """A dataset that torchvision can download."""

    class_name: str
    """torchvision's class, and the folder that torchvision gives it."""
    class_names: tuple[str, ...]


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
}


def raw_folder(name: str, data_root: Path) -> Path:
    """Return where the files of a published dataset lie: DATA_ROOT/MNIST/raw."""
    return data_root / PUBLISHED[name].class_name / "raw"


def load_published(name: str, *, data_root: Path, download: bool) -> Dataset:
    """Load a published dataset.

    Args:
        name: A key of `PUBLISHED`.
        data_root: The folder that holds MNIST/raw and the like.
        download: Whether missing files may be downloaded into it.

    Raises:
        UnavailableError: Files are missing and cannot be had.
        StudyError: A file is not what it should be.
    """
    published = PUBLISHED[name]
    folder = raw_folder(name, data_root)
    missing = [file for file in (*TRAINING_FILES, *TEST_FILES) if _on_disk(folder, file) is None]
    if missing and not download:
        raise UnavailableError(
            f"Dataset '{name}' is not complete in '{folder}': {', '.join(missing)} not found; allow the "
            "download, or name the folder that holds it as the data root.",
            reason="downloading is off",
        )
    if missing:
        fetch([f"{file}.gz" for file in missing], published_source(published.class_name), folder)
    classes = len(published.class_names)
    training, test = (
        read_split(_present(folder, images), _present(folder, labels), classes=classes)
        for images, labels in (TRAINING_FILES, TEST_FILES)
    )
    return make_dataset(name=name, training=training, test=test, class_names=published.class_names)


def _on_disk(folder: Path, file: str) -> Path | None:
    """Return the path of a file, plain before compressed, or None."""
    candidates = (folder / file, folder / f"{file}.gz")
    return next((path for path in candidates if path.is_file()), None)


def _present(folder: Path, file: str) -> Path:
    """Return the path of a file that is there, or where reading it will say that it is not."""
    return _on_disk(folder, file) or folder / file
