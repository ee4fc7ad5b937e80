"""What a report reads of the trial database: queries, and the types of their columns. Nothing else here knows SQL."""

from __future__ import annotations

from reports.analysis.typed import Types

PLANS = "SELECT * FROM plan ORDER BY created_at, study"
"""Every plan, also of searches that re-tune; the other queries are of `:studies`."""
ENVIRONMENTS = """
    SELECT * FROM environment WHERE id IN (
        SELECT environment FROM trial JOIN plan ON plan.study = trial.study
        WHERE plan.study IN :studies OR plan.parent IN :studies
    ) ORDER BY id
"""
_TRIALS = """
    SELECT id AS trial, study, phase, variant, replicate, optuna_number, configuration, configuration_hash, seed,
           epochs, state, value, failure_type, failure_message, device, precision, threads, machine_kinds,
           parameters, worker, environment, created_at, started_at, finished_at
    FROM trial WHERE study IN :studies AND stale_at IS NULL ORDER BY created_at, id
"""
# Not joined: SQLite then reads the epochs in the order of their key, and has nothing to sort.
_EPOCHS = """
    SELECT trial, epoch, train_loss, train_score, validation_loss, validation_score, seconds, processor_seconds
    FROM epoch WHERE trial IN (SELECT id FROM trial WHERE study IN :studies AND stale_at IS NULL)
    ORDER BY trial, epoch
"""
# Of complete trials that have validation metrics, those after the last epoch alone.
_LAST_METRICS = """
    SELECT epoch.trial, epoch.metrics FROM trial JOIN epoch ON epoch.trial = trial.id
    AND epoch.epoch = (SELECT MAX(other.epoch) FROM epoch AS other WHERE other.trial = trial.id)
    WHERE trial.study IN :studies AND trial.state = 'complete' AND trial.stale_at IS NULL AND epoch.metrics IS NOT NULL
    ORDER BY epoch.trial
"""
# Where more than the objective was measured: of that alone, epochs have the score.
_EPOCH_METRICS = """
    SELECT epoch.trial, epoch.epoch, epoch.metrics FROM epoch JOIN trial ON trial.id = epoch.trial
    WHERE trial.study IN :studies AND trial.stale_at IS NULL AND CAST(epoch.metrics AS TEXT) LIKE '%,%'
    ORDER BY epoch.trial, epoch.epoch
"""
_TESTS = """
    SELECT test_result.trial, test_result.loss, test_result.score, test_result.metrics, test_result.seconds,
           test_result.recorded_at AS scored_at
    FROM test_result JOIN trial ON trial.id = test_result.trial
    WHERE trial.study IN :studies AND trial.stale_at IS NULL
    ORDER BY test_result.trial
"""
# Of replicates alone: an ablation's predictions would be many times as many.
_PREDICTIONS = """
    SELECT test_result.trial, test_result.predictions, test_result.confidences
    FROM test_result JOIN trial ON trial.id = test_result.trial
    WHERE trial.study IN :studies AND trial.phase = 'replicate' AND trial.state = 'complete' AND trial.stale_at IS NULL
    ORDER BY test_result.trial
"""
_IMAGES = """
    SELECT dataset_hash, image, height, width, channels, pixels FROM test_image
    WHERE dataset_hash IN (SELECT dataset_hash FROM plan WHERE study IN :studies) ORDER BY dataset_hash, image
"""
_LABELS = """
    SELECT plan.study, test_split.targets AS labels
    FROM plan JOIN test_split ON test_split.dataset_hash = plan.dataset_hash
    WHERE plan.study IN :studies
"""
# Of the searches that re-tune a variant: each trial with its epochs counted, for nobody draws their curves.
_RETUNINGS = """
    SELECT trial.id AS trial, plan.parent AS study, plan.variant AS arm, plan.search, trial.phase, state, failure_type,
           failure_message, trial.device, trial.precision, threads, environment, trial.created_at, started_at,
           finished_at, COUNT(epoch.epoch) AS trained, COALESCE(SUM(epoch.seconds), 0.0) AS seconds
    FROM plan JOIN trial ON trial.study = plan.study LEFT JOIN epoch ON epoch.trial = trial.id
    WHERE plan.parent IN :studies AND trial.stale_at IS NULL
    GROUP BY trial.id, plan.study ORDER BY trial.created_at, trial.id
"""
# What ended an attempt of a trial that was trained again; the trial's own row tells of its last attempt alone.
_RETRIES = """
    SELECT failure.trial, COALESCE(plan.parent, plan.study) AS study, plan.parent IS NOT NULL AS retuned, trial.phase,
           failure.attempt, failure.state, failure.type, failure.message, trial.state AS now
    FROM failure JOIN trial ON trial.id = failure.trial JOIN plan ON plan.study = trial.study
    WHERE (plan.study IN :studies OR plan.parent IN :studies) AND trial.stale_at IS NULL
    ORDER BY failure.recorded_at, failure.trial, failure.attempt
"""
# Trials whose code was changed since: no other query reads those that are stale.
_CODE_CHANGES = """
    SELECT study, decision, changes, trials, decided_at FROM code_change WHERE study IN :studies ORDER BY decided_at
"""
_PLAN_CHANGES = """
    SELECT study, number, what, command, changed_at FROM plan_change WHERE study IN :studies ORDER BY study, number
"""
_TRIES = "SELECT study, number, given, prune, trial FROM tried WHERE study IN :studies ORDER BY study, number"
_STALE = """
    SELECT COALESCE(plan.parent, plan.study) AS study, COUNT(*) AS trials, MAX(trial.stale_at) AS stale_at
    FROM trial JOIN plan ON plan.study = trial.study
    WHERE (plan.study IN :studies OR plan.parent IN :studies) AND trial.stale_at IS NOT NULL
    GROUP BY COALESCE(plan.parent, plan.study) ORDER BY 1
"""
# What `final` asked for beside the study's own final trials.
_FINALS = "SELECT * FROM final WHERE study IN :studies ORDER BY planned_at, name"
_ABLATIONS = "SELECT * FROM ablation WHERE study IN :studies ORDER BY created_at, name"
_ARMS = "SELECT * FROM arm WHERE study IN :studies"
_PLANNED_TRIALS = """
    SELECT study, ablation, setting, arm, search, replicate, seed, trial, planned_at FROM planned_trial
    WHERE study IN :studies
    ORDER BY study, ablation, setting, arm, search, replicate
"""
_VOTES = """
    SELECT trial, predictions FROM test_result
    WHERE trial IN (SELECT trial FROM planned_trial WHERE study IN :studies) ORDER BY trial
"""
QUERIES = {
    "trials": _TRIALS,
    "retunings": _RETUNINGS,
    "retries": _RETRIES,
    "epochs": _EPOCHS,
    "last_metrics": _LAST_METRICS,
    "epoch_metrics": _EPOCH_METRICS,
    "tests": _TESTS,
    "predictions": _PREDICTIONS,
    "images": _IMAGES,
    "labels": _LABELS,
    "code_changes": _CODE_CHANGES,
    "tries": _TRIES,
    "plan_changes": _PLAN_CHANGES,
    "stale": _STALE,
    "finals": _FINALS,
    "ablations": _ABLATIONS,
    "arms": _ARMS,
    "planned_trials": _PLANNED_TRIALS,
    "votes": _VOTES,
}
"""Field of `Frames` -> query."""

