"""Likely slips: what a wrong answer looks like, said as a hint behind the message."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from grader.judge.lab import Expected
from grader.judge.messages import N_, Message, message

NOTHING = ""


def likely_wrong_shape(name: str, got: Tensor, shape: tuple[int, ...]) -> Message | str:
    """A hint for a wrong shape, or nothing."""
    have = tuple(got.shape)
    if have == shape[::-1]:
        return message(N_(": it is transposed"))
    if [size for size in have if size != 1] == [size for size in shape if size != 1]:
        return message(N_(": a dimension of size 1 is lost or added"))
    if name.startswith("W_gpu") and len(have) == len(shape) == 2:
        if have[0] > shape[0] and have[1] < shape[1]:
            return message(N_(": column-wise TP cuts out_ch (dim 0), this cuts in_ch"))
        if have[0] < shape[0] and have[1] > shape[1]:
            return message(N_(": row-wise TP cuts in_ch (dim 1), this cuts out_ch"))
    return NOTHING


def likely_slip(
    name: str, got: Tensor, want: Expected, expected: Mapping[str, Expected], before: Mapping[str, Tensor]
) -> Message | str:
    """A hint for wrong numbers of the right shape, or nothing."""
    if torch.isnan(got).any():
        return message(N_(": some of its numbers were never written"))
    if bool((got == 0).all()):
        return message(N_(": it is all zeros"))
    if name in before and before[name].shape == got.shape and torch.equal(before[name].double().cpu(), got):
        return message(N_(": it is still the value from before the task"))
    for other, its in expected.items():
        if other != name and its.value.shape == got.shape and _close(got, its):
            return message(N_(": it holds what belongs in {other}"), other=other)
    device = _one_devices_part(name, got, expected, before)
    if device is not None:
        return message(N_(": it is the part of device {device} alone, the all-reduce is missing"), device=device)
    step = _step(name, got, want.value, before)
    if step is not None and abs(step + 1) < 1e-3:
        return message(N_(": the step goes the wrong way"))
    if step is not None:
        return message(N_(": the step is {factor} times what it should be"), factor=f"{step:.6g}")
    times = _times_bias(got, want.value, before) if name.startswith("Y") else None
    if times is not None and abs(times) < 1e-3:
        return message(N_(": the bias is missing"))
    if times is not None:
        return message(N_(": it contains the bias {times} times, not once"), times=f"{times:.3g}")
    factor = _constant_factor(got, want.value)
    if factor is not None:
        return message(N_(": it is the right value times {factor}"), factor=f"{factor:.6g}")
    return _swapped_parts(got, want) or _wrong_part(got, want) or NOTHING


def _swapped_parts(got: Tensor, want: Expected) -> Message | None:
    """Whether the two devices' parts stand in the wrong order along a dimension."""
    for dim, size in enumerate(got.shape):
        for first in {size // 2, size - size // 2} - {0, size}:
            if _close(got.roll(first, dim), want):
                return message(N_(": the two devices' parts are swapped along dim {dim}"), dim=dim)
    return None


def _wrong_part(got: Tensor, want: Expected) -> Message | None:
    """The block of rows or columns outside of which everything is right, if it is at an end: one device's part."""
    wrong = ~((got - want.value).abs() <= want.tolerance)
    for dim, size in enumerate(got.shape):
        others = [other for other in range(got.dim()) if other != dim]
        at = (wrong.sum(others) if others else wrong.long()).nonzero().flatten()
        low, high = int(at[0]), int(at[-1])
        at_an_end = low == 0 or high == size - 1
        if at_an_end and 2 <= high - low + 1 <= size - size // 2:
            return message(N_(": only {low} to {high} of dim {dim} is wrong"), low=low, high=high, dim=dim)
    return None


def _close(got: Tensor, want: Expected) -> bool:
    return bool(((got - want.value).abs() <= want.tolerance).all())


def _constant_factor(got: Tensor, want: Tensor) -> float | None:
    """c where got = c · want, else None: the least-squares c with next to no residual."""
    square = float((want * want).sum())
    if square == 0 or got.numel() < 3:
        return None
    factor = float((got * want).sum()) / square
    residual = float((got - factor * want).norm()) / (abs(factor) * square**0.5 + 1e-300)
    return factor if residual < 1e-4 and abs(factor - 1) > 1e-6 else None


def _one_devices_part(
    name: str, got: Tensor, expected: Mapping[str, Expected], before: Mapping[str, Tensor]
) -> int | None:
    """The device whose partial sum this is: Y = X_k W_kᵀ (+ b) row-wise, dX = dY_k W_k column-wise."""
    double = {key: tensor.double().cpu() for key, tensor in before.items() if key[:2] in ("W_", "X_") or key == "b"}
    for device in (1, 2):
        W, X, b = (double.get(key) for key in (f"W_gpu{device}", f"X_gpu{device}", "b"))
        if W is None or X is None or b is None:
            return None
        parts = []
        if name == "Y" and X.shape[1] == W.shape[1] and W.shape[0] == got.shape[1]:
            parts = [X @ W.T, X @ W.T + b]
        if name == "dX" and "dY" in expected and W.shape[1] == got.shape[1]:
            dY = expected["dY"].value
            rows = W.shape[0]
            parts = [(dY[:, :rows] if device == 1 else dY[:, -rows:]) @ W]
        if any(float((got - part).norm()) < 1e-4 * float(part.norm()) for part in parts):
            return device
    return None


def _step(name: str, got: Tensor, want: Tensor, before: Mapping[str, Tensor]) -> float | None:
    """c where an update made c times the right step, else None."""
    start = before.get(name, before.get(name[0])) if name.startswith(("W", "b_")) else None
    if start is None or start.shape != got.shape:
        return None
    old = start.double().cpu()
    # the step is small beside the weights, and so is its factor's precision in float32
    right = want - old
    factor = float(((got - old) * right).sum()) / (float((right * right).sum()) + 1e-300)
    residual = float((got - old - factor * right).norm()) / (float(right.norm()) * abs(factor) + 1e-300)
    return factor if residual < 1e-3 and abs(factor - 1) > 1e-3 else None


def _times_bias(got: Tensor, want: Tensor, before: Mapping[str, Tensor]) -> float | None:
    """k where got = want + (k - 1) b on every row, else None."""
    bias = before.get("b")
    if bias is None or got.dim() != 2 or got.shape[1:] != bias.shape[1:]:
        return None
    b = bias.double().cpu().expand_as(got)
    difference = got - want
    extra = float((difference * b).sum() / (b * b).sum())
    residual = float((difference - extra * b).norm()) / (abs(extra) * float(b.norm()) + 1e-300)
    return 1 + extra if residual < 1e-3 else None
