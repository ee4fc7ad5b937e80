"""Whether data can have a configuration: the recipe's options, and the network, built where it takes no memory.

One place answers that for a launch, for an ablation's variants, and for what counts parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import nn

from study.catalog import Model
from study.engines.isolation import isolated
from study.errors import USER_CODE_RAISES, StudyError
from study.plan import Plan
from study.recipe import without_effect
from study.storable import line
from study.task import DataSpec
from study.training import lazy
from study.trial import Scalar

EXAMPLES = 2
"""Made-up inputs that a network is given: enough for what reckons a mean over a batch."""
_OF_SHAPES = re.compile(
    r"cannot be multiplied|same reduction dim|[Ee]xpected input|[Ee]xpected .*\dD|must be equal to input_size|"
    r"size mismatch|is invalid for input of size|must match the size|[Dd]imension out of range|normalized_shape|"
    r"expanded size|inconsistent tensor size|multiply up to|[Ii]nvalid channel dimensions",
    re.DOTALL,
)
"""What torch says where an input has another shape than a layer was made for."""


def blueprint(model: Model, params: object, data: DataSpec) -> nn.Module:
    """Build a network on torch's meta device, where nothing is allocated; lazy modules have their sizes.

    Whatever a model's own code changes of the process's state is put back.

    Raises:
        Exception: A user's model may raise anything, and some cannot be built that way.
    """
    with isolated(), torch.device("meta"):
        network: nn.Module = model.build(params, data)
        lazy.initialize(network, lambda: torch.zeros(EXAMPLES, *data.shape))
    return network


def misfit(plan: Plan, configuration: Mapping[str, Scalar]) -> str | None:
    """Return why the study's data cannot have a configuration; None if they can, or if that is not known beforehand.

    A user's model may raise anything: what is no StudyError, and tells of no shape, is left to its trials.

    Args:
        plan: Its model and its data are used.
        configuration: Every field.
    """
    model, data = plan.model, plan.dataset.spec
    try:
        recipe, params = model.split(configuration)
        if model.own is not None:
            return None
        recipe.check(data)
        network = blueprint(model, params, data)
        if not is_ours(model):
            # Memory, but no values: on the meta device, recurrent layers take seconds.
            with isolated(), torch.no_grad():
                network.to_empty(device="cpu").eval()(torch.zeros(EXAMPLES, *data.shape))
    except StudyError as error:
        return str(error)
    except USER_CODE_RAISES as error:
        if isinstance(error, RuntimeError | ValueError | IndexError) and _OF_SHAPES.search(said := line(error)):
            return f"model {model.name!r} cannot read the data, {data.shape_in_words()}: {said}"
    return None


def idle(plan: Plan, configuration: Mapping[str, Scalar], beside: Mapping[str, Scalar]) -> str | None:
    """Return which option of a configuration its optimizer does not use, though it is set to another value than beside.

    None where there is none. A model that trains itself uses its options in ways of its own.
    """
    return None if plan.model.own is not None else without_effect(configuration, beside)


def is_ours(model: Model) -> bool:
    """Return whether a model is of this program: it says itself what it cannot read, and is quick to build."""
    return model.build.__module__.startswith("study.models.")
