"""Token ids that show every mistake at a shard's edge, as many on each rank in any draw."""

from __future__ import annotations

import pytest
import torch

from grader.lab import CHUNK, FLOOR, Case, tokens


def drawn(vocabulary: int, world: int, seed: int, layout: str = FLOOR, count: int = 24) -> torch.Tensor:
    case = Case({"vocabulary": vocabulary}, world=world, layout=layout)
    return tokens(case, vocabulary, torch.Generator().manual_seed(seed), 2, count // 2)


@pytest.mark.parametrize("layout", [FLOOR, CHUNK])
@pytest.mark.parametrize(("vocabulary", "world"), [(103, 4), (64, 3), (5, 4), (5, 3), (7, 1), (3, 5)])
def test_each_shards_first_and_last_row_is_there_and_each_rank_has_as_many_in_any_draw(vocabulary, world, layout):
    case = Case({}, world=world, layout=layout)
    parts = [case.part(vocabulary, rank) for rank in case.ranks]
    many = set()
    for seed in range(5):
        ids = drawn(vocabulary, world, seed, layout)
        assert ids.shape == (2, 12) and ids.dtype == torch.int64 and ids.min() >= 0 and ids.max() < vocabulary
        for first, rows in parts:
            assert not rows or {first, first + rows - 1} <= set(ids.flatten().tolist())
        many.add(tuple(int(((ids >= first) & (ids < first + rows)).sum()) for first, rows in parts))
    assert len(many) == 1
    assert len({tuple(drawn(vocabulary, world, seed, layout).flatten().tolist()) for seed in range(5)}) > 1


def test_too_few_places_are_an_error_that_says_how_many_it_takes():
    with pytest.raises(ValueError, match="4 ids are too few: with 4 ranks the first and last rows alone are 8"):
        drawn(103, 4, 1, count=4)
