"""Lock step: the traces of all ranks replayed together, each up to its next call, until all are done.

No process groups and no threads: a collective is carried out when the last rank has come to it, on the values that
the ranks sent. A rank that would wait for ever is named, with its line and whom it waits for.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from grader.judge.ranks.account import Crossing, crossing_of
from grader.judge.ranks.calls import SEND, WAIT, Call, call_of, carried_out, disagreement, kind_of, misfit
from grader.judge.ranks.rank import Posted, Rank, Stuck, Waiting, of_rank
from grader.judge.ranks.rule import RankBook
from grader.judge.trace import Node, Phase
from grader.lab.messages import N_, Message, message

Rows = Sequence[Sequence[Posted]]


@dataclass(frozen=True)
class Together:
    """What the ranks came to: each one's outputs by name, and what crossed between them, in order."""

    outputs: tuple[Mapping[str, Tensor], ...]
    crossings: tuple[Crossing, ...]


def replay_ranks(
    phases: Sequence[Phase],
    inputs: Sequence[Mapping[str, Tensor]],
    books: Sequence[RankBook],
    device: torch.device,
) -> Together:
    """What the ranks make together: one phase and the inputs of each, in the order of the ranks.

    Each rank's operations and calls are entered into its book. Inputs are written into where the ranks do so.

    Raises:
        Stuck: a rank's trace cannot be replayed, or calls do not fit together.
        Waiting: a rank would wait for ever.
        MemoryError: the machine has too little memory for it.
    """
    ranks = [Rank(number, phase, books[number], device) for number, phase in enumerate(phases)]
    world = _World(ranks)
    with torch.no_grad():
        for rank, given in zip(ranks, inputs, strict=True):
            rank.begin(given)
        try:
            while world.advance():
                pass
        finally:
            for rank in ranks:
                made = {name: rank.slots.get(slot) for name, slot in rank.phase.outputs}
                rank.book.name({name: tensor for name, tensor in made.items() if isinstance(tensor, Tensor)})
        unfinished = for_ever(ranks, world.rows) or left_over(ranks, world.rows)
        if unfinished is not None:
            raise Waiting(unfinished)
        return Together(tuple(rank.outputs() for rank in ranks), tuple(world.crossings))


