"""The Pareto front against its definition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from study.status.pareto import on_front, pareto_front

OBJECTIVES = {"accuracy": "maximize", "parameters": "minimize"}
rows = st.lists(st.fixed_dictionaries({"accuracy": st.integers(0, 9), "parameters": st.integers(0, 9)}), max_size=12)


def dominates(one: dict[str, int], other: dict[str, int]) -> bool:
    return (
        one["accuracy"] >= other["accuracy"]
        and one["parameters"] <= other["parameters"]
        and (one["accuracy"] > other["accuracy"] or one["parameters"] < other["parameters"])
    )


@given(rows)
def test_the_front_is_what_nothing_dominates(given_rows: list[dict[str, int]]) -> None:
    expected = [row for row in given_rows if not any(dominates(other, row) for other in given_rows)]
    found = pareto_front(given_rows, OBJECTIVES)
    assert sorted(map(str, found)) == sorted(map(str, expected))
    assert [row["accuracy"] for row in found] == sorted((row["accuracy"] for row in expected), reverse=True)


def test_one_objective_has_its_best_and_their_equals() -> None:
    given_rows = [{"accuracy": 3}, {"accuracy": 5}, {"accuracy": 5}]
    assert pareto_front(given_rows, {"accuracy": "maximize"}) == [{"accuracy": 5}, {"accuracy": 5}]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_of_equal_points_the_first_alone_is_on_the_front_if_asked(costs: list[tuple[int, int]]) -> None:
    every, alone = on_front(costs), on_front(costs, equals=False)
    firsts = [point not in costs[:place] for place, point in enumerate(costs)]
    assert alone == [inside and first for inside, first in zip(every, firsts, strict=True)]
