"""Sums over ranks: what of a wrong sum the ranks' parts explain, number by number."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import torch
from torch import Tensor

from grader.lab.messages import N_, Message, message
from grader.lab.values import Expected

MAX_RANKS = 8


def explained_sum(
    got: Tensor, want: Expected, parts: Sequence[Tensor], rest: Tensor, called: str = "bias"
) -> Message | None:
    """What a wrong sum is, where the parts of some ranks give it and nothing else does; None where none or several do.

    `parts` are the ranks' parts of it, float64 on the CPU, each of its shape, and `rest`, which is `called`
    so, is what is added to it once.
    """
    if len(parts) > MAX_RANKS:
        return None
    got = got.detach().double().cpu()
    told = [hint for value, hint in _wrong_sums(parts, rest, called) if _is(got, value, want)]
    return told[0] if len(told) == 1 else None


def _is(got: Tensor, value: Tensor, want: Expected) -> bool:
    return got.shape == value.shape and bool(((got - value).abs() <= 2 * want.tolerance).all())


def _wrong_sums(parts: Sequence[Tensor], rest: Tensor, called: str) -> Iterator[tuple[Tensor, Message]]:
    everyone = range(len(parts))
    whole = torch.stack(list(parts)).sum(0)
    yield whole / len(parts) + rest, message(N_(": the ranks' parts are averaged, not added"))
    for count in range(1, len(parts)):
        for ranks in combinations(everyone, count):
            hint = message(N_(": it is the sum over these ranks only: {ranks}"), ranks=", ".join(map(str, ranks)))
            yield torch.stack([parts[rank] for rank in ranks]).sum(0) + rest, hint
    if bool((rest != 0).any()):
        for times in (0, *range(2, len(parts) + 2)):
            yield whole + times * rest, message(
                N_(": {name} is in it {times} times, and not once"), name=called, times=times
            )
