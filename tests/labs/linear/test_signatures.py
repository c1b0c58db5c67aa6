"""What crosses in each solution of the corpus: right ones move what theory says, wrong ones are told what is missing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from grader.bench.section import record_section
from grader.corpus.entries import Entry
from grader.corpus.trial import carried_from
from grader.judge.exam import verdict_on
from grader.judge.ledger import Ledger, fault_of, superfluous
from grader.judge.verdict import Verdict
from grader.lab.registry import find_lab
from grader.lab.task import Task
from grader.labs.linear.lab import case_of
from tests.labs.corpora import corpus, solution_cells

BASE = solution_cells()
SIZES = case_of(4, 96, 80, 0.05)
RIGHT = [entry for entry in corpus() if entry.kind == "right"]
WRONG = [entry for entry in corpus() if entry.kind != "right" and not entry.harms]
NOT_MEASURED_HERE = {
    "v3_module": "does the whole step in its forward cell",
    "broadcast-mul-sum-forward": "gathers Y twice, in two ways",
    "row-hard-cast-to-fp32": "is right in float32 alone",
    "column-hard-cast-to-fp32": "is right in float32 alone",
    "column-products-into-halves-of-a-buffer": "adds the bias to what is gathered",
    "column-padded-and-added": "adds up padded parts of Y in place of gathering them",
    "column-devices-cut-by-chunk-that-keep-their-outputs": "joins dY of the devices' parts as well",
    "row-the-sum-on-each-device": "adds up on each device by itself",
    "column-norms-of-shards-and-of-gradients": "shares four norms besides",
}
MISSING = {
    "c08_dX_not_reduced": "line 6, `dX_gpu1 = dY[:, :part_size] @ W_gpu1`: dX_gpu1 is never added to dX_gpu2: the "
    "backward pass of a column-parallel layer all-reduces dX",
    "dX-without-all-reduce": "dX_gpu1 is never added to dX_gpu2: the backward pass of a column-parallel layer "
    "all-reduces dX",
    "r05_not_reduced": "line 8, `Y = Y_gpu1 + b`: Y_gpu1 is never added to Y_gpu2: the forward pass of a row-parallel "
    "layer all-reduces Y",
    "r14_dX_copy_paste": "dX is made of what device 1 has, and nothing of device 2 comes to it",
    "device-1s-half-twice-where-halves-are-alike": "Y is made of what device 1 has, and nothing of device 2 comes to it",
}
OF_THE_WRONG_KIND = {
    "c10_dX_cat": "line 10, `dX = torch.cat((dX_gpu1, dX_gpu2), 1)`: puts the devices' parts side by side",
    "r53_column_instead": "line 8, `Y = torch.cat((Y_gpu1, Y_gpu2), 1)`: puts the devices' parts side by side",
    "r07_cat_Y": "line 8, `Y = torch.cat((Y_gpu1 + b, Y_gpu2 + b), 1)`: puts the devices' parts side by side",
}


def name(entry: Entry) -> str:
    return entry.name


def tasks_of(cells: Mapping[str, str]) -> Iterator[Task]:
    """The tasks of the sections that these cells touch in which something has to cross."""
    for section in (find_lab("linear").section("column.shard"), find_lab("linear").section("row.shard")):
        if not cells.keys().isdisjoint(section.task_names):
            yield from (task for task in section.tasks if task.collectives)


def verdict_on_task(changed: Mapping[str, str], task: str, before: str = "") -> Verdict:
    """The verdict on one task under one challenge, whatever the mistake is called."""
    section = find_lab("linear").section(task)
    cells = {name: TransformerManager().transform_cell(text) for name, text in {**BASE, **changed}.items()}
    trace = record_section(section, task, cells, SIZES, carried_from(section, before))
    return verdict_on(section, task, SIZES, (trace,), secrets.randbits(48))


def crossed(ledger: Ledger) -> dict[str, int]:
    """Numbers that crossed, by kind."""
    out: dict[str, int] = {}
    for collective in ledger.collectives:
        out[collective.kind] = out.get(collective.kind, 0) + collective.numbers
    return out


def moves_what_theory_says(changed: Mapping[str, str], task: Task, before: str) -> None:
    verdict = verdict_on_task(changed, task.name, before)
    assert verdict.passed and verdict.ledger is not None, verdict.render("en")
    assert crossed(verdict.ledger) == {due.signature.kind: due.numbers for due in verdict.due}
    assert fault_of(verdict.ledger, verdict.due) is None and superfluous(verdict.ledger, verdict.due) == ()


@pytest.mark.parametrize(
    "entry", [entry for entry in RIGHT if [*tasks_of(entry.cells)] and entry.name not in NOT_MEASURED_HERE], ids=name
)
def test_a_right_solution_moves_what_theory_says(entry):
    for task in tasks_of(entry.cells):
        moves_what_theory_says(entry.cells, task, entry.before)


def test_the_labs_own_solution_moves_what_theory_says():
    for task in tasks_of(BASE):
        moves_what_theory_says({}, task, "")


def test_an_all_reduce_done_twice_is_right_and_once_more_than_needed():
    twice = BASE["row.forward"] + "\nagain = Y_gpu2 + Y_gpu1"
    verdict = verdict_on_task({"row.forward": twice}, "row.forward")
    assert verdict.passed and verdict.ledger is not None
    assert [one.code for one in superfluous(verdict.ledger, verdict.due)] == ["again = Y_gpu2 + Y_gpu1"]


def test_what_was_done_in_an_earlier_cell_is_not_asked_for_again():
    (entry,) = [entry for entry in RIGHT if entry.name == "v3_module"]
    verdict = verdict_on_task(entry.cells, "column.backward")
    assert verdict.passed and verdict.ledger is not None
    assert crossed(verdict.ledger) == {} and fault_of(verdict.ledger, verdict.due) is None


@pytest.mark.parametrize("entry", [entry for entry in WRONG if [*tasks_of(entry.cells)]], ids=name)
def test_a_collective_is_said_to_be_missing_only_where_it_is(entry):
    said = []
    for task in tasks_of(entry.cells):
        if task.name in entry.loses:
            verdict = verdict_on_task(entry.cells, task.name, entry.before)
            fault = fault_of(verdict.ledger, verdict.due) if verdict.ledger is not None else None
            said += [verdict.render("en")] if fault and verdict.render("en").startswith(fault.render("en")) else []
    wanted = {**MISSING, **OF_THE_WRONG_KIND}.get(entry.name)
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
    verdict = verdict_on_task({task: cell}, task)
    assert verdict.passed and verdict.ledger is not None
    (extra,) = superfluous(verdict.ledger, verdict.due)
    assert extra.numbers in (80, 160)  # the bias


def test_a_wrong_bias_is_no_missing_all_gather():
    cell = "Y_gpu1, Y_gpu2 = X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu1\nY = torch.cat((Y_gpu1, Y_gpu2), 1)"
    verdict = verdict_on_task({"column.forward": cell}, "column.forward")
    assert not verdict.passed and verdict.ledger is not None
    assert fault_of(verdict.ledger, verdict.due) is None


@pytest.mark.parametrize("bias", ["b", "b_gpu1", "b_gpu2"])
def test_an_all_reduced_sum_lies_on_both_devices_whichever_replica_of_the_bias_is_added(bias):
    cell = f"Y = X_gpu1 @ W_gpu1.T + X_gpu2 @ W_gpu2.T + {bias}"
    verdict = verdict_on_task({"row.forward": cell}, "row.forward")
    assert verdict.ledger is not None
    (Y,) = [placed for placed in verdict.ledger.after if placed.name == "Y"]
    assert Y.devices == {1, 2}


def test_a_replica_of_the_bias_lies_where_its_name_says():
    cell = "W_gpu1 -= lr * dW_gpu1\nW_gpu2 -= lr * dW_gpu2\nb_tp_row = b_gpu1 - lr * db\nb_gpu1, b_gpu2 = b_tp_row.clone(), b_tp_row.clone()"
    verdict = verdict_on_task({"row.update": cell}, "row.update")
    assert verdict.passed and verdict.ledger is not None
    placed = {one.name: one.devices for one in verdict.ledger.after}
    assert placed["b_gpu1"] == {1} and placed["b_gpu2"] == {2}


def test_a_joined_gradient_shows_in_the_update_too():
    cell = BASE["column.update"] + "\ndW = torch.cat((dW_gpu1, dW_gpu2), 1)"
    verdict = verdict_on_task({"column.update": cell}, "column.update")
    assert not verdict.passed and verdict.ledger is not None
    assert max(moment.gradients[1] for moment in verdict.ledger.held) == verdict.ledger.full


def test_another_optimizer_is_not_told_about_item():
    cell = BASE["reference.step"].replace("torch.optim.SGD(linear.parameters(), lr=lr)", "torch.optim.Adam(linear.parameters(), lr=lr)")
    verdict = verdict_on_task({"reference.step": cell}, "reference.step")
    assert not verdict.passed and ".item()" not in verdict.render("en")
