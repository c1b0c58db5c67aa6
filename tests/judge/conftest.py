"""Small sections, traces made by hand, and cells recorded and judged without a notebook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from grader.bench.section import record_section
from grader.judge.exam import judge_trace
from grader.judge.trace import Input, Node, Phase, Slot, Trace
from grader.lab.case import Case
from grader.lab.messages import Message
from grader.lab.registry import find_lab
from grader.labs.linear.lab import FP64, case_of

SMALL = FP64[0]
DECIDING = case_of(4, 96, 80, 0.05)

Judge = Callable[..., Message | None]


def node(operation: str, *args: Any, out: int | None = 90, **kwargs: Any) -> Node:
    """One operation, its result in slot `out`."""
    return Node(f"aten.{operation}", args, tuple(kwargs.items()), (out,), 1, "student's line")


def taken(slot: int, *shape: int) -> Input:
    """An input in that slot; the judge does not look at the shape that a trace says."""
    return Input(slot, shape, "float64")


def forward(*nodes: Node, out: int = 90, **inputs: int) -> Trace:
    """A trace of manual.forward: X, W, b in slots 0, 1, 2, and Y in slot `out`."""
    given = {"X": 0, "W": 1, "b": 2, **inputs}
    return Trace((Phase("manual.forward", tuple((name, taken(slot)) for name, slot in given.items()), nodes, (("Y", out),)),))


RIGHT_FORWARD = (
    node("t.default", Slot(1), out=3),
    node("mm.default", Slot(0), Slot(3), out=4),
    node("add.Tensor", Slot(4), Slot(2), out=90),
)


@pytest.fixture
def judge() -> Judge:
    """`judge(task, challenge, **cells)`: what is wrong with cells named by step (`forward="Y = ..."`), or None."""

    def of(task: str, challenge: Case = SMALL, **cells: str) -> Message | None:
        section = find_lab("linear").section(task)
        texts = {f"{section.name}.{step}": text for step, text in cells.items()}
        trace = record_section(section, task, texts, challenge, {})
        return judge_trace(section, task, challenge, (trace,), seed=5)

    return of


@pytest.fixture
def judge_forward() -> Callable[[Trace], str]:
    """The message about a trace of manual.forward, empty where it passes."""

    def of(trace: Trace, challenge: Case = SMALL) -> str:
        reason = judge_trace(find_lab("linear").section("manual.forward"), "manual.forward", challenge, (trace,), seed=5)
        return reason.render("en") if reason else ""

    return of


@pytest.fixture
def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)
