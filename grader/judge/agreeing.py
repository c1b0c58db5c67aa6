"""Operations whose kernels trust that their tensors agree: where a record says otherwise, they are not run."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

Arguments = Sequence[Any]


def check_agreement(name: str, arguments: Arguments, keywords: Mapping[str, Any]) -> None:
    """Refuse an operation on tensors that don't fit together, and that would read or write past their memory. Raises
    ValueError: they don't."""
    check = CHECKS.get(name)
    if check is not None:
        try:
            agree = check(arguments, keywords)
        except (IndexError, AttributeError, TypeError):
            agree = False
        if not agree:
            raise ValueError("tensors that do not fit together")


def _rows(tensor: Tensor, shape: Sequence[int]) -> int:
    """How many rows of that shape a tensor has."""
    return math.prod(tensor.shape[: tensor.dim() - len(shape)])


def _same_shape(arguments: Arguments, keywords: Mapping[str, Any]) -> bool:
    return bool(arguments[0].shape == arguments[1].shape)


def _layer_norm_backward(arguments: Arguments, keywords: Mapping[str, Any]) -> bool:
    gradient, given, shape, mean, inverse = arguments[:5]
    rows = _rows(given, shape)
    alike = gradient.shape == given.shape and tuple(given.shape[given.dim() - len(shape) :]) == tuple(shape)
    plain = mean.is_contiguous() and inverse.is_contiguous()
    return bool(alike and plain and mean.numel() == rows == inverse.numel() and _of_shape(arguments[5:7], shape))


def _of_shape(tensors: Arguments, shape: Sequence[int]) -> bool:
    return all(tensor is None or tuple(tensor.shape) == tuple(shape) for tensor in tensors)


def _embedding_backward(arguments: Arguments, keywords: Mapping[str, Any]) -> bool:
    gradient, ids, rows = arguments[:3]
    by_frequency = bool(arguments[4]) if len(arguments) > 4 else bool(keywords.get("scale_grad_by_freq"))
    inside = not ids.numel() or (int(ids.min()) >= 0 and int(ids.max()) < rows)
    return bool(not by_frequency and inside and gradient.shape[:-1] == ids.shape)


def _loss_backward(arguments: Arguments, keywords: Mapping[str, Any]) -> bool:
    gradient, given, target = arguments[:3]
    weight, _, _, total = (*arguments[3:], *[None] * 4)[:4]
    rows = given.shape[0] if given.dim() > 1 else 1
    fits = target.numel() == rows and given.dim() in (1, 2) and (weight is None or weight.numel() == given.shape[-1])
    return bool(fits and gradient.numel() in (1, rows) and (total is None or total.numel() == 1))


def _loss_forward(arguments: Arguments, keywords: Mapping[str, Any]) -> bool:
    given, target = arguments[:2]
    weight = arguments[2] if len(arguments) > 2 else None
    rows = given.shape[0] if given.dim() > 1 else 1
    weighted = weight is None or weight.numel() == given.shape[-1]
    return bool(target.numel() == rows and given.dim() in (1, 2) and weighted)


CHECKS: dict[str, Callable[[Arguments, Mapping[str, Any]], bool]] = {
    "_softmax_backward_data": _same_shape,
    "_log_softmax_backward_data": _same_shape,
    "native_layer_norm_backward": _layer_norm_backward,
    "embedding_dense_backward": _embedding_backward,
    "nll_loss_forward": _loss_forward,
    "nll_loss_backward": _loss_backward,
}
