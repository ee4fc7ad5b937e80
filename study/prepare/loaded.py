"""What a command has loaded: each space, model and data set once, however many studies are of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from study.catalog import Model, load_model, load_space
from study.data import Dataset, TrialData, development_splits, full_training
from study.data.splits import refuse_own_cut
from study.prepare.sources import Source, load
from study.prepare.validation import check_space
from study.space import SearchSpace
from study.task import OWN


@dataclass(frozen=True, slots=True)
class Cut:
    """How a study cuts its data."""

    train_size: int | None = None
    final_examples: int | None = None
    """What a stored study's final trials learn from; None where none is stored."""
    split_seed: str = "fixed"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Loads what is asked for, unless it is there already."""

    _spaces: dict[str, SearchSpace] = field(default_factory=dict)
    _models: dict[int, tuple[SearchSpace, Model]] = field(default_factory=dict)
    _datasets: dict[Source, Dataset] = field(default_factory=dict)
    _cuts: dict[tuple[Dataset, Cut], TrialData] = field(default_factory=dict)

    def space(self, source: str) -> SearchSpace:
        """Return a space, as `load_space` loads it."""
        if source not in self._spaces:
            self._spaces[source] = load_space(source)
        return self._spaces[source]

    def model(self, space: SearchSpace) -> Model:
        """Return a space's model; the space is checked against it.

        Raises:
            StudyError: There is no such model, or the space does not fit it.
        """
        if id(space) not in self._models:
            model = load_model(space.model).of_space(space)
            check_space(space, model)
            self._models[id(space)] = space, model  # the space too, so that no other one gets its id
        return self._models[id(space)][1]

    def dataset(self, source: Source) -> Dataset:
        """Return the data of a source, whatever it is called.

        Raises:
            StudyError: It cannot be had.
        """
        place = replace(source, name=None, note=None)
        if place not in self._datasets:
            self._datasets[place] = load(place)
        return self._datasets[place]

    def cut(self, dataset: Dataset, cut: Cut) -> TrialData:
        """Return the splits of a data set.

        Raises:
            StudyError: There are too few examples, or they cannot be cut in that way.
        """
        if dataset.spec.task == OWN:
            return TrialData(dataset.training, dataset.training, dataset.training, dataset.test)
        if (dataset, cut) not in self._cuts:
            anew = cut.split_seed == "per-replicate"
            if anew:
                refuse_own_cut(dataset)
            splits = development_splits(dataset, train_size=cut.train_size)
            full = full_training(dataset, train_size=cut.train_size, final_examples=cut.final_examples)
            self._cuts[dataset, cut] = TrialData(
                splits.train,
                splits.validation,
                full,
                dataset.test,
                pool=dataset if anew else None,
                train_size=cut.train_size if anew else None,
            )
        return self._cuts[dataset, cut]
