"""Ranks made by hand: one phase each, of nodes written down here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor

from grader.judge.ranks import RankBook, Stuck, Together, replay_ranks
from grader.judge.trace import Input, Node, Phase, Slot
from grader.lab.variables import Naming


def operation(name: str, *args: Any, out: int, line: int = 1) -> Node:
    """One ordinary operation, its result in slot `out`."""
    return Node(f"aten.{name}", args, (), (out,), line, f"line {line}")


def call(kind: str, sends: Sequence[int] = (), receives: Sequence[int] = (), line: int = 1, **words: Any) -> Node:
    """One call: the slots that it sends and those that it receives in."""
    parts = tuple(tuple(Slot(slot) for slot in slots) for slots in (sends, receives))
    return Node(f"collective.{kind}", parts, tuple(words.items()), tuple(receives), line, f"line {line}")


def wait(handle: int, line: int = 9) -> Node:
    return Node("collective.wait", (handle,), (), (), line, f"line {line}")


def reduced(slot: int = 0, line: int = 1, reduction: str = "sum", **words: Any) -> Node:
    return call("all_reduce", [slot], [slot], line, reduction=reduction, **words)


def run(*ranks: Sequence[Node], **given: Sequence[Tensor]) -> Together:
    """Replay ranks with these nodes, from inputs in slots 0, 1, ... (one tensor a rank each), to outputs x0, x1 ...

    Without inputs, each rank has `x`, three numbers, in slot 0.
    """
    given = given or {"x": [torch.full((3,), float(rank + 1)) for rank in range(len(ranks))]}
    inputs = [{name: tensors[rank].clone() for name, tensors in given.items()} for rank in range(len(ranks))]
    phases = []
    for nodes, tensors in zip(ranks, inputs, strict=True):
        taken = tuple((name, Input(slot, tuple(t.shape), "float32")) for slot, (name, t) in enumerate(tensors.items()))
        phases.append(Phase("task", taken, tuple(nodes), tuple((name, slot) for slot, name in enumerate(tensors))))
    return replay_ranks(phases, inputs, [RankBook(Naming(), None, 3) for _ in ranks], torch.device("cpu"))


@pytest.fixture
def stuck() -> Callable[..., str]:
    """What the judge says of ranks that cannot go on together."""

    def said(*ranks: Sequence[Node], **given: Sequence[Tensor]) -> str:
        with pytest.raises(Stuck) as raised:
            run(*ranks, **given)
        return raised.value.message.render("en")

    return said
