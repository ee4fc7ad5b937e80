"""Finds spaces and models by name, in this package or a user's own; nothing has to be registered."""

from study.catalog.models import Model, is_parameter, load_model
from study.catalog.source_code import Code
from study.catalog.spaces import load_space, portable_source, space_names

__all__ = ["Code", "Model", "is_parameter", "load_model", "load_space", "portable_source", "space_names"]
