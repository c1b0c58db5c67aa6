"""The rule of the course: each point broken once, and each right way accepted."""

from __future__ import annotations

import pytest
import torch

from grader.judge.ledger.entries import Piece
from grader.judge.ledger.rule import carried
from grader.labs.linear.lab import COLUMN, ROW, case_of
from tests.judge.conftest import DECIDING

SHARD = (
    "part_size = out_ch // 2\nW_gpu1, W_gpu2 = W[:part_size].clone(), W[part_size:].clone()\n"
    "b_gpu1, b_gpu2 = b[:, :part_size].clone(), b[:, part_size:].clone()\nX_gpu1, X_gpu2 = X.clone(), X.clone()\n"
)
DISGUISED = "P = (torch.eye(40) + 0 * X_gpu2[0, :40]) @ W_gpu2\n"
FORWARD = "Y = torch.cat((X_gpu1 @ W_gpu1.T + b_gpu1, X_gpu2 @ W_gpu2.T + b_gpu2), 1)"


def said(judge, forward: str, shard: str = SHARD) -> str:
    reason = judge("column.forward", DECIDING, shard=shard, forward=forward)
    return reason.render("en") if reason else ""


def test_limits_are_there_only_where_sizes_decide():
    limits = COLUMN.rule.limits(case_of(4, 96, 80, 0.1))
    assert limits is not None
    assert 96 * 40 <= limits.shard < 96 * 80 and limits.crossing < 96 * 40
    assert COLUMN.rule.limits(case_of(3, 11, 7, 0.1)) is None


def test_the_shard_of_an_odd_size_may_be_the_larger_one():
    limits = ROW.rule.limits(case_of(3, 55, 43, 0.1))
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
        ("W_gpu1.__dlpack__(), W_gpu2.clone().apply_(lambda v: v)\n" + FORWARD, "copied out of torch together"),
        ("torch.cat((torch.eye(40) @ W_gpu1[:, :9], torch.eye(40) @ W_gpu2[:, :9]))\n" + FORWARD, "weights or their"),
        (DISGUISED + "P[:1, :1] += X_gpu1[:1, :1]\n" + FORWARD, "3840 numbers have crossed"),
        (DISGUISED + "P.index_put((torch.tensor([0]),), X_gpu1[:1])\n" + FORWARD, "weights or their gradients cross"),
        ("torch.cat([w for w in W_gpu2[:, :1].unbind()] + [X_gpu1[0, :1]])\n" + FORWARD, "weights or their gradients cross"),
        ("torch.stack([w for w in W_gpu2[:, 0].unbind()])[None] + X_gpu1[:1, :40]\n" + FORWARD, "weights or their"),
        ("[row.numpy() for w in (W_gpu1, W_gpu2) for row in w[:30]]\n" + FORWARD, "copied out of torch together"),
        ("torch.mm(X_gpu2, W_gpu1.T, out=torch.empty(batch_size, out_ch)[:, :part_size])\n" + FORWARD, "move an activation first"),
        ("terms = (X_gpu1[:, None] * W_gpu1).clone()\n" + FORWARD, "numbers on one device"),
        ("terms = (X[:, :, None] * Y_gt[:, None])\n" + FORWARD, "numbers on one device"),
        ("terms = W_gpu1 * X_gpu1[:1]; rows = terms[:1] + W_gpu2[:1]\n" + FORWARD, "weights or their gradients cross"),
    ],
)  # fmt: skip
def test_each_way_across_is_named(judge, forward, broken):
    assert broken in said(judge, forward)


TAKEN = "\nY = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ A.T), 1) + b"
FUSED = "weight_decay=0.0, momentum=1.0, lr=0.0, dampening=0.0, nesterov=False, maximize=False, is_first_step=True"


