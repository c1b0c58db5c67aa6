"""Mistakes of the backward pass: dX = dY W, dW = dYᵀ X and db = Σ dY, whole, column-wise and row-wise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from grader.lab import EVERYWHERE, LOW_PRECISIONS, N_, Mistake, Variant, bound, each, each_wrong, one
from grader.labs.linear.mistakes.loss_gradient import gradients, residual
from grader.labs.linear.mistakes.step import Step, base_of, device_of

DEVICES = (1, 2)
GRADIENTS = ("dX", "dW", "db")


def dX(formula: Callable[[Step], Tensor]) -> Callable[[Step], Mapping[str, Tensor]]:
    """The outcome in which dX alone is what the formula says."""
    return lambda s: {"dX": formula(s)}


def columns(s: Step, k: int) -> Tensor:
    """Device k's columns of dY where W is cut along out_ch, else all of dY."""
    return s.part(s["dY"], 1, k) if s.shard_dim == 0 else s["dY"]


def part(s: Step, k: int, weights: int | None = None) -> Tensor:
    """What device k gives to dX; or what it would give with the other device's weights."""
    return columns(s, k) @ s[f"W_gpu{weights or k}"]


def _dX_of_updated_weights(s: Step) -> Tensor:
    W = s.W - s.lr * (s["dY"].T @ s["X"])
    return s["dY"] @ W


def _low_products(first: Step) -> Iterator[Variant]:
    for dtype, low in LOW_PRECISIONS.items():
        yield from each_wrong(first, bound(_product, low), GRADIENTS, dtype=dtype)


def _product(s: Step, name: str, low: torch.dtype) -> Tensor:
    dY, X, k = s["dY"].to(low), s["X"].to(low), device_of(name)
    if base_of(name) == "dX" and s.shard_dim is not None:
        parts = [columns(s, j).to(low) @ s[f"W_gpu{j}"].to(low) for j in DEVICES]
        return (parts[0] + parts[1] if s.shard_dim == 0 else torch.cat(parts, 1)).double()
    if base_of(name) == "dX":
        return (dY @ s.W.to(low)).double()
    if k is not None:
        dY = columns(s, k).to(low)
        X = X if s.shard_dim == 0 else s.part(X, 1, k)
    if base_of(name) == "db":
        return dY.sum(0).double()
    return (dY.T @ X if s.by_rows else X.T @ dY).double()


def _db(change: Callable[[Tensor], Tensor]) -> Callable[[Step, str], Tensor]:
    """What becomes of db where a device's columns of dY (or all of them) are reduced in another way."""

    def of(s: Step, name: str) -> Tensor:
        k = device_of(name)
        return change(s["dY"] if k is None else columns(s, k))

    return of


def _over(s: Step, name: str) -> Tensor:
    return s.right[name] / s.batch


ANYWHERE = (
    one(
        "dX-of-updated-weights",
        N_(": it looks like dX is computed with the weights after the step; the backward pass uses "
           "those of the forward pass"),
        dX(_dX_of_updated_weights),
    ),
    one(
        "dX-over-batch",
        N_(": it looks like a division by the batch size in dX; dY is already divided by it"),
        dX(lambda s: s.right["dX"] / s.batch),
    ),
    each(
        "dW-over-batch",
        N_(": it looks like a division by the batch size in {names}; dY is already divided by it"),
        _over,
        ("dW",),
    ),
    each(
        "db-mean",
        N_(": it looks like a mean over the batch in {names}; db is the sum of dY over the batch"),
        _db(lambda dY: dY.mean(0)),
        ("db",),
    ),
    each(
        "db-over-wrong-dim",
        N_(": it looks like a sum over dim 1, the outputs, in {names}; sum dY over the batch, dim 0"),
        _db(lambda dY: dY.sum(1)),
        ("db",),
    ),
    each(
        "db-mean-over-wrong-dim",
        N_(": it looks like a mean over dim 1, the outputs, in {names}; sum dY over the batch, dim 0"),
        _db(lambda dY: dY.mean(1)),
        ("db",),
    ),
    each(
        "db-one-number",
        N_(": it looks like the sum of all of dY in {names}; sum over the batch alone, dim 0"),
        _db(lambda dY: dY.sum()),
        ("db",),
    ),
    each(
        "db-not-summed",
        N_(": it looks like dY itself in {names}; sum it over the batch, dim 0"),
        _db(lambda dY: dY),
        ("db",),
    ),
    Mistake(
        "db-one-sample",
        N_(": it looks like the row of one sample in {names}; sum dY over the batch, dim 0"),
        lambda first: (
            *each_wrong(first, _db(lambda dY: dY[0]), ("db",)),
            *each_wrong(first, _db(lambda dY: dY[-1]), ("db",)),
        ),
    ),
    each(
        "batch-squeezed",
        N_(": it looks like squeeze() in {names}, which loses the batch dimension of a batch of 1; leave it out"),
        lambda s, name: _db(lambda dY: dY.squeeze(0).sum(0))(s, name),
        ("db",),
    ),
    each(
        "gradient-wrong-way",
        N_(": it looks like the wrong sign in {names}; the minus comes with the step"),
        lambda s, name: -s.right[name],
        GRADIENTS,
    ),
    each(
        "gradient-times-lr",
        N_(": it looks like lr is already in {names}; it comes with the step"),
        lambda s, name: s.lr * s.right[name],
        GRADIENTS,
    ),
    each(
        "gradient-times-batch",
        N_(": it looks like {names} times the batch size; leave the factor out"),
        lambda s, name: s.batch * s.right[name],
        GRADIENTS,
    ),
    each(
        "gradient-divided-again",
        N_(": it looks like a division by batch_size * out_ch in {names}; dY is already divided by it"),
        lambda s, name: s.right[name] / (s.batch * s.fan_out),
        GRADIENTS,
    ),
    each(
        "Y-for-dY",
        N_(": it looks like Y in place of dY in {names}"),
        lambda s, name: gradients(s, s["Y"])[name],
        GRADIENTS,
    ),
    each(
        "residual-for-dY",
        N_(": it looks like Y - Y_gt in place of dY in {names}"),
        lambda s, name: gradients(s, residual(s))[name],
        GRADIENTS,
    ),
    Mistake(
        "product-in-low-precision",
        N_(": it looks like the computation in {dtype} of {names}; keep the dtype of the data"),
        _low_products,
    ),
)
TWICE = each(
    "gradient-twice",
    N_(": it looks like {names} counted twice; once is right"),
    lambda s, name: 2 * s.right[name],
    GRADIENTS,
)
MANUAL_GRADIENTS = (*ANYWHERE, TWICE, *EVERYWHERE)
