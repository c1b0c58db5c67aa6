"""Runners: how the traces of one run are replayed and judged: cells of one namespace, or a function on N ranks."""

from collections.abc import Sequence
from typing import Protocol

from grader.judge.mistakes import Run
from grader.judge.trace import Trace
from grader.judge.verdict import Verdict
from grader.lab.case import Case
from grader.lab.section import RANKS, Section


class Runner(Protocol):
    """What a way of running gives the judge."""

    def verdict_on(self, section: Section, name: str, case: Case, traces: Sequence[Trace], seed: int) -> Verdict:
        """The verdict on the traces of one run, on values drawn from `seed`."""

    def run_again(self, section: Section, name: str, case: Case, traces: Sequence[Trace], seed: int) -> Run | None:
        """What a task makes on a confirming case, without the rule; None where it cannot be replayed."""


def runner_of(section: Section) -> Runner:
    """The runner of a section's tasks."""
    from grader.judge.runners import namespace, ranks

    return ranks if section.runner == RANKS else namespace
