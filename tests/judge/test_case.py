"""What the exam tries."""

from __future__ import annotations

import json

import pytest
import torch

from grader.lab.case import CHUNK, Case, Values, on_every_device
from grader.lab.lab import described as by_default
from grader.lab.registry import find_lab
from grader.labs.linear.lab import COLUMN, EXACT, EXAM, FP64, SOURCE, case_of, described


def test_a_name_says_sizes_precision_and_values():
    assert SOURCE.name.startswith("batch_size 32, in_features 1024, out_features 608") and "lr 0.3, float32 on cpu" in SOURCE.name
    assert EXACT[0].name.endswith(", narrow integers")


@pytest.mark.parametrize(("size", "first", "other"), [(7, 3, 4), (8, 4, 4), (1, 0, 1)])
def test_the_extra_row_of_an_odd_size_lies_on_either_device(size, first, other):
    assert SOURCE.part(size, 0) == (0, first) and SOURCE.part(size, 1) == (first, size - first)
    assert SOURCE.laid_out(CHUNK).part(size, 0) == (0, other)


def test_only_odd_sizes_can_be_cut_otherwise():
    column = find_lab("linear").section("column.shard")
    assert column.alternatives(SOURCE) == () and column.alternatives(case_of(3, 11, 8, 0.1)) == ()
    assert column.alternatives(case_of(3, 8, 11, 0.1)) == (case_of(3, 8, 11, 0.1, layout=CHUNK),)


def test_single_precision_changes_the_precision_only():
    assert FP64[0].in_fp32() == case_of(3, 11, 7, 0.05, torch.float32)


def test_sizes_decide_where_the_batch_is_small():
    limits = COLUMN.rule.limits
    assert limits(SOURCE) and limits(case_of(4, 96, 80, 0.1))
    assert not limits(FP64[0]) and not limits(case_of(64, 16, 16, 0.1))


def test_the_exam_tries_what_catches_wrong_answers():
    tried = on_every_device(EXAM)
    on_cpu = [challenge for challenge in tried if challenge.device == "cpu"]
    assert SOURCE in on_cpu
    assert any(challenge["batch_size"] == 1 for challenge in on_cpu)
    assert any(challenge["in_features"] % 2 and challenge["out_features"] % 2 for challenge in on_cpu)
    assert any(COLUMN.rule.limits(challenge) and challenge["out_features"] % 2 for challenge in on_cpu)
    assert {challenge.values for challenge in on_cpu} == set(Values)
    assert len({challenge["lr"] for challenge in on_cpu}) > 1
    assert {challenge.dtype for challenge in on_cpu} == {torch.float32, torch.float64}
    alike = [challenge for challenge in on_cpu if challenge["in_features"] == challenge["out_features"]]
    assert alike and all(challenge["batch_size"] == challenge["in_features"] for challenge in alike)
    assert len(alike) < len(on_cpu)  # where all sizes are alike, a wrong divisor is right


def test_where_there_is_a_gpu_everything_is_tried_on_it_too():
    devices = [challenge.device for challenge in on_every_device(EXAM)]
    assert devices.count("cuda") == (devices.count("cpu") if torch.cuda.is_available() else 0)


@pytest.mark.parametrize("challenge", on_every_device(EXAM))
def test_a_challenge_comes_back_from_plain_data_as_it_went(challenge):
    for one in (challenge, challenge.laid_out(CHUNK), challenge.in_fp32()):
        assert Case.from_plain(json.loads(json.dumps(one.to_plain()))) == one


def test_what_is_no_challenge_is_an_error():
    good = SOURCE.to_plain()
    for wrong in (
        {"batch_size": 3},
        good | {"sizes": {"batch_size": 0}},
        good | {"sizes": {"batch_size": True}},
        good | {"sizes": {"batch_size": 1 << 40}},
        good | {"sizes": {"x" * 1000: 1}},
        good | {"numbers": {"lr": float("nan")}},
        good | {"world": 0},
        good | {"world": 10**9},
        good | {"layout": "somehow"},
        good | {"device": "meta"},
        good | {"dtype": "float16"},
    ):
        with pytest.raises((KeyError, TypeError, ValueError)):
            Case.from_plain(wrong)


def test_a_description_says_what_is_special_about_the_numbers():
    found = {challenge.values: described(challenge).render("ru") for challenge in FP64}
    assert found[Values.LARGE].endswith("float64 на cpu, большие числа")
    assert found[Values.NORMAL].endswith("float64 на cpu")


def test_a_lab_without_words_of_its_own_says_each_thing_once_in_the_reader_s_language():
    case = Case({"rows": 2}, {"lr": 0.5}, torch.float64, "cpu", Values.LARGE, 2, CHUNK)
    assert by_default(case).render("en") == "rows 2, lr 0.5, float64 on cpu, 2 ranks, cut as torch.chunk cuts, large numbers"
    assert by_default(case).render("ru") == "rows 2, lr 0.5, float64 на cpu, рангов: 2, разбито как у torch.chunk, большие числа"


@pytest.mark.parametrize(
    "changes",
    [{"dtype": "load"}, {"dtype": "onnx"}, {"sizes": {"batch_size": True}}, {"sizes": {"batch_size": 4.0}},
     {"sizes": {"in_features": 0}}, {"numbers": {"lr": 1}}, {"numbers": {"lr": float("nan")}},
     {"sizes": {"in_chs": "x" * 1000}}, {"sizes": {"in_chs": [[]]}}, {"device": "meta"},
     {"sizes": {"out_features": 10**30}}, {"sizes": {f"size {n}": 1 for n in range(1000)}}],
)  # fmt: skip
def test_nothing_that_a_kernel_writes_into_a_challenge_is_looked_up_or_kept(changes):
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        Case.from_plain(SOURCE.to_plain() | changes)