# An empty query tells pandas no types, and a column of NULLs no numbers: both are said here. A whole number that may be
# missing is a float until it is shown.
_PLAN_TYPES = {
    **dict.fromkeys(
        ("train_examples", "validation_examples", "test_examples", "final_examples", "trials", "epochs", "replicates"),
        "int64",
    ),
    **dict.fromkeys(("seed", "workers"), "int64"),
    "own_training": "bool",
    **dict.fromkeys(("train_size", "timeout_seconds", "search_seconds", "total_timeout_seconds"), "float64"),
    **dict.fromkeys(("total_seconds", "trial_timeout_seconds", "patience", "owner_seen_at"), "float64"),
    **dict.fromkeys(("smallest_effect", "search", "epoch_budget", "reproducible"), "float64"),
}
TYPES: dict[str, Types] = {
    "plans": _PLAN_TYPES,
    "children": _PLAN_TYPES,
    "trials": dict.fromkeys(("seed", "epochs", "threads"), "int64")
    | dict.fromkeys(("replicate", "optuna_number", "value", "parameters", "worker"), "float64"),
    "retunings": {"search": "int64", "threads": "int64", "trained": "int64", "seconds": "float64"},
    "retries": {"attempt": "int64", "retuned": "bool"},
    "epochs": {"epoch": "int64"}
    | dict.fromkeys(("train_loss", "train_score", "validation_loss", "validation_score"), "float64")
    | dict.fromkeys(("seconds", "processor_seconds"), "float64"),
    "epoch_metrics": {"epoch": "int64"},
    "tests": dict.fromkeys(("loss", "score", "seconds"), "float64"),
    "images": dict.fromkeys(("image", "height", "width", "channels"), "int64"),
    "code_changes": {"trials": "int64"},
    "tries": {"number": "int64", "prune": "bool"},
    "plan_changes": {"number": "int64"},
    "stale": {"trials": "int64"},
    "finals": {"epochs": "int64", "replicates": "int64"},
    "ablations": {"replicates": "int64", "searches": "int64", "finished": "bool"},
    "arms": {"step": "float64", "position": "int64", "added_later": "bool"},
    "planned_trials": dict.fromkeys(("search", "replicate", "seed"), "int64"),
}
"""Field of `Frames` -> types of its columns."""
PLAN_JSON = (
    "definition",
    "baseline",
    "fixed",
    "input_shape",
    "class_names",
    "metric_definitions",
    "class_counts",
    "data_options",
    "features",
    "left_out",
    "picture_ranges",
    "dataset_notes",
    "notes",
    "commands",
)
JSON_COLUMNS = {
    "plans": PLAN_JSON,
    "children": PLAN_JSON,
    "code_changes": ("changes",),
    "finals": ("configuration",),
    "tries": ("given",),
    "ablations": ("factors", "variants", "retuned"),
    "arms": ("factors", "changes", "configuration"),
}
"""Field of `Frames` -> columns that hold JSON."""
