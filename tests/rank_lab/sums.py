"""Sums over ranks: what of a wrong sum the ranks' parts explain, number by number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import torch
from torch import Tensor

from grader.lab import N_, Expected, Message, message

MAX_RANKS = 8
Inputs = Mapping[str, Tensor]


def sum_seen(
    task: str, name: str, inputs: Sequence[Inputs], expected: Mapping[str, Expected], outputs: Inputs
) -> Message | None:
    """What a wrong sum is, where the parts of some ranks give it and nothing else does.

    `inputs` are those of all ranks before they ran; the sum is Y of a row-parallel layer, or dX of a column-parallel
    one.
    """
    summed = "Y" if task.startswith("row") else "dX"
    if name != summed or name not in expected or len(inputs) > MAX_RANKS:
        return None
    got, want = outputs[name].detach().double().cpu(), expected[name]
    told = [hint for value, hint in _wrong_sums(task, inputs, expected) if _is(got, value, want)]
    return told[0] if len(told) == 1 else None


def _is(got: Tensor, value: Tensor, want: Expected) -> bool:
    return bool(((got - value).abs() <= 2 * want.tolerance).all())


def _wrong_sums(
    task: str, inputs: Sequence[Inputs], expected: Mapping[str, Expected]
) -> Iterator[tuple[Tensor, Message]]:
    parts, rest = _parts(task, inputs, expected)
    everyone = range(len(parts))
    whole = torch.stack(parts).sum(0)
    yield whole / len(parts) + rest, message(N_(": the ranks' parts are averaged, not added"))
    for count in range(1, len(parts)):
        for ranks in combinations(everyone, count):
            hint = message(N_(": it is the sum over these ranks only: {ranks}"), ranks=", ".join(map(str, ranks)))
            yield torch.stack([parts[rank] for rank in ranks]).sum(0) + rest, hint
    if bool((rest != 0).any()):
        for times in (0, *range(2, len(parts) + 2)):
            yield whole + times * rest, message(N_(": b is in it {times} times, and not once"), times=times)


def _parts(
    task: str, inputs: Sequence[Inputs], expected: Mapping[str, Expected]
) -> tuple[list[Tensor], Tensor]:
    """Each rank's part of the sum, and what is added to it once."""
    shards = [mine["W"].double().cpu() for mine in inputs]
    if task.startswith("row"):
        parts = [mine["X"].double().cpu() @ shard.T for mine, shard in zip(inputs, shards, strict=True)]
        return parts, inputs[0]["b"].double().cpu()
    if "dY" in inputs[0]:
        dY = inputs[0]["dY"].double().cpu()
    else:
        Y = expected["Y"].value
        dY = 2 * (Y - inputs[0]["Y_gt"].double().cpu()) / Y.numel()
    columns = dY.split([len(shard) for shard in shards], 1)
    return [own @ shard for own, shard in zip(columns, shards, strict=True)], torch.zeros(())
