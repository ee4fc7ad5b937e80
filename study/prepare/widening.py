"""What became of a stored study's search space since it was begun: what is taken up, and what is refused."""

from __future__ import annotations

from study.catalog import Model
from study.database import PlanRow
from study.prepare.validation import held_values
from study.space import Domain, DomainChanges, SearchSpace, compare_domains, domain_of
from study.trial import Scalar


def domain_changes(row: PlanRow, space: SearchSpace, model: Model) -> DomainChanges:
    """Return how the domains of a stored study's space have changed.

    What earlier trials had of a hyperparameter that came later, a model tells that declares it; one that has those of
    its space alone does not.

    Args:
        row: The stored study.
        space: As it is now.
        model: The space's, as it is now.
    """
    had = {**model.defaults, **row.baseline} if model.declares else row.baseline
    return compare_domains(stored_domains(row), space.domains, had=had, fixed=row.fixed)


def stored_domains(row: PlanRow) -> dict[str, Domain]:
    """Return the domains that a study was begun with, or has had since they were last taken up."""
    return {name: domain_of(described) for name, described in row.definition["domains"].items()}


def held_since(row: PlanRow, space: SearchSpace, model: Model) -> dict[str, Scalar]:
    """Return the options that the space tunes since the study began, and the study has no use for: they are held."""
    held = held_values(space, model, row.spec, row.fixed)
    return {name: value for name, (value, _) in held.items() if name not in row.definition["domains"]}
