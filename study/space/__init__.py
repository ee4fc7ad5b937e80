"""Search spaces as plain literals: domains, their conditions, variants. Standard library only; knows no sampler."""

from study.space.condition import active, is_active, meeting
from study.space.domain import Choice, Domain, Float, Int, allows, from_category, plain, to_category
from study.space.search_space import Published, SearchSpace, Variant

__all__ = [
    "Choice",
    "Domain",
    "Float",
    "Int",
    "Published",
    "SearchSpace",
    "Variant",
    "active",
    "allows",
    "from_category",
    "is_active",
    "meeting",
    "plain",
    "to_category",
]
