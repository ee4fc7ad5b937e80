"""One family of tests a study, over all its ablations: what is asked several times is asked once, and all of it counts.

Who could choose the family after looking would choose a small one: the same trials gave p 0.156 among eleven variants
and 0.031 as a leave-one-out of one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from reports.analysis.frames import Frames
from reports.analysis.pairs import ARM
from reports.statistics import holm
from study.design import Design, Role, Setting


def tests_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return what the arms bring into their studies' families: `study`, `question`, `p`, a row a variant.

    An arm that was withdrawn stays in the family. One whose trials, or whose control's, have not all ended counts as 1,
    as does one that is not trained: whoever stops at a lucky moment makes no other verdict better by it.

    Args:
        table: `study, question, role, p, unfinished, control_unfinished`.
    """
    ended = (table["unfinished"] == 0) & (table["control_unfinished"] == 0)
    tests = table[["study", "question"]].assign(p=table["p"].where(ended))
    return tests[table["role"] == Role.VARIANT]


def tests_of_contrasts(contrasts: pd.DataFrame) -> pd.DataFrame:
    """Return what the contrasts of factorial designs bring into the families, likewise.

    Args:
        contrasts: Of `reports.analysis.contrast_tests.contrast_tests`.
    """
    names = contrasts[["ablation", "setting", "kind", "contrast"]].itertuples(index=False, name=None)
    asked = pd.Series(list(names), index=contrasts.index, dtype=object)
    return contrasts[["study"]].assign(question=asked, p=contrasts["p"].where(contrasts["unfinished"] == 0))


def adjusted(parts: Sequence[pd.DataFrame], further: Mapping[str, int] | None = None) -> list[pd.DataFrame]:
    """Return Holm's correction of tests over the family of each study.

    Args:
        parts: `study`, `question` (tests of a study that have the same one are one test, done on other seeds), `p`
            (missing where there is none yet: it counts as 1).
        further: Study -> tests that it will come to beside these.

    Returns:
        For each part, on its rows: `p_holm` (missing where p is), `variants`: the size of the family.
    """
    tests = pd.concat(parts, ignore_index=True)
    p_holm, sizes = pd.Series(np.nan, index=tests.index), pd.Series(0, index=tests.index)
    for study, members in tests.groupby("study", sort=False):
        more = (further or {}).get(str(study), 0)
        least = members.groupby("question", sort=False)["p"].min()
        p_holm[members.index] = members["question"].map(dict(zip(least.index, holm(least, further=more), strict=True)))
        # The same question with another p, from other seeds: what it would be in this family in place of the least.
        for row in members.index[members["p"] > members["question"].map(least)]:
            own = list(least.index).index(members["question"][row])
            replaced = least.to_numpy().copy()
            replaced[own] = members["p"][row]
            p_holm[row] = holm(replaced, further=more)[own]
        sizes[members.index] = len(least) + more
    whole = pd.DataFrame({"p_holm": p_holm.where(tests["p"].notna()), "variants": sizes})
    ends = np.cumsum([len(part) for part in parts])
    return [whole.iloc[end - len(part) : end].set_axis(part.index) for part, end in zip(parts, ends, strict=True)]


def questions(arms: pd.DataFrame) -> pd.Series:
    """Return for each arm what its comparison with its control asks: two configurations, whichever is the control.

    A re-tuned arm has no configuration of its own, and asks by its name.

    Args:
        arms: `ARM`, `control`, and `configuration` where there is any.
    """
    if "configuration" not in arms:
        return pd.Series(list(arms[ARM].itertuples(index=False, name=None)), index=arms.index, dtype=object)
    words = dict(
        zip(
            arms[ARM].itertuples(index=False, name=None),
            (None if value is None else json.dumps(value, sort_keys=True) for value in arms["configuration"]),
            strict=True,
        )
    )
    asked = []
    for study, ablation, setting, arm, control in arms[[*ARM, "control"]].itertuples(index=False, name=None):
        sides = (words[study, ablation, setting, arm], words.get((study, ablation, setting, control)))
        alone = setting == Setting.RETUNED or None in sides or sides[0] == sides[1]
        asked.append((ablation, setting, arm) if alone else tuple(sorted(map(str, sides))))
    return pd.Series(asked, index=arms.index, dtype=object)


def still_to_come(frames: Frames, arms: pd.DataFrame) -> dict[str, int]:
    """Return, by study, how many comparisons its paths will make beside those that are planned.

    They count from the first round on, so that no later round takes back a verdict. A path of f parameters makes at
    most f (f + 1) / 2; a parameter that has meaning only beside another one may come later, and counts as well.
    """
    found: dict[str, int] = {}
    finished = {(row["study"], row["name"]): row["finished"] for row in frames.ablations.to_dict("records")}
    paths = arms[(arms["design"] == Design.PATH) & (arms["role"] == Role.VARIANT)]
    for _, path in paths.groupby(["study", "ablation"], sort=False):
        study, ablation = path[["study", "ablation"]].iloc[0]
        if finished[study, ablation]:
            continue
        tried = {name.partition(". ")[2] for name in path["arm"]}
        domains = frames.plan_rows[study].definition["domains"]
        conditional = sum(1 for name, domain in domains.items() if domain["when"] and name not in tried)
        left = int((path["step"] == path["step"].max()).sum()) - 1 + conditional
        found[study] = found.get(study, 0) + left * (left + 1) // 2
    return found


def smallest_of(frames: Frames) -> dict[str, float]:
    """Return, by study, the smallest effect that matters, where somebody said it."""
    stated = {study: plan.smallest_effect for study, plan in frames.plan_rows.items()}
    return {study: float(value) for study, value in stated.items() if value is not None and np.isfinite(value)}
