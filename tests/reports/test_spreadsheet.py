"""CSV files as spreadsheets read them."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.pages.spreadsheet import to_csv


def cells(table: pd.DataFrame) -> list[list[str]]:
    return list(csv.reader(io.StringIO(to_csv(table).decode("utf-8-sig"), newline="")))


def test_umlauts_follow_a_byte_order_mark() -> None:
    written = to_csv(pd.DataFrame({"Größe": ["Äpfel"]}))
    assert written == b"\xef\xbb\xbf" + "Größe\r\nÄpfel\r\n".encode()
    assert pd.read_csv(io.BytesIO(written)).to_dict("list") == {"Größe": ["Äpfel"]}


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-nan", "="])
def test_a_text_that_would_begin_a_formula_gets_an_apostrophe(text: str) -> None:
    assert cells(pd.DataFrame({"name": [text], text: ["x"]})) == [["name", f"'{text}"], [f"'{text}", "x"]]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1))
def test_no_text_begins_a_formula_and_none_is_lost(texts: list[str]) -> None:
    found = [row[0] for row in cells(pd.DataFrame({"name": texts, "end": "."}))[1:]]
    assert [text.removeprefix("'") for text in found] == [text.removeprefix("'") for text in texts]
    assert not any(text[0] in "=@\t\r" for text in found)


def test_numbers_stay_as_they_are() -> None:
    table = pd.DataFrame({"difference": [-0.5, 1e-7], "text": ["-0.5", "+1.5e-3"], "mixed": [-1, "sgd"]})
    assert cells(table)[1:] == [["-0.5", "-0.5", "-1"], ["1e-07", "+1.5e-3", "sgd"]]


def test_counts_beside_missing_ones_have_no_decimal_point() -> None:
    table = pd.DataFrame({"replicate": [1.0, None], "accuracy": [1.0, None], "seeds_needed": [5.0, float("inf")]})
    assert cells(table)[1:] == [["1", "1.0", "5.0"], ["", "", "inf"]]