@pytest.mark.parametrize(
    ("forward", "broken"),
    [
        ("A = torch.zeros(out_ch - part_size, in_ch)\ntorch.ops.aten._foreach_copy.out([A], [W_gpu2], out=[A])" + TAKEN, "different devices"),
        ("A = torch.zeros(out_ch - part_size, in_ch)\ntorch.ops.aten._foreach_mul.Scalar_out([W_gpu2], 1.0, out=[A])" + TAKEN, "different devices"),
        ("A = torch.zeros(out_ch - part_size, in_ch)\ntorch._fused_sgd_([W_gpu2.clone()], [W_gpu2.clone()], [A], " + FUSED + ")" + TAKEN, "different devices"),
        ("A = torch.addmm(W_gpu2, torch.zeros(len(W_gpu2), 1), torch.zeros(1, in_ch))\nrows = torch.cat((X_gpu1, A[:4]))\n" + FORWARD, "weights or their"),
        ("A = torch.addmm(W_gpu2, 0 * X_gpu2[:1, :1].expand(len(W_gpu2), 1), torch.zeros(1, in_ch))\nrows = torch.cat((X_gpu1, A[:4]))\n" + FORWARD, "weights or their"),
        ("A = W_gpu2[:, :8] @ torch.eye(8)\nrows = torch.cat((X_gpu1[:, :8], A[:4]))\n" + FORWARD, "weights or their"),
        ("A = W_gpu2[:8, :8, None] * torch.ones(2)\nrows = torch.cat((X_gpu1[:, :8], A[:4, :, 0]))\n" + FORWARD, "weights or their"),
    ],
)  # fmt: skip
def test_what_an_operation_does_to_its_lists_and_addends_is_followed(judge, forward, broken):
    assert broken in said(judge, forward)


def test_what_broke_the_rule_in_one_task_is_no_help_in_the_next(judge):
    forward = "zero = 0 * X_gpu2[:1]\nfor _ in range(12): late = torch.cat((X_gpu1, X_gpu2 + zero))\n" + FORWARD
    backward = (
        "late * 2\ndY = 2 * (Y - Y_gt) / Y.numel()\nd1, d2 = dY[:, :part_size], dY[:, part_size:]\n"
        "dX = d1 @ W_gpu1 + d2 @ W_gpu2\ndW_gpu1, dW_gpu2 = X_gpu1.T @ d1, X_gpu2.T @ d2\n"
        "db_gpu1, db_gpu2 = d1.sum(0), d2.sum(0)"
    )
    reason = judge("column.backward", DECIDING, shard=SHARD, forward=forward, backward=backward)
    assert reason is not None and "lie on no one device" in reason.render("en")
    assert judge("column.backward", DECIDING, shard=SHARD, forward=FORWARD, backward=backward.replace("late * 2", "")) is None


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
        # one by one, each a number of its own; a view of one number, or of none, whose whole memory is copied
        ("singles = torch.split_copy(W[part_size:].flatten(), 1)", "A = torch.cat(singles).view(-1, in_ch); Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ A.T), 1) + b"),
        ("singles = torch.split_copy(W[part_size:].flatten(), 1)", "A = torch.zeros(out_ch - part_size, in_ch); torch._foreach_copy_(A.flatten().split(1), singles); Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ A.T), 1) + b"),
        ("kept = W[part_size:].clone(); one = kept.as_strided((1,), (1,), 0)", "A = torch.as_strided_scatter(one, one, (1,), (1,), 0).as_strided((out_ch - part_size, in_ch), (in_ch, 1), 0); Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ A.T), 1) + b"),
        ("kept = W[part_size:].clone(); none = kept.as_strided((0,), (1,), 0)", "A = torch.as_strided_scatter(none, none, (0,), (1,), 0).as_strided((out_ch - part_size, in_ch), (in_ch, 1), 0); Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu1 @ A.T), 1) + b"),
        ("norms = torch.stack([(w + 9).norm() for w in W[part_size:].flatten()[:1200]])", "Y = torch.cat((X_gpu1 @ W_gpu1.T, X_gpu2 @ W_gpu2.T), 1) + b; norms * 2"),
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


@pytest.mark.parametrize("outer", ["x[:, None] * d[None]", "torch.addcmul(torch.zeros(1), x[:, None], d[None])", "torch.outer(x, d)"])
def test_whole_gradients_of_data_that_both_have_are_seen_however_they_are_multiplied(judge, outer):
    backward = (
        "dY = 2 * (Y - Y_gt) / Y.numel()\nd1, d2 = dY[:, :part_size], dY[:, part_size:]\n"
        "dX = d1 @ W_gpu1 + d2 @ W_gpu2\n"
        f"kept = [sum({outer} for x, d in zip(X, part)) for part in (d1, d2)]\n"
        "dW_gpu1, dW_gpu2 = X_gpu1.T @ d1, X_gpu2.T @ d2\n"
        "db_gpu1, db_gpu2 = d1.sum(0), d2.sum(0)"
    )
    reason = judge("column.backward", DECIDING, shard=SHARD, forward=FORWARD, backward=backward)
    assert reason is not None and "both devices by now hold" in reason.render("en")


