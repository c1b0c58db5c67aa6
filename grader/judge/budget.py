"""The budget of a replay: what is too large, too long or reaches past its memory is refused before it runs.

Each operation first runs on meta tensors, which have shapes and no numbers, together with all that it is made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch._prims_common import is_non_overlapping_and_dense_or_false
from torch.utils._python_dispatch import TorchDispatchMode

from grader.judge.agreeing import check_agreement
from grader.judge.operations import base_name
from grader.judge.trace import Node

Count = tuple[str, int]  # what is counted, and how much

MOST_PLANS, MOST_COUNTS = 1 << 13, 64
MAX_NUMBERS = 1 << 26
MAX_NUMBERS_IN_ALL = 1 << 30
MAX_WORK = 1 << 37
MAX_PARTS = 1 << 16
MAX_DIMENSIONS = 64
# in multiply-adds of a matrix product, the quickest thing that torch does, some 10^10 a second
WORK_PER_NUMBER = 32
WORK_PER_TENSOR = 1 << 17
WORK_PER_OPERATION = 1 << 19
SLOWLY_SORTED = 8
SLOWLY_MULTIPLIED = 16
# how many numbers these make, only their inputs' numbers tell
WITHOUT_META = frozenset({"_fused_sgd", "nonzero", "masked_select", "bincount", "one_hot"})
# these work on a broadcast of their inputs that no result shows
BROADCAST_INSIDE = frozenset({"dist", "mse_loss", "masked_select"})
# these make as many numbers as the largest of those that they are given says
COUNTING = frozenset({"bincount", "one_hot"})
INDEXING = frozenset({"index", "index_put"})
SORTING = frozenset({"sort", "argsort", "topk", "median", "kthvalue"})
# these first look for the best order of their n products, in n^3 steps
ORDERING = frozenset({"linalg_multi_dot", "chain_matmul"})
# the smallest whole number divided by -1 has no answer, and the processor stops the process
DIVIDING = frozenset({"div", "divide", "floor_divide", "remainder", "fmod"})
# the first of these two is multiplied by each column of the second
PRODUCTS = {
    "mm": (0, 1), "bmm": (0, 1), "mv": (0, 1), "dot": (0, 1), "vdot": (0, 1), "_int_mm": (0, 1),
    "addmm": (1, 2), "addbmm": (1, 2), "baddbmm": (1, 2), "addmv": (1, 2), "linear_backward": (0, 2),
}  # fmt: skip


class TooLarge(Exception):
    """An operation makes more numbers than a replay may; `.numbers` says how many."""

    def __init__(self, numbers: int) -> None:
        super().__init__(f"{numbers} numbers")
        self.numbers = numbers


class TooMuchWork(Exception):
    """The operations of a phase take longer than a replay may."""


@dataclass
class Budget:
    """What a phase may make, and what it has made so far: numbers at once and in all, and work in multiply-adds."""

    at_once: int = MAX_NUMBERS
    in_all: int = MAX_NUMBERS_IN_ALL
    work: int = MAX_WORK
    limited: bool = True
    made: int = 0
    worked: int = 0
    _counted: list[Count] | None = None

    @staticmethod
    def without_limits() -> Budget:
        """One that allows everything and looks at nothing: for a replay on meta tensors, which costs nothing."""
        return Budget(limited=False)

    def plan(
        self, node: Node, operation: Any, arguments: Sequence[Any], keywords: Mapping[str, Any]
    ) -> None:
        """Run an operation on meta tensors and count what it makes and does.

        Raises:
            TooLarge: too many numbers.
            TooMuchWork: too many steps.
            ValueError: it would reach past its memory; or whatever the operation itself raises.
        """
        if not self.limited:
            return
        name = base_name(node.operation)
        check_agreement(name, arguments, keywords)
        given = list(tensors_in([list(arguments), list(keywords.values())]))
        if name in BROADCAST_INSIDE:
            broadcast = torch.Size(torch.broadcast_shapes(*(tensor.shape for tensor in given))).numel()
            self._measured(broadcast)
            self._work(3 * WORK_PER_NUMBER * broadcast)
        if name in ORDERING:
            self._make(2 * len(given) ** 2)
            self._work(8 * len(given) ** 3)
        if name in DIVIDING:
            _check_dividend(given)
        if name in WITHOUT_META:
            if name == "_fused_sgd":
                _check_lanes(arguments, keywords)
            if name in COUNTING:
                self._make(_counted(given, arguments, keywords))
            self._make(sum(tensor.numel() * max(tensor.dim(), 1) for tensor in given))
            self._count(name, given, [])
            return
        # the numbers of masks say how much indexing makes; of everything else shapes do, and those come again
        key = None if name in INDEXING else _shapes_of(operation, arguments, keywords)
        if key is not None and (counted := _PLANS.get(key)) is not None:
            for kind, amount in counted:
                _COUNTERS[kind](self, amount)
            return
        self._counted = []
        try:
            self._try_out(name, operation, given, arguments, keywords)
            if key is not None and len(self._counted) <= MOST_COUNTS:
                if len(_PLANS) >= MOST_PLANS:
                    _PLANS.clear()
                _PLANS[key] = tuple(self._counted)
        finally:
            self._counted = None

    def _try_out(
        self, name: str, operation: Any, given: list[Tensor], arguments: Sequence[Any], keywords: Mapping[str, Any]
    ) -> None:
        _check_parts(operation, given, arguments, keywords)
        if name in INDEXING:
            arguments = [_masks_as_indices(argument) for argument in arguments]
            keywords = {key: _masks_as_indices(value) for key, value in keywords.items()}
        known: dict[int, Tensor] = {}
        on_meta = [_on_meta(argument, known) for argument in arguments]
        words = {key: _on_meta(value, known) for key, value in keywords.items()}
        with _Measure(self):
            out = operation(*on_meta, **words)
        before = {tensor.untyped_storage()._cdata for tensor in known.values()}
        results = list(tensors_in(out if isinstance(out, (list, tuple)) else [out]))
        for tensor in results:
            _check_bounds(tensor)
            if tensor.untyped_storage()._cdata not in before:
                self._make(_numbers(tensor))

    def _make(self, numbers: int) -> None:
        self._note("make", numbers)
        self.made += numbers
        if self.made > self.in_all:
            raise TooLarge(self.made)

    def _measured(self, numbers: int) -> None:
        self._note("measured", numbers)
        if numbers > self.at_once:
            raise TooLarge(numbers)

    def _note(self, kind: str, amount: int) -> None:
        if self._counted is not None:
            self._counted.append((kind, amount))

    def _work(self, steps: int) -> None:
        self._note("work", steps)
        self.worked += steps
        if self.worked > self.work:
            raise TooMuchWork

    def _count(self, name: str, given: Sequence[Any], results: Sequence[Tensor]) -> None:
        """Count the work of one operation that torch does not make of others."""
        tensors = [*tensors_in(list(given)), *results]
        numbers = sum(tensor.numel() for tensor in tensors)
        self._work(WORK_PER_OPERATION + WORK_PER_TENSOR * len(tensors))
        self._work(WORK_PER_NUMBER * numbers * (SLOWLY_SORTED if name in SORTING else 1))
        if name in PRODUCTS:
            left, right = (given[position] for position in PRODUCTS[name])
            slowly = 1 if left.dtype in (torch.float32, torch.float64) else SLOWLY_MULTIPLIED
            self._work(slowly * left.numel() * (right.shape[-1] if right.dim() > 1 else 1))
        elif name.startswith(("linalg_", "_linalg_")):
            # decompositions: a few dozen products of their matrix
            self._work(sum(32 * tensor.numel() * max(tensor.shape[-2:], default=1) for tensor in tensors))


# what operations came to on shapes that were planned before: most of a class's operations are each other's like
_PLANS: dict[Any, tuple[Count, ...]] = {}
_COUNTERS = {"make": Budget._make, "measured": Budget._measured, "work": Budget._work}


def _shapes_of(operation: Any, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """All that a plan of the operation follows from; None where that is more than it is worth to remember."""
    tensors: dict[int, int] = {}

    def shape(value: Any) -> Any:
        if isinstance(value, Tensor):
            place = tensors.setdefault(id(value), len(tensors))
            geometry = (tuple(value.shape), value.stride(), value.storage_offset(), value.untyped_storage().nbytes())
            return (place, value.dtype, geometry)
        if isinstance(value, (list, tuple)):
            if len(value) > MOST_COUNTS:
                raise OverflowError
            return tuple(map(shape, value))
        return (type(value), str(value) if isinstance(value, (float, torch.device)) else value)

    try:
        words = tuple((name, shape(value)) for name, value in keywords.items())
        return (operation, torch.get_default_dtype(), tuple(map(shape, arguments)), words)
    except OverflowError:
        return None


class _Measure(TorchDispatchMode):
    """Measures all results, also those inside of an operation that torch makes of others."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operation imports torch._dynamo, seconds long

    def __init__(self, budget: Budget) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._budget = budget

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        with self:
            out = func.decompose(*args, **(kwargs or {}))
        made_of_others = out is not NotImplemented
        if not made_of_others:
            out = func(*args, **(kwargs or {}))
        results = list(tensors_in(out if isinstance(out, (list, tuple)) else [out]))
        for tensor in results:
            self._budget._measured(max(tensor.numel(), _numbers(tensor)))
        if not made_of_others:
            self._budget._count(base_name(str(func)), args, results)
        return out


