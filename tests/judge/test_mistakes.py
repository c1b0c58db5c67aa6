"""Each mistake of the catalogue is found where it is made, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from grader.bench.section import record_section
from grader.judge.answers import task_values
from grader.judge.exam import examine
from grader.judge.mistakes import Run, find
from grader.judge.mistakes.search import _situations, _variants, confirming, matching
from grader.judge.runners.namespace import run_again
from grader.lab.case import CHUNK, FLOOR, Case
from grader.lab.mistake import Mistake, Situation, Variant
from grader.lab.registry import find_lab
from grader.labs.linear.lab import EXACT, SOURCE, case_of
from grader.labs.linear.mistakes import CATALOGUE
from grader.labs.linear.mistakes.shards import LARGEST
from tests.labs.corpora import solution_cells

REFERENCE = (
    "linear = nn.Linear(in_ch, out_ch)\nlinear.load_state_dict({'weight': W, 'bias': b[0]})\n"
    "optimizer = torch.optim.SGD(linear.parameters(), lr=lr)\nX_t = X.clone().requires_grad_()\n"
    "Y_pred = linear(X_t)\nloss = ((Y_pred - Y_gt) ** 2).mean()\nloss.backward()\n"
    "dX_torch, dW_torch, db_torch = [t.grad.clone() for t in (X_t, linear.weight, linear.bias)]\noptimizer.step()\n"
)


def edited(text: str, *edits: tuple[str, str]) -> str:
    for old, new in edits:
        assert old in text, f"{old!r} is not in the cell"
        text = text.replace(old, new)
    return text


ENTRIES = [(task, name) for task, entries in CATALOGUE.items() for name in dict.fromkeys(m.name for m in entries)]
SOLUTION = solution_cells()
SMALL = case_of(3, 11, 7, 0.05)


# What these become cannot be told without a cell: their constants and random numbers are read off what it made.
MADE_BY_A_CELL = {
    "weight-not-copied": ("reference.step", edited(REFERENCE, ("'weight': W", "'weight': linear.weight"))),
    "bias-not-copied": ("reference.step", edited(REFERENCE, ("'bias': b[0]", "'bias': linear.bias"))),
    "layer-not-copied": (
        "reference.step",
        edited(REFERENCE, ("linear.load_state_dict({'weight': W, 'bias': b[0]})\n", "")),
    ),
    "momentum": ("reference.step", edited(REFERENCE, ("lr=lr)", "lr=lr, momentum=0.7)"))),
    "nesterov": ("reference.step", edited(REFERENCE, ("lr=lr)", "lr=lr, momentum=0.5, nesterov=True)"))),
    "weight-decay": ("manual.update", "W_manual = W - lr * (dW.T + 0.1 * W)\nb_manual = b - lr * db"),
    "number-added-to-divisor": ("manual.dY", "dY = 2 * (Y - Y_gt) / (Y.numel() + 1e-8)"),
    "size-written-out": (
        "column.shard",
        "W_gpu1, W_gpu2 = W[:5].clone(), W[5:].clone()\nb_gpu1, b_gpu2 = b[:, :5].clone(), b[:, 5:].clone()\n"
        "X_gpu1, X_gpu2 = X.clone(), X.clone()",
    ),
}
ALIKE_BY_CHANCE = {"one-size-for-all", "max-over-all-sizes"}  # where the largest difference is at the first or last in_ch


def right_runs(task: str) -> list[Run]:
    section = find_lab("linear").section(task)
    values = [(c, task_values(section, c, 7)[section.task_names.index(task)]) for c in confirming(section, FLOOR)]
    return [Run(c, v, {n: want.value for n, want in {**v.expected, **v.expected_afterwards}.items()}) for c, v in values]


def made(task: str, mistake: Mistake) -> Iterator[list[Run]]:
    """Runs of a cell that makes the mistake, in all of the task's variables, in one or in both devices' part."""
    runs = right_runs(task)
    names = list(runs[0].values.expected)
    situations = _situations(find_lab("linear").section(task), task, runs)
    alone = names[:1] if task == "fp32.experiment" else names
    pairs = [frozenset({name, name[:-1] + "2"}) for name in names if name.endswith("_gpu1")]
    for wrong in [frozenset(names), *(frozenset({name}) for name in alone), *pairs]:
        here = [replace(situation, wrong=wrong) for situation in situations]
        for variant in _variants(mistake, here[0]):
            changed = [_changed(run, variant, situation) for run, situation in zip(runs, here, strict=True)]
            if any(run.outputs is not None for run in changed):
                yield changed


def _changed(run: Run, variant: Variant, situation: Situation) -> Run:
    try:
        outcome = variant.outcome(situation)
    except (RuntimeError, IndexError, ValueError):
        return replace(run, outputs=None)
    cast = {name: tensor.to(run.case.dtype) for name, tensor in outcome.items()}
    return replace(run, outputs={**(run.outputs or {}), **cast})


def names(task: str, runs: list[Run]) -> set[str]:
    return {mistake.name for mistake, _ in matching(find_lab("linear").section(task), task, runs)}


def found(task: str, cell: str, failed: Case = SMALL):
    section = find_lab("linear").section(task)
    cells = {**SOLUTION, task: cell}

    def rerun(case: Case) -> Run | None:
        return run_again(section, task, case, (record_section(section, task, cells, case, {}),), 11)

    return find(section, task, failed if section.name != "fp32" else section.cases[0], rerun)


@pytest.mark.parametrize(("task", "name"), ENTRIES)
def test_a_mistake_is_found_where_it_is_made_and_no_other_is(task, name):
    answers = [names(task, runs) for m in CATALOGUE[task] if m.name == name for runs in made(task, m)]
    if name not in MADE_BY_A_CELL:
        assert {name} in answers
    for answer in answers:  # where a form changes nothing, nothing is found
        assert answer <= {name} or answer <= ALIKE_BY_CHANCE


@pytest.mark.parametrize("name", MADE_BY_A_CELL)
def test_a_mistake_whose_numbers_are_read_off_is_found_in_a_cell(name):
    task, cell = MADE_BY_A_CELL[name]
    assert found(task, cell).name == name


@pytest.mark.parametrize("task", CATALOGUE)
def test_nothing_is_found_in_a_right_answer(task):
    assert names(task, right_runs(task)) == set()


@pytest.mark.parametrize("task", CATALOGUE)
def test_nothing_is_found_in_noise(task):
    noisy = [
        replace(run, outputs={name: tensor + torch.randn_like(tensor) for name, tensor in (run.outputs or {}).items()})
        for run in right_runs(task)
    ]
    assert names(task, noisy) == set()


def test_the_hint_holds_the_number_that_was_read_off():
    hint = found("manual.update", "W_manual = W - 0.017 * dW.T\nb_manual = b - 0.017 * db").hint
    assert "made with 0.017, whatever lr is" in hint.render("en") and "с числом 0.017" in hint.render("ru")


def test_a_verdict_has_the_mistakes_name_and_its_message_the_hint():
    section = find_lab("linear").section("row.forward")

    def verdict(forward: str):
        cells = {**SOLUTION, "row.forward": forward}
        record = lambda c: (record_section(section, "row.forward", cells, c, {}),)  # noqa: E731
        return examine(section, "row.forward", (SMALL,), record, lambda: 3)

    twice = verdict("Y = (X_gpu1 @ W_gpu1.T + b_gpu1) + (X_gpu2 @ W_gpu2.T + b_gpu2)")
    assert twice.mistake == "bias-on-every-rank"
    assert twice.render("en").rstrip(")").endswith("add it once, after the all-reduce")
    assert "похоже, смещение вошло в сумму дважды" in twice.render("ru")
    assert verdict("Y = X_gpu1 @ W_gpu1.T + X_gpu2 @ W_gpu2.T + 5 * b_gpu1").mistake is None
    assert verdict("Y = X_gpu1 @ W_gpu1.T + X_gpu2 @ W_gpu2.T + b_gpu1").mistake is None
    assert verdict("Y = None").mistake is None


def test_two_mistakes_at_once_are_not_named():
    assert found("manual.forward", "Y = torch.relu(X @ W.T + 2 * b)") is None


def test_one_variable_beside_the_mistake_has_to_be_right():
    assert found("manual.gradients", "dX, dW, db = dY @ W, X.T @ dY / batch_size, dY.sum(0)").name == "dW-over-batch"
    assert found("manual.gradients", "dX, dW, db = 3 * dY @ W, X.T @ dY / batch_size, dY.sum(0)") is None


def test_a_number_that_is_no_longer_the_same_at_other_sizes_is_not_named():
    assert found("manual.dY", "dY = 2 * (Y - Y_gt) / (100 if batch_size == 3 else 200)") is None


def test_the_mistake_has_to_explain_the_challenge_that_failed_too():
    cell = "Y = X @ W.T + (0 * b if batch_size < 16 else 2 * b)"
    assert found("manual.forward", cell).name == "bias-missing"
    assert found("manual.forward", cell, SOURCE) is None


def test_a_cell_that_raises_where_the_mistake_lets_it_raise_is_named():
    summed = "Y = X_gpu1 @ W_gpu1.T + b_gpu1 + X_gpu2 @ W_gpu2.T + b_gpu2"  # raises where out_ch is odd
    assert found("column.forward", summed, EXACT[0]).name == "added-not-joined"


def test_a_cell_that_raises_elsewhere_is_not_named():
    assert found("manual.forward", "Y = X @ W.T\nassert batch_size != 5") is None


def test_a_cell_that_cuts_odd_sizes_the_other_way_is_named_too():
    cell = "p = W_gpu1.shape[0]\nassert p >= W_gpu2.shape[0]\nY = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu2 @ W_gpu2.T), 1)"
    assert found("column.forward", cell, EXACT[0]).name == "bias-missing"
    assert confirming(find_lab("linear").section("column.forward"), CHUNK)[0].layout == CHUNK


def test_numbers_taken_out_of_tensors_are_not_named():
    assert found("manual.forward", "Y = torch.tensor((X @ W.T).tolist())") is None


def test_a_cell_that_makes_nothing_is_not_named():
    assert found("manual.gradients", "dX = dY @ W") is None


@pytest.mark.parametrize("task", ["reference.step", "column.forward"])
def test_nothing_is_recorded_twice_to_confirm_a_mistake(task):
    section = find_lab("linear").section(task)
    asked = [case for layout in section.layouts for case in confirming(section, layout)]
    again = {case for case in asked if case.layout == CHUNK}
    assert all(section.alternatives(case.laid_out(FLOOR)) for case in again)


@pytest.mark.parametrize("task", ["reference.step", "manual.gradients"])
def test_what_a_wrong_cell_made_is_not_asked_for_again(task):
    cells = {**solution_cells()}
    old, new = (".mean()", ".sum()") if task == "reference.step" else ("X.T @ dY", "(2 * X).T @ dY")
    cells[task] = cells[task].replace(old, new)
    section = find_lab("linear").section(task)
    verdict = examine(section, task, (SOURCE,), lambda c: (record_section(section, task, cells, c, {}),), lambda: 3)
    assert verdict.run is not None and verdict.run.case == SOURCE
    fresh = run_again(section, task, SOURCE, (record_section(section, task, cells, SOURCE, {}),), 3)
    assert fresh is not None and fresh.outputs is not None and verdict.run.outputs is not None
    assert fresh.right == verdict.run.right
    assert set(fresh.outputs) == set(verdict.run.outputs)
    assert all(torch.equal(made, fresh.outputs[name]) for name, made in verdict.run.outputs.items())


def test_a_number_written_out_is_told_apart_where_a_confirming_size_is_larger():
    cases = confirming(find_lab("linear").section("column.shard"), FLOOR)
    assert {0: max(c["out_features"] for c in cases), 1: max(c["in_features"] for c in cases)} == LARGEST


def test_no_hint_hides_behind_a_name_that_another_entry_of_its_task_has():
    for task, entries in CATALOGUE.items():
        hints: dict[str, set[str]] = {}
        for mistake in entries:
            hints.setdefault(mistake.name, set()).add(mistake.hint)
        assert all(len(texts) == 1 for texts in hints.values()), task

