"""Tables as LaTeX with booktabs, for papers. The cells are those of the pages."""

from __future__ import annotations

from collections.abc import Sequence

from reports.pages.document import Table

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
    """Return a `table` environment, or a `longtable` where it would not fit on a page.

    Not by pandas, whose writer reads braces in headings as its own.
    """
    columns = "".join("r" if numeric else "l" for numeric in table.numeric)
    title = rf"\caption{{{escaped(table.caption)}}}\label{{tab:{table.name}}}"
    head = [r"\toprule", _row(table.headings), r"\midrule"]
    rows = [_row(row) for row in table.rows]
    if len(rows) > _ROWS_ON_A_PAGE:
        foot = [r"\endhead", r"\bottomrule", r"\endlastfoot"]
        lines = [rf"\begin{{longtable}}{{{columns}}}", rf"{title} \\", *head, *foot, *rows, r"\end{longtable}"]
        return _joined(r"% \usepackage{booktabs,longtable}", lines)
    tabular = [rf"\begin{{tabular}}{{{columns}}}", *head, *rows, r"\bottomrule", r"\end{tabular}"]
    lines = [r"\begin{table}[htbp]", r"\centering", title, *tabular, r"\end{table}"]
    return _joined(r"% \usepackage{booktabs}", lines)


def escaped(text: str) -> str:
    """Return text that LaTeX sets as it is, on one line."""
    return " ".join(text.split()).translate(_SPECIAL)


def _row(cells: Sequence[str]) -> str:
    return " & ".join(map(escaped, cells)) + r" \\"


def _joined(packages: str, lines: Sequence[str]) -> str:
    return "\n".join([packages, *lines]) + "\n"
