"""Gradients: which parts of weight gradients a task makes, and which devices hold them.

A product of data with data is a part of a gradient. Parts that are added are sums over one batch and count as one, if
they have no factor in common. The same product made once more on the same device, in whatever way, is no further part:
it has the same norm.
"""

import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from grader.judge.ledger.contents import SUMS
from grader.judge.ledger.entries import Entry, Piece
from grader.judge.ledger.homes import DEVICES, Home
from grader.judge.operations import GRADIENT_MAKING, MULTIPLICATIONS, PRODUCT_NAMES, PRODUCT_PLUS, SHAPE_ONLY

# these add a product to what comes first among their tensors
PLUS = PRODUCT_PLUS | frozenset({"addcmul", "addcdiv"})
NORMS_ALIKE = 1e-4  # relatively: rounding in single precision stays far below, other numbers far above
Factor = tuple[int, int, frozenset[tuple[int, int]]]  # a storage, where in it, and its sizes with their strides


@dataclass(frozen=True)
class Part:
    """A part of a gradient: how many numbers, on which devices, in which storages, made of what, and by which
    operation."""

    numbers: int
    home: Home
    storages: frozenset[int]
    factors: frozenset[Factor]
    entry: Entry


@dataclass
class Parts:
    """The parts that a task has made by now; `enter` follows its operations."""

    _made: list[Part] = field(default_factory=list)
    _of: dict[int, int] = field(default_factory=dict)  # which part a storage is, by number
    _known: dict[object, int] = field(default_factory=dict)
    _joined: dict[int, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Part]:
        yield from (part for number, part in enumerate(self._made) if number not in self._joined)

    def larger_than(self, numbers: int) -> set[int]:
        """The storages of parts with more numbers than that."""
        return {storage for part in self for storage in part.storages if part.numbers > numbers}

    def enter(
        self,
        entry: Entry,
        home: Home,
        weights: Collection[int],
        data: Collection[int],
        norm: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Follow one operation that runs on the devices `home`; `weights` and `data` are storages that hold such, and
        `norm()` is that of what it makes, or 0 where numbers are not known."""
        made = tuple(piece for piece in entry.touched if piece.numbers > 1)
        if not made or entry.operation in SHAPE_ONLY:
            return
        factors = tuple(piece for piece in factors_of(entry) if piece.storage in data or piece.storage in weights)
        if any(piece.storage in weights for piece in factors):
            return
        added = entry.operation in SUMS or entry.operation in PLUS
        others = [piece for piece in entry.reads if piece not in factors]
        passed_on = [piece for piece in others if added or piece.numbers == made[0].numbers]
        numbers = [self._product(entry, factors, made, home, norm)] if len(factors) > 1 else []
        numbers += [self._root(self._of[piece.storage]) for piece in passed_on if piece.storage in self._of]
        if not numbers:
            return
        number = numbers[0]
        for other in numbers[1:] if added else ():
            number = self._join(number, other)
        whole = frozenset(piece.storage for piece in made if piece.of == piece.numbers)
        self._of.update(dict.fromkeys(whole, number))  # a buffer that is filled part by part is none of them
        self._made[number] = replace(self._made[number], storages=self._made[number].storages | whole)

    def _product(
        self, entry: Entry, factors: tuple[Piece, ...], made: tuple[Piece, ...], home: Home, norm: Callable[[], float]
    ) -> int:
        recipe = frozenset((piece.storage, piece.offset, _geometry(piece)) for piece in factors)
        numbers = max(piece.numbers for piece in made)
        length = norm() if entry.operation not in PLUS else 0.0
        step = round(math.log(length) / NORMS_ALIKE) if 0 < length < math.inf else None
        alike = [] if step is None else [(home, numbers, step + off) for off in (0, -1, 1)]
        number = next((self._known[key] for key in ((home, recipe), *alike) if key in self._known), None)
        if number is None:
            number = len(self._made)
            self._made.append(Part(numbers, home, frozenset(), recipe, entry))
        self._known.update(dict.fromkeys(((home, recipe), *alike[:1]), number))
        return self._root(number)

    def _root(self, number: int) -> int:
        while number in self._joined:
            number = self._joined[number]
        return number

    def _join(self, one: int, other: int) -> int:
        mine, its = self._made[one], self._made[other]
        if one == other or mine.factors & its.factors or mine.numbers != its.numbers:
            return one
        self._joined[other] = one
        home, storages, factors = mine.home & its.home, mine.storages | its.storages, mine.factors | its.factors
        self._made[one] = Part(mine.numbers, home or DEVICES, storages, factors, its.entry)
        return one


def factors_of(entry: Entry) -> tuple[Piece, ...]:
    """The tensors that an entry multiplies with each other so that more comes out than either of them has; none where
    it does not."""
    multiplied = entry.reads[1:] if entry.operation in PLUS else entry.reads
    multiplied = tuple(piece for piece in multiplied if piece not in entry.writes)
    largest = max((piece.numbers for piece in multiplied), default=0)
    made = max((piece.numbers for piece in entry.touched), default=0)
    elementwise = entry.operation in MULTIPLICATIONS or entry.operation in PLUS
    if entry.operation in PRODUCT_NAMES or entry.operation in GRADIENT_MAKING or (elementwise and made > largest):
        return tuple(piece for piece in multiplied if piece.numbers > 1)
    return ()


def _geometry(piece: Piece) -> frozenset[tuple[int, int]]:
    """Sizes with their strides: the same for a tensor and its transpose."""
    strides = piece.strides or (0,) * len(piece.shape)
    return frozenset((size, stride) for size, stride in zip(piece.shape, strides, strict=True) if size > 1)
