"""Runs a launch to its end: opens what it needs and goes through its stages."""

from __future__ import annotations

from collections.abc import Callable

import torch

from study.database import TrialDatabase
from study.engines import machine
from study.engines.inline import InlineEngine
from study.engines.local import LocalEngine
from study.engines.protocol import Engine
from study.errors import OutOfTimeError
from study.execution.ablation import ablate
from study.execution.session import OpenView, Session
from study.prepare.launch import Launch
from study.prepare.request import Request


def execute(launch: Launch, request: Request, open_view: OpenView, say: Callable[[str], None]) -> None:
    """Runs one launch to its end.

    Args:
        launch: Prepared by `study.prepare.launch`.
        request: Where, and the command to keep.
        open_view: Opens the view of one stage.
        say: Tells the user one line between stages.
    """
    with (
        TrialDatabase(request.storage) as database,
        _engine(launch, request) as engine,
    ):
        if database.upgraded:
            say(database.upgraded)
        environment = database.save_environment(machine.environment())
        session = Session(database, engine, environment, open_view, say, request.retry)
        labels = launch.data.test.labels.to(torch.uint8).numpy().tobytes()
        database.save_test_split(launch.plan.dataset.content_hash, labels)
        session.save(launch.plan, launch.stored, request.command)
        try:
            if launch.ablation is None:
                session.tune(launch.plan)
            else:
                ablate(session, launch.plan, launch.ablation)
        except OutOfTimeError as error:
            say(str(error))


def _engine(launch: Launch, request: Request) -> Engine:
    if request.engine == "inline":
        return InlineEngine(launch.devices[0], launch.data)
    return LocalEngine(launch.devices, launch.data)
