"""Verdicts on ranks: the traces of all of them, replayed in lock step, against what each rank has to make."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from grader.judge import compare
from grader.judge.lab import Expected, Task
from grader.judge.messages import N_, Message, message
from grader.judge.ranks.account import Crossing, needed
from grader.judge.ranks.lockstep import replay_ranks
from grader.judge.ranks.outside import numbers_taken_out
from grader.judge.ranks.rank import Stuck, Waiting, of_rank
from grader.judge.ranks.rule import RankBook
from grader.judge.ranks.sums import with_its_sum
from grader.judge.ranks.task import RankTask, shapes
from grader.judge.ranks.world import Case
from grader.judge.settings import settings_of
from grader.judge.trace import Phase, Trace

Record = Callable[[Case, int], Trace]


@dataclass(frozen=True)
class RanksVerdict:
    """A task's outcome on N ranks: passed, or why it did not, and in which case.

    `crossings` are the collectives in order, `needed` the numbers that the pass has to move in theory: a right answer
    that moves more passes all the same.
    """

    reason: Message | None = None
    case: Case | None = None
    crossings: tuple[Crossing, ...] = ()
    needed: int = 0

    @property
    def passed(self) -> bool:
        return self.reason is None

    @property
    def moved(self) -> int:
        """The numbers that crossed between ranks in all."""
        return sum(crossing.numbers for crossing in self.crossings)

    def render(self, language: str) -> str:
        """The reason as a sentence in that language; empty where the task passed."""
        return self.reason.render(language) if self.reason else ""


def examine_ranks(
    task: RankTask, cases: Sequence[Case], record: Record, draw_seed: Callable[[], int]
) -> RanksVerdict:
    """The verdict on one task: passed iff it passes every case. `record(case, rank)` gives a rank's trace."""
    first: RanksVerdict | None = None
    for case in cases:
        verdict = verdict_on_ranks(task, case, [record(case, rank) for rank in case.ranks], draw_seed())
        if not verdict.passed:
            return verdict
        first = first or verdict
    return first or RanksVerdict()


def verdict_on_ranks(task: RankTask, case: Case, traces: Sequence[Trace], seed: int) -> RanksVerdict:
    """The verdict on one trace per rank, on values drawn from `seed`.

    Raises:
        ValueError: there are not as many traces as ranks.
    """
    if len(traces) != case.world_size:
        raise ValueError(f"{len(traces)} traces for {case.world_size} ranks")
    phases: list[Phase] = []
    for trace in traces:
        phase = trace.phase(task.name)
        if phase is None:
            return RanksVerdict(message(N_("the cell of {task} has not been run"), task=task.name), case)
        phases.append(phase)
    with settings_of(case.challenge):
        reason, crossings = _judged(task, case, phases, seed)
    sizes = shapes(case.challenge)
    due = sum(needed(need.kind, math.prod(sizes[need.makes]), case.world_size) for need in task.needs)
    return RanksVerdict(reason, case, crossings, due)


def _judged(
    task: RankTask, case: Case, phases: Sequence[Phase], seed: int
) -> tuple[Message | None, tuple[Crossing, ...]]:
    given = task.values(case, seed)
    before = [{name: tensor.clone() for name, tensor in values.inputs.items()} for values in given]
    row = max(case.challenge.in_features, case.challenge.out_features)
    books = [RankBook(case.limits(task.shard_dim), row) for _ in phases]
    device = torch.device(case.challenge.device)
    error = next((of_rank(rank, phase.error) for rank, phase in enumerate(phases) if phase.error is not None), None)
    try:
        together = replay_ranks(phases, [values.inputs for values in given], books, device)
    except Waiting as waiting:
        return error or waiting.message, ()
    except Stuck as stuck:  # calls that do not fit together explain why a rank fails behind them
        return numbers_taken_out(stuck.message, phases), ()
    if error is not None:
        return numbers_taken_out(error, phases), together.crossings
    for rank, phase in enumerate(phases):
        if phase.problems:
            return of_rank(rank, phase.problems[0]), together.crossings
    outputs, crossings = together.outputs, together.crossings

    def numbers(want: Mapping[str, Expected], got: Mapping[str, Tensor], old: Mapping[str, Tensor]) -> Message | None:
        reason = compare.wrong_numbers(want, got, old)
        return reason and with_its_sum(reason, task, before, want, got)

    expected = [values.expected for values in given]
    wrong = _first(expected, outputs, lambda want, got, _: _missing(task, want, got), before)
    wrong = wrong or _first(
        expected, outputs, lambda want, got, _: compare.wrong_shape_or_dtype(want, got, case.challenge.dtype), before
    )
    if wrong is None:
        for rank, book in enumerate(books):
            fault = book.fault()
            if fault is not None:
                return of_rank(rank, fault), crossings
    wrong = wrong or _first(expected, outputs, numbers, before)
    if wrong is not None:
        return numbers_taken_out(_with_what_is_missing(wrong, task, case, crossings), phases), crossings
    reason = _drifting(task, outputs)
    for rank, values in enumerate(given):
        changed = compare.changed_inputs(Task(task.name, updates=task.updates), values.inputs, before[rank])
        reason = reason or (of_rank(rank, changed) if changed is not None else None)
    return reason, crossings


Compare = Callable[[Mapping[str, Expected], Mapping[str, Tensor], Mapping[str, Tensor]], Message | None]


def _first(
    expected: Sequence[Mapping[str, Expected]],
    outputs: Sequence[Mapping[str, Tensor]],
    compared: Compare,
    before: Sequence[Mapping[str, Tensor]],
) -> Message | None:
    """What is wrong with the first rank of which something is."""
    for rank, (want, got, old) in enumerate(zip(expected, outputs, before, strict=True)):
        reason = compared(want, got, old)
        if reason is not None:
            return of_rank(rank, reason)
    return None


def _missing(task: RankTask, expected: Mapping[str, Expected], outputs: Mapping[str, Tensor]) -> Message | None:
    for name in expected:
        if name not in outputs:
            return message(
                N_("{function} does not return {name}: it returns {names}, as a dict or a tuple in this order"),
                function=task.function, name=name, names=", ".join(expected),
            )  # fmt: skip
    return None


def _with_what_is_missing(wrong: Message, task: RankTask, case: Case, crossings: Sequence[Crossing]) -> Message:
    """What is wrong, behind the collective that the pass needs, where nothing crosses at all."""
    if case.world_size == 1 or not task.needs or any(crossing.numbers for crossing in crossings):
        return wrong
    return message(
        N_("nothing crosses between the ranks, but {why} ({wrong})"), why=message(task.needs[0].why), wrong=wrong
    )


def _drifting(task: RankTask, outputs: Sequence[Mapping[str, Tensor]]) -> Message | None:
    """Replicas that are right within rounding, but no longer equal on all ranks."""
    for name in task.replicas:
        for rank, made in enumerate(outputs):
            if not torch.equal(made[name], outputs[0][name]):
                return message(
                    N_("{name} of rank 0 and of rank {rank} are replicas of one tensor and no longer equal, if only by "
                       "rounding: every rank has to make the same step on the same numbers"),
                    name=name, rank=rank,
                )  # fmt: skip
    return None
