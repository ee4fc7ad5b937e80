"""Our TPE proposes what Optuna's own does."""

from __future__ import annotations

import optuna
import pytest

from study.search.samplers import Tpe


@pytest.mark.parametrize("directions", [["maximize"], ["maximize", "minimize"]])
def test_it_proposes_what_optunas_own_does(directions: list[str]) -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    proposed: list[list[dict[str, object]]] = []
    for kind in (Tpe, optuna.samplers.TPESampler):
        study, found = optuna.create_study(directions=directions), list[dict[str, object]]()
        waiting: list[optuna.Trial] = []
        for number in range(30):
            study.sampler = kind(seed=number)
            trial = study.ask()
            value = trial.suggest_float("rate", 1e-4, 1.0, log=True)
            trial.suggest_int("always", 3, 3)
            if trial.suggest_categorical("kind", ["a", "b"]) == "b":
                value += trial.suggest_float("momentum", 0.0, 0.9)
            found.append(dict(trial.params))
            waiting.append(trial)
            if number % 4 == 3:
                study.tell(
                    waiting.pop(0),
                    state=optuna.trial.TrialState.PRUNED if len(directions) == 1 else None,
                    values=None if len(directions) == 1 else [value, 1.0],
                )
            if len(waiting) > 3:
                study.tell(waiting.pop(0), [value] * len(directions))
        proposed.append(found)
    assert proposed[0] == proposed[1]
