"""The commands that would ablate a suggestion, or ablate it with more seeds."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from reports.analysis.frames import Frames
from reports.findings.comparison import dataset_option, storage_option
from reports.statistics import seeds_for_holm
from study.design import Design, Role, Setting


def ablation_command(frames: Frames, study: str, variants: Sequence[str]) -> str:
    """Return what ablates variants of a planned study, each added to the baseline.

    Its seeds are those of the ablation that they join, or the fewest with which Holm's correction over all its variants
    leaves any of them a chance.
    """
    arms, ablations = frames.arms, frames.ablations
    joined = (arms["study"] == study) & (arms["ablation"] == Design.ONE_AT_A_TIME) & (arms["setting"] == Setting.FIXED)
    tried = set(arms.loc[joined & (arms["role"] == Role.VARIANT), "name"])
    stored = ablations.loc[(ablations["study"] == study) & (ablations["name"] == Design.ONE_AT_A_TIME), "replicates"]
    seeds = max(seeds_for_holm(len(tried | set(variants))), *stored.astype(int), 0)
    return _command(frames, study, ["--variants", _joined(variants)], seeds)


def extension_command(frames: Frames, row: Mapping[Any, Any], variants: Sequence[str], seeds: int | None = None) -> str:
    """Return what goes on with the ablation of an arm: the same design, reference, factors and setting.

    Args:
        frames: The ablation and its study are in them.
        row: A row of `effects`: its `study`, `ablation` and `setting` count.
        variants: Names; a factorial and a path take none.
        seeds: Of every arm; as many as it has for None.
    """
    named = (frames.ablations["study"] == row["study"]) & (frames.ablations["name"] == row["ablation"])
    ablation = frames.ablations[named].iloc[0]
    words = [] if ablation["design"] in (Design.FACTORIAL, Design.PATH) else ["--variants", _joined(variants)]
    words += [] if ablation["design"] == Design.ONE_AT_A_TIME else ["--design", str(ablation["design"])]
    words += ["--factors", _joined(ablation["factors"])] if ablation["design"] == Design.FACTORIAL else []
    words += ["--from", "best"] if ablation["reference"] == "best" else []
    words += ["--retune"] if row["setting"] == Setting.RETUNED else []
    return _command(frames, row["study"], words, seeds)


def _command(frames: Frames, study: str, options: Sequence[str], seeds: int | None) -> str:
    plan = frames.plan_rows[study]
    words = ["python -m study ablate", shlex.quote(plan.space_source), *options]
    words += dataset_option(plan.dataset_source)
    words += ["--name", plan.name] if plan.name else []
    words += [] if seeds is None else ["--replicates", str(seeds)]
    return " ".join([*words, *storage_option(frames, study)])


def _joined(names: Sequence[str]) -> str:
    return shlex.quote(",".join(names))
