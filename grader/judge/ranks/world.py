"""The world: how many ranks there are, how sizes are cut over them, and the cases that a task is tried on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import torch

from grader.judge.challenge import Challenge, Values
from grader.judge.ledger import Limits
from grader.judge.messages import N_, Message, message


class Edges(Enum):
    """Where `size` rows are cut for `world_size` ranks."""

    FLOOR = "size * rank // world_size"
    CHUNK = "torch.chunk"

    def part(self, size: int, rank: int, world_size: int) -> tuple[int, int]:
        """The first row of a rank's part and how many rows it has; with CHUNK the last ranks may have none."""
        if self is Edges.FLOOR:
            first, end = size * rank // world_size, size * (rank + 1) // world_size
        else:
            rows = -(-size // world_size)
            first, end = min(rank * rows, size), min((rank + 1) * rows, size)
        return first, end - first


@dataclass(frozen=True)
class Case:
    """What one run on N ranks is tried on: a challenge, the world size, and where sizes are cut."""

    challenge: Challenge
    world_size: int
    edges: Edges = Edges.FLOOR

    @property
    def name(self) -> str:
        """For example `3 ranks, batch 3, in 11, out 7, lr 0.05, float64 on cpu`."""
        return f"{self.world_size} ranks, {self.challenge.name}"

    @property
    def ranks(self) -> range:
        return range(self.world_size)

    def described(self) -> Message:
        """The same for people, in their language."""
        return message(
            N_("{ranks} ranks, {sizes}"), ranks=self.world_size, sizes=self.challenge.described()
        )

    def limits(self, shard_dim: int) -> Limits | None:
        """What the rule allows a rank, or None where sizes cannot decide: everything that activations alone may need
        has to be smaller than a shard, or W could pass in pieces of their size."""
        batch, fan_in, fan_out = self.challenge.batch_size, self.challenge.in_features, self.challenge.out_features
        rows, other = (fan_out, fan_in) if shard_dim == 0 else (fan_in, fan_out)
        shard = max(self.edges.part(rows, rank, self.world_size)[1] for rank in self.ranks) * other
        crossing = 2 * self.world_size * batch * (fan_in + fan_out)
        if self.world_size == 1 or crossing >= shard:
            return None
        return Limits(shard=shard, margin=max(rows, other), crossing=crossing)


def exam_cases(edges: Edges = Edges.FLOOR) -> tuple[Case, ...]:
    """What every task is examined on: odd sizes and odd world sizes, one rank alone, and sizes that decide the rule."""
    awkward, thin = Challenge(3, 11, 7, 0.05), Challenge(1, 12, 24, 0.05)
    deciding, wide = Challenge(2, 203, 151, 0.05), Challenge(2, 250, 203, 0.05)
    exact = Challenge(4, 12, 16, 0.25, torch.float32, values=Values.NARROW)
    source = Challenge(32, 1024, 608, 0.3, torch.float32)
    runs = (
        (awkward, 3), (awkward, 2), (awkward, 5), (awkward, 1), (thin, 4), (deciding, 3), (deciding, 4), (wide, 5),
        (exact, 3), (source, 4),
    )  # fmt: skip
    return tuple(Case(challenge, world_size, edges) for challenge, world_size in runs)
