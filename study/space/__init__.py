"""Search spaces as plain literals: domains, their conditions, variants. Standard library only; knows no sampler."""

from study.space.condition import active, is_active, meeting
from study.space.domain import Choice, Domain, Float, Int, allows, from_category, in_words, plain, to_category
from study.space.search_space import Published, SearchSpace, Variant
from study.space.widening import DomainChanges, compare_domains, domain_of

__all__ = [
    "Choice",
    "Domain",
    "DomainChanges",
    "Float",
    "Int",
    "Published",
    "SearchSpace",
    "Variant",
    "active",
    "allows",
    "compare_domains",
    "domain_of",
    "from_category",
    "in_words",
    "is_active",
    "meeting",
    "plain",
    "to_category",
]
