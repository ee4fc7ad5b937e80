"""What is decided about a Ray cluster before, and beside, any training there; no cluster runs."""

from __future__ import annotations

import itertools
import json
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from study.engines.on_ray import cluster as module
from study.engines.on_ray import relay
from study.engines.on_ray.cluster import Cluster, Needs, package
from study.engines.on_ray.signals import held
from study.engines.on_ray.worker import is_there
from study.errors import StudyError


class StopError(Exception):
    pass


@pytest.fixture
def stopping() -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise StopError(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("stopping")
def test_a_signal_waits_until_ray_has_answered(number: signal.Signals) -> None:
    done = []

    @held()
    def call() -> None:
        signal.raise_signal(number)
        done.append("the call of Ray")

    with pytest.raises(StopError):
        call()
    assert done == ["the call of Ray"]


@pytest.mark.usefixtures("stopping")
def test_the_program_stops_by_its_own_handler_though_ray_put_one_in_its_place() -> None:
    before = signal.getsignal(signal.SIGTERM)

    def rays(number: int, frame: object) -> None:
        sys.exit(number)

    @held()
    def call() -> None:
        signal.signal(signal.SIGTERM, rays)
        signal.raise_signal(signal.SIGTERM)

    with pytest.raises(StopError):
        call()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_node_is_asked_for_modules_without_importing_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "asked_for"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError")
    (package / "inner.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    names = ("asked_for", "asked_for.inner", "asked_for.other", "nowhere", "json.decoder", "json.decoder.more")
    assert [name for name in names if is_there(name)] == ["asked_for", "asked_for.inner", "json.decoder"]


def connect(address: str, tell: Callable[[str], None] = print) -> None:
    with Cluster(address, Needs(), tell).connected():
        pass


def a_closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.mark.parametrize("address", ["nonsense", "http://127.0.0.1:8265", "host:port", ":6379"])
def test_an_address_that_is_none_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    with pytest.raises(StudyError, match=rf"--ray-address is auto, local, HOST:PORT or .*, not '{address}'"):
        connect(address)
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(StudyError, match=rf"RAY_ADDRESS is auto, local, HOST:PORT or .*, not '{address}'"):
        connect("auto")


def test_where_nobody_listens_nobody_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray")
    address = f"127.0.0.1:{a_closed_port()}"
    for given in (address, f"ray://{address}"):
        with pytest.raises(StudyError, match=f"no Ray cluster answers at {address}: Connection refused"):
            connect(given)
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(StudyError, match=rf"no Ray cluster answers at {address} \(RAY_ADDRESS\): Connection refused"):
        connect("auto")


def test_without_ray_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(StudyError, match=r"--engine ray needs the package 'ray': `pip install 'study\[ray\]'` brings"):
        package()


class FakeRay:
    """As much of Ray as a connection to it takes."""

    exceptions = SimpleNamespace(RayError=type("RayError", (Exception,), {}))
    exceptions.GetTimeoutError = type("GetTimeoutError", (exceptions.RayError,), {})

    def __init__(self, fails: Exception | None = None, nodes: list[dict[str, Any]] | None = None) -> None:
        self.fails = fails
        self.all_nodes = nodes or []
        self.given: Any = {}

    def is_initialized(self) -> bool:
        return False

    def init(self, **given: object) -> None:
        self.given = given
        if self.fails is not None:
            raise self.fails

    def get_runtime_context(self) -> SimpleNamespace:
        return SimpleNamespace(gcs_address="127.0.0.1:1", get_node_id=lambda: "mine")

    def nodes(self) -> list[dict[str, Any]]:
        return self.all_nodes

    def shutdown(self) -> None:
        pass


def test_what_would_hide_pythons_own_does_not_travel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "random.py").touch()
    (tmp_path / "mine.py").touch()
    (tmp_path / "logging").mkdir()
    (tmp_path / "logging" / "__init__.py").touch()
    (tmp_path / "json").mkdir()  # data, say: it hides nothing
    monkeypatch.chdir(tmp_path)
    ray, told = FakeRay(), list[str]()
    monkeypatch.setattr(module, "package", lambda: ray)
    connect("local", told.append)
    assert {"/random.py", "/logging"} <= set(ray.given["runtime_env"]["excludes"])
    assert not {"/mine.py", "/json"} & set(ray.given["runtime_env"]["excludes"])
    assert [line.split()[0] for line in told] == ["logging", "random.py"]


def test_the_working_folder_of_a_submitted_job_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ray = FakeRay()
    monkeypatch.setattr(module, "package", lambda: ray)
    for environment, travels in (({}, {"working_dir", "excludes"}), ({"working_dir": "gcs://_ray_pkg_1.zip"}, set())):
        monkeypatch.setenv("RAY_JOB_CONFIG_JSON_ENV_VAR", json.dumps({"runtime_env": environment}))
        connect("local")
        assert set(ray.given["runtime_env"]) == travels


def test_a_working_folder_that_is_too_large_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = "Failed to upload working_dir /a: Package size (667.57MiB) exceeds the maximum size of 512.00MiB. To exclude"
    monkeypatch.setattr(module, "package", lambda: FakeRay(RuntimeError(told)))
    with pytest.raises(StudyError) as raised:
        connect("local")
    assert str(raised.value) == (
        f"the working folder {tmp_path} travels to every node of the Ray cluster, and cannot: it holds 667.57MiB, and "
        f"Ray takes 512.00MiB; name what no training reads in a file .rayignore there, or run the command in a folder "
        f"of the code alone"
    )


def test_what_no_node_holds_is_waited_for_unless_none_can_come(monkeypatch: pytest.MonkeyPatch) -> None:
    node = {"Alive": True, "Resources": {"CPU": 2.0}}
    monkeypatch.setattr(module, "package", lambda: FakeRay(nodes=[node, {**node, "Alive": False}]))
    assert Cluster("10.0.0.1:6379", Needs(cpus=1), print).room(gpus=0) == 2
    assert Cluster("10.0.0.1:6379", Needs(cpus=4), print).room(gpus=0) == 0
    with pytest.raises(StudyError, match="a trial takes 4 CPUs, and this machine has less"):
        Cluster("local", Needs(cpus=4), print).room(gpus=0)
    asks = Cluster("10.0.0.1:6379", Needs(gpus=0.5), print)
    with pytest.raises(StudyError, match="no node of the Ray cluster has a GPU"):
        asks.gpus_per_trial("auto", may_come=False)
    assert asks.gpus_per_trial("auto", may_come=True) == 0.5


def test_each_study_of_a_command_has_its_own_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        module, "package", lambda: FakeRay(nodes=[{"Alive": True, "Resources": {"CPU": 2.0, "GPU": 1}}])
    )
    cluster = Cluster("10.0.0.1:6379", Needs(), print)
    taken = {device: cluster.gpus_per_trial(device, may_come=False) for device in ("cpu", "auto", "cuda")}
    assert taken == {"cpu": 0, "auto": 1, "cuda": 1}


