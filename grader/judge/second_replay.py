"""A second replay: one holder's weights changed so that no activation notices, and nobody else may notice either.

Numbers alone decide, whatever the operations are called: a full matrix in any disguise changes as much as it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from grader.judge.answers import drawn_for
from grader.judge.budget import tensors_in
from grader.judge.replay import Refused, Step
from grader.lab.case import Case
from grader.lab.messages import N_, Message, message
from grader.lab.section import Section

# of the largest number: float64 rounds sums of some thousand terms to less
ROUNDING = 1e-9


@dataclass(frozen=True)
class Witness:
    """A tensor that an operation read or made, who holds it, and a copy of its numbers."""

    line: int
    code: str
    holders: frozenset[int]
    numbers: Tensor


Drawn = Mapping[str, Tensor]


def witnesses_of(step: Step, holders: Callable[[Tensor], frozenset[int]]) -> Iterator[Witness]:
    """All that a replayed operation read and made."""
    for tensor in tensors_in([list(step.arguments), list(step.keywords.values()), list(step.results)]):
        yield Witness(step.node.line, step.node.code, holders(tensor), tensor.detach().clone())


def noticed(
    section: Section,
    case: Case,
    seed: int,
    among: Mapping[int, Message],
    replayed: Callable[[Drawn], Sequence[Witness]],
) -> Message | None:
    """What holds numbers that depend on weights which only somebody else may have; None where the lab asks for no
    second replay, or nothing does.

    `among` are the holders, and what each is called; `replayed(drawn)` gives the witnesses of a replay on those
    quantities, or raises Refused.
    """
    limits = section.rule.limits(case) if section.rule is not None else None
    if section.rule is None or section.rule.unnoticed is None or limits is None or case.dtype is not torch.float64:
        return None
    drawn, first = drawn_for(section, case, seed), None
    for holder, called in among.items():
        changed = section.rule.unnoticed(case, drawn, holder)
        if changed is None:
            continue
        torch.manual_seed(seed)
        first = first if first is not None else replayed(drawn)
        torch.manual_seed(seed)
        try:
            second = replayed({**drawn, **changed})
        except Refused as refused:
            return refused.message
        for one, other in zip(first, second, strict=True):
            if one.holders != {holder} and _changed(one.numbers, other.numbers) > limits.margin:
                return message(
                    N_("line {line}, `{code}`: its numbers depend on weights that only {holder} may have: each uses "
                       "its own shard, and activations"),
                    line=one.line, code=one.code, holder=called,
                )  # fmt: skip
    return None


def _changed(one: Tensor, other: Tensor) -> int:
    """How many numbers differ, but for rounding."""
    if one.shape != other.shape:
        return max(one.numel(), other.numel())
    if not one.dtype.is_floating_point:
        return int((one != other).sum())
    room = ROUNDING * float(one.abs().nan_to_num().max()) if one.numel() else 0.0
    return int((((one - other).abs() > room) | (one.isnan() != other.isnan())).sum())
