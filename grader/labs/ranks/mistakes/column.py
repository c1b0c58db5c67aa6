"""Mistakes of a column-parallel step: the order of the columns, whose columns of dY, the sum that dX is."""

from __future__ import annotations

from torch import Tensor

from grader.lab import N_, Variant, one, several
from grader.labs.ranks.mistakes.layer import Made, by_rank, column, of_a_layer, played
from grader.labs.ranks.mistakes.situation import Ranks


def _first_columns(s: Ranks) -> Made:
    """db of the first columns of dY on every rank."""
    lr, made = float(s.case["lr"]), []
    for rank in s.case.ranks:
        whole = 2 * (s["0.Y"] - s["0.Y_gt"]) / s["0.Y"].numel()
        db = whole.sum(0)[: s[f"{rank}.W"].shape[0]]
        made.append({"db": db, "b": s[f"{rank}.b"] - lr * db})
    return by_rank(made)


def _from_stepped_weights(s: Ranks) -> Made:
    whole = 2 * (s["0.Y"] - s["0.Y_gt"]) / s["0.Y"].numel()
    parts = [s.cut(whole, rank, 1) @ (s.inputs[f"{rank}.W"] - float(s.case["lr"]) * s[f"{rank}.dW"])
             for rank in s.case.ranks]  # fmt: skip
    dX = sum(parts[1:], parts[0])
    return {f"{rank}.dX": dX for rank in s.case.ranks}


def _own_mean(dY: Tensor, s: Ranks, rank: int) -> Tensor:
    return dY * int(s.case["out_features"]) / s[f"{rank}.W"].shape[0]


COLUMN_STEP = (
    one(
        "mean-of-own-columns",
        N_(": it looks like dY divided by the size of the rank's own columns; the loss is the mean over all "
           "batch_size * out_features numbers"),
        played(column, dY=_own_mean),
    ),
    several(
        "columns-in-another-order",
        N_(": it looks like the ranks' columns in another order; they stand in the order of the ranks"),
        Variant(played(column, order=lambda ranks: ranks[::-1])),
        Variant(played(column, order=lambda ranks: [*ranks[1:], ranks[0]])),
        Variant(played(column, order=lambda ranks: [ranks[-1], *ranks[:-1]])),
    ),
    one(
        "first-columns-for-the-bias",
        N_(": it looks like db of the first columns of dY on every rank; each rank takes its own"),
        _first_columns,
    ),
    one(
        "dX-from-stepped-weights",
        N_(": it looks like dX from the weights after the step; it is from those before it"),
        _from_stepped_weights,
    ),
    *of_a_layer(column),
)  # fmt: skip
