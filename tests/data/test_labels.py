"""Which labels are which classes, whatever numbers or words a file holds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.data.arrays.labels import clean_labels, encode, find_classes, numbered_classes
from study.errors import StudyError

numbers = st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=40)
words = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5), min_size=1)
any_labels = numbers | words


@given(any_labels)
def test_every_label_is_a_class_in_ascending_order(values: list[int] | list[str]) -> None:
    labels = clean_labels(np.array(values), "'f'")
    classes, _ = find_classes(labels, "'f'")
    assert classes.names == tuple(str(value) for value in sorted(set(values)))  # type: ignore[type-var]


@given(any_labels)
def test_a_label_leads_to_the_class_that_bears_its_name(values: list[int] | list[str]) -> None:
    labels = clean_labels(np.array(values), "'f'")
    classes, _ = find_classes(labels, "'f'")
    assert [classes.names[place] for place in encode(labels, classes, "'f'")] == [str(value) for value in values]


@given(st.integers(1, 300), st.randoms(use_true_random=False))
def test_labels_that_are_indices_already_stay_as_they_are_without_a_note(count: int, random: object) -> None:
    labels = np.arange(count)
    random.shuffle(labels)  # type: ignore[attr-defined]
    classes, notes = find_classes(clean_labels(labels, "'f'"), "'f'")
    assert notes == ()
    assert encode(labels, classes, "'f'").tolist() == labels.tolist()


@given(numbers)
def test_other_labels_are_told_in_one_note(values: list[int]) -> None:
    _, notes = find_classes(clean_labels(np.array(values), "'f'"), "'f'")
    assert len(notes) == (sorted(set(values)) != list(range(len(set(values)))))


@given(numbers, st.integers(0, 2**31 - 1))
def test_a_test_label_that_training_lacks_is_refused(values: list[int], other: int) -> None:
    classes, _ = find_classes(clean_labels(np.array(values), "'f'"), "'f'")
    if other in values:
        assert classes.names[int(encode(np.array([other]), classes, "'test'")[0])] == str(other)
        return
    with pytest.raises(StudyError) as caught:
        encode(np.array([values[0], other]), classes, "'test'")
    assert str(caught.value).startswith("Labels of 'test' have to be ")
    assert str(caught.value).endswith(f" (the labels of training), found {other} at position 1.")


def test_many_labels_are_not_all_listed() -> None:
    classes, _ = find_classes(np.arange(0, 60, 2), "'f'")
    assert classes.describe() == "0, 2, 4, 6, 8, 10, 12, 14, 16, ..., 58"


def test_published_classes_may_begin_at_1() -> None:
    classes = numbered_classes(("a", "b"), first=1)
    assert encode(np.array([2, 1]), classes, "'f'").tolist() == [1, 0]
    with pytest.raises(StudyError, match=r"^Labels of 'f' have to be 1 to 2, found 0 at position 0\.$"):
        encode(np.array([0]), classes, "'f'")


def test_words_beside_numbers_are_compared_as_words() -> None:
    classes, _ = find_classes(np.array([10, 9, 2]), "'f'")
    assert encode(np.array(["10", "2"]), classes, "'f'").tolist() == [2, 0]
    with pytest.raises(StudyError, match="found cat at position 0"):
        encode(np.array(["cat"]), classes, "'f'")


@pytest.mark.parametrize("shape", [(3,), (3, 1), (1, 3)])
def test_a_column_or_a_row_is_a_list(shape: tuple[int, ...]) -> None:
    assert clean_labels(np.array([2, 0, 1]).reshape(shape), "'f'").tolist() == [2, 0, 1]


@pytest.mark.parametrize("numpy_type", ["bool", "u1", "i2", "u8", "f4", "f8"])
def test_whole_numbers_of_any_type(numpy_type: str) -> None:
    labels = clean_labels(np.array([1, 0], dtype=numpy_type), "'f'")
    assert labels.tolist() == [1, 0]
    assert labels.dtype == np.int64


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        (np.array([0.0, 0.5]), "Labels of 'f' have to be whole numbers, found 0.5 at position 1."),
        (np.array([np.nan]), "Labels of 'f' have to be whole numbers, found nan at position 0."),
        (np.array([0.0, 1e300]), "Labels of 'f' have to be whole numbers, found 1e+300 at position 1."),
        (np.array([0, -1]), "Labels of 'f' have to be 0 or more, found -1 at position 1."),
        (np.array([]), "'f' has to hold at least 1 label, found none."),
        (
            np.zeros((4, 3)),
            "Labels of 'f' have to be one list with one label for each image, found 4 x 3; give the number of each "
            "image's class.",
        ),
        (np.array([1j]), "Labels of 'f' have to be whole numbers or text, found values of type complex128."),
    ],
)
def test_what_is_no_label_is_refused(labels: np.ndarray, problem: str) -> None:
    with pytest.raises(StudyError) as caught:
        clean_labels(labels, "'f'")
    assert str(caught.value) == problem


def test_a_number_beyond_64_bits_is_refused_and_not_wrapped() -> None:
    with pytest.raises(StudyError, match="found 18446744073709551615 at position 0"):
        clean_labels(np.array([2**64 - 1], dtype=np.uint64), "'f'")
