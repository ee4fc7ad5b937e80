"""Studies on a real Ray cluster of two nodes: what dies there, worker, node or coordinator, costs no number."""

from __future__ import annotations

import functools
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError

from ..clusters import OPTIONS, cluster
from ..conftest import CommandLine
from ..processes import actors_of
from ..servers import object_store, postgres

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

DATA = ("--dataset", "digits", "--precision", "float32")
QUICK = (*DATA, "--train-size", "100", "--epochs", "2", "--set", "width=4", "--set", "hidden_size=16")
ABLATION = ("ablate", "cnn", "--variants", "dropout,batchnorm", "--replicates", "2")
LONGER = (*DATA, "--train-size", "1000", "--epochs", "8", "--set", "width=16", "--set", "batch_size=16")
Numbers = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def nodes() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


def rows(storage: str, sql: str) -> list[tuple[Any, ...]]:
    engine = create_engine(storage)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]
    except ProgrammingError:  # no table yet
        return []
    finally:
        engine.dispose()


def on_ray(nodes: Cluster, *words: str) -> tuple[str, ...]:
    return (*words, "--engine", "ray", "--ray-address", nodes.address)


def numbers(command: CommandLine) -> Numbers:
    return numbers_of(command.query)


def numbers_of(query: Callable[[str], list[tuple[Any, ...]]]) -> Numbers:
    """Returns what was measured, by trial: its epochs in order, and its score on the test split."""
    found: Numbers = {trial: [] for (trial,) in query("SELECT id FROM trial")}
    for trial, *values in query(
        "SELECT trial, epoch, train_loss, train_score, validation_loss, validation_score FROM epoch ORDER BY 1, 2"
    ):
        found[trial].append(tuple(values))
    for trial, score, loss in query("SELECT trial, score, loss FROM test_result"):
        found[trial].append((score, loss))
    return found


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Callable[[tuple[str, ...]], Numbers]:
    """What worker processes of this machine measure, with as many threads, of an ablation on some data."""

    @functools.cache
    def measured(data: tuple[str, ...]) -> Numbers:
        line = CommandLine(tmp_path_factory.mktemp("expected"), "local")
        line.run(*ABLATION, *data, "--workers", "2")
        return numbers(line)

    return measured


def test_a_search_and_an_ablation_have_the_numbers_of_other_engines(
    command: CommandLine, nodes: Cluster, expected: Callable[[tuple[str, ...]], Numbers]
) -> None:
    told = command.run(*on_ray(nodes, *ABLATION, *QUICK)).stdout
    assert "Ray node" in told
    assert numbers(command) == expected(QUICK)
    assert command.query("SELECT count(*), count(DISTINCT worker) FROM trial") == [(8, 2)]
    command.run(*on_ray(nodes, "run", "cnn", *QUICK, "--trials", "3", "--replicates", "1", "--pruner", "promote"))
    assert command.query("SELECT count(*) FROM trial WHERE state NOT IN ('complete', 'pruned')") == [(0,)]
    assert command.query("SELECT DISTINCT count(*) OVER (PARTITION BY trial, epoch) FROM epoch") == [(1,)]
    weights = command.query("SELECT id FROM trial WHERE phase = 'replicate'")
    assert all(Path(f"{command.database}.files", "weights", f"{trial}.pt").is_file() for (trial,) in weights)
    assert len(weights) == 2


def kill_worker(nodes: Cluster, process: Popen[str]) -> None:
    actors_of(psutil.Process())[0].kill()


def kill_node(nodes: Cluster, process: Popen[str]) -> None:
    nodes.remove_node(next(iter(nodes.worker_nodes)), allow_graceful=False)
    nodes.add_node(**OPTIONS)


def kill_coordinator(nodes: Cluster, process: Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)


def interrupt(nodes: Cluster, process: Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "status"), [(kill_worker, 0), (kill_node, 0), (kill_coordinator, -9), (interrupt, 143)]
)
def test_what_dies_costs_no_number(
    command: CommandLine,
    nodes: Cluster,
    expected: Callable[[tuple[str, ...]], Numbers],
    what: Callable[[Cluster, Popen[str]], None],
    status: int,
) -> None:
    process = command.start(*on_ray(nodes, *ABLATION, *LONGER))
    command.wait_for("SELECT count(*) FROM epoch WHERE epoch = 3", lambda found: found >= 2, process)
    what(nodes, process)
    out, err = process.communicate(timeout=200)
    assert process.returncode == status, f"{out}\n{err}"
    assert "Traceback" not in err, err
    if status:
        assert command.query("SELECT count(*) FROM trial WHERE state = 'complete'")[0][0] < 8
        time.sleep(0.5)
        command.run(*on_ray(nodes, "resume"))
    assert numbers(command) == expected(LONGER)
    assert command.query("SELECT count(*) FROM trial WHERE state = 'complete'") == [(8,)]
    if what is kill_node:
        assert "was lost with its node" in out
    assert not list(Path(f"{command.database}.files", "checkpoints").glob("*.pt"))


@pytest.mark.slow
def test_a_cluster_that_began_anew_is_gone_on_with(
    command: CommandLine, expected: Callable[[tuple[str, ...]], Numbers]
) -> None:
    with cluster() as made:
        process = command.start(*on_ray(made, *ABLATION, *LONGER))
        command.wait_for("SELECT count(*) FROM epoch WHERE epoch = 3", lambda found: found >= 2, process)
        port = int(made.address.rpartition(":")[2])
        for node in (*made.worker_nodes, made.head_node):
            made.remove_node(node, allow_graceful=False)
        made.add_node(**OPTIONS, gcs_server_port=port, include_dashboard=False)
        made.add_node(**OPTIONS)
        out, err = process.communicate(timeout=200)
    assert process.returncode in (0, 1), f"{out}\n{err}"
    if process.returncode:  # Ray itself ends a process that reads from its node's memory while that goes
        with cluster() as made:
            command.run_process(*on_ray(made, "resume"))
    else:
        assert "the Ray cluster answers again" in out
    assert numbers(command) == expected(LONGER)


@pytest.mark.slow
def test_with_database_and_files_elsewhere_another_folder_goes_on(
    command: CommandLine, tmp_path: Path, expected: Callable[[tuple[str, ...]], Numbers]
) -> None:
    with object_store() as bucket, postgres() as storage, cluster() as made:
        process = command.start(*on_ray(made, *ABLATION, *LONGER), "--storage", storage, "--files", bucket)
        while not rows(storage, "SELECT * FROM epoch WHERE epoch = 4"):
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        command.kill(process)
        assert rows(storage, "SELECT count(*) FROM trial WHERE state = 'complete'")[0][0] < 8
        elsewhere = CommandLine(tmp_path / "elsewhere")
        elsewhere.folder.mkdir()
        elsewhere.run_process(*on_ray(made, "resume"), "--storage", storage)
        assert numbers_of(functools.partial(rows, storage)) == expected(LONGER)
    assert not list(elsewhere.folder.iterdir())


def test_a_node_that_has_the_files_loads_its_own(
    command: CommandLine,
    nodes: Cluster,
    expected: Callable[[tuple[str, ...]], Numbers],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("study.engines.on_ray.node_data.OWN_FILES_BYTES", 0)
    told = command.run(*on_ray(nodes, *ABLATION, *QUICK)).stdout
    assert told.count("loads the data from its own files") == 2
    assert numbers(command) == expected(QUICK)
