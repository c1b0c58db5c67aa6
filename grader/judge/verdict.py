"""Verdicts: a task's traces, replayed on the judge's own values, against what the task asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from grader.judge import compare, mistakes
from grader.judge.challenge import Challenge
from grader.judge.lab import Copies, Section, Task, TaskValues
from grader.judge.ledger import Book, Due, Ledger, Limits, dues, fault_of
from grader.judge.messages import N_, Message, message
from grader.judge.phases import builds_on_earlier, stays_in_fp32, takes_numbers_out
from grader.judge.replay import Refused, Slots, replay_phase
from grader.judge.settings import settings_of
from grader.judge.trace import Phase, Trace

Record = Callable[[Challenge], Trace]
NOT_SOLVED = message(N_("not solved yet"))


@dataclass(frozen=True)
class Verdict:
    """A task's outcome: passed, or why it did not, and on which challenge.

    `ledger` says what happened there, where the trace could be replayed; `due` is what had to cross; `made` says of
    each variable that a wrong cell made whether it is right by itself. `mistake` is the catalogue's name of the mistake
    that explains it, where there is one. `run` is what a wrong cell made, and from which values.
    """

    reason: Message | None = None
    challenge: Challenge | None = None
    ledger: Ledger | None = None
    due: tuple[Due, ...] = ()
    made: tuple[tuple[str, bool], ...] = ()
    mistake: str | None = None
    run: mistakes.Run | None = field(default=None, repr=False, compare=False)

    @property
    def passed(self) -> bool:
        return self.reason is None

    def render(self, language: str) -> str:
        """The reason as a sentence in that language; empty where the task passed."""
        return self.reason.render(language) if self.reason else ""


def examine(
    section: Section, name: str, challenges: tuple[Challenge, ...], record: Record, draw_seed: Callable[[], int]
) -> Verdict:
    """The verdict on one task: passed iff it passes every challenge.

    `record(challenge)` gives the trace of the section's cells up to the task. Two things a right solution may choose
    are honoured: which device holds the extra row of an odd size, and a plain cast to float32, which moves a float64
    challenge to single precision.
    """
    first: Verdict | None = None
    for challenge in challenges:
        verdict = _examine_one(section, name, challenge, record, draw_seed)
        first = first or verdict
        other = challenge.with_other_cut() if section.shard_dim is not None else None
        if not verdict.passed and other is not None and _examine_one(section, name, other, record, draw_seed).passed:
            continue
        if not verdict.passed:
            return _named(verdict, section, name, record, draw_seed)
    return Verdict(ledger=first.ledger, due=first.due) if first else Verdict()


def told(name: str, verdict: Verdict, own: Challenge | None = None) -> Message:
    """What to tell the student of a task that did not pass, and on what it was tried, where that isn't the `own`
    challenge of the notebook."""
    reason = verdict.reason or message(N_("could not be examined"))
    return message("{task}: {reason}{where}", task=name, reason=reason, where=tried_on(verdict, own))


def tried_on(verdict: Verdict, own: Challenge | None = None) -> Message | str:
    """On what a task was tried, where that isn't the `own` challenge of the notebook; else nothing."""
    if verdict.challenge is None or verdict.challenge == own or verdict.reason == NOT_SOLVED:
        return ""
    return message(N_(" (tried on: {challenge})"), challenge=verdict.challenge.described())


def _examine_one(
    section: Section, name: str, challenge: Challenge, record: Record, draw_seed: Callable[[], int]
) -> Verdict:
    challenge, trace = _recorded(name, challenge, record)
    return verdict_on(section, name, challenge, trace, draw_seed())


def _recorded(name: str, challenge: Challenge, record: Record) -> tuple[Challenge, Trace]:
    """The trace, and the challenge in the precision that the cell is written for."""
    trace = record(challenge)
    if challenge.dtype is torch.float64 and stays_in_fp32(trace.phase(name)):
        challenge = challenge.in_fp32()
        trace = record(challenge)
    return challenge, trace


def _named(
    verdict: Verdict, section: Section, name: str, record: Record, draw_seed: Callable[[], int]
) -> Verdict:
    """The verdict with the mistake that explains it, where its numbers or a shape are wrong and there is one."""
    if verdict.reason is None or verdict.challenge is None or not compare.takes_a_hint(verdict.reason):
        return verdict
    rerun = mistakes.rerunning(section, name, lambda challenge: _recorded(name, challenge, record), draw_seed)
    found = mistakes.find(section, name, verdict.challenge, rerun, verdict.run)
    if found is None:
        return verdict
    return replace(verdict, reason=compare.with_hint(verdict.reason, found.hint), mistake=found.name)


