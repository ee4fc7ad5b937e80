"""The only package that asks Optuna what to try next. Optuna's WAITING trials are the queue; there is no other."""

from study.search.search import Search

__all__ = ["Search"]
