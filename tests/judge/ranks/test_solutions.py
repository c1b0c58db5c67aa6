"""Right solutions for N ranks are accepted on every case, wrong ones lose for the right reason."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from grader.judge.exam import verdict_on
from tests.judge.ranks.judging import traces, verdict
from tests.judge.ranks.right import RIGHT
from tests.judge.ranks.solutions import Solution, edited
from tests.judge.ranks.wrong import NOT_FOR_RANKS, WRONG
from tests.labs.corpora import corpus
from tests.rank_lab.lab import CHUNK, LAB, case_of, exam_cases

Count = Callable[[str, object], None]


def name(solution: Solution) -> str:
    return solution.id


@pytest.mark.parametrize("solution", RIGHT, ids=name)
def test_a_right_solution_is_accepted_whatever_calls_it_chooses(solution: Solution, record_property: Count):
    found = verdict(solution)
    record_property("ranks", ["right accepted", found.passed])
    assert found.passed, found.render("en")


@pytest.mark.parametrize("solution", WRONG, ids=name)
def test_a_wrong_solution_loses_for_the_right_reason(solution: Solution, record_property: Count):
    found = verdict(solution)
    record_property("ranks", ["wrong killed", not found.passed and solution.says in found.render("en")])
    assert not found.passed
    assert solution.says in found.render("en")


def test_all_gather_and_sum_passes_and_shows_that_it_moves_more_than_an_all_reduce():
    plain = next(solution for solution in RIGHT if solution.id == "row: as in the text")
    gathered = next(solution for solution in RIGHT if solution.id == "row: gathered and added")

    assert verdict(plain).moved == verdict(plain).needed
    assert verdict(gathered).moved > verdict(gathered).needed == verdict(plain).needed


def test_wrong_only_with_three_or_more_ranks_is_right_with_two():
    two = [case for case in exam_cases() if case.world == 2]
    hidden = [solution for solution in WRONG if any(mark in solution.id for mark in ("c30", "r28", "r29"))]

    assert len(hidden) == 3
    assert all(verdict(solution, two).passed for solution in hidden)


CHUNKS = edited(
    "column",
    (
        "edges = [out_ch * rank // n for rank in range(n + 1)]",
        "edges = [min(-(-out_ch // n) * rank, out_ch) for rank in range(n + 1)]",
    ),
)


def test_a_task_may_say_that_sizes_are_cut_as_torch_chunk_cuts_them():
    cases = [case_of(3, 11, 7, 0.05, 3, layout=CHUNK), case_of(2, 6, 5, 0.05, 4, layout=CHUNK)]

    assert verdict(Solution("chunks", "column", CHUNKS), cases).passed
    assert not verdict(Solution("floor", "column", edited("column")), cases).passed


THREE_FUNCTIONS = {
    "column.forward": """
import torch.distributed as dist
def column_forward(X, W, b):
    n = dist.get_world_size()
    Y_loc = X @ W.T + b
    everything = torch.zeros(X.shape[0], OUT, dtype=X.dtype)
    lo = OUT * dist.get_rank() // n
    everything[:, lo : lo + W.shape[0]] = Y_loc
    dist.all_reduce(everything)
    return everything
""",
    "column.backward": """
import torch.distributed as dist
def column_backward(X, W, dY):
    lo = dY.shape[1] * dist.get_rank() // dist.get_world_size()
    own = dY[:, lo : lo + W.shape[0]]
    dX = own @ W
    dist.all_reduce(dX)
    return dX, own.T @ X, own.sum(0)
""",
    "column.update": """
def column_update(W, b, dW, db, lr):
    W -= lr * dW
    b -= lr * db
""",
    "row.forward": """
import torch.distributed as dist




def row_forward(X, W, b):
    Y = X @ W.T
    dist.all_reduce(Y)
    return Y + b
""",
    "row.backward": """
def row_backward(X, W, dY):
    return {"dX": dY @ W, "dW": dY.T @ X, "db": dY.sum(0)}
""",
    "row.update": """
def row_update(W, b, dW, db, lr):
    return W - lr * dW, b - lr * db
""",
}


@pytest.mark.parametrize("task", sorted(THREE_FUNCTIONS))
def test_a_step_in_three_functions_is_judged_function_by_function(task: str):
    for case in exam_cases():
        source = THREE_FUNCTIONS[task].replace("OUT", str(case["out_features"]))
        found = verdict_on(LAB.section(task), task, case, traces(task, source, case), seed=3)
        assert found.passed, f"{case.name}: {found.render('en')}"


def test_an_update_that_sends_the_weights_gradient_breaks_the_rule():
    case = case_of(3, 12, 8, 0.05, 2)
    source = (
        "import torch.distributed as dist\n"
        "def row_update(W, b, dW, db, lr):\n"
        "    copy = dW.clone()\n"
        "    dist.all_reduce(copy)\n"
        "    return W - lr * dW, b - lr * db\n"
    )

    found = verdict_on(LAB.section("row.update"), "row.update", case, traces("row.update", source, case), seed=3)

    assert "line 4, `dist.all_reduce(copy)`: all_reduce carries weights or their gradients" in found.render("en")


def test_every_wrong_column_and_row_step_of_the_corpus_is_here_or_listed_with_its_reason():
    listed = {entry.name for entry in corpus() if entry.kind == "wrong" and re.match(r"[cr]\d\d_", entry.name)}
    here = {solution.id.split()[1] for solution in WRONG}

    assert {entry for entry in listed if entry.split("_")[0] not in here} == set(NOT_FOR_RANKS)


def test_what_is_wrong_is_said_in_both_languages():
    waits = next(solution for solution in WRONG if solution.id == "column: only rank 0 adds")
    bare = next(solution for solution in WRONG if solution.id == "row: r05 never added")

    assert verdict(waits).render("ru") == (
        "ранг 0 ждёт в all_reduce (строка 18, `dist.all_reduce(dX)`) ранг 1, а тот уже закончил"
    )
    assert verdict(bare).render("ru").startswith("между рангами ничего не передаётся, а ведь ")
    assert "ранг 0: Y" in verdict(bare).render("ru")
