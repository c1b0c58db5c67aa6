"""The mutation score counts what an exam does to a corpus, and a wrong hint is worse than none."""

from __future__ import annotations

from pathlib import Path

from grader.corpus.entries import Entry
from grader.corpus.score import Count, as_text, names, score, wrong_hints
from grader.corpus.trial import Outcome, Trial
from grader.lab.messages import message

PASSED = Outcome(None, False, None, 0.25, 3)


def lost(mistake: str | None = None, on_numbers: bool = True) -> Outcome:
    return Outcome(message("two is wrong"), on_numbers, mistake, 1.0, 7)


def trial(kind: str, outcomes: dict[str, Outcome], mistakes: tuple[str, ...] | None = None, says: str = "") -> Trial:
    loses = frozenset() if kind == "right" else frozenset({"add.two"})
    named = {} if mistakes is None else {"add.two": mistakes}
    return Trial(Entry("x", kind, {}, "", loses, named, "x", Path("x.py"), says), outcomes)


def wrong(outcome: Outcome, mistakes: tuple[str, ...] | None = None, says: str = "") -> Trial:
    return trial("wrong", {"add.two": outcome}, mistakes, says)


def test_a_right_hint_counts_for_precision_and_recall():
    found = names(wrong(lost("sign"), ("off-by-one", "sign")))
    assert (found.precision, found.recall, found.by_another_check) == (Count(1, 1), Count(1, 1), 0)


def test_a_wrong_hint_counts_against_both():
    found = names(wrong(lost("sign"), ("off-by-one",)))
    assert (found.precision, found.recall) == (Count(0, 1), Count(0, 1))


def test_no_hint_counts_against_recall_unless_there_must_be_none():
    assert names(wrong(lost(None))).recall == Count(0, 1)
    assert names(wrong(lost(None), ())).recall == Count(0, 0)


def test_a_message_of_another_check_is_counted_by_itself():
    found = names(wrong(lost(None, on_numbers=False)))
    assert (found.recall, found.by_another_check) == (Count(0, 0), 1)


def test_a_task_that_was_not_to_be_lost_has_no_hints_to_count():
    assert names(trial("right", {"add.two": lost("sign")})).precision == Count()


def test_hints_are_held_to_what_the_entry_says():
    assert not wrong_hints(wrong(lost("sign"), ("sign",)))
    assert not wrong_hints(wrong(lost(None), ()))
    assert not wrong_hints(wrong(lost(None)))
    assert "is none of ['sign']" in wrong_hints(wrong(lost("scale"), ("sign",)))[0]
    assert "is none of []" in wrong_hints(wrong(lost("scale"), ()))[0]
    assert "is none of []" in wrong_hints(wrong(lost("scale")))[0]
    assert "there is no hint" in wrong_hints(wrong(lost(None), ("sign",)))[0]


def test_a_text_may_stand_in_for_the_hint():
    assert not wrong_hints(wrong(lost(None), ("sign",), says="two is wrong"))
    assert "is not in the message" in wrong_hints(wrong(lost("sign"), ("sign",), says="three"))[0]


def test_the_score_counts_by_kind_and_says_what_a_task_costs():
    found = score(
        [
            wrong(lost("sign"), ("sign",)),
            wrong(PASSED),
            trial("wrong", {"add.two": lost(), "add.three": lost()}),  # one mistake costs one task
            trial("ways_round", {"add.two": lost(None, on_numbers=False)}),
            trial("right", {"add.two": PASSED}),
            trial("right", {"add.two": Outcome(None, False, None, 0.75, 9)}),
            trial("right", {"add.two": Outcome(None, False, None, 0.5, 2)}),
        ]
    )
    assert as_text(found) == (
        "evasions stopped 1/1, mutants killed 1/3, right solutions accepted 3/3\n"
        "named bugs: precision 100% (1/1), recall 50% (1/2 of the corpus), named by another check 1\n"
        "add.two: 0.375 s, 9 operations"
    )


def test_an_empty_corpus_has_a_score_too():
    assert as_text(score([])).startswith("evasions stopped 0/0, mutants killed 0/0, right solutions accepted 0/0\n")
