"""What became of trials whose model's source was changed after them."""

from __future__ import annotations

from reports.analysis.frames import Frames
from reports.formatting import count
from study.trial import CodeDecision


def code_changes(frames: Frames) -> list[str]:
    """Return a sentence for each change of a model's source, and for each study with stale trials."""
    found = []
    for row in frames.code_changes.to_dict("records"):
        what = ", ".join(row["changes"]) or "white space"
        trials, day = count(int(row["trials"]), "trial"), str(row["decided_at"])[:10]
        decided = {
            CodeDecision.KEEP: f"{trials} from before count on, as --code-changed keep said",
            CodeDecision.AGAIN: f"{trials} from before were put aside and trained again, as --code-changed again said",
            CodeDecision.SAME: f"the program's own models, of the same numbers, so that {trials} from before count on",
            CodeDecision.COMMENTS: f"comments and docstrings alone, so that {trials} from before count on",
        }[CodeDecision(row["decision"])]
        found.append(f"{row['study']}: the source of its model was changed ({what}) until {day}: {decided}.")
    for row in frames.stale.to_dict("records"):
        number = int(row["trials"])
        are = "trials are" if number != 1 else "trial is"
        found.append(
            f"{row['study']}: {number} {are} stale, trained by code that was changed since; nothing on this page is "
            f"made from them."
        )
    return found
