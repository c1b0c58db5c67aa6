"""The rule of the course, point by point; each function says what an operation breaks, or None.

1. nothing that a task reads or makes is larger than one shard;
2. only activations cross: no weights, no weight gradients, and in all no more numbers than a few activations;
   nor are the weights of both devices copied out of torch (numpy, pickle);
3. a matrix product never mixes devices: data has to be moved first;
4. a weight shard or its gradient, `name_gpuK`, is made on device K.

Sizes tell weights from activations only where the lab gives limits (`Rule.limits`); elsewhere points 2 (by provenance)
to 4 are still decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from grader.judge.ledger.collectives import WRITING, moving
from grader.judge.ledger.entries import Entry, Piece
from grader.judge.ledger.gradients import Part
from grader.judge.ledger.homes import DEVICES, Home, Homes, home_of
from grader.judge.operations import LOOKUPS, MULTIPLICATIONS, PRODUCT_NAMES, PRODUCT_PLUS, SHAPE_ONLY, SUMMARIES
from grader.lab.messages import N_, Message, message
from grader.lab.rule import Limits
from grader.lab.variables import Naming

# a norm or two that both devices share are no weights; all of the weights one by one are
A_HANDFUL = 16
MOST_SINGLES = 1000  # weights that are taken one by one, as a print or a norm does, before each of them counts
SUMMING = frozenset({"sum", "mean"})
CROSSING_WEIGHTS = N_("line {line}, `{code}`: weights or their gradients cross devices; only activations may")


def still_weights(
    entry: Entry,
    weights: Collection[int],
    data: Collection[int],
    ruled: bool,
    few: bool = True,
    weighted: Collection[int] = (),
    tokens: Collection[int] = (),
) -> tuple[Piece, ...]:
    """Which of the tensors that an entry touched still are weights: all that come from weights but their products with
    data, and of those all that are made where W itself may be used. A constant, such as an identity, is no data.

    What is `weighted` are weights times data, number by number; a sum of such is a product. A norm or a sum of weights
    is a number and no weights, as long as there are `few` of them. Rows that `tokens` find are activations.
    """
    if entry.operation in SHAPE_ONLY:
        return ()
    if ruled and entry.operation in LOOKUPS and any(piece.storage in tokens for piece in entry.reads):
        return ()
    if ruled and entry.operation in SUMMING and _adds_up(entry, weighted):
        return ()
    taken = [piece for piece in entry.reads if piece.storage in weights]
    if not taken:
        return ()
    made = entry.touched
    # a part without numbers still stands for its storage where that is copied as a whole
    if not any(piece.numbers for piece in taken) and all(piece.of == piece.numbers for piece in made):
        return ()
    largest = max(piece.numbers for piece in taken)
    if few and is_summary(entry, weights):
        return ()
    product = entry.operation in PRODUCT_NAMES
    factors = [piece for piece in entry.reads if not (product and piece in entry.writes)]
    known = (piece.storage in data and piece.storage not in weights for piece in factors if piece.numbers > 1)
    if not ruled or not any(known):
        return made
    if entry.operation in PRODUCT_PLUS and entry.reads[0].storage in weights:
        return made  # what a product is added to stays what it was
    if product:
        return ()
    if entry.operation in MULTIPLICATIONS:
        return tuple(piece for piece in made if piece.numbers <= largest)
    return made


def is_summary(entry: Entry, weights: Collection[int]) -> bool:
    """Whether it makes one number of several weights, as a norm does."""
    return (
        entry.operation in SUMMARIES
        and all(piece.numbers == piece.of == 1 for piece in entry.touched)
        and any(piece.numbers > 1 and piece.storage in weights for piece in entry.reads)
    )


def single_weights(entry: Entry, weights: Collection[int]) -> int:
    """How many weights it takes one by one."""
    return sum(piece.storage in weights and piece.numbers <= 1 for piece in entry.reads)


def weighted_by_data(entry: Entry, weights: Collection[int], data: Collection[int]) -> bool:
    """Whether an entry multiplies weights by data, number by number."""
    many = [piece for piece in entry.reads if piece.numbers > 1]
    of_data = any(piece.storage in data and piece.storage not in weights for piece in many)
    return entry.operation in MULTIPLICATIONS and of_data and any(piece.storage in weights for piece in many)


def _adds_up(entry: Entry, weighted: Collection[int]) -> bool:
    return any(
        terms.storage in weighted and all(made.numbers < terms.numbers for made in entry.makes)
        for terms in entry.reads[:1]
    )


def is_homeless(piece: Piece, homes: Homes, weights: Collection[int], least: int = 2) -> bool:
    """Whether these are weights, at `least` so many numbers, that lie on no one device."""
    return piece.storage in weights and piece.numbers >= least and home_of(piece, homes) == DEVICES


def are_terms(entry: Entry, home: Home, weights: Collection[int], data: Collection[int]) -> bool:
    """Whether one device multiplies its weights and data so that each number of the one meets many of the other: the
    terms of a product of matrices, as many as they are, which are to be added up."""
    larger = all(made.numbers > piece.numbers for made in entry.makes for piece in entry.reads)
    return larger and len(home) == 1 and weighted_by_data(entry, weights, data)


def too_large(entry: Entry, limits: Limits | None, terms: Collection[int] = ()) -> Message | None:
    """Point 1: a storage larger than a shard, other than the `terms` of a device's own product."""
    if limits is None:
        return None
    for piece in (*entry.reads, *entry.makes):
        if piece.of > limits.shard + limits.margin and piece.storage not in terms:
            return _said(
                entry,
                N_("line {line}, `{code}`: {numbers} numbers on one device; a shard has {shard}, the full matrix must "
                   "not be there"),
                numbers=piece.of, shard=limits.shard,
            )  # fmt: skip
    return None


