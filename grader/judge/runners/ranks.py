"""A function on N ranks: one trace a rank, replayed in lock step, against what each rank has to make."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from grader.judge import compare
from grader.judge.answers import rank_values
from grader.judge.ledger import Due, theory
from grader.judge.mistakes import Run
from grader.judge.ranks.account import REDUCE_SCATTER, Crossing
from grader.judge.ranks.lockstep import replay_ranks
from grader.judge.ranks.outside import numbers_taken_out
from grader.judge.ranks.rank import Stuck, Waiting, of_rank
from grader.judge.ranks.rule import RankBook
from grader.judge.replay import Refused, Step
from grader.judge.second_replay import Witness, noticed, witnesses_of
from grader.judge.settings import settings_of
from grader.judge.trace import Phase, Trace
from grader.judge.verdict import NOT_SOLVED, Verdict
from grader.lab.case import Case
from grader.lab.messages import N_, Message, message
from grader.lab.section import Section
from grader.lab.task import Signature, Task
from grader.lab.values import Copies, Expected, TaskValues


def verdict_on(section: Section, name: str, case: Case, traces: Sequence[Trace], seed: int) -> Verdict:
    """The verdict on one trace per rank, on values drawn from `seed`."""
    task = section.task(name)
    found = [trace.phase(name) for trace in traces]
    phases = [phase for phase in found if phase is not None]
    if len(phases) != case.world:
        return Verdict(message(N_("the cell of {task} has not been run"), task=name), case)
    with settings_of(case):
        given = rank_values(section, task, case, seed)
        books = [_book(section, case) for _ in phases]
        reason, crossings = _judged(section, task, case, phases, given, books)
        if reason is None and task.ruled:
            ranks = {rank: message(N_("rank {rank}"), rank=rank) for rank in case.ranks}
            reason = noticed(
                section, case, seed, ranks, lambda drawn: _witnesses(section, task, case, phases, seed, drawn)
            )
    due = [(need, _size(need, given)) for need in task.collectives]
    return Verdict(
        reason,
        case,
        crossings=crossings,
        due=tuple(Due(need, size, theory(need.kind, size, case.world)) for need, size in due),
        ranks=tuple(book.page() for book in books),
    )


def _size(need: Signature, given: Sequence[TaskValues]) -> int:
    """The numbers that a collective goes over: what it makes, of a reduce-scatter on all ranks together."""
    made = [math.prod(values.expected[need.makes].value.shape) for values in given]
    return sum(made) if need.kind == REDUCE_SCATTER else made[0]


def run_again(section: Section, name: str, case: Case, traces: Sequence[Trace], seed: int) -> Run | None:
    """What a task's function makes on a confirming case, without the rule: each variable by `rank.name`."""
    task = section.task(name)
    found = [trace.phase(name) for trace in traces]
    phases = [phase for phase in found if phase is not None]
    if len(phases) != case.world:
        return None
    with settings_of(case):
        given = rank_values(section, task, case, seed)
        merged = by_rank(given)
        if any(phase.error is not None for phase in phases):
            return Run(case, merged, None)
        books = [_book(section, case) for _ in phases]
        try:
            together = replay_ranks(phases, [values.inputs for values in given], books, torch.device(case.device))
        except Stuck:
            return None
    made = {f"{r}.{key}": tensor for r, one in enumerate(together.outputs) for key, tensor in one.items()}
    return Run(case, merged, made)


def _witnesses(
    section: Section, task: Task, case: Case, phases: Sequence[Phase], seed: int, drawn: Mapping[str, Tensor]
) -> list[Witness]:
    """What the operations of all ranks read and made, on those quantities, rank after rank. Raises Refused: the ranks
    cannot go on together on them."""
    inputs = [values.inputs for values in rank_values(section, task, case, seed, drawn)]
    books = [_Witnessing(section.names, None, 0, rank=rank) for rank in case.ranks]
    try:
        replay_ranks(phases, inputs, books, torch.device(case.device))
    except Stuck as stuck:
        raise Refused(stuck.message) from None
    return [one for book in books for one in book.witnesses]


@dataclass(eq=False)
class _Witnessing(RankBook):
    rank: int = 0
    witnesses: list[Witness] = field(default_factory=list)

    def watch(self, step: Step) -> None:
        super().watch(step)
        self.witnesses.extend(witnesses_of(step, lambda tensor: frozenset({self.rank})))


def by_rank(given: Sequence[TaskValues]) -> TaskValues:
    """What all ranks are given and have to make, each variable by `rank.name`."""
    return TaskValues(
        given[0].plain,
        Copies({f"{r}.{key}": value for r, one in enumerate(given) for key, value in one.inputs.originals.items()}),
        {f"{r}.{key}": want for r, one in enumerate(given) for key, want in one.expected.items()},
    )


