"""Operations by their parts, where torch's own decomposition has one without a rule."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor


def _centred(x: Tensor, dims: Sequence[int] | None) -> tuple[Tensor, Tensor]:
    over = list(range(x.dim())) if dims is None else list(dims)
    mean = x.mean(over, keepdim=True)
    return x - mean, mean


def _var(x: Tensor, dim: Any = None, *, correction: float | None = None, keepdim: bool = False) -> Tensor:
    """Σ (x - mean)² / (n - correction)."""
    over = list(range(x.dim())) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    centred, _ = _centred(x, over)
    n = x.numel() / max(centred.sum(over).numel(), 1)
    return (centred * centred).sum(over, keepdim=keepdim) / (n - (1 if correction is None else correction))


def _layer_norm(
    x: Tensor, shape: Sequence[int], weight: Tensor | None, bias: Tensor | None, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """(x - mean) / sqrt(var + eps) · weight + bias, mean, and 1 / sqrt(var + eps)."""
    over = list(range(x.dim() - len(shape), x.dim()))
    centred, mean = _centred(x, over)
    inverse = torch.rsqrt((centred * centred).mean(over, keepdim=True) + eps)
    made = centred * inverse
    made = made if weight is None else made * weight
    return (made if bias is None else made + bias), mean, inverse


def _log_softmax(x: Tensor, dim: int, half_to_float: bool = False) -> Tensor:
    """x - log Σ exp x, in which the sum's logarithm may be rounded before it is subtracted."""
    largest = x.amax(dim, keepdim=True)
    return x - ((x - largest).exp().sum(dim, keepdim=True).log() + largest)


PARTS: dict[str, Callable[..., Any]] = {
    "var": _var,
    "native_layer_norm": _layer_norm,
    "_log_softmax": _log_softmax,
}
