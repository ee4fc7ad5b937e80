"""Whatever a user's model returns, raises or changes: a failure of that trial alone, told as what it was."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from study.catalog import load_model
from study.engines.job import Outcome
from study.errors import StudyError
from study.files import LocalFile
from study.trial import Phase, TrialState

from ..examples import examples
from ..plans import message_of
from ..trials import FINAL_DATA, SEARCH_DATA, Recorder, but_seconds, make_job, same_result, train

Write = Callable[[str, str], str]
LINEAR = "def build(params, data):\n    return nn.Sequential(nn.Flatten(), nn.Linear(784, data.outputs))\n"
NET = """
class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.layer = nn.Linear(784, classes)
    def forward(self, x):
        logits = self.layer(x.flatten(1))
        {body}
def build(params, data):
    return Net(data.outputs)
"""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def outcome_of(folder: Path, model: str, **job: bool) -> Outcome:
    return train(replace(make_job(folder, model=model), **job), SEARCH_DATA, Recorder())


def failure_of(folder: Path, model: str) -> tuple[str, str]:
    outcome = outcome_of(folder, model)
    assert outcome.state is TrialState.FAILED
    assert outcome.failure is not None
    assert outcome.failure[2].startswith("Traceback (most recent call last):\n")
    for part in outcome.failure:
        assert part.encode("utf-8").decode("utf-8") == part
        assert "\0" not in part
    return outcome.failure[:2]


# Raised


@pytest.mark.parametrize(
    ("raised", "kind", "message"),
    [
        ("SystemExit(3)", "SystemExit", "3"),
        ("KeyboardInterrupt()", "KeyboardInterrupt", ""),
        ("GeneratorExit('over')", "GeneratorExit", "over"),
        ("BaseException('base')", "BaseException", "base"),
        ("Silent()", "Silent", "<no text: its __str__ raised ZeroDivisionError>"),
        ("ValueError('caf\\ud800 \\0')", "ValueError", "caf\\ud800 \\x00"),
        ("ValueError('two\\nlines')", "ValueError", "two lines"),
        ("StopIteration('stop')", "StopIteration", "stop"),
        ("EOFError('my own file ended')", "EOFError", "my own file ended"),
        ("BrokenPipeError(32, 'my own pipe')", "BrokenPipeError", "[Errno 32] my own pipe"),
    ],
)
@pytest.mark.parametrize("place", ["build", "forward", "measure"])
def test_what_user_code_raises_is_kept_as_what_it_was(
    place: str, raised: str, kind: str, message: str, tmp_path: Path, model_module: Write
) -> None:
    silent = "class Silent(Exception):\n    def __str__(self):\n        return 1 / 0\n    __repr__ = __str__\n"
    body = {
        "build": f"def build(params, data):\n    raise {raised}\n",
        "forward": NET.format(body=f"raise {raised}"),
        "measure": LINEAR + f"def measure(logits, labels):\n    raise {raised}\n",
    }[place]
    name = model_module(f"raises_in_{place}", silent + body)
    assert failure_of(tmp_path, name) == (kind, message)


def test_a_module_that_exits_when_a_worker_imports_it_fails_its_trial(tmp_path: Path, model_module: Write) -> None:
    name = model_module("exits_later", LINEAR)
    job = make_job(tmp_path, model=name)
    sys.modules.pop(name)
    model_module(name, "raise SystemExit('no licence')\n")
    sys.modules.pop(name, None)
    outcome = train(job, SEARCH_DATA, Recorder())
    assert outcome.failure is not None
    assert outcome.failure[:2] == ("StudyError", f"model {name!r} cannot be imported: SystemExit: no licence")


@pytest.mark.parametrize("raised", ["SystemExit('no licence')", "KeyboardInterrupt()", "ValueError('\\ud800')"])
def test_a_module_that_raises_when_it_is_imported_is_refused_in_one_line(raised: str, model_module: Write) -> None:
    name = model_module("exits_at_once", f"raise {raised}\n")
    message = message_of(lambda: load_model(name))
    assert message.startswith(f"model 'exits_at_once' cannot be imported: {raised.partition('(')[0]}")
    assert message.isprintable()


def test_parameters_that_refuse_a_value_in_their_own_way_are_told_in_one_line(model_module: Write) -> None:
    name = model_module(
        "own_check", "    def __post_init__(self):\n        assert self.units != 7, 'not\\n7'\n" + LINEAR
    )
    model = load_model(name)
    with pytest.raises(StudyError) as caught:
        model.split(model.defaults | {"units": 7})
    assert str(caught.value) == "model 'own_check' refuses units=7: AssertionError: not 7"


def test_what_the_recorder_raises_is_the_engines_own(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(make_job(tmp_path), SEARCH_DATA, Recorder(interrupt_at=2))


@examples(30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.text(st.characters(codec=None, categories=None), max_size=60))
def test_any_text_that_a_model_raises_can_be_stored(message: str, tmp_path: Path, model_module: Write) -> None:
    name = model_module("any_text", f"def build(params, data):\n    raise ValueError({message!a})\n")
    sys.modules.pop(name, None)
    kind, told = failure_of(tmp_path, name)
    assert kind == "ValueError"
    assert len(told.splitlines()) <= 1


# Measured


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("{3: 0.5}", "a metric's name is text, not 3, an int"),
        ("None", "`measure` returns names with numbers, such as {'f1': 0.9}, not a NoneType"),
        ("{'f1': {'macro': 0.5}}", "a metric is a real number, but 'f1' is a dict"),
        ("{'f1': 1j}", "a metric is a real number, but 'f1' is a complex"),
        ("{'f1': 10 ** 400}", "a metric is at most 1.8e308, but 'f1' is larger"),
        ("{'f1': logits}", "a metric is one number, but 'f1' is an array of shape (9, 4)"),
        ("{'f1': lambda: 0}", "a metric is a real number, but 'f1' is a function"),
    ],
)
def test_a_measure_that_returns_no_numbers_fails_its_trial(
    returned: str, message: str, tmp_path: Path, model_module: Write
) -> None:
    name = model_module("measures", LINEAR + f"def measure(logits, labels):\n    return {returned}\n")
    assert failure_of(tmp_path, name) == ("MeasureError", message)


# Returned


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return torch.cat([logits, logits], dim=1)", "(8, 8) float32"),
        ("return logits[:, :3]", "(8, 3) float32"),
        ("return logits[:, None]", "(8, 1, 4) float32"),
        ("return logits[:, 0]", "(8,) float32"),
        ("return logits[1:]", "(7, 4) float32"),
        ("return logits.to(torch.complex64)", "(8, 4) complex64"),
        ("return logits.round().to(torch.int64)", "(8, 4) int64"),
        ("return logits > 0", "(8, 4) bool"),
        ("return logits, None", "a tuple of 2"),
        ("return {'logits': logits}", "a dict of 1"),
        ("return None", "a value of type NoneType"),
        ("return logits.detach().numpy()", "a value of type ndarray"),
    ],
)
def test_a_model_that_returns_no_logits_fails_on_its_first_batch_with_both_shapes(
    body: str, found: str, tmp_path: Path, model_module: Write
) -> None:
    name = model_module("shapes", NET.format(body=body))
    job = make_job(tmp_path, model=name, batch_size=8)
    record = Recorder()
    outcome = train(job, SEARCH_DATA, record)
    assert outcome.failure is not None
    assert outcome.failure[:2] == (
        "OutputError",
        f"model 'shapes' returned {found} for 8 examples and 4 classes; expected (8, 4), real numbers",
    )
    assert record.epochs == []


def test_a_model_that_returns_something_else_in_evaluation_fails_too(tmp_path: Path, model_module: Write) -> None:
    name = model_module("evaluates", NET.format(body="return logits if self.training else logits[:, :2]"))
    kind, message = failure_of(tmp_path, name)
    assert (kind, message) == (
        "OutputError",
        "model 'evaluates' returned (9, 2) float32 for 9 examples and 4 classes; expected (9, 4), real numbers",
    )


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_logits_of_any_precision_are_taken(dtype: str, tmp_path: Path, model_module: Write) -> None:
    name = model_module("precise", NET.format(body=f"return logits.to(torch.{dtype})"))
    assert outcome_of(tmp_path, name).state is TrialState.COMPLETE


def test_a_build_that_returns_no_module_fails_its_trial(tmp_path: Path, model_module: Write) -> None:
    name = model_module("no_module", "def build(params, data):\n    return None\n")
    assert failure_of(tmp_path, name) == (
        "OutputError",
        "model 'no_module': `build` returned a value of type NoneType; expected a torch.nn.Module",
    )


def test_what_bfloat16_cannot_do_here_is_told_with_the_way_out(tmp_path: Path, model_module: Write) -> None:
    body = "raise RuntimeError('could not create a primitive descriptor for the LSTM forward propagation primitive')"
    name = model_module("no_kernel", NET.format(body=body))
    job = replace(make_job(tmp_path, model=name), precision="bfloat16")
    failure = train(job, SEARCH_DATA, Recorder()).failure
    assert failure is not None
    assert failure[1] == (
        "could not create a primitive descriptor for the LSTM forward propagation primitive (trained in bfloat16, "
        "which this CPU may not have for such a model: a study begun with --precision float32 needs none)"
    )
    assert "bfloat16" not in failure_of(tmp_path, name)[1]


# Lazy modules


LAZY = """
def build(params, data):
    return nn.Sequential(
        nn.LazyConv2d(2, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.LazyLinear(data.outputs)
    )
"""
EAGER = """
def build(params, data):
    return nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(),
        nn.Linear(2 * 26 * 26, data.outputs)
    )
