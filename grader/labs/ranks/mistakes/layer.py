"""Mistakes of a layer's step on N ranks, column-parallel or row-parallel: a step with a piece of it done otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from grader.lab import EVERYWHERE, N_, Mistake, Variant, bound, one, several
from grader.labs.ranks.mistakes.situation import CHOSEN, Chosen, Outcome, Ranks, added

Made = dict[str, Tensor]
# What a rank has after an all-reduce, from all ranks' parts and its number.
Reduce = Callable[[list[Tensor], int], Tensor]
# A rank's gradient, or its step, from the right one, the situation and the rank.
Change = Callable[[Tensor, Ranks, int], Tensor]


def total(parts: list[Tensor], rank: int) -> Tensor:
    return torch.stack(parts).sum(0)


def same(value: Tensor, s: Ranks, rank: int) -> Tensor:
    return value


@dataclass(frozen=True)
class Step:
    """How a step is made: what is right unless a mistake says otherwise.

    `bias` is how often b is in Y, `dY` what becomes of the gradient of the loss, `db` and `dW` of a parameter's own,
    `W` and `b` of what is taken from a parameter; `order` is that of the gathered columns.
    """

    reduce: Reduce = total
    bias: Callable[[Ranks], float] = lambda s: 1
    dY: Change = same
    dW: Change = same
    db: Change = same
    step_W: Change = same
    step_b: Change = same
    order: Callable[[list[int]], list[int]] = list

    def rest(self, s: Ranks, rank: int, made: Mapping[str, Tensor]) -> Made:
        """Gradients and parameters of a rank, from its right gradients."""
        dW, db = self.dW(made["dW"], s, rank), self.db(made["db"], s, rank)
        lr = float(s.case["lr"])
        return {
            "Y": made["Y"],
            "dX": made["dX"],
            "dW": dW,
            "db": db,
            "W": s[f"{rank}.W"] - self.step_W(lr * dW, s, rank),
            "b": s[f"{rank}.b"] - self.step_b(lr * db, s, rank),
        }


def by_rank(made: list[Made]) -> Made:
    return {f"{rank}.{name}": value for rank, one in enumerate(made) for name, value in one.items()}


def column(s: Ranks, how: Step) -> Made:
    """The outcome of a column-parallel step."""
    X, Y_gt, W, b = s["0.X"], s["0.Y_gt"], s.of("W"), s.of("b")
    columns = [X @ shard.T + how.bias(s) * part for shard, part in zip(W, b, strict=True)]
    Y = torch.cat([columns[place] for place in how.order(list(s.case.ranks))], 1)
    made = []
    dYs = [s.cut(how.dY(2 * (Y - Y_gt) / Y.numel(), s, rank), rank, 1) for rank in s.case.ranks]
    parts = [own @ shard for own, shard in zip(dYs, W, strict=True)]
    for rank, own in enumerate(dYs):
        given = {"Y": Y, "dX": how.reduce(parts, rank), "dW": own.T @ X, "db": own.sum(0)}
        made.append(how.rest(s, rank, given))
    return by_rank(made)


def row(s: Ranks, how: Step) -> Made:
    """The outcome of a row-parallel step."""
    X, W, Y_gt, b = s.of("X"), s.of("W"), s["0.Y_gt"], s["0.b"]
    parts = [own @ shard.T for own, shard in zip(X, W, strict=True)]
    made = []
    for rank in s.case.ranks:
        Y = how.reduce(parts, rank) + how.bias(s) * b
        dY = how.dY(2 * (Y - Y_gt) / Y.numel(), s, rank)
        given = {"Y": Y, "dX": dY @ W[rank], "dW": dY.T @ X[rank], "db": dY.sum(0)}
        made.append(how.rest(s, rank, given))
    return by_rank(made)


Play = Callable[[Ranks, Step], Made]


def played(play: Play, **how: object) -> Outcome:
    return lambda s: play(s, replace(Step(), **how))  # type: ignore[arg-type]


def _chosen(parts: list[Tensor], rank: int, chosen: Chosen) -> Tensor:
    return added(parts, chosen(rank, len(parts)))


def scaled(factor: Callable[[Ranks], float]) -> Change:
    return lambda value, s, rank: value * factor(s)


def _sizes(s: Ranks) -> tuple[int, int, int]:
    return int(s.case["batch_size"]), int(s.case["in_features"]), int(s.case["out_features"])


DIVISORS: dict[str, Callable[[Ranks], float]] = {
    "batch_size": lambda s: _sizes(s)[2],
    "out_features": lambda s: _sizes(s)[0],
    "1": lambda s: _sizes(s)[0] * _sizes(s)[2],
    "batch_size * out_features * world_size": lambda s: 1 / s.world,
    "batch_size * in_features": lambda s: _sizes(s)[2] / _sizes(s)[1],
}
LEARNING_RATES = (0.1, 0.01, 0.001, 0.3, 0.5)


def _rates(play: Play) -> Callable[[Ranks], Iterator[Variant]]:
    def variants(first: Ranks) -> Iterator[Variant]:
        for lr in LEARNING_RATES:
            change = scaled(bound(lambda s, lr: lr / float(s.case["lr"]), lr))
            yield Variant(played(play, step_W=change, step_b=change), {"lr": lr})
            yield Variant(played(play, step_W=change), {"lr": lr})
            yield Variant(played(play, step_b=change), {"lr": lr})

    return variants


def _left(names: tuple[str, ...], ranks: Callable[[int, int], bool]) -> dict[str, Change]:
    """Parameters that some ranks don't step."""

    def change(value: Tensor, s: Ranks, rank: int) -> Tensor:
        return torch.zeros_like(value) if ranks(rank, s.world) else value

    return {f"step_{name}": change for name in names}


