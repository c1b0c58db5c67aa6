"""Waiting: which rank would wait for ever, and for whom."""

from __future__ import annotations

from collections.abc import Sequence

from grader.judge.ranks.calls import SEND
from grader.judge.ranks.rank import Posted, Rank
from grader.lab.messages import N_, Message, message

Rows = Sequence[Sequence[Posted]]


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
