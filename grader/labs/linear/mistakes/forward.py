"""Mistakes of the forward pass: Y = X Wᵀ + b, whole, column-wise and row-wise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from grader.lab import EVERYWHERE, LOW_PRECISIONS, N_, Mistake, Variant, bound, one
from grader.labs.linear.mistakes.step import Step

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "ReLU": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "GELU": torch.nn.functional.gelu,
    "SiLU": torch.nn.functional.silu,
    "leaky ReLU": torch.nn.functional.leaky_relu,
    "softmax": lambda Y: torch.softmax(Y, 1),
    "abs": torch.abs,
}
Outcome = Callable[[Step], Mapping[str, Tensor]]


def make(formula: Callable[[Step], Tensor]) -> Outcome:
    """The outcome in which Y (in the reference task, Y_pred alone) is what the formula says."""
    return lambda s: {next(name for name in s.right if name.startswith("Y")): formula(s)}


def product(s: Step) -> Tensor:
    return s["X"] @ s.W.T


def low(s: Step, dtype: torch.dtype, with_bias: bool) -> Tensor:
    """Y with its products (and the sum with b) in a low precision."""
    b = s["b"].to(dtype) if with_bias else s["b"]
    if s.shard_dim is None:
        return (s["X"].to(dtype) @ s["W"].to(dtype).T + b if with_bias else
                (s["X"].to(dtype) @ s["W"].to(dtype).T).double() + b).double()  # fmt: skip
    parts = [s[f"X_gpu{k}"].to(dtype) @ s[f"W_gpu{k}"].to(dtype).T for k in (1, 2)]
    joined = torch.cat(parts, 1) if s.shard_dim == 0 else parts[0] + parts[1]
    return (joined + b).double() if with_bias else joined.double() + b


def _low(first: Step) -> Iterator[Variant]:
    for name, dtype in LOW_PRECISIONS.items():
        for with_bias in (False, True):
            yield Variant(make(bound(low, dtype, with_bias)), {"dtype": name})


def _activations(first: Step) -> Iterator[Variant]:
    for name, function in ACTIVATIONS.items():
        yield Variant(make(bound(lambda s, f: f(product(s) + s["b"]), function)), {"function": name})
        yield Variant(make(bound(lambda s, f: f(product(s)) + s["b"], function)), {"function": name})


def _divided(first: Step) -> Iterator[Variant]:
    divisors: dict[str, Callable[[Step], float]] = {
        "batch_size": lambda s: s.batch,
        "in_ch": lambda s: s.fan_in,
        "out_ch": lambda s: s.fan_out,
        "sqrt(in_ch)": lambda s: s.fan_in**0.5,
        "sqrt(out_ch)": lambda s: s.fan_out**0.5,
    }
    for name, divisor in divisors.items():
        yield Variant(make(bound(lambda s, d: (product(s) + s["b"]) / d(s), divisor)), {"by": name})
        yield Variant(make(bound(lambda s, d: product(s) / d(s) + s["b"], divisor)), {"by": name})


def _first_row(s: Step) -> Tensor:
    Y = product(s)
    Y[:1] += s["b"]
    return Y


FORWARD = (
    one(
        "bias-missing",
        N_(": it looks like the bias is not added; Y = X Wᵀ + b"),
        make(product),
    ),
    one(
        "bias-subtracted",
        N_(": it looks like the bias is subtracted; Y = X Wᵀ + b"),
        make(lambda s: product(s) - s["b"]),
    ),
    one(
        "bias-on-first-row",
        N_(": it looks like the bias is added to the first row only; every sample of the batch gets it"),
        make(_first_row),
    ),
    one(
        "bias-first-number",
        N_(": it looks like one number of the bias is added everywhere; each column of Y has its own"),
        make(lambda s: product(s) + s["b"][0, 0]),
    ),
    Mistake(
        "activation",
        N_(": it looks like {function} is applied; the layer is linear, with no activation"),
        _activations,
    ),
    Mistake(
        "output-divided",
        N_(": it looks like the product or Y is divided by {by}; nothing is divided here"),
        _divided,
    ),
    one(
        "target-subtracted",
        N_(": it looks like Y_gt is already subtracted; Y is the prediction itself"),
        make(lambda s: product(s) + s["b"] - s["Y_gt"]),
    ),
    Mistake(
        "low-precision",
        N_(": it looks like the product is computed in {dtype}; keep the dtype of the data"),
        _low,
    ),
)
WHOLE = (
    one(
        "bias-twice",
        N_(": it looks like the bias is added twice; once is right"),
        make(lambda s: product(s) + 2 * s["b"]),
    ),
)

MANUAL_FORWARD = (*FORWARD, *WHOLE, *EVERYWHERE)