def test_a_gradient_may_be_added_up_from_outer_products_of_what_its_own_device_has(judge):
    backward = (
        "dY = 2 * (Y - Y_gt) / Y.numel()\nd1, d2 = dY[:, :part_size], dY[:, part_size:]\n"
        "dX = d1 @ W_gpu1 + d2 @ W_gpu2\n"
        "dW_gpu1, dW_gpu2 = [sum(x[:, None] * d[None] for x, d in zip(X_gpu, part)) for X_gpu, part in ((X_gpu1, d1), (X_gpu2, d2))]\n"
        "db_gpu1, db_gpu2 = d1.sum(0), d2.sum(0)"
    )
    assert judge("column.backward", DECIDING, shard=SHARD, forward=FORWARD, backward=backward) is None


def test_a_sum_over_devices_may_be_fused_with_a_product(judge):
    forward = "Y_gpu1 = X_gpu1 @ W_gpu1.T\nY = torch.addmm(Y_gpu1, X_gpu2, W_gpu2.T) + b"
    assert judge("row.forward", DECIDING, forward=forward) is None


def test_an_all_reduce_in_place_leaves_its_result_everywhere(judge):
    forward = "Y = X_gpu1 @ W_gpu1.T\nY += X_gpu2 @ W_gpu2.T\nY += b"
    assert judge("row.forward", DECIDING, forward=forward) is None


@pytest.mark.parametrize(
    ("beside", "broken"),
    [
        ("left, right = X_gpu1.T @ d1, X_gpu1.T @ d2", "device 1 by now has made 7680 numbers"),
        ("right = sum(x[:, None] * d for x, d in zip(X_gpu1, d2))", "device 1 by now has made 7680 numbers"),
        ("left, right = X.T @ d1, X.T @ d2", "both devices by now hold 7680 numbers"),
        ("row = torch.cat((dW_gpu1[:1], dW_gpu2[:1]), 1)", "weights or their gradients cross"),
        ("dW_gpu1.numpy(), dW_gpu2.numpy()", "copied out of torch together"),
        ("again = torch.einsum('nk,nm->km', X_gpu1, d1.clone()), dW_gpu1 * 2, X.T @ d1", ""),
        ("norm = torch.stack((dW_gpu1.norm(), dW_gpu2.norm())).norm(); one = dW_gpu1.numpy()", ""),
    ],
)
def test_the_full_gradient_is_on_no_device_in_parts_either(judge, beside, broken):
    backward = (
        "dY = 2 * (Y - Y_gt) / Y.numel()\nd1, d2 = dY[:, :part_size], dY[:, part_size:]\n"
        "dX = d1 @ W_gpu1 + d2 @ W_gpu2\ndW_gpu1, dW_gpu2 = X_gpu1.T @ d1, X_gpu2.T @ d2\n"
        "db_gpu1, db_gpu2 = d1.sum(0), d2.sum(0)\n"
    )
    reason = judge("column.backward", DECIDING, backward=backward + beside)
    assert broken in (reason.render("en") if reason else "") and (reason is not None) == bool(broken)


def test_what_crossed_in_an_earlier_task_counts_where_it_is_used_later(judge):
    move = "moved = [torch.cat((X_gpu1, X_gpu2)) for _ in range(3)]\n"
    backward = (
        "dY = 2 * (Y - Y_gt) / Y.numel()\nd1, d2 = dY[:, :part_size], dY[:, part_size:]\n"
        "dX = d1 @ W_gpu1 + d2 @ W_gpu2\ndW_gpu1, dW_gpu2 = X_gpu1.T @ d1, X_gpu2.T @ d2\n"
        "db_gpu1, db_gpu2 = d1.sum(0), d2.sum(0)\n"
    )
    assert judge("column.backward", DECIDING, shard=SHARD, forward=move + FORWARD, backward=backward) is None
    used = backward + "z = moved[0].sum()"
    reason = judge("column.backward", DECIDING, shard=SHARD, forward=move + FORWARD, backward=used)
    assert reason is not None and "have crossed devices by now" in reason.render("en")


def test_a_number_of_double_width_counts_as_two():
    limits = COLUMN.rule.limits(case_of(4, 96, 80, 0.1, torch.float32))
    assert limits is not None and limits.width == 4
    assert carried([Piece(0, (5,), 5, width=8), Piece(1, (3,), 3, width=4), Piece(2, (2,), 2, width=1)], limits) == 15
