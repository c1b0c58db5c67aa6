"""No wrong solution is told a mistake that it does not make, and most are told the one that they do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from grader.judge.compare import takes_a_hint
from grader.judge.verdict import Verdict
from grader.labs.linear.lab import SOURCE
from grader.labs.linear.mistakes import CATALOGUE
from tests.mutants import ours
from tests.mutants.corpus import Case, cases, solution_cells
from tests.mutants.decoys import KNOWN
from tests.mutants.expectations import HARMS_ITS_PROCESS
from tests.mutants.judging import Challenges, verdicts
from tests.mutants.named import NAMED, right_name

BASE = solution_cells()
CORPUS = [*cases("mutant"), *ours.wrong(), *cases("evasion")]
DECOYS = ours.decoys()
RECALL = 0.9


def small_first(challenges: Challenges) -> Challenges:
    """The source's large shape last: the message is much the same at any size."""
    return tuple(sorted(challenges, key=lambda challenge: challenge == SOURCE))


def lost(case: Case, order: Callable[[Challenges], Challenges]) -> dict[str, Verdict]:
    return verdicts(BASE, case, sorted(case.loses), order) if case.loses else {}


@pytest.mark.parametrize("case", DECOYS, ids=lambda case: case.id)
def test_a_decoy_is_named_where_it_is_in_the_catalogue_and_nowhere_else(case, record_property):
    for task, verdict in lost(case, lambda challenges: challenges).items():
        assert not verdict.passed
        shown = verdict.mistake
        record_property("named bugs", ["decoy", int(shown is not None), int(shown == right_name(case.id, task) and shown is not None), 0])
        assert shown == right_name(case.id, task), verdict.render("en")
        if shown is not None:
            assert "it looks like" in verdict.render("en") and "похоже" in verdict.render("ru")


@pytest.mark.slow
def test_no_hint_of_the_corpus_is_wrong_and_most_mistakes_are_named(record_property):
    figures, wrong, nameless = Counter[str](), [], []
    for case in CORPUS:
        if case.id in HARMS_ITS_PROCESS:
            continue
        for task, verdict in lost(case, small_first).items():
            assert not verdict.passed, f"{case.id}: {task} passed"
            if not takes_a_hint(verdict.reason):
                figures["named by another check"] += 1
                continue
            figures["on numbers or shape"] += 1
            figures["shown"] += verdict.mistake is not None
            if verdict.mistake is None:
                nameless.append(f"{case.id}, {task}: {verdict.render('en')}")
            elif verdict.mistake == right_name(case.id, task):
                figures["right"] += 1
            else:
                wrong.append(f"{case.id}, {task}, {verdict.mistake}: {verdict.render('en')}")
    record_property("named bugs", ["corpus", figures["shown"], figures["right"], figures["on numbers or shape"]])
    record_property("named by another check", figures["named by another check"])
    assert not wrong, "\n".join(wrong)
    assert figures["right"] >= RECALL * figures["on numbers or shape"], "\n".join(nameless)


def test_labels_are_names_of_the_catalogue_and_of_solutions():
    names = {mistake.name for entries in CATALOGUE.values() for mistake in entries}
    labels = {label for named in NAMED.values() for label in (named.values() if isinstance(named, dict) else [named])}
    assert labels - {None} <= names
    assert set(NAMED) <= {case.id for case in [*CORPUS, *DECOYS, *ours.wrong_somewhere()]} and set(KNOWN) <= set(NAMED)
    assert len(DECOYS) >= 40
