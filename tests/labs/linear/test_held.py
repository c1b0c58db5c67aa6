"""What the corpus of `linear` holds: nothing gets lost on the way."""

from __future__ import annotations

from collections import Counter

from tests.labs.corpora import corpus


def test_the_corpus_has_at_least_its_mutants_its_ways_round_and_its_right_solutions():
    held = Counter(entry.kind for entry in corpus())
    assert held["wrong"] >= 228 and held["ways_round"] >= 91 and held["right"] >= 148


def test_many_wrong_solutions_only_look_like_a_mistake_of_the_catalogue():
    assert sum(() in entry.mistakes.values() for entry in corpus()) >= 40
