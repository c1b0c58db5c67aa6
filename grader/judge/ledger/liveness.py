"""Liveness: how many numbers of the weights, and of their gradient, each device holds at every step.

A storage is held from the step that makes it to the last one that uses it; what a task starts from, and the variables
that it leaves, to the end. A number that a device holds twice counts once.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from grader.judge.ledger.contents import GRADIENT, WEIGHT, Content, Contents, Flow, Parameter, root_of
from grader.judge.ledger.entries import Entry
from grader.judge.ledger.homes import DEVICES, Home, Homes


@dataclass(frozen=True)
class Moment:
    """What the devices hold while one operation runs: numbers by device of the weights and of their gradient."""

    weights: Mapping[int, int]
    gradients: Mapping[int, int]
    line: int = 0
    code: str = ""


def last_uses(entries: Sequence[Entry]) -> dict[int, int]:
    """For each storage the index of the last entry that reads, writes or makes it."""
    return {
        piece.storage: index for index, entry in enumerate(entries) for piece in (*entry.reads, *entry.makes)
    }  # fmt: skip


def held(
    entries: Sequence[Entry],
    homes: tuple[Homes, Sequence[Homes]],
    contents: tuple[Contents, Flow],
    kept: Collection[int],
    placed: Homes,
) -> tuple[Moment, ...]:
    """The moments of a task: one before it, and one for each of its operations.

    `homes` and `contents` are those before it and those along it; the storages `kept` are alive to the end, and those
    `placed` are where their names say, from the beginning.
    """
    (homes_before, homes_along), (contents_before, along) = homes, contents
    last = last_uses(entries)
    ends = defaultdict(list)
    for storage, index in last.items():
        if storage not in kept:
            ends[index].append(storage)
    now, shelf = dict(homes_before), _Shelf(along.same)
    for storage, content in contents_before.items():
        if storage in kept or storage in last:
            shelf.put(storage, placed.get(storage, now.get(storage, DEVICES)), content)
    moments = [shelf.moment()]
    for index, entry in enumerate(entries):
        now.update(homes_along[index])
        for storage, content in along.changes[index].items():
            shelf.put(storage, placed.get(storage, now.get(storage, DEVICES)), content)
        moments.append(shelf.moment(entry.line, entry.code))
        for storage in ends[index]:
            shelf.take(storage)
    return tuple(moments)


class _Shelf:
    """Running sums by device and parameter, so that a step costs what it changes."""

    def __init__(self, same: Mapping[str, str]) -> None:
        self._same = same
        self._on: dict[int, tuple[Home, Content]] = {}
        self._sums: dict[tuple[int, Parameter], int] = defaultdict(int)

    def put(self, storage: int, home: Home, content: Content) -> None:
        self.take(storage)
        if content:
            self._on[storage] = (home, content)
            self._count(home, content, 1)

    def take(self, storage: int) -> None:
        if storage in self._on:
            self._count(*self._on.pop(storage), -1)

    def moment(self, line: int = 0, code: str = "") -> Moment:
        totals = {kind: dict.fromkeys(sorted(DEVICES), 0) for kind in (WEIGHT, GRADIENT)}
        for (device, parameter), numbers in self._sums.items():
            totals[parameter.kind][device] += min(numbers, parameter.numbers)
        return Moment(totals[WEIGHT], totals[GRADIENT], line, code)

    def _count(self, home: Home, content: Content, sign: int) -> None:
        for parameter, numbers in content.items():
            one = Parameter(parameter.kind, root_of(parameter.name, self._same), parameter.numbers)
            for device in home:
                self._sums[device, one] += sign * numbers
                if not self._sums[device, one]:
                    del self._sums[device, one]
