"""Mistakes of the backward pass on two devices: gradients joined, added and taken from the wrong shard."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from grader.lab import EVERYWHERE, LOW_PRECISIONS, N_, Mistake, Variant, bound, each, one, several
from grader.labs.linear.mistakes.backward import ANYWHERE, DEVICES, TWICE, columns, dX, part
from grader.labs.linear.mistakes.loss_gradient import LOSS_GRADIENT
from grader.labs.linear.mistakes.step import Step, base_of


def _low_reduce(first: Step) -> Iterator[Variant]:
    for name, low in LOW_PRECISIONS.items():
        yield Variant(dX(bound(_added_in, low)), {"dtype": name})


def _added_in(s: Step, low: torch.dtype) -> Tensor:
    return (part(s, 1).to(low) + part(s, 2).to(low)).double()


ONCE_MORE = (
    each(
        "all-reduced-for-nothing",
        N_(": it looks like {names} summed over the devices, though each already has all of it; do "
           "without the all-reduce"),
        lambda s, name: 2 * s.right[name],
        ("db",),
    ),
    each(
        "gradient-twice",
        N_(": it looks like {names} counted twice; once is right"),
        lambda s, name: 2 * s.right[name],
        ("dX", "dW"),
    ),
)
HALVED = each(
    "gradient-over-world-size",
    N_(": it looks like {names} halved, perhaps divided by the number of devices; nothing is averaged over them"),
    lambda s, name: s.right[name] / 2,
    ("dW", "db"),
)
SHARDS = (
    HALVED,
    each(
        "other-devices-dW",
        N_(": it looks like the other device's shard in {names}; each device takes its own"),
        lambda s, name: s.right[s.other(name)],
        ("dW_gpu", "db_gpu"),
    ),
)
COLUMN = (
    several(
        "not-reduced",
        N_(": it looks like the part of device {device} alone; the all-reduce is missing"),
        *(Variant(dX(bound(part, k)), {"device": k}) for k in DEVICES),
    ),
    one(
        "averaged-not-added",
        N_(": it looks like the parts of the two devices are averaged; an all-reduce adds them"),
        dX(lambda s: (part(s, 1) + part(s, 2)) / 2),
    ),
    several(
        "joined-not-added",
        N_(": it looks like the parts of dX are joined; they are parts of the same numbers, add them (all-reduce)"),
        Variant(dX(lambda s: torch.cat((part(s, 1), part(s, 2)), 1))),
        Variant(dX(lambda s: torch.cat((part(s, 1), part(s, 2)), 0))),
        Variant(dX(lambda s: torch.stack((part(s, 1), part(s, 2))))),
    ),
    several(
        "one-device-twice",
        N_(": it looks like the part of device {device} is added twice; add device 1's and device 2's"),
        *(Variant(dX(bound(lambda s, k: 2 * part(s, k), k)), {"device": k}) for k in DEVICES),
    ),
    several(
        "counted-twice",
        N_(": it looks like the part of device {device} is counted twice, for example by `+=` and `+`; once is right"),
        *(Variant(dX(bound(lambda s, k: part(s, 1) + part(s, 2) + part(s, k), k)), {"device": k}) for k in DEVICES),
    ),
    several(
        "other-devices-weights",
        N_(": it looks like a device multiplies its columns of dY by the other device's W; each has its own"),
        Variant(dX(lambda s: part(s, 1, 2) + part(s, 2, 1))),
        Variant(dX(lambda s: part(s, 1) + part(s, 2, 1))),
        Variant(dX(lambda s: part(s, 1, 2) + part(s, 2))),
    ),
    several(
        "other-devices-columns",
        N_(": it looks like the same columns of dY go to both devices; each takes those of its own outputs"),
        *(
            Variant(dX(bound(lambda s, k: columns(s, k) @ (s["W_gpu1"] + s["W_gpu2"]), k)))
            for k in DEVICES
        ),
    ),
    one(
        "subtracted-not-added",
        N_(": it looks like one part of dX is subtracted from the other; an all-reduce adds them"),
        dX(lambda s: part(s, 1) - part(s, 2)),
    ),
    Mistake(
        "all-reduce-in-low-precision",
        N_(": it looks like the parts of dX are added in {dtype}; keep the dtype of the data"),
        _low_reduce,
    ),
    each(
        "all-reduced-for-nothing",
        N_(": it looks like {names} summed over the devices; each device keeps the gradient of its own shard"),
        lambda s, name: s.right[name] + s.right[s.other(name)],
        ("dW_gpu", "db_gpu"),
    ),
    each(
        "not-cut",
        N_(": it looks like the whole gradient in {names}; each device has that of its own shard"),
        lambda s, name: s.joined(base_of(name), s.right[name].dim() - 1),
        ("dW_gpu", "db_gpu"),
    ),
)
ROW = (
    one(
        "joined-in-wrong-order",
        N_(": it looks like the parts of dX are joined in the wrong order; device 1's come first"),
        dX(lambda s: torch.cat((part(s, 2), part(s, 1)), 1)),
    ),
    one(
        "joined-along-wrong-dim",
        N_(": it looks like the parts of dX are joined along dim 0, the batch; they stand side by side, dim 1"),
        dX(lambda s: torch.cat((part(s, 1), part(s, 2)), 0)),
    ),
    one(
        "stacked",
        N_(": it looks like the parts of dX are stacked, which makes a new dimension; join them with torch.cat"),
        dX(lambda s: torch.stack((part(s, 1), part(s, 2)))),
    ),
    several(
        "added-not-joined",
        N_(": it looks like the parts of dX are added or averaged; they are different columns, join them"),
        Variant(dX(lambda s: part(s, 1) + part(s, 2))),
        Variant(dX(lambda s: (part(s, 1) + part(s, 2)) / 2)),
    ),
    several(
        "one-device-alone",
        N_(": it looks like the part of device {device} alone; join the parts of both"),
        *(Variant(dX(bound(part, k)), {"device": k}) for k in DEVICES),
    ),
    several(
        "other-devices-weights",
        N_(": it looks like W_gpu{device} is used for both parts of dX; each device has its own W"),
        *(Variant(dX(bound(lambda s, k: torch.cat((part(s, k), part(s, k)), 1), k)), {"device": k}) for k in DEVICES),
    ),
    each(
        "gradients-added",
        N_(": it looks like {names} summed over the devices; each device keeps the gradient of its own shard"),
        lambda s, name: s.right[name] + s.right[s.other(name)],
        ("dW_gpu",),
    ),
    each(
        "not-cut",
        N_(": it looks like the whole gradient in {names}; each device has that of its own shard"),
        lambda s, name: s.joined(base_of(name), 1),
        ("dW_gpu",),
    ),
)

COLUMN_BACKWARD = (*LOSS_GRADIENT, *ANYWHERE, TWICE, *SHARDS, *COLUMN, *EVERYWHERE)
ROW_BACKWARD = (*LOSS_GRADIENT, *ANYWHERE, *ONCE_MORE, *SHARDS, *ROW, *EVERYWHERE)
