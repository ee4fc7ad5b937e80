"""Tables: what becomes an input, what is learned, and every sentence on what cannot be either."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from study.data import DataOptions, Dataset, load_dataset
from study.data.tables.inputs import MISSING

from ..examples import examples
from ..plans import message_of

ROWS = 60
GENERATOR = np.random.default_rng(0)
AGES, PRICES = GENERATOR.integers(18, 80, ROWS), GENERATOR.normal(100, 20, ROWS).round(3)
CITIES = [("Bern", "Basel", "Zürich")[row % 3] for row in range(ROWS)]


def frame_of(**columns: Any) -> pd.DataFrame:  # noqa: ANN401 - whatever a column may hold
    """Returns a table of ages, cities and prices; what is given replaces or adds a column, None takes one away."""
    known = {"age": AGES, "city": CITIES, "price": PRICES} | columns
    return pd.DataFrame({name: values for name, values in known.items() if values is not None})


class Reader:
    """Writes tables to files and reads them."""

    def __init__(self, folder: Path, suffix: str = ".csv") -> None:
        self.folder, self.suffix = folder, suffix

    def write(self, frame: pd.DataFrame, name: str = "sales") -> Path:
        path = self.folder / f"{name}{self.suffix}"
        if self.suffix == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_csv(path, index=False, sep="\t" if self.suffix == ".tsv" else ",")
        return path

    def load(self, *frames: pd.DataFrame, names: tuple[str, ...] = ("sales",), **options: Any) -> Dataset:  # noqa: ANN401
        paths = [self.write(frame, name) for frame, name in zip(frames, names, strict=True)]
        return self.read(",".join(map(str, paths)), **options)

    def read(self, text: str, **options: Any) -> Dataset:  # noqa: ANN401 - fields of DataOptions
        asked = DataOptions(**{"target": ("price",)} | options)
        return load_dataset(text, data_root=self.folder, options=asked)

    def refuses(self, *frames: pd.DataFrame, **rest: Any) -> str:  # noqa: ANN401 - as `load`
        """Returns the refusal, without the folder's path."""
        return message_of(lambda: self.load(*frames, **rest)).replace(f"{self.folder}/", "")


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


# What becomes an input


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".csv.gz", ".parquet"])
def test_numbers_stay_and_categories_become_one_input_a_level(tmp_path: Path, suffix: str) -> None:
    dataset = Reader(tmp_path, suffix).load(frame_of())
    assert dataset.name == "sales"
    assert dataset.features == (("age", None), ("city", "Basel"), ("city", "Bern"), ("city", "Zürich"))
    assert (dataset.spec.task, dataset.spec.shape, dataset.class_names) == ("regression", (4,), ("price",))
    rows = {(age, *(city == level for level in ("Basel", "Bern", "Zürich")), np.float32(price))
            for age, city, price in zip(AGES, CITIES, PRICES, strict=True)}  # fmt: skip
    found = torch.cat([torch.cat([split.inputs, split.targets], dim=1) for split in (dataset.training, dataset.test)])
    assert {tuple(row) for row in found.tolist()} == {tuple(map(float, row)) for row in rows}
    assert dataset.notes == (
        "The target 'price' holds fractions: regression.",
        "'city' is a category, made 3 inputs of 0 and 1, one a level.",
    )


def test_a_table_reads_the_same_from_csv_and_parquet(tmp_path: Path) -> None:
    flags = GENERATOR.random(ROWS) < 0.5
    hashes = {Reader(tmp_path, kind).load(frame_of(flag=flags)).content_hash for kind in (".csv", ".parquet", ".tsv")}
    assert len(hashes) == 1


def test_ids_row_numbers_and_constants_are_pointed_out(reader: Reader) -> None:
    numbers = GENERATOR.permutation(ROWS) * 7
    dataset = reader.load(
        frame_of(row=range(ROWS), number=numbers, one=1, empty=np.nan, name=[f"n{row}" for row in range(ROWS)]),
        impute="median",
    )
    assert [column for column, _ in dataset.features] == ["age", *["city"] * 3, "number"]
    assert dataset.notes[1:5] == (
        "'one', 'empty' have at most one value, and are left out.",
        "'row' counts the rows, and is left out.",
        "'name' has another text in every row, as an id or a date has, and is left out.",
        "'number' has another whole number in every row, as an id has, and is an input all the same: remove from the "
        "table what is an id.",
    )


