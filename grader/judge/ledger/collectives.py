"""Collectives: what crosses between devices, of which kind, and how many numbers.

An operation whose inputs share no device is communication. One that adds is an all-reduce; one that puts side by side,
or writes into a buffer, an all-gather. Counted is what leaves each device for the other. For two devices that is what
the usual algorithms move in all (Thakur, Rabenseifner, Gropp, Optimization of Collective Communication Operations in
MPICH, 2005): (p - 1) n numbers for an all-gather of n, 2 (p - 1) n for an all-reduce of n.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.judge.ledger.entries import Entry, Piece
from grader.judge.ledger.homes import DEVICES, Homes, common_home, home_of
from grader.judge.operations import PRODUCT_PLUS

ALL_GATHER, ALL_REDUCE, OTHER = "all-gather", "all-reduce", "other"
_ADDING = """
add sub rsub subtract sum mean lerp addcmul addcdiv index_add scatter_add _foreach_add _foreach_sub _foreach_lerp
_foreach_addcmul
"""
_JOINING = """
cat concat concatenate stack hstack vstack dstack column_stack block_diag where scatter masked_scatter select_scatter
slice_scatter _foreach_copy
"""
ADDING = PRODUCT_PLUS | frozenset(_ADDING.split())
JOINING = frozenset(_JOINING.split())
WRITING = frozenset({"copy", "index_put", "index_copy"})


@dataclass(frozen=True)
class Collective:
    """Something that crossed: its kind, the numbers that it moved, the shape of its result, and the student's line."""

    kind: str
    operation: str
    numbers: int
    shape: tuple[int, ...]
    storage: int
    at: int
    line: int = 0
    code: str = ""


def theory(kind: str, numbers: int, world_size: int = 2) -> int:
    """The numbers that a collective over so many has to move in all."""
    return (world_size - 1) * numbers * (2 if kind == ALL_REDUCE else 1)


def moving(entry: Entry, homes: Homes) -> tuple[Piece, ...]:
    """The pieces that an operation across devices moves."""
    if entry.operation in PRODUCT_PLUS and common_home(entry.reads[1:3], homes):
        return (*entry.reads[:1], *entry.touched[:1])  # a product at home, then a sum over devices
    if entry.operation in WRITING and entry.writes:
        return entry.reads[-1:]  # the buffer that it is written into stays where it is
    if entry.operation in JOINING and entry.makes:
        return tuple(piece for piece in entry.reads if piece not in entry.writes)  # nor does `out=` move
    return entry.reads


def collective_of(entry: Entry, at: int, homes: Homes, waiting: int) -> Collective:
    """The collective that an operation across devices is.

    `waiting` numbers were written into its buffer before, by the one device.
    """
    kind = OTHER
    if entry.operation in ADDING:
        kind = ALL_REDUCE
    elif entry.operation in JOINING or entry.operation in WRITING:
        kind = ALL_GATHER
    numbers = waiting + sum(piece.numbers for piece in moving(entry, homes))
    result = entry.touched[0] if entry.touched else entry.reads[0]
    return Collective(kind, entry.operation, numbers, result.shape, result.storage, at, entry.line, entry.code)


def waiting_after(entry: Entry, homes: Homes, waiting: Mapping[int, int]) -> dict[int, int]:
    """How many numbers wait in buffers for the other device's: written by one device into what both have."""
    if entry.operation not in WRITING or len(entry.reads) < 2:
        return dict(waiting)
    buffer, source = entry.writes[0].storage if entry.writes else -1, entry.reads[-1]
    home = common_home(entry.reads, homes)
    if not home:
        return {storage: numbers for storage, numbers in waiting.items() if storage != buffer}
    if home == DEVICES or home_of(source, homes) == DEVICES:
        return dict(waiting)
    return {**waiting, buffer: waiting.get(buffer, 0) + source.numbers}


def merged(
    crossings: Sequence[Collective], entries: Sequence[Entry], named: Sequence[Piece] = ()
) -> tuple[Collective, ...]:
    """The collectives as a person would count them: what goes into one buffer is one, and parts that are stacked only
    to be added up are an all-reduce.

    A buffer has the shape of the `named` tensor that it is.
    """
    shapes = {piece.storage: piece.shape for piece in named if piece.numbers == piece.of}
    out: list[Collective] = []
    for crossing in crossings:
        last = out[-1] if out else None
        into_one = crossing.operation in WRITING and last is not None and last.storage == crossing.storage
        if last is not None and into_one and last.operation == crossing.operation:
            out[-1] = replace(last, numbers=last.numbers + crossing.numbers, line=crossing.line, code=crossing.code)
        else:
            out.append(_added_up(crossing, entries))
    return tuple(
        replace(one, shape=shapes.get(one.storage, one.shape)) if one.operation in WRITING else one for one in out
    )


def _added_up(crossing: Collective, entries: Sequence[Entry]) -> Collective:
    if crossing.kind != ALL_GATHER or crossing.operation in WRITING:
        return crossing
    part = _without_ones(entries[crossing.at].reads[0].shape)
    for entry in entries[crossing.at + 1 :]:
        reads = [piece for piece in entry.reads if piece.storage == crossing.storage]
        if entry.operation in ("sum", "mean") and reads and entry.makes:
            made = entry.makes[0]
            if made.numbers < reads[0].numbers and _without_ones(made.shape) == part:
                return replace(crossing, kind=ALL_REDUCE, shape=made.shape)
    return crossing


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)
