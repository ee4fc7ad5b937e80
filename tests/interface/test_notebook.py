"""The notebook of docs/ in a real kernel: what its cells leave behind; and a cell that is interrupted and run again."""

from __future__ import annotations

import base64
import io
import itertools
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from PIL import Image

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "python.ipynb"
LARGEST = 300_000
"""Bytes of the notebook."""


@pytest.fixture(scope="module")
def kernels() -> Iterator[None]:
    """Kernels that import this checkout, and know nothing of what was set for commands."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("STUDY_")]:
            patch.delenv(name)
        patch.setenv("PYTHONPATH", str(ROOT))
        yield


@pytest.fixture(scope="module")
def executed(kernels: None, tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.read(NOTEBOOK, 4)
    NotebookClient(
        notebook, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    assert str(folder) not in nbformat.writes(notebook)
    return notebook


def cells(notebook: nbformat.NotebookNode) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(cell: Any, kind: str) -> list[Any]:  # noqa: ANN401 - a node of the notebook
    return [output for output in cell.outputs if output.output_type == kind]


def kinds(cell: Any) -> list[str]:  # noqa: ANN401 - a node of the notebook
    """The kinds of a cell's outputs, each run once: what is printed comes in any number of parts."""
    return [kind for kind, _ in itertools.groupby(output.output_type for output in cell.outputs)]


def test_what_trains_leaves_a_line_a_stage_and_what_was_decided(executed: nbformat.NotebookNode) -> None:
    trained = [cell for cell in cells(executed) if outputs(cell, "display_data")]
    assert len(trained) == 3
    for cell in trained:
        (shown,) = outputs(cell, "display_data")
        assert len(shown.data["text/plain"].splitlines()) == 1, shown.data["text/plain"]
        assert "progress" not in shown.data["text/html"]
        said = outputs(cell, "stream")
        assert {output.name for output in said} == {"stdout"}
        assert len("".join(output.text for output in said).splitlines()) <= 5, said


def test_a_study_and_its_frames_show_themselves(executed: nbformat.NotebookNode) -> None:
    results = {
        cell.source.splitlines()[-1]: output.data
        for cell in cells(executed)
        for output in outputs(cell, "execute_result")
    }
    assert "mine@digits, one-at-a-time" in results["found"]["text/html"]
    assert results["found"]["text/plain"].startswith("<Study mine@digits: finished")
    assert sum("dataframe" in data.get("text/html", "") for data in results.values()) >= 4
    frame = next(data for source, data in results.items() if source.startswith("found.effects()"))
    assert "helps" in frame["text/html"]


def test_a_figure_is_a_picture(executed: nbformat.NotebookNode) -> None:
    shown = [output.get("data", {}) for cell in cells(executed) for output in cell.outputs]
    drawn = [data["image/png"] for data in shown if "image/png" in data]
    assert len(drawn) == 2
    for picture in drawn:
        with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
            assert image.width > 500
            assert len(image.convert("RGB").getcolors(2**16) or ()) > 20


def test_an_error_is_one_sentence(executed: nbformat.NotebookNode) -> None:
    (error,) = outputs(cells(executed)[-1], "error")
    assert error.traceback == ["StudyError: study.run has no option 'trails'; did you mean 'trials'?"]


def test_the_notebook_as_it_is_read_has_its_outputs_and_no_path_of_a_machine(executed: nbformat.NotebookNode) -> None:
    assert NOTEBOOK.stat().st_size < LARGEST
    stored = nbformat.read(NOTEBOOK, 4)
    for mine, now in zip(cells(stored), cells(executed), strict=True):
        assert kinds(mine) == kinds(now)
    text = NOTEBOOK.read_text()
    assert not any(place in text for place in ("/tmp/", "/home/", "/root/", "/dev/", "site-packages"))
    assert not any("execution" in cell.metadata for cell in stored.cells)


TRAINED = """
import study
found = study.run("mlp", dataset="digits", train_size=300, trials=2, epochs=20, replicates=0, pruner="none", workers=1,
                  storage="{storage}")
"""
NUMBERS = """
epochs = found.epochs().merge(found.trials()[["id", "optuna_number"]], left_on="trial", right_on="id")
print(epochs[["optuna_number", "epoch", "train_loss", "validation_score"]].to_csv(index=False))
"""


class Kernel:
    """A kernel, and what its cells answer."""

    def __init__(self, folder: Path) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(cwd=str(folder))
        self.client: BlockingKernelClient = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=120)

    def run(self, code: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Runs a cell to its end; returns the reply and all messages."""
        told: list[dict[str, Any]] = []
        reply = self.client.execute_interactive(code, timeout=240, output_hook=told.append)
        return reply["content"], told

    def end(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def printed(told: list[dict[str, Any]]) -> str:
    return "".join(message["content"]["text"] for message in told if message["msg_type"] == "stream")


def wait_for_epochs(path: Path, number: int) -> None:
    """Waits until the database holds that many epochs."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                if connection.execute("SELECT count(*) FROM epoch").fetchone()[0] >= number:
                    return
        except sqlite3.OperationalError:
            pass  # no database or no table yet
        time.sleep(0.02)
    pytest.fail(f"no {number} epochs in 120 s")


@pytest.mark.slow
def test_an_interrupted_cell_goes_on_when_it_is_run_again_and_ends_as_if_nothing_had_been(
    kernels: None, tmp_path: Path
) -> None:
    kernel = Kernel(tmp_path)
    try:
        message = kernel.client.execute(TRAINED.format(storage="cut.db"))
        wait_for_epochs(tmp_path / "cut.db", 7)
        kernel.manager.interrupt_kernel()
        reply = kernel.client.get_shell_msg(timeout=60)
        assert reply["parent_header"]["msg_id"] == message
        sentence = "interrupted; nothing is lost: running the cell again goes on where this stopped"
        assert reply["content"]["traceback"] == [f"KeyboardInterrupt: {sentence}"]
        again, told = kernel.run(TRAINED.format(storage="cut.db"))
        assert again["status"] == "ok"
        kinds = [entry["msg_type"] for entry in told]
        assert kinds.count("display_data") == 1
        assert kinds.count("update_display_data") >= 2
        _, cut = kernel.run(NUMBERS)
        kernel.run(TRAINED.format(storage="whole.db"))
        _, whole = kernel.run(NUMBERS)
        assert len(printed(cut).splitlines()) == 42
        assert printed(cut) == printed(whole)
    finally:
        kernel.end()
