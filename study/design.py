"""The terms of an ablation: its design, the role of each arm, and the setting in which an arm is tried."""

from __future__ import annotations

from enum import StrEnum

REPLICATES = 6
"""Seeds of each arm by default: they find, among a dozen variants, an effect of some two standard deviations
(`reports.statistics.power.detectable`), and with fewer the sign flip beside the test cannot reach 0.05."""


class Design(StrEnum):
    """Which configurations are compared."""

    ONE_AT_A_TIME = "one-at-a-time"
    """Each variant is added to the reference."""
    LEAVE_ONE_OUT = "leave-one-out"
    """Each variant is taken out of the full model."""
    FACTORIAL = "factorial"
    """All combinations of some variants."""
    PATH = "path"
    """From the baseline to the tuned best, one parameter at a time (Fawcett & Hoos, 2016), every step trained."""


class Role(StrEnum):
    """What an arm is there for."""

    BASELINE = "baseline"
    """What others are compared with."""
    VARIANT = "variant"
    """A suggestion."""
    NOISE_FLOOR = "noise-floor"
    """The baseline on other seeds: how far apart equals lie."""
    SIZE_MATCHED = "size-matched"
    """The baseline, grown to a larger variant's parameters."""


class Setting(StrEnum):
    """What stays as it is while a variant is tried."""

    FIXED = "fixed"
    """Everything else: which favours the reference that it was chosen for."""
    RETUNED = "retuned"
    """Nothing: both sides are tuned with the same budget."""
