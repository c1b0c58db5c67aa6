"""Which calls a task is to make do with, how many numbers may leave a rank in it, functions that stand in, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

from grader.bench.ranks import record_on
from grader.judge.exam import verdict_on
from grader.judge.trace import from_json, to_json
from grader.lab.case import Case
from grader.lab.section import Section
from grader.lab.variables import Var
from tests.judge.ranks.conftest import call, run
from tests.judge.ranks.solutions import edited
from tests.rank_lab.lab import COLUMN, case_of

CASE = case_of(3, 12, 9, 0.05, 3)
STEP = "column.step"


def said(section: Section, source: str, language: str = "en", case: Case = CASE) -> str:
    """What the judge says of a column-parallel step under that section."""
    task = section.task(STEP)
    traces = [from_json(to_json(record_on(section, task, case, rank, source))) for rank in case.ranks]
    return verdict_on(section, STEP, case, traces, seed=3).render(language)


def with_task(**fields: object) -> Section:
    return replace(COLUMN, tasks=(replace(COLUMN.task(STEP), **fields),))


def test_a_call_of_another_kind_is_named_with_its_line():
    section = with_task(calls=("all_gather", "send", "recv"))

    assert said(with_task(calls=("all_gather", "all_reduce")), edited("column")) == ""
    assert said(section, edited("column")) == (
        "line 17, `dist.all_reduce(dX)`: all_reduce is not for this task, which is to make do with all_gather, send, recv"
    )
    assert said(section, edited("column"), "ru").startswith("строка 17")


def test_a_barrier_is_for_every_task():
    section = with_task(calls=("all_gather", "all_reduce"))

    assert said(section, edited("column", ("    dist.all_reduce(dX)\n", "    dist.barrier()\n    dist.all_reduce(dX)\n"))) == ""


def test_a_rank_that_too_many_numbers_leave_is_named():
    moved = 2 * 3 * 3 + 2 * 2 * 3 * 12 // 3  # two other ranks get its part of Y; an all-reduce of dX

    assert said(with_task(traffic=lambda case: moved), edited("column")) == ""
    assert said(with_task(traffic=lambda case: moved - 1), edited("column")) == (
        f"rank 0: {moved} numbers leave it in all, and {moved} arrive at it; {moved - 1} each way are enough"
    )


@pytest.mark.parametrize(
    ("rows", "leaves", "arrives"),
    [
        ([[call("send", [0], root=1)], [call("recv", [], [0], root=0)]], (3, 0), (0, 3)),
        ([[call("broadcast", [0], root=0)], [call("broadcast", [], [0], root=0)]], (3, 0), (0, 3)),
        ([[call("reduce", [0], [0], root=1, reduction="sum")] for _ in range(2)], (3, 0), (0, 3)),
        ([[call("all_reduce", [0], [0], reduction="sum")] for _ in range(2)], (3, 3), (3, 3)),
        ([[call("all_gather", [0], [1, 2])] for _ in range(2)], (3, 3), (3, 3)),
        ([[call("gather", [0], [1, 2], root=0)], [call("gather", [0], [], root=0)]], (0, 3), (3, 0)),
        ([[call("scatter", [1, 2], [0], root=0)], [call("scatter", [], [0], root=0)]], (3, 0), (0, 3)),
        ([[call("reduce_scatter", [1, 2], [0], reduction="sum")] for _ in range(2)], (3, 3), (3, 3)),
        ([[call("reduce_scatter_tensor", [3], [0], reduction="sum")] for _ in range(2)], (3, 3), (3, 3)),
    ],
    ids=lambda given: given[0][0].operation if isinstance(given, list) else "",
)  # fmt: skip
def test_as_many_numbers_leave_as_arrive(rows: Sequence[object], leaves: tuple[int, ...], arrives: tuple[int, ...]):
    given = {name: [torch.zeros(length) for _ in rows] for name, length in (("a", 3), ("b", 3), ("c", 3), ("d", 6))}

    (crossing,) = run(*rows, **given).crossings

    assert (crossing.leaves, crossing.arrives) == (leaves, arrives)


def test_functions_stand_in_for_the_students_own_of_earlier_tasks():
    """What the notebook carries is wrong, what stands in is right, and lines are those of the student's cell."""
    right = "def total(t):\n    dist.all_reduce(t)\n"
    source = edited("column", ("    dist.all_reduce(dX)\n", "    total(dX)\n"))
    section = with_task(helpers=right)
    task = section.task(STEP)
    wrong = {"total": lambda t: None}

    def reason(section: Section) -> str:
        made = [record_on(section, section.task(STEP), CASE, rank, source, wrong) for rank in CASE.ranks]
        return verdict_on(section, STEP, CASE, made, seed=3).render("en")

    assert "dX is wrong" in reason(with_task())
    assert reason(section) == ""
    (trace,) = [record_on(section, task, CASE, 0, source, wrong)]
    assert [node.line for node in trace.phases[0].nodes if node.operation == "collective.all_reduce"] == [17]


@pytest.mark.parametrize(("returned", "right"), [("0.05", True), ("5 / 100", True), ("1", False), ("torch.tensor(0.05)", True), ("torch.tensor([0.05])", False)])
def test_a_number_may_be_returned_as_a_plain_one(returned: str, right: bool):
    rate = Var("rate", "rate", number=True)
    section = replace(
        COLUMN,
        tasks=(replace(COLUMN.task("column.update"), name=STEP, makes=(rate,), function="rate", updates=()),),
        draw=lambda case, generator: {**COLUMN.draw(case, generator), "rate": torch.tensor(0.05, dtype=torch.float64)},
        reference=lambda case, rate, **drawn: COLUMN.reference(case, **drawn),
    )
    source = f"def rate(W, b, dW, db, lr):\n    return {returned}\n"

    assert (said(section, source) == "") is right
    assert (said(section, source, case=CASE.in_fp32()) == "") is right


def test_where_a_tensor_is_asked_for_a_plain_number_is_none():
    assert "dX is a float, expected a torch tensor" in said(
        with_task(), edited("column", ("return dict(Y=Y, dX=dX", "return dict(Y=Y, dX=1.5"))
    )


WHERE_IT_IS = "the result is in the tensors that they were given"


def test_who_goes_on_with_what_a_call_returns_is_told_where_the_result_is():
    source = edited("column", ("    dist.all_reduce(dX)\n", "    dX = dist.all_reduce(dX)\n    dX = dX + 0\n"))

    assert WHERE_IT_IS in said(with_task(), source)
    assert "результат лежит в тензорах" in said(with_task(), source, "ru")


def test_a_none_before_any_call_is_not_laid_to_one():
    source = edited("column", ("    # ----FORWARD----\n", "    nothing = None + X\n"))

    assert "NoneType" in said(with_task(), source) and WHERE_IT_IS not in said(with_task(), source)
