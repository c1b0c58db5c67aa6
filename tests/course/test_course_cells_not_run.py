"""Cells that no points hang on are not run when graded; whatever could earn or cost points is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from grader.course.execution.cells_not_run import cells_not_run
from grader.course.execution.execute_notebook import CarefulExecute

ROOT = Path(__file__).resolve().parents[2]
COMPARES = "%%after column\nW_comb = 1\nimport numpy.linalg\ndef shown(): ...\nprint(W_comb, other)"


def cell(text: str, **marks: Any) -> NotebookNode:
    mark = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3} | marks
    return new_code_cell(text, metadata={"nbgrader": mark | {"grade_id": f"n{hash(text)}"}} if marks else {})


def places(*cells: NotebookNode) -> set[int]:
    check = cell("check('column.shard')", grade=True, locked=True, points=1)
    return set(cells_not_run(new_notebook(cells=[*cells, check])))


def test_a_given_cell_that_waits_for_tasks_and_cells_behind_the_last_graded_one_are_spared() -> None:
    last = new_notebook(cells=[cell("Y = X", solution=True), cell(COMPARES, locked=True), cell("print(Y)")])
    assert cells_not_run(last) == {1, 2}
    assert places(cell(COMPARES, locked=True)) == {0}


@pytest.mark.parametrize("text", ["W_comb", "eval('W_comb')", "numpy.ones(1)", "shown()", "Ｗ_comb"])
@pytest.mark.parametrize("kind", [{}, {"solution": True}, {"locked": True}])
def test_it_is_run_if_a_later_cell_mentions_what_it_makes(text: str, kind: dict[str, bool]) -> None:
    assert places(cell(COMPARES, locked=True), cell(text, **kind)) == set()
    assert places(cell(text, **kind), cell(COMPARES, locked=True)) == {1}


def test_it_is_run_if_a_function_from_above_mentions_what_it_makes() -> None:
    assert places(cell("def size(): return W_comb.shape"), cell(COMPARES, locked=True), cell("size()")) == set()


@pytest.mark.parametrize(
    "made",
    [
        "from numpy import *",
        "from numpy import\\\n*",
        "def f():\n    global ones\n    ones = 1\nf()",
        "[ones := 1 for _ in ()]",
    ],
)
def test_it_is_run_if_a_later_cell_mentions_what_it_makes_in_other_ways(made: str) -> None:
    assert places(cell(f"%%after row\n{made}", locked=True), cell("ones")) == set()


def test_of_a_cell_with_magics_every_word_counts() -> None:
    drawn = cell("%%after row\n%matplotlib inline\nW_comb = X", locked=True)
    assert places(drawn, cell("W_comb")) == places(drawn, cell("inline")) == set()
    assert places(drawn, cell("print(Y)")) == {0}


def test_what_a_spared_cell_mentions_is_not_needed_for_it() -> None:
    chain = cell(COMPARES, locked=True), cell("%%after row\nW_row = W_comb", locked=True)
    assert places(*chain) == {0, 1}
    assert places(*chain, cell("W_row")) == set()


def test_a_tag_says_it_of_a_cell_that_waits_for_no_task_and_only_the_labs_own_tag_counts() -> None:
    given = cell("ledger = 1\nprint(ledger)", locked=True)
    own = cell("print(1)")
    given.metadata["tags"] = own.metadata["tags"] = ["only-shows"]
    assert places(given, own) == {0}
    assert places(given, cell("ledger")) == set()


def test_other_given_cells_checks_and_a_students_own_cells_are_run() -> None:
    assert (
        places(cell("seed = 0", locked=True), cell("%%after column\nprint(1)"), cell("%%task a.b", solution=True))
        == set()
    )


def test_in_the_lab_only_comparisons_and_what_stands_behind_the_last_check_is_spared() -> None:
    lab = nbformat.read(ROOT / "assignments/en/linear/linear.ipynb", as_version=4)
    names = [lab.cells[place].metadata.nbgrader.grade_id.removeprefix("given-") for place in sorted(cells_not_run(lab))]
    assert names == [
        "manual-compare", "column-compare", "row-compare", "llama", "mlp", "fp32-plot", "fp32-accuracy", "fp32-tree"
    ]  # fmt: skip


@pytest.mark.parametrize(("asked", "said"), [(False, "○ при проверке"), (True, "42")])
def test_a_spared_cell_says_so_unless_all_are_asked_for(asked: bool, said: str) -> None:
    config = Config()
    config.CarefulExecute.to_the_end = asked
    nb = new_notebook(cells=[cell("six = 6", solution=True), cell("six * 7")])
    nb.metadata["course"] = {"language": "ru"}
    executed, _ = CarefulExecute(config=config).executed(nb, {"metadata": {"path": str(ROOT)}})
    assert str(executed.cells[1].outputs).count(said) == 1
