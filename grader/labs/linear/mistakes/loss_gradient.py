"""Mistakes of dY = 2 (Y - Y_gt) / (batch · out), and what follows from them for the gradients of the same cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from grader.lab import EVERYWHERE, LOW_PRECISIONS, N_, Made, Mistake, Variant, bound, one
from grader.labs.linear.mistakes.step import Step, base_of, device_of

Formula = Callable[[Step], Tensor]


def gradients(s: Step, dY: Tensor) -> Made:
    """The task's gradients as they follow from a dY, right or wrong, each cut and turned as the task asks."""
    X, W = s["X"], s.W
    whole = {"dY": dY, "dX": dY @ W, "dW": dY.T @ X if s.by_rows else X.T @ dY, "db": dY.sum(0)}
    made = {}
    for name in s.right:
        if base_of(name) not in whole:
            continue
        made[name], device = whole[base_of(name)], device_of(name)
        if device is not None:
            made[name] = s.part(made[name], made[name].dim() - 1, device)
    return made


def residual(s: Step) -> Tensor:
    return s["Y"] - s["Y_gt"]


def right(s: Step) -> Tensor:
    return 2 * residual(s) / numel(s)


def numel(s: Step) -> int:
    return s.batch * s.fan_out


def scaled(name: str, hint: str, factor: Callable[[Step], float]) -> Mistake:
    """A mistake in which Y - Y_gt is multiplied by another factor."""
    return one(name, hint, lambda s: gradients(s, factor(s) * residual(s)))


def _fitted(s: Step) -> float | None:
    """c where the cell's dY is c (Y - Y_gt)."""
    got, right_dY = s.got.get("dY"), s.right.get("dY")
    if got is None or right_dY is None or got.shape != right_dY.shape:
        return None
    difference = residual(s)
    factor = float((got * difference).sum() / (difference * difference).sum())
    return factor if abs(factor) > 1e-12 else None


def _written_out(first: Step) -> Iterator[Variant]:
    factor = _fitted(first)
    if factor is None:
        return
    for two in (2, 1):
        divisor = round(two / factor)
        if abs(two / factor - divisor) < 1e-6 and divisor > 2:
            yield Variant(bound(_scaled, two / divisor), {"number": divisor})


def _scaled(s: Step, factor: float) -> Made:
    return gradients(s, factor * residual(s))


def _plus_a_number(first: Step) -> Iterator[Variant]:
    factor = _fitted(first)
    if factor is None:
        return
    extra = 2 / factor - numel(first)
    extra = float(f"{extra:.2g}")
    if 0 < abs(extra) < numel(first) / 2 and abs(extra + 1) > 1e-9:
        yield Variant(lambda s: gradients(s, 2 * residual(s) / (numel(s) + extra)), {"number": f"{extra:+g}"})


def _low(first: Step) -> Iterator[Variant]:
    for name, low in LOW_PRECISIONS.items():
        yield Variant(bound(lambda s, low: gradients(s, right(s).to(low).double()), low), {"dtype": name})
        yield Variant(
            bound(lambda s, low: gradients(s, (2 * (s["Y"].to(low) - s["Y_gt"].to(low)) / numel(s)).double()), low),
            {"dtype": name},
        )


def _rounded(first: Step) -> Iterator[Variant]:
    for decimals in range(9):
        outcome = bound(lambda s, d: gradients(s, torch.round(right(s), decimals=d)), decimals)
        yield Variant(outcome, {"decimals": decimals})


