"""What the exam tries."""

from __future__ import annotations

import json

import pytest
import torch

from grader.judge.challenge import EXACT, FP64, SOURCE, Challenge, Cut, Values, exam_challenges


def test_a_name_says_sizes_precision_and_values():
    assert SOURCE.name == "batch 32, in 1024, out 608, lr 0.3, float32 on cpu"
    assert EXACT[0].name.endswith(", narrow integers")


@pytest.mark.parametrize(("size", "first", "other"), [(7, 3, 4), (8, 4, 4), (1, 0, 1)])
def test_the_extra_row_of_an_odd_size_lies_on_either_device(size, first, other):
    assert Cut.SECOND_LARGER.first(size) == first
    assert Cut.FIRST_LARGER.first(size) == other


def test_only_odd_sizes_can_be_cut_otherwise():
    assert SOURCE.with_other_cut() is None
    assert Challenge(3, 11, 8, 0.1).with_other_cut() == Challenge(3, 11, 8, 0.1, cut=Cut.FIRST_LARGER)


def test_single_precision_changes_the_precision_only():
    assert FP64[0].in_fp32() == Challenge(3, 11, 7, 0.05, torch.float32)


def test_sizes_decide_where_the_batch_is_small():
    assert SOURCE.sizes_decide and Challenge(4, 96, 80, 0.1).sizes_decide
    assert not FP64[0].sizes_decide and not Challenge(64, 16, 16, 0.1).sizes_decide


def test_the_exam_tries_what_catches_wrong_answers():
    tried = exam_challenges()
    on_cpu = [challenge for challenge in tried if challenge.device == "cpu"]
    assert SOURCE in on_cpu
    assert any(challenge.batch_size == 1 for challenge in on_cpu)
    assert any(challenge.in_features % 2 and challenge.out_features % 2 for challenge in on_cpu)
    assert any(challenge.sizes_decide and challenge.out_features % 2 for challenge in on_cpu)
    assert {challenge.values for challenge in on_cpu} == set(Values)
    assert len({challenge.lr for challenge in on_cpu}) > 1
    assert {challenge.dtype for challenge in on_cpu} == {torch.float32, torch.float64}
    alike = [challenge for challenge in on_cpu if challenge.in_features == challenge.out_features]
    assert alike and all(challenge.batch_size == challenge.in_features for challenge in alike)
    assert len(alike) < len(on_cpu)  # where all sizes are alike, a wrong divisor is right


def test_where_there_is_a_gpu_everything_is_tried_on_it_too():
    devices = [challenge.device for challenge in exam_challenges()]
    assert devices.count("cuda") == (devices.count("cpu") if torch.cuda.is_available() else 0)


@pytest.mark.parametrize("challenge", exam_challenges())
def test_a_challenge_comes_back_from_plain_data_as_it_went(challenge):
    for one in (challenge, challenge.with_other_cut() or challenge, challenge.in_fp32()):
        assert Challenge.from_plain(json.loads(json.dumps(one.to_plain()))) == one


def test_what_is_no_challenge_is_an_error():
    with pytest.raises((KeyError, TypeError)):
        Challenge.from_plain({"batch_size": 3})


def test_a_description_says_what_is_special_about_the_numbers():
    described = {challenge.values: challenge.described().render("ru") for challenge in FP64}
    assert described[Values.LARGE].endswith("float64 на cpu, большие числа")
    assert described[Values.NORMAL].endswith("float64 на cpu")


@pytest.mark.parametrize(
    "changes",
    [{"dtype": "load"}, {"dtype": "onnx"}, {"batch_size": True}, {"batch_size": 4.0}, {"in_features": 0}, {"lr": 1},
      {"lr": float("nan")}, {"in_chs": "x" * 1000}, {"in_chs": [[]]}, {"device": "meta"}, {"out_features": 10**30}],
)  # fmt: skip
def test_nothing_that_a_kernel_writes_into_a_challenge_is_looked_up_or_kept(changes):
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        Challenge.from_plain(SOURCE.to_plain() | changes)
