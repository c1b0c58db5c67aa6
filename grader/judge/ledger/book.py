"""The book: follows a replay, task after task, and closes each task with its ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from grader.judge.lab import device_of
from grader.judge.ledger import rule
from grader.judge.ledger.collectives import Collective, collective_of, merged, waiting_after
from grader.judge.ledger.entries import Entry, Piece, Storages, entries_of
from grader.judge.ledger.homes import DEVICES, Home, Homes, common_home, home_of, homes_after
from grader.judge.ledger.ledger import Ledger, Violation
from grader.judge.ledger.rule import Limits
from grader.judge.messages import Message
from grader.judge.operations import PRODUCT_NAMES
from grader.judge.replay import Step
from grader.judge.trace import LEAVES


@dataclass
class Book:
    """What is known about every storage of a replay; `begin` opens a task, `watch` enters its operations one by one,
    `close` gives its ledger.

    Attributes:
        limits: the sizes that the rule allows, or None where sizes cannot decide.
        homes: the devices of each storage, by its number.
        weights: the storages that hold weights, by where their numbers come from.
    """

    limits: Limits | None = None
    homes: dict[int, Home] = field(default_factory=dict)
    weights: set[int] = field(default_factory=set)
    _weighted: set[int] = field(default_factory=set)
    _terms: set[int] = field(default_factory=set)
    _storages: Storages = field(default_factory=Storages)
    _last: Ledger | None = None
    _page: _Page = field(init=False)

    def __post_init__(self) -> None:
        self._page = _Page({}, {}, ruled=True)

    def begin(
        self, inputs: Mapping[str, Tensor], ruled: bool = True, homes: Mapping[str, Home] | None = None
    ) -> None:
        """Open the page of a task that starts from these tensors; `ruled` says whether the rule holds in it.

        `homes` are the devices of inputs whose names don't say them.
        """
        pieces = {name: self._storages.piece(tensor) for name, tensor in inputs.items()}
        for name, piece in pieces.items():
            self.homes[piece.storage] = (homes or {}).get(name, DEVICES)
            if name.startswith(rule.WEIGHTS):
                self.weights.add(piece.storage)
        self._place(pieces)
        self._page = _Page(pieces, dict(self.homes), ruled)

    def home(self, tensor: Tensor) -> Home:
        """The devices that hold a tensor."""
        return home_of(self._storages.piece(tensor), self.homes)

    def watch(self, step: Step) -> None:
        """Enter one replayed operation."""
        for entry in entries_of(step, self._storages):
            self._enter(entry)

    def close(self, outputs: Mapping[str, Tensor], others: Mapping[str, Tensor] | None = None) -> Ledger:
        """The ledger of the task that was opened last; `outputs` are the variables that it was to make, `others` those
        that it made besides."""
        page = self._page
        pieces = {name: self._storages.piece(tensor) for name, tensor in outputs.items()}
        more = {name: self._storages.piece(tensor) for name, tensor in (others or {}).items()}
        misplaced = self._misplaced(pieces)
        ledger = Ledger(
            entries=tuple(page.entries),
            inputs=page.inputs,
            outputs=pieces,
            others=more,
            homes_before=page.homes,
            homes_along=tuple(page.along),
            previous=self._last,
            collectives=merged(page.crossings, page.entries, (*pieces.values(), *more.values())),
            violations=tuple(page.violations),
            misplaced=misplaced,
        )
        self._last = ledger
        self._place(pieces)
        return ledger

    def _place(self, pieces: Mapping[str, Piece]) -> None:
        """Put every `name_gpuK` that has memory of its own on device K."""
        for name, piece in pieces.items():
            device = device_of(name)
            if device is not None and piece.of == piece.numbers:
                self.homes[piece.storage] = frozenset({device})

    def _enter(self, entry: Entry) -> None:
        page = self._page
        if rule.are_terms(entry, common_home(entry.reads, self.homes), self.weights):
            self._terms.update(piece.storage for piece in entry.new)
        faults = [rule.too_large(entry, self.limits, self._terms)]
        changed: Homes = {}
        if entry.operation == LEAVES:
            faults.append(self._leave(entry))
        else:
            if page.ruled:
                faults.append(rule.uses_homeless(entry, self.homes, self.weights))
            home = common_home(entry.reads, self.homes)
            if not home:
                faults.append(self._cross(entry))
            elif home == DEVICES and entry.operation in PRODUCT_NAMES:
                page.everywhere |= {piece.storage: (piece.numbers, entry) for piece in entry.touched}
            page.waiting = waiting_after(entry, self.homes, page.waiting)
            changed = homes_after(entry, self.homes)
            self.homes.update(changed)
            still = rule.still_weights(entry, self.weights, page.ruled, self._weighted)
            if rule.weighted_by_data(entry, self.weights):
                self._weighted.update(piece.storage for piece in entry.new)
            self.weights.update(piece.storage for piece in still)
        page.violations += [Violation(fault, len(page.entries), entry.line) for fault in faults if fault is not None]
        page.entries.append(entry)
        page.along.append(changed)

    def _leave(self, entry: Entry) -> Message | None:
        outside = self._page.outside
        for piece in entry.reads:
            for device in home_of(piece, self.homes) if piece.storage in self.weights else ():
                outside[device] = outside.get(device, 0) + piece.numbers
        return rule.leaves_together(entry, outside, self.limits)

    def _cross(self, entry: Entry) -> Message | None:
        fault = rule.may_not_cross(entry, self.homes, self.weights)
        if fault is not None:
            return fault
        page = self._page
        waiting = page.waiting.get(entry.touched[0].storage, 0) if entry.touched else 0
        page.crossings.append(collective_of(entry, len(page.entries), self.homes, waiting))
        return rule.crosses_too_much(entry, sum(crossing.numbers for crossing in page.crossings), self.limits)

    def _misplaced(self, outputs: Mapping[str, Piece]) -> Message | None:
        own = {
            piece.storage: frozenset({device})
            for name, piece in outputs.items()
            if (device := device_of(name)) is not None
        }
        shared = rule.parts_on_both(self._page.everywhere, own, self._page.entries, self.limits)
        found = (rule.misplaced(name, piece, self.homes, self.weights) for name, piece in outputs.items())
        return shared or next((fault for fault in found if fault is not None), None)


@dataclass
class _Page:
    """One task while it is being followed."""

    inputs: Mapping[str, Piece]
    homes: Homes
    ruled: bool
    entries: list[Entry] = field(default_factory=list)
    along: list[Homes] = field(default_factory=list)
    crossings: list[Collective] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    waiting: Mapping[int, int] = field(default_factory=dict)
    everywhere: dict[int, tuple[int, Entry]] = field(default_factory=dict)
    outside: dict[int, int] = field(default_factory=dict)