LOSS_GRADIENT = (
    scaled(
        "factor-two-missing",
        N_(": it looks like the 2 is missing; the derivative of a square brings it: dY = 2 (Y - Y_gt) / "
           "(batch_size * out_ch)"),
        lambda s: 1 / numel(s),
    ),
    scaled(
        "divisor-missing",
        N_(": it looks like the divisor is missing; the loss is a mean over batch_size * out_ch numbers, not a sum"),
        lambda s: 2,
    ),
    scaled(
        "scale-missing",
        N_(": it looks like the bare difference Y - Y_gt; dY = 2 (Y - Y_gt) / (batch_size * out_ch)"),
        lambda s: 1,
    ),
    scaled(
        "factor-two-twice",
        N_(": it looks like the 2 stands there twice; dY = 2 (Y - Y_gt) / (batch_size * out_ch)"),
        lambda s: 4 / numel(s),
    ),
    scaled(
        "divided-by-batch-alone",
        N_(": it looks like the divisor is batch_size alone; the mean is over batch_size * out_ch numbers"),
        lambda s: 2 / s.batch,
    ),
    scaled(
        "divided-by-batch-alone-without-two",
        N_(": it looks like (Y - Y_gt) / batch_size; dY = 2 (Y - Y_gt) / (batch_size * out_ch)"),
        lambda s: 1 / s.batch,
    ),
    scaled(
        "divided-by-out-alone",
        N_(": it looks like the divisor is out_ch alone; the mean is over batch_size * out_ch numbers"),
        lambda s: 2 / s.fan_out,
    ),
    scaled(
        "divided-by-in",
        N_(": it looks like the divisor is in_ch; the mean is over the batch_size * out_ch numbers of Y"),
        lambda s: 2 / s.fan_in,
    ),
    scaled(
        "divided-by-size-of-X",
        N_(": it looks like the divisor is X.numel(), batch_size * in_ch; the mean is over the "
           "batch_size * out_ch numbers of Y"),
        lambda s: 2 / (s.batch * s.fan_in),
    ),
    scaled(
        "divided-by-size-of-W",
        N_(": it looks like the divisor is W.numel(), in_ch * out_ch; the mean is over the batch_size * "
           "out_ch numbers of Y"),
        lambda s: 2 / (s.fan_in * s.fan_out),
    ),
    scaled(
        "divided-by-sum-of-sizes",
        N_(": it looks like the divisor is batch_size + out_ch; multiply them"),
        lambda s: 2 / (s.batch + s.fan_out),
    ),
    scaled(
        "divided-by-numel-minus-one",
        N_(": it looks like the divisor is batch_size * out_ch - 1; the mean divides by all of batch_size * out_ch"),
        lambda s: 2 / (numel(s) - 1),
    ),
    scaled(
        "divided-by-square-root",
        N_(": it looks like the divisor is the square root of batch_size * out_ch; the mean divides by "
           "batch_size * out_ch"),
        lambda s: 2 / numel(s) ** 0.5,
    ),
    scaled(
        "divided-twice",
        N_(": it looks like dY is divided by batch_size * out_ch twice; once is right"),
        lambda s: 2 / numel(s) ** 2,
    ),
    scaled(
        "divided-by-one-shard",
        N_(": it looks like the divisor counts the columns of one device; the mean is over all "
           "batch_size * out_ch numbers"),
        lambda s: 2 / (s.batch * (s.fan_out // 2)),
    ),
    Mistake(
        "divisor-written-out",
        N_(": it looks like the divisor is {number}, whatever the sizes are; use batch_size * out_ch"),
        _written_out,
    ),
    Mistake(
        "number-added-to-divisor",
        N_(": it looks like the divisor is batch_size * out_ch {number}; nothing is added to it"),
        _plus_a_number,
    ),
    scaled(
        "residual-wrong-way",
        N_(": it looks like Y_gt - Y; dY has Y - Y_gt"),
        lambda s: -2 / numel(s),
    ),
    one(
        "residual-squared",
        N_(": it looks like Y - Y_gt is squared; the derivative of the square is 2 (Y - Y_gt)"),
        lambda s: gradients(s, 2 * residual(s) ** 2 / numel(s)),
    ),
    one(
        "loss-not-gradient",
        N_(": it looks like the loss itself, (Y - Y_gt)² / (batch_size * out_ch); dY is its derivative"),
        lambda s: gradients(s, residual(s) ** 2 / numel(s)),
    ),
    one(
        "absolute-residual",
        N_(": it looks like the absolute value of Y - Y_gt is taken; its sign stays"),
        lambda s: gradients(s, 2 * residual(s).abs() / numel(s)),
    ),
    one(
        "gradient-of-absolute-error",
        N_(": it looks like the gradient of the absolute error; the loss is the squared one: dY = 2 (Y "
           "- Y_gt) / (batch_size * out_ch)"),
        lambda s: gradients(s, residual(s).sign() / numel(s)),
    ),
    one(
        "target-not-subtracted",
        N_(": it looks like Y_gt is not subtracted; dY = 2 (Y - Y_gt) / (batch_size * out_ch)"),
        lambda s: gradients(s, 2 * s["Y"] / numel(s)),
    ),
    one(
        "target-added",
        N_(": it looks like Y_gt is added; dY = 2 (Y - Y_gt) / (batch_size * out_ch)"),
        lambda s: gradients(s, 2 * (s["Y"] + s["Y_gt"]) / numel(s)),
    ),
    Mistake(
        "dY-in-low-precision",
        N_(": it looks like dY goes through {dtype}; keep the dtype of the data"),
        _low,
    ),
    Mistake("dY-rounded", N_(": it looks like dY is rounded to {decimals} decimals; leave all digits"), _rounded),
)
# a dY that is cast or rounded is the only output here: the entries above say it with the variable's name
MANUAL_DY = (*LOSS_GRADIENT[:-1], *(mistake for mistake in EVERYWHERE if mistake.name != "cast-down-and-back"))
