"""The exam: a task's traces on all cases that it is tried on, replayed on the judge's own values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch

from grader.judge import compare, mistakes
from grader.judge.answers import NothingExpected
from grader.judge.phases import stays_in_fp32
from grader.judge.runners import runner_of
from grader.judge.trace import Trace
from grader.judge.verdict import Verdict
from grader.lab.case import Case, on_every_device
from grader.lab.messages import N_, Message, message
from grader.lab.section import RANKS, Section

# the traces of one run: one, or one for each rank
Record = Callable[[Case], Sequence[Trace]]


def drawing(seed: str) -> Callable[[], int]:
    """A function that gives the next seed of a row that the text `seed` decides: a regrade draws the same."""
    drawn = 0

    def draw() -> int:
        nonlocal drawn
        drawn += 1
        return int.from_bytes(hashlib.sha256(f"{seed} {drawn}".encode()).digest()[:6], "big")

    return draw


def exam_cases(section: Section) -> tuple[Case, ...]:
    """What every task of a section is examined on: its cases, and all of them on CUDA where there is one.

    Raises:
        NothingExpected: there are none, and nobody passes by that.
    """
    if not section.cases:
        raise NothingExpected(message(N_("the section {section} has no cases"), section=section.name).render())
    return on_every_device(section.cases)


def examine(
    section: Section, name: str, cases: tuple[Case, ...], record: Record, draw_seed: Callable[[], int]
) -> Verdict:
    """The verdict on one task: passed iff it passes every case.

    `record(case)` gives the traces of the section's cells up to the task, or of its function, one for each rank. Two
    things a right solution may choose are honoured: where what does not come out even is cut, and a plain cast to
    float32, which moves a float64 case to single precision.

    Raises:
        NothingExpected: there is no case, or the task has to make nothing.
    """
    first: Verdict | None = None
    for case in cases:
        verdict = _examine_one(section, name, case, record, draw_seed)
        first = first or verdict
        if verdict.passed:
            continue
        others = section.alternatives(case)
        if not any(_examine_one(section, name, other, record, draw_seed).passed for other in others):
            return _named(verdict, section, name, record, draw_seed)
    if first is None:
        raise NothingExpected(message(N_("{task}: there is no case to try it on"), task=name).render())
    return Verdict(ledger=first.ledger, due=first.due, crossings=first.crossings, ranks=first.ranks)


def verdict_on(section: Section, name: str, case: Case, traces: Sequence[Trace], seed: int) -> Verdict:
    """The verdict on the traces of one run, on values drawn from `seed`."""
    return runner_of(section).verdict_on(section, name, case, traces, seed)


def judge_trace(section: Section, name: str, case: Case, traces: Sequence[Trace], seed: int) -> Message | None:
    """Why a run's traces do not do its task under a case; None where they do."""
    return verdict_on(section, name, case, traces, seed).reason


def may_ask(
    section: Section, name: str, record: Record, looked_right: Callable[[Case], bool] = lambda case: False
) -> Iterator[Case]:
    """Every case that `examine` may ask a record of: for a bench whose student is gone when the judge works.

    The other way to cut an odd size is left out where the cell `looked_right` under the first. What only a mistake's
    name is confirmed on is left out where it did on all of the exam's own cases, under one way or the other: then
    there is no mistake in its numbers.
    """
    tried: set[Case] = set()

    def with_fp32(case: Case) -> Iterator[Case]:
        if case not in tried:
            tried.add(case)
            yield case
            if case.dtype is torch.float64 and _in_fp32(section, record(case), name):
                yield case.in_fp32()

    right = True
    for case in exam_cases(section):
        looks_right = False
        for way in (case, *section.alternatives(case)):
            if not looks_right:
                asked = list(with_fp32(way))
                yield from asked
                looks_right = any(_was_run(record(each), name) and looked_right(each) for each in asked)
        right = right and looks_right
    for case in () if right else mistakes.all_confirming(section):
        yield from with_fp32(case)


def _examine_one(
    section: Section, name: str, case: Case, record: Record, draw_seed: Callable[[], int]
) -> Verdict:
    case, traces = _recorded(section, name, case, record)
    return verdict_on(section, name, case, traces, draw_seed())


def _recorded(section: Section, name: str, case: Case, record: Record) -> tuple[Case, Sequence[Trace]]:
    """The traces, and the case in the precision that the cell is written for."""
    traces = record(case)
    if case.dtype is torch.float64 and _in_fp32(section, traces, name):
        case = case.in_fp32()
        traces = record(case)
    return case, traces


def _in_fp32(section: Section, traces: Sequence[Trace], name: str) -> bool:
    """Whether a cell is written for single precision. Between ranks a cast is a buffer that doesn't fit."""
    return section.runner != RANKS and any(stays_in_fp32(trace.phase(name)) for trace in traces)


def _was_run(traces: Sequence[Trace], name: str) -> bool:
    return bool(traces) and all(trace.phase(name) is not None for trace in traces)


def _named(verdict: Verdict, section: Section, name: str, record: Record, draw_seed: Callable[[], int]) -> Verdict:
    """The verdict with the mistake that explains it, where its numbers or a shape are wrong and there is one."""
    if verdict.reason is None or verdict.case is None or not compare.takes_a_hint(verdict.reason):
        return verdict

    def rerun(case: Case) -> mistakes.Run | None:
        case, traces = _recorded(section, name, case, record)
        return runner_of(section).run_again(section, name, case, traces, draw_seed())

    found = mistakes.find(section, name, verdict.case, rerun, verdict.run)
    if found is None:
        return verdict
    return replace(verdict, reason=compare.with_hint(verdict.reason, found.hint), mistake=found.name)
