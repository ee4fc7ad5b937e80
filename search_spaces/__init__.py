"""Declarations of what is tuned: one module a space, each with `SPACE`. Literals only, but for the package `notebook`.

That holds the claims which the spaces `cnn` and `lstm` declare, and the code that judges them; only a report loads it.
"""
