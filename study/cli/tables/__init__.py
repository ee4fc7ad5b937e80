"""Draws what the commands print: JSON values in, tables on the terminal out. Computes nothing."""

from study.cli.tables.best import print_best, print_summary
from study.cli.tables.descriptions import print_dataset, print_dry_run, print_space, print_spaces
from study.cli.tables.finals import print_finals
from study.cli.tables.studies import (
    print_failures,
    print_list,
    print_log,
    print_predictions,
    print_scores,
    print_study,
)

__all__ = [
    "print_best",
    "print_dataset",
    "print_dry_run",
    "print_failures",
    "print_finals",
    "print_list",
    "print_log",
    "print_predictions",
    "print_scores",
    "print_space",
    "print_spaces",
    "print_study",
    "print_summary",
]
