"""A solution for ranks, recorded rank by rank and judged on the exam's cases."""

from __future__ import annotations

from collections.abc import Sequence

from grader.bench.ranks import record_on
from grader.judge.exam import examine
from grader.judge.trace import Trace, from_json, to_json
from grader.judge.verdict import Verdict
from grader.lab.case import Case
from tests.judge.ranks.solutions import Solution
from tests.rank_lab.lab import LAB, TASKS, exam_cases


def traces(task: str, source: str, case: Case) -> list[Trace]:
    """One trace a rank, as they come out of their JSON text."""
    section = LAB.section(task)
    return [from_json(to_json(record_on(section, TASKS[task], case, rank, source))) for rank in case.ranks]


def verdict(solution: Solution, cases: Sequence[Case] = (), seed: int = 7) -> Verdict:
    """The exam's verdict on a solution."""
    section = LAB.section(solution.task)

    def record(case: Case) -> list[Trace]:
        return traces(solution.task, solution.source, case)

    return examine(section, solution.task, tuple(cases) or exam_cases(), record, lambda: seed)
