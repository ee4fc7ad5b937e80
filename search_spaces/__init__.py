"""Declarations of what is tuned: one module a space, each with `SPACE`. Literals only."""
