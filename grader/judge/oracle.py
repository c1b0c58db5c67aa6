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

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from grader.judge.challenge import Challenge, Values

NAMES = ("X", "Y_gt", "W0", "b0", "loss", "Y", "dY", "dX", "dW", "db", "W", "b", "W2", "b2")
UNIT_ROUNDOFF = {torch.float64: 2.0**-53, torch.float32: 2.0**-24}


@dataclass(frozen=True)
class Data:
    """What a step starts from: X (N, K), W (M, K), b (1, M), Y_gt (N, M)."""

    X: Tensor
    W: Tensor
    b: Tensor
    Y_gt: Tensor


class Formulas(Mapping[str, Tensor]):
    """The quantities of a step by name, each computed when it is first asked for.

    `sign` is -1 for the values; with +1, from absolute values, the same formulas give the scales of their rounding.
    """

    def __init__(self, start: Mapping[str, Tensor], s: float, lr: float, sign: int) -> None:
        self._s, self._lr, self._sign = s, lr, sign
        self._known = dict(start)

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._known:
            self._known[name] = self._computed(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)

    def _computed(self, name: str) -> Tensor:
        q, sign = self, self._sign
        match name:
            case "Y":
                return q["X"] @ q["W0"].T + q["b0"]
            case "dY":
                return self._s * (q["Y"] + sign * q["Y_gt"])
            case "loss":
                return ((q["Y"] + sign * q["Y_gt"]) ** 2).mean()
            case "dX":
                return q["dY"] @ q["W0"]
            case "dW":
                return q["dY"].T @ q["X"]
            case "db":
                return q["dY"].sum(0)
            case "W":
                return torch.add(q["W0"], q["dW"], alpha=sign * self._lr)
            case "b":
                return torch.add(q["b0"], q["db"], alpha=sign * self._lr)
            case "W2":
                return torch.add(q["W"], q._next["dW"], alpha=sign * self._lr)
            case "b2":
                return torch.add(q["b"], q._next["db"], alpha=sign * self._lr)
        raise KeyError(name)

    @cached_property
    def _next(self) -> Formulas:
        start = {"X": self["X"], "Y_gt": self["Y_gt"], "W0": self["W"], "b0": self["b"]}
        return Formulas(start, self._s, self._lr, self._sign)


class Tolerances(Mapping[str, Tensor]):
    """How far each number may lie from its quantity: n_q u S_q, and zero for what is only copied."""

    def __init__(self, scales: Formulas, depths: Mapping[str, int], unit: float) -> None:
        self._scales, self._depths, self._unit = scales, depths, unit

    def __getitem__(self, name: str) -> Tensor:
        return self.of(name, lambda whole: whole)

    def of(self, name: str, part: Callable[[Tensor], Tensor]) -> Tensor:
        """How far the numbers of a part of a quantity may lie from it."""
        return self._depths.get(name, 0) * self._unit * part(self._scales[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._scales)

    def __len__(self) -> int:
        return len(self._scales)


@dataclass(frozen=True)
class Oracle:
    """The quantities by name, each with the tolerance of its numbers.

    Names: X, Y_gt, W0, b0 (before the step), loss, Y, dY, dX, dW (M, K), db (M,), W, b (after the step), and W2, b2
    (after one more step with fresh gradients). Tolerances are zero for what is only copied.
    """

    quantity: Formulas
    tolerance: Tolerances


def draw(challenge: Challenge, seed: int) -> Data:
    """Fresh values for a challenge, in its dtype on its device."""
    generator = torch.Generator("cpu").manual_seed(seed)  # the notebook may have another default device
    batch, fan_in, fan_out = challenge.batch_size, challenge.in_features, challenge.out_features

    def integers(low: int, high: int, *shape: int) -> Tensor:
        return torch.randint(low, high + 1, shape, generator=generator, dtype=torch.float64, device="cpu")

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=challenge.dtype, device="cpu")

    match challenge.values:
        case Values.NORMAL | Values.LARGE | Values.POSITIVE | Values.NEGATIVE:
            X, W, b = normal(batch, fan_in), normal(fan_out, fan_in), normal(1, fan_out)
            Y_gt = normal(batch, fan_out)
            X, W, b, Y_gt = (of_values(challenge.values, tensor) for tensor in (X, W, b, Y_gt))
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


def of_values(values: Values, normal: Tensor) -> Tensor:
    """Normally distributed numbers made large, or large or small and of one sign, where thresholds show."""
    match values:
        case Values.LARGE:
            return 1e6 * normal
        case Values.POSITIVE:
            return 1e6 * (normal.abs() + 0.5)
        case Values.NEGATIVE:
            return -1e-6 * (normal.abs() + 0.5)
    return normal


def oracle(data: Data, lr: float) -> Oracle:
    """The reference of one step from `data`, computed in float64 on the CPU, with tolerances for the data's dtype."""
    unit = UNIT_ROUNDOFF[data.X.dtype] * (2 if data.X.dtype == torch.float64 else 1)
    # memory of its own: what a record was given, it may write into
    X, W, b, Y_gt = (t.detach().to("cpu", torch.float64, copy=True) for t in (data.X, data.W, data.b, data.Y_gt))
    N, K = X.shape
    M = W.shape[0]
    s = 2.0 / (N * M)

    start = {"X": X, "Y_gt": Y_gt, "W0": W, "b0": b}
    scales = Formulas({name: tensor.abs() for name, tensor in start.items()}, s, abs(lr), +1)
    depths = {
        "Y": K + 1, "dY": K + 5, "dX": K + M + 5, "dW": K + N + 5, "db": K + N + 5, "W": K + N + 8, "b": K + N + 8,
        "loss": 2 * (K + 4) + N * M, "W2": 2 * (K + N + 8) + K + 1, "b2": 2 * (K + N + 8) + K + 1,
    }  # fmt: skip
    return Oracle(Formulas(start, s, lr, -1), Tolerances(scales, depths, unit))
