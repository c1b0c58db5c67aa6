"""The labs' corpora and their own solutions, for all tests that need right and wrong cells."""

from __future__ import annotations

from functools import cache

from grader.corpus import entries
from grader.corpus.entries import Entry, corpus_folder, read_corpus
from grader.lab.registry import labs


@cache
def solution_cells(lab: str = "linear") -> dict[str, str]:
    """A lab's own solution, task by task."""
    return entries.solution_cells(lab)


@cache
def corpus(lab: str = "linear") -> tuple[Entry, ...]:
    """A lab's right and wrong solutions."""
    return read_corpus(corpus_folder(lab), labs()[lab].task_names)
