"""A search space: what is tuned of a model, its variants, and what was published about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from study.errors import StudyError, nearest
from study.space.checks import (
    check_changes,
    check_claims,
    check_domains,
    check_mapping,
    check_module,
    check_number,
    check_text,
)
from study.space.condition import active
from study.space.domain import Domain, Float, Int, allows, in_words, plain
from study.trial import Scalar, fingerprint


@dataclass(frozen=True, slots=True)
class Variant:
    """One suggestion: a name and a typed diff on the baseline."""

    name: str
    changes: Mapping[str, Scalar]
    reason: str = ""

    def __post_init__(self) -> None:
        """Turn NumPy's scalars into plain values and lists into tuples, and check them.

        Raises:
            StudyError: A name is no text, or a value cannot be stored.
        """
        check_text("a Variant", "its name", self.name)
        where = f"Variant {self.name!r}"
        check_mapping(where, "changes", self.changes, "{'width': 64}")
        object.__setattr__(self, "changes", {name: plain(value) for name, value in self.changes.items()})
        check_changes(where, self.changes)
        check_text(where, "reason", self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Published results of the baseline, shown beside those of studies on the same data set."""

    source: str
    dataset: str
    """Name of the data set that they are about."""
    train_losses: tuple[float, ...] = ()
    """Mean training loss of each epoch, from the first."""
    epochs: int | None = None
    """Epochs behind the test score."""
    metric: str | None = None
    """What the test score is of, such as `accuracy`."""
    test_score: float | None = None
    """As the metric is stored: a fraction in [0, 1] of an accuracy."""

    def __post_init__(self) -> None:
        """Turn NumPy's scalars into plain numbers and lists into tuples, and check them.

        Raises:
            StudyError: A text or a number is none.
        """
        for name in ("train_losses", "epochs", "test_score"):
            object.__setattr__(self, name, plain(getattr(self, name)))
        for name in ("source", "dataset", *(["metric"] if self.metric is not None else [])):
            check_text("Published", name, getattr(self, name))
        if not isinstance(self.train_losses, tuple):
            raise StudyError(f"Published: train_losses is a tuple of numbers, not {self.train_losses!r}")
        for loss in self.train_losses:
            check_number("Published", "each of train_losses", loss)
        if self.epochs is not None:
            check_number("Published", "epochs", self.epochs, whole=True)
        if self.test_score is not None:
            check_number("Published", "test_score", self.test_score)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSpace:
    """What is tuned for a model, each domain with its default, and the model's variants."""

    name: str
    model: str = ""
    """A module of `study.models`, or any importable module with `Params` and `build(params, data)`, or with
    `train(run)`. Empty means the module that the space stands in."""
    domains: Mapping[str, Domain]
    variants: tuple[Variant, ...] = ()
    starts: tuple[Mapping[str, Scalar], ...] = ()
    """What a search tries right after the baseline, before it asks its sampler: values of domains, each by its name;
    what is left out has its default. Nothing spares them: they may be pruned."""
    published: Published | None = None
    claims: str | None = None
    """A module whose claims about the model the report judges, such as `my_claims`: see `reports.findings.claims`."""
    size: str | None = None
    """The whole number by which a baseline grows to a larger variant's parameters; None leaves that control out."""

    def __post_init__(self) -> None:
        """Check the name, the module of claims, the domains with their conditions, and the starts.

        Raises:
            StudyError: The name could not be told from a study's, model or claims name no module, a condition cannot
                hold, or a start cannot be had.
        """
        if not isinstance(self.name, str) or not self.name or set(self.name) & set("@+,"):
            raise StudyError(f"a space's name is not empty and has no '@', '+' or ',', not {self.name!r}")
        where = f"space {self.name!r}"
        check_claims(where, self.claims)
        check_module(where, self.model)
        if not isinstance(self.variants, list | tuple) or not all(isinstance(v, Variant) for v in self.variants):
            raise StudyError(
                f"{where}: variants is a tuple of Variant, as (Variant('wide', {{'width': 64}}),) with "
                f"its comma, not {self.variants!r}"
            )
        object.__setattr__(self, "variants", tuple(self.variants))
        if self.published is not None and not isinstance(self.published, Published):
            raise StudyError(f"{where}: published is a Published, not {self.published!r}")
        if self.size is not None:
            check_text(where, "size", self.size)
        check_domains(where, self.domains)
        self._check_starts()

    def _check_starts(self) -> None:
        """Turn the starts' values into plain ones, and check them.

        Raises:
            StudyError: One cannot be had, is the baseline, or is another one.
        """
        if not isinstance(self.starts, list | tuple) or not all(isinstance(start, Mapping) for start in self.starts):
            raise StudyError(
                f"space {self.name!r}: starts is a tuple of mappings, as ({{'width': 64}},) with its comma, not "
                f"{self.starts!r}"
            )
        starts = tuple({name: plain(value) for name, value in start.items()} for start in self.starts)
        object.__setattr__(self, "starts", starts)
        known = {fingerprint(self._started({})): "the baseline, which every search begins with"}
        for number, start in enumerate(starts, start=1):
            where = f"space {self.name!r}, start {number}"
            if fault := self._fault_of_start(start):
                raise StudyError(f"{where}: {fault}")
            twin = known.setdefault(fingerprint(self._started(start)), f"start {number} too")
            if twin != f"start {number} too":
                raise StudyError(f"{where} is {twin}; leave it out")

    def _fault_of_start(self, start: Mapping[str, Scalar]) -> str | None:
        """Return why a start cannot be had, or None."""
        for name, value in start.items():
            if name not in self.domains:
                return f"{name!r} is not a domain{nearest(name, self.domains)}"
            if not allows(self.domains[name], value):
                return f"{name}={value!r} is not in its domain, {in_words(self.domains[name])}"
        for name in start.keys() - self._started(start).keys():
            condition = self.domains[name].when.items()
            needed = " and ".join(f"{other}={'|'.join(map(str, values))}" for other, values in condition)
            return f"{name!r} is in force only with {needed}, which the start does not have"
        return None

    def _started(self, start: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """Return every hyperparameter that is in force under a start; a whole number for a real one becomes real."""
        values: dict[str, Scalar] = {}
        for name, domain in self.domains.items():
            value = start.get(name, domain.default)
            values[name] = domain.snapped(float(value)) if isinstance(domain, Float) else value  # type: ignore[arg-type]
        return active(values, self.domains)

    @property
    def defaults(self) -> dict[str, Scalar]:
        """The default of every domain that is active at the defaults."""
        return active({name: domain.default for name, domain in self.domains.items()}, self.domains)

    @property
    def hash(self) -> str:
        """The fingerprint of what a search depends on: model, domains and starts, not variants or published numbers."""
        described = self.describe()
        parts = ("name", "model", "domains", *(("starts",) if self.starts else ()))
        return fingerprint({key: described[key] for key in parts})

    def describe(self) -> dict[str, object]:
        """Return the space as JSON values; each domain with its kind."""
        return {
            "name": self.name,
            "model": self.model,
            "domains": {name: _described(domain) for name, domain in self.domains.items()},
            "variants": [asdict(variant) | {"changes": dict(variant.changes)} for variant in self.variants],
            "starts": [dict(start) for start in self.starts],
            "published": asdict(self.published) if self.published else None,
            "claims": self.claims,
            "size": self.size,
        }

    def without(self, names: Mapping[str, Scalar]) -> dict[str, Domain]:
        """Return the domains still to be tuned when `names` are fixed.

        A domain whose condition a fixed value decides becomes unconditional, or goes if it can never be active.
        """
        remaining: dict[str, Domain] = {}
        for name, domain in self.domains.items():
            if name in names or any(
                other in names and names[other] not in values for other, values in domain.when.items()
            ):
                continue
            if any(other not in remaining and other not in names for other in domain.when):
                continue  # depends on a domain that can never be active itself
            remaining[name] = domain
        return remaining


def _described(domain: Domain) -> dict[str, object]:
    """Return a domain as JSON values. A field that came later is left out where it is not used: hashes stay."""
    described = {"kind": type(domain).__name__, **asdict(domain), "when": dict(domain.when)}
    unused = {Int: ("log", False), Float: ("step", None)}.get(type(domain))
    if unused is not None and described[unused[0]] == unused[1]:
        del described[unused[0]]
    return described
