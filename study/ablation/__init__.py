"""Ablations as they were meant: which arms a design compares, and the trials that follow. Trains nothing."""

from study.ablation.arm import (
    Ablation,
    Arm,
    PlannedTrial,
    find_variants,
    planned_trials,
    refuse_options,
    refuse_retuning,
)
from study.ablation.designs import FULL, check_arms, parts, static_arms, unusable
from study.ablation.path import choose, decided, remaining, round_of, start
from study.design import Design, Role, Setting

__all__ = [
    "FULL",
    "Ablation",
    "Arm",
    "Design",
    "PlannedTrial",
    "Role",
    "Setting",
    "check_arms",
    "choose",
    "decided",
    "find_variants",
    "parts",
    "planned_trials",
    "refuse_options",
    "refuse_retuning",
    "remaining",
    "round_of",
    "start",
    "static_arms",
    "unusable",
]
