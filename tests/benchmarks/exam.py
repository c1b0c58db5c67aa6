"""What an exam costs: all tasks of the lab on all challenges, recorded and replayed, on one core."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from tests.benchmarks.timing import seconds
from tests.mutants.corpus import Case, solution_cells
from tests.mutants.judging import lost, verdicts


def whole() -> Iterator[tuple[str, str, str]]:
    """The exam of the lab's own solution."""
    base, solution = solution_cells(), Case("solution", "solution", {}, "", frozenset())

    def run() -> None:
        assert not lost(verdicts(base, solution))

    run()
    times = [seconds(run) for _ in range(5)]
    yield "one exam of the lab, all tasks and challenges", f"{statistics.median(times):.2f} s", "< 2 s"
