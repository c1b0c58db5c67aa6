"""Mistakes of the shard step: which rows or columns lie on which device."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from grader.lab import CHUNK, EVERYWHERE, FLOOR, N_, Made, Mistake, Variant, bound, each, each_wrong, one
from grader.labs.linear.mistakes.step import Step, base_of, device

SHARDED = ("W_gpu", "b_gpu", "X_gpu")
# the largest out_ch and in_ch of the confirming challenges
LARGEST = {0: 16, 1: 12}


def cut_dim(s: Step, name: str) -> int | None:
    """The dimension along which a variable is cut, or None where each device has all of it."""
    dims = {0: {"W": 0, "b": 1}, 1: {"W": 1, "X": 1}}
    return dims[s.shard_dim or 0].get(base_of(name))


def _sharded(s: Step, name: str) -> tuple[Tensor, int]:
    """The whole tensor that a variable is cut of, and where.

    Raises:
        ValueError: it is not cut.
    """
    dim = cut_dim(s, name)
    if dim is None:
        raise ValueError(f"{name} is not cut")
    return s.inputs[base_of(name)], dim


def _swapped(s: Step, name: str) -> Tensor:
    _sharded(s, name)
    return s.right[s.other(name)]


def _whole(s: Step, name: str) -> Tensor:
    return _sharded(s, name)[0]


def _alternating(s: Step, name: str) -> Tensor:
    whole, dim = _sharded(s, name)
    return whole[device(name) - 1 :: 2] if dim == 0 else whole[:, device(name) - 1 :: 2]


def _equal_sizes(s: Step, name: str) -> Tensor:
    """[:n // 2] and [n // 2 : 2 (n // 2)]."""
    whole, dim = _sharded(s, name)
    half = whole.shape[dim] // 2
    return whole.narrow(dim, (device(name) - 1) * half, half)


def _needless_cut(s: Step, name: str) -> Tensor:
    """The bias or X cut along the features, as the other way of cutting does it."""
    if cut_dim(s, name) is not None:
        raise ValueError(f"{name} has to be cut")
    return s.part(s.inputs[base_of(name)], 1, device(name))


def _batch_cut(s: Step, name: str) -> Tensor:
    if base_of(name) != "X":
        raise ValueError("only X has a batch")
    return s.part(s.inputs["X"], 0, device(name))


def _halved(s: Step, name: str) -> Tensor:
    if base_of(name) != "b":
        raise ValueError("only the bias is added on each device")
    return s.right[name] / 2


def _wrong_dim(s: Step, name: str) -> Tensor:
    whole, dim = _sharded(s, name)
    return s.part(whole, 1 - dim, device(name))


def _other_way(s: Step) -> Made:
    """All variables as the other section cuts them."""
    cut = {"W": 1 - (s.shard_dim or 0), "X" if s.shard_dim == 0 else "b": 1}
    return {
        name: s.part(s.inputs[base], cut[base], device(name)) if (base := base_of(name)) in cut else s.inputs[base]
        for name in s.right
    }


def _in_pairs(first: Step) -> bool:
    """Whether both parts of whatever is cut are wrong."""
    return all(first.other(name) in first.wrong for name in first.wrong)


def _at_a_number(first: Step) -> Iterator[Variant]:
    """Cut at the same number whatever the size is, where one of the confirming sizes is larger than the number."""
    for number in range(1, LARGEST[first.shard_dim or 0]) if _in_pairs(first) else ():
        yield from each_wrong(first, bound(_split_at, number), SHARDED)


def _all_on_device_1(first: Step) -> Iterator[Variant]:
    if _in_pairs(first):
        yield from each_wrong(first, lambda s, name: _split_at(s, name, _whole(s, name).numel()), SHARDED)


def _split_at(s: Step, name: str, number: int) -> Tensor:
    whole, dim = _sharded(s, name)
    start = (0, number) if device(name) == 1 else (number, whole.shape[dim])
    return whole[start[0] : start[1]] if dim == 0 else whole[:, start[0] : start[1]]


def _other_cut(s: Step, name: str) -> Tensor:
    """This variable cut with the extra row on the device on which the others do not have it."""
    whole, dim = _sharded(s, name)
    size = whole.shape[dim]
    other = s.case.laid_out(CHUNK if s.case.layout == FLOOR else FLOOR)
    return whole.narrow(dim, *other.part(size, device(name) - 1))


SHARDS = (
    each(
        "shards-swapped",
        N_(": it looks like the other device's half in {names}; device 1 has the first half"),
        _swapped,
        SHARDED,
    ),
    each("not-cut", N_(": it looks like {names} not cut; each device has one half"), _whole, SHARDED),
    each(
        "alternating",
        N_(": it looks like every other row or column in {names}; a shard is a half in one piece"),
        _alternating,
        SHARDED,
    ),
    each(
        "last-row-lost",
        N_(": it looks like both shards get size // 2, which loses the last row or column of an odd "
           "size; the second goes to the end"),
        _equal_sizes,
        SHARDED,
    ),
    each(
        "extra-row-elsewhere",
        N_(": it looks like another place of the cut for {names} where the size is odd; cut W and what "
           "goes with it at the same place"),
        _other_cut,
        SHARDED,
    ),
    each(
        "cut-needlessly",
        N_(": it looks like a needless cut in {names}; here each device has all of it"),
        _needless_cut,
        SHARDED,
    ),
    each(
        "cut-along-the-batch",
        N_(": it looks like a cut along the batch, dim 0, in {names}; tensor parallelism does not cut the batch"),
        _batch_cut,
        ("X_gpu",),
    ),
    each(
        "cut-along-wrong-dim",
        N_(": it looks like a cut along the wrong dimension in {names}; column-wise cuts out_ch (dim 0 "
           "of W), row-wise in_ch (dim 1)"),
        _wrong_dim,
        ("W_gpu",),
    ),
    one(
        "other-way-of-cutting",
        N_(": it looks like everything is cut the other way; column-wise cuts W and b along out_ch, "
           "row-wise W and X along in_ch"),
        _other_way,
    ),
    each(
        "bias-halved",
        N_(": it looks like {names} halved, perhaps divided by the number of devices; the numbers of b "
           "stay as they are"),
        _halved,
        ("b_gpu",),
    ),
    Mistake(
        "all-on-device-1",
        N_(": it looks like device 1 gets everything and device 2 nothing, as when a fixed number is larger than the "
           "size; cut at half of the size"),
        _all_on_device_1,
    ),
    Mistake(
        "size-written-out",
        N_(": it looks like the cut is made at a number written out; take half of the size that W has"),
        _at_a_number,
    ),
)
COLUMN_SHARD = (*SHARDS, *EVERYWHERE)
ROW_SHARD = (*SHARDS, *EVERYWHERE)
