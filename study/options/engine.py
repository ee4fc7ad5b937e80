"""Who trains, and where: each field an option, stated here alone. No number depends on it. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass

from study.errors import StudyError
from study.options.option import OnStored, check_options, flag, option, options_of

ENGINES = ("local", "inline", "ray")
RAY_DEVICES = ("auto", "cpu", "cuda")
"""Of a worker on a Ray node; which GPU it is, Ray says."""
_ALL = ("run", "ablate", "resume", "final")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Who trains. A study may be gone on with by another engine every time."""

    engine: str = option(
        "local: worker processes. inline: one trial after the other in this process, for debugging a model. ray: "
        "workers on the nodes of a Ray cluster.",
        default="local",
        commands=_ALL,
        environment="STUDY_ENGINE",
        choices=ENGINES,
        stored=OnStored.FREE,
    )
    workers_per_gpu: int | None = option(
        "Workers that share a GPU, with --engine local.",
        default=None,
        kind=int,
        commands=_ALL,
        metavar="K",
        shown="1",
        least=1,
        most=64,
        stored=OnStored.FREE,
    )
    ray_address: str = option(
        "The Ray cluster: auto (that of this machine), HOST:PORT, ray://HOST:PORT, or local: one for this command.",
        default="auto",
        commands=_ALL,
        metavar="ADDRESS",
        environment="STUDY_RAY_ADDRESS",
        stored=OnStored.FREE,
    )
    cpus_per_trial: float = option(
        "CPUs that a trial takes of a Ray node; a trial on the CPU trains with so many threads.",
        default=1.0,
        kind=float,
        commands=_ALL,
        metavar="C",
        shown="1",
        above=0,
        finite=True,
        stored=OnStored.FREE,
    )
    gpus_per_trial: float | None = option(
        "GPUs that a trial takes of a Ray node; a fraction shares one.",
        default=None,
        kind=float,
        commands=_ALL,
        metavar="G",
        shown="1 where the cluster has any, 0 with --device cpu",
        least=0,
        most=1,
        beyond=": a trial trains on one GPU",
        stored=OnStored.FREE,
    )

    def __post_init__(self) -> None:
        """Check that the options exist, and that they go together.

        Raises:
            StudyError: One does not, or means nothing with this engine.
        """
        stated = options_of(EngineOptions)
        check_options(EngineOptions, {name: getattr(self, name) for name in stated})
        if self.engine != "local" and self.workers_per_gpu is not None:
            instead = "; --gpus-per-trial 0.5 lets two share one" if self.engine == "ray" else ""
            raise StudyError(f"--workers-per-gpu is about --engine local, not {self.engine}{instead}")
        if self.engine != "ray":
            for name in ("cpus_per_trial", "gpus_per_trial"):
                if getattr(self, name) != stated[name].default:
                    raise StudyError(f"{flag(name, stated[name])} is about --engine ray, not {self.engine}")
