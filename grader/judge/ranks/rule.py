"""The rule of the course for one rank, which has its shard and nothing else from the start:

1. nothing that it reads or makes is larger than one shard (plus a margin), and its gradients together are no larger;
   nor is a tensor that came of data larger than the lab allows;
2. weights and their gradients never cross, by where their numbers come from, and in all no more numbers arrive than
   a few activations have.

Point 1 and the sum in point 2 hold where sizes decide (`Rule.limits`); where numbers come from, at any size.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from torch import Tensor

from grader.judge.ledger.contents import GRADIENT, TOKEN, WEIGHT, Content, Contents, Parameter, flow, root_of
from grader.judge.ledger.entries import Entry, Piece, Storages, entries_of
from grader.judge.ledger.provenance import Provenance
from grader.judge.ledger.rule import holds_too_much, too_large
from grader.judge.operations import FACTORIES
from grader.judge.ranks.calls import WAIT, Call
from grader.judge.replay import Step
from grader.judge.trace import Node
from grader.lab.messages import N_, Message, message
from grader.lab.rule import Limits
from grader.lab.variables import Naming, Role

MADE_ANEW = frozenset(FACTORIES.split())


@dataclass(frozen=True)
class Noted:
    """A rank's call after so many of its operations, or its wait for an asynchronous one, the `of`-th that it noted.

    `crossing` is the place of what was carried out among all that crossed between the ranks, None where it never was,
    `arrives` how many numbers it brought, and `leaves` how many it took; `blocks` says that the rank did not go on
    without it.
    """

    kind: str
    root: int
    after: int
    line: int
    code: str
    sends: tuple[Piece, ...] = ()
    receives: tuple[Piece, ...] = ()
    blocks: bool = True
    of: int | None = None
    crossing: int | None = None
    arrives: int = 0
    leaves: int = 0


@dataclass(frozen=True)
class RankPage:
    """What is left of a rank's book: its inputs and outputs by name, its operations, and its calls in order."""

    named: Mapping[str, Piece]
    entries: tuple[Entry, ...]
    calls: tuple[Noted, ...]


@dataclass(eq=False)
class RankBook:
    """What one rank did: its operations in order, and its calls in between.

    `row` is the length of the longest row or column of W: a gradient no longer than that is one of a bias.
    """

    names: Naming
    limits: Limits | None
    row: int
    entries: list[Entry] = field(default_factory=list)
    calls: list[Noted] = field(default_factory=list)
    named: dict[str, Piece] = field(default_factory=dict)
    _storages: Storages = field(default_factory=Storages)
    _start: Contents = field(default_factory=dict)
    _given: Mapping[str, Piece] = field(default_factory=dict)

    def begin(self, inputs: Mapping[str, Tensor]) -> None:
        """Begin with these tensors."""
        self.name(inputs)
        self._given = {name: self.named[name] for name in inputs}
        self._start = {
            piece.storage: {Parameter(self._kind(name), name, piece.numbers): piece.numbers}
            for name, piece in self._given.items()
            if self._kind(name)
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

    def name(self, tensors: Mapping[str, Tensor]) -> None:
        """Note what tensors are called that have no name yet."""
        self.named = {name: self._storages.piece(tensor) for name, tensor in tensors.items()} | self.named

    def note(self, call: Call) -> int:
        """Enter a call that this rank makes now; returns its place among the calls."""
        sends, receives = (tuple(map(self._storages.piece, part)) for part in (call.sends, call.receives))
        self.calls.append(
            Noted(call.kind, call.root, len(self.entries), call.line, call.code, sends, receives, call.handle is None)
        )
        return len(self.calls) - 1

    def wait(self, node: Node, of: int) -> None:
        """Enter that this rank waits for a call that it made."""
        self.calls.append(Noted(WAIT, 0, len(self.entries), node.line, node.code, of=of))

    def carried_out(self, place: int, crossing: int, arrives: int, leaves: int) -> None:
        """Enter that a call was carried out, as which crossing of all ranks, and what it brought and took."""
        self.calls[place] = replace(self.calls[place], crossing=crossing, arrives=arrives, leaves=leaves)

    def page(self) -> RankPage:
        """What pictures need of it."""
        return RankPage(dict(self.named), tuple(self.entries), tuple(self.calls))

    def fault(self) -> Message | None:
        """The first point of the rule that this rank broke, or None."""
        return next(self._faults(), None)

    def _faults(self) -> Iterator[Message]:
        flowed = flow(self.entries, self._start)
        now, arrived, holds = dict(self._start), 0, Provenance()
        holds.begin(self.names, self._given)
        calls = iter([*(call for call in self.calls if call.crossing is not None), None])
        call = next(calls)
        for at in range(len(self.entries) + 1):
            while call is not None and call.after == at:
                arrived += call.arrives
                yield from self._crossing(call, now, arrived, holds)
                holds.data.update(piece.storage for piece in call.receives)
                yield from self._held(Entry(call.kind, (), (), call.receives, call.line, call.code), now, holds)
                call = next(calls)
            if at < len(self.entries):
                large = too_large(self.entries[at], self.limits)
                if large is not None:
                    yield large
                now.update(flowed.changes[at])
                holds.enter(self.entries[at])
                yield from self._held(self.entries[at], now, holds)
        yield from self._gradients(flowed.changes, flowed.same)

    @property
    def _tells_apart(self) -> bool:
        """Whether products with weights are told from products with constants: not where the rank's part has one row or
        one column, and a factor is a single number."""
        shards = [piece for name, piece in self._given.items() if self.names.ruled(name) is not None]
        return bool(shards) and min(min(piece.shape, default=1) for piece in shards) > 1

    def _crossing(self, call: Noted, now: Contents, arrived: int, holds: Provenance) -> Iterator[Message]:
        facts = {"line": call.line, "code": call.code, "call": call.kind}
        followed = holds.weights if self._tells_apart else ()
        if any(
            self._is_weights(now.get(piece.storage, {}), piece) or (piece.storage in followed and piece.numbers > 1)
            for piece in call.sends
        ):
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

    def _held(self, entry: Entry, now: Contents, holds: Provenance) -> Iterator[Message]:
        """Data that came to be in one tensor, more than the lab allows."""
        if self.limits is None or self.limits.storage is None:
            return
        made = [piece for piece in entry.touched if piece.storage in holds.data - holds.weights]
        fault = holds_too_much(entry, made, {storage for storage, content in now.items() if content}, self.limits)
        if fault is not None:
            yield fault

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
