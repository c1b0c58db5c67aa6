"""Rules: what a device may hold and what may cross, as a lab declares it. The ledger enforces it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grader.lab.case import Case


@dataclass(frozen=True)
class Limits:
    """In numbers: the largest shard, by how much a storage may exceed it, and the most that may cross in a pass.

    `width` is how many bytes a number of the data has: a wider one may be two of them, and counts as two. `storage` is
    the most that any storage of a device may have that came of data, where the lab says so.
    """

    shard: int
    margin: int
    crossing: int
    width: int = 8
    storage: int | None = None


def _no_row(case: Case) -> int:
    return 0


@dataclass(frozen=True)
class Rule:
    """What the rule of the course comes to in a section.

    `limits(case)` gives its numbers, or None where a case's sizes cannot decide: everything that activations alone may
    need has to be smaller than a shard, or W could pass in pieces of their size. Where numbers come from is followed
    at any size. `row(case)` is the length of the longest row or column of a weight: on a rank, a gradient no longer
    than that is one of a bias, which may cross.
    """

    limits: Callable[[Case], Limits | None]
    row: Callable[[Case], int] = _no_row
