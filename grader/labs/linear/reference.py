"""The truth of this lab: one SGD step of a linear layer under the mean squared error, on one device.

With N the batch, K `in_features`, M `out_features`:

    Y = X Wᵀ + b       loss = mean((Y - Y_gt)²)       dY, dX, dW, db = gradients of the loss
    W' = W - lr dW     b' = b - lr db
"""

from __future__ import annotations

import torch
from torch import Tensor

from grader.lab import Case, Values, gradients, integers, numbers, of_values


def draw(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """X (N, K), W (M, K), b (1, M) and Y_gt (N, M) for a case."""
    batch, fan_in, fan_out = case["batch_size"], case["in_features"], case["out_features"]

    def whole(low: int, high: int, *shape: int) -> Tensor:
        return integers(low, high, generator, *shape)

    match case.values:
        case Values.NARROW:
            X, W = whole(-2, 2, batch, fan_in), whole(-2, 2, fan_out, fan_in)
            b = 12 * (2 * whole(0, 1, 1, fan_out) - 1)
            Y_gt = whole(-8, 8, batch, fan_out)
        case Values.WIDE:
            # X has 13 significant bits (TF32 keeps 11, bfloat16 8); Y_gt lies near Y, so gradients stay exact
            X, W = 2 * whole(-4000, 3999, batch, fan_in) + 1, whole(-3, 3, fan_out, fan_in)
            b = 1200 + 12 * whole(-80, 80, 1, fan_out)
            residual = whole(1, 7, batch, fan_out) * (2 * whole(0, 1, batch, fan_out) - 1)
            Y_gt = X @ W.T + b - residual
        case _:
            shapes = ((batch, fan_in), (fan_out, fan_in), (1, fan_out), (batch, fan_out))
            X, W, b, Y_gt = (numbers(case, generator, *shape) for shape in shapes)
    return {"X": X, "W": W, "b": b, "Y_gt": Y_gt}


def step(case: Case, X: Tensor, W: Tensor, b: Tensor, Y_gt: Tensor) -> dict[str, Tensor]:
    """The quantities of one step by name; `W_new` and `b_new` are the parameters after it."""
    Y = X @ W.T + b
    loss = ((Y - Y_gt) ** 2).mean()
    found = gradients(loss, dY=Y, dX=X, dW=W, db=b)
    return {
        **found,
        "Y": Y,
        "loss": loss,
        "db": found["db"].reshape(-1),
        "W_new": W - case["lr"] * found["dW"],
        "b_new": b - case["lr"] * found["db"],
    }


def two_steps(case: Case, X: Tensor, W: Tensor, b: Tensor, Y_gt: Tensor) -> dict[str, Tensor]:
    """The same, and `W_again` and `b_again` after one more step with fresh gradients."""
    first = step(case, X, W, b, Y_gt)
    second = step(case, X, first["W_new"], first["b_new"], Y_gt)
    return {**first, "W_again": second["W_new"], "b_again": second["b_new"]}


def experiment(case: Case, **runs: Tensor) -> dict[str, Tensor]:
    """For each quantity the largest absolute difference of two runs at each `in_ch`, (len(in_chs),)."""
    return {
        f"max_diff.{quantity}": torch.stack(
            [
                (runs[f"row_run.{fan_in}.{quantity}"] - runs[f"linear_run.{fan_in}.{quantity}"]).abs().max()
                for fan_in in case["in_chs"]
            ]
        )
        for quantity in QUANTITIES
    }


def draw_runs(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """Two runs' results for each `in_ch`, and what else the cell sees."""
    batch, fan_out = case["batch_size"], case["out_features"]
    shapes = {
        f"{run}.{fan_in}.{quantity}": shape
        for fan_in in case["in_chs"]
        for run in ("linear_run", "row_run")
        for quantity, shape in {
            "Y": (batch, fan_out),
            "dX": (batch, fan_in),
            "dW": (fan_out, fan_in),
            "db": (fan_out,),
            "W": (fan_out, fan_in),
            "dW from the same dY": (fan_out, fan_in),
        }.items()
    }
    in_features = case["in_features"]
    shapes |= {"X": (batch, in_features), "W": (fan_out, in_features), "b": (1, fan_out), "Y_gt": (batch, fan_out)}
    return {
        name: of_values(case.values, torch.randn(shape, generator=generator, dtype=torch.float64, device="cpu"))
        for name, shape in shapes.items()
    }


QUANTITIES = ("Y", "dX", "dW", "db", "W", "dW from the same dY")
