"""The rule of the course: each point broken once, and each right way accepted."""

from __future__ import annotations

import pytest

from grader.judge.challenge import Challenge
from grader.judge.ledger import Limits
from tests.judge.conftest import DECIDING

SHARD = (
    "part_size = out_ch // 2\nW_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()\n"
    "b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()\nX_gpu1, X_gpu2 = X.clone(), X.clone()\n"
)
FORWARD = "Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)"


def said(judge, forward: str, shard: str = SHARD) -> str:
    reason = judge("column.forward", DECIDING, shard=shard, forward=forward)
    return reason.render("en") if reason else ""


def test_limits_are_there_only_where_sizes_decide():
    limits = Limits.of(Challenge(4, 96, 80, 0.1), 0)
    assert limits is not None
    assert 96 * 40 <= limits.shard < 96 * 80 and limits.crossing < 96 * 40
    assert Limits.of(Challenge(3, 11, 7, 0.1), 0) is None


def test_the_shard_of_an_odd_size_may_be_the_larger_one():
    limits = Limits.of(Challenge(3, 55, 43, 0.1), 1)
    assert limits is not None and limits.shard >= 28 * 43


def test_the_solution_passes(judge):
    assert said(judge, FORWARD) == ""


@pytest.mark.parametrize(
    ("forward", "broken"),
    [
        ("Y = X @ torch.cat((W_gpu1, W_gpu2)).T + b", "numbers on one device"),
        ("big = torch.empty(out_ch, in_ch)\n" + FORWARD, "numbers on one device"),
        ("Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ W_gpu2.T), 1) + b", "move an activation first"),
        ("row = W_gpu1[:1] + W_gpu2[:1]\n" + FORWARD, "weights or their gradients cross"),
        ("rows = torch.stack((W_gpu1[0], W_gpu2[0]))\n" + FORWARD, "weights or their gradients cross"),
        ("rows = torch.zeros(1, in_ch)\nrows += W_gpu1[:1]\nrows += W_gpu2[:1]\n" + FORWARD, "weights or their"),
        ("i = torch.arange(2)\nrows = W_gpu1[i] + W_gpu2[i]\n" + FORWARD, "weights or their gradients cross"),
        ("rows = torch.where(X_gpu1[:1] > 0, W_gpu1[:1], W_gpu2[:1])\n" + FORWARD, "weights or their gradients cross"),
        ("torch._foreach_add_([W_gpu1[:1].clone()], [W_gpu2[:1]])\n" + FORWARD, "weights or their gradients cross"),
        ("for _ in range(12): X_gpu1 + X_gpu2\n" + FORWARD, "numbers have crossed devices by now"),
        ("W_gpu1.numpy(), W_gpu2.tolist()\n" + FORWARD, "copied out of torch together"),
        ("[row.numpy() for w in (W_gpu1, W_gpu2) for row in w[:30]]\n" + FORWARD, "copied out of torch together"),
        ("torch.mm(X_gpu2, W_gpu1.T, out=torch.empty(batch_size, out_ch)[:, :part_size])\n" + FORWARD, "move an activation first"),
        ("terms = (X_gpu1[:, None] * W_gpu1).clone()\n" + FORWARD, "numbers on one device"),
        ("terms = (X[:, :, None] * Y_gt[:, None])\n" + FORWARD, "numbers on one device"),
        ("terms = W_gpu1 * X_gpu1[:1]; rows = terms[:1] + W_gpu2[:1]\n" + FORWARD, "weights or their gradients cross"),
    ],
)  # fmt: skip
def test_each_way_across_is_named(judge, forward, broken):
    assert broken in said(judge, forward)


