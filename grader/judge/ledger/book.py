"""The book: follows a replay, task after task, and closes each task with its ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from grader.judge.ledger import rule
from grader.judge.ledger.collectives import Collective, collective_of, merged, moving, waiting_after
from grader.judge.ledger.entries import Entry, Piece, Storages, entries_of
from grader.judge.ledger.gradients import Parts
from grader.judge.ledger.homes import DEVICES, Home, Homes, alone_after, alone_of, common_home, home_of, homes_after
from grader.judge.ledger.ledger import Ledger, Violation
from grader.judge.ledger.provenance import Provenance
from grader.judge.replay import Step
from grader.judge.trace import LEAVES
from grader.lab.messages import Message
from grader.lab.rule import Limits
from grader.lab.variables import Naming


@dataclass
class Book:
    """What is known about every storage of a replay; `begin` opens a task, `watch` enters its operations one by one,
    `close` gives its ledger.

    Attributes:
        names: who a variable is.
        limits: the sizes that the rule allows, or None where sizes cannot decide.
        homes: the devices of each storage, by its number.
        holds: which storages hold weights, data or token ids.
        crossed: how many numbers have crossed by now, in this task and in earlier ones that kept the rule.
    """

    names: Naming
    limits: Limits | None = None
    homes: dict[int, Home] = field(default_factory=dict)
    holds: Provenance = field(default_factory=Provenance)
    crossed: int = 0
    _singles: int = 0  # weights that were taken one by one
    _terms: set[int] = field(default_factory=set)
    _storages: Storages = field(default_factory=Storages)
    _last: Ledger | None = None
    _page: _Page = field(init=False)

    def __post_init__(self) -> None:
        self._page = _Page({}, {}, ruled=True, crossed_before=0)

    def begin(self, inputs: Mapping[str, Tensor], ruled: bool = True, homes: Mapping[str, Home] | None = None) -> None:
        """Open the page of a task that starts from these tensors; `ruled` says whether the rule holds in it.

        `homes` are the devices of inputs whose names don't say them.
        """
        pieces = {name: self._storages.piece(tensor) for name, tensor in inputs.items()}
        for name, piece in pieces.items():
            self.homes[piece.storage] = (homes or {}).get(name, DEVICES)
        self.holds.begin(self.names, pieces)
        self._place(pieces)
        self._page = _Page(pieces, dict(self.homes), ruled, self.crossed)

    def home(self, tensor: Tensor) -> Home:
        """The devices that hold a tensor."""
        return home_of(self._storages.piece(tensor), self.homes)

    def watch(self, step: Step) -> None:
        """Enter one replayed operation."""
        for entry in entries_of(step, self._storages):
            self._enter(entry, partial(_norm, step))

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
            names=self.names,
        )
        self._last = ledger
        if page.violations:  # what a task moved against the rule is its own affair
            self.crossed = page.crossed_before
        self._place(pieces)
        return ledger

    def _place(self, pieces: Mapping[str, Piece]) -> None:
        """Put every `name_gpuK` that has memory of its own on device K."""
        for name, piece in pieces.items():
            device = self.names.home(name)
            if device is not None and piece.of == piece.numbers:
                self.homes[piece.storage] = frozenset({device})

    def _enter(self, entry: Entry, norm: Callable[[], float]) -> None:
        page = self._page
        if rule.are_terms(entry, common_home(entry.reads, self.homes), self.holds.weights, self.holds.data):
            self._terms.update(piece.storage for piece in entry.new)
        faults = [rule.too_large(entry, self.limits, self._terms)]
        changed: Homes = {}
        if entry.operation == LEAVES:
            faults.append(self._leave(entry))
        else:
            self._singles += rule.single_weights(entry, self.holds.weights)
            if page.ruled:
                faults.append(rule.uses_homeless(entry, self.homes, self.holds.weights, self.names, self._least))
            home = common_home(entry.reads, self.homes)
            if not home:
                faults.append(self._cross(entry))
            page.parts.enter(entry, home or DEVICES, self.holds.weights, self.holds.data, norm)
            page.waiting = waiting_after(entry, self.homes, page.waiting)
            page.alone.update(alone_after(entry, self.homes, page.alone))
            changed = homes_after(entry, self.homes)
            self.homes.update(changed)
            few = self._least > 1
            self._singles += few and rule.is_summary(entry, self.holds.weights)
            self.holds.enter(entry, page.ruled, few)
            faults.append(self._hold(entry))
        page.violations += [Violation(fault, len(page.entries), entry.line) for fault in faults if fault is not None]
        page.entries.append(entry)
        page.along.append(changed)

    @property
    def _least(self) -> int:
        """From how many numbers on weights count: a few single ones are no matter."""
        return 2 if self._singles <= rule.MOST_SINGLES else 1

    def _leave(self, entry: Entry) -> Message | None:
        outside = self._page.outside
        for piece in entry.reads:
            if piece.storage in self.holds.weights or piece.storage in self._gradients():
                for device in home_of(piece, self.homes):
                    outside[device] = outside.get(device, 0) + piece.numbers
        return rule.leaves_together(entry, outside, self.limits)

    def _hold(self, entry: Entry) -> Message | None:
        if self.limits is None or self.limits.storage is None:
            return None
        made = [piece for piece in entry.touched if piece.storage in self.holds.data]
        others = self.holds.weights | self._terms | self._page.parts.larger_than(0)
        return rule.holds_too_much(entry, made, others, self.limits)

    def _cross(self, entry: Entry) -> Message | None:
        fault = rule.may_not_cross(entry, self.homes, self.holds.weights | self._gradients(), self._least)
        if fault is None:
            page = self._page
            waiting = page.waiting.get(entry.touched[0].storage, 0) if entry.touched else 0
            page.crossings.append(collective_of(entry, len(page.entries), self.homes, waiting))
            if self.limits is not None:
                # a storage that lies on both devices from now on has crossed with all that one of them alone had of it
                alone = sum(alone_of(piece, self.homes, page.alone) for piece in entry.writes)
                self.crossed += max(waiting + rule.carried(moving(entry, self.homes), self.limits), alone)
            fault = rule.crosses_too_much(entry, self.crossed, self.limits)
        if fault is not None:
            self.holds.weights.update(piece.storage for piece in entry.touched)  # a later task may not rest on it
        return fault

    def _gradients(self) -> set[int]:
        """The storages that hold parts of the gradient of a weight, and not of a bias alone."""
        return self._page.parts.larger_than(self.limits.margin) if self.limits is not None else set()

    def _misplaced(self, outputs: Mapping[str, Piece]) -> Message | None:
        own = {piece.storage for name, piece in outputs.items() if self.names.home(name) is not None}
        weights = self.holds.weights
        found = (rule.misplaced(name, piece, self.homes, weights, self.names) for name, piece in outputs.items())
        misplaced = next((fault for fault in found if fault is not None), None)
        return misplaced or rule.too_many_parts(self._page.parts, own, self.limits)


def _norm(step: Step) -> float:
    """The norm of what a step made; 0 where it has no numbers."""
    made = step.results[0] if step.results else None
    if made is None or made.is_meta or not made.dtype.is_floating_point:
        return 0.0
    return float(torch.linalg.vector_norm(made, dtype=torch.float64))


@dataclass
class _Page:
    """One task while it is being followed."""

    inputs: Mapping[str, Piece]
    homes: Homes
    ruled: bool
    crossed_before: int
    entries: list[Entry] = field(default_factory=list)
    along: list[Homes] = field(default_factory=list)
    crossings: list[Collective] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    waiting: Mapping[int, int] = field(default_factory=dict)
    alone: dict[int, int] = field(default_factory=dict)
    parts: Parts = field(default_factory=Parts)
    outside: dict[int, int] = field(default_factory=dict)
