"""A solution's cells judged as the exam judges them, without a notebook around."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping

import torch
from IPython.core.inputtransformer2 import TransformerManager

from grader.bench.carried import carry_over
from grader.bench.section import record_section
from grader.judge.exam import exam_cases, examine, verdict_on
from grader.judge.trace import Trace, from_json, to_json
from grader.judge.verdict import Verdict
from grader.lab.case import Case as Tried
from grader.lab.registry import find_lab
from tests.mutants.corpus import Case

Challenges = tuple[Tried, ...]
find_section = find_lab("linear").section


def verdicts(
    base: Mapping[str, str],
    case: Case,
    tasks: Collection[str] = (),
    order: Callable[[Challenges], Challenges] = lambda challenges: challenges,
) -> dict[str, Verdict]:
    """The exam's verdict on each task of the sections that a case touches, or of all where it touches none.

    `tasks` narrows it down; `order` may put quick challenges first, where only the message counts.
    """
    cells = {task: TransformerManager().transform_cell(text) for task, text in {**base, **case.cells}.items()}
    touched = {task.split(".")[0] for task in case.cells} or {task.split(".")[0] for task in base}
    carried = carry_over(_notebook(case.before))

    def verdict(task: str) -> Verdict:
        section = find_section(task)

        def record(challenge: Tried) -> tuple[Trace, ...]:
            return (from_json(to_json(record_section(section, task, cells, challenge, carried))),)

        return examine(section, task, order(exam_cases(section)), record, lambda: secrets.randbits(48))

    wanted = tasks or [task for task in base if task.split(".")[0] in touched]
    return {task: verdict(task) for task in wanted}


def verdict_on_task(base: Mapping[str, str], case: Case, task: str, challenge: Tried) -> Verdict:
    """The verdict on one task under one challenge, whatever the mistake is called."""
    cells = {name: TransformerManager().transform_cell(text) for name, text in {**base, **case.cells}.items()}
    trace = record_section(find_section(task), task, cells, challenge, carry_over(_notebook(case.before)))
    return verdict_on(find_section(task), task, challenge, (trace,), secrets.randbits(48))


def lost(verdicts_by_task: Mapping[str, Verdict]) -> frozenset[str]:
    """The tasks that did not pass."""
    return frozenset(task for task, verdict in verdicts_by_task.items() if not verdict.passed)


def _notebook(before: str) -> dict[str, object]:
    """A student's namespace after the given cells and one cell of their own."""
    namespace: dict[str, object] = {"__name__": "__main__", "torch": torch, "nn": torch.nn}
    namespace |= {"batch_size": 32, "in_ch": 1024, "out_ch": 608, "lr": 0.3}
    exec(before, namespace)
    return namespace