def test_numbers_that_blur_in_32_bits_are_told(reader: Reader) -> None:
    dataset = reader.load(frame_of(time=2.0**30 + np.arange(ROWS) % 64))
    assert (
        "'time' has 60 different numbers, of which 1 stay different in 32 bits; subtract what they have in common."
        in dataset.notes
    )


def test_too_many_levels_are_refused_with_the_columns_name_and_their_number(reader: Reader) -> None:
    words = [f"w{row % 51:02}" for row in range(ROWS)]
    assert reader.refuses(frame_of(word=words)) == (
        "'word' of 'sales.csv' is a category of 51 levels ('w00', 'w01', ...), and at most 50 are made inputs; put "
        "rare ones together, or remove the column."
    )


def test_text_among_numbers_is_refused_with_its_row(reader: Reader) -> None:
    ages = [str(age) for age in AGES]
    ages[11] = "?"
    assert reader.refuses(frame_of(age=ages)) == (
        "'age' of 'sales.csv' holds numbers, but '?' in row 12 (the heading not counted), and text in 1 row in all; "
        "correct it, or leave such cells empty and let --impute median stand in."
    )


def test_infinite_numbers_are_refused(reader: Reader) -> None:
    widths = [1.5] * (ROWS - 1) + [np.inf]
    assert reader.refuses(frame_of(width=widths)) == (
        "'width' of 'sales.csv' has to hold finite numbers of at most 3.4e38, found inf in row 60; correct it, or "
        "leave the cell empty."
    )


def test_what_is_neither_number_nor_category_is_refused(tmp_path: Path) -> None:
    reader = Reader(tmp_path, ".parquet")
    days = pd.date_range("2024-01-01", periods=ROWS)
    assert reader.refuses(frame_of(day=days)).startswith("'day' of 'sales.parquet' holds values of type datetime64")
    assert reader.refuses(frame_of(parts=[[1, 2]] * ROWS)) == (
        "'parts' of 'sales.parquet' holds values of type ndarray, which is neither a number nor a category; turn it "
        "into numbers or text."
    )


def test_a_table_of_the_target_alone_is_refused(reader: Reader) -> None:
    assert reader.refuses(frame_of(age=None, city=None, one=1)) == (
        "'sales.csv' has no column to learn from beside the target. 'one' has at most one value, and is left out."
    )


# Missing values


def with_holes() -> pd.DataFrame:
    frame = frame_of(age=AGES.astype(float))
    frame.loc[[3, 8], "age"] = np.nan
    frame.loc[5, "city"] = None
    return frame


def test_missing_values_are_refused_with_row_and_column(reader: Reader) -> None:
    assert reader.refuses(with_holes()) == (
        "'sales.csv' has 3 missing values (the heading not counted): row 4 of 'age', row 6 of 'city', row 9 of 'age'; "
        "fill them, remove the row or the column, or let --impute median stand in."
    )


def test_imputed_numbers_stay_missing_until_a_trial_learns_and_categories_get_a_level(reader: Reader) -> None:
    dataset = reader.load(with_holes(), impute="median")
    assert ("city", MISSING) in dataset.features
    both = torch.cat([dataset.training.inputs, dataset.test.inputs])
    assert int(both.isnan().sum()) == 2
    assert int(both[:, dataset.features.index(("city", MISSING))].sum()) == 1
    assert dataset.notes[1:] == (
        "Where 'city' is missing, that is a level of its own, '(missing)'.",
        "'city' is a category, made 4 inputs of 0 and 1, one a level.",
        "2 missing numbers in 'age' become the median of what a trial learns from.",
    )


def test_a_missing_target_is_refused_whatever_is_imputed(reader: Reader) -> None:
    prices = PRICES.copy()
    prices[6] = np.nan
    assert reader.refuses(frame_of(price=prices), impute="median") == (
        "'sales.csv' has to hold every target, found none in row 7 of 'price' (the heading not counted); remove such "
        "rows, in which nothing can be learned."
    )


