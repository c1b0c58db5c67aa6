"""What has passed to the letter is not asked about again, and no examiner's word alone counts for another's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.course.judging.answers_given import AnswersGiven, question_key
from grader.course.judging.examiner import Examined, Examiner
from grader.labs.linear.lab import FP64, SOURCE
from tests.course.test_course_judge_preprocessor import handed_out, runs

KEY, OTHER = b"key", b"other"


def test_an_examiners_own_word_counts_for_itself_alone():
    known: AnswersGiven[str] = AnswersGiven()
    known.add(KEY, 1, "passed")
    assert known.find(KEY, 1) == "passed"
    assert known.find(KEY, 2) is None and known.find(OTHER, 1) is None


def test_what_two_have_said_counts_for_all():
    known: AnswersGiven[str] = AnswersGiven()
    known.add(KEY, 1, "passed")
    known.add(KEY, 1, "passed")
    assert known.find(KEY, 3) is None
    known.add(KEY, 2, "passed")
    assert known.find(KEY, 3) == "passed"


def test_two_that_contradict_each_other_convince_nobody():
    known: AnswersGiven[str] = AnswersGiven()
    known.add(KEY, 1, "passed")
    known.add(KEY, 2, "passed, with another picture")
    assert known.find(KEY, 3) is None and known.find(KEY, 1) is None
    assert known.find(KEY, 2) == "passed, with another picture"


def test_only_the_latest_are_kept():
    known: AnswersGiven[str] = AnswersGiven(most=2)
    for key in (b"a", b"b"):
        known.add(key, 1, "passed")
    assert known.find(b"a", 1)
    known.add(b"c", 1, "passed")
    assert [bool(known.find(key, 1)) for key in (b"a", b"b", b"c")] == [True, False, True]


def test_all_that_is_asked_but_the_seed_makes_the_key():
    runs = [(SOURCE, ["", "one"]), (FP64[0], ["", "two"])]
    keys = [
        question_key("linear", "manual.dY", runs, "en"),
        question_key("linear", "manual.forward", runs, "en"),
        question_key("linear", "manual.dY", runs, "ru"),
        question_key("linear", "manual.dY", runs[:1], "en"),
        question_key("linear", "manual.dY", runs[::-1], "en"),
        question_key("linear", "manual.dY", [(SOURCE, ["", "one"]), (FP64[0], ["", "tw\ud800o"])], "en"),
        question_key("linear", "manual.dY", [(SOURCE, ["one", ""]), (FP64[0], ["", "two"])], "en"),
        question_key("linear", "manual.dY", [(replace(SOURCE, numbers={"lr": 0.31}), ["", "one"]), (FP64[0], ["", "two"])], "en"),
    ]
    assert len(set(keys)) == len(keys)
    assert question_key("linear", "manual.dY", [(SOURCE, ("", "one")), (FP64[0], ("", "two"))], "en") == keys[0]


@pytest.fixture(scope="module")
def known() -> AnswersGiven[Examined]:
    return AnswersGiven()


@pytest.fixture(scope="module")
def examiner(known):
    with Examiner(answers_given=known) as process:
        yield process


def test_the_same_record_is_not_sent_again(examiner, known, monkeypatch):
    right = runs(handed_out("manual.forward", "manual.dY"), "manual.dY")
    first = examiner.examine("linear", "manual.dY", right, "en", "seed")
    assert first.passed
    monkeypatch.setattr(examiner, "ask", None)
    assert examiner.examine("linear", "manual.dY", right, "en", "another") == first
    asked = []
    monkeypatch.setattr(examiner, "ask", lambda request: asked.append(request) or {**vars(first)})
    examiner.examine("linear", "manual.dY", right, "ru", "seed")
    assert len(asked) == 1
    other = Examiner(answers_given=known)
    monkeypatch.setattr(other, "ask", lambda request: asked.append(request) or {**vars(first)})
    other.examine("linear", "manual.dY", right, "en", "seed")
    assert len(asked) == 2


def test_what_failed_is_asked_about_each_time(examiner):
    wrong = runs(handed_out("manual.forward", "manual.dY", manual_dY="dY = Y - Y_gt"), "manual.dY")
    said, again = (examiner.examine("linear", "manual.dY", wrong, "en", seed) for seed in ("seed", "another"))
    assert not said.passed and not again.passed and said.text != again.text
