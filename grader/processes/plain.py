"""What goes from one process to another: tensors, numbers, texts, and lists, tuples and dicts of them, as bytes."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

PLAIN = (bool, int, float, complex, str, torch.dtype, type(None))


class NotPlain(TypeError):
    """Something else is among it; the text is the name of its type."""


def plain(value: Any) -> Any:
    """The value with tensors that stand alone: on the CPU, without autograd, and with nothing behind a view.

    Raises:
        NotPlain: it holds something else.
    """
    if type(value) in PLAIN:
        return value
    if type(value) in (Tensor, torch.nn.Parameter):
        return value.detach().cpu().clone(memory_format=torch.contiguous_format)
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(plain, value)) if type(value) in (list, tuple) else tuple(map(plain, value))
    raise NotPlain(type(value).__name__)


def packed(value: Any) -> bytes:
    """Such a value as bytes.

    Raises:
        NotPlain: it holds something else.
    """
    buffer = io.BytesIO()
    torch.save(plain(value), buffer)
    return buffer.getvalue()


def unpacked(content: bytes) -> Any:
    """The value that such bytes hold; nothing else is made of them."""
    return torch.load(io.BytesIO(content), weights_only=True)
