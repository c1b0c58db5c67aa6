"""The truth of this lab: sums and copies over ranks, and one SGD step of a linear layer on one device."""

from __future__ import annotations

import torch
from torch import Tensor

from grader.lab import Case, Values, gradients, integers, numbers


def own(quantity: Tensor, case: Case, rank: int) -> Tensor:
    """The row of a quantity that has one for each rank."""
    return quantity[rank]


def draw_rows(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """x (N, n): n numbers for each rank."""
    return {"x": numbers(case, generator, case.world, case["n"])}


def collectives(case: Case, x: Tensor) -> dict[str, Tensor]:
    """What the ranks make of their rows: each that of its left neighbour, and the sum of all."""
    return {"received": torch.cat((x[-1:], x[:-1])), "total": x.sum(0)}


def draw_line(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """x (n,): one row of numbers, of which each rank has its part."""
    return {"x": numbers(case, generator, case["n"])}


def centred(case: Case, x: Tensor) -> dict[str, Tensor]:
    """The numbers less their mean, (n,)."""
    return {"y": x - x.sum() / case["n"]}


def draw_size(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """The number of numbers, as a tensor: what is worked out from it has rounding errors."""
    return {"numbers": torch.tensor(float(case["n"]), dtype=torch.float64)}


def moved(case: Case, numbers: Tensor) -> dict[str, Tensor]:
    """How many numbers leave a rank, on average over the ranks, in each collective."""
    half = numbers / case.world * (case.world - 1)
    return {"all_reduce": half + half, "all_gather": half, "reduce_scatter": half}


def draw_layer(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """X (batch, in), W (out, in), b (1, out) and Y_gt (batch, out)."""
    batch, fan_in, fan_out = case["batch_size"], case["in_features"], case["out_features"]
    X, W = numbers(case, generator, batch, fan_in), numbers(case, generator, fan_out, fan_in)
    if case.values is Values.NARROW:
        # whole numbers small enough that gradients are exact too, and a bias that no sum hides
        b = 12 * (2 * integers(0, 1, generator, 1, fan_out) - 1)
        return {"X": X, "W": W, "b": b, "Y_gt": integers(-8, 8, generator, batch, fan_out)}
    b, Y_gt = numbers(case, generator, 1, fan_out), numbers(case, generator, batch, fan_out)
    return {"X": X, "W": W, "b": b, "Y_gt": Y_gt}


def step(case: Case, X: Tensor, W: Tensor, b: Tensor, Y_gt: Tensor) -> dict[str, Tensor]:
    """The quantities of one step by name; `W_new` and `b_new` are the parameters after it."""
    Y = X @ W.T + b
    found = gradients(((Y - Y_gt) ** 2).mean(), dX=X, dW=W, db=b)
    return {
        **found,
        "Y": Y,
        "db": found["db"].reshape(-1),
        "W_new": W - case["lr"] * found["dW"],
        "b_new": b - case["lr"] * found["db"],
    }
