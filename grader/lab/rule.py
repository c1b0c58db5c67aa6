"""Rules: what a device may hold and what may cross, as a lab declares it. The ledger enforces it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from grader.lab.case import Case


@dataclass(frozen=True)
class Limits:
    """In numbers: the largest shard, by how much a storage may exceed it, and the most that may cross in a pass.

    `width` is how many bytes a number of the data has: a wider one may be two of them, and counts as two. `storage` is
    the most that a tensor made of data may have on a device or rank, gradients of weights aside; None where any size
    will do.
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

    `unnoticed(case, drawn, holder)` asks for a second replay: the quantities drawn for a case, with those weights
    changed that device `holder` (from 1) or rank `holder` (from 0) alone may have, in such a way that all activations
    and gradients stay what they are. Nothing that another one holds may change then: this sees weights in any disguise.
    None where a case's sizes leave no such change.
    """

    limits: Callable[[Case], Limits | None]
    row: Callable[[Case], int] = _no_row
    unnoticed: Callable[[Case, Mapping[str, Tensor], int], Mapping[str, Tensor] | None] | None = None