@pytest.mark.parametrize(
    "forward",
    [
        "Y = torch.empty(batch_size, out_ch)\nY[:, :part_size] = X_gpu1 @ W_gpu1.T + b_gpu1\n"
        "Y[:, part_size:] = X_gpu2 @ W_gpu2.T + b_gpu2",
        "Y = torch.hstack([x @ w.T + c for x, w, c in ((X_gpu1, W_gpu1, b_gpu1), (X_gpu2, W_gpu2, b_gpu2))])",
        "print(W_gpu1, W_gpu2, W_gpu1.numpy().shape)\n" + FORWARD,
        "print((W_gpu1 * 2).sum(), W_gpu1.norm() + W_gpu2.norm())\n" + FORWARD,
        "W_gpu1[0].numpy(), W_gpu2[0].tolist()\n" + FORWARD,
        "Y = torch.empty(batch_size, out_ch)\ntorch.mm(X_gpu1, W_gpu1.T, out=Y[:, :part_size])\n"
        "torch.mm(X_gpu2, W_gpu2.T, out=Y[:, part_size:])\nY += b",
        "Y = torch.cat([(x[:, None] * w).sum(2) + c for x, w, c in ((X_gpu1, W_gpu1, b_gpu1), (X_gpu2, W_gpu2, b_gpu2))], 1)",
        "Y = torch.cat([torch.stack([(w * row).sum(1) for row in x]) + c for x, w, c in "
        "((X_gpu1, W_gpu1, b_gpu1), (X_gpu2, W_gpu2, b_gpu2))], 1)",
    ],
)
def test_each_right_way_is_accepted(judge, forward):
    assert said(judge, forward) == ""


@pytest.mark.parametrize(
    ("kept", "forward"),
    [
        ("A, B = W[:part_size].clone(), W[part_size:].clone()", "Y = torch.cat((X @ A.T, X @ B.T), 1) + b"),
        ("rows = [r.clone() for r in W]", "Y = torch.stack([X @ r for r in rows], 1) + b"),
        ("H = W + 0 * X[:1]; A, B = H[:part_size].clone(), H[part_size:].clone()", "Y = torch.cat((X @ A.T, X @ B.T), 1) + b"),
        ("H = W @ (torch.eye(in_ch) + 0 * X[:1]); A, B = H[:part_size].clone(), H[part_size:].clone()", "Y = torch.cat((X @ A.T, X @ B.T), 1) + b"),
        ("A, B = torch.empty(part_size, in_ch), torch.empty(out_ch - part_size, in_ch); A.copy_(W[:part_size]); B.copy_(W[part_size:])", "Y = torch.cat((X @ A.T, X @ B.T), 1) + b"),
        ("early = X @ W.T + b", "Y = early"),
        ("early = X @ W.T + b", "Y = early + 0"),
    ],
)  # fmt: skip
def test_what_the_shard_cell_keeps_of_w_is_no_help_later(judge, kept, forward):
    assert "lie on no one device" in said(judge, forward, SHARD + kept)


def test_shards_kept_in_the_students_own_containers_are_still_shards(judge):
    shard = SHARD + "shards = {1: (W_gpu1, b_gpu1, X_gpu1), 2: (W_gpu2, b_gpu2, X_gpu2)}"
    assert said(judge, "Y = torch.cat([x @ w.T + c for w, c, x in shards.values()], 1)", shard) == ""


def test_a_gradient_made_on_the_other_device_is_named(judge):
    backward = (
        "dY = 2 * (Y - Y_gt) / Y.numel()\nd1, d2 = dY[:, :part_size], dY[:, part_size:]\n"
        "dX = d1 @ W_gpu1 + d2 @ W_gpu2\ndW_gpu1, dW_gpu2 = X_gpu1.T @ d1, X_gpu1.T @ d2\n"
        "db_gpu1, db_gpu2 = d1.sum(0), d2.sum(0)"
    )
    reason = judge("column.backward", DECIDING, backward=backward)
    assert reason is not None and reason.render("en").startswith("dW_gpu2 was made on device 1")
    assert judge("column.backward", DECIDING, backward=backward.replace("X_gpu1.T @ d2", "X_gpu2.T @ d2")) is None


def test_a_sum_over_devices_may_be_fused_with_a_product(judge):
    forward = "Y_gpu1 = X_gpu1 @ W_gpu1.T\nY = torch.addmm(Y_gpu1, X_gpu2, W_gpu2.T) + b"
    assert judge("row.forward", DECIDING, forward=forward) is None


def test_an_all_reduce_in_place_leaves_its_result_everywhere(judge):
    forward = "Y = X_gpu1 @ W_gpu1.T\nY += X_gpu2 @ W_gpu2.T\nY += b"
    assert judge("row.forward", DECIDING, forward=forward) is None
