"""The rule for one rank: its shard and no more, and only activations cross."""

from __future__ import annotations

import pytest
import torch

from grader.lab.case import FLOOR, Case
from tests.judge.ranks.judging import verdict
from tests.judge.ranks.right import GATHER, REDUCE
from tests.judge.ranks.solutions import Solution, edited
from tests.rank_lab.lab import CHUNK, COLUMN, ROW, case_of, exam_cases

SMALL = case_of(3, 11, 7, 0.05, 3)
DECIDING = next(case for case in exam_cases() if COLUMN.rule.limits(case) is not None)


def said(case: Case, *edits: tuple[str, str]) -> str:
    return verdict(Solution("", "column", edited("column", *edits)), [case]).render("en")


def test_sizes_decide_for_every_world_size_of_the_exam_from_three_ranks_on():
    decided = {case.world for case in exam_cases() if COLUMN.rule.limits(case) is not None and ROW.rule.limits(case) is not None}

    assert {3, 4, 5} <= decided
    assert COLUMN.rule.limits(case_of(4, 96, 80, 0.05, 1)) is None, "a rank alone holds all of W"


def test_two_ranks_have_the_limits_that_two_devices_have():
    case = case_of(4, 96, 80, 0.05, 2)

    assert COLUMN.rule.limits(case) is not None
    assert COLUMN.rule.limits(case).crossing == 4 * 4 * (96 + 80)
    assert COLUMN.rule.limits(case).shard == 40 * 96


@pytest.mark.parametrize(("edges", "parts"), [(FLOOR, [1, 1, 1, 2]), (CHUNK, [2, 2, 1, 0])])
def test_edges_cut_all_rows(edges: str, parts: list[int]):
    case = case_of(1, 1, 1, 0.1, 4, layout=edges)
    assert [case.part(5, rank)[1] for rank in range(4)] == parts
    assert [case.part(5, rank)[0] for rank in range(4)] == [sum(parts[:rank]) for rank in range(4)]


@pytest.mark.parametrize("what", [
    "W", "W * 1", "W.T.contiguous()", "W.half()", "(X.T @ dY_loc)", "W[:1].clone()", "W - lr * (dY_loc.T @ X)",
    # a constant is no data
    "torch.eye(W.shape[0], dtype=W.dtype) @ W", "W.new_ones(1, W.shape[0]) @ W",
    "torch.nn.functional.one_hot(torch.tensor([1]), W.shape[0]).to(W.dtype) @ W",
    "(torch.eye(W.shape[0], dtype=W.dtype) + 0 * X[0, 0]) @ W", "torch.stack([W[0, k] for k in range(W.shape[1])])",
])
def test_weights_and_their_gradients_do_not_cross_in_any_form_at_any_size(what: str):
    send = f"    q = {what}\n    if r == 2:\n        dist.send(q, 0)\n    if r == 0:\n        dist.recv(torch.empty_like(q), 2)\n"
    even = case_of(3, 12, 9, 0.05, 3)

    assert "send carries weights or their gradients" in said(even, (REDUCE, REDUCE + send))


@pytest.mark.parametrize("what", ["b", "dY_loc.contiguous()", "dY_loc @ W", "X", "(X @ W.T)", "dY_loc.sum(0)", "W.sum()"])
def test_what_is_no_weight_may_cross(what: str):
    even = case_of(3, 12, 9, 0.05, 3)

    assert said(even, (REDUCE, REDUCE + f"    q = ({what}).clone()\n    dist.all_reduce(q)\n")) == ""


@pytest.mark.parametrize("scaled", ["(Y - Y_gt).mul_(2 / (batch * out_ch))", "(Y - Y_gt).div_(batch * out_ch / 2)"])
def test_what_is_scaled_in_place_is_no_gradient(scaled: str):
    assert said(DECIDING, ("2 * (Y - Y_gt) / (batch * out_ch)", scaled)) == ""


def test_a_part_of_one_row_is_not_told_from_a_number():
    one_sample = Case({"batch_size": 1, "in_features": 4, "out_features": 3}, {"lr": 0.05}, world=3)

    assert said(one_sample) == ""


def test_a_buffer_of_the_full_size_is_too_large_even_when_nothing_crosses():
    buffer = "    full = torch.empty(out_ch, X.shape[1], dtype=X.dtype)\n    full[lo:hi] = W\n"

    assert "numbers on one device; a shard has" in said(DECIDING, (GATHER, buffer + GATHER))


def test_numbers_taken_out_of_a_tensor_stay_those_of_the_recording():
    listed = "    Y_loc = torch.stack([torch.tensor([float(y) for y in row], dtype=X.dtype) for row in Y_loc])\n"

    assert said(SMALL, (GATHER, listed + GATHER)).startswith("rank 0: Y is wrong")


def test_what_one_rank_hides_in_the_process_is_no_source_for_another():
    hidden = (
        "    torch.hidden = getattr(torch, 'hidden', {})\n"
        "    torch.hidden[r] = torch.cat([W] * 40)\n"
        "    W = W + 0 * torch.hidden[0][: W.shape[0]].sum()\n"
    )
    try:
        found = said(SMALL, (GATHER, hidden + GATHER))
    finally:
        vars(torch).pop("hidden", None)

    assert found.startswith("rank 1: line 12, `W = W + 0 * torch.hidden[0]")
    assert "whose numbers no recorded torch operation made" in found