def judge_trace(section: Section, name: str, challenge: Challenge, trace: Trace, seed: int) -> Message | None:
    """Why a trace does not do its task under a challenge; None where it does."""
    return verdict_on(section, name, challenge, trace, seed).reason


def verdict_on(section: Section, name: str, challenge: Challenge, trace: Trace, seed: int) -> Verdict:
    """The verdict on a trace under one challenge, on values drawn from `seed`.

    Earlier tasks of the section are replayed too where this one uses what they left behind, but only this one is
    judged.
    """
    task = section.task(name)
    phase = trace.phase(name)
    if phase is None:
        return Verdict(message(N_("the cell of {task} has not been run"), task=name), challenge)
    with settings_of(challenge):
        *earlier, given = section.values(challenge, seed, len(section.up_to(name)))
        later = trace.phase(task.name_afterwards)
        rule = task.rule and section.shard_dim is not None
        replay = _Replay(challenge, Limits.of(challenge, section.shard_dim or 0) if rule else None)
        if builds_on_earlier(phase) or (later is not None and builds_on_earlier(phase, later)):
            for values, before in zip(earlier, section.up_to(name), strict=False):
                replay.run_quietly(trace.phase(before.name), values, before.rule)
        if phase.error is not None:
            return Verdict(phase.error, challenge)
        replay.ledger = None
        reason = _judge_phase(task, phase, later, given, replay)
        ledger, outputs = replay.ledger, replay.outputs
        made = compare.which_are_right(given.expected, outputs, challenge.dtype) if reason and ledger else ()
        run = _wrong_run(given, later, replay) if reason and outputs else None
        reason = reason or _judge_afterwards(task, trace, given, replay)
    return Verdict(reason, challenge, ledger, _dues(task, given), made, run=run)


@dataclass
class _Replay:
    """One trace on one challenge's values, phase after phase, with the ledger that follows it."""

    challenge: Challenge
    limits: Limits | None
    slots: Slots = field(default_factory=dict)
    book: Book = field(init=False)
    ledger: Ledger | None = None
    outputs: Mapping[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.book = Book(self.limits)

    def run(self, phase: Phase, inputs: Mapping[str, Tensor], ruled: bool = False) -> dict[str, Tensor]:
        """The phase's outputs; `ruled` says whether the rule of the course holds in it.

        Raises:
            Refused: it cannot be replayed.
        """
        self.book.begin(inputs, ruled)
        outputs = self.outputs = replay_phase(
            phase, inputs, self.slots, torch.device(self.challenge.device), self.book.watch
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


def _judge_phase(
    task: Task, phase: Phase, later: Phase | None, given: TaskValues, replay: _Replay
) -> Message | None:
    before, inputs = given.inputs.originals, _copied_where_touched(given.inputs, phase, later)
    try:
        outputs = replay.run(phase, inputs, task.rule)
    except Refused as refused:
        return phase.problems[0] if phase.problems else refused.message
    if phase.problems:
        return phase.problems[0]
    missing = compare.missing(given.expected, outputs)
    if missing is not None:
        return missing
    wrong = compare.wrong_shape_or_dtype(given.expected, outputs, replay.challenge.dtype)
    if wrong is not None:
        return _with_what_crossed(wrong, task, given, replay.ledger)
    if task.rule and replay.ledger is not None and replay.ledger.fault is not None:
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


def _wrong_run(given: TaskValues, later: Phase | None, replay: _Replay) -> mistakes.Run:
    """What a wrong cell made, and what the statements behind it went on to make of that."""
    outputs = dict(replay.outputs)
    if later is not None and later.error is None:
        outputs = {name: made.clone() for name, made in outputs.items()}
        with suppress(Refused):
            outputs |= replay.run(later, {})
    return mistakes.Run(replay.challenge, replace(given, inputs=Copies(given.inputs.originals)), outputs)


def _judge_afterwards(task: Task, trace: Trace, given: TaskValues, replay: _Replay) -> Message | None:
    phase = trace.phase(task.name_afterwards)
    if phase is None or phase.error is not None or not phase.outputs:
        return None
    try:
        outputs = replay.run(phase, {})
    except Refused as refused:
        return refused.message
    known = {name: want for name, want in given.expected_afterwards.items() if name in outputs}
    wrong = compare.wrong_shape_or_dtype(known, outputs, replay.challenge.dtype)
    wrong = wrong or compare.wrong_numbers(known, outputs, {})
    if wrong is not None:
        return message(N_("right for one step, but not for the next one: {reason}"), reason=wrong)
    return None