"""


def test_lazy_modules_train_as_those_that_know_their_sizes(tmp_path: Path, model_module: Write) -> None:
    found = []
    for body, name in ((LAZY, "lazy_model"), (EAGER, "eager_model")):
        record = Recorder()
        outcome = train(make_job(tmp_path, model=model_module(name, body)), SEARCH_DATA, record)
        found.append((outcome.state, outcome.parameters, but_seconds(record.epochs)))
    assert found[0] == found[1]
    assert found[0][:2] == (TrialState.COMPLETE, (2 * 9 + 2) + (2 + 2) + (2 * 26 * 26 * 4 + 4))


def test_a_lazy_model_goes_on_to_the_same_bits(tmp_path: Path, model_module: Write) -> None:
    name = model_module("lazy_again", LAZY)
    whole = train(make_job(tmp_path / "whole", Phase.REPLICATE, model=name), FINAL_DATA, Recorder())
    job = make_job(tmp_path / "cut", Phase.REPLICATE, model=name)
    with pytest.raises(KeyboardInterrupt):
        train(job, FINAL_DATA, Recorder(interrupt_at=3))
    assert same_result(train(replace(job, resume=True), FINAL_DATA, Recorder()), whole)


# Random numbers


DRAWS = """
import random, numpy
class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.layer = nn.Linear(784, classes)
        with torch.no_grad():
            self.layer.weight.mul_({build})
    def forward(self, x):
        return self.layer(x.flatten(1)) * {forward}
