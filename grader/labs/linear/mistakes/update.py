"""Mistakes of the step: a parameter minus lr times its gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from torch import Tensor

from grader.lab import EVERYWHERE, N_, Mistake, Variant, each, each_wrong
from grader.labs.linear.mistakes.step import Step, device_of

PARAMETERS = ("W_", "b_", "linear.")


def stepped(factor: Callable[[Step], float]) -> Callable[[Step, str], Tensor]:
    """The parameter after a step `factor` times as long."""
    return lambda s, name: s.old(name) - factor(s) * s.lr * s.gradient(name)


def lr_written_out(first: Step) -> Iterator[Variant]:
    """A step whose learning rate is the same number on every challenge: read off the first."""
    name = next((name for name in first.right if name in first.wrong), None)
    if name is None or first.got[name].shape != first.right[name].shape:
        return
    gradient = first.gradient(name)
    lr = float(((first.old(name) - first.got[name]) * gradient).sum() / (gradient * gradient).sum())
    if abs(lr) > 1e-9 and abs(lr - 1) > 1e-9:
        lr = float(f"{lr:.6g}")
        yield from each_wrong(first, lambda s, name: s.old(name) - lr * s.gradient(name), PARAMETERS, number=f"{lr:g}")


def _other_devices_gradient(s: Step, name: str) -> Tensor:
    if device_of(name) is None:
        return s.right[name]
    return _subtract(s.old(name), s.lr * s.gradient(s.other(name)))


def _subtract(old: Tensor, step: Tensor) -> Tensor:
    if old.shape != step.shape:
        raise ValueError("the shapes differ")
    return old - step


def _decayed(first: Step) -> Iterator[Variant]:
    name = next((name for name in first.right if name in first.wrong), None)
    if name is None or first.got[name].shape != first.right[name].shape:
        return
    old = first.old(name)
    decay = float(((first.right[name] - first.got[name]) * old).sum() / (old * old).sum()) / first.lr
    decay = float(f"{decay:.6g}")
    if abs(decay) > 1e-9:
        yield from each_wrong(
            first, lambda s, name: s.right[name] - s.lr * decay * s.old(name), PARAMETERS, number=f"{decay:g}"
        )


STEP = (
    Mistake(
        "lr-written-out",
        N_(": it looks like the step is made with {number}, whatever lr is; use the variable lr"),
        lr_written_out,
    ),
    each(
        "lr-missing",
        N_(": it looks like lr is missing; the step is lr times the gradient"),
        lambda s, name: s.old(name) - s.gradient(name),
        PARAMETERS,
    ),
    each(
        "step-wrong-way",
        N_(": it looks like the step goes up the gradient; it is subtracted, not added"),
        stepped(lambda s: -1),
        PARAMETERS,
    ),
    each(
        "not-updated",
        N_(": it looks like the step of {names} is missing; every part of W and b makes one"),
        stepped(lambda s: 0),
        PARAMETERS,
    ),
    each(
        "step-over-world-size",
        N_(": it looks like lr or the gradient is halved, perhaps divided by the number of devices; the "
           "step stays whole"),
        stepped(lambda s: 0.5),
        PARAMETERS,
    ),
    each(
        "step-over-batch",
        N_(": it looks like the step is divided by the batch size once more; dY is already divided by it"),
        stepped(lambda s: 1 / s.batch),
        PARAMETERS,
    ),
    each(
        "step-times-batch",
        N_(": it looks like the step is multiplied by the batch size; lr times the gradient is all"),
        stepped(lambda s: s.batch),
        PARAMETERS,
    ),
    each(
        "step-over-numel",
        N_(": it looks like the step is divided by the number of outputs once more; dY is already divided by it"),
        stepped(lambda s: 1 / (s.batch * s.fan_out)),
        PARAMETERS,
    ),
    each(
        "lr-squared",
        N_(": it looks like the gradient is multiplied by lr twice; once is right"),
        stepped(lambda s: s.lr),
        PARAMETERS,
    ),
    each(
        "divided-by-lr",
        N_(": it looks like the gradient is divided by lr; multiply by it"),
        stepped(lambda s: 1 / s.lr**2),
        PARAMETERS,
    ),
    Mistake(
        "old-value-lost",
        N_(": it looks like the step alone in {names}; subtract it from the old value"),
        lambda first: (
            *each_wrong(first, lambda s, name: s.lr * s.gradient(name), PARAMETERS),
            *each_wrong(first, lambda s, name: -s.lr * s.gradient(name), PARAMETERS),
        ),
    ),
    each(
        "gradient-itself",
        N_(": it looks like the gradient itself in {names}; subtract lr times it from the old value"),
        lambda s, name: s.gradient(name),
        PARAMETERS,
    ),
    Mistake(
        "weight-decay",
        N_(": it looks like weight decay of {number} is in the step; plain SGD has none"),
        _decayed,
    ),
)
TWICE = each(
    "stepped-twice",
    N_(": it looks like two steps in {names}; one is right, on two devices too"),
    stepped(lambda s: 2),
    PARAMETERS,
)
RESHAPED = each(
    "gradient-reshaped",
    N_(": it looks like dW is put into W's shape by reshape or view, which mixes up its numbers; `.T` transposes"),
    lambda s, name: s.old(name) - s.lr * s.gradient(name).T.contiguous().reshape(s.old(name).shape),
    ("W_",),
)
DEVICES = (
    each(
        "other-devices-gradient",
        N_(": it looks like the other device's step in {names}; each shard has its own gradient"),
        _other_devices_gradient,
        ("W_gpu", "b_gpu"),
    ),
    each(
        "shards-swapped",
        N_(": it looks like the other device's part in {names}; each device keeps its own"),
        lambda s, name: s.right[s.other(name)],
        ("W_gpu", "b_gpu"),
    ),
    each(
        "gradients-added",
        N_(": it looks like the gradients of both devices are added in {names}; each shard has its own"),
        lambda s, name: _subtract(s.right[name], s.lr * s.gradient(s.other(name))),
        ("W_gpu", "b_gpu"),
    ),
)

MANUAL_UPDATE = (*STEP, TWICE, RESHAPED, *EVERYWHERE)
COLUMN_UPDATE = (*STEP, TWICE, RESHAPED, *DEVICES, *EVERYWHERE)
ROW_UPDATE = (*STEP, TWICE, *DEVICES, *EVERYWHERE)
