"""The float64 reference of one SGD step of a linear layer under the mean squared error, and how far a right answer
may lie from it.

With N the batch, K `in_features`, M `out_features`, s = 2 / (N M):

    Y = X Wᵀ + b       dY = s (Y - Y_gt)       dX = dY W       dW = dYᵀ X       db = Σ_batch dY
    W' = W - lr dW     b' = b - lr db          loss = mean((Y - Y_gt)²)

A computed quantity q is accepted iff |computed - q| <= n_q u S_q for each number, where S_q is the same formula on
absolute values, n_q the longest chain of roundings, and u the unit roundoff. This is the first-order bound
gamma_n = n u / (1 - n u) of Higham, Accuracy and Stability of Numerical Algorithms (2nd ed., section 3.1), which holds
for every order of summation and every way of sharding.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from grader.judge.challenge import Challenge, Values

UNIT_ROUNDOFF = {torch.float64: 2.0**-53, torch.float32: 2.0**-24}


@dataclass(frozen=True)
class Data:
    """What a step starts from: X (N, K), W (M, K), b (1, M), Y_gt (N, M)."""

    X: Tensor
    W: Tensor
    b: Tensor
    Y_gt: Tensor


@dataclass(frozen=True)
class Oracle:
    """The quantities by name, each with the tolerance of its numbers.

    Names: X, Y_gt, W0, b0 (before the step), loss, Y, dY, dX, dW (M, K), db (M,), W, b (after the step), and W2, b2
    (after one more step with fresh gradients). Tolerances are zero for what is only copied.
    """

    quantity: dict[str, Tensor]
    tolerance: dict[str, Tensor]


def draw(challenge: Challenge, seed: int) -> Data:
    """Fresh values for a challenge, in its dtype on its device."""
    generator = torch.Generator("cpu").manual_seed(seed)  # the notebook may have another default device
    batch, fan_in, fan_out = challenge.batch_size, challenge.in_features, challenge.out_features

    def integers(low: int, high: int, *shape: int) -> Tensor:
        return torch.randint(low, high + 1, shape, generator=generator, dtype=torch.float64, device="cpu")

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64, device="cpu")

    match challenge.values:
        case Values.NORMAL:
            X, W, b = normal(batch, fan_in), normal(fan_out, fan_in), normal(1, fan_out)
            Y_gt = normal(batch, fan_out)
        case Values.NARROW:
            X, W = integers(-2, 2, batch, fan_in), integers(-2, 2, fan_out, fan_in)
            b = 12 * (2 * integers(0, 1, 1, fan_out) - 1)
            Y_gt = integers(-8, 8, batch, fan_out)
        case Values.WIDE:
            # X has 13 significant bits (TF32 keeps 11, bfloat16 8); Y_gt lies near Y, so gradients stay exact
            X, W = 2 * integers(-4000, 3999, batch, fan_in) + 1, integers(-3, 3, fan_out, fan_in)
            b = 1200 + 12 * integers(-80, 80, 1, fan_out)
            residual = integers(1, 7, batch, fan_out) * (2 * integers(0, 1, batch, fan_out) - 1)
            Y_gt = X @ W.T + b - residual
    X, W, b, Y_gt = (t.to(challenge.dtype).to(challenge.device) for t in (X, W, b, Y_gt))
    return Data(X, W, b, Y_gt)


def oracle(data: Data, lr: float) -> Oracle:
    """The reference of one step from `data`, computed in float64 on the CPU, with tolerances for the data's dtype."""
    unit = UNIT_ROUNDOFF[data.X.dtype] * (2 if data.X.dtype == torch.float64 else 1)
    X, W, b, Y_gt = (t.detach().double().cpu() for t in (data.X, data.W, data.b, data.Y_gt))
    N, K = X.shape
    M = W.shape[0]
    s = 2.0 / (N * M)

    first = _step(X, W, b, Y_gt, s, lr)
    second = _step(X, first["W"], first["b"], Y_gt, s, lr)
    quantity = {"X": X, "Y_gt": Y_gt, "W0": W, "b0": b, **first, "W2": second["W"], "b2": second["b"]}

    aX, aW, ab = X.abs(), W.abs(), b.abs()
    scale = _scales(aX, aW, ab, Y_gt.abs(), s, abs(lr))
    again = _scales(aX, scale["W"], scale["b"], Y_gt.abs(), s, abs(lr))
    scale |= {"W2": again["W"], "b2": again["b"]}
    depth = {
        "Y": K + 1, "dY": K + 5, "dX": K + M + 5, "dW": K + N + 5, "db": K + N + 5, "W": K + N + 8, "b": K + N + 8,
        "loss": 2 * (K + 4) + N * M, "W2": 2 * (K + N + 8) + K + 1, "b2": 2 * (K + N + 8) + K + 1,
    }  # fmt: skip
    tolerance = {name: torch.zeros_like(t) for name, t in quantity.items()}
    tolerance |= {name: depth[name] * unit * scale[name] for name in scale}
    return Oracle(quantity, tolerance)


def _step(X: Tensor, W: Tensor, b: Tensor, Y_gt: Tensor, s: float, lr: float) -> dict[str, Tensor]:
    Y = X @ W.T + b
    dY = s * (Y - Y_gt)
    dW, db = dY.T @ X, dY.sum(0)
    loss = ((Y - Y_gt) ** 2).mean()
    return {"loss": loss, "Y": Y, "dY": dY, "dX": dY @ W, "dW": dW, "db": db, "W": W - lr * dW, "b": b - lr * db}


def _scales(X: Tensor, W: Tensor, b: Tensor, Y_gt: Tensor, s: float, lr: float) -> dict[str, Tensor]:
    Y = X @ W.T + b
    dY = s * (Y + Y_gt)
    dW, db = dY.T @ X, dY.sum(0)
    loss = ((Y + Y_gt) ** 2).mean()
    return {"loss": loss, "Y": Y, "dY": dY, "dX": dY @ W, "dW": dW, "db": db, "W": W + lr * dW, "b": b + lr * db}