def build(params, data):
    return Net(data.outputs)
"""


@pytest.mark.parametrize(
    ("build", "forward"),
    [("random.random()", "1"), ("numpy.random.rand()", "1"), ("1", "random.random()"), ("1", "numpy.random.rand()")],
)
def test_a_model_that_draws_from_global_states_is_repeatable_and_resumes_exactly(
    build: str, forward: str, tmp_path: Path, model_module: Write
) -> None:
    name = model_module("draws", DRAWS.format(build=build, forward=forward))
    job = replace(make_job(tmp_path / "one", model=name), rehearse=True)
    whole = Recorder()
    expected = train(job, SEARCH_DATA, whole)
    assert (expected.state, expected.repeatable) == (TrialState.COMPLETE, True)
    random.seed(99)
    np.random.seed(99)  # noqa: NPY002 - what a trial must not depend on
    cut = replace(job, checkpoint=LocalFile(tmp_path / "two" / job.checkpoint.name))
    with pytest.raises(KeyboardInterrupt):
        train(cut, SEARCH_DATA, Recorder(interrupt_at=3))
    rest = Recorder()
    assert same_result(train(replace(cut, resume=True), SEARCH_DATA, rest), expected)
    assert but_seconds(rest.epochs) == but_seconds(whole.epochs[1:])


@pytest.mark.parametrize(
    "body",
    [
        "def build(params, data):\n"
        "    torch.manual_seed(time.time_ns())\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(784, data.outputs))\n",
        NET.format(body="return logits * (1 + numpy.random.default_rng().random())"),
        NET.format(body="return logits * random.SystemRandom().random()"),
        "built = []\n"
        "def build(params, data):\n"
        "    built.append(1)\n"
        "    model = nn.Sequential(nn.Flatten(), nn.Linear(784, data.outputs))\n"
        "    nn.init.constant_(model[1].weight, len(built))\n"
        "    return model\n",
    ],
    ids=["clock", "unseeded", "system", "counter"],
)
def test_a_model_that_does_not_repeat_itself_is_found_out(body: str, tmp_path: Path, model_module: Write) -> None:
    name = model_module("unsteady", "import numpy, random, time\n" + body)
    outcome = outcome_of(tmp_path, name, rehearse=True)
    assert (outcome.state, outcome.repeatable) == (TrialState.COMPLETE, False)


@pytest.mark.parametrize("phase", [Phase.SEARCH, Phase.REPLICATE])
def test_finding_out_leaves_no_trace_in_the_trials_numbers(phase: Phase, tmp_path: Path) -> None:
    data = SEARCH_DATA if phase is Phase.SEARCH else FINAL_DATA
    found = []
    for rehearse in (False, True):
        record = Recorder()
        job = replace(make_job(tmp_path / str(rehearse), phase), rehearse=rehearse)
        found.append((train(job, data, record), but_seconds(record.epochs)))
    assert [outcome.repeatable for outcome, _ in found] == [None, True]
    assert same_result(found[0][0], replace(found[1][0], repeatable=None))
    assert found[0][1] == found[1][1]


@pytest.mark.parametrize("raised", ["ValueError", "SystemExit"])
def test_what_fails_while_finding_out_is_told_by_the_trial(raised: str, tmp_path: Path, model_module: Write) -> None:
    name = model_module("fails", NET.format(body=f"raise {raised}('no')"))
    outcome = outcome_of(tmp_path, name, rehearse=True)
    assert outcome.failure is not None
    assert (outcome.repeatable, outcome.failure[:2]) == (None, (raised, "no"))


# Global state


def test_what_a_trial_changes_does_not_reach_the_next(tmp_path: Path, model_module: Write) -> None:
    name = model_module(
        "changes",
        "import os\ndef build(params, data):\n"
        "    torch.set_default_dtype(torch.float64)\n"
        "    torch.set_grad_enabled(False)\n"
        "    os.chdir('/')\n"
        "    raise ValueError('after all that')\n",
    )
    expected = Recorder()
    train(make_job(tmp_path / "before"), SEARCH_DATA, expected)
    folder = Path.cwd()
    outcome = outcome_of(tmp_path, name)
    assert (outcome.state, outcome.stuck) == (TrialState.FAILED, ())
    assert Path.cwd() == folder
    record = Recorder()
    train(make_job(tmp_path / "after"), SEARCH_DATA, record)
    assert but_seconds(record.epochs) == but_seconds(expected.epochs)


def test_what_a_module_sets_when_it_is_imported_holds_in_every_trial(tmp_path: Path, model_module: Write) -> None:
    name = model_module("sets_dtype", "torch.set_default_dtype(torch.float64)\n" + LINEAR)
    job = make_job(tmp_path, model="cnn")
    job = replace(job, model=name, trial=replace(job.trial, configuration={}))
    try:
        losses = []
        for _ in range(2):
            record = Recorder()
            train(job, SEARCH_DATA, record)
            losses.append(but_seconds(record.epochs))
        assert torch.get_default_dtype() is torch.float64
        assert losses[0] == losses[1]
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_process_that_cannot_be_put_back_says_so(
    tmp_path: Path, model_module: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = model_module("infers", LINEAR)
    job = make_job(tmp_path, model=name)
    assert train(job, SEARCH_DATA, Recorder()).stuck == ()
    mode = torch.inference_mode()

    def enter(_: object) -> None:
        mode.__enter__()
        raise ValueError("entered for good")

    monkeypatch.setattr(sys.modules[name], "build", lambda params, data: enter(params))
    try:
        outcome = train(job, SEARCH_DATA, Recorder())
    finally:
        mode.__exit__(None, None, None)
    assert (outcome.state, outcome.stuck) == (TrialState.FAILED, ("inference mode",))
