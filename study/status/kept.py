"""Which final trials of a study kept their models, and where these are. Loads none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from study.database import PlanRow, TrialDatabase, place_of
from study.errors import StudyError, nearest
from study.files import File
from study.files.place import trial_of
from study.status.details import best_details, final_details
from study.status.lookup import find_study
from study.trial import Scalar

VARIANTS = ("best", "baseline")


@dataclass(frozen=True, slots=True)
class KeptTrials:
    """The final trials of one configuration that kept their models."""

    plan: PlanRow
    variant: str
    """`best`, `baseline`, or the name of final trials that were asked for."""
    configuration: Mapping[str, Scalar]
    weights: Mapping[str, File]
    """Id of a trial -> its file, in the order of their seeds; at least one."""


def kept_trials(database: TrialDatabase, study: str, variant: str) -> KeptTrials:
    """Return the final trials of a configuration that kept their models.

    Args:
        database: Open for reading.
        study: Name of the study.
        variant: `best`, `baseline`, or the name of final trials that were asked for.

    Raises:
        StudyError: There is no such study or variant, or it has no weights.
    """
    finals = {row["name"]: row for row in final_details(database, study)}
    if variant not in (allowed := (*VARIANTS, *finals)):
        raise StudyError(f"--variant is one of {'; '.join(allowed)}, not {variant!r}{nearest(variant, allowed)}")
    plans = {row.study: row for row in database.plans()}
    plan = plans[find_study(study, list(plans))]
    if variant in finals:
        configuration, tested = finals[variant]["configuration"], finals[variant]["test"]
    else:
        details = best_details(database, study)
        configuration = details["configuration" if variant == "best" else "baseline"]
        tested = details["test"][variant]
    place = place_of(database.storage, plan.files)
    trials = [trial_of(path) for path in tested["weights"]]
    if tested["unreachable"]:
        raise StudyError(
            f"the weights of the {variant} of study {plan.study!r} cannot be reached: {tested['unreachable']}"
        )
    if not trials and tested["scores"]:
        raise StudyError(
            f"the weights of the {variant} of study {plan.study!r} are not in {place}, where "
            f"it keeps them; bring them back there"
        )
    if not trials:
        raise StudyError(
            f"study {plan.study!r} has no weights of its {variant}: they are kept by complete final trials; "
            f"`python -m study resume` or a larger --replicates trains them"
        )
    return KeptTrials(plan, variant, configuration, {trial: place.weights(trial) for trial in trials})