def tensors_in(tree: Any) -> Iterator[Tensor]:
    """All tensors of a tree of lists, in order."""
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, (list, tuple)):
        for item in tree:
            yield from tensors_in(item)


def _check_bounds(tensor: Tensor) -> None:
    """Refuse a view that reaches past its memory, or has more dimensions than torch's own loops take."""
    if tensor.dim() > MAX_DIMENSIONS:
        raise ValueError(f"a tensor of {tensor.dim()} dimensions")
    if min(tensor.stride(), default=0) < 0:
        raise ValueError("a negative stride")
    last = tensor.storage_offset() + sum(
        (size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True)
    )
    if tensor.numel() and last >= _numbers(tensor):
        raise ValueError("the view reaches past the end of its memory")


def _check_parts(
    operation: Any, given: Sequence[Tensor], arguments: Sequence[Any], keywords: Mapping[str, Any]
) -> None:
    """Refuse an operation that cuts a tensor into a list without end: even empty parts take memory."""
    if not any(str(returned.type) == "List[Tensor]" for returned in operation._schema.returns):
        return
    sizes = [size for tensor in given for size in tensor.shape]
    counts = [value for value in (*arguments, *keywords.values()) if isinstance(value, int)]
    if max((*sizes, *counts), default=0) > MAX_PARTS:
        raise TooLarge(max(*sizes, *counts, 0))


