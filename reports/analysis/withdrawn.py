"""What is said of variants that were withdrawn from an ablation, on the page and in the terminal."""

from __future__ import annotations

import pandas as pd

from reports import formatting as form
from reports.analysis.pairs import GROUP
from study.design import Role, Setting


def withdrawn_sentences(effects: pd.DataFrame) -> list[str]:
    """Return a sentence for each family of variants from which some were withdrawn: which, when, and how large it is.

    Args:
        effects: Of `reports.analysis.effects.effects`.
    """
    told = []
    variants = effects[effects["role"] == Role.VARIANT]
    for (study, ablation, setting), family in variants.groupby(GROUP, sort=False):
        gone = family[family["withdrawn_at"].notna()].to_dict("records")
        if not gone:
            continue
        about = f"{study}, {ablation}{', re-tuned' if setting == Setting.RETUNED else ''}"
        names = ", ".join(f"{row['arm']} (on {row['withdrawn_at'][:10]})" for row in gone)
        size = form.count(int(family["variants"].max()), "comparison")
        text = (
            f"{about}: withdrawn: {names}. The family of Holm's correction, over the whole study, stays at "
            f"{size}, as large as when the verdicts were reached, so that none gets better by a withdrawal."
        )
        short = [str(row["arm"]) for row in gone if row["unfinished"]]
        counted = f" Not trained on every planned seed, and so counted as p = 1: {', '.join(short)}." if short else ""
        told.append(text + counted)
    return told
