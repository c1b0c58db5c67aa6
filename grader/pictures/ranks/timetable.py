"""The timetable of a run on N ranks: what crosses in which step, and who waits for whom meanwhile.

A step is one exchange: what ranks can carry out at once stands in one, and a rank goes on to the next when what it
waits for is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.judge.ranks import Noted, RankPage
from grader.judge.ranks.calls import RECV, SEND
from grader.pictures.ranks.parts import Part, Parts

MESSAGES = (SEND, RECV)


@dataclass(frozen=True)
class Passing:
    """A message, from `ranks[0]` to `ranks[1]`, or a collective of all `ranks`; not `done` for one rank's call that
    was never carried out. `part` is what goes, where that is known; `numbers` how many, in each rank's call."""

    kind: str
    step: int
    ranks: tuple[int, ...]
    numbers: tuple[int, ...]
    line: int
    code: str
    part: Part | None
    done: bool

    @property
    def alone(self) -> bool:
        """Whether it goes between two ranks."""
        return self.kind in MESSAGES

    @property
    def callers(self) -> tuple[int, ...]:
        """Who called it: of a message that was never carried out, one end."""
        return self.ranks if self.done or not self.alone else (self.ranks[self.kind == RECV],)


@dataclass(frozen=True)
class Wait:
    """The steps that a rank waits, `end` not among them; None where nothing comes any more."""

    rank: int
    start: int
    end: int | None


@dataclass(frozen=True)
class Timetable:
    """What crossed in order, what was never carried out, and the waits; `steps` is how many steps there are."""

    ranks: int
    passings: tuple[Passing, ...]
    waits: tuple[Wait, ...]
    steps: int


@dataclass(eq=False)
class _Course:
    """How far each rank has been followed: its step, its next call, and the step at which it came to each call."""

    pages: Sequence[RankPage]
    parts: list[Parts]
    step: list[int]
    next: list[int]
    came: dict[tuple[int, int], int] = field(default_factory=dict)
    sent: dict[tuple[int, int], Part] = field(default_factory=dict)
    carried: dict[int, int] = field(default_factory=dict)
    waits: list[Wait] = field(default_factory=list)

    def follow(self, rank: int, end: int) -> None:
        """Follow a rank through its calls up to `end`."""
        for place in range(self.next[rank], end):
            call = self.pages[rank].calls[place]
            self.parts[rank].follow(call)
            if call.of is not None:
                self.wait(rank, self.pages[rank].calls[call.of].crossing)
                continue
            self.came[rank, place] = self.step[rank]
            if call.sends:
                self.sent[rank, place] = self.parts[rank].sent(call.sends[0], call.code)
            if call.blocks and call.crossing is None:
                self.wait(rank, None)
        self.next[rank] = max(end, self.next[rank])

    def wait(self, rank: int, crossing: int | None) -> None:
        """Let a rank wait for what crosses, or for nothing that ever comes."""
        start, at = self.step[rank], None if crossing is None else self.carried[crossing]
        if at is None or at > start:
            self.waits.append(Wait(rank, start, at))
        if at is not None:
            self.step[rank] = max(start, at + 1)


def timetable(pages: Sequence[RankPage]) -> Timetable:
    """The timetable of a run, also of one that came to a standstill."""
    together: dict[int, list[tuple[int, int]]] = {}
    for rank, page in enumerate(pages):
        for place, call in enumerate(page.calls):
            if call.crossing is not None:
                together.setdefault(call.crossing, []).append((rank, place))
    course = _Course(pages, [Parts(rank, page) for rank, page in enumerate(pages)], [0] * len(pages), [0] * len(pages))
    passings = []
    for crossing, ends in sorted(together.items()):
        for rank, place in ends:
            course.follow(rank, place + 1)
        ends.sort(key=lambda end: pages[end[0]].calls[end[1]].kind == RECV)
        course.carried[crossing] = max(course.came[end] for end in ends)
        for rank, place in ends:
            call = pages[rank].calls[place]
            for piece, end in zip(call.receives, _senders(call, ends), strict=False):
                if end in course.sent:
                    course.parts[rank].received(piece, course.sent[end])
            if call.blocks:
                course.wait(rank, crossing)
        passings.append(_passing(course, ends))
    for rank, page in enumerate(pages):
        course.follow(rank, len(page.calls))
        for place, call in enumerate(page.calls):
            if call.of is None and call.crossing is None:
                passings.append(_passing(course, [(rank, place)], done=False))
    steps = max([*course.step, *(passing.step + 1 for passing in passings)], default=0)
    return Timetable(len(pages), tuple(passings), tuple(course.waits), steps)


def _senders(call: Noted, ends: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    """Whose numbers arrive in a call's buffers, as far as they stay what they were."""
    if call.kind == RECV:
        return ends[:1]
    if call.kind in ("all_gather", "gather"):
        return ends
    return [end for end in ends if end[0] == call.root] if call.kind == "broadcast" else ()


def _passing(course: _Course, ends: Sequence[tuple[int, int]], done: bool = True) -> Passing:
    calls = [course.pages[rank].calls[place] for rank, place in ends]
    ranks, first = tuple(rank for rank, _ in ends), calls[0]
    if not done and first.kind in MESSAGES:
        ranks = (*ranks, first.root) if first.kind == SEND else (first.root, *ranks)
    numbers = tuple(sum(piece.numbers for piece in call.sends) for call in calls)
    step = max(course.came[end] for end in ends)
    return Passing(first.kind, step, ranks, numbers, first.line, first.code, course.sent.get(ends[0]), done)
