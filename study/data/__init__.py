"""A data set's name -> train, validation and test examples as tensors.

The package reads, checks and splits data; it neither normalises nor augments it. The test split of a
`Dataset` is for final scores alone: whatever chooses works on `development_splits`.
"""

from study.data.catalog import DATASET_NAMES, load_dataset
from study.data.dataset import Dataset, Split
from study.data.paths import dataset_paths
from study.data.pictures.folder import ReadImages, read_images
from study.data.pictures.forms import Wanted, study_form
from study.data.published.download import UnavailableError
from study.data.splits import Development, development_splits, full_training
from study.data.summary import describe
from study.data.trial_data import TrialData
from study.options.data import DataOptions

__all__ = [
    "DATASET_NAMES",
    "DataOptions",
    "Dataset",
    "Development",
    "ReadImages",
    "Split",
    "TrialData",
    "UnavailableError",
    "Wanted",
    "dataset_paths",
    "describe",
    "development_splits",
    "full_training",
    "load_dataset",
    "read_images",
    "study_form",
]
