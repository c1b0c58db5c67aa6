"""Provenance: which storages hold weights, data or token ids, by where their numbers come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.judge.ledger.entries import Entry, Piece
from grader.judge.ledger.rule import still_weights, weighted_by_data
from grader.judge.operations import SHAPE_ONLY
from grader.lab.variables import Naming, Role


@dataclass
class Provenance:
    """The storages that hold `weights`, those with numbers of `data` and of what came of it, and those with `tokens`,
    the numbers of rows as the lab declares them. A constant, such as an identity, is none of them."""

    weights: set[int] = field(default_factory=set)
    data: set[int] = field(default_factory=set)
    tokens: set[int] = field(default_factory=set)
    _weighted: set[int] = field(default_factory=set)

    def begin(self, names: Naming, pieces: Mapping[str, Piece]) -> None:
        """Take in what a task starts from."""
        for name, piece in pieces.items():
            (self.weights if names.ruled(name) else self.data).add(piece.storage)
            if names.look(name) is Role.TOKEN:
                self.tokens.add(piece.storage)

    def enter(self, entry: Entry, ruled: bool = True, few: bool = True) -> None:
        """Follow weights, data and tokens to what is made of them; `few`: see `still_weights`."""
        kept = still_weights(entry, self.weights, self.data, ruled, few, self._weighted, self.tokens)
        if weighted_by_data(entry, self.weights, self.data):
            self._weighted.update(piece.storage for piece in entry.new)
        self.weights.update(piece.storage for piece in kept)
        known = any(piece.storage in self.data and piece.numbers > 1 for piece in entry.reads)
        if known and entry.operation not in SHAPE_ONLY:
            self.data.update(piece.storage for piece in entry.touched)
        others = (self.data | self.weights) - self.tokens if self.tokens else set()
        read = {piece.storage for piece in entry.reads} if entry.operation not in SHAPE_ONLY else set()
        if read & self.tokens and not read & others:
            self.tokens.update(piece.storage for piece in entry.new)
