"""Mistakes of the forward pass on two devices: parts joined, added and multiplied in the wrong way."""

from __future__ import annotations

import torch
from torch import Tensor

from grader.lab import EVERYWHERE, N_, Variant, bound, one, several
from grader.labs.linear.mistakes.forward import FORWARD, WHOLE, Outcome, make, product
from grader.labs.linear.mistakes.step import Step

DEVICES = (1, 2)


def partial(s: Step, device: int, weights: int | None = None) -> Tensor:
    """X_k W_kᵀ, without the bias; or with the other device's weights."""
    return s[f"X_gpu{device}"] @ s[f"W_gpu{weights or device}"].T


def shard(s: Step, device: int, weights: int | None = None, bias: int | None = None) -> Tensor:
    """Column-wise: device k's columns of Y."""
    part, b = partial(s, device, weights), s[f"b_gpu{bias or device}"]
    if part.shape[1] != b.shape[1]:
        raise ValueError("the shards' sizes differ")
    return part + b


COLUMN = (
    several(
        "bias-on-one-device",
        N_(": it looks like only device {device} adds its part of the bias; both have to"),
        *(
            Variant(
                make(bound(lambda s, k: torch.cat([shard(s, j) if j == k else partial(s, j) for j in DEVICES], 1), k)),
                {"device": k},
            )
            for k in DEVICES
        ),
    ),
    several(
        "bias-of-the-other-device",
        N_(": it looks like a device adds the other device's part of the bias; each adds its own"),
        *(
            Variant(make(bound(lambda s, b1, b2: torch.cat((shard(s, 1, bias=b1), shard(s, 2, bias=b2)), 1), b1, b2)))
            for b1, b2 in ((2, 1), (1, 1), (2, 2))
        ),
    ),
    one(
        "joined-in-wrong-order",
        N_(": it looks like the parts are joined in the wrong order; device 1's columns come first"),
        make(lambda s: torch.cat((shard(s, 2), shard(s, 1)), 1)),
    ),
    one(
        "joined-along-wrong-dim",
        N_(": it looks like the parts are joined along dim 0, the batch; all-gather puts columns side by side, dim 1"),
        make(lambda s: torch.cat((shard(s, 1), shard(s, 2)), 0)),
    ),
    one(
        "stacked",
        N_(": it looks like the parts are stacked, which makes a new dimension; join them with torch.cat"),
        make(lambda s: torch.stack((shard(s, 1), shard(s, 2)))),
    ),
    one(
        "interleaved",
        N_(": it looks like the columns of the two devices alternate; device 1's come first, then device 2's"),
        make(lambda s: torch.stack((shard(s, 1), shard(s, 2)), 2).flatten(1)),
    ),
    several(
        "added-not-joined",
        N_(": it looks like the parts are added or averaged; they are different columns of Y, join them"),
        Variant(make(lambda s: shard(s, 1) + shard(s, 2))),
        Variant(make(lambda s: (shard(s, 1) + shard(s, 2)) / 2)),
    ),
    several(
        "one-device-alone",
        N_(": it looks like the part of device {device} alone; the all-gather is missing"),
        *(Variant(make(bound(shard, k)), {"device": k}) for k in DEVICES),
    ),
    several(
        "one-device-twice",
        N_(": it looks like the part of device {device} is taken for both devices; each computes with its own W and b"),
        *(
            Variant(make(bound(lambda s, k: torch.cat((shard(s, k), shard(s, k)), 1), k)), {"device": k})
            for k in DEVICES
        ),
    ),
    several(
        "other-devices-weights",
        N_(": it looks like device {device} multiplies by the other device's W; each has its own"),
        *(
            Variant(make(bound(lambda s, k: torch.cat([shard(s, j, k, j) for j in DEVICES], 1), k)), {"device": 3 - k})
            for k in DEVICES
        ),
    ),
)


def _summed(s: Step, c: float) -> Tensor:
    return partial(s, 1) + partial(s, 2) + c * s["b"]


def _joined(dim: int | None, first: int, second: int) -> Outcome:
    def join(s: Step) -> Tensor:
        parts = [partial(s, 1) + first * s["b"], partial(s, 2) + second * s["b"]]
        return torch.stack(parts) if dim is None else torch.cat(parts, dim)

    return make(join)


ROW = (
    one(
        "bias-on-every-rank",
        N_(": it looks like the bias is in the sum twice, as when both devices add it; "
           "add it once, after the all-reduce"),
        make(lambda s: _summed(s, 2)),
    ),
    several(
        "not-reduced",
        N_(": it looks like the partial sum of device {device} alone; the all-reduce is missing"),
        *(
            Variant(make(bound(lambda s, k, c: partial(s, k) + c * s["b"], k, c)), {"device": k})
            for k in DEVICES
            for c in (1, 0)
        ),
    ),
    several(
        "averaged-not-added",
        N_(": it looks like the partial sums of the two devices are averaged; an all-reduce adds them"),
        *(Variant(make(bound(lambda s, c: product(s) / 2 + c * s["b"], c))) for c in (1, 0.5)),
    ),
    one(
        "bias-over-world-size",
        N_(": it looks like the bias is divided by the number of devices; added once, it stays whole"),
        make(lambda s: _summed(s, 0.5)),
    ),
    several(
        "joined-not-added",
        N_(": it looks like the partial sums are joined; they are parts of the same numbers, add them (all-reduce)"),
        *(
            Variant(_joined(dim, first, second))
            for dim in (1, 0, None)
            for first, second in ((1, 1), (0, 0), (1, 0), (0, 1))
        ),
    ),
    several(
        "one-device-twice",
        N_(": it looks like the partial sum of device {device} is added twice; add device 1's and device 2's"),
        *(
            Variant(make(bound(lambda s, k, c: 2 * partial(s, k) + c * s["b"], k, c)), {"device": k})
            for k in DEVICES
            for c in (1, 2, 0)
        ),
    ),
    several(
        "counted-twice",
        N_(": it looks like the partial sum of device {device} is counted twice, for example by `+=` "
           "and `+`; once is right"),
        *(
            Variant(make(bound(lambda s, k: product(s) + s["b"] + partial(s, k), k)), {"device": k}) for k in DEVICES
        ),
    ),
    several(
        "other-devices-shard",
        N_(": it looks like a device multiplies with the other device's shard; X_gpu1 belongs to "
           "W_gpu1, X_gpu2 to W_gpu2"),
        *(
            Variant(make(bound(lambda s, p, c: sum((partial(s, x, w) for x, w in p), c * s["b"]), pairs, c)))
            for pairs in (((1, 2), (2, 1)), ((1, 1), (1, 2)), ((1, 1), (2, 1)), ((1, 2), (2, 2)), ((2, 1), (2, 2)))
            for c in (1, 2)
        ),
    ),
    one(
        "subtracted-not-added",
        N_(": it looks like one partial sum is subtracted from the other; an all-reduce adds them"),
        make(lambda s: partial(s, 1) - partial(s, 2) + s["b"]),
    ),
    one(
        "multiplied-not-added",
        N_(": it looks like the partial sums are multiplied; an all-reduce adds them"),
        make(lambda s: partial(s, 1) * partial(s, 2) + s["b"]),
    ),
)

COLUMN_FORWARD = (*FORWARD, *WHOLE, *COLUMN, *EVERYWHERE)
ROW_FORWARD = (*FORWARD, *ROW, *EVERYWHERE)
