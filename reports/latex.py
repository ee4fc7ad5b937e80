"""Tables as LaTeX with booktabs, for papers. The cells are those of the pages."""

from __future__ import annotations

import pandas as pd

from reports.document import Table

_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "[": "{[}",  # After a row's end it would begin an option
        "]": "{]}",
        "\N{MINUS SIGN}": r"\ensuremath{-}",
        "\N{PLUS-MINUS SIGN}": r"\ensuremath{\pm}",
        "\N{MULTIPLICATION SIGN}": r"\ensuremath{\times}",
        "\N{LESS-THAN OR EQUAL TO}": r"\ensuremath{\leq}",
        "\N{GREATER-THAN OR EQUAL TO}": r"\ensuremath{\geq}",
        "\N{RIGHTWARDS ARROW}": r"\ensuremath{\to}",
    }
)
_ROWS_ON_A_PAGE = 40


def to_latex(table: Table) -> str:
    """Returns a `table` environment, or a `longtable` where it would not fit on a page."""
    long = len(table.rows) > _ROWS_ON_A_PAGE
    # Numbered columns: two headings may be alike.
    cells = pd.DataFrame([[escaped(cell) for cell in row] for row in table.rows], columns=range(len(table.headings)))
    body = cells.to_latex(
        index=False,
        header=[escaped(heading) for heading in table.headings],
        escape=False,
        caption=escaped(table.caption),
        label=f"tab:{table.name}",
        column_format="".join("r" if numeric else "l" for numeric in table.numeric),
        longtable=long,
        position=None if long else "htbp",
    )
    packages = r"\usepackage{booktabs,longtable}" if long else r"\usepackage{booktabs}"
    return f"% {packages}\n{body}"


def escaped(text: str) -> str:
    """Returns text that LaTeX sets as it is, on one line."""
    return " ".join(text.split()).translate(_SPECIAL)
