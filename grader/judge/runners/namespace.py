"""Cells of one namespace: one trace, phase after phase, and the ledger of the devices that its names pretend."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from grader.judge import compare
from grader.judge.answers import answer_to, task_values
from grader.judge.compare import ShapeSeen
from grader.judge.ledger import Book, Due, Ledger, dues, fault_of
from grader.judge.ledger.homes import DEVICES
from grader.judge.mistakes import Run
from grader.judge.phases import builds_on_earlier, takes_numbers_out
from grader.judge.replay import Refused, Slots, Step, replay_phase
from grader.judge.second_replay import Witness, noticed, witnesses_of
from grader.judge.settings import settings_of
from grader.judge.trace import Phase, Trace
from grader.judge.verdict import Verdict
from grader.lab.case import Case
from grader.lab.messages import N_, Message, message
from grader.lab.rule import Limits
from grader.lab.section import Section
from grader.lab.task import Task
from grader.lab.values import Copies, TaskValues
from grader.lab.variables import Naming


def verdict_on(section: Section, name: str, case: Case, traces: Sequence[Trace], seed: int) -> Verdict:
    """The verdict on one trace under a case, on values drawn from `seed`.

    Earlier tasks of the section are replayed too where this one uses what they left behind, but only this one is
    judged.
    """
    task = section.task(name)
    trace = traces[0] if traces else Trace(())
    phase = trace.phase(name)
    if phase is None:
        return Verdict(message(N_("the cell of {task} has not been run"), task=name), case)
    with settings_of(case):
        *earlier, given = task_values(section, case, seed, len(section.up_to(name)), answer_to(section, case, seed))
        later = trace.phase(task.name_afterwards)
        limits = section.rule.limits(case) if task.ruled and section.rule is not None else None
        replay = _Replay(case, section.names, limits, section.shape_seen)
        if builds_on_earlier(phase) or (later is not None and builds_on_earlier(phase, later)):
            for values, before in zip(earlier, section.up_to(name), strict=False):
                replay.run_quietly(trace.phase(before.name), values, before.ruled)
        if phase.error is not None:
            return Verdict(phase.error, case)
        replay.ledger = None
        reason = _judge_phase(task, phase, later, given, replay)
        ledger, outputs = replay.ledger, replay.outputs
        made = compare.which_are_right(given.expected, outputs, case.dtype) if reason and ledger else ()
        run = _run_of(given, later, replay) if reason and outputs else None
        reason = reason or _judge_afterwards(task, trace, given, replay)
        if reason is None and task.ruled:
            devices = {device: message(N_("device {device}"), device=device) for device in sorted(DEVICES)}
            reason = noticed(
                section, case, seed, devices, lambda drawn: _witnesses(section, task, case, trace, seed, drawn)
            )
    return Verdict(reason, case, ledger, _dues(task, given), made, run=run)


def _witnesses(
    section: Section, task: Task, case: Case, trace: Trace, seed: int, drawn: Mapping[str, Tensor]
) -> list[Witness]:
    """What the operations of a task read and made, on those quantities, behind the tasks before it."""
    tasks, book, slots, found = section.up_to(task.name), Book(section.names), Slots(), list[Witness]()

    def watch(step: Step) -> None:
        book.watch(step)
        found.extend(witnesses_of(step, book.home))

    for before, given in zip(tasks, task_values(section, case, seed, len(tasks), drawn=drawn), strict=True):
        phase = trace.phase(before.name)
        if phase is None:
            continue
        book.begin(given.inputs, before.ruled)
        with nullcontext() if before is task else suppress(Refused):
            made = replay_phase(
                phase, given.inputs, slots, torch.device(case.device), watch if before is task else book.watch
            )
            book.close(made)
    return found


@dataclass
class _Replay:
    """One trace on one case's values, phase after phase, with the ledger that follows it."""

    case: Case
    names: Naming
    limits: Limits | None
    shape_seen: ShapeSeen
    slots: Slots = field(default_factory=dict)
    book: Book = field(init=False)
    ledger: Ledger | None = None
    outputs: Mapping[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book = Book(self.names, self.limits)

    def run(self, phase: Phase, inputs: Mapping[str, Tensor], ruled: bool = False) -> dict[str, Tensor]:
        """The phase's outputs; `ruled` says whether the rule of the course holds in it. Raises Refused: it cannot be
        replayed."""
        self.book.begin(inputs, ruled)
        outputs = self.outputs = replay_phase(
            phase, inputs, self.slots, torch.device(self.case.device), self.book.watch
        )
        others = {name: self.slots.get(slot) for name, slot in phase.named}
        self.ledger = self.book.close(
            outputs, {name: made for name, made in others.items() if isinstance(made, Tensor)}
        )
        return outputs

    def run_quietly(self, phase: Phase | None, values: TaskValues, ruled: bool) -> None:
        """An earlier task's phase, right or wrong: what it left behind may serve the one that is judged."""
        if phase is None:
            return
        try:
            self.run(phase, values.inputs, ruled)
        except Refused:
            return


def _judge_phase(task: Task, phase: Phase, later: Phase | None, given: TaskValues, replay: _Replay) -> Message | None:
    before, inputs = given.inputs.originals, _copied_where_touched(given.inputs, phase, later)
    try:
        outputs = replay.run(phase, inputs, task.ruled)
    except Refused as refused:
        return phase.problems[0] if phase.problems else refused.message
    if phase.problems:
        return phase.problems[0]
    missing = compare.missing(given.expected, outputs)
    if missing is not None:
        return missing
    wrong = compare.wrong_shape_or_dtype(given.expected, outputs, replay.case.dtype, replay.shape_seen)
    if wrong is not None:
        return _with_what_crossed(wrong, task, given, replay.ledger)
    if task.ruled and replay.ledger is not None and replay.ledger.fault is not None:
        return replay.ledger.fault
    wrong = compare.wrong_numbers(given.expected, outputs, before)
    if wrong is not None and takes_numbers_out(phase):
        return message(
            N_("{reason} (numbers taken out of a tensor with .item() or float() and put into a new one stay those of "
               "the recording: keep tensors, for example with torch.stack)"),
            reason=wrong,
        )  # fmt: skip
    if wrong is not None:
        return _with_what_crossed(wrong, task, given, replay.ledger)
    return (
        compare.drifting_replicas(task, given, outputs, before)
        or compare.changed_inputs(task, inputs, before)
        or compare.shared_memory(task, inputs, outputs)
    )


def _copied_where_touched(inputs: Copies, *phases: Phase | None) -> dict[str, Tensor]:
    """What a task starts from, in memory of its own wherever one of the phases reads it, writes into it or names it:
    what no operation touches stays as it is."""
    run = [phase for phase in phases if phase is not None]
    touched = {slot for phase in run for node in phase.nodes for slot in node.reads}
    touched |= {slot for phase in run for _, slot in (*phase.outputs, *phase.named)}
    used = {name for phase in run for name, given in phase.inputs if given.slot in touched}
    return {name: inputs[name] if name in used else original for name, original in inputs.originals.items()}


def _with_what_crossed(wrong: Message, task: Task, given: TaskValues, ledger: Ledger | None) -> Message:
    """What is wrong, behind the collective whose absence explains it."""
    fault = fault_of(ledger, _dues(task, given)) if ledger is not None else None
    return message("{fault} ({wrong})", fault=fault, wrong=wrong) if fault is not None else wrong


def _dues(task: Task, given: TaskValues) -> tuple[Due, ...]:
    shapes = {name: tuple(want.value.shape) for name, want in given.expected.items()}
    return dues(task.collectives, shapes)


def _run_of(given: TaskValues, later: Phase | None, replay: _Replay) -> Run:
    """What a cell made, and what the statements behind it went on to make of that."""
    outputs = dict(replay.outputs)
    if later is not None and later.error is None:
        outputs = {name: made.clone() for name, made in outputs.items()}
        with suppress(Refused):
            outputs |= replay.run(later, {})
    return Run(replay.case, replace(given, inputs=Copies(given.inputs.originals)), outputs)


def _judge_afterwards(task: Task, trace: Trace, given: TaskValues, replay: _Replay) -> Message | None:
    phase = trace.phase(task.name_afterwards)
    if phase is None or phase.error is not None or not phase.outputs:
        return None
    try:
        outputs = replay.run(phase, {})
    except Refused as refused:
        return refused.message
    known = {name: want for name, want in given.expected_afterwards.items() if name in outputs}
    wrong = compare.wrong_shape_or_dtype(known, outputs, replay.case.dtype)
    wrong = wrong or compare.wrong_numbers(known, outputs, {})
    if wrong is not None:
        return message(N_("right for one step, but not for the next one: {reason}"), reason=wrong)
    return None


def run_again(section: Section, name: str, case: Case, traces: Sequence[Trace], seed: int) -> Run | None:
    """What a task's cell makes on a confirming case, without the rule."""
    trace = traces[0] if traces else Trace(())
    phase, later = trace.phase(name), trace.phase(section.task(name).name_afterwards)
    if phase is None:
        return None
    with settings_of(case):
        *earlier, given = task_values(section, case, seed, len(section.up_to(name)), answer_to(section, case, seed))
        if phase.error is not None:
            return Run(case, given, None)
        replay = _Replay(case, section.names, None, section.shape_seen)
        for values, before in zip(earlier, section.up_to(name), strict=False):
            replay.run_quietly(trace.phase(before.name), values, ruled=False)
        try:
            replay.run(phase, given.inputs)
        except Refused:
            return None
        return _run_of(given, later, replay)
