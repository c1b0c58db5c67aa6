"""Which records the judge may ask for: for a bench whose student is gone when the judge works."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

from grader.judge import mistakes
from grader.judge.challenge import Challenge, Cut
from grader.judge.lab import Section
from grader.judge.phases import stays_in_fp32
from grader.judge.verdict import Record


def may_ask(
    section: Section, name: str, record: Record, looked_right: Callable[[Challenge], bool] = lambda challenge: False
) -> Iterator[Challenge]:
    """Every challenge that `examine` may ask a record of.

    The other way to cut an odd size is left out where the cell `looked_right` under the first. What only a mistake's
    name is confirmed on is left out where it did on all of the exam's own challenges, under one way or the other: then
    there is no mistake in its numbers.
    """
    sharded = section.shard_dim is not None
    tried: set[Challenge] = set()

    def with_fp32(challenge: Challenge) -> Iterator[Challenge]:
        if challenge not in tried:
            tried.add(challenge)
            yield challenge
            if challenge.dtype is torch.float64 and stays_in_fp32(record(challenge).phase(name)):
                yield challenge.in_fp32()

    right = True
    for challenge in section.challenges():
        looks_right = False
        for way in (challenge, challenge.with_other_cut() if sharded else None):
            if way is not None and not looks_right:
                asked = list(with_fp32(way))
                yield from asked
                looks_right = any(record(each).phase(name) is not None and looked_right(each) for each in asked)
        right = right and looks_right
    for challenge in () if right else (each for cut in Cut for each in mistakes.confirming(section, cut)):
        yield from with_fp32(challenge)