def _book(section: Section, case: Case) -> RankBook:
    rule = section.rule
    if rule is None:
        return RankBook(section.names, None, 0)
    return RankBook(section.names, rule.limits(case), rule.row(case))


def _judged(
    section: Section,
    task: Task,
    case: Case,
    phases: Sequence[Phase],
    given: Sequence[TaskValues],
    books: Sequence[RankBook],
) -> tuple[Message | None, tuple[Crossing, ...]]:
    if any(phase.error == NOT_SOLVED for phase in phases):
        return NOT_SOLVED, ()
    before = [{name: tensor.clone() for name, tensor in values.inputs.items()} for values in given]
    device = torch.device(case.device)
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
        return reason and _with_what_is_seen(reason, section, task, before, want, got)

    expected = [values.expected for values in given]
    wrong = _first(expected, outputs, lambda want, got, _: _missing(task, want, got), before)
    wrong = wrong or _first(expected, outputs, lambda want, got, _: _wrong_shape(section, case, want, got), before)
    if wrong is None and task.ruled:
        for rank, book in enumerate(books):
            fault = book.fault()
            if fault is not None:
                return of_rank(rank, fault), crossings
    if wrong is None:
        unasked = _other_calls(task, crossings) or _traffic(task, case, crossings)
        if unasked is not None:
            return unasked, crossings
    wrong = wrong or _first(expected, outputs, numbers, before)
    if wrong is not None:
        return numbers_taken_out(_with_what_is_missing(wrong, task, case, crossings), phases), crossings
    reason = _drifting(task, outputs)
    for rank, values in enumerate(given):
        changed = compare.changed_inputs(task, values.inputs, before[rank])
        reason = reason or (of_rank(rank, changed) if changed is not None else None)
    return reason, crossings


def _wrong_shape(
    section: Section, case: Case, want: Mapping[str, Expected], got: Mapping[str, Tensor]
) -> Message | None:
    return compare.wrong_shape_or_dtype(want, got, case.dtype, section.shape_seen)


def _with_what_is_seen(
    reason: Message,
    section: Section,
    task: Task,
    inputs: Sequence[Mapping[str, Tensor]],
    expected: Mapping[str, Expected],
    outputs: Mapping[str, Tensor],
) -> Message:
    """The reason with what the lab sees in the wrong numbers, where it sees anything."""
    name = str(dict(reason.facts).get("name"))
    seen = section.sum_seen(task.name, name, inputs, expected, outputs)
    return compare.with_hint(reason, seen) if seen is not None else reason


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


def _missing(task: Task, expected: Mapping[str, Expected], outputs: Mapping[str, Tensor]) -> Message | None:
    for name in expected:
        if name not in outputs:
            return message(
                N_("{function} does not return {name}: it returns {names}, as a dict or a tuple in this order"),
                function=task.function, name=name, names=", ".join(expected),
            )  # fmt: skip
    return None


def _with_what_is_missing(wrong: Message, task: Task, case: Case, crossings: Sequence[Crossing]) -> Message:
    """What is wrong, behind the collective that the pass needs, where nothing crosses at all."""
    if case.world == 1 or not task.collectives or any(crossing.numbers for crossing in crossings):
        return wrong
    return message(
        N_("nothing crosses between the ranks, but {why} ({wrong})"), why=message(task.collectives[0].why), wrong=wrong
    )


def _other_calls(task: Task, crossings: Sequence[Crossing]) -> Message | None:
    """A call of a kind that the task does without."""
    for crossing in crossings if task.calls else ():
        if crossing.kind not in (*task.calls, "barrier"):
            return message(
                N_("line {line}, `{code}`: {call} is not for this task, which is to make do with {calls}"),
                line=crossing.line, code=crossing.code, call=crossing.kind, calls=", ".join(task.calls),
            )  # fmt: skip
    return None


def _traffic(task: Task, case: Case, crossings: Sequence[Crossing]) -> Message | None:
    """A rank that more numbers leave, or arrive at, than the task needs."""
    if task.traffic is None:
        return None
    most = task.traffic(case)
    for rank in case.ranks:
        left = sum(crossing.leaves[rank] for crossing in crossings)
        arrived = sum(crossing.arrives[rank] for crossing in crossings)
        if max(left, arrived) > most:
            reason = message(
                N_("{left} numbers leave it in all, and {arrived} arrive at it; {most} each way are enough"),
                left=left, arrived=arrived, most=most,
            )  # fmt: skip
            return of_rank(rank, reason)
    return None


def _drifting(task: Task, outputs: Sequence[Mapping[str, Tensor]]) -> Message | None:
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
