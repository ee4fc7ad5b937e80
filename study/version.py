"""The program's version, which everything that is stored names."""

__version__ = "0.1.0"
