"""Parts: what the numbers in a message are, by the names of the function's inputs and outputs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from grader.judge.ledger.entries import Entry, Piece
from grader.judge.operations import PRODUCT_NAMES
from grader.judge.ranks import Noted, RankPage
from grader.lab.messages import N_
from grader.pictures.lettering import said, shape_said, shortened

SENT_NAME = re.compile(r"\bi?(?:send|recv)\s*[(,]\s*(?:tensor\s*=\s*)?([^\W\d]\w*)\s*[\[,)]")


@dataclass(frozen=True)
class Part:
    """A part of a tensor, `slice` empty for all of it; then `ranks` are those whose numbers are in it."""

    name: str
    slice: str
    ranks: frozenset[int]
    base: Piece = field(compare=False)

    @property
    def order(self) -> tuple[str, list[int]]:
        """Where it stands among others."""
        return self.name, [int(number) for number in re.findall(r"\d+", self.slice)] or sorted(self.ranks)

    def said(self, language: str) -> str:
        """`x[5:10]`, or `x of rank 1`."""
        if self.slice:
            return self.name + self.slice
        one, more = N_("{name} of rank {ranks}"), N_("{name} of ranks {ranks}")
        ranks = in_rows(sorted(self.ranks))
        return said(language, one if len(self.ranks) == 1 else more, name=self.name, ranks=ranks)


@dataclass(eq=False)
class Parts:
    """What each storage of one rank holds, while its operations are followed up to its next call."""

    rank: int
    page: RankPage
    at: int = 0
    known: dict[int, Part] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, piece in self.page.named.items():
            self.known.setdefault(piece.storage, self._whole(name, piece))
        self._fixed = frozenset(self.known)

    def follow(self, call: Noted) -> None:
        """Go on to the operations before a call."""
        for entry in self.page.entries[self.at : call.after]:
            self._enter(entry)
        self.at = call.after

    def sent(self, piece: Piece, code: str) -> Part:
        """What a piece is that is sent now; what has no name gets that of the variable in the line, or its shape."""
        if piece.storage not in self.known:
            found = SENT_NAME.search(code)
            name = shortened(found[1], 12) if found else shape_said(piece.shape) or "1"
            whole = self._whole(name, piece)
            if piece.numbers < piece.of:
                whole = self._whole("tensor", Piece(piece.storage, (piece.of,), piece.of, 0, (1,)))
            self.known[piece.storage] = whole
        return self._of(piece)

    def received(self, piece: Piece, part: Part) -> None:
        """What arrives in a buffer without a name of its own."""
        if piece.storage not in self._fixed and piece.numbers == piece.of:
            self.known[piece.storage] = replace(part, base=piece)

    def _whole(self, name: str, piece: Piece) -> Part:
        return Part(name, "", frozenset({self.rank}), piece)

    def _of(self, piece: Piece) -> Part:
        whole = self.known[piece.storage]
        cut = "" if whole.slice else slice_of(whole.base, piece)
        return replace(whole, slice=cut, ranks=frozenset()) if cut else whole

    def _enter(self, entry: Entry) -> None:
        for made in (*entry.writes, *entry.new):
            if made.numbers != made.of or entry.operation in PRODUCT_NAMES:
                continue
            given = entry.reads[1:] if entry.operation == "copy" else entry.reads
            alike = [piece for piece in given if piece.numbers == made.numbers > 0]
            parts = [self._of(piece) for piece in alike if piece.storage in self.known]
            before = self.known.pop(made.storage, None)
            ranks = frozenset[int]().union(*(part.ranks for part in parts))
            if len(alike) > len(parts):  # numbers of no name of its own, added to what came from other ranks
                parts = parts if ranks - {self.rank} else []
                ranks |= {self.rank}
            if before is not None and made.storage in self._fixed:
                self.known[made.storage] = replace(before, ranks=ranks or before.ranks)
            elif len({(part.name, part.slice) for part in parts}) == 1:
                self.known[made.storage] = replace(parts[0], ranks=frozenset() if parts[0].slice else ranks, base=made)


def slice_of(base: Piece, piece: Piece) -> str:
    """Which part of a tensor a piece is, as one would index it: `[3:6]`; empty where it is all of it."""
    if piece.numbers == base.numbers:
        return ""
    start = rest = piece.offset - base.offset
    found = []
    if piece.strides == base.strides:
        for size, wide, stride in zip(base.shape, piece.shape, base.strides, strict=True):
            first, rest = divmod(rest, stride) if stride else (0, rest)
            found.append(":" if wide == size else f"{first}:{first + wide}")
    if found and rest == 0 and len(base.shape) > 1:
        while found[-1] == ":":
            found.pop()
        return f"[{', '.join(found)}]"
    return f"{'' if len(base.shape) == 1 else '.view(-1)'}[{start}:{start + piece.numbers}]"


def in_rows(ranks: Sequence[int]) -> str:
    """`0, 2`, and `0–3` for a row of them."""
    rows: list[list[int]] = []
    for rank in ranks:
        if rows and rows[-1][-1] == rank - 1:
            rows[-1].append(rank)
        else:
            rows.append([rank])
    return ", ".join(str(row[0]) if len(row) == 1 else f"{row[0]}–{row[-1]}" for row in rows)
