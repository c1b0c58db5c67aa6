"""In flight: what asynchronous calls are still working on, until their handle's wait()."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from grader.judge.budget import tensors_in
from grader.judge.operations import UnknownOperation, resolve, written_arguments
from grader.judge.ranks.calls import Call
from grader.judge.replay import Refused, Step
from grader.judge.trace import LEAVES, Node
from grader.lab.messages import N_

MAX_UNDER_WAY = 256
Span = tuple[int, int, int]


@dataclass(eq=False)
class Flight:
    """The calls of one rank that are under way: nobody may read what they write, nor write what they read."""

    calls: list[Call] = field(default_factory=list)

    def start(self, call: Call) -> None:
        """A call sets out; what it receives holds no numbers until it has landed. Raises Refused: it uses what another
        one is still working on, or too many are under way."""
        self.check_tensors(call.sends, call.receives, call)
        if len(self.calls) == MAX_UNDER_WAY:
            raise Refused.at(
                call, N_("line {line}, `{code}`: {calls} calls are under way at once; wait for some of them first"),
                calls=MAX_UNDER_WAY,
            )  # fmt: skip
        self.calls.append(call)
        for tensor in call.receives:
            tensor.fill_(float("nan") if tensor.dtype.is_floating_point else 113)

    def land(self, call: Call) -> None:
        """A call is over."""
        self.calls = [other for other in self.calls if other is not call]

    def check(self, step: Step) -> None:
        """Refuse an operation on numbers that are under way; a view of them is none."""
        if not self.calls or _is_view(step):
            return
        given = list(tensors_in([list(step.arguments), list(step.keywords.values())]))
        written = {_span(tensor) for tensor in step.results}
        writes = [tensor for tensor in given if _span(tensor) in written]
        self.check_tensors(given, writes, step.node)

    def check_tensors(self, reads: Iterable[Tensor], writes: Iterable[Tensor], place: Call | Node) -> None:
        """Refuse to read, or to write into, what a call is still working on."""
        if not self.calls:
            return
        read, written = _spans(reads), _spans(writes)
        for call in self.calls:
            receives, sends = _spans(call.receives), _spans(call.sends)
            if _overlap([*read, *written], receives) or _overlap(written, sends):
                raise Refused.at(
                    place, N_("line {line}, `{code}`: uses a tensor that {call} of line {other_line}, `{other_code}`, "
                              "is still working on: call .wait() on its handle first"),
                    call=call.kind, other_line=call.line, other_code=call.code,
                )  # fmt: skip

    def check_outputs(self, outputs: Iterable[Tensor]) -> None:
        """Refuse to return numbers that are still under way."""
        spans = _spans(outputs)
        for call in self.calls:
            if _overlap(spans, _spans(call.receives)):
                raise Refused.at(
                    call, N_("line {line}, `{code}`: nobody waits for this {call}: call .wait() on the handle that "
                             "it returns before its result is used"),
                    call=call.kind,
                )  # fmt: skip


def _is_view(step: Step) -> bool:
    """Whether an operation only looks at memory in another way."""
    if step.node.operation == LEAVES or not step.results:
        return False
    try:
        if written_arguments(resolve(step.node.operation)):
            return False
    except UnknownOperation:
        return False
    given = {
        tensor.untyped_storage()._cdata
        for tensor in tensors_in([list(step.arguments), list(step.keywords.values())])
    }
    return all(tensor.untyped_storage()._cdata in given for tensor in step.results)


def _span(tensor: Tensor) -> Span:
    """The storage, and the first and last of its numbers that a tensor reaches."""
    first = int(tensor.storage_offset())
    reach = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride(), strict=True))
    return tensor.untyped_storage()._cdata, first, first + reach if tensor.numel() else first - 1


def _spans(tensors: Iterable[Tensor]) -> list[Span]:
    return [_span(tensor) for tensor in tensors]


def _overlap(spans: Sequence[Span], others: Sequence[Span]) -> bool:
    return any(
        one[0] == other[0] and max(one[1], other[1]) <= min(one[2], other[2]) for one in spans for other in others
    )
