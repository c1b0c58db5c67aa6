"""Mistakes that can befall any variable: rounding, casts, transposition, mixed-up names."""

from collections.abc import Iterator

import torch
from torch import Tensor

from grader.lab.messages import N_
from grader.lab.mistake import LOW_PRECISIONS, Mistake, Situation, Variant, bound, each, each_wrong

DECIMALS = range(9)


def _rounded(first: Situation) -> Iterator[Variant]:
    for decimals in DECIMALS:
        yield from each_wrong(
            first, bound(lambda s, name, d: torch.round(s.right[name], decimals=d), decimals), decimals=decimals
        )


def _cast(first: Situation) -> Iterator[Variant]:
    for dtype, low in LOW_PRECISIONS.items():
        yield from each_wrong(first, bound(lambda s, name, low: s.right[name].to(low).double(), low), dtype=dtype)


def _transposed(s: Situation, name: str) -> Tensor:
    if s.right[name].dim() != 2 or 1 in s.right[name].shape:
        raise ValueError(f"{name} is no matrix")
    return s.right[name].T


def _reshaped(s: Situation, name: str) -> Tensor:
    return _transposed(s, name).contiguous().reshape(s.right[name].shape)


EVERYWHERE = (
    Mistake("rounded", N_(": it looks like rounding to {decimals} decimals in {names}; leave all digits"), _rounded),
    Mistake(
        "cast-down-and-back",
        N_(": it looks like a cast to {dtype} and back in {names}; keep the dtype of the data"),
        _cast,
    ),
    Mistake(
        "transposed",
        N_(": it looks like a transpose too many or too few in {names}"),
        lambda first: each_wrong(first, _transposed),
    ),
    each(
        "left-at-zero",
        N_(": it looks like {names} left at zero; it has to be computed here"),
        lambda s, name: torch.zeros_like(s.right[name]),
    ),
    Mistake(
        "reshaped-not-transposed",
        N_(": it looks like reshape or view in {names}, which mixes up the numbers; `.T` transposes"),
        lambda first: each_wrong(first, _reshaped),
    ),
)
