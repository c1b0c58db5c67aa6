"""Collectives: what is communication, of which kind, and how much."""

from __future__ import annotations

import pytest

from grader.judge.ledger import ALL_GATHER, ALL_REDUCE, theory
from grader.judge.ledger.collectives import OTHER, collective_of, moving, waiting_after
from tests.judge.ledger.conftest import K, M, N, entry, piece

ONE, TWO, BOTH = frozenset({1}), frozenset({2}), frozenset({1, 2})
GATHERED, REDUCED = N * M, 2 * N * M


def test_theory_is_what_the_usual_algorithms_move():
    assert theory(ALL_GATHER, 100) == 100 and theory(ALL_REDUCE, 100) == 200
    assert theory(ALL_GATHER, 100, world_size=4) == 300 and theory(ALL_REDUCE, 100, world_size=4) == 600


def test_a_product_at_home_plus_a_sum_moves_the_sum_alone():
    homes = {1: ONE, 2: TWO, 3: TWO}
    across = entry("addmm", piece(1, 4, 5), piece(2, 4, 9), piece(3, 9, 5), makes=piece(7, 4, 5))
    assert [p.storage for p in moving(across, homes)] == [1, 7]
    assert collective_of(across, 0, homes, 0).numbers == 40


def test_what_waits_in_a_buffer_is_what_one_device_wrote_into_what_both_have():
    homes = {1: ONE, 2: TWO, 5: BOTH}
    first = entry("copy", piece(5, 2, 3, of=12), piece(1, 2, 3), writes=piece(5, 2, 3, of=12))
    waiting = waiting_after(first, homes, {})
    assert waiting == {5: 6}
    second = entry("copy", piece(5, 2, 3, of=12), piece(2, 2, 3), writes=piece(5, 2, 3, of=12))
    homes = {**homes, 5: ONE}
    assert collective_of(second, 1, homes, waiting[5]).numbers == 12
    assert waiting_after(second, homes, waiting) == {}


@pytest.mark.parametrize(
    ("cell", "kind", "numbers"),
    [
        ("Z = torch.cat((Y_gpu1, Y_gpu2), 1)", ALL_GATHER, GATHERED),
        ("Z = torch.hstack([Y_gpu1, Y_gpu2])", ALL_GATHER, GATHERED),
        ("Z = torch.stack((Y_gpu1, Y_gpu2)).permute(1, 0, 2).reshape(X.shape[0], -1)", ALL_GATHER, GATHERED),
        ("Z = torch.empty(2, 8)\nZ[:, :4] = Y_gpu1\nZ[:, 4:] = Y_gpu2", ALL_GATHER, GATHERED),
        ("Z = torch.empty(2, 8)\nfor i in range(2):\n    Z[i, :4] = Y_gpu1[i]\n    Z[i, 4:] = Y_gpu2[i]", ALL_GATHER, GATHERED),
        ("Z = torch.empty(2, 8)\ntorch.cat((Y_gpu1, Y_gpu2), 1, out=Z)", ALL_GATHER, GATHERED),
        ("Z = torch.zeros(2, 8).index_copy_(1, torch.arange(4), Y_gpu1).index_copy_(1, torch.arange(4, 8), Y_gpu2)", ALL_GATHER, GATHERED),
        ("P_gpu1 = X_gpu1 @ torch.cat((W_gpu1, W_gpu1)).T\nP_gpu2 = X_gpu2 @ torch.cat((W_gpu2, W_gpu2)).T\nZ = P_gpu1 + P_gpu2", ALL_REDUCE, REDUCED),
        ("P_gpu1, P_gpu2 = Y_gpu1.repeat(1, 2), Y_gpu2.repeat(1, 2)\nP_gpu1 += P_gpu2\nZ = P_gpu1", ALL_REDUCE, REDUCED),
        ("P_gpu1, P_gpu2 = Y_gpu1.repeat(1, 2), Y_gpu2.repeat(1, 2)\nZ = torch.stack((P_gpu1, P_gpu2)).sum(0)", ALL_REDUCE, REDUCED),
        ("P_gpu1, P_gpu2 = Y_gpu1.repeat(1, 2), Y_gpu2.repeat(1, 2)\nZ = torch.cat((P_gpu1, P_gpu2)).view(2, 2, 8).sum(0)", ALL_REDUCE, REDUCED),
        ("P_gpu1, P_gpu2 = Y_gpu1.repeat(1, 2), Y_gpu2.repeat(1, 2)\nZ = torch.zeros(2, 8)\nZ += P_gpu1\nZ += P_gpu2", ALL_REDUCE, REDUCED),
        ("P_gpu1, P_gpu2 = Y_gpu1.repeat(1, 2), Y_gpu2.repeat(1, 2)\ntorch._foreach_add_([P_gpu1], [P_gpu2])", ALL_REDUCE, REDUCED),
        ("P_gpu1 = Y_gpu1.repeat(1, 2)\nZ = torch.addmm(P_gpu1, X_gpu2, torch.cat((W_gpu2, W_gpu2)).T)", ALL_REDUCE, REDUCED),
        ("Z = sum([Y_gpu1.repeat(1, 2), Y_gpu2.repeat(1, 2)])", ALL_REDUCE, REDUCED),
        ("Z = torch.maximum(Y_gpu1.repeat(1, 2), Y_gpu2.repeat(1, 2))", OTHER, REDUCED),
    ],
)  # fmt: skip
def test_each_form_of_a_collective_is_one_of_its_kind(read, cell, kind, numbers):
    (collective,) = read(cell).collectives
    assert (collective.kind, collective.numbers, collective.shape[-1]) == (kind, numbers, M) or "stack" in cell
    assert (collective.kind, collective.numbers) == (kind, numbers)


@pytest.mark.parametrize(
    "cell",
    [
        "Z = X_gpu1 @ W_gpu1.T",
        "Z = torch.cat((Y_gpu1, Y_gpu1), 1)",
        "Z = X + X_gpu2",
        "Z = torch.empty(2, 8)\nZ[:, :4] = Y_gpu1",
        "print(Y_gpu1, Y_gpu2)",
    ],
)
def test_what_stays_at_home_is_no_collective(read, cell):
    assert read(cell).collectives == ()


def test_gathered_columns_that_are_summed_later_stay_an_all_gather(read):
    (collective,) = read("Z = torch.cat((Y_gpu1, Y_gpu2), 1)\nb = Z.sum(0)\nm = Z.mean()").collectives
    assert collective.kind == ALL_GATHER


def test_a_collective_has_the_students_line(read):
    (collective,) = read("\n\nZ = torch.cat((Y_gpu1, Y_gpu2), 1)").collectives
    assert (collective.line, collective.code) == (3, "Z = torch.cat((Y_gpu1, Y_gpu2), 1)")


def test_two_sums_are_two_all_reduces(read):
    first, second = read("Z = Y_gpu1 + Y_gpu2\nV = X_gpu1 + X_gpu2").collectives
    assert (first.numbers, second.numbers) == (N * M, 2 * N * K)
