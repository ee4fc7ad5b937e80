"""How many examples a property is tried on: all in the long set, a few in `make test`."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

FEW = 8
settings.register_profile("all", max_examples=50, deadline=None)  # a busy machine is no failure
settings.register_profile("few", max_examples=FEW, deadline=None)


def examples(most: int, **others: Any) -> settings:  # noqa: ANN401 - whatever hypothesis takes
    """Returns settings with so many examples, with a few under `--hypothesis-profile=few`."""
    few = settings.get_current_profile_name() == "few"
    return settings(max_examples=min(most, FEW) if few else most, deadline=None, **others)