def test_a_cluster_counts_as_lost_once_ray_is_gone_from_its_own_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROBE_SECONDS", 0)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = dict(zip(("NodeManagerAddress", "NodeManagerPort"), server.getsockname(), strict=True))
        monkeypatch.setattr(module, "package", lambda: FakeRay(nodes=[{"Alive": True, "NodeID": "mine", **address}]))
        with Cluster("local", Needs(), print).connected() as cluster:
            assert not cluster.is_lost
            server.close()
            assert cluster.is_lost


def test_errors_of_a_client_that_has_lost_its_connection_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    class Connected(FakeRay):
        def is_initialized(self) -> bool:
            return True

    monkeypatch.setattr(module, "package", Connected)
    client = Cluster("ray://127.0.0.1:10001", Needs(), print)
    assert not client.is_cut_off_by(ValueError("a fault of this program"))
    assert client.is_cut_off_by(ConnectionError("gone"))
    assert client.is_cut_off
    assert not Cluster("127.0.0.1:6379", Needs(), print).is_cut_off_by(ConnectionError("of another kind of connection"))


def test_a_mailbox_that_owes_an_answer_is_asked_again_and_nothing_is_told_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Silent(FakeRay):
        def get(self, reference: object, timeout: float) -> list[object]:
            if answers:
                return answers.pop(0)
            raise self.exceptions.GetTimeoutError

    answers: list[list[object]] = []
    monkeypatch.setattr(relay, "package", Silent)
    mail = object.__new__(relay.Relay)
    asked = itertools.count()
    mail._mailbox = SimpleNamespace(take=SimpleNamespace(remote=lambda: next(asked)))
    mail._files, mail._taking, mail._asked, mail._is_up = {}, None, float("-inf"), False
    assert not mail.deliver()
    assert mail.silent_seconds == 0  # it has never answered, and may still be on its way
    answers.append([])
    assert mail.deliver()
    mail._asked = float("-inf")
    assert not mail.deliver()
    assert not mail.deliver()
    assert mail.silent_seconds > 0
    assert next(asked) == 2  # what was asked is waited for, for what it brings is nowhere else
