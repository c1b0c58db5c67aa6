"""An entry is tried as the exam tries a notebook: each task of the sections that it touches."""

from __future__ import annotations

from pathlib import Path

from grader.corpus.entries import Entry
from grader.corpus.trial import Exam, Trial
from grader.lab.registry import find_lab
from tests.labs.corpora import corpus, solution_cells

EXAM = Exam(find_lab("linear"), solution_cells())
MANUAL = {"manual.forward", "manual.dY", "manual.gradients", "manual.update"}


def tried(cells: dict[str, str], before: str = "", harms: str = "", tasks: tuple[str, ...] = ()) -> Trial:
    loses = frozenset(cells)
    entry = Entry("x", "wrong", cells, before, loses, {}, "x", Path("x.py"), harms=harms)
    return EXAM.of_entry(entry, tasks)


def test_one_mistake_costs_one_task_of_the_section():
    trial = tried({"manual.dY": "#\ndY = (Y - Y_gt) / Y.numel()\n"})
    assert set(trial.outcomes) == MANUAL and trial.lost == {"manual.dY"}
    wrong = trial.outcomes["manual.dY"]
    assert wrong.mistake == "factor-two-missing" and wrong.on_numbers and "dY is wrong" in wrong.render("en")


def test_what_it_costs_is_counted():
    trial = tried({"manual.forward": "#\nY = X @ W.T + b\n"})
    forward = trial.outcomes["manual.forward"]
    assert forward.passed and forward.render("en") == "" and forward.seconds > 0
    assert forward.operations == 3  # a transpose, a product, a sum


def test_a_message_on_something_else_is_not_on_numbers():
    outcome = tried({"manual.forward": "#\nZ = X @ W.T + b\n"}).outcomes["manual.forward"]
    assert not outcome.passed and not outcome.on_numbers and outcome.mistake is None


def test_a_cell_before_has_the_notebooks_sizes_and_leaves_functions_only():
    right = "def product(x): return x @ W.T\nassert out_ch == 608\n"
    assert not tried({"manual.forward": "#\nY = product(X) + b\n"}, right).lost
    assert tried({"manual.forward": "#\nY = X @ W.T + b + kept\n"}, "kept = 0.0\n").lost == {"manual.forward"}


def test_ipythons_own_syntax_is_understood():
    assert not tried({"manual.forward": "#\n%timeit -n1 -r1 X @ W.T\nY = X @ W.T + b\n"}, tasks=("manual.dY",)).lost


def test_cells_of_the_solution_are_not_tried_again_and_those_behind_a_changed_one_are():
    first = tried({"manual.dY": "#\ndY = (Y - Y_gt) / Y.numel()\n"}).outcomes
    again = tried({"manual.dY": "#\ndY = 2 * (Y - Y_gt) / Y.numel()\n"}).outcomes
    assert again["manual.forward"] is first["manual.forward"]
    assert all(again[task] is not first[task] for task in MANUAL - {"manual.forward"})


def test_ranks_run_a_tasks_function_alone_so_that_only_the_changed_ones_are_tried_again():
    exam = Exam(find_lab("ranks"), solution_cells("ranks"))
    (entry,) = [entry for entry in corpus("ranks") if entry.name == "shift-its-own-again"]

    outcomes = exam.of_entry(entry).outcomes

    assert {task for task, outcome in outcomes.items() if not outcome.passed} == {"ring.shift"}
    assert exam.known.keys() == outcomes.keys() - {"ring.shift"}


def test_one_task_can_be_asked_for():
    assert set(tried({"manual.dY": "#\ndY = Y\n"}, tasks=("manual.dY",)).outcomes) == {"manual.dY"}


def test_an_entry_that_harms_its_process_is_tried_in_another_one():
    cells = {"manual.forward": "#\nY = X @ W.T\n"}
    trial = tried(cells, harms="does nothing of the kind")
    assert trial.lost == {"manual.forward"} == set(trial.outcomes)
    assert trial.outcomes["manual.forward"].mistake == "bias-missing"


def test_a_process_that_dies_has_judged_nothing():
    assert tried({"manual.forward": "#\nimport os\nos._exit(3)\n"}, harms="ends it").outcomes == {}