# What is learned


WHOLE = np.arange(ROWS) % 4


@pytest.mark.parametrize(
    ("values", "task", "classes", "note"),
    [
        (CITIES, "classification", ("Basel", "Bern", "Zürich"), "holds text: classification into 3 classes."),
        ((WHOLE > 1).tolist(), "classification", ("False", "True"),
         "is true or false: classification into 2 classes."),
        (WHOLE - 1, "classification", ("-1", "0", "1", "2"),
         "holds 4 different whole numbers (--task regression takes them as numbers): classification into 4 classes."),
        (np.arange(ROWS), "regression", ("price",),
         "holds 60 different whole numbers (--task classification takes them as classes): regression."),
        (WHOLE / 2, "regression", ("price",), "holds fractions: regression."),
    ],
)  # fmt: skip
def test_the_task_is_found_from_the_target_and_said(
    reader: Reader, values: object, task: str, classes: tuple[str, ...], note: str
) -> None:
    dataset = reader.load(frame_of(price=values))
    assert (dataset.spec.task, dataset.class_names) == (task, classes)
    assert dataset.notes[0] == f"The target 'price' {note}"


def test_classes_are_numbered_in_the_order_of_their_names(reader: Reader) -> None:
    dataset = reader.load(frame_of(price=WHOLE * 10))
    assert dataset.class_names == ("0", "10", "20", "30")
    assert dataset.training.targets.unique().tolist() == [0, 1, 2, 3]


def test_several_targets_are_labels_or_numbers(reader: Reader) -> None:
    frame = frame_of(wet=WHOLE % 2, cold=(WHOLE > 1).astype(int))
    labels = reader.load(frame, target=("wet", "cold"))
    assert (labels.spec.task, labels.class_names, labels.training.targets.dtype) == (
        "multilabel", ("wet", "cold"), torch.uint8,
    )  # fmt: skip
    assert labels.notes[0] == (
        "The targets 'wet', 'cold' hold 0 and 1 alone (--task regression takes them as numbers): multilabel, each is "
        "there or not."
    )
    numbers = reader.load(frame, target=("price", "wet"))
    assert (numbers.spec.task, numbers.spec.outputs) == ("regression", 2)
    assert reader.load(frame, target=("wet", "cold"), task="regression").spec.task == "regression"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": ("prise",)}, "--target names a column of 'sales.csv', which has 'age', 'city', 'price', not "
                                 "'prise'; did you mean 'price'?"),
        ({"target": ("price", "city")}, "The target 'city' of 'sales.csv' has to hold numbers or labels of 0 and 1, "
                                        "found 'Bern' in row 1; name others by --target."),
        ({"task": "classification"}, f"--task classification has a target of classes: text or whole numbers, but "
                                     f"'price' of 'sales.csv' is {PRICES[0]} in row 1; take --task regression, or make "
                                     f"it classes first."),
        ({"target": ("city",), "task": "regression"}, "The target 'city' of 'sales.csv' has to hold numbers, found "
                                                      "'Bern' in row 1; take --task classification, or name another "
                                                      "column by --target."),
        ({"task": "multilabel"}, "--task multilabel has at least 2 targets of 0 and 1, not 'price' alone; name several "
                                 "by --target, or take --task classification."),
        ({"target": ("age", "price"), "task": "classification"}, "--task classification has one target, whose values "
                                                                 "are the classes, not 'age', 'price'; name one by "
                                                                 "--target, or take --task multilabel."),
        ({"target": ("age", "price"), "task": "multilabel"}, f"--task multilabel has targets of 0 and 1, but 'age' of "
                                                             f"'sales.csv' is '{AGES[0]}' in row 1; take --task "
                                                             f"regression, or name other columns by --target."),
        ({"group": "town"}, "--group names a column of 'sales.csv', which has 'age', 'city', 'price', not 'town'."),
        ({"grey": True}, "--grey means nothing here: 'sales.csv' is a table; the options of such data are --target, "
                         "--task, --impute, --group."),
    ],
)  # fmt: skip
def test_what_cannot_be_learned_is_refused(reader: Reader, options: dict[str, Any], message: str) -> None:
    assert reader.refuses(frame_of(), **options) == message


