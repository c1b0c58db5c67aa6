"""The account: what a task's collectives are against what its pass of the layer needs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.judge.ledger.collectives import ALL_GATHER, ALL_REDUCE, Collective, theory
from grader.judge.ledger.entries import Entry, Piece
from grader.judge.ledger.homes import DEVICES, NOWHERE
from grader.judge.ledger.ledger import Ledger
from grader.lab.messages import N_, Message, message
from grader.lab.task import Signature

# a loss or a norm that both devices share is no collective worth a word
NEGLIGIBLE = 16


@dataclass(frozen=True)
class Due:
    """A collective that a task needs: the size of what it makes, and the numbers that it moves in theory."""

    signature: Signature
    size: int
    numbers: int


def dues(signatures: Sequence[Signature], shapes: Mapping[str, tuple[int, ...]]) -> tuple[Due, ...]:
    """What a task's signatures come to where its outputs have these shapes."""
    sizes = ((signature, math.prod(shapes[signature.makes])) for signature in signatures)
    return tuple(Due(signature, size, theory(signature.kind, size)) for signature, size in sizes)


def fault_of(ledger: Ledger, due: Sequence[Due]) -> Message | None:
    """The collective that is missing or of the wrong kind, with the student's line; None where all is as it should be.

    To be said of a wrong answer: a right one may come about in another way.
    """
    for one in due:
        made = ledger.outputs.get(one.signature.makes)
        done = sum(crossed.numbers for crossed in ledger.collectives if crossed.kind == one.signature.kind)
        if made is None or done >= one.numbers:
            continue
        origin = ledger.origins.get(made.storage, NOWHERE)
        if len(origin) == 1:
            return _missing(ledger, one.signature, made, min(origin))
        wrong = next((crossed for crossed in ledger.collectives if _of_wrong_kind(crossed, one)), None)
        if wrong is not None and made.numbers != one.size:
            return message(
                SAID_OF_WRONG_KIND[wrong.kind], line=wrong.line, code=wrong.code, why=message(one.signature.why)
            )
    return None


def superfluous(ledger: Ledger, due: Sequence[Due]) -> tuple[Collective, ...]:
    """What a task's pass does not need: right for all that, but on real devices it would cost time."""
    needed = {one.signature.kind: one.numbers for one in due}
    outputs = {piece.storage for piece in ledger.outputs.values()}
    extra = []
    # what moves just as much as is due, or becomes an output by itself, is what was due, whatever came before
    for collective in sorted(
        ledger.collectives,
        key=lambda crossed: (crossed.numbers != needed.get(crossed.kind), crossed.storage not in outputs),
    ):
        left = needed.get(collective.kind, 0)
        if collective.numbers <= max(left, NEGLIGIBLE):
            needed[collective.kind] = left - collective.numbers
        else:
            extra.append(collective)
    return tuple(extra)


SAID_OF_WRONG_KIND = {
    ALL_GATHER: N_("line {line}, `{code}`: puts the devices' parts side by side (all-gather) where they have to be "
                   "added (all-reduce): {why}"),
    ALL_REDUCE: N_("line {line}, `{code}`: adds the devices' parts (all-reduce) where they have to be put side by side "
                   "(all-gather): {why}"),
}  # fmt: skip


def _of_wrong_kind(crossed: Collective, due: Due) -> bool:
    """Whether it joins what was to be added, which comes out twice as large, or adds what was to be joined, which
    comes out half as large."""
    made = math.prod(crossed.shape)
    if due.signature.kind == ALL_REDUCE:
        return crossed.kind == ALL_GATHER and made == 2 * due.size
    return crossed.kind == ALL_REDUCE and NEGLIGIBLE < made < due.size


def _missing(ledger: Ledger, signature: Signature, made: Piece, device: int) -> Message:
    entry = _maker(ledger.entries, made)
    name = signature.makes
    other = next((d for d in sorted(DEVICES) if d != device), device)
    its, others = ledger.names.on_device(name, device), ledger.names.on_device(name, other)
    parts = {
        own: ledger.origins.get(ledger.others[own].storage, NOWHERE) for own in (its, others) if own in ledger.others
    }
    facts: dict[str, object] = {"line": entry.line, "code": entry.code, "name": name, "why": message(signature.why)}
    if parts == {its: frozenset({device}), others: frozenset({other})}:
        return message(
            N_("line {line}, `{code}`: {its} is never added to {others}: {why}")
            if signature.kind == ALL_REDUCE
            else N_("line {line}, `{code}`: {its} is never joined with {others}: {why}"),
            its=its, others=others, **facts,
        )  # fmt: skip
    return message(
        N_("line {line}, `{code}`: {name} is made of what device {device} has, and nothing of device {other} comes to "
           "it: {why}"),
        device=device, other=other, **facts,
    )  # fmt: skip


def _maker(entries: Sequence[Entry], made: Piece) -> Entry:
    """The entry that last put numbers into a tensor."""
    for entry in reversed(entries):
        if any(piece.storage == made.storage for piece in (*entry.writes, *entry.new)):
            return entry
    return Entry("", ())
