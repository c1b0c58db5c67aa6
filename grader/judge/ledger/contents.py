"""Contents: how many numbers of which weights, or of their gradients, a storage may hold.

Read off from where its numbers come from, so that it holds at any size: data times weights is data, data times data is
a gradient, everything else passes on what it was given, and no storage holds more of a parameter than it has numbers.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from grader.judge.ledger.entries import Entry, Piece
from grader.judge.operations import GRADIENT_MAKING, LOOKUPS, MULTIPLICATIONS, PRODUCT_NAMES, PRODUCT_PLUS, SHAPE_ONLY

WEIGHT, GRADIENT, TOKEN = "weight", "gradient", "token"
SUMS = frozenset({"add", "sub", "rsub", "subtract", "lerp", "_foreach_add", "_foreach_sub"})


@dataclass(frozen=True)
class Parameter:
    """A part of the weights, or of their gradient, that numbers may come from; `numbers` is how many it has."""

    kind: str
    name: str
    numbers: int


NAMED = re.compile(r"\w+")  # a variable's name, and no product's
Content = Mapping[Parameter, int]
Contents = Mapping[int, Content]


def content_after(entry: Entry, contents: Contents) -> Content:
    """What the results of an entry, and what it writes into, may hold of each parameter."""
    if entry.operation in SHAPE_ONLY:
        return {}
    given = [_passed_on(piece, contents) for piece in entry.reads]
    made = max((piece.numbers for piece in entry.touched), default=0)
    if entry.operation in LOOKUPS and any(parameter.kind == TOKEN for content in given[1:] for parameter in content):
        # the rows of tokens are activations
        return {parameter: numbers for parameter, numbers in given[0].items() if parameter.kind != WEIGHT}
    if entry.operation in GRADIENT_MAKING and any(parameter.kind == WEIGHT for parameter in given[0]):
        return _union(given)
    if entry.operation in PRODUCT_NAMES or entry.operation in GRADIENT_MAKING:
        addends = 1 if entry.operation in PRODUCT_PLUS else 0
        factors = list(zip(entry.reads[addends:], given[addends:], strict=True))
        return _union([*given[:addends], _product(entry, factors, made)])
    addends = 1 if entry.operation == "addcmul" and len(entry.reads) > 2 else 0
    factors = list(zip(entry.reads[addends:], given[addends:], strict=True))
    largest = max((piece.numbers for piece, _ in factors), default=0)
    # an outer product by broadcasting; what is scaled in place has but one factor here
    if entry.operation in MULTIPLICATIONS and len(factors) > 1 and made > largest:
        return _union([*given[:addends], _product(entry, factors, made)])
    return _union(given)


def content_in(piece: Piece, content: Content) -> Content:
    """As much of it as the storage of a piece has room for."""
    return {parameter: min(numbers, piece.of) for parameter, numbers in content.items()}


@dataclass(frozen=True)
class Flow:
    """Contents along a task: for each entry those of the storages that it touched, all of them at the end, and for a
    gradient's name the one that it counts as."""

    changes: tuple[Contents, ...]
    after: Contents
    same: Mapping[str, str]


def flow(entries: Iterable[Entry], contents: Contents) -> Flow:
    """The contents along a task's entries, from those before it.

    Gradients that are added are parts of one sum over the batch, and count as one.
    """
    now, same, changes = dict(contents), dict[str, str](), []
    for entry in entries:
        content = content_after(entry, now)
        if entry.operation in SUMS or entry.operation in PRODUCT_PLUS:
            content = _as_one(_stepped(content), same)
        changed = {piece.storage: content_in(piece, content) for piece in entry.new}
        for piece in entry.writes:  # what is written joins what the rest of the storage holds
            reads = tuple(read for read in entry.reads if read != piece)
            given = content_after(replace(entry, reads=reads, writes=(), makes=(piece,)), now)
            written = _union([now.get(piece.storage, {}), given])
            if entry.operation in SUMS or entry.operation in PRODUCT_PLUS:
                written = _as_one(_stepped(written), same)
            changed[piece.storage] = content_in(piece, written)
        now.update(changed)
        changes.append(changed)
    return Flow(tuple(changes), now, same)


def root_of(name: str, same: Mapping[str, str]) -> str:
    """The name that a gradient counts under."""
    while same.get(name, name) != name:
        name = same[name]
    return name


def _stepped(content: Content) -> Content:
    """What a sum holds: weights and a step are weights again."""
    weights = {parameter: numbers for parameter, numbers in content.items() if parameter.kind == WEIGHT}
    return weights or content


def _as_one(content: Content, same: dict[str, str]) -> Content:
    """The content with all gradients of one size as one of them; `same` learns which."""
    out: dict[Parameter, int] = {}
    by_size: dict[int, Parameter] = {}
    for parameter, numbers in content.items():
        if parameter.kind == GRADIENT:
            one = by_size.setdefault(parameter.numbers, parameter)
            if NAMED.fullmatch(parameter.name) and NAMED.fullmatch(one.name) and parameter != one:
                out[parameter] = numbers  # two shards' gradients stay two
                continue
            mine, its = root_of(parameter.name, same), root_of(one.name, same)
            if mine != its:
                same[mine] = its
            parameter = one
        out[parameter] = max(numbers, out.get(parameter, 0))
    return out


def _passed_on(piece: Piece, contents: Contents) -> Content:
    """What a piece can hand on: no more of a parameter than it has numbers, and nothing if it is a single one."""
    if piece.numbers <= 1:
        return {one: 1 for one in contents.get(piece.storage, {}) if one.kind == TOKEN}
    return {parameter: min(numbers, piece.numbers) for parameter, numbers in contents.get(piece.storage, {}).items()}


def _product(entry: Entry, factors: list[tuple[Piece, Content]], made: int) -> Content:
    of_weights = [any(parameter.kind == WEIGHT for parameter in content) for _, content in factors]
    if factors and all(of_weights):
        return _union([content for _, content in factors])
    if any(of_weights) or made <= 1:
        return {}
    # the same product of the same numbers, made once more, is no further gradient
    recipe = "; ".join(f"{piece.storage}+{piece.offset}{piece.shape}{piece.strides}" for piece, _ in factors)
    return {Parameter(GRADIENT, f"{entry.operation} {recipe}", made): made}


def _union(contents: Iterable[Content]) -> Content:
    joined: dict[Parameter, int] = {}
    for content in contents:
        for parameter, numbers in content.items():
            joined[parameter] = min(parameter.numbers, joined.get(parameter, 0) + numbers)
    return joined