# Files


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'sales.csv' is empty; a table has a heading and at least 1 row."),
        ("age,price\n", "'sales.csv' has to hold at least 1 row, found a heading alone."),
        ("age,age,price\n1,2,3\n", "'sales.csv' has to name each column once, found 'age' more than once; rename one."),
        ("age;price\n1;2\n", "'sales.csv' has the single column 'age;price': its values seem to be separated by ';'; "
                             "save it with commas between them."),
        ("age,price\n1,2\n1,2,3\n", "'sales.csv' cannot be read as a table: Error tokenizing data. C error: Expected 2 "
                                    "fields in line 3, saw 3."),
    ],
)  # fmt: skip
def test_files_that_are_no_table_are_refused(reader: Reader, text: str, message: str) -> None:
    (reader.folder / "sales.csv").write_text(text)
    told = message_of(lambda: reader.read(str(reader.folder / "sales.csv")))
    assert told.replace(f"{reader.folder}/", "") == message


@pytest.mark.parametrize(("name", "content"), [("sales.csv", b"a,price\n\xff\xfe,1\n"), ("sales.parquet", b"PAR1")])
def test_damaged_files_are_refused_by_name(reader: Reader, name: str, content: bytes) -> None:
    (reader.folder / name).write_bytes(content)
    assert f"{name}'" in message_of(lambda: reader.read(str(reader.folder / name)))


def test_a_parquet_file_needs_a_target(tmp_path: Path) -> None:
    reader = Reader(tmp_path, ".parquet")
    assert reader.refuses(frame_of(), target=()) == (
        "A table needs --target, the column that is learned; 'sales.parquet' has 'age', 'city', 'price'."
    )


def test_a_csv_of_pixels_without_a_target_stays_a_data_set_of_pictures(reader: Reader) -> None:
    pixels = pd.DataFrame(GENERATOR.integers(0, 256, (30, 784)))
    pixels.insert(0, "label", np.arange(30) % 3)
    assert reader.load(pixels, target=()).spec.shape == (1, 28, 28)


# Splits of their own


def test_files_for_each_split_are_taken_as_they_stand(reader: Reader) -> None:
    frame = frame_of()
    parts = frame[:40], frame[40:50][["price", "city", "age"]], frame[50:]
    dataset = reader.load(*parts, names=("train", "val", "test"))
    assert [len(split) for split in (dataset.training, dataset.validation or (), dataset.test)] == [40, 10, 10]
    assert dataset.validation is not None
    assert dataset.validation.targets[:, 0].tolist() == PRICES[40:50].astype(np.float32).tolist()
    assert dataset.notes[0].replace(f"{reader.folder}/", "") == (
        "'train.csv' is the training split; 'val.csv' is the validation split; 'test.csv' is the test split, each as "
        "it stands."
    )
    assert reader.load(*parts[::2], names=("train", "test")).validation is None


@pytest.mark.parametrize(
    ("test", "message"),
    [
        (frame_of(age=None), "'test.csv' lacks 'age', which 'train.csv' has; add it there."),
        (frame_of(more=1), "'test.csv' has 'more', which 'train.csv' lacks; remove it there."),
        (frame_of(city="Genf"), "'city' of 'test.csv' is 'Genf' in row 1, and what was learned from knows 'Basel', "
                                "'Bern', 'Zürich' alone; correct it, or add such rows to what is learned from."),
        (frame_of(age="old"), "'age' of 'test.csv' has to hold numbers, as what was learned from does, found 'old' in "
                              "row 1; correct it."),
    ],
)  # fmt: skip
def test_a_test_file_of_other_columns_or_levels_is_refused(reader: Reader, test: pd.DataFrame, message: str) -> None:
    assert reader.refuses(frame_of(), test, names=("train", "test")) == message


def test_an_unknown_class_in_a_test_file_is_refused(reader: Reader) -> None:
    frames = frame_of(price=CITIES), frame_of(price="Genf")
    assert reader.refuses(*frames, names=("train", "test")) == (
        "The target 'price' of 'test.csv' is 'Genf' in row 1, and what was learned from knows 'Basel', 'Bern', "
        "'Zürich' alone; correct it, or add such rows to what is learned from."
    )