@dataclass(eq=False)
class _World:
    """All ranks, the collectives that they have come to (row by row, in order), and messages on their way."""

    ranks: Sequence[Rank]
    rows: list[list[Posted]] = field(default_factory=list)
    messages: dict[tuple[int, int, int], deque[Posted]] = field(default_factory=dict)
    crossings: list[Crossing] = field(default_factory=list)

    def advance(self) -> bool:
        """Let each rank that need not wait go on to its next call; whether there was one."""
        moved = False
        for rank in self.ranks:
            if rank.waiting is not None and rank.waiting.done:
                rank.take(rank.waiting)
                rank.waiting = None
                moved = True
            if rank.waiting is None and not rank.finished:
                node = rank.to_next_call()
                if node is not None:
                    self._come_to(rank, node)
                moved = True
        return moved

    def _come_to(self, rank: Rank, node: Node) -> None:
        if kind_of(node) == WAIT:
            posted = rank.handles.pop(node.args[0], None) if node.args and isinstance(node.args[0], int) else None
            if posted is not None:
                rank.book.wait(node, posted.place)
            rank.waiting = posted  # a handle that was waited for before has nothing more to wait for
            return
        posted = rank.post(node, lambda: call_of(node, rank.number, len(self.ranks), rank.slots))
        if posted.call.handle is None:
            rank.waiting = posted
        else:
            rank.handles[posted.call.handle] = posted
        if posted.call.alone:
            self._meet(posted)
        else:
            self._join(rank, posted)

    def _join(self, rank: Rank, posted: Posted) -> None:
        """The rank's next collective of all ranks."""
        row = len(rank.made)
        rank.made.append(posted)
        if row == len(self.rows):
            self.rows.append([])
        for other in self.rows[row]:
            reason = disagreement(other.call, posted.call)
            if reason is not None:
                raise Stuck(reason)
        self.rows[row].append(posted)
        if len(self.rows[row]) == len(self.ranks):
            self._carry_out(sorted(self.rows[row], key=lambda each: each.call.rank))

    def _meet(self, posted: Posted) -> None:
        """A message's other end, if it is there already: those of one tag go in order."""
        call = posted.call
        ends = (call.rank, call.root) if call.kind == SEND else (call.root, call.rank)
        waiting = self.messages.setdefault((*ends, call.tag), deque())
        if not waiting or waiting[0].call.kind == call.kind:
            waiting.append(posted)
            return
        pair = (waiting.popleft(), posted)
        self._carry_out(pair if pair[0].call.kind == SEND else pair[::-1])

    def _carry_out(self, together: Sequence[Posted]) -> None:
        calls: list[Call] = [posted.call for posted in together]
        reason = misfit(calls)
        if reason is not None:
            raise Stuck(reason)
        crossing = crossing_of(calls, len(self.ranks))
        try:
            arrived = carried_out(calls, [posted.sent for posted in together])
        except (RuntimeError, TypeError) as error:
            said = message(
                N_("line {line}, `{code}`: fails on other values: {error}"),
                line=calls[0].line, code=calls[0].code, error=str(error).split("\n")[0],
            )  # fmt: skip
            raise Stuck(of_rank(calls[0].rank, said)) from None
        for posted, values in zip(together, arrived, strict=True):
            posted.arrived = values
            rank = self.ranks[posted.call.rank]
            arrives, leaves = crossing.arrives[rank.number], crossing.leaves[rank.number]
            rank.book.carried_out(posted.place, len(self.crossings), arrives, leaves)
        self.crossings.append(crossing)


def for_ever(ranks: Sequence[Rank], rows: Rows) -> Message | None:
    """Who waits for ever when no rank can go on; a rank that has finished is the plainest cause."""
    stuck = [rank.waiting for rank in ranks if rank.waiting is not None]
    pairs = [(waiting, ranks[other]) for waiting in stuck for other in _missing(waiting, ranks, rows)]
    for waiting, other in sorted(pairs, key=lambda pair: not pair[1].finished):
        facts = waiting.call.where()
        if other.waiting is None:
            return message(
                N_("rank {rank} waits in {call} (line {line}, `{code}`) for rank {other}, which has finished"),
                other=other.number, **facts,
            )  # fmt: skip
        return message(
            N_("rank {rank} waits in {call} (line {line}, `{code}`) for rank {other}, which waits in {other_call} "
               "(line {other_line}, `{other_code}`)"),
            **facts, **other.waiting.call.where("other"),
        )  # fmt: skip
    return None


def left_over(ranks: Sequence[Rank], rows: Rows) -> Message | None:
    """An asynchronous call that nobody waits for and that some rank never comes to."""
    for rank in ranks:
        for posted in (*rank.made, *rank.handles.values()):
            missing = _missing(posted, ranks, rows) if not posted.done else []
            if missing and posted.call.alone:
                return message(
                    N_("rank {rank} calls {call} (line {line}, `{code}`), but rank {other} never receives it")
                    if posted.call.kind == SEND
                    else N_("rank {rank} calls {call} (line {line}, `{code}`), but rank {other} never sends it"),
                    other=missing[0], **posted.call.where(),
                )  # fmt: skip
            if missing:
                return message(
                    N_("rank {rank} calls {call} (line {line}, `{code}`), which rank {other} never comes to"),
                    other=missing[0], **posted.call.where(),
                )  # fmt: skip
    return None


def _missing(posted: Posted, ranks: Sequence[Rank], rows: Rows) -> list[int]:
    """The ranks that have not come to a call."""
    if posted.call.alone:
        return [posted.call.root]
    row = next(row for row in rows if any(each is posted for each in row))
    there = {each.call.rank for each in row}
    return [rank.number for rank in ranks if rank.number not in there]
