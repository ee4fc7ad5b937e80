"""The one error of a report that a user is meant to read."""


class ReportError(Exception):
    """What was asked for cannot be reported; its message is one line with the rule, the value and the remedy."""
