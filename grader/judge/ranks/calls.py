"""Calls: collectives and messages as a rank's trace says them, whether those of all ranks fit together, and what
they do to the values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from grader.judge.replay import Refused, Slots
from grader.judge.trace import Argument, Node, Slot
from grader.lab.messages import N_, Message, message

PREFIX = "collective."
WAIT = "wait"
SEND, RECV = "send", "recv"
REDUCING = frozenset({"all_reduce", "reduce", "reduce_scatter", "reduce_scatter_tensor"})
ROOTED = {"broadcast": "src", "scatter": "src", "gather": "dst", "reduce": "dst", SEND: "dst", RECV: "src"}
KINDS = frozenset({
    "all_reduce", "all_gather", "all_gather_into_tensor", "reduce_scatter", "reduce_scatter_tensor", "broadcast",
    "scatter", "gather", "reduce", "barrier", SEND, RECV,
})  # fmt: skip
# torch.distributed takes differently shaped tensors in these lists; in all others they have one shape
UNEVEN = frozenset({"all_gather", "reduce_scatter"})
REDUCTIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "sum": lambda stacked: stacked.sum(0, dtype=stacked.dtype),
    "avg": lambda stacked: stacked.sum(0, dtype=stacked.dtype).div_(len(stacked)),
    "max": lambda stacked: stacked.amax(0),
    "min": lambda stacked: stacked.amin(0),
    "product": lambda stacked: stacked.prod(0, dtype=stacked.dtype),
}
MAX_TAG = 1 << 31


@dataclass(frozen=True)
class Call:
    """One rank's call: what it sends and where it receives, in the order of the ranks where there are several.

    `root` is the rank that a call names (src or dst), `handle` the number of an asynchronous call.
    """

    rank: int
    kind: str
    sends: tuple[Tensor, ...]
    receives: tuple[Tensor, ...]
    reduction: str
    root: int
    tag: int
    handle: int | None
    line: int
    code: str

    @property
    def alone(self) -> bool:
        """Whether it goes between two ranks and not through all of them."""
        return self.kind in (SEND, RECV)

    def where(self, name: str = "") -> dict[str, object]:
        """Its facts for a message: `rank`, `call`, `line`, `code`, or `other`, `other_call`, ... with that name."""
        facts = {"call": self.kind, "line": self.line, "code": self.code}
        return {name or "rank": self.rank} | {f"{name}_{key}" if name else key: fact for key, fact in facts.items()}


def kind_of(node: Node) -> str | None:
    """The kind of collective that a node is, `wait`, or None for an ordinary operation."""
    return node.operation.removeprefix(PREFIX) if node.operation.startswith(PREFIX) else None


def call_of(node: Node, rank: int, world_size: int, slots: Slots) -> Call:
    """The call that a node of a rank's trace is. Raises Refused: it is none, or one that torch.distributed would not
    take from a single rank."""
    kind, words = kind_of(node) or "", dict(node.kwargs)
    lists = node.args if len(node.args) == 2 else ((), ())
    sends, receives = (_tensors(item, slots) for item in lists)
    handle, reduction = words.get("handle"), words.get("reduction", "")
    root, tag = words.get("root", 0), words.get("tag", 0)
    if kind not in KINDS or (kind in REDUCING and reduction not in REDUCTIONS):
        raise Refused.at(node, N_("line {line}, `{code}`: {call} is not a call that the grader can replay"), call=kind)
    if not isinstance(root, int) or not 0 <= root < world_size or (kind in (SEND, RECV) and root == rank):
        raise Refused.at(
            node, N_("line {line}, `{code}`: {call} names rank {root}; the ranks are 0 to {last}, and none sends to "
                     "itself"),
            call=kind, root=root, last=world_size - 1,
        )  # fmt: skip
    call = Call(
        rank, kind, sends, receives, str(reduction), root,
        tag if isinstance(tag, int) and 0 <= tag < MAX_TAG else 0,
        handle if isinstance(handle, int) else None,
        node.line, node.code,
    )  # fmt: skip
    for given, wanted in zip((len(sends), len(receives)), _counts(call, world_size), strict=True):
        if given != wanted:
            raise Refused.at(
                node,
                N_("line {line}, `{code}`: {call} takes {wanted} tensors here, one for each rank, and got {given}"),
                call=kind, wanted=wanted, given=given,
            )  # fmt: skip
    if not all(tensor.is_contiguous() for tensor in (*sends, *receives)):
        raise Refused.at(
            node, N_("line {line}, `{code}`: {call} needs tensors without gaps: take .contiguous() first (some "
                     "backends refuse others, some give wrong numbers)"),
            call=kind,
        )  # fmt: skip
    return call


def disagreement(call: Call, other: Call) -> Message | None:
    """Why two ranks' calls are not the same collective, as far as that can be said of two."""
    if call.kind != other.kind:
        return message(
            N_("rank {rank} calls {call} (line {line}) where rank {other} calls {other_call} (line {other_line})"),
            **call.where(), **other.where("other"),
        )  # fmt: skip
    for mine, its in zip(_terms(call), _terms(other), strict=True):
        if mine != its:
            return message(
                N_("rank {rank} calls {call} with {mine} (line {line}) where rank {other} calls it with {its} (line "
                   "{other_line})"),
                mine=mine, its=its, **call.where(), **other.where("other"),
            )  # fmt: skip
    return None


def misfit(calls: Sequence[Call]) -> Message | None:
    """Which tensor of a collective (one call a rank, in their order), or of a message, does not fit where it goes."""
    for call, sent, other, received in _routes(calls):
        if sent.shape != received.shape or sent.dtype != received.dtype:
            return message(
                N_("rank {rank} sends {sent} in {call} (line {line}), but rank {other} has {received} for it (line "
                   "{other_line})"),
                sent=_look(sent, received), received=_look(received, sent), **call.where(), **other.where("other"),
            )  # fmt: skip
    return None


