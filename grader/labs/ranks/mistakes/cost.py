"""Mistakes of the prediction: what is counted, and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from grader.lab import N_, Mistake, Variant, bound, several
from grader.labs.ranks.mistakes.situation import Outcome, Ranks, on_every_rank

NAMES = ("all_reduce", "all_gather", "reduce_scatter")
Count = Callable[[int, int], float]


def counted(**counts: Count) -> Outcome:
    """The outcome in which these are so many, of n numbers and N ranks."""

    def made(s: Ranks) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for name, count in counts.items():
            value = torch.tensor(float(count(s.n, s.world)), dtype=torch.float64)
            found |= on_every_rank(name, lambda s, rank, value=value: value)(s)  # type: ignore[misc]
        return found

    return made


def both(count: Count) -> dict[str, Count]:
    """All-gather and reduce-scatter alike."""
    return {"all_gather": count, "reduce_scatter": count}


def everything(count: Count) -> Outcome:
    """All-gather and reduce-scatter are so many, an all-reduce twice as many."""
    return counted(all_reduce=lambda n, world: 2 * count(n, world), **both(count))


def _bytes(first: Ranks) -> Iterator[Variant]:
    for size in (4, 8):
        yield Variant(_times(size), {"bytes": size})


def _times(size: int) -> Outcome:
    return everything(lambda n, world: size * n * (world - 1) / world)


def _half(n: int, world: int) -> float:
    return n * (world - 1) / world


def _whole(n: int, world: int) -> float:
    return 2 * n * (world - 1) // world


PREDICT = (
    several(
        "rank-counted-too",
        N_(": it looks like n where (N - 1)/N of n leave a rank; what stays on a rank isn't sent"),
        Variant(everything(lambda n, world: n)),
        Variant(everything(lambda n, world: n if world > 1 else 0)),
        Variant(counted(all_reduce=lambda n, world: 2 * n)),
        Variant(counted(**both(lambda n, world: n))),
    ),
    several(
        "one-pass",
        N_(": it looks like half of an all-reduce; it is a reduce-scatter and an all-gather"),
        Variant(counted(all_reduce=lambda n, world: n * (world - 1) / world)),
    ),
    several(
        "not-in-chunks",
        N_(": it looks like whole tensors go round, or what leaves all ranks together; each message has one chunk, n/N "
           "numbers"),
        Variant(everything(lambda n, world: n * (world - 1))),
        Variant(counted(all_reduce=lambda n, world: 2 * n * (world - 1))),
        Variant(counted(all_reduce=lambda n, world: n * (world - 1))),
        Variant(counted(all_reduce=lambda n, world: n * (world - 1), **both(lambda n, world: n * (world - 1)))),
        Variant(counted(**both(lambda n, world: n * (world - 1)))),
        Variant(counted(all_gather=lambda n, world: n * (world - 1))),
    ),
    several(
        "messages-not-numbers",
        N_(": it looks like the number of messages; count the numbers in them"),
        Variant(counted(all_reduce=lambda n, world: 2 * (world - 1), **both(lambda n, world: world - 1))),
    ),
    several(
        "rounded-to-whole-numbers",
        N_(": it looks like rounding to whole numbers; on average over the ranks it may be a fraction"),
        Variant(everything(lambda n, world: n // world * (world - 1))),
        Variant(everything(lambda n, world: n * (world - 1) // world)),
        Variant(everything(lambda n, world: -(-n // world) * (world - 1))),
        Variant(counted(all_reduce=_whole, **both(lambda n, world: n * (world - 1) // world))),
    ),
    several(
        "what-stays",
        N_(": it looks like what stays on a rank, n/N; the other N - 1 chunks leave it"),
        Variant(everything(lambda n, world: n / world)),
        Variant(counted(**both(lambda n, world: n / world))),
    ),
    several(
        "four-ranks-written-out",
        N_(": it looks like what {ranks} ranks move, written out; there are world_size of them"),
        *(Variant(everything(bound(lambda n, world, ranks: n * (ranks - 1) / ranks, ranks)), {"ranks": ranks})
          for ranks in (2, 4)),
    ),
    several(
        "another-order",
        N_(": it looks like the three numbers in another order; it is all_reduce, all_gather, reduce_scatter"),
        Variant(counted(all_reduce=_half, all_gather=lambda n, world: 2 * _half(n, world), reduce_scatter=_half)),
        Variant(counted(all_reduce=_half, all_gather=_half, reduce_scatter=lambda n, world: 2 * _half(n, world))),
    ),
    Mistake("bytes-not-numbers", N_(": it looks like {bytes} bytes a number; count numbers"), _bytes),
)  # fmt: skip
