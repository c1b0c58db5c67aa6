"""One rank on its way through its trace, up to its next call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import torch
from torch import Tensor

from grader.judge.budget import Budget
from grader.judge.ranks.calls import Call, kind_of
from grader.judge.ranks.flight import Flight
from grader.judge.ranks.rule import RankBook
from grader.judge.replay import Refused, Slots, Step, replay_phase
from grader.judge.trace import Node, Phase
from grader.lab.messages import N_, Message, message

T = TypeVar("T")


class Stuck(Exception):
    """The ranks cannot go on together; `.message` says which of them, where and why."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason.render())
        self.message = reason


class Waiting(Stuck):
    """A rank would wait for ever for another one."""


def of_rank(rank: int, reason: Message) -> Message:
    """A reason with the rank that it is about in front."""
    return message(N_("rank {rank}: {reason}"), rank=rank, reason=reason)


@dataclass(eq=False)
class Posted:
    """A call that a rank has made: its place among the calls in the rank's book, the values that it sent, and what
    arrived once it was carried out."""

    call: Call
    place: int
    sent: tuple[Tensor, ...]
    arrived: tuple[Tensor, ...] | None = None

    @property
    def done(self) -> bool:
        return self.arrived is not None


@dataclass(eq=False)
class Rank:
    """A rank's place in its phase, its tensors by slot, and the calls that it has made.

    `waiting` is the call that it cannot go on without; `made` are those that go through all ranks, in order.
    """

    number: int
    phase: Phase
    book: RankBook
    device: torch.device
    slots: Slots = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    at: int = 0
    waiting: Posted | None = None
    made: list[Posted] = field(default_factory=list)
    handles: dict[int, Posted] = field(default_factory=dict)
    flight: Flight = field(default_factory=Flight)

    @property
    def finished(self) -> bool:
        return self.waiting is None and self.at == len(self.phase.nodes)

    def begin(self, inputs: Mapping[str, Tensor]) -> None:
        """Take the inputs."""
        self.book.begin(inputs)
        self._told(lambda: self._replay(replace(self.phase, nodes=(), outputs=()), inputs))

    def to_next_call(self) -> Node | None:
        """The next call's node, when all before it is replayed; None at the end of the trace. Raises Stuck: something
        before it cannot be replayed, or uses what a call is still working on."""
        nodes, start = self.phase.nodes, self.at
        while self.at < len(nodes) and kind_of(nodes[self.at]) is None:
            self.at += 1
        part = replace(self.phase, inputs=(), nodes=nodes[start : self.at], outputs=())
        self._told(lambda: self._replay(part, {}))
        if self.at == len(nodes):
            return None
        self.at += 1
        return nodes[self.at - 1]

    def post(self, node: Node, make: Callable[[], Call]) -> Posted:
        """Make a call: the values that it sends are those of now. Raises Stuck: it is no call, or uses what another one
        is still working on."""

        def posted() -> Posted:
            call = make()
            self._pay(node, sum(tensor.numel() for tensor in (*call.sends, *call.receives)))
            sent = tuple(tensor.clone() for tensor in call.sends)
            self.flight.start(call)
            return Posted(call, self.book.note(call), sent)

        return self._told(posted)

    def take(self, posted: Posted) -> None:
        """Write what has arrived into the tensors that the call named."""
        self.flight.land(posted.call)
        for tensor, value in zip(posted.call.receives, posted.arrived or (), strict=True):
            tensor.copy_(value)

    def outputs(self) -> dict[str, Tensor]:
        """What came out, by name. Raises Stuck: an output was never made, or a call is still working on it."""

        def outputs() -> dict[str, Tensor]:
            made = self._replay(replace(self.phase, inputs=(), nodes=()), {})
            self.flight.check_outputs(made.values())
            return made

        return self._told(outputs)

    def _replay(self, part: Phase, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return replay_phase(part, inputs, self.slots, self.device, self._watch, self.budget)

    def _watch(self, step: Step) -> None:
        self.flight.check(step)
        self.book.watch(step)

    def _pay(self, node: Node, numbers: int) -> None:
        self.budget.made += numbers
        if self.budget.made > self.budget.in_all:
            raise Refused.at(
                node, N_("line {line}, `{code}`: makes {numbers} numbers, more than the grader replays"),
                numbers=self.budget.made,
            )  # fmt: skip

    def _told(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except Refused as refused:
            reason = self.phase.problems[0] if self.phase.problems else refused.message
            raise Stuck(of_rank(self.number, reason)) from None
