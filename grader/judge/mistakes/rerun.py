"""A student's cells once more: recorded on a confirming challenge and replayed on fresh values, without the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from grader.judge.challenge import Challenge
from grader.judge.lab import Copies, Section
from grader.judge.mistakes.search import Rerun, Run
from grader.judge.replay import Refused, Slots, replay_phase
from grader.judge.settings import settings_of
from grader.judge.trace import Trace

Recorded = Callable[[Challenge], tuple[Challenge, Trace]]


def rerunning(section: Section, name: str, recorded: Recorded, draw_seed: Callable[[], int]) -> Rerun:
    """A function that gives what a task's cell makes on a challenge.

    `recorded(challenge)` gives the trace, and the challenge in the precision that the cell is written for.
    """

    def rerun(challenge: Challenge) -> Run | None:
        challenge, trace = recorded(challenge)
        with settings_of(challenge):
            return _run(section, name, challenge, trace, draw_seed())

    return rerun


def _run(section: Section, name: str, challenge: Challenge, trace: Trace, seed: int) -> Run | None:
    slots: Slots = {}
    device = torch.device(challenge.device)
    *earlier, given = section.values(challenge, seed, len(section.up_to(name)))
    for values, before in zip(earlier, section.up_to(name), strict=False):
        phase = trace.phase(before.name)
        if phase is not None:
            try:
                replay_phase(phase, values.inputs, slots, device)
            except Refused:
                continue
    phase, after = trace.phase(name), trace.phase(section.task(name).name_afterwards)
    if phase is None:
        return None
    untouched = replace(given, inputs=Copies(given.inputs.originals))
    if phase.error is not None:
        return Run(challenge, untouched, None)
    outputs: dict[str, Tensor] = {}
    try:
        outputs |= replay_phase(phase, given.inputs, slots, device)
        outputs = {key: tensor.clone() for key, tensor in outputs.items()}
        if after is not None and after.error is None:
            outputs |= replay_phase(after, {}, slots, device)
    except Refused:
        return Run(challenge, untouched, outputs) if outputs else None
    return Run(challenge, untouched, outputs)