def holds_too_much(
    entry: Entry, made: Iterable[Piece], others: Collection[int], limits: Limits | None
) -> Message | None:
    """Point 1 for data, where the lab limits it: what was `made` of it is larger than a device may hold of it at once,
    other than weights, their gradients and the terms of a product."""
    if limits is None or limits.storage is None:
        return None
    for piece in made:
        if piece.of > limits.storage and piece.storage not in others:
            return _said(
                entry,
                N_("line {line}, `{code}`: {numbers} numbers of data in one tensor; here a device may hold {limit} at "
                   "once: each keeps its own part"),
                numbers=piece.of, limit=limits.storage,
            )  # fmt: skip
    return None


def uses_homeless(
    entry: Entry, homes: Homes, weights: Collection[int], names: Naming, least: int = 2
) -> Message | None:
    """Point 2: weights that the shard step kept under other names."""
    alone = [piece for piece in entry.reads if piece.of == 1 and piece.storage in weights]
    one_by_one = sum(home_of(piece, homes) == DEVICES for piece in alone)
    if one_by_one <= A_HANDFUL and not any(is_homeless(piece, homes, weights, least) for piece in entry.reads):
        return None
    return _said(
        entry,
        N_("line {line}, `{code}`: uses weights that lie on no one device: keep them as {shards} only"),
        shards=", ".join(names.shards),
    )


def leaves_together(entry: Entry, outside: Mapping[int, int], limits: Limits | None) -> Message | None:
    """Point 2: the weights of both devices leave torch, and more numbers `outside` than a shard has: a few, for a
    histogram, do no harm."""
    if limits is None or len(outside) < len(DEVICES) or sum(outside.values()) <= limits.shard + limits.margin:
        return None
    return _said(entry, N_("line {line}, `{code}`: the weights of both devices are copied out of torch together"))


def may_not_cross(entry: Entry, homes: Homes, weights: Collection[int], least: int = 2) -> Message | None:
    """Points 2 and 3 for an operation across devices: it multiplies, or moves weights."""
    across = moving(entry, homes)
    if entry.operation in PRODUCT_NAMES and not (entry.operation in PRODUCT_PLUS and across != entry.reads):
        return _said(
            entry,
            N_("line {line}, `{code}`: multiplies tensors of different devices: use those of one, or move an "
               "activation first"),
        )  # fmt: skip
    mixed = entry.reads if entry.operation in WRITING else across
    crossing = [piece for piece in mixed if piece.storage in weights]
    if len(crossing) > A_HANDFUL or any(piece.numbers >= least for piece in crossing):
        return _said(entry, CROSSING_WEIGHTS)
    return None


def crosses_too_much(entry: Entry, moved: int, limits: Limits | None) -> Message | None:
    """Point 2: more numbers than activations have, so that W in small pieces does not pass either."""
    if limits is None or moved <= limits.crossing:
        return None
    if any(piece.numbers >= limits.shard // 2 for piece in entry.reads):
        return _said(entry, CROSSING_WEIGHTS)
    return _said(
        entry,
        N_("line {line}, `{code}`: {moved} numbers have crossed devices by now; activations alone are fewer than "
           "{limit}"),
        moved=moved, limit=limits.crossing,
    )  # fmt: skip


def too_many_parts(parts: Iterable[Part], own: Collection[int], limits: Limits | None) -> Message | None:
    """Point 1: the parts of the gradient that one device has made count together, and so do those that are made of data
    that both have and lie on both: all but the shards that belong to one device by name, its `own` storages."""
    if limits is None:
        return None
    made = list(parts)
    for home in (DEVICES, *(frozenset({device}) for device in sorted(DEVICES))):
        held = [part for part in made if part.home == home and not (home == DEVICES and part.storages & set(own))]
        total = sum(part.numbers for part in held)
        if total <= limits.shard + limits.margin:
            continue
        if home == DEVICES:
            return _said(
                held[-1].entry,
                N_("line {line}, `{code}`: both devices by now hold {numbers} numbers made from data that both have; a "
                   "shard has {shard}: make each gradient from what its own device alone has"),
                numbers=total, shard=limits.shard,
            )  # fmt: skip
        return _said(
            held[-1].entry,
            N_("line {line}, `{code}`: device {device} by now has made {numbers} numbers of weight gradients; a shard "
               "has {shard}: make only the gradient of its own shard there"),
            device=min(home), numbers=total, shard=limits.shard,
        )  # fmt: skip
    return None


def misplaced(name: str, piece: Piece, homes: Homes, weights: Collection[int], names: Naming) -> Message | None:
    """Point 4: a weight shard or its gradient that was not made on its own device, or on none."""
    if is_homeless(piece, homes, weights):
        return message(
            N_("{name} was made from weights or gradients that lie on no one device: use what its own device has"),
            name=name,
        )
    device, home = names.home(name), home_of(piece, homes)
    if device is not None and names.ruled(name) and device not in home:
        return message(
            N_("{name} was made on device {other}, from what only device {other} has: use its own shard"),
            name=name, other=min(home),
        )  # fmt: skip
    return None


def _said(entry: Entry, template: str, **facts: object) -> Message:
    return message(template, line=entry.line, code=entry.code, **facts)


def carried(pieces: Iterable[Piece], limits: Limits) -> int:
    """How many of the data's numbers these pieces may carry."""
    return sum(piece.numbers * max(1, piece.width // limits.width) for piece in pieces)
