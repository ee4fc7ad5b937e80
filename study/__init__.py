"""Hyperparameter search and ablation studies: what Python's users call; the rest of the package is its engine.

    import study

    found = study.run("cnn", dataset="digits", trials=10, epochs=3)
    found.trials()

Importing it loads nothing heavy: a name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

from study.version import __version__

if TYPE_CHECKING:
    from study.catalog import load_space
    from study.errors import StudyBusyError, StudyError
    from study.interface.best import Best
    from study.interface.exporting import export
    from study.interface.reading import dataset, open, predict, spaces, studies, watch
    from study.interface.reporting import report
    from study.interface.stored import Study
    from study.interface.training import ablate, dry_run, final, resume, run
    from study.space import Choice, Float, Int, SearchSpace, Variant

__all__ = [
    "Best",
    "Choice",
    "Float",
    "Int",
    "SearchSpace",
    "Study",
    "StudyBusyError",
    "StudyError",
    "Variant",
    "__version__",
    "ablate",
    "dataset",
    "dry_run",
    "export",
    "final",
    "load_space",
    "open",
    "predict",
    "report",
    "resume",
    "run",
    "spaces",
    "studies",
    "watch",
]

_PLACES = {
    "study.catalog": ("load_space",),
    "study.errors": ("StudyBusyError", "StudyError"),
    "study.interface.best": ("Best",),
    "study.interface.exporting": ("export",),
    "study.interface.reading": ("dataset", "open", "predict", "spaces", "studies", "watch"),
    "study.interface.reporting": ("report",),
    "study.interface.stored": ("Study",),
    "study.interface.training": ("ablate", "dry_run", "final", "resume", "run"),
    "study.space": ("Choice", "Float", "Int", "SearchSpace", "Variant"),
}
"""Module -> what it has of `__all__`."""


if not TYPE_CHECKING:  # who checks types sees the names that there are, and no others

    def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever it is
        """Load a name of `__all__` when it is first used."""
        for module, names in _PLACES.items():
            if name in names:
                with warnings.catch_warnings():
                    # Optuna imports tqdm, which misses its widgets in a notebook; no bar of it is ever shown.
                    warnings.filterwarnings("ignore", message="IProgress not found")
                    found = getattr(importlib.import_module(module), name)
                globals()[name] = found
                return found
        raise AttributeError(f"module 'study' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return what there is, loaded or not."""
    return sorted({*globals(), *__all__})
