"""The commands that would ablate a suggestion, or ablate it with more seeds."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from reports.analysis.configurations import active
from reports.analysis.frames import Frames, decoded
from reports.analysis.selection import best_trials
from reports.findings.comparison import dataset_option, storage_option
from study.database import PlanRow
from study.design import Design, Setting
from study.options.option import as_words
from study.options.settings import set_words
from study.trial import differences


def ablation_command(frames: Frames, study: str, variants: Sequence[str]) -> str:
    """Return what ablates variants of a planned study, each added to the baseline.

    Its seeds are those of the ablation that they join, else the command's default.
    """
    ablations = frames.ablations
    stored = ablations.loc[(ablations["study"] == study) & (ablations["name"] == Design.ONE_AT_A_TIME), "replicates"]
    return _command(frames, study, ["--variants", _joined(variants)], max(stored.astype(int), default=None))


def factorial_command(frames: Frames, study: str, factors: Sequence[str]) -> str:
    """Return what tries all combinations of some variants of a planned study, to tell whether their effects add up."""
    return _command(frames, study, ["--design", str(Design.FACTORIAL), "--factors", _joined(factors)], None)


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


def settings_command(frames: Frames, study: str) -> str:
    """Return what begins a study whose baseline is the best settings of a planned one; it has a best.

    The words `--set NAME=VALUE` are in it, to the last digit; the new study has the same data and length.
    """
    plan = frames.plan_rows[study]
    best = best_trials(frames).set_index("study")["trial"][study]
    stored = frames.trials.set_index("trial")["configuration"][best]
    return _study_command(
        frames, plan, "tuned", differences(active(decoded(stored), plan), active(plan.baseline, plan))
    )


def variant_command(frames: Frames, study: str, name: str, changes: Mapping[str, Any]) -> str:
    """Return what begins a study whose baseline is a variant of a planned one, on the same data and for as long.

    Args:
        frames: The study is in them.
        study: Its name in the report.
        name: Of the variant.
        changes: What it sets.
    """
    return _study_command(frames, frames.plan_rows[study], name, changes)


def _study_command(frames: Frames, plan: PlanRow, name: str, changed: Mapping[str, Any]) -> str:
    words = ["python -m study run", shlex.quote(plan.space_source), *dataset_option(plan.dataset_source)]
    words += map(shlex.quote, as_words(plan.data_options))
    words += [] if plan.train_size is None else ["--train-size", str(plan.train_size)]
    words += ["--epochs", str(plan.epochs), "--name", shlex.quote(f"{plan.name}-{name}" if plan.name else name)]
    fixed = {name: value for name, value in plan.fixed.items() if name not in changed}
    return " ".join([*words, *set_words(fixed | dict(changed)), *storage_option(frames, plan.study)])


def _command(frames: Frames, study: str, options: Sequence[str], seeds: int | None) -> str:
    plan = frames.plan_rows[study]
    words = ["python -m study ablate", shlex.quote(plan.space_source), *options]
    words += dataset_option(plan.dataset_source)
    words += ["--name", plan.name] if plan.name else []
    words += [] if seeds is None else ["--replicates", str(seeds)]
    return " ".join([*words, *storage_option(frames, study)])


def _joined(names: Sequence[str]) -> str:
    return shlex.quote(",".join(names))
