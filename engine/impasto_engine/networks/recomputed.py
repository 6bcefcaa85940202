"""A part of a network that keeps only what goes in, and runs again on the way back (arXiv:1604.06174).

torch.utils.checkpoint does the same, and takes 150 MB of imports at its first call.
"""

from collections.abc import Callable
from typing import Any

import torch

Part = Callable[[torch.Tensor], tuple[torch.Tensor, ...]]


def recomputed(part: Part, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """part(x), whose own weights take no gradients."""
    if not (x.requires_grad and torch.is_grad_enabled()):
        return part(x)
    results: tuple[torch.Tensor, ...] = _Recomputed.apply(x, part)
    return results


class _Recomputed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, part: Part) -> tuple[torch.Tensor, ...]:
        ctx.part = part
        ctx.save_for_backward(x)
        ctx.set_materialize_grads(False)
        ctx.autocast = torch.get_autocast_dtype(x.device.type), torch.is_autocast_enabled(x.device.type)
        return part(x)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor | None) -> tuple[torch.Tensor | None, None]:
        (x,) = ctx.saved_tensors
        again = x.detach().requires_grad_()
        dtype, enabled = ctx.autocast
        with torch.enable_grad(), torch.autocast(x.device.type, dtype, enabled):
            results = ctx.part(again)
        pairs = [(one, grad) for one, grad in zip(results, grads, strict=True) if grad is not None]
        if not pairs:
            return None, None
        return torch.autograd.grad([one for one, _ in pairs], again, [grad for _, grad in pairs])[0], None
