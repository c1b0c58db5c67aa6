"""Mistakes of a row-parallel step: how often the bias counts, and what is summed that every rank has already."""

from __future__ import annotations

from torch import Tensor

from grader.lab import N_, Variant, one, several
from grader.labs.ranks.mistakes.layer import Made, Step, by_rank, of_a_layer, played, row, scaled
from grader.labs.ranks.mistakes.situation import Ranks


def _from_stepped_weights(s: Ranks) -> Made:
    dY = 2 * (s["0.Y"] - s["0.Y_gt"]) / s["0.Y"].numel()
    lr = float(s.case["lr"])
    return by_rank([{"dX": dY @ (s.inputs[f"{rank}.W"] - lr * s[f"{rank}.dW"])} for rank in s.case.ranks])


def _bias_on_rank_0(s: Ranks) -> Made:
    """Each rank's step from its own Y, which has the bias on rank 0."""
    with_bias, without = row(s, Step()), row(s, Step(bias=lambda s: 0))
    return {name: value if name.startswith("0.") else without[name] for name, value in with_bias.items()}


def _own_mean(dY: Tensor, s: Ranks, rank: int) -> Tensor:
    return dY * int(s.case["out_features"]) / s[f"{rank}.W"].shape[1]


ROW_STEP = (
    several(
        "bias-on-every-rank",
        N_(": it looks like every rank adds the bias before the sum; it has to be in Y once"),
        Variant(played(row, bias=lambda s: s.world)),
        Variant(played(row, bias=lambda s: s.world + 1)),
    ),
    one(
        "bias-shared-out",
        N_(": it looks like b / N is added after the sum; a share of the bias belongs before it, all of it behind"),
        played(row, bias=lambda s: 1 / s.world),
    ),
    one(
        "bias-on-some-ranks",
        N_(": it looks like the bias is added on rank 0 only, after the sum; every rank has to add it there"),
        _bias_on_rank_0,
    ),
    one(
        "gradient-summed-over-ranks",
        N_(": it looks like dY summed over the ranks; each of them has all of it already, and passes it on as it is"),
        played(row, dY=scaled(lambda s: s.world)),
    ),
    one(
        "mean-of-own-features",
        N_(": it looks like dY divided by batch_size times the rank's own in_features; the loss is the mean over all "
           "batch_size * out_features numbers"),
        played(row, dY=_own_mean),
    ),
    one(
        "bias-gradient-summed",
        N_(": it looks like db summed over the ranks; each of them has all of it already"),
        played(row, db=scaled(lambda s: s.world)),
    ),
    one(
        "dX-from-stepped-weights",
        N_(": it looks like dX from the weights after the step; it is from those before it"),
        _from_stepped_weights,
    ),
    *of_a_layer(row),
)  # fmt: skip
