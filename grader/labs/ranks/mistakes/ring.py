"""Mistakes of the ring: whose numbers arrive, which chunk is added or put where, and what of the sum is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from grader.lab import EVERYWHERE, N_, Mistake, Variant, bound, one, several
from grader.labs.ranks.mistakes.situation import CHOSEN, Chosen, Outcome, Ranks, added, on_every_rank

# What a rank makes of all ranks' rows, (n,).
Whole = Callable[[Ranks, int], Tensor]


def received(made: Whole) -> Outcome:
    return on_every_rank("received", made)


SHIFT = (
    one(
        "from-the-right",
        N_(": it looks like the numbers of the right neighbour; send to rank + 1, receive from rank - 1"),
        received(lambda s, rank: s.of("x")[(rank + 1) % s.world]),
    ),
    one(
        "own-numbers",
        N_(": it looks like the rank's own numbers; return what arrived from rank - 1"),
        received(lambda s, rank: s.of("x")[rank]),
    ),
    one(
        "no-ring",
        N_(": it looks like nothing arrives at rank 0; the last rank sends to the first: rank + 1 modulo world_size"),
        received(lambda s, rank: s.of("x")[max(0, rank - 1)]),
    ),
    several(
        "two-neighbours-on",
        N_(": it looks like the numbers of rank - 2, as after two rounds; this is one round"),
        Variant(received(lambda s, rank: s.of("x")[(rank - 2) % s.world])),
    ),
    several(
        "from-one-rank",
        N_(": it looks like the numbers of one and the same rank everywhere; each rank gets those of its own left "
           "neighbour"),
        Variant(received(lambda s, rank: s.of("x")[0])),
        Variant(received(lambda s, rank: s.of("x")[-1])),
    ),
    one(
        "added-to-its-own",
        N_(": it looks like the sum of the rank's own numbers and those that arrived; return those that arrived"),
        received(lambda s, rank: s.of("x")[rank] + s.of("x")[(rank - 1) % s.world]),
    ),
    *EVERYWHERE,
)  # fmt: skip


def total(s: Ranks, rank: int) -> Tensor:
    return torch.stack(s.of("x")).sum(0)


def _chosen(s: Ranks, rank: int, chosen: Chosen) -> Tensor:
    return added(s.of("x"), chosen(rank, s.world))


def _one_missing(s: Ranks, rank: int, off: int) -> Tensor:
    return total(s, rank) - s.of("x")[(rank + off) % s.world]


def _one_twice(s: Ranks, rank: int, off: int) -> Tensor:
    return total(s, rank) + s.of("x")[(rank + off) % s.world]


def _running(s: Ranks, rank: int) -> Tensor:
    """The sum grown by what arrived in each round, and sent on as a whole."""
    sums = s.of("x")
    for _ in range(s.world - 1):
        sums = [own + sums[place - 1] for place, own in enumerate(sums)]
    return sums[rank]


# What of the sum over all ranks is wrong, whatever chunk of it is asked for.
SUMS: tuple[tuple[str, str, tuple[tuple[Whole, dict[str, object]], ...]], ...] = (
    (
        "averaged-not-added",
        N_(": it looks like the ranks' parts are averaged; add them"),
        ((lambda s, rank: total(s, rank) / s.world, {}),),
    ),
    (
        "not-reduced",
        N_(": it looks like the rank's own numbers alone; the parts of all ranks are added"),
        ((lambda s, rank: s.of("x")[rank], {}),),
    ),
    (
        "largest-not-added",
        N_(": it looks like the largest of the ranks' numbers; add them"),
        ((lambda s, rank: torch.stack(s.of("x")).amax(0), {}),),
    ),
    (
        "own-part-missing",
        N_(": it looks like the sum over the other ranks; the rank's own part belongs to it too"),
        ((bound(_one_missing, 0), {}),),
    ),
    (
        "a-rank-missing",
        N_(": it looks like the sum without the part of rank {which}; the ring needs world_size - 1 turns, and each "
           "adds one"),
        ((bound(_one_missing, 1), {"which": "rank + 1"}), (bound(_one_missing, -1), {"which": "rank - 1"}),
         (bound(_one_missing, 2), {"which": "rank + 2"})),
    ),
    (
        "a-part-twice",
        N_(": it looks like the part of rank {which} is in the sum twice; each part counts once"),
        ((bound(_one_twice, 0), {"which": "rank"}), (bound(_one_twice, -1), {"which": "rank - 1"}),
         (bound(_one_twice, 1), {"which": "rank + 1"})),
    ),
    (
        "some-ranks-only",
        N_(": it looks like the sum over these ranks only: {which}; all of them are added"),
        tuple((bound(_chosen, chosen), {"which": which}) for which, chosen in CHOSEN.items()),
    ),
    (
        "sum-sent-on",
        N_(": it looks like the sum so far goes round in place of what arrived, so that parts count several times"),
        ((_running, {}),),
    ),
    (
        "sum-doubled",
        N_(": it looks like the sum counted twice; once is right"),
        ((lambda s, rank: 2 * total(s, rank), {}),),
    ),
    (
        "summed-over-again",
        N_(": it looks like the sum added up over the ranks once more; every rank has all of it after once"),
        ((lambda s, rank: s.world * total(s, rank), {}),),
    ),
)  # fmt: skip


def _sums(name: str, of_whole: Callable[[Ranks, int, Tensor], Tensor]) -> Iterator[Mistake]:
    """The wrong sums, of which a task's variable holds what it is to hold."""
    for called, hint, forms in SUMS:
        yield several(
            called,
            hint,
            *(
                Variant(on_every_rank(name, bound(lambda s, rank, made: of_whole(s, rank, made(s, rank)), made)), facts)
                for made, facts in forms
            ),
        )