NOT_STEPPED = (
    (("W",), lambda rank, world: True, "W"),
    (("b",), lambda rank, world: True, "b"),
    (("W", "b"), lambda rank, world: True, "W, b"),
)
ONLY_SOME = (
    (("b",), lambda rank, world: rank != 0, "b", "0"),
    (("W",), lambda rank, world: rank != 0, "W", "0"),
    (("W", "b"), lambda rank, world: rank != 0, "W, b", "0"),
    (("b",), lambda rank, world: rank == world - 1, "b", "0 … N - 2"),
    (("W",), lambda rank, world: rank == world - 1, "W", "0 … N - 2"),
    (("W", "b"), lambda rank, world: rank == world - 1, "W, b", "0 … N - 2"),
    (("b",), lambda rank, world: rank != world - 1, "b", "N - 1"),
)


def of_a_layer(play: Play) -> tuple[Mistake, ...]:
    """The mistakes that both layers share."""
    return (
        one(
            "averaged-not-added",
            N_(": it looks like the ranks' parts are averaged; add them"),
            played(play, reduce=lambda parts, rank: total(parts, rank) / len(parts)),
        ),
        one(
            "not-reduced",
            N_(": it looks like the rank's own part alone; the parts of all ranks are added (all-reduce)"),
            played(play, reduce=lambda parts, rank: parts[rank]),
        ),
        one(
            "largest-not-added",
            N_(": it looks like the largest of the ranks' numbers; add them"),
            played(play, reduce=lambda parts, rank: torch.stack(parts).amax(0)),
        ),
        several(
            "some-ranks-only",
            N_(": it looks like the sum over these ranks only: {which}; all of them are added"),
            *(Variant(played(play, reduce=bound(_chosen, chosen)), {"which": which})
              for which, chosen in CHOSEN.items()),
        ),
        one(
            "own-part-missing",
            N_(": it looks like the sum over the other ranks; the rank's own part belongs to it too"),
            played(play, reduce=lambda parts, rank: total(parts, rank) - parts[rank]),
        ),
        several(
            "a-part-twice",
            N_(": it looks like the part of rank {which} is in the sum twice; each part counts once"),
            Variant(played(play, reduce=lambda parts, rank: total(parts, rank) + parts[rank]), {"which": "rank"}),
            Variant(played(play, reduce=lambda parts, rank: total(parts, rank) + parts[0]), {"which": "0"}),
        ),
        several(
            "summed-over-again",
            N_(": it looks like the sum added up over the ranks once more; every rank has all of it after once"),
            Variant(played(play, reduce=lambda parts, rank: len(parts) * total(parts, rank))),
            # in a row-parallel step with the bias, which is in it by then
            Variant(played(play, reduce=lambda parts, rank: len(parts) * total(parts, rank), bias=lambda s: s.world)),
        ),
        one(
            "sum-doubled",
            N_(": it looks like the sum counted twice; once is right"),
            played(play, reduce=lambda parts, rank: 2 * total(parts, rank)),
        ),
        one(
            "bias-missing",
            N_(": it looks like the bias is not added; Y = X Wᵀ + b"),
            played(play, bias=lambda s: 0),
        ),
        one(
            "bias-twice",
            N_(": it looks like the bias is added twice; once is right"),
            played(play, bias=lambda s: 2),
        ),
        one(
            "factor-2-missing",
            N_(": it looks like the factor 2 of the square is missing in dY; dY = 2 (Y - Y_gt) / (batch_size * "
               "out_features)"),
            played(play, dY=scaled(lambda s: 0.5)),
        ),
        several(
            "another-divisor",
            N_(": it looks like dY divided by {by}; the loss is the mean over batch_size * out_features numbers"),
            *(Variant(played(play, dY=scaled(factor)), {"by": by}) for by, factor in DIVISORS.items()),
        ),
        one(
            "sign-of-dY",
            N_(": it looks like the sign of dY is wrong; dY = 2 (Y - Y_gt) / (batch_size * out_features)"),
            played(play, dY=scaled(lambda s: -1)),
        ),
        one(
            "bias-gradient-over-world-size",
            N_(": it looks like the gradient of b is divided by the number of ranks; it isn't averaged over them"),
            played(play, db=scaled(lambda s: 1 / s.world)),
        ),
        one(
            "bias-gradient-averaged",
            N_(": it looks like the gradient of b is averaged over the batch; it is the sum over the samples"),
            played(play, db=scaled(lambda s: 1 / _sizes(s)[0])),
        ),
        several(
            "weight-gradient-over-world-size",
            N_(": it looks like the gradient of {names} is divided by the number of ranks; it isn't averaged over "
               "them"),
            Variant(played(play, dW=scaled(lambda s: 1 / s.world), db=scaled(lambda s: 1 / s.world)),
                    {"names": "W, b"}),
            Variant(played(play, dW=scaled(lambda s: 1 / s.world)), {"names": "W"}),
        ),
        several(
            "step-times-world-size",
            N_(": it looks like the step of {names} taken once for each rank; once is right"),
            *(Variant(played(play, **{f"step_{name}": scaled(lambda s: s.world) for name in names}),
                      {"names": ", ".join(names)}) for names in (("W", "b"), ("W",), ("b",))),
        ),
        several(
            "step-over-world-size",
            N_(": it looks like the step of {names} is divided by the number of ranks; every rank steps its own part "
               "in full"),
            *(Variant(played(play, **{f"step_{name}": scaled(lambda s: 1 / s.world) for name in names}),
                      {"names": ", ".join(names)}) for names in (("W", "b"), ("W",), ("b",))),
        ),
        several(
            "step-uphill",
            N_(": it looks like the step of {names} goes uphill; subtract lr times the gradient"),
            *(Variant(played(play, **{f"step_{name}": scaled(lambda s: -1) for name in names}),
                      {"names": ", ".join(names)}) for names in (("W", "b"), ("W",), ("b",))),
        ),
        several(
            "stepped-twice",
            N_(": it looks like {names} stepped twice; once is right"),
            *(Variant(played(play, **{f"step_{name}": scaled(lambda s: 2) for name in names}),
                      {"names": ", ".join(names)}) for names in (("W", "b"), ("W",), ("b",))),
        ),
        several(
            "not-stepped",
            N_(": it looks like {names} as before the step; subtract lr times the gradient"),
            *(Variant(played(play, **_left(names, ranks)), {"names": said}) for names, ranks, said in NOT_STEPPED),
        ),
        several(
            "stepped-on-some-ranks",
            N_(": it looks like {names} stepped on rank {which} only; every rank steps its own"),
            *(Variant(played(play, **_left(names, ranks)), {"names": said, "which": which})
              for names, ranks, said, which in ONLY_SOME),
        ),
        Mistake(
            "learning-rate-written-out",
            N_(": it looks like the learning rate {lr}, written out; it is lr, whatever that is"),
            _rates(play),
        ),
        several(
            "no-learning-rate",
            N_(": it looks like the step of {names} without the learning rate; subtract lr times the gradient"),
            *(Variant(played(play, **{f"step_{name}": scaled(lambda s: 1 / float(s.case["lr"])) for name in names}),
                      {"names": ", ".join(names)}) for names in (("W", "b"), ("W",), ("b",))),
        ),
        *EVERYWHERE,
    )  # fmt: skip
