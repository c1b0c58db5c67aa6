"""Liveness: what the devices hold at every step."""

from __future__ import annotations

from grader.judge.ledger.liveness import last_uses
from tests.judge.ledger.conftest import K, M, entry, piece

SHARD, FULL = M // 2 * K, M * K
GRADIENTS = "dW_gpu1, dW_gpu2 = X_gpu1.T @ dY[:, :4], X_gpu2.T @ dY[:, 4:]\n"


def test_a_storage_is_last_used_where_it_is_read_or_made_last():
    entries = [entry("abs", piece(1, 2), makes=piece(2, 2)), entry("neg", piece(2, 2), makes=piece(3, 2))]
    assert last_uses(entries) == {1: 0, 2: 1, 3: 1}


def test_each_device_holds_its_shard_and_at_last_its_gradient(read):
    held = read(GRADIENTS).held
    assert all(moment.weights == {1: SHARD, 2: SHARD} for moment in held)
    assert held[0].gradients == {1: 0, 2: 0} and held[-1].gradients == {1: SHARD, 2: SHARD}


def test_what_both_devices_could_make_lies_where_its_name_says(read):
    held = read("dW_gpu1, dW_gpu2 = X.T @ dY[:, :4], X.T @ dY[:, 4:]").held
    assert held[-1].gradients == {1: SHARD, 2: SHARD}


def test_the_full_matrix_shows_while_it_is_there(read):
    held = read("Z = X @ torch.cat((W_gpu1, W_gpu2)).T\nV = Z + 1\nU = Z + 2").held
    most = [moment.weights[1] for moment in held]
    assert max(most) == FULL and most[0] == most[-1] == SHARD


def test_a_full_gradient_shows(read):
    held = read("dW = X.T @ dY\ndW_gpu1, dW_gpu2 = dW[:, :4].clone(), dW[:, 4:].clone()").held
    assert max(moment.gradients[1] for moment in held) == FULL


def test_two_halves_of_a_full_gradient_count_together(read):
    held = read("left, right = X.T @ dY[:, :4], X.T @ dY[:, 4:]").held
    assert held[-1].gradients == {1: FULL, 2: FULL}


def test_a_gradient_summed_over_the_batch_row_by_row_is_one_shard(read):
    loop = "g = torch.zeros(6, 4)\nfor i in range(2):\n    g += torch.outer(X_gpu1[i], dY[i, :4])\ndW_gpu1 = g"
    assert max(moment.gradients[1] for moment in read(loop).held) == SHARD


def test_the_same_product_made_twice_is_no_second_gradient(read):
    held = read(GRADIENTS + "again = X_gpu1.T @ dY[:, :4]\nlater = again + dW_gpu1").held
    assert held[-1].gradients[1] == SHARD


def test_numbers_held_twice_count_once(read):
    assert read("copies = [W_gpu1.clone() for _ in range(5)]\nV = torch.stack(copies)").held[-1].weights[1] == SHARD


def test_rows_that_come_over_one_by_one_add_up(read):
    loop = "V = torch.empty(4, 6)\nfor i in range(4):\n    V[i] = W_gpu2[i] + 0 * X_gpu1[:1, 0]"
    held = [moment.weights[1] for moment in read(loop).held]
    assert held[0] == SHARD < held[len(held) // 2] < held[-1] == FULL


def test_moments_have_the_students_lines(read):
    held = read("\nZ = X + 1").held
    assert [(moment.line, moment.code) for moment in held] == [(0, ""), (2, "Z = X + 1")]
