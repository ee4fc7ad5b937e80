"""What ablations found, in sentences. Rows of the effects table in, prose out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports import formatting as form
from reports.analysis.scores import metric_of
from reports.findings.cards import Line, direction
from reports.statistics import EQUIVALENT, HELPS, HURTS, INCONCLUSIVE, NEEDS, better_side
from study.design import Design, Setting

SETTINGS: dict[str, str] = {Setting.FIXED: "everything else fixed", Setting.RETUNED: "re-tuned"}
COMMAND = "python -m study ablate SPACE"
_TAKEN_OUT = {HELPS: "taking it out helps: the part itself hurts", HURTS: "taking it out hurts: the part itself helps"}
_TAKEN_OUT_BRIEFLY = {HELPS: "helps: the part hurts", HURTS: "hurts: the part helps"}
_NOT_ITS_SIZE = "not shown to be better than a baseline of its size"
_ITS_SIZE = "a baseline as large may do as well"


def verdict_text(row: Mapping[Any, Any], prefix: str = "", *, brief: bool = False) -> str:
    """Return an arm's verdict with its reason and its caveat; of a part taken out, what that says of the part.

    Args:
        row: Of `effects`, or two of them side by side.
        prefix: Of the columns that are meant.
        brief: For a cell of a table whose other columns tell the seeds there are and the seeds needed.
    """
    verdict, reason = row[f"{prefix}verdict"], row[f"{prefix}verdict_reason"]
    if form.is_missing(verdict):
        return form.MISSING
    text = _equivalent(row) if verdict == EQUIVALENT else str(verdict)
    if row["design"] == Design.LEAVE_ONE_OUT:
        text = (_TAKEN_OUT_BRIEFLY if brief else _TAKEN_OUT).get(text, text)
    if brief and text.startswith(INCONCLUSIVE):
        text = INCONCLUSIVE
        reason = "" if reason.startswith(NEEDS) and reason.endswith("seeds") else reason
    if reason:
        text = f"{text.removesuffix(')')}; {reason})" if text.endswith(")") else f"{text} ({reason})"
    if verdict == HELPS and not beyond_its_size(row, prefix):
        text += f" ({_ITS_SIZE})" if brief else f" ({_NOT_ITS_SIZE})"
    return text


def caveat(row: Mapping[Any, Any]) -> str:
    """Return what a verdict leaves open or claims beside the effect, in a few words; nothing where there is nothing."""
    if row["verdict"] == EQUIVALENT:
        return _equivalent(row)
    if row["verdict"] not in (HELPS, HURTS):
        return ""
    size = "" if row["verdict"] == HURTS or beyond_its_size(row) else _ITS_SIZE
    return ", ".join(filter(None, [row["verdict_reason"], size]))


def _equivalent(row: Mapping[Any, Any]) -> str:
    """Return `no effect larger than 0.3 percentage points`."""
    metric = metric_of(row)
    return (
        f"no effect larger than {form.decimal(row['smallest_effect'], 2).rstrip('0').rstrip('.')} {form.unit(metric)}"
    )


def beyond_its_size(row: Mapping[Any, Any], prefix: str = "") -> bool:
    """Return whether an arm is shown to be better than a baseline of its size, where it has such a baseline."""
    if form.is_missing(row[f"{prefix}matched"]):
        return True
    ends = row[f"{prefix}matched_low"], row[f"{prefix}matched_high"]
    return bool(better_side(*ends, metric_of(row).sign)[0] > 0)


def effect_text(row: Mapping[Any, Any], name: str = "effect", prefix: str = "") -> str:
    """Return `+0.21 (+0.10 to +0.32)`, in the metric's unit; without an interval where there is one pair."""
    why = form.no_interval(row[f"{prefix}n"], row.get(f"{prefix}searches"))
    return form.effect_with_interval(row[name], row[f"{prefix}low"], row[f"{prefix}high"], metric_of(row), why=why)


def effect_lines(row: Mapping[Any, Any], *, judged: bool = False) -> list[Line]:
    """Tell the effect of an ablation's arm, and the one against the baseline of its size where it has that.

    An effect speaks for or against where the verdict decides; an interval alone, of a single variant, does not.

    Args:
        row: Of `effects`; without an effect there is no line.
        judged: Whether the verdict is said as well.
    """
    if form.is_missing(row["effect"]):
        return []
    where = f"{row['ablation']}, {SETTINGS.get(row['setting'], row['setting'])}"
    told = f"{where}: {_points(row)}"
    if not form.is_missing(row["p_holm"]):
        told += f", Holm p {form.probability(row['p_holm'])}"
    sign = metric_of(row).sign
    if judged:
        told += f": {verdict_text(row)}"
    decided = row["verdict"] in (HELPS, HURTS)
    lines = [Line(told, sign * direction(row["low"], row["high"]) if decided else 0)]
    if not form.is_missing(row["matched_effect"]):
        told = f"{where}, against a baseline of its size ({row['matched']}): {_points(row, 'matched_')}"
        lines.append(Line(told, sign * direction(row["matched_low"], row["matched_high"]) if decided else 0))
    return lines


def _points(row: Mapping[Any, Any], prefix: str = "") -> str:
    effect, low, high = (row[f"{prefix}{name}"] for name in ("effect", "low", "high"))
    n = int(row[f"{prefix}n"])
    why = form.no_interval(n, row.get("searches"))
    told = form.effect_with_interval(effect, low, high, metric_of(row), with_unit=True, why=why)
    return f"{told}, {form.count(n, 'seed')}"