def carried_out(calls: Sequence[Call], sent: Sequence[Sequence[Tensor]]) -> list[tuple[Tensor, ...]]:
    """What arrives at each rank, in the order of what it receives; `sent` are the values as they were sent."""
    first, world_size = calls[0], len(calls)
    reduce = REDUCTIONS.get(first.reduction)
    match first.kind:
        case "all_reduce" if reduce:
            whole = reduce(torch.stack([mine[0] for mine in sent]))
            return [(whole,) for _ in calls]
        case "reduce" if reduce:
            whole = reduce(torch.stack([mine[0] for mine in sent]))
            # on the other ranks gloo leaves sums of some of them
            left = torch.full_like(whole, float("nan") if whole.dtype.is_floating_point else 113)
            return [(whole if call.rank == first.root else left,) for call in calls]
        case "reduce_scatter" if reduce:
            return [(reduce(torch.stack([mine[rank] for mine in sent])),) for rank in range(world_size)]
        case "reduce_scatter_tensor" if reduce:
            parts = reduce(torch.stack([mine[0].reshape(-1) for mine in sent])).chunk(world_size)
            return [(part.reshape(call.receives[0].shape),) for part, call in zip(parts, calls, strict=True)]
        case "all_gather" | "gather":
            return [tuple(mine[0] for mine in sent) if call.receives else () for call in calls]
        case "all_gather_into_tensor":
            whole = torch.cat([mine[0].reshape(-1) for mine in sent])
            return [(whole.reshape(call.receives[0].shape),) for call in calls]
        case "broadcast":
            return [(sent[first.root][0],) if call.receives else () for call in calls]
        case "scatter":
            return [(sent[first.root][rank],) for rank in range(world_size)]
        case "send":
            return [(), (sent[0][0],)]
    return [() for _ in calls]


def _counts(call: Call, world_size: int) -> tuple[int, int]:
    """How many tensors a rank sends in a call, and in how many it receives."""
    at_root = call.rank == call.root
    match call.kind:
        case "all_gather":
            return 1, world_size
        case "reduce_scatter":
            return world_size, 1
        case "broadcast":
            return (1, 0) if at_root else (0, 1)
        case "scatter":
            return world_size if at_root else 0, 1
        case "gather":
            return 1, world_size if at_root else 0
        case "barrier":
            return 0, 0
        case "send":
            return 1, 0
        case "recv":
            return 0, 1
    return 1, 1


def _terms(call: Call) -> tuple[str, ...]:
    """What a call says besides its kind, word by word, so that ranks can be told apart: `op=MAX`, `shape=(3, 7)`."""
    terms = []
    if call.kind in REDUCING:
        terms.append(f"op={call.reduction.upper()}")
    if call.kind in ROOTED:
        terms.append(f"{ROOTED[call.kind]}={call.root}")
    if call.kind == "barrier":
        return tuple(terms)
    tensors = (*call.sends, *call.receives)
    terms.append(f"dtype={_dtype(tensors[0])}")
    if call.kind not in UNEVEN:
        whole = max(tensors, key=lambda tensor: tensor.numel()) if call.kind.endswith("_tensor") else tensors[0]
        terms.append(f"shape={tuple(whole.shape)}")
    return tuple(terms)


def _routes(calls: Sequence[Call]) -> list[tuple[Call, Tensor, Call, Tensor]]:
    """What is sent by whom, and what it is to fit into: a buffer, or a part of one."""
    first = calls[0]
    if first.kind == SEND:
        return [(calls[0], calls[0].sends[0], calls[1], calls[1].receives[0])]
    routes: list[tuple[Call, Tensor, Call, Tensor]] = []
    for to, receiver in enumerate(calls):
        for sender in calls:
            match first.kind:
                case "all_reduce" | "reduce" if sender is receiver:
                    routes.append((sender, sender.sends[0], receiver, receiver.receives[0]))
                case "all_gather" | "gather" if receiver.receives:
                    routes.append((sender, sender.sends[0], receiver, receiver.receives[sender.rank]))
                case "reduce_scatter":
                    routes.append((sender, sender.sends[to], receiver, receiver.receives[0]))
                case "scatter" if sender.sends:
                    routes.append((sender, sender.sends[to], receiver, receiver.receives[0]))
                case "all_gather_into_tensor":
                    routes.append((sender, sender.sends[0].reshape(-1), *_part(receiver, receiver.receives[0], calls)))
                case "reduce_scatter_tensor":
                    part = _part(sender, sender.sends[0], calls)[1]
                    routes.append((sender, part, receiver, receiver.receives[0].reshape(-1)))
    return routes


def _part(call: Call, whole: Tensor, calls: Sequence[Call]) -> tuple[Call, Tensor]:
    flat = whole.reshape(-1)
    even = flat.numel() % len(calls) == 0
    return call, flat[: flat.numel() // len(calls)] if even else flat


def _look(tensor: Tensor, other: Tensor) -> str:
    """What tells two tensors apart: shape, or dtype where the shapes are the same."""
    return str(tuple(tensor.shape)) if tensor.shape != other.shape else _dtype(tensor)


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _tensors(argument: Argument, slots: Slots) -> tuple[Tensor, ...]:
    found = []
    for item in argument if isinstance(argument, tuple) else ():
        tensor = slots.get(item.index) if isinstance(item, Slot) else None
        if isinstance(tensor, Refused):
            raise tensor
        if tensor is None:
            raise Refused(message(N_("the record uses a tensor before it was made")))
        found.append(tensor)
    return tuple(found)
