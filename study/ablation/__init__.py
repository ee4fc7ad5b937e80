"""Ablations as they were meant: which arms a design compares, and the trainings that follow. Trains nothing."""

from study.ablation.arm import (
    REPLICATES,
    Ablation,
    Arm,
    Design,
    Role,
    Setting,
    cells,
    find_variants,
    refuse_options,
    trainings,
)
from study.ablation.designs import check_arms, static_arms
from study.ablation.path import choose, remaining, round_of, start

__all__ = [
    "REPLICATES",
    "Ablation",
    "Arm",
    "Design",
    "Role",
    "Setting",
    "cells",
    "check_arms",
    "choose",
    "find_variants",
    "refuse_options",
    "remaining",
    "round_of",
    "start",
    "static_arms",
    "trainings",
]
