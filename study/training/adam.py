"""torch's fused Adam and AdamW with less around each step: the same numbers, states and kernel.

A step of torch's looks the parameters and their state up anew, opens a range for the profiler and sorts tensors by
device and type. That is a twentieth of a training step of a small network on a CPU, whose caches hold its data instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor


class _Tensors(NamedTuple):
    """What a step of one group changes."""

    group: dict[str, Any]
    parameters: list[Tensor]
    means: list[Tensor]
    squares: list[Tensor]
    steps: list[Tensor]


class _Fused(torch.optim.Adam):
    """One call of torch's kernel for each group of parameters."""

    kernel: Callable[..., None]
    _known: Sequence[_Tensors] = ()
    """Of each group; nothing until every parameter has a state, which torch's own step makes."""

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Change the parameters by their gradients.

        Args:
            closure: torch's; there is none here.
        """
        gradients = [[parameter.grad for parameter in entry.parameters] for entry in self._known]
        if not gradients or any(gradient is None for found in gradients for gradient in found):
            super().step()
            self._known = self._tensors()
            return
        for entry, found in zip(self._known, gradients, strict=True):
            group = entry.group
            beta1, beta2 = group["betas"]
            torch._foreach_add_(entry.steps, 1)
            self.kernel(
                entry.parameters,
                found,
                entry.means,
                entry.squares,
                [],
                entry.steps,
                lr=group["lr"],
                beta1=beta1,
                beta2=beta2,
                weight_decay=group["weight_decay"],
                eps=group["eps"],
                amsgrad=False,
                maximize=False,
            )

    step.hooked = True  # type: ignore[attr-defined]  # or torch wraps it in a range for the profiler

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients.

        Args:
            set_to_none: torch's; they are always freed here.
        """
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a state that torch's optimizer, or this one, returned."""
        super().load_state_dict(state_dict)
        self._known = ()

    def _tensors(self) -> Sequence[_Tensors]:
        """Return what steps change; nothing where a parameter has no state yet, or a group needs several kernels."""
        found = []
        for group in self.param_groups:
            parameters = group["params"]
            states = [self.state.get(parameter) for parameter in parameters]
            if not all(states) or len({(parameter.device, parameter.dtype) for parameter in parameters}) != 1:
                return ()
            kept = [[state[key] for state in states] for key in ("exp_avg", "exp_avg_sq", "step")]  # type: ignore[index]
            found.append(_Tensors(group, parameters, *kept))
        return found


class Adam(_Fused):
    """`torch.optim.Adam(fused=True)`."""

    kernel = staticmethod(torch._fused_adam_)


class AdamW(_Fused, torch.optim.AdamW):
    """`torch.optim.AdamW(fused=True)`."""

    kernel = staticmethod(torch._fused_adamw_)
