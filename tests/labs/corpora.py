"""The labs' corpora and their own solutions, for all tests that need right and wrong cells."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from grader.corpus import entries
from grader.corpus.entries import Entry, corpus_folder, read_corpus
from grader.judge.lab import Lab
from grader.judge.labs import LABS

ROOT = Path(__file__).resolve().parents[2]


def solution_cells(lab: str = "linear") -> dict[str, str]:
    """A lab's own solution, task by task."""
    return entries.solution_cells(ROOT / "solutions" / "en" / lab / f"{lab}.ipynb")


@cache
def corpus(lab: str = "linear") -> tuple[Entry, ...]:
    """A lab's right and wrong solutions."""
    return read_corpus(corpus_folder(lab), tasks_of(LABS[lab]))


def tasks_of(lab: Lab) -> list[str]:
    """A lab's automatically judged tasks, in its order."""
    return [task for section in lab.sections for task in section.task_names]
