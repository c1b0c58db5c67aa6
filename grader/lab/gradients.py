"""Gradients of a reference: by autograd, so that nobody has to derive them twice."""

import torch
from torch import Tensor


def gradients(loss: Tensor, **of: Tensor) -> dict[str, Tensor]:
    """The gradients of a loss by name: `gradients(loss, dX=X, dW=W)`, each in the shape of its tensor."""
    found = torch.autograd.grad(loss, list(of.values()), retain_graph=True)
    return dict(zip(of, found, strict=True))