def _its_chunk(s: Ranks, rank: int, whole: Tensor) -> Tensor:
    return s.cut(whole, rank)


def _another_chunk(s: Ranks, rank: int, off: int) -> Tensor:
    return s.cut(total(s, rank), (rank + off) % s.world)


def _cut_evenly(s: Ranks, rank: int) -> Tensor:
    return s.cut(total(s, rank), rank)[: s.n // s.world]


def _cut_from_the_start(s: Ranks, rank: int) -> Tensor:
    rows = s.n // s.world
    return total(s, rank)[rows * rank : rows * (rank + 1)]


def _as_chunk_cuts(s: Ranks, rank: int) -> Tensor:
    rows = -(-s.n // s.world)
    return total(s, rank)[rank * rows : (rank + 1) * rows]


def _padded(s: Ranks, rank: int) -> Tensor:
    mine = s.cut(total(s, rank), rank)
    return torch.nn.functional.pad(mine, (0, -(-s.n // s.world) - len(mine)))


REDUCE_SCATTER = (
    several(
        "another-ranks-chunk",
        N_(": it looks like the chunk of another rank ({which}); rank r ends with chunk r: see which one goes round "
           "first"),
        *(Variant(on_every_rank("chunk", bound(_another_chunk, off)), {"which": which})
          for off, which in ((1, "rank + 1"), (-1, "rank - 1"), (2, "rank + 2"))),
    ),
    one(
        "whole-sum",
        N_(": it looks like the whole sum; after a reduce-scatter each rank has its own chunk of it"),
        on_every_rank("chunk", total),
    ),
    several(
        "cut-elsewhere",
        N_(": it looks like chunks that are cut elsewhere; chunk r is from n * r // world_size to n * (r + 1) // "
           "world_size"),
        Variant(on_every_rank("chunk", _cut_evenly)),
        Variant(on_every_rank("chunk", _as_chunk_cuts)),
        Variant(on_every_rank("chunk", _cut_from_the_start)),
    ),
    one(
        "padding-left",
        N_(": it looks like the padding is still there; cut it off before you return"),
        on_every_rank("chunk", _padded),
    ),
    *_sums("chunk", _its_chunk),
    *EVERYWHERE,
)  # fmt: skip


def _chunks(s: Ranks) -> list[Tensor]:
    """The right chunks of the sum that is gathered."""
    whole = s.of("total")[0]
    return [s.cut(whole, rank) for rank in s.case.ranks]


def _turned(chunks: list[Tensor], by: int) -> Tensor:
    return torch.cat([chunks[(place + by) % len(chunks)] for place in range(len(chunks))])


def _reversed(chunks: list[Tensor], rank: int) -> Tensor:
    return torch.cat([chunks[(rank - place) % len(chunks)] for place in range(len(chunks))])


def _left_empty(chunks: list[Tensor], kept: list[int]) -> Tensor:
    return torch.cat([chunk if place in kept else torch.zeros_like(chunk) for place, chunk in enumerate(chunks)])


def order(chunks_of: Callable[[Ranks], list[Tensor]]) -> tuple[Mistake, ...]:
    """Chunks in the wrong places of `total`."""

    def placed(made: Callable[[list[Tensor], int], Tensor]) -> Outcome:
        return on_every_rank("total", lambda s, rank: made(chunks_of(s), rank))

    return (
        several(
            "in-order-of-arrival",
            N_(": it looks like the chunks in the order in which they arrived; chunk r belongs in place r on every "
               "rank"),
            Variant(placed(_reversed)),
            Variant(placed(lambda chunks, rank: _turned(chunks, rank))),
            Variant(placed(lambda chunks, rank: _turned(chunks, rank + 1))),
            Variant(placed(lambda chunks, rank: torch.cat([*_without(chunks, rank), chunks[rank]]))),
            Variant(placed(lambda chunks, rank: torch.cat([chunks[rank], *_without(chunks, rank)]))),
        ),
        several(
            "one-place-off",
            N_(": it looks like every chunk one place off; chunk r belongs in place r"),
            Variant(placed(lambda chunks, rank: _turned(chunks, 1))),
            Variant(placed(lambda chunks, rank: _turned(chunks, -1))),
        ),
        one(
            "last-chunk-first",
            N_(": it looks like the chunks from the last to the first; chunk r belongs in place r"),
            placed(lambda chunks, rank: torch.cat(chunks[::-1])),
        ),
        several(
            "chunks-left-at-zero",
            N_(": it looks like chunks of other ranks that are still zero; the ring needs world_size - 1 turns"),
            Variant(placed(lambda chunks, rank: _left_empty(chunks, [rank]))),
            Variant(placed(lambda chunks, rank: _left_empty(chunks, [rank, (rank - 1) % len(chunks)]))),
            Variant(placed(lambda chunks, rank: _left_empty(chunks, _others(len(chunks), rank + 1)))),
        ),
        one(
            "own-chunk-missing",
            N_(": it looks like the rank's own chunk is still zero; put it in its place too"),
            placed(lambda chunks, rank: _left_empty(chunks, _others(len(chunks), rank))),
        ),
    )  # fmt: skip


def _others(world: int, rank: int) -> list[int]:
    return [other for other in range(world) if other != rank % world]


def _without(chunks: list[Tensor], rank: int) -> list[Tensor]:
    return [chunks[other] for other in _others(len(chunks), rank)]


def _padded_chunks(s: Ranks) -> list[Tensor]:
    rows = -(-s.n // s.world)
    return [torch.nn.functional.pad(chunk, (0, rows - len(chunk))) for chunk in _chunks(s)]


def _padding(s: Ranks, rank: int) -> Tensor:
    return torch.cat(_padded_chunks(s))


def _last_written(s: Ranks, rank: int, own: bool) -> Tensor:
    """The chunk that arrives last, in every place of a list that has one buffer N times, or in all but its own."""
    chunks, padded = _chunks(s), _padded_chunks(s)[(rank + 1) % s.world]
    return torch.cat([chunk if own and place == rank else padded[: len(chunk)] for place, chunk in enumerate(chunks)])


ALL_GATHER = (
    *order(_chunks),
    several(
        "one-buffer-for-all",
        N_(": it looks like one chunk in all places; [buffer] * world_size is one buffer, make as many as there are "
           "ranks"),
        *(Variant(on_every_rank("total", bound(_last_written, own))) for own in (True, False)),
    ),
    several(
        "padding-left",
        N_(": it looks like the padding is still there; cut it off before you return"),
        Variant(on_every_rank("total", _padding)),
        Variant(on_every_rank("total", lambda s, rank: _padding(s, rank)[: s.n])),
    ),
    one(
        "own-chunk-alone",
        N_(": it looks like the rank's own chunk alone; gather those of all ranks"),
        on_every_rank("total", lambda s, rank: _chunks(s)[rank]),
    ),
    *EVERYWHERE,
)  # fmt: skip

ALL_REDUCE = (
    *_sums("total", lambda s, rank, whole: whole),
    *order(_chunks),
    one(
        "own-chunk-alone",
        N_(": it looks like the rank's own chunk alone; gather those of all ranks"),
        on_every_rank("total", lambda s, rank: _chunks(s)[rank]),
    ),
    *EVERYWHERE,
)
