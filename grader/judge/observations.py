"""Observations: what can be seen in a wrong answer. Each states a fact about its numbers or its shape, not a cause."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from grader.lab.messages import N_, Message, message
from grader.lab.values import Expected
from grader.lab.variables import Var

NOTHING = ""


def of_shape(
    var: Var | None,
    got: Tensor,
    shape: tuple[int, ...],
    shape_seen: Callable[[Var, tuple[int, ...], tuple[int, ...]], Message | str],
) -> Message | str:
    """What can be seen in a wrong shape, by itself or by the lab's `shape_seen`, or nothing."""
    have = tuple(got.shape)
    if have == shape[::-1]:
        return message(N_(": the dimensions stand in the reverse order"))
    if [size for size in have if size != 1] == [size for size in shape if size != 1]:
        return message(N_(": a dimension of size 1 is lost or added"))
    return shape_seen(var, have, shape) if var is not None else NOTHING


def of_numbers(
    name: str, got: Tensor, want: Expected, expected: Mapping[str, Expected], before: Mapping[str, Tensor]
) -> Message | str:
    """What can be seen in wrong numbers of the right shape, or nothing."""
    if torch.isnan(got).any():
        return message(N_(": some of its numbers were never written, or are no numbers"))
    if bool((got == 0).all()):
        return message(N_(": it is all zeros"))
    if name in before and before[name].shape == got.shape and torch.equal(before[name].double().cpu(), got):
        return message(N_(": it is still the value from before the task"))
    for other, its in expected.items():
        if other != name and its.value.shape == got.shape and _within(got, its.value, its.tolerance):
            return message(N_(": it holds what belongs in {other}"), other=its.shown(other))
    start = before.get(want.var.before) if want.var is not None and want.var.before else None
    step = _step(got, want, start.double().cpu()) if start is not None and start.shape == got.shape else None
    if step is not None:
        return message(N_(": the step is {factor} times what it should be"), factor=_unlike_one(step))
    factor = _step(got, want, torch.zeros_like(got))
    if factor is not None:
        return message(N_(": it is the right value times {factor}"), factor=_unlike_one(factor))
    return _wrong_part(got, want) or NOTHING


def _unlike_one(factor: float) -> str:
    """A factor with as many digits as it takes to see that it is not 1."""
    texts = [f"{factor:.{digits}g}" for digits in (6, 9, 12, 17)]
    return next((text for text in texts if text != "1"), texts[-1])


def _within(got: Tensor, value: Tensor, tolerance: Tensor) -> bool:
    return bool(((got - value).abs() <= tolerance).all())


def _step(got: Tensor, want: Expected, old: Tensor) -> float | None:
    """c where an update made c times the right step, within the tolerance of both, else None; from 0, where a value is
    c times the right one."""
    right = want.value - old
    square = float((right * right).sum())
    if square == 0 or got.numel() < 3:
        return None
    factor = float(((got - old) * right).sum()) / square
    return factor if _explained(got, want, factor, old) else None


def _explained(got: Tensor, want: Expected, factor: float, old: Tensor) -> bool:
    """Whether got = old + factor (want - old) within both's tolerance, with next to nothing of what is wrong left."""
    scaled = old + factor * (want.value - old)
    rest, difference = float((got - scaled).norm()), float((got - want.value).norm())
    return rest <= 1e-3 * difference and _within(got, scaled, (1 + abs(factor)) * want.tolerance)


def _wrong_part(got: Tensor, want: Expected) -> Message | None:
    """The block of rows or columns outside of which everything is right, if it is at an end: one device's part."""
    wrong = ~((got - want.value).abs() <= want.tolerance)
    for dim, size in enumerate(got.shape):
        others = [other for other in range(got.dim()) if other != dim]
        at = (wrong.sum(others) if others else wrong.long()).nonzero().flatten()
        low, high = int(at[0]), int(at[-1])
        at_an_end = low == 0 or high == size - 1
        if at_an_end and 2 <= high - low + 1 <= size - size // 2:
            return message(N_(": all wrong numbers lie in {low} to {high} of dim {dim}"), low=low, high=high, dim=dim)
    return None
