"""Mistakes of the repaired program: which mean is taken away."""

from __future__ import annotations

import torch
from torch import Tensor

from grader.lab import EVERYWHERE, N_, Variant, bound, one, several
from grader.labs.ranks.mistakes.situation import CHOSEN, Chosen, Outcome, Ranks, added, on_every_rank


def less(total: Outcome) -> Outcome:
    """The outcome in which each rank takes away what `total` says of it, divided by n."""
    return lambda s: {name: s[name.replace(".y", ".x")] - value / s.n for name, value in total(s).items()}


def _sums(s: Ranks) -> list[Tensor]:
    return [part.sum() for part in s.of("x")]


def _chosen(s: Ranks, rank: int, chosen: Chosen) -> Tensor:
    return added(_sums(s), chosen(rank, s.world))


def _all_but_the_next(rank: int, world: int) -> list[int]:
    return [other for other in range(world) if other != (rank + 1) % world]


def _running(s: Ranks, rank: int) -> Tensor:
    sums = _sums(s)
    for _ in range(s.world - 1):
        sums = [own + sums[place - 1] for place, own in enumerate(sums)]
    return sums[rank]


def total(s: Ranks) -> Tensor:
    return torch.stack(_sums(s)).sum()


def _over_own_length(s: Ranks, rank: int) -> Tensor:
    own = s.of("x")[rank]
    return own - total(s) / len(own)


HANG = (
    several(
        "own-mean",
        N_(": it looks like the mean of the rank's own numbers; take that of all n"),
        Variant(on_every_rank("y", lambda s, rank: s.of("x")[rank] - s.of("x")[rank].mean())),
        Variant(less(on_every_rank("y", lambda s, rank: _sums(s)[rank]))),
    ),
    several(
        "divided-by-another-number",
        N_(": it looks like the sum divided by {by}; the mean of all numbers is their sum over n"),
        Variant(on_every_rank("y", lambda s, rank: s.of("x")[rank] - total(s) / s.world), {"by": "world_size"}),
        Variant(on_every_rank("y", _over_own_length), {"by": "len(x)"}),
        Variant(less(on_every_rank("y", lambda s, rank: total(s) / s.world)), {"by": "n * world_size"}),
        Variant(on_every_rank("y", lambda s, rank: s.of("x")[rank] - total(s)), {"by": "1"}),
    ),
    several(
        "some-ranks-only",
        N_(": it looks like the sum over these ranks only: {which}; all of them are added"),
        *(Variant(less(on_every_rank("y", bound(_chosen, chosen))), {"which": which})
          for which, chosen in {**CHOSEN, "all but rank + 1": _all_but_the_next}.items()),
    ),
    one(
        "sum-sent-on",
        N_(": it looks like the sum so far goes round in place of what arrived, so that parts count several times"),
        less(on_every_rank("y", _running)),
    ),
    one(
        "mean-of-means",
        N_(": it looks like the mean of the ranks' means; parts of different size don't count alike"),
        on_every_rank("y", lambda s, rank: s.of("x")[rank] - torch.stack([part.mean() for part in s.of("x")]).mean()),
    ),
    one(
        "mean-itself",
        N_(": it looks like the mean itself; return x less the mean"),
        on_every_rank("y", lambda s, rank: torch.zeros_like(s.of("x")[rank]) + total(s) / s.n),
    ),
    one(
        "nothing-taken-away",
        N_(": it looks like x itself; take the mean of all n numbers away"),
        on_every_rank("y", lambda s, rank: s.of("x")[rank]),
    ),
    *EVERYWHERE,
)  # fmt: skip
