"""Verdicts: a task's traces, replayed on the judge's own values, against what the task asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from grader.judge import compare
from grader.judge.challenge import Challenge
from grader.judge.lab import Section, Task, TaskValues
from grader.judge.ledger import Ledger, Limits
from grader.judge.messages import N_, Message, message
from grader.judge.replay import Refused, Slots, replay_phase
from grader.judge.settings import settings_of
from grader.judge.trace import CONSTANT, Phase, Special, Trace

Record = Callable[[Challenge], Trace]


@dataclass(frozen=True)
class Verdict:
    """A task's outcome: passed, or why it did not and on which challenge."""

    reason: Message | None = None
    challenge: Challenge | None = None

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
    for challenge in challenges:
        verdict = _examine_one(section, name, challenge, record, draw_seed)
        other = challenge.with_other_cut() if section.shard_dim is not None else None
        if not verdict.passed and other is not None and _examine_one(section, name, other, record, draw_seed).passed:
            continue
        if not verdict.passed:
            return verdict
    return Verdict()


def _examine_one(
    section: Section, name: str, challenge: Challenge, record: Record, draw_seed: Callable[[], int]
) -> Verdict:
    trace = record(challenge)
    if challenge.dtype is torch.float64 and _stays_in_fp32(trace.phase(name)):
        challenge = challenge.in_fp32()
        trace = record(challenge)
    reason = judge_trace(section, name, challenge, trace, draw_seed())
    return Verdict() if reason is None else Verdict(reason, challenge)


def judge_trace(section: Section, name: str, challenge: Challenge, trace: Trace, seed: int) -> Message | None:
    """Why a trace does not do its task under a challenge; None where it does.

    Earlier tasks of the section are replayed too, since a task may use what they left behind, but only this one is
    judged.
    """
    task = section.task(name)
    phase = trace.phase(name)
    if phase is None:
        return message(N_("the cell of {task} has not been run"), task=name)
    with settings_of(challenge):
        *earlier, given = section.values(challenge, seed)[: len(section.up_to(name))]
        rule = task.rule and section.shard_dim is not None
        replay = _Replay(challenge, Limits.of(challenge, section.shard_dim or 0) if rule else None)
        for values, before in zip(earlier, section.up_to(name), strict=False):
            replay.run_quietly(trace.phase(before.name), values, before.rule)
        if phase.error is not None:
            return phase.error
        return _judge_phase(task, phase, given, replay) or _judge_afterwards(task, trace, given, replay)


@dataclass
class _Replay:
    """One trace on one challenge's values, phase after phase, with the ledger that follows it."""

    challenge: Challenge
    limits: Limits | None
    slots: Slots = field(default_factory=dict)
    misplaced: Message | None = None
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.limits)

    def run(self, phase: Phase, inputs: Mapping[str, Tensor], ruled: bool = False) -> dict[str, Tensor]:
        """The phase's outputs; `ruled` says whether the rule of the course holds in it.

        Raises:
            Refused: it cannot be replayed.
        """
        self.ledger.begin(inputs, ruled)
        outputs = replay_phase(
            phase, inputs, self.slots, torch.device(self.challenge.device), self.ledger.watch
        )
        self.misplaced = self.ledger.misplaced(outputs.items())
        self.ledger.place(outputs)
        return outputs

    def run_quietly(self, phase: Phase | None, values: TaskValues, ruled: bool) -> None:
        """An earlier task's phase, right or wrong: what it left behind may serve the one that is judged."""
        if phase is None:
            return
        try:
            self.run(phase, values.inputs, ruled)
        except Refused:
            return


def _judge_phase(task: Task, phase: Phase, given: TaskValues, replay: _Replay) -> Message | None:
    before = {name: tensor.clone() for name, tensor in given.inputs.items()}
    try:
        outputs = replay.run(phase, given.inputs, task.rule)
    except Refused as refused:
        return phase.problems[0] if phase.problems else refused.message
    if phase.problems:
        return phase.problems[0]
    missing = compare.missing(given.expected, outputs)
    if missing is not None:
        return missing
    wrong = compare.wrong_shape_or_dtype(given.expected, outputs, replay.challenge.dtype)
    if wrong is not None:
        return wrong
    if task.rule:
        broken = next(iter(replay.ledger.violations), replay.misplaced)
        if broken is not None:
            return broken
    wrong = compare.wrong_numbers(given.expected, outputs, before)
    if wrong is not None and _takes_numbers_out(phase):
        return message(
            N_("{reason} (numbers taken out of a tensor with .item() or float() and put into a new one stay those of "
               "the recording: keep tensors, for example with torch.stack)"),
            reason=wrong,
        )  # fmt: skip
    return (
        wrong
        or compare.drifting_replicas(task, given, outputs, before)
        or compare.changed_inputs(task, given.inputs, before)
        or compare.shared_memory(task, given.inputs, outputs)
    )


def _takes_numbers_out(phase: Phase) -> bool:
    operations = {node.operation for node in phase.nodes}
    return CONSTANT in operations and "aten._local_scalar_dense.default" in operations


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


def _stays_in_fp32(phase: Phase | None) -> bool:
    """Whether a cell casts to float32 and never back: written for single precision, and to be examined in it."""
    if phase is None:
        return False
    casts = {
        argument.name
        for node in phase.nodes
        if node.operation.startswith("aten._to_copy")
        for _, argument in node.kwargs
        if isinstance(argument, Special) and argument.kind == "dtype"
    }
    return "float32" in casts and "float64" not in casts
