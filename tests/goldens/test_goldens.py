"""What the grader says stays what the goldens say: verdicts, messages in both languages, named mistakes, pictures.

Only a quick sample is tried here. The whole takes minutes and runs by hand alone, `python -m tests.goldens`:
tests/labs/test_corpus.py judges the same solutions each time.
"""

from __future__ import annotations

import copy

import pytest

from tests.goldens import comparing
from tests.goldens.comparing import Numbers, alike, differences
from tests.goldens.make_goldens import GOLDENS, made

# the cases of a golden that are tried each time, quick ones
SAMPLES = {
    "right": slice(3, None, 75),
    "wrong": slice(3, None, 40),
    "ways_round": slice(3, None, 30),
    "ranks_right": slice(3, None, 14),
    "ranks_wrong": slice(3, None, 10),
    "pictures": slice(0, None, 8),
    "what_if": slice(None),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_the_cases_is_told_what_it_was_told(name: str):
    golden = comparing.read(name)
    sample = list(golden)[SAMPLES[name]]
    found = made(name, sample)
    assert not differences({case: golden[case] for case in sample}, found)


def test_no_case_of_a_golden_has_left_the_corpus():
    for name in ("right", "wrong", "ways_round"):
        assert set(comparing.read(name)) <= set(GOLDENS[name].cases())


CASE, TASK = "c08_dX_not_reduced", "column.backward"


def altered(**said: object) -> list[str]:
    golden = {CASE: comparing.read("wrong")[CASE]}
    found = copy.deepcopy(golden)
    found[CASE][TASK] |= said
    return differences(golden, found, where=("wrong",))


@pytest.mark.parametrize(
    ("field", "value"), [("en", "dX is wrong"), ("ru", "dX неверно"), ("mistake", "averaged-not-added"), ("mistake", None), ("on", "")]
)
def test_an_entry_that_says_something_else_is_named(field: str, value: object):
    (line,) = altered(**{field: value})
    assert line.startswith(f"wrong > {CASE} > {TASK} > {field}:") and f"+ {value}" in line.replace("'", "")


def test_a_case_that_passes_now_is_gone_or_is_new_is_named():
    golden = {"one": {TASK: {"en": "wrong"}}, "two": {TASK: "passed"}}
    assert differences(golden, {"one": {TASK: "passed"}, "three": {}}) == [
        f"one > {TASK}:\n  - {{'en': 'wrong'}}\n  + 'passed'", "two: is gone", "three: is new: {}",
    ]  # fmt: skip


def test_a_line_more_or_less_is_named():
    assert len(differences({"en": ["a", "b"]}, {"en": ["a"]})) == len(differences({"en": []}, {"en": ["a"]})) == 1


@pytest.mark.parametrize(
    ("one", "other", "nearly", "masked"),
    [
        ("expected 0.123456, got 7.1e-08", "expected 0.123457, got 7.10001e-08", True, True),
        ("expected 0.123456, got 5", "expected 0.124, got -7", False, True),
        ("ожидалось 3, получено 4", "ожидалось 3, получено 4.00001", True, True),
        ("12.5% of its numbers differ; at [0, 3]", "99.8% of its numbers differ; at [2, 3]", False, True),
        ("line 4, `W_gpu1 @ x`", "line 5, `W_gpu1 @ x`", False, False),
        ("shape (304, 1024)", "shape (304, 1025)", False, False),
        ("expected 0.5: the step is 0.5 times", "expected 0.5: the step is double", False, False),
    ],
)
def test_numbers_may_differ_in_their_last_digits_and_masked_altogether(one: str, other: str, nearly: bool, masked: bool):
    assert alike(one, other, Numbers.NEARLY) is nearly
    assert alike(one, other, Numbers.MASKED) is masked


def test_a_real_case_under_another_golden_is_named():
    golden = copy.deepcopy(comparing.read("ranks_wrong"))
    case = "row: r05 never added"
    golden[case]["row.step"]["ru"] = "между рангами всё сложено"
    (line,) = differences({case: golden[case]}, made("ranks_wrong", [case]))
    assert line.startswith(f"{case} > row.step > ru:")
