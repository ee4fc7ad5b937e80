"""What each worker did and when: how much of the time was training."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from reports.analysis.frames import Frames
from reports.drawing import lettering, style
from reports.drawing.distinct import distinct
from reports.formatting import count
from study.trial import TrialState

NAME = "timeline"
SECTION = "accounting"
ORDER = 1
EMPTY = "No trial has begun yet, so there is no timeline of workers to draw."

MOST_STUDIES = 12
_AS_PIXELS = 500
"""More trials than this are stored as pixels."""
_COMPLETE, _PRUNED, _PAUSED, _BAD = "complete", "pruned", "paused", "failed, diverged or unfinished"
_UNITS = ((3600.0, "hours"), (60.0, "minutes"), (1.0, "seconds"))


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row a trial that has begun: `study, number, worker, ending, start, end, trained`.

    `start` and `end` are seconds since the study's first trial began, of the last attempt; a trial that has not ended
    ends where the last ended trial of its study does. One that the search paused left its worker then, whenever it was
    given up: it ends where the worker's next trial begins, or once it has trained for as long as its epochs took.
    `trained` is the seconds of all its epochs.
    """
    trials = frames.trials[frames.trials["worker"].notna()]
    if trials.empty:
        return pd.DataFrame()
    latest = trials.groupby("study")["started_at"].max().sort_values(ascending=False).index[:MOST_STUDIES]
    trials = trials[trials["study"].isin(latest)].merge(style.studies(frames), on="study")
    begun, ended = (_times(trials[name]) for name in ("started_at", "finished_at"))
    first = begun.groupby(trials["study"]).transform("min")
    last = ended.fillna(begun).groupby(trials["study"]).transform("max")
    seconds = frames.epochs.groupby("trial")["seconds"].sum()
    endings = {
        TrialState.COMPLETE.value: _COMPLETE,
        TrialState.PRUNED.value: _PRUNED,
        TrialState.PAUSED.value: _PAUSED,
    }
    table = pd.DataFrame(
        {
            "study": trials["study"],
            "number": trials["number"],
            "place": trials["place"],
            "worker": trials["worker"].astype(int),
            "ending": trials["state"].map(endings).fillna(_BAD),
            "start": (begun - first).dt.total_seconds(),
            "end": (ended.fillna(last) - first).dt.total_seconds(),
            "trained": trials["trial"].map(seconds).fillna(0.0).astype(float),
        }
    )
    table = table.sort_values(["place", "worker", "start"]).drop(columns="place").reset_index(drop=True)
    return table.assign(end=_left_worker(table))


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a study, a row a worker."""
    parts = [part for _, part in table.groupby("study", sort=False)]
    figure, all_axes = style.panels([1.7 + 0.28 * part["worker"].nunique() for part in parts])
    titles = distinct(table["study"])
    for axes, part in zip(all_axes, parts, strict=True):
        _draw_bars(axes, part)
        lettering.title(axes, titles[part["study"].iloc[0]])
        lettering.legend(axes, figure)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    busy = [f"{study} {100 * fraction:.0f} %" for study, fraction in _busy(table).items()]
    text = (
        "Each trial's last attempt, from its start to its end, on its worker; a study's clock begins with its first "
        "trial, and pauses count. Time in epochs as a fraction of the time between the first start and the last end of "
        f"each worker: {style.listed(busy)}."
    )
    if (table["ending"] == _PAUSED).any():
        text += " A paused trial waits at a rung of the search: it may go on from there."
    if table["study"].nunique() == MOST_STUDIES:
        text += f" At most {MOST_STUDIES} studies are drawn, the latest."
    return text


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    spans = table.groupby("study", sort=False).agg(workers=("worker", "nunique"), seconds=("end", "max")).reset_index()
    parts = [
        f"{row['study']}: {count(row['workers'], 'worker')} over {row['seconds'] / 60:,.1f} minutes"
        for row in spans.to_dict("records")
    ]
    return f"Bars of trials per worker over time. {style.listed(parts)}."


def _times(texts: pd.Series) -> pd.Series:
    # One resolution for both, also where all are missing: pandas fills none with another.
    return pd.to_datetime(texts, format="ISO8601", utc=True).astype("datetime64[us, UTC]")


def _left_worker(table: pd.DataFrame) -> pd.Series:
    following = table.groupby(["study", "worker"])["start"].shift(-1)
    trained = table["start"] + table["trained"]
    left = table["end"].clip(upper=following.fillna(trained.where(table["ending"] == _PAUSED)))
    return table["end"].mask(table["ending"].isin([_PAUSED, _PRUNED]), left)


def _busy(table: pd.DataFrame) -> pd.Series:
    workers = table.groupby(["study", "worker"], sort=False).agg(
        start=("start", "min"), end=("end", "max"), trained=("trained", "sum")
    )
    sums = workers.assign(span=workers["end"] - workers["start"]).groupby(level="study", sort=False).sum()
    return (sums["trained"] / sums["span"]).where(sums["span"] > 0).dropna().clip(upper=1.0)


def _draw_bars(axes: Axes, part: pd.DataFrame) -> None:
    span = float(part["end"].max())
    unit, name = next((unit, name) for unit, name in _UNITS if span >= 2 * unit or unit == 1)
    colour = style.look(int(part["number"].iloc[0])).colour
    rows = {worker: row for row, worker in enumerate(sorted(part["worker"].unique()))}
    looks = {_COMPLETE: (colour, 0.9), _PRUNED: (colour, 0.35), _PAUSED: (style.GREY, 0.4), _BAD: ("#222222", 0.9)}
    for ending, (shade, opacity) in looks.items():
        chosen = part[part["ending"] == ending]
        if chosen.empty:
            continue
        left, right = chosen["start"].to_numpy() / unit, chosen["end"].to_numpy() / unit
        low = chosen["worker"].map(rows).to_numpy() - 0.38
        across, down = [left, right, right, left], [low, low, low + 0.76, low + 0.76]
        corners = np.stack([np.stack(across, axis=1), np.stack(down, axis=1)], axis=2)  # (bars, 4, 2)
        large = len(part) > _AS_PIXELS
        bars = PolyCollection(
            list(corners), facecolors=shade, alpha=opacity, edgecolors="none" if large else "white", linewidths=0.6,
            label=ending, rasterized=large,
        )  # fmt: skip
        axes.add_collection(bars)
    axes.set_xlim(-0.01 * span / unit, 1.01 * max(span, 1e-9) / unit)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [str(worker) for worker in rows])
    axes.set(xlabel=f"Time since the first trial ({name})", ylabel="Worker")
    axes.grid(axis="y", visible=False)
