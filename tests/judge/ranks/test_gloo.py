"""The same text on real ranks of torch.distributed: the same numbers, and what hangs or fails there is named here."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from grader.judge.answers import rank_values
from grader.judge.ranks import RankBook, Stuck, replay_ranks
from grader.lab.case import Case
from tests.judge.ranks.gloo import Job, Result, run_on_gloo
from tests.judge.ranks.judging import traces
from tests.judge.ranks.right import RIGHT
from tests.judge.ranks.solutions import Solution
from tests.judge.ranks.wrong import WRONG
from tests.rank_lab.lab import LAB, TASKS, case_of

SECTION = LAB.section
pytestmark = pytest.mark.slow

UNEVEN = case_of(3, 11, 7, 0.05, 3)
EVEN = case_of(3, 12, 8, 0.05, 4)
TWO = case_of(3, 12, 8, 0.05, 2)
SEED = 11

WRONG_NUMBERS = (
    "column: c08 dX never added", "column: c09 dX averaged", "column: MAX for SUM", "column: added twice",
    "column: broadcast from rank 0 for a sum", "row: bias on every rank",
    "row: r28 the first two added", "row: r29 a tree that drops the odd rank", "row: r56 the loop ends one too early",
    "row: replicas drift by rounding",
)  # fmt: skip
FAILS = (
    "column: only rank 0 adds", "column: all send first", "column: received and never sent",
    "column: hard-coded 2", "row: bias stepped by a broadcast step of rank 1",
)  # fmt: skip


def job(solution: Solution, case: Case) -> Job:
    task = TASKS[solution.task]
    names = [name if isinstance(name, str) else name.name for name in task.takes]
    given = [{**values.plain, **values.inputs} for values in rank_values(SECTION(solution.task), task, case, SEED)]
    arguments = tuple({name: known[name] for name in names} for known in given)
    return Job(solution.source, solution.function, task.outputs, arguments)


def in_lock_step(solution: Solution, case: Case) -> Sequence[dict[str, Tensor]] | str:
    """Each rank's outputs, or what the judge says of ranks that cannot go on."""
    task = TASKS[solution.task]
    phases = [trace.phases[0] for trace in traces(solution.task, solution.source, case)]
    inputs = [values.inputs for values in rank_values(SECTION(solution.task), task, case, SEED)]
    books = [RankBook(SECTION(solution.task).names, None, 12) for _ in phases]
    try:
        return replay_ranks(phases, inputs, books, torch.device("cpu")).outputs
    except Stuck as stuck:
        return stuck.message.render("en")


def agree(real: Sequence[Result], ours: Sequence[dict[str, Tensor]] | str) -> bool:
    """Whether every rank has the same numbers, but for the order of sums."""
    if isinstance(ours, str) or any(isinstance(result, str) for result in real):
        return False
    return all(
        mine.keys() == its.keys() and all(torch.allclose(mine[name], its[name], 1e-12, 1e-12) for name in mine)
        for mine, its in zip(ours, real, strict=True)
    )


def named(names: Sequence[str]) -> list[Solution]:
    found = [solution for solution in WRONG if solution.id in names]
    assert len(found) == len(names)
    return found


@pytest.mark.parametrize("case", [UNEVEN, EVEN, TWO], ids=lambda case: case.name)
def test_solutions_give_the_same_numbers_on_real_ranks(case: Case, record_property: Callable[[str, object], None]):
    solutions = [solution for solution in (*RIGHT, *named(WRONG_NUMBERS)) if case is not UNEVEN or not solution.even]

    real = run_on_gloo([job(solution, case) for solution in solutions])

    differ = []
    for solution, results in zip(solutions, real, strict=True):
        same = agree(results, in_lock_step(solution, case))
        record_property("ranks", ["the same on gloo", same])
        if not same:
            differ.append((solution.id, [result for result in results if isinstance(result, str)][:1]))
    assert not differ


def test_what_hangs_or_fails_on_real_ranks_is_named_here(record_property: Callable[[str, object], None]):
    solutions = named(FAILS)

    real = run_on_gloo([job(solution, UNEVEN) for solution in solutions], seconds=4)

    for solution, results in zip(solutions, real, strict=True):
        said = in_lock_step(solution, UNEVEN)
        fails = any(isinstance(result, str) for result in results)
        record_property("ranks", ["the same on gloo", fails and isinstance(said, str)])
        assert fails, f"{solution.id} runs through on gloo"
        assert isinstance(said, str) and solution.says in said


def test_gloo_does_not_take_parts_of_different_shapes_in_all_gather_and_the_judge_does():
    solution = next(solution for solution in RIGHT if solution.id == "column: as in the text")

    (real,) = run_on_gloo([job(solution, UNEVEN)])

    assert any(isinstance(result, str) and "invalid tensor size" in result for result in real)
    assert not isinstance(in_lock_step(solution, UNEVEN), str)
