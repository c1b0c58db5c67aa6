"""Mistakes of the fp32 experiment: another measure than the largest absolute difference, or other sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from grader.lab import N_, Mistake, Variant, bound, each, each_wrong
from grader.labs.linear.mistakes.step import Step

Measure = Callable[[Tensor, Tensor], Tensor]


def quantity_of(name: str) -> str:
    return name.partition(".")[2]


def measured(measure: Measure) -> Callable[[Step, str], Tensor]:
    """max_diff of a quantity where `measure(row, linear)` stands in place of the largest absolute difference."""
    return lambda s, name: torch.stack([measure(*runs(s, quantity_of(name), n)) for n in s.case["in_chs"]])


def runs(s: Step, quantity: str, in_ch: int) -> tuple[Tensor, Tensor]:
    return s.inputs[f"row_run.{in_ch}.{quantity}"], s.inputs[f"linear_run.{in_ch}.{quantity}"]


def any_of(name: str, hint: str, *measures: Measure) -> Mistake:
    """One mistake that several measures are forms of."""
    return Mistake(
        name, hint, lambda first: (v for measure in measures for v in each_wrong(first, measured(measure)))
    )  # fmt: skip


def _of_one_quantity(first: Step) -> Iterator[Variant]:
    for held in first.right:
        yield from each_wrong(first, bound(lambda s, name, held: s.right[held], held), quantity=quantity_of(held))


def _of_one_size(first: Step) -> Iterator[Variant]:
    for at in (0, -1):
        yield from each_wrong(first, bound(lambda s, name, at: s.right[name][at].expand_as(s.right[name]), at))
        yield from each_wrong(first, bound(lambda s, name, at: s.right[name][at], at))
        yield from each_wrong(first, bound(lambda s, name, at: s.right[name][at].reshape(1), at))


EXPERIMENT = (
    any_of(
        "no-absolute-value",
        N_(": it looks like the absolute value is missing or comes too late; first .abs(), then .max()"),
        lambda row, linear: (row - linear).max(),
        lambda row, linear: (linear - row).max(),
        lambda row, linear: (row - linear).max().abs(),
        lambda row, linear: (linear - row).max().abs(),
    ),
    any_of(
        "absolute-value-too-early",
        N_(": it looks like the absolute values of the two runs are subtracted; subtract first, then .abs()"),
        lambda row, linear: (row.abs() - linear.abs()).abs().max(),
        lambda row, linear: (row.abs() - linear.abs()).max(),
    ),
    any_of(
        "difference-of-maxima",
        N_(": it looks like the largest numbers of the two runs are subtracted; subtract number by "
           "number, then take the maximum"),
        lambda row, linear: (row.max() - linear.max()).abs(),
        lambda row, linear: (row.abs().max() - linear.abs().max()).abs(),
        lambda row, linear: row.abs().max() - linear.abs().max(),
        lambda row, linear: row.max() - linear.max(),
    ),
    any_of(
        "mean-not-max",
        N_(": it looks like a mean of the differences; the largest one is asked for"),
        lambda row, linear: (row - linear).abs().mean(),
        lambda row, linear: (row - linear).mean(),
        lambda row, linear: (row - linear).mean().abs(),
        lambda row, linear: ((row - linear) ** 2).mean(),
        lambda row, linear: ((row - linear) ** 2).mean().sqrt(),
    ),
    any_of(
        "sum-not-max",
        N_(": it looks like a sum or norm of the differences; the largest one is asked for"),
        lambda row, linear: (row - linear).abs().sum(),
        lambda row, linear: (row - linear).sum(),
        lambda row, linear: (row - linear).norm(),
        lambda row, linear: ((row - linear) ** 2).sum(),
    ),
    any_of(
        "median-not-max",
        N_(": it looks like a median of the differences; the largest one is asked for"),
        lambda row, linear: (row - linear).abs().median(),
    ),
    any_of(
        "min-not-max",
        N_(": it looks like the smallest difference; the largest one is asked for"),
        lambda row, linear: (row - linear).abs().min(),
        lambda row, linear: (row - linear).min(),
    ),
    any_of(
        "squared",
        N_(": it looks like the difference is squared; take its absolute value"),
        lambda row, linear: ((row - linear) ** 2).max(),
    ),
    any_of(
        "relative",
        N_(": it looks like a relative difference; the absolute one is asked for, divided by nothing"),
        lambda row, linear: ((row - linear).abs() / linear.abs()).max(),
        lambda row, linear: ((row - linear).abs() / row.abs()).max(),
        lambda row, linear: (row - linear).abs().max() / linear.abs().max(),
        lambda row, linear: (row - linear).abs().max() / row.abs().max(),
    ),
    any_of(
        "spread",
        N_(": it looks like the standard deviation of the differences; the largest one is asked for"),
        lambda row, linear: (row - linear).std(),
    ),
    any_of(
        "largest-number",
        N_(": it looks like the largest number of one run; subtract the two runs first"),
        lambda row, linear: row.abs().max(),
        lambda row, linear: linear.abs().max(),
        lambda row, linear: row.max(),
        lambda row, linear: linear.max(),
    ),
    any_of(
        "added-not-subtracted",
        N_(": it looks like the two runs are added; subtract them"),
        lambda row, linear: (row + linear).abs().max(),
    ),
    any_of(
        "first-number-only",
        N_(": it looks like one number or one row of the differences is looked at; take the maximum over all of them"),
        lambda row, linear: (row - linear).abs().flatten()[0],
        lambda row, linear: (row - linear).abs()[0].max(),
    ),
    Mistake(
        "one-quantity-for-all",
        N_(": it looks like the differences of {quantity} stand under another name too; each quantity has its own"),
        _of_one_quantity,
    ),
    Mistake(
        "one-size-for-all",
        N_(": it looks like one in_ch is used in place of all of in_chs; loop over in_chs"),
        _of_one_size,
    ),
    each(
        "max-over-all-sizes",
        N_(": it looks like a maximum over all in_chs; each in_ch has its own number"),
        lambda s, name: s.right[name].max(),
    ),
    each(
        "running-maximum",
        N_(": it looks like the maximum runs on from one in_ch to the next; begin anew for each"),
        lambda s, name: s.right[name].cummax(0).values,
    ),
    each(
        "wrong-order",
        N_(": it looks like the numbers stand in the reverse order of in_chs; keep its order"),
        lambda s, name: s.right[name].flip(0),
    ),
    each(
        "sorted",
        N_(": it looks like the numbers are sorted; they stand in the order of in_chs"),
        lambda s, name: s.right[name].sort().values,
    ),
    each(
        "last-size-lost",
        N_(": it looks like the last in_ch is left out; there is one number for each of in_chs"),
        lambda s, name: s.right[name][:-1],
    ),
)
