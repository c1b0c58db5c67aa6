"""Mistakes of a column-parallel step: the order of the columns, whose columns of dY, the sum that dX is."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from grader.lab import N_, Variant, bound, one, several
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


# Which columns a rank puts side by side, from all ranks' padded ones and its number.
Joined = Callable[[list[Tensor], int], list[Tensor]]


def _step_from(s: Ranks, Ys: list[Tensor]) -> Made:
    """The step from each rank's own Y."""
    lr, dYs, made = float(s.case["lr"]), [], []
    for rank, Y in enumerate(Ys):
        dYs.append(s.cut(2 * (Y - s["0.Y_gt"]) / Y.numel(), rank, 1))
    dX = sum((own @ s[f"{rank}.W"] for rank, own in enumerate(dYs)), torch.zeros_like(s["0.X"]))
    for rank, (Y, own) in enumerate(zip(Ys, dYs, strict=True)):
        dW, db = own.T @ s["0.X"], own.sum(0)
        stepped = {"W": s[f"{rank}.W"] - lr * dW, "b": s[f"{rank}.b"] - lr * db}
        made.append({"Y": Y, "dX": dX, "dW": dW, "db": db, **stepped})
    return by_rank(made)


def _columns(s: Ranks, bias: Callable[[int], float] = lambda rank: 1) -> list[Tensor]:
    """Each rank's columns of Y."""
    return [s["0.X"] @ s[f"{rank}.W"].T + bias(rank) * s[f"{rank}.b"] for rank in s.case.ranks]


def _as_they_arrive(s: Ranks) -> Made:
    columns = _columns(s)
    return _step_from(s, [torch.cat([columns[(rank - step) % s.world] for step in s.case.ranks], 1)
                          for rank in s.case.ranks])  # fmt: skip


def _bias_on_one(s: Ranks, which: int) -> Made:
    return _step_from(s, [torch.cat(_columns(s, lambda rank: float(rank == which)), 1)] * s.world)


def _gathered(s: Ranks, joined: Joined | None) -> Made:
    """Padded columns: as a rank joins them, each cut to its width, or side by side with the padding left in."""
    columns = _columns(s)
    widths = [part.shape[1] for part in columns]
    padded = [torch.nn.functional.pad(part, (0, max(widths) - part.shape[1])) for part in columns]
    if joined is None:
        return _step_from(s, [torch.cat(padded, 1)[:, : sum(widths)]] * s.world)
    cut = [torch.cat([part[:, :width] for part, width in zip(joined(padded, rank), widths, strict=True)], 1)
           for rank in s.case.ranks]  # fmt: skip
    return _step_from(s, cut)


def _first_of_the_target(s: Ranks) -> Made:
    lr, columns, made = float(s.case["lr"]), _columns(s), []
    owns = [2 * (part - s["0.Y_gt"][:, : part.shape[1]]) / s["0.Y"].numel() for part in columns]
    dX = sum((own @ s[f"{rank}.W"] for rank, own in enumerate(owns)), torch.zeros_like(s["0.X"]))
    for rank, own in enumerate(owns):
        dW, db = own.T @ s["0.X"], own.sum(0)
        stepped = {"W": s[f"{rank}.W"] - lr * dW, "b": s[f"{rank}.b"] - lr * db}
        made.append({"dX": dX, "dW": dW, "db": db, **stepped})
    return by_rank(made)


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
        "columns-in-order-of-arrival",
        N_(": it looks like the columns in the order in which they arrived; they stand in the order of the ranks"),
        _as_they_arrive,
    ),
    several(
        "bias-on-some-ranks",
        N_(": it looks like only rank {which} adds its part of the bias; every rank adds its own"),
        *(Variant(bound(_bias_on_one, which), {"which": which}) for which in (0,)),
    ),
    one(
        "one-buffer-for-all",
        N_(": it looks like one rank's columns in all places; [buffer] * world_size is one buffer, make as many as "
           "there are ranks"),
        bound(_gathered, lambda columns, rank: [columns[-1]] * len(columns)),
    ),
    one(
        "padding-left",
        N_(": it looks like the padding stands between the ranks' columns; cut it off each part before you join them"),
        bound(_gathered, None),
    ),
    one(
        "first-columns-of-the-target",
        N_(": it looks like the rank's columns of Y less the target's first columns; take the target's own ones"),
        _first_of_the_target,
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
