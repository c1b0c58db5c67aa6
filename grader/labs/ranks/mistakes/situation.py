"""The words of this lab's mistakes: what each rank was given, and what it makes of it under a mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from grader.lab import Situation


@dataclass(frozen=True)
class Ranks(Situation):
    """One task of this lab on one confirming case: its variables by `rank.name`."""

    @property
    def world(self) -> int:
        return self.case.world

    @property
    def n(self) -> int:
        return int(self.case["n"])

    def of(self, name: str) -> list[Tensor]:
        """A variable of every rank, an input or a right output."""
        return [self[f"{rank}.{name}"] for rank in self.case.ranks]

    def cut(self, whole: Tensor, rank: int, dim: int = 0) -> Tensor:
        """A rank's part of a tensor."""
        return whole.narrow(dim, *self.case.part(whole.shape[dim], rank))


Outcome = Callable[[Ranks], Mapping[str, Tensor]]


def on_every_rank(name: str, made: Callable[[Ranks, int], Tensor]) -> Outcome:
    """The outcome in which each rank's variable is what the formula makes of its number."""
    return lambda s: {f"{rank}.{name}": made(s, rank) for rank in s.case.ranks}


def _power_of_two(world: int) -> int:
    return 1 << (world.bit_length() - 1)


# Which of the ranks' parts a wrong sum has in it, from the rank that has the sum and the number of ranks.
Chosen = Callable[[int, int], list[int]]
CHOSEN: dict[str, Chosen] = {
    "0": lambda rank, world: [0],
    "0, 1": lambda rank, world: list(range(min(2, world))),
    "N - 1": lambda rank, world: [world - 1],
    "0, N - 1": lambda rank, world: sorted({0, world - 1}),
    "0 … 2^k - 1, with 2^k the largest power of two up to N": lambda rank, world: list(range(_power_of_two(world))),
    "0 … N - 2": lambda rank, world: list(range(world - 1)),
    "1 … N - 1": lambda rank, world: list(range(1, world)),
    "rank, rank - 1": lambda rank, world: sorted({rank, (rank - 1) % world}),
    "rank, rank + 1": lambda rank, world: sorted({rank, (rank + 1) % world}),
}


def added(parts: list[Tensor], ranks: list[int]) -> Tensor:
    """The sum of the parts of these ranks."""
    return torch.stack([torch.zeros_like(parts[0]), *(parts[rank] for rank in ranks)]).sum(0)
