"""A solution for ranks, recorded rank by rank and judged on the exam's cases."""

from __future__ import annotations

from collections.abc import Sequence

from grader.bench.ranks import record_on
from grader.judge.ranks import TASKS, Case, RanksVerdict, exam_cases, examine_ranks
from grader.judge.trace import Trace, from_json, to_json
from tests.judge.ranks.solutions import Solution


def traces(task: str, source: str, case: Case) -> list[Trace]:
    """One trace a rank, as they come out of their JSON text."""
    return [from_json(to_json(record_on(TASKS[task], case, rank, source))) for rank in case.ranks]


def verdict(solution: Solution, cases: Sequence[Case] = (), seed: int = 7) -> RanksVerdict:
    """The exam's verdict on a solution."""

    def record(case: Case, rank: int) -> Trace:
        return from_json(to_json(record_on(TASKS[solution.task], case, rank, solution.source)))

    return examine_ranks(TASKS[solution.task], cases or exam_cases(), record, lambda: seed)
