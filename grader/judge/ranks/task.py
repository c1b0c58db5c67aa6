"""Tasks for ranks: a function that every rank runs on its own shards, what it is given and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from grader.judge.challenge import Challenge
from grader.judge.lab import Copies, Expected, Signature, TaskValues
from grader.judge.oracle import Oracle, draw, oracle
from grader.judge.ranks.world import Case


@dataclass(frozen=True)
class Part:
    """A tensor as one rank has it: its name in the function, the oracle's quantity that it is part of, and the
    dimension that is cut over the ranks; None where every rank has all of it."""

    name: str
    of: str
    dim: int | None = None

    def shape(self, case: Case, rank: int) -> tuple[int, ...]:
        """Its shape on a rank, from the sizes alone."""
        shape = list(shapes(case.challenge)[self.of])
        if self.dim is not None:
            shape[self.dim] = case.edges.part(shape[self.dim], rank, case.world_size)[1]
        return tuple(shape)

    def view(self, quantity: Tensor, case: Case, rank: int) -> Tensor:
        """A rank's part of the quantity."""
        if self.dim is None:
            return quantity
        return quantity.narrow(self.dim, *case.edges.part(quantity.shape[self.dim], rank, case.world_size))

    def expected(self, answer: Oracle, case: Case, rank: int) -> Expected:
        return Expected(
            lambda: self.view(answer.quantity[self.of], case, rank),
            lambda: self.view(answer.tolerance[self.of], case, rank),
        )


@dataclass(frozen=True)
class RankTask:
    """One graded function.

    Attributes:
        name: `section.step`.
        function: what the student calls it.
        takes: its arguments in order: tensors, or `lr`.
        makes: what it returns, as a dict by name, a tuple in this order, or the one tensor itself.
        shard_dim: which size of W the ranks share: 0 (`out_features`) or 1 (`in_features`).
        updates: arguments that it may write into; one that it does not return counts as returned.
        replicas: outputs that stay equal on all ranks, number by number.
        needs: the collectives that the pass needs, for pictures and messages.
    """

    name: str
    function: str
    takes: tuple[Part | str, ...]
    makes: tuple[Part, ...]
    shard_dim: int
    updates: tuple[str, ...] = ()
    replicas: tuple[str, ...] = ()
    needs: tuple[Signature, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(part.name for part in self.makes)

    def plain(self, case: Case) -> dict[str, float]:
        """Its arguments that are no tensors."""
        return {name: case.challenge.lr for name in self.takes if name == "lr"}

    def arguments(self, case: Case, tensors: Mapping[str, Tensor]) -> dict[str, Tensor | float]:
        """All arguments by name, in order."""
        plain = self.plain(case)
        return {
            name: tensors[name] if name in tensors else plain[name]
            for name in (part if isinstance(part, str) else part.name for part in self.takes)
        }

    def decoys(self, case: Case, rank: int, seed: int) -> dict[str, Tensor]:
        """Tensors of a rank's shapes to record on; nothing that is larger is ever made."""
        generator = torch.Generator("cpu").manual_seed(seed)
        challenge, found = case.challenge, {}
        for part in self.takes:
            if isinstance(part, Part):
                drawn = torch.randn(part.shape(case, rank), generator=generator, dtype=torch.float64, device="cpu")
                found[part.name] = drawn.to(challenge.dtype).to(challenge.device)
        return found

    def values(self, case: Case, seed: int) -> tuple[TaskValues, ...]:
        """The judge's own values for each rank, drawn from the seed, and what each has to make of them."""
        challenge = case.challenge
        data = draw(challenge, seed)
        answer = oracle(data, challenge.lr)

        def given(part: Part, rank: int) -> Tensor:
            whole = answer.quantity[part.of].to(challenge.dtype).to(challenge.device)
            return part.view(whole, case, rank).clone()

        return tuple(
            TaskValues(
                dict(self.plain(case)),
                Copies({part.name: given(part, rank) for part in self.takes if isinstance(part, Part)}),
                {part.name: part.expected(answer, case, rank) for part in self.makes},
            )
            for rank in case.ranks
        )


def shapes(challenge: Challenge) -> Mapping[str, tuple[int, ...]]:
    """The shape of each of the oracle's quantities that ranks are given or make."""
    batch, fan_in, fan_out = challenge.batch_size, challenge.in_features, challenge.out_features
    weights: tuple[int, ...] = (fan_out, fan_in)
    return {
        "X": (batch, fan_in), "W0": weights, "b0": (1, fan_out), "Y_gt": (batch, fan_out), "Y": (batch, fan_out),
        "dY": (batch, fan_out), "dX": (batch, fan_in), "dW": weights, "db": (fan_out,), "W": weights, "b": (1, fan_out),
    }  # fmt: skip
