"""The budget of a replay: sizes are refused before they reach the memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from grader.judge.operations import base_name
from grader.judge.trace import Node

MAX_NUMBERS = 1 << 26
MAX_NUMBERS_IN_ALL = 1 << 30
# these make no more numbers than they are given
WITHOUT_META = frozenset({"_fused_sgd", "nonzero", "masked_select"})
# these reduce a broadcast of their inputs that no result shows
BROADCAST_INSIDE = frozenset({"dist", "mse_loss"})


class TooLarge(Exception):
    """An operation makes more numbers than a replay may; `.numbers` says how many."""

    def __init__(self, numbers: int) -> None:
        super().__init__(f"{numbers} numbers")
        self.numbers = numbers


class Budget:
    """What a phase may still make."""

    def __init__(self) -> None:
        self.spent = 0

    def plan(
        self, node: Node, operation: Any, arguments: Sequence[Any], keywords: Mapping[str, Any]
    ) -> None:
        """Run an operation on meta tensors, which have shapes and no numbers, and count what it makes.

        Raises:
            TooLarge: too much; or whatever the operation itself raises.
        """
        name = base_name(node.operation)
        given = list(tensors_in([list(arguments), list(keywords.values())]))
        if name in WITHOUT_META or (
            name in ("index", "index_put") and any(tensor.dtype is torch.bool for tensor in given[1:])
        ):
            self._spend(sum(tensor.numel() for tensor in given))
            return
        if name in BROADCAST_INSIDE:
            _measured(torch.Size(torch.broadcast_shapes(*(tensor.shape for tensor in given))).numel())
        known: dict[int, Tensor] = {}
        on_meta = [_on_meta(argument, known) for argument in arguments]
        words = {key: _on_meta(value, known) for key, value in keywords.items()}
        with _Measure():  # type: ignore[no-untyped-call]
            out = operation(*on_meta, **words)
        before = {tensor.untyped_storage()._cdata for tensor in known.values()}
        for tensor in tensors_in(out if isinstance(out, (list, tuple)) else [out]):
            if tensor.untyped_storage()._cdata not in before:
                self._spend(_numbers(tensor))

    def _spend(self, numbers: int) -> None:
        self.spent += numbers
        if self.spent > MAX_NUMBERS_IN_ALL:
            raise TooLarge(self.spent)


class _Measure(TorchDispatchMode):
    """Measures all results, also those inside of an operation that torch makes of others."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operation imports torch._dynamo, seconds long

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        with self:
            out = func.decompose(*args, **(kwargs or {}))
        if out is NotImplemented:
            out = func(*args, **(kwargs or {}))
        for tensor in tensors_in(out if isinstance(out, (list, tuple)) else [out]):
            _measured(max(tensor.numel(), _numbers(tensor)))
        return out


def tensors_in(tree: Any) -> Iterator[Tensor]:
    """All tensors of a tree of lists, in order."""
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, (list, tuple)):
        for item in tree:
            yield from tensors_in(item)


def _measured(numbers: int) -> None:
    if numbers > MAX_NUMBERS:
        raise TooLarge(numbers)


def _numbers(tensor: Tensor) -> int:
    return tensor.untyped_storage().nbytes() // tensor.element_size()


def _on_meta(argument: Any, known: dict[int, Tensor]) -> Any:
    if isinstance(argument, (list, tuple)):
        return [_on_meta(item, known) for item in argument]
    if isinstance(argument, torch.device):
        return torch.device("meta")
    if not isinstance(argument, Tensor):
        return argument
    if id(argument) not in known:
        whole = torch.empty(_numbers(argument), dtype=argument.dtype, device="meta")
        known[id(argument)] = whole.as_strided(argument.shape, argument.stride(), argument.storage_offset())
    return known[id(argument)]