def test_files_in_another_order_are_refused(reader: Reader) -> None:
    assert reader.refuses(frame_of(), frame_of(), names=("test", "train")) == (
        "Tables are given in the order training, validation, test; 'test.csv' stands first and 'train.csv' last. Turn "
        "them round, or rename them."
    )


def test_groups_are_kept_whole_are_no_input_and_are_told(reader: Reader) -> None:
    patients = np.arange(ROWS) // 4
    dataset = reader.load(frame_of(patient=patients), group="patient")
    assert "patient" not in [column for column, _ in dataset.features]
    assert dataset.groups is not None
    prices = {np.float32(price): patient for price, patient in zip(PRICES, patients, strict=True)}
    sides = [{prices[np.float32(price)] for price in split.targets[:, 0].tolist()} for split in
             (dataset.training, dataset.test)]  # fmt: skip
    assert sides[0].isdisjoint(sides[1])
    assert "'patient' has 15 values; its rows stay together in every cut, and it is no input." in dataset.notes


def test_groups_on_both_sides_of_splits_that_are_given_are_told(reader: Reader) -> None:
    frame = frame_of(patient=np.arange(ROWS) // 4)
    dataset = reader.load(frame[:42], frame[42:], names=("train", "test"), group="patient")
    assert (
        "1 values of 'patient' are in the training and the test split, which are taken as they are: what is scored "
        "there was partly seen." in dataset.notes
    )


# A study's own inputs


def test_another_table_is_read_by_what_a_studys_inputs_are(reader: Reader) -> None:
    """The other one knows fewer cities, and its columns stand in another order."""
    known = reader.load(frame_of()).features
    other = frame_of(city="Bern", age=AGES)[["price", "city", "age"]]
    path = reader.write(other, "other")
    found = load_dataset(str(path), data_root=reader.folder, options=DataOptions(target=("price",)), features=known)
    assert found.features == known
    assert found.spec.shape == (4,)
    assert found.test.inputs[:, known.index(("city", "Bern"))].tolist() == [1.0] * len(found.test)
    lacking = reader.write(frame_of(age=None), "lacking")
    assert message_of(
        lambda: load_dataset(
            str(lacking), data_root=reader.folder, options=DataOptions(target=("price",)), features=known
        )
    ).endswith("lacking.csv' lacks 'age', which what was learned from has; add it.")


@examples(25)
@given(
    st.lists(st.sampled_from(("a", "b c", "é,", '"')), min_size=12, max_size=40),
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=40, max_size=40),
)
def test_every_cell_comes_back(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], numbers: list[float]
) -> None:
    count = len(words)
    frame = pd.DataFrame(
        {"word": words, "number": numbers[:count], "z": np.arange(count) % 2, "y": np.arange(count) / 2}
    )
    dataset = Reader(tmp_path_factory.mktemp("tables")).load(frame, target=("y",))
    both = torch.cat([dataset.training.inputs, dataset.test.inputs])
    targets = torch.cat([dataset.training.targets, dataset.test.targets])[:, 0]
    rows = both[targets.argsort()]
    for place, (column, level) in enumerate(dataset.features):
        known = {"word": [float(word == level) for word in words], "number": numbers[:count]}
        expected = known.get(column, [float(row % 2) for row in range(count)])
        assert rows[:, place].tolist() == expected


def test_rows_with_more_values_than_the_heading_has_names_are_refused(tmp_path: Path) -> None:
    """As R's write.table leaves them; read as they stand, every value would be in its neighbour's column."""
    path = tmp_path / "frame.csv"
    path.write_text("a,b,y\n" + "".join(f"{row},{row / 10},{row + 0.5},{90 + row}\n" for row in range(1, 9)))
    told = message_of(lambda: load_dataset(str(path), data_root=tmp_path, options=DataOptions(target=("y",))))
    assert told == (
        f"'{path}' has rows with more values than its heading has names (3); name every column, that of row names too."
    )
