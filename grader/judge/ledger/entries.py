"""Entries: replayed operations as plain data, which tensors they read, wrote into and made."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from torch import Tensor

from grader.judge.budget import tensors_in
from grader.judge.operations import MOST_NAMES, PRODUCT_NAMES, UnknownOperation, base_name, resolve, written_arguments
from grader.judge.replay import Step
from grader.judge.trace import LEAVES


@dataclass(frozen=True)
class Piece:
    """A tensor as the ledger sees it: which storage it looks at, and how.

    `of` is how many numbers that storage has in all, `width` how many bytes one of them has; storages are counted from
    0 as they appear.
    """

    storage: int
    shape: tuple[int, ...]
    of: int
    offset: int = 0
    strides: tuple[int, ...] = ()
    width: int = 8

    @property
    def numbers(self) -> int:
        """How many numbers the tensor itself has."""
        product = 1
        for size in self.shape:
            product *= size
        return product


@dataclass(frozen=True)
class Entry:
    """One operation on single tensors: its plain name (`add` for `add_`), tensors in order, and the student's line.

    `writes` are those of `reads` that it writes into; `makes` are its results, views among them.
    """

    operation: str
    reads: tuple[Piece, ...]
    writes: tuple[Piece, ...] = ()
    makes: tuple[Piece, ...] = ()
    line: int = 0
    code: str = ""

    @property
    def touched(self) -> tuple[Piece, ...]:
        """What holds new numbers afterwards."""
        return (*self.writes, *self.makes)

    @property
    def new(self) -> tuple[Piece, ...]:
        """Results in storages of their own: neither views of what was read, nor what was written into."""
        old = {piece.storage for piece in self.reads}
        return tuple(piece for piece in self.makes if piece.storage not in old)


@dataclass
class Storages:
    """Numbers for storages, in order of appearance.

    Keeps the tensors alive: a freed storage's address would be given out again.
    """

    _next: Iterator[int] = field(default_factory=itertools.count)
    _numbers: dict[int, int] = field(default_factory=dict)
    _held: list[Tensor] = field(default_factory=list)

    def unseen(self, shape: tuple[int, ...]) -> Piece:
        """A piece of that shape in a storage that no tensor has."""
        return Piece(next(self._next), shape, math.prod(shape))

    def piece(self, tensor: Tensor) -> Piece:
        """The piece that a tensor is."""
        storage, width = tensor.untyped_storage(), tensor.element_size()
        if storage._cdata not in self._numbers:
            self._numbers[storage._cdata] = next(self._next)
            self._held.append(tensor)
        return Piece(
            self._numbers[storage._cdata],
            tuple(tensor.shape),
            storage.nbytes() // width,
            int(tensor.storage_offset()),
            tensor.stride(),
            width,
        )


# a tensor that an operation was given, and whether it writes into it
Given = tuple[Tensor, bool]
Lane = tuple[list[Given], Sequence[Tensor]]  # and what was made of it


def entries_of(step: Step, storages: Storages) -> Iterator[Entry]:
    """The entries of one replayed step: one, or for a `_foreach` or `_fused` operation one for each lane of its lists,
    which it works on one by one."""
    node, results = step.node, step.results
    name = LEAVES if node.operation == LEAVES else base_name(node.operation)
    positions, names = _written(node.operation)
    lists = name.startswith(("_foreach", "_fused"))
    if not (positions or names or lists):
        tensors = tensors_in([list(step.arguments), list(step.keywords.values())])
        reads, makes = tuple(map(storages.piece, tensors)), tuple(map(storages.piece, results))
        yield Entry(name, reads, (), makes, node.line, node.code)
        return
    given = [(value, position in positions) for position, value in enumerate(step.arguments)]
    given += [(value, word in names) for word, value in step.keywords.items()]
    for lane, made in _lanes(given, results) if lists else [([one for pair in given for one in _each(*pair)], results)]:
        pieces = [(storages.piece(tensor), written) for tensor, written in lane]
        reads, writes = tuple(piece for piece, _ in pieces), tuple(piece for piece, written in pieces if written)
        entry = Entry(name, reads, writes, tuple(map(storages.piece, made)), node.line, node.code)
        yield from _written_afterwards(entry, storages) if _multiplies_into_a_part(entry) else (entry,)


def _multiplies_into_a_part(entry: Entry) -> bool:
    """Whether it is a product with a part of a larger buffer as its `out=`."""
    into = entry.writes[0] if entry.writes and entry.operation in PRODUCT_NAMES else None
    return into is not None and into == entry.reads[-1] and len(entry.reads) > 2 and into.numbers < into.of


def _written_afterwards(entry: Entry, storages: Storages) -> Iterator[Entry]:
    """The product by itself, at home where its factors are, and then the writing into the buffer."""
    *factors, into = entry.reads
    product = storages.unseen(into.shape)
    yield replace(entry, reads=tuple(factors), writes=(), makes=(product,))
    yield replace(entry, operation="copy", reads=(into, product), writes=(into,))


@lru_cache(maxsize=MOST_NAMES)
def _written(operation: str) -> tuple[frozenset[int], frozenset[str]]:
    """The positions and the names of the arguments that an operation writes into."""
    try:
        written = written_arguments(resolve(operation))
    except UnknownOperation:
        written = ()  # only operations that read are followed without being replayed
    return frozenset(position for position, _ in written), frozenset(name for _, name in written)


def _each(value: Any, written: bool) -> Iterator[Given]:
    return ((tensor, written) for tensor in tensors_in([value]))


def _lanes(given: Sequence[tuple[Any, bool]], results: Sequence[Tensor]) -> Iterator[Lane]:
    """Of each list one tensor, and every single tensor in each lane; results come list after list."""
    many = max((len(value) for value, _ in given if isinstance(value, list)), default=0)
    for lane in range(many):
        parts = [(value[lane : lane + 1] if isinstance(value, list) else value, written) for value, written in given]
        yield [one for value, written in parts for one in _each(value, written)], results[lane::many]
