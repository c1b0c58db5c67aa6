"""The rule of the course for one rank, which has its shard and nothing else from the start:

1. nothing that it reads or makes is larger than one shard (plus a margin), and its gradients together are no larger;
2. weights and their gradients never cross, by where their numbers come from, and in all no more numbers arrive than
   a few activations have.

Point 1 and the sum in point 2 hold where sizes decide (`Rule.limits`); where numbers come from, at any size.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from torch import Tensor

from grader.judge.ledger.contents import GRADIENT, TOKEN, WEIGHT, Content, Contents, Parameter, flow, root_of
from grader.judge.ledger.entries import Entry, Piece, Storages, entries_of
from grader.judge.ledger.rule import too_large
from grader.judge.operations import FACTORIES
from grader.judge.ranks.calls import Call
from grader.judge.replay import Step
from grader.lab.messages import N_, Message, message
from grader.lab.rule import Limits
from grader.lab.variables import Naming, Role

MADE_ANEW = frozenset(FACTORIES.split())


@dataclass(frozen=True)
class Sent:
    """What a rank sends in a call, what arrives, and how many of its operations came before it."""

    after: int
    pieces: tuple[Piece, ...]
    arrives: int
    kind: str
    line: int
    code: str


@dataclass(eq=False)
class RankBook:
    """What one rank did: its operations in order, and what it sent in between.

    `row` is the length of the longest row or column of W: a gradient no longer than that is one of a bias.
    """

    names: Naming
    limits: Limits | None
    row: int
    entries: list[Entry] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    _storages: Storages = field(default_factory=Storages)
    _start: Contents = field(default_factory=dict)

    def begin(self, inputs: Mapping[str, Tensor]) -> None:
        """Begin with these tensors."""
        pieces = {name: self._storages.piece(tensor) for name, tensor in inputs.items() if self._kind(name)}
        self._start = {
            piece.storage: {Parameter(self._kind(name), name, piece.numbers): piece.numbers}
            for name, piece in pieces.items()
        }

    def _kind(self, name: str) -> str:
        """Weight, gradient or token, where the rule follows it; else nothing."""
        if self.names.look(name) is Role.TOKEN:
            return TOKEN
        role = self.names.ruled(name)
        return "" if role is None else GRADIENT if role is Role.GRADIENT else WEIGHT

    def watch(self, step: Step) -> None:
        """Enter one replayed operation."""
        for entry in entries_of(step, self._storages):
            # `W.new_empty(...)` and `zeros_like(W)` read nothing of W but its dtype and shape
            self.entries.append(replace(entry, reads=()) if entry.operation in MADE_ANEW else entry)

    def send(self, call: Call, after: int, arrives: int) -> None:
        """Enter a call that was carried out, and that this rank made after so many operations."""
        pieces = tuple(self._storages.piece(tensor) for tensor in call.sends)
        self.sent.append(Sent(after, pieces, arrives, call.kind, call.line, call.code))

    def fault(self) -> Message | None:
        """The first point of the rule that this rank broke, or None."""
        return next(self._faults(), None)

    def _faults(self) -> Iterator[Message]:
        flowed = flow(self.entries, self._start)
        now, arrived = dict(self._start), 0
        calls = iter([*sorted(self.sent, key=lambda sent: sent.after), None])
        call = next(calls)
        for at in range(len(self.entries) + 1):
            while call is not None and call.after == at:
                arrived += call.arrives
                yield from self._crossing(call, now, arrived)
                call = next(calls)
            if at < len(self.entries):
                large = too_large(self.entries[at], self.limits)
                if large is not None:
                    yield large
                now.update(flowed.changes[at])
        yield from self._gradients(flowed.changes, flowed.same)

    def _crossing(self, call: Sent, now: Contents, arrived: int) -> Iterator[Message]:
        facts = {"line": call.line, "code": call.code, "call": call.kind}
        if any(self._is_weights(now.get(piece.storage, {}), piece) for piece in call.pieces):
            yield message(
                N_("line {line}, `{code}`: {call} carries weights or their gradients to other ranks; only activations "
                   "may cross"),
                **facts,
            )  # fmt: skip
        if self.limits is not None and arrived > self.limits.crossing:
            yield message(
                N_("line {line}, `{code}`: {moved} numbers have come from other ranks by now; activations alone are "
                   "fewer than {limit}"),
                moved=arrived, limit=self.limits.crossing, **facts,
            )  # fmt: skip

    def _is_weights(self, content: Content, piece: Piece) -> bool:
        """Whether a piece hands on weights, or a gradient larger than that of a bias.

        A shard of no more than one number is not told from data, nor are its products from gradients.
        """
        given = [
            numbers
            for content in self._start.values()
            for parameter, numbers in content.items()
            if parameter.kind != TOKEN
        ]
        nothing = bool(given) and max(given) <= 1
        return not nothing and piece.numbers > 1 and any(
            parameter.kind == WEIGHT or (parameter.kind == GRADIENT and parameter.numbers > self.row)
            for parameter in content
        )

    def _gradients(self, changes: Iterable[Contents], same: Mapping[str, str]) -> Iterator[Message]:
        """Parts of the gradient that together are more than a shard's: each rank makes its own only."""
        if self.limits is None:
            return
        made: dict[str, int] = {}
        for entry, changed in zip(self.entries, changes, strict=True):
            for content in changed.values():
                for parameter in content:
                    if parameter.kind == GRADIENT and self.names.ruled(parameter.name) is None:
                        made.setdefault(root_of(parameter.name, same), parameter.numbers)
            if changed and sum(made.values()) > self.limits.shard + self.limits.margin:
                yield message(
                    N_("line {line}, `{code}`: by now this rank has made {numbers} numbers of weight gradients; its "
                       "shard has {shard}: make only the gradient of its own part"),
                    line=entry.line, code=entry.code, numbers=sum(made.values()), shard=self.limits.shard,
                )  # fmt: skip
                return
