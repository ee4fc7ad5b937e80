"""Metrics are what their definitions say, in every unit and where a class is absent; what is no score is refused."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn

from study.data import Split
from study.storable import MeasureError
from study.task import TASKS, DataSpec, Metric
from study.training.preprocessing import Preprocessing
from study.training.scoring import Measure, MetricError, Scoring

from ..examples import examples
from ..scoring import ACCURACY, spec_of

HOUSES = DataSpec(task="regression", shape=(3,), class_names=("price",))


def scoring_of(spec: DataSpec, measure: Measure | None = None, further: tuple[str, ...] = ()) -> Scoring:
    task = TASKS[spec.task]
    return Scoring(spec, task.primary, task.metrics, measure, further)


@examples(30)
@given(st.integers(0, 9), st.sampled_from([1e-9, 1e-3, 1.0, 1e6]))
def test_a_regressions_metrics_are_those_of_scikit_learn_in_any_unit(seed: int, unit: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    truth = torch.rand(40, 1, generator=generator) * unit
    said = truth + torch.rand(40, 1, generator=generator) * unit
    found = scoring_of(HOUSES).scores(said, truth)
    assert found["r2"] == pytest.approx(sklearn.r2_score(truth.double(), said.double()), rel=1e-6)
    assert found["mae"] == pytest.approx(sklearn.mean_absolute_error(truth.double(), said.double()), rel=1e-6)
    assert found["rmse"] == pytest.approx(sklearn.root_mean_squared_error(truth.double(), said.double()), rel=1e-6)


@examples(30)
@given(st.integers(0, 99), st.integers(2, 4))
def test_balanced_accuracy_is_of_the_classes_that_are_there(seed: int, present: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    truth = torch.arange(30) % present
    logits = torch.rand(30, 4, generator=generator)
    found = scoring_of(spec_of(4)).scores(logits, truth)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)  # of classes that are only answered
        expected = sklearn.balanced_accuracy_score(truth, logits.argmax(dim=1))
    assert found["balanced_accuracy"] == pytest.approx(expected)


def test_what_measure_returns_takes_no_metrics_place() -> None:
    scoring = scoring_of(spec_of(4), lambda outputs, targets: {"accuracy": 97.3})
    with pytest.raises(MeasureError, match=r"^`measure` returns 'accuracy', which is a metric already; rename yours$"):
        scoring.scores(torch.eye(4), torch.arange(4))


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ({"top2": 1.0}, "the objective 'top3' is none of what `measure` returned: "),
        ({"top3": float("nan")}, "the objective 'top3' is no finite number"),
    ],
)
def test_every_objective_has_to_be_there(returned: dict[str, float], message: str) -> None:
    scoring = Scoring(spec_of(4), ACCURACY, (ACCURACY,), lambda outputs, targets: returned, ("top3",))
    with pytest.raises(MetricError) as caught:
        scoring.scores(torch.eye(4), torch.arange(4))
    assert str(caught.value).startswith(message)


def test_a_gap_that_only_other_splits_have_is_filled_in_too() -> None:
    fitted = Preprocessing.fit(Split(torch.rand(9, 5, 3), torch.arange(9) % 2), "classification")
    seen = fitted.inputs(torch.full((2, 5, 3), torch.nan))
    assert not seen.isnan().any()


def test_a_metric_that_can_be_below_nothing_is_no_fraction() -> None:
    from torchmetrics.classification import MulticlassF1Score, MulticlassMatthewsCorrCoef

    from study.catalog.own_metrics import own_metrics

    def declared(data: DataSpec) -> dict[str, object]:
        return {"mcc": MulticlassMatthewsCorrCoef(4), "f1": MulticlassF1Score(4)}

    units: dict[str, Metric] = {metric.name: metric for metric in own_metrics("mine", declared, spec_of(4))}
    assert (units["mcc"].unit, units["f1"].unit) == ("number", "fraction")