def _check_dividend(given: Sequence[Tensor]) -> None:
    """Refuse whole numbers that the processor itself cannot divide."""
    if not given or any(tensor.dtype.is_floating_point or tensor.dtype is torch.bool for tensor in given):
        return
    if bool((given[0] == torch.iinfo(given[0].dtype).min).any()):
        raise ValueError("the smallest whole number of its dtype is divided")


def _counted(given: Sequence[Tensor], arguments: Sequence[Any], keywords: Mapping[str, Any]) -> int:
    """How many numbers there are where each is counted, or has a place of its own. Raises TooLarge: too many."""
    largest = int(given[0].max()) + 1 if given and given[0].numel() and not given[0].is_floating_point() else 1
    asked = [value for value in (*arguments, *keywords.values()) if isinstance(value, int)]
    numbers = max(largest, *asked, 1) * (given[0].numel() if given else 1)
    if numbers > MAX_NUMBERS:
        raise TooLarge(numbers)
    return numbers


def _check_lanes(arguments: Sequence[Any], keywords: Mapping[str, Any]) -> None:
    """Refuse a fused step whose lists do not match: its loops trust the first one's memory."""
    lists = [value for value in (*arguments, *keywords.values()) if isinstance(value, list) and value]
    for lane in zip(*lists, strict=True):
        first = lane[0]
        if not all(
            isinstance(tensor, Tensor)
            and (tensor.shape, tensor.stride(), tensor.dtype) == (first.shape, first.stride(), first.dtype)
            and is_non_overlapping_and_dense_or_false(tensor)
            for tensor in lane
        ):
            raise ValueError("a fused step on tensors that do not match")
    if len({tensor.dtype for tensor in tensors_in(lists)}) > 1:
        raise ValueError("a fused step on several dtypes")


def _masks_as_indices(argument: Any) -> Any:
    """A list of indices with each mask as the indices that it stands for: how many they are, only numbers tell."""
    if not isinstance(argument, list):
        return argument
    indices: list[Any] = []
    for index in argument:
        is_mask = isinstance(index, Tensor) and index.dtype in (torch.bool, torch.uint8)
        indices.extend(index.nonzero().unbind(1) if is_mask else [index])
    return indices


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
