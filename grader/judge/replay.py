"""Replay: a trace run again on values that the student's kernel never saw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from grader.judge.budget import Budget, TooLarge, TooMuchWork, tensors_in
from grader.judge.operations import (
    LOOKS,
    UNINITIALISED,
    UnknownOperation,
    base_name,
    only_reads,
    resolve,
    written_arguments,
)
from grader.judge.trace import CONSTANT, LEAVES, Argument, Node, Phase, Slot, Special
from grader.lab.messages import N_, Message, message

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16,
        torch.int8, torch.uint8, torch.bool,
    )
}  # fmt: skip
MEMORY_FORMATS = {
    "contiguous_format": torch.contiguous_format,
    "preserve_format": torch.preserve_format,
    "channels_last": torch.channels_last,
}


class Refused(Exception):
    """The trace holds something that is not replayed; `.message` tells the student what and where.

    `.sources` are the tensors that went into it.
    """

    def __init__(self, reason: Message, sources: tuple[Tensor, ...] = ()) -> None:
        super().__init__(reason.render())
        self.message = reason
        self.sources = sources

    @staticmethod
    def at(place: Any, template: str, **facts: object) -> Refused:
        """The reason by its template and its facts, with the line and the code of that place among them."""
        return Refused(message(template, line=place.line, code=place.code, **facts))


@dataclass(frozen=True)
class Step:
    """One replayed operation: the tensors that it read, and those that came out."""

    node: Node
    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    results: tuple[Tensor, ...]


Watch = Callable[[Step], None]
Slots = dict[int, Tensor | Refused]


def replay_phase(
    phase: Phase,
    inputs: Mapping[str, Tensor],
    slots: Slots,
    device: torch.device,
    watch: Watch | None = None,
    budget: Budget | None = None,
) -> dict[str, Tensor]:
    """The named outputs of one phase.

    It runs on `inputs`, whatever shapes the trace says they had. `slots` holds the tensors of earlier phases and
    receives this one's; `watch` sees every step; `budget` is what the phase may make, and the judge's own where left
    out. On meta tensors with `Budget.without_limits()`, only shapes are replayed, at no cost.

    Raises:
        Refused: an operation outside the allowlist, numbers from outside torch, or sizes beyond the limits.
        MemoryError: the machine has too little memory for it.
    """
    for name, given in phase.inputs:
        if name not in inputs:
            raise Refused(message(N_("the record names an input {name} that the task does not have"), name=name))
        slots[given.slot] = inputs[name]
    budget = budget or Budget()
    with torch.no_grad():
        for node in phase.nodes:
            step = _run(node, slots, device, budget)
            if step is not None and watch is not None:
                watch(step)
    return {name: _made(slots, slot, name) for name, slot in phase.outputs}


def _run(node: Node, slots: Slots, device: torch.device, budget: Budget) -> Step | None:
    if base_name(node.operation) in LOOKS:
        return None  # a look at numbers: nothing flows on from it
    if node.operation == CONSTANT:
        _constant(node, slots, device)
        return None
    try:
        arguments = tuple(_value(argument, node, slots, device) for argument in node.args)
        keywords = {name: _value(argument, node, slots, device) for name, argument in node.kwargs}
        if node.operation == LEAVES:
            return Step(node, arguments, keywords, ())
        operation = _operation(node)
        arguments, keywords = _in_schema_order(operation, arguments, keywords)
    except Refused as refused:
        if node.operation != LEAVES and not only_reads(node.operation):
            raise
        # printed or plotted numbers may come from any operation, as long as nothing flows on from it;
        # what went into it is followed all the same
        sources = tuple(_sources(node, slots))
        unfollowed = Refused(refused.message, sources)
        slots.update({slot: unfollowed for slot in node.outputs if slot is not None})
        return Step(node, (list(sources),), {}, ())
    made_from_nothing = next(tensors_in([arguments, list(keywords.values())]), None) is None
    if made_from_nothing and any(argument.name == "device" for argument in operation._schema.arguments):
        keywords["device"] = device
    try:
        budget.plan(node, operation, arguments, keywords)
        out = operation(*arguments, **keywords)
        if base_name(node.operation) in UNINITIALISED:
            _fill(out, new=not written_arguments(operation))
    except TooLarge as error:
        raise Refused.at(
            node, N_("line {line}, `{code}`: makes {numbers} numbers, more than the grader replays"),
            numbers=error.numbers,
        ) from None  # fmt: skip
    except TooMuchWork:
        raise Refused.at(
            node, N_("line {line}, `{code}`: by now the cell computes more than the grader replays: use fewer "
                     "operations, on whole tensors"),
        ) from None  # fmt: skip
    except Exception as error:
        if _is_out_of_memory(error):
            raise MemoryError from None
        raise Refused.at(
            node, N_("line {line}, `{code}`: fails on other values: {error}"), error=str(error).split("\n")[0]
        ) from None
    results: Sequence[Any] = out if isinstance(out, (tuple, list)) else [out]
    for slot, result in zip(node.outputs, results, strict=False):
        if slot is not None and isinstance(result, Tensor):
            slots[slot] = result
    tensors = tuple(result for result in results if isinstance(result, Tensor))
    return Step(node, arguments, keywords, tensors)


def _fill(tensor: Tensor, new: bool) -> None:
    """Write numbers into memory that has none: whoever reads it must not be right by luck. In `new` memory also where
    the tensor's strides leave gaps."""
    if new:
        tensor = tensor.as_strided((tensor.untyped_storage().nbytes() // tensor.element_size(),), (1,), 0)
    tensor.fill_(float("nan") if tensor.dtype.is_floating_point else 113)


def _is_out_of_memory(error: Exception) -> bool:
    said = str(error)
    known = isinstance(error, (MemoryError, torch.OutOfMemoryError))
    return known or "can't allocate memory" in said or "bad_alloc" in said


def _operation(node: Node) -> Any:
    try:
        return resolve(node.operation)
    except UnknownOperation:
        raise Refused.at(
            node, N_("line {line}, `{code}`: the operation {operation} is not one that the grader can replay"),
            operation=node.operation,
        ) from None  # fmt: skip


def _in_schema_order(
    operation: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as the operation's schema lists them, whichever of them a trace gives by name."""
    schema = operation._schema.arguments
    left, positional = dict(keywords), list(arguments)
    for argument in schema[len(arguments) :]:
        if argument.kwarg_only or argument.name not in left:
            break
        positional.append(left.pop(argument.name))
    order = [argument.name for argument in schema if argument.name in left]
    return tuple(positional), {name: left[name] for name in [*order, *(set(left) - set(order))]}


def _constant(node: Node, slots: Slots, device: torch.device) -> None:
    refused = Refused.at(node, N_("line {line}, `{code}`: uses numbers that no recorded torch operation made"))
    match node.args, node.outputs:
        case (tuple(numbers), tuple(shape), Special("dtype", name)), (int(slot),) if name in DTYPES:
            try:
                sizes = [size for size in shape if isinstance(size, int)]
                slots[slot] = torch.tensor(numbers, dtype=DTYPES[name], device=device).reshape(sizes)
                return
            except (TypeError, ValueError, RuntimeError, OverflowError):
                pass
    slots.update({slot: refused for slot in node.outputs if slot is not None})


def _value(argument: Argument, node: Node, slots: Slots, device: torch.device) -> Any:
    match argument:
        case Slot(index):
            return _made(slots, index, "")
        case tuple():
            return [_value(item, node, slots, device) for item in argument]
        case Special("device", _):
            return device
        case Special("dtype", name) if name in DTYPES:
            return DTYPES[name]
        case Special("layout", "strided"):
            return torch.strided
        case Special("memory_format", name) if name in MEMORY_FORMATS:
            return MEMORY_FORMATS[name]
        case Special():
            raise Refused.at(node, N_("line {line}, `{code}`: the grader cannot follow {what}"), what=argument.name)
        case _:
            return argument


def _sources(node: Node, slots: Slots) -> Iterator[Tensor]:
    """The tensors that a node's arguments are, or were made from by operations that cannot be replayed."""
    for slot in _slots_in([node.args, [argument for _, argument in node.kwargs]]):
        found = slots.get(slot)
        if isinstance(found, Refused):
            yield from found.sources
        elif found is not None:
            yield found


def _slots_in(tree: Any) -> Iterator[int]:
    if isinstance(tree, Slot):
        yield tree.index
    elif isinstance(tree, (list, tuple)):
        for item in tree:
            yield from _slots_in(item)


def _made(slots: Slots, slot: int, name: str) -> Tensor:
    found = slots.get(slot)
    if isinstance(found, Refused):
        raise found
    if found is None and name:
        raise Refused(message(N_("the record does not say how {name} was made"), name=name))
    if found is None:
        raise Refused(message(N_("the record uses a tensor before it was made")))
    return found
