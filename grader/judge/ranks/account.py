"""The account: what crosses between ranks in each call, and what a pass of the layer needs in theory."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.judge.ledger.collectives import ALL_REDUCE, theory
from grader.judge.ranks.calls import Call

REDUCE_SCATTER = "reduce-scatter"


@dataclass(frozen=True)
class Crossing:
    """A collective, or a message, that was carried out: its kind, the numbers that it moves in all and those that
    arrive at each rank and leave it, and the line and code of the first rank that took part.

    Numbers are what the usual algorithms move: 2 (p - 1) n for an all-reduce of n over p ranks, a p-th of it to each;
    the others' parts to each for an all-gather. As many leave all ranks as arrive at them.
    """

    kind: str
    numbers: int
    arrives: tuple[int, ...]
    leaves: tuple[int, ...]
    line: int
    code: str


def crossing_of(calls: Sequence[Call], world_size: int) -> Crossing:
    """What crosses in a collective (one call a rank), or in a message (a send and its recv)."""
    arrives, leaves = [0] * world_size, [0] * world_size
    for call in calls:
        arrives[call.rank] = _arriving(call, calls)
        leaves[call.rank] = _leaving(call, calls)
    numbers = sum(arrives)
    if calls[0].kind == "all_reduce":
        numbers = theory(ALL_REDUCE, calls[0].sends[0].numel(), world_size)  # a p-th of it may be no whole number
    return Crossing(calls[0].kind, numbers, tuple(arrives), tuple(leaves), calls[0].line, calls[0].code)


def _arriving(call: Call, calls: Sequence[Call]) -> int:
    own = sum(tensor.numel() for tensor in call.sends)
    received = sum(tensor.numel() for tensor in call.receives)
    match call.kind:
        case "all_reduce":
            return -(-2 * (len(calls) - 1) * own // len(calls))
        case "all_gather" | "all_gather_into_tensor" | "gather":
            return max(received - own, 0)
        case "reduce" if call.rank != call.root:
            return 0
        case "reduce_scatter" | "reduce_scatter_tensor" | "reduce":
            return (len(calls) - 1) * received
        case "scatter":
            return 0 if call.rank == call.root else received
    return received  # broadcast, send and recv: who sends receives nothing


def _leaving(call: Call, calls: Sequence[Call]) -> int:
    own = sum(tensor.numel() for tensor in call.sends)
    others = len(calls) - 1
    match call.kind:
        case "all_reduce":
            return -(-2 * others * own // len(calls))
        case "all_gather" | "all_gather_into_tensor":
            return others * own
        case "reduce_scatter" | "scatter":
            return own - (call.sends[call.rank].numel() if call.sends else 0)
        case "reduce_scatter_tensor":
            return own - own // len(calls)
        case "broadcast":
            return others * own
        case "gather" | "reduce" if call.rank == call.root:
            return 0
    return own  # send, gather and reduce; who receives sends nothing
