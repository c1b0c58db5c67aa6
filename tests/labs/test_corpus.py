"""Every wrong solution loses the points of the task that it breaks and nowhere else, and is told no mistake that it does
not make; every right one loses none."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from grader.corpus.entries import Entry
from grader.corpus.score import FIGURES, Names, must_have_no_hint, names, wrong_hints
from grader.corpus.trial import Exam, Trial
from grader.lab.registry import labs
from tests.labs.corpora import corpus, solution_cells

RECALL = 0.9
LABS = labs()
ENTRIES = {f"{lab}/{entry.kind}/{entry.name}": (lab, entry) for lab in LABS for entry in corpus(lab)}
Record = Callable[[str, object], None]


def of_kind(*kinds: str) -> pytest.MarkDecorator:
    """Parametrises a test over all labs' entries of some kinds, by `lab/kind/name`."""
    chosen = {name: pair for name, pair in ENTRIES.items() if pair[1].kind in kinds}
    return pytest.mark.parametrize(("lab", "entry"), list(chosen.values()), ids=list(chosen))


@cache
def exam(lab: str) -> Exam:
    return Exam(LABS[lab], solution_cells(lab))


def tried(lab: str, entry: Entry, record_property: Record) -> Trial:
    """The entry judged, and counted for the summary."""
    trial = exam(lab).of_entry(entry)
    found = names(trial)
    record_property("corpus", [FIGURES[entry.kind], trial.lost == entry.loses])
    if entry.loses:
        record_property("named bugs", ["corpus", found.precision.of, found.precision.good, found.recall.of])
        record_property("named by another check", found.by_another_check)
    return trial


def described(trial: Trial) -> str:
    return "\n".join(f"{task}: {outcome.render('en')}" for task, outcome in trial.outcomes.items() if not outcome.passed)


@of_kind("wrong")
def test_a_wrong_solution_loses_exactly_the_task_that_it_breaks_and_no_hint_is_wrong(lab, entry, record_property):
    trial = tried(lab, entry, record_property)
    assert entry.loses and trial.lost == entry.loses, described(trial)
    assert not wrong_hints(trial), "\n".join(wrong_hints(trial))
    for outcome in trial.outcomes.values():
        if outcome.mistake is not None:
            assert "it looks like" in outcome.render("en") and "похоже" in outcome.render("ru")


@of_kind("ways_round")
def test_a_way_round_the_rule_loses_the_task_that_takes_it(lab, entry, record_property):
    trial = tried(lab, entry, record_property)
    assert entry.loses and trial.lost == entry.loses, described(trial)
    assert not wrong_hints(trial), "\n".join(wrong_hints(trial))


@of_kind("right")
def test_a_right_solution_gets_full_marks(lab, entry, record_property):
    trial = tried(lab, entry, record_property)
    assert not trial.lost, described(trial)


@pytest.mark.parametrize("lab", LABS)
def test_the_labs_own_solution_gets_full_marks(lab):
    outcomes = exam(lab).of_solution()
    assert outcomes and not {task: outcome.render("en") for task, outcome in outcomes.items() if not outcome.passed}


@pytest.mark.slow
@pytest.mark.parametrize("lab", LABS)
def test_most_mistakes_that_show_in_numbers_are_named(lab):
    """Those with a name are held to it above; here are the others whose message could have a hint and has none."""
    wrong = [entry for entry in corpus(lab) if entry.kind == "wrong" and not entry.harms]
    named = sum(bool(right) for entry in wrong for right in entry.mistakes.values())
    found, nameless = Names(), []
    for entry in wrong:
        without = [task for task in entry.loses if not entry.mistakes.get(task) and not must_have_no_hint(entry, task)]
        if without:
            trial = exam(lab).of_entry(entry, without)
            found += names(trial)
            nameless += [entry.name] * names(trial).recall.of
    assert named >= RECALL * (named + found.recall.of), nameless


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_has_right_and_wrong_solutions_for_each_of_its_tasks(lab):
    tasks = set(exam(lab).solution)
    assert {task for entry in corpus(lab) if entry.kind == "right" for task in entry.cells} == tasks
    assert {task for entry in corpus(lab) for task in entry.loses} == tasks


@pytest.mark.parametrize("lab", LABS)
def test_right_hints_are_names_of_the_catalogue(lab):
    catalogue = LABS[lab].mistakes
    named = {name for entry in corpus(lab) for right in entry.mistakes.values() for name in right}
    assert named <= catalogue


@pytest.mark.parametrize("lab", LABS)
def test_no_two_entries_have_the_same_name_on_any_system(lab):
    names_ = [entry.name.lower() for entry in corpus(lab)]
    assert len(names_) == len(set(names_))
