"""A document with a block of every kind, whose numbers the tests know."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from reports.drawing import style
from reports.formatting import MINUS, MISSING, shown
from reports.pages.document import (
    Bullets,
    Card,
    Column,
    Commands,
    Document,
    Findings,
    Link,
    Paragraph,
    Section,
    Stance,
    Table,
    tabulate,
)
from reports.pages.figure import FigureBlock
from reports.pages.overview import Change, Group, Overview, Suggested

EVIL = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'> | $x$ `_a_ [b](c) \\ {d} %"
ACCURACIES = {
    "ten": "98.10 %",
    "nine": "9.95 %",
    "none": MISSING,
    "minus": f"{MINUS}1.20 percentage points",
    "big": "1,234.00 %",
}
ACCURACIES |= {f"{number}": f"{number}.50 %" for number in range(20, 27)}
"""As many rows as make a filter worth its place."""
BY_VALUE = ["minus", "nine", *map(str, range(20, 27)), "ten", "big", "none"]


def document(name: str = "cnn") -> Document:
    """`name` stands wherever a name from the database may stand."""
    return Document(
        f"Specimen {name}",
        (
            Section("In short", (overview(name),)),
            Section(
                "What was found",
                (
                    Paragraph(f"Prose on {name}."),
                    Bullets((name, "two")),
                    findings(name),
                    Findings((open_card(name),), True),
                ),
            ),
            Section(
                "Numbers",
                (table(name), folded_table(name), Paragraph("Read on.", (Link(f"curves of {name}", "figure-curves"),))),
            ),
            Section("Curves", (figure(name), Commands((f"python -m study run {name}",)), _open_question(name))),
        ),
    )


def overview(name: str) -> Overview:
    there = Suggested(name, f"{name}=1", "+1.00 (+0.50 to +1.50)", "1.20 times", "as large", _folded_card(name).anchor)
    return Overview(
        study=name,
        number=1,
        groups=(Group("Adopt", (there,)), Group("Unproven", (there, Suggested("x", effect="0.00")), folded=True)),
        scope=f"The baseline of {name}.",
        suggestions_note=f"Change of {name}.",
        figure=FigureBlock("small", "Small.", f"{name} is better.", partial(draw, name)),
        best=f"Best settings of {name} are better.",
        changes=(Change(name, "1", name),),
        command=f"python -m study run --set {name}",
        trust=f"9 seeds of {name}.",
        remarks=(f"{name} goes on.",),
    )


def folded_table(name: str) -> Table:
    """A table with more columns than are shown at first, and a row that something is folded into."""
    columns = [
        Column("Variant", shown("what")),
        Column("Effect", shown("value"), numeric=True, note=f"Of {name}."),
        Column("Third", shown("name"), note=f"Again {name}."),
        Column("Fourth", shown("name")),
    ]
    rows = pd.DataFrame([{"what": what, "value": "1", "name": name} for what in (name, "other")])
    made = tabulate("folded", f"Folded {name}", rows, columns, first=2, key=lambda row: str(row["what"]))
    return replace(made, details=(_folded_card(name), None))


def _folded_card(name: str) -> Card:
    return replace(open_card(name), claim=f"{name} in a row")


def findings(name: str) -> Findings:
    there, absent = Link(f"table of {name}", "table-numbers"), Link("nowhere", "table-absent")
    stances = [
        Card(f"{name} is {stance.value}", stance, f"verdict of {stance.value}", links=(Link("numbers", "numbers"),))
        for stance in Stance
    ]
    full = Card(
        f"{name} trains faster",
        Stance.FOR,
        "supported",
        text="Judged by seconds per epoch.",
        evidence_for=(f"{name}: 2.0 s", "half of it"),
        evidence_against=("4.0 s on a phone",),
        links=(there, absent),
        command=f"python -m study run {name} --replicates 9",
    )
    return Findings((full, *stances))


def open_card(name: str) -> Card:
    return Card(
        f"{name} with dropout",
        Stance.UNDECIDED,
        "cannot tell",
        text=f"Changes {name} to 0.25.",
        evidence_neutral=(f"{name}: +0.10 percentage points", "half of it"),
        links=(Link(f"table of {name}", "table-numbers"),),
        command=f"python -m study ablate {name}",
        purpose=f"With more seeds of {name}:",
    )


def _open_question(name: str) -> Paragraph:
    return Paragraph("And dropout?", (Link("its card", open_card(name).anchor),))


def table(name: str) -> Table:
    rows = [{"what": what, "value": value, "name": name} for what, value in ACCURACIES.items()]
    columns = [
        Column("What", shown("what")),
        Column(f"Accuracy of {name}", shown("value"), numeric=True),
        Column("Name", shown("name")),
    ]
    return tabulate("numbers", f"Numbers of {name}", pd.DataFrame(rows), columns)


def figure(name: str) -> FigureBlock:
    return FigureBlock("curves", f"Curves of {name}.", f"A line of {name} falls.", partial(draw, name))


def draw(name: str) -> Figure:
    drawn, (axes,) = style.panels([3.0])
    axes.plot([1, 2, 3], [0.5, 0.25, 0.125], marker="o", label=style.label(name, 200))
    axes.set(xlabel="Epoch", ylabel="Loss")
    return drawn
