"""What crosses in each solution of the corpus: right ones move what theory says, wrong ones are told what is missing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from grader.judge.ledger import Ledger, fault_of, superfluous
from grader.lab.registry import find_lab
from grader.lab.task import Task
from grader.labs.linear.lab import case_of
from tests.mutants import ours
from tests.mutants.corpus import Case, cases, solution_cells
from tests.mutants.expectations import EVASIONS_WITHIN_THE_RULE, HARMS_ITS_PROCESS, NOT_THE_TASK
from tests.mutants.judging import verdict_on_task

BASE = solution_cells()
SIZES = case_of(4, 96, 80, 0.05)
SOLUTION = Case("solution", "solution", {}, "", frozenset())
RIGHT = [
    SOLUTION,
    *cases("variant"),
    *(case for case in cases("legit") if case.id not in NOT_THE_TASK),
    *(case for case in cases("evasion") if case.id in EVASIONS_WITHIN_THE_RULE),
    *ours.right(),
]
WRONG = [
    *cases("mutant"),
    *ours.wrong(),
    *(case for case in cases("evasion") if case.id not in {*EVASIONS_WITHIN_THE_RULE, *HARMS_ITS_PROCESS}),
]
NOT_MEASURED_HERE = {
    "v3_module": "does the whole step in its forward cell",
    "broadcast-mul-sum forward": "gathers Y twice, in two ways",
    "row: hard cast to fp32": "is right in float32 alone",
    "column: hard cast to fp32": "is right in float32 alone",
    "column: norms of shards and of gradients": "shares four norms besides",
}
MISSING = {
    "c08_dX_not_reduced": "line 6, `dX_gpu1 = dY[:, :part_size] @ W_gpu1`: dX_gpu1 is never added to dX_gpu2: the "
    "backward pass of a column-parallel layer all-reduces dX",
    "dX without all-reduce": "dX_gpu1 is never added to dX_gpu2: the backward pass of a column-parallel layer "
    "all-reduces dX",
    "r05_not_reduced": "line 8, `Y = Y_gpu1 + b`: Y_gpu1 is never added to Y_gpu2: the forward pass of a row-parallel "
    "layer all-reduces Y",
    "r14_dX_copy_paste": "dX is made of what device 1 has, and nothing of device 2 comes to it",
}
OF_THE_WRONG_KIND = {
    "c10_dX_cat": "line 10, `dX = torch.cat((dX_gpu1, dX_gpu2), 1)`: puts the devices' parts side by side",
    "r53_column_instead": "line 8, `Y = torch.cat((Y_gpu1, Y_gpu2), 1)`: puts the devices' parts side by side",
    "r07_cat_Y": "line 8, `Y = torch.cat((Y_gpu1 + b, Y_gpu2 + b), 1)`: puts the devices' parts side by side",
}


def name(case: Case) -> str:
    return case.id


def tasks_of(case: Case) -> Iterator[Task]:
    """The tasks that a case touches and in which something has to cross."""
    touched = {task.split(".")[0] for task in case.cells} or {"column", "row"}
    for section in ("column", "row"):
        if section in touched:
            yield from (task for task in find_lab("linear").section(f"{section}.shard").tasks if task.collectives)


def crossed(ledger: Ledger) -> dict[str, int]:
    """Numbers that crossed, by kind."""
    out: dict[str, int] = {}
    for collective in ledger.collectives:
        out[collective.kind] = out.get(collective.kind, 0) + collective.numbers
    return out


@pytest.mark.parametrize(
    "case", [case for case in RIGHT if list(tasks_of(case)) and case.id not in NOT_MEASURED_HERE], ids=name
)
def test_a_right_solution_moves_what_theory_says(case):
    for task in tasks_of(case):
        verdict = verdict_on_task(BASE, case, task.name, SIZES)
        assert verdict.passed and verdict.ledger is not None, verdict.render("en")
        assert crossed(verdict.ledger) == {due.signature.kind: due.numbers for due in verdict.due}
        assert fault_of(verdict.ledger, verdict.due) is None and superfluous(verdict.ledger, verdict.due) == ()


def test_an_all_reduce_done_twice_is_right_and_once_more_than_needed():
    twice = BASE["row.forward"] + "\nagain = Y_gpu2 + Y_gpu1"
    case = Case("twice", "right", {"row.forward": twice}, "", frozenset())
    verdict = verdict_on_task(BASE, case, "row.forward", SIZES)
    assert verdict.passed and verdict.ledger is not None
    assert [one.code for one in superfluous(verdict.ledger, verdict.due)] == ["again = Y_gpu2 + Y_gpu1"]


def test_what_was_done_in_an_earlier_cell_is_not_asked_for_again():
    (case,) = [case for case in RIGHT if case.id == "v3_module"]
    verdict = verdict_on_task(BASE, case, "column.backward", SIZES)
    assert verdict.passed and verdict.ledger is not None
    assert crossed(verdict.ledger) == {} and fault_of(verdict.ledger, verdict.due) is None


@pytest.mark.parametrize("case", [case for case in WRONG if list(tasks_of(case))], ids=name)
def test_a_collective_is_said_to_be_missing_only_where_it_is(case):
    said = []
    for task in tasks_of(case):
        if task.name in case.loses:
            verdict = verdict_on_task(BASE, case, task.name, SIZES)
            fault = fault_of(verdict.ledger, verdict.due) if verdict.ledger is not None else None
            said += [verdict.render("en")] if fault and verdict.render("en").startswith(fault.render("en")) else []
    wanted = {**MISSING, **OF_THE_WRONG_KIND}.get(case.id)
    assert (wanted is None) == (not said), said
    assert wanted is None or wanted in said[0]


@pytest.mark.parametrize(
    ("task", "cell"),
    [
        ("column.forward", "b_full = torch.cat((b_gpu1, b_gpu2), 1)\nY_gpu1, Y_gpu2 = X_gpu1 @ W_gpu1.T, X_gpu2 @ W_gpu2.T\n"
         "Y = torch.cat((Y_gpu1, Y_gpu2), 1) + b_full"),
        ("row.forward", "Y_gpu1, Y_gpu2 = X_gpu1 @ W_gpu1.T, X_gpu2 @ W_gpu2.T\nY = Y_gpu1 + Y_gpu2 + (b_gpu1 + b_gpu2) / 2"),
    ],
)  # fmt: skip
def test_what_is_due_is_told_from_what_moves_the_bias(task, cell):
    verdict = verdict_on_task(BASE, Case("bias", "right", {task: cell}, "", frozenset()), task, SIZES)
    assert verdict.passed and verdict.ledger is not None
    (extra,) = superfluous(verdict.ledger, verdict.due)
    assert extra.numbers in (80, 160)  # the bias


def test_a_wrong_bias_is_no_missing_all_gather():
    cell = "Y_gpu1, Y_gpu2 = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu1\nY = torch.cat((Y_gpu1, Y_gpu2), 1)"
    verdict = verdict_on_task(BASE, Case("bias", "wrong", {"column.forward": cell}, "", frozenset()), "column.forward", SIZES)
    assert not verdict.passed and verdict.ledger is not None
    assert fault_of(verdict.ledger, verdict.due) is None


@pytest.mark.parametrize("bias", ["b", "b_gpu1", "b_gpu2"])
def test_an_all_reduced_sum_lies_on_both_devices_whichever_replica_of_the_bias_is_added(bias):
    cell = f"Y = X_gpu1 @ W_gpu1.T + X_gpu2 @ W_gpu2.T + {bias}"
    verdict = verdict_on_task(BASE, Case("bias", "right", {"row.forward": cell}, "", frozenset()), "row.forward", SIZES)
    assert verdict.ledger is not None
    (Y,) = [placed for placed in verdict.ledger.after if placed.name == "Y"]
    assert Y.devices == {1, 2}


def test_a_replica_of_the_bias_lies_where_its_name_says():
    cell = "W_gpu1 -= lr * dW_gpu1\nW_gpu2 -= lr * dW_gpu2\nb_tp_row = b_gpu1 - lr * db\nb_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()"
    verdict = verdict_on_task(BASE, Case("bias", "right", {"row.update": cell}, "", frozenset()), "row.update", SIZES)
    assert verdict.passed and verdict.ledger is not None
    placed = {one.name: one.devices for one in verdict.ledger.after}
    assert placed["b_gpu1"] == {1} and placed["b_gpu2"] == {2}


def test_a_joined_gradient_shows_in_the_update_too():
    cell = BASE["column.update"] + "\ndW = torch.cat((dW_gpu1, dW_gpu2), 1)"
    verdict = verdict_on_task(BASE, Case("joined", "wrong", {"column.update": cell}, "", frozenset()), "column.update", SIZES)
    assert not verdict.passed and verdict.ledger is not None
    assert max(moment.gradients[1] for moment in verdict.ledger.held) == verdict.ledger.full


def test_another_optimizer_is_not_told_about_item():
    cell = BASE["reference.step"].replace("torch.optim.SGD(linear.parameters(), lr=lr)", "torch.optim.Adam(linear.parameters(), lr=lr)")
    verdict = verdict_on_task(BASE, Case("adam", "wrong", {"reference.step": cell}, "", frozenset()), "reference.step", SIZES)
    assert not verdict.passed and ".item()" not in verdict.render("en")
