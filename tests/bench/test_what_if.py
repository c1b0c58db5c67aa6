"""`what_if()`: the notebook's own cells at the size of a large model."""

from __future__ import annotations

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from grader.bench.what_if import estimate
from grader.lab.registry import find_lab
from grader.labs.linear.what_if import MODELS, WHAT_IF
from tests.labs.corpora import solution_cells

CELLS = {task: TransformerManager().transform_cell(text) for task, text in solution_cells().items()}
SMALL, LARGE = MODELS
W = 4 * 53248 * 16384  # bytes of the large matrix in fp32


@pytest.mark.parametrize(("section", "share"), [("manual", 1), ("column", 2), ("row", 2)])
def test_a_device_holds_its_share_of_the_matrix_and_of_its_gradient(section, share):
    found = estimate(WHAT_IF, find_lab("linear").section(f"{section}.forward"), CELLS, LARGE, 32, {})
    assert found.missing is None and found.held == 2 * W // share


def test_what_crosses_is_what_the_passes_need():
    column = estimate(WHAT_IF, find_lab("linear").section("column.forward"), CELLS, LARGE, 32, {})
    assert column.crossed == 4 * 32 * (53248 + 2 * 16384)
    row = estimate(WHAT_IF, find_lab("linear").section("row.forward"), CELLS, LARGE, 32, {})
    assert row.crossed == 4 * 32 * (2 * 53248 + 16384)
    assert estimate(WHAT_IF, find_lab("linear").section("manual.forward"), CELLS, LARGE, 32, {}).crossed == 0


def test_a_section_that_holds_the_full_matrix_shows_it():
    whole = "\nY = X @ torch.cat((W_gpu1, W_gpu2)).T + b"
    found = estimate(WHAT_IF, find_lab("linear").section("column.forward"), {**CELLS, "column.forward": whole}, LARGE, 32, {})
    assert found.held >= W


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("raise NotImplementedError()", "not solved yet"),
        ("Y = X @ W", "column.forward: line 1, `Y = X @ W`"),
        ("print(float(X.max()))\nY = X @ W_gpu1.T", "line 1"),
        ("Y = torch.stack([X @ row for row in W_gpu1], 1)", "more than 1000 tensor operations"),
    ],
)
def test_what_cannot_be_measured_says_why(cell, said):
    found = estimate(WHAT_IF, find_lab("linear").section("column.forward"), {**CELLS, "column.forward": cell}, SMALL, 32, {})
    assert found.missing is not None and said in found.missing.render("en")


def test_a_section_without_cells_is_not_solved_yet():
    found = estimate(WHAT_IF, find_lab("linear").section("row.forward"), {}, SMALL, 32, {})
    assert found.missing is not None and found.missing.render("en") == "row.shard: not solved yet"


def test_the_notebook_shows_all_of_it_before_anything_is_solved(run):
    out, error = run("what_if()")
    assert error is None
    (shown,) = out.outputs
    assert shown.data["text/html"].startswith("<img")
    assert shown.data["text/plain"].count("not solved yet") == 6
