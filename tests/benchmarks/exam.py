"""What an exam costs: all tasks of the lab on all challenges, recorded and replayed, on one core."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from grader.corpus.trial import Exam
from grader.lab.registry import find_lab
from tests.benchmarks.timing import seconds
from tests.labs.corpora import solution_cells


def whole() -> Iterator[tuple[str, str, str]]:
    """The exam of the lab's own solution."""
    solution = solution_cells()

    def run() -> None:
        assert all(outcome.passed for outcome in Exam(find_lab("linear"), solution).of_solution().values())

    run()
    times = [seconds(run) for _ in range(5)]
    yield "one exam of the lab, all tasks and challenges", f"{statistics.median(times):.2f} s", "< 2 s"
