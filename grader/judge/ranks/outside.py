"""Numbers taken out: a rank recorded alone has no numbers of other ranks, so none may steer what it does."""

from collections.abc import Sequence

from grader.judge.operations import base_name
from grader.judge.ranks.calls import kind_of
from grader.judge.trace import LEAVES, Argument, Node, Phase, Special
from grader.lab.messages import N_, Message, message

WHOLE = frozenset({"int64", "int32", "int16", "int8", "uint8"})


def numbers_taken_out(reason: Message, phases: Sequence[Phase]) -> Message:
    """The reason, and that a rank took whole numbers that came from other ranks out of a tensor, where one did."""
    for phase in phases:
        node = _taken_out(phase)
        if node is not None:
            return message(
                N_("{reason} (line {line}, `{code}`, takes numbers that came from other ranks out of a tensor; while "
                   "a rank is recorded alone there are none: work out sizes from get_rank() and get_world_size())"),
                reason=reason, line=node.line, code=node.code,
            )  # fmt: skip
    return reason


def _taken_out(phase: Phase) -> Node | None:
    """The first operation that takes whole numbers out of what a collective brought."""
    whole, foreign = set[int](), set[int]()
    for node in phase.nodes:
        made = {slot for slot in node.outputs if slot is not None}
        if kind_of(node) is not None:
            foreign |= made & whole
        elif foreign.intersection(node.reads):
            if base_name(node.operation) == "_local_scalar_dense" or node.operation == LEAVES:
                return node
            foreign |= made
        if whole.intersection(node.reads) or any(_is_whole(item) for item in (*node.args, *dict(node.kwargs).values())):
            whole |= made
    return None


def _is_whole(argument: Argument) -> bool:
    return isinstance(argument, Special) and argument.kind == "dtype" and argument.name in WHOLE
