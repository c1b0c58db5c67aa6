"""Evidence: what a graded notebook hands to the judge in place of a verdict: its cells' records, as plain data.

Where a class is graded, the kernel doesn't judge. `exam` records the student's cells on every challenge that the judge
may ask about and shows the records as one output of a type of its own; the judge replays them elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from grader.judge.asking import may_ask
from grader.judge.challenge import Challenge
from grader.judge.lab import Section
from grader.judge.phases import builds_on_earlier
from grader.judge.trace import Trace, to_json

MIME = "application/vnd.tensor-parallel-course.evidence+json"
SWITCH = "TENSOR_PARALLEL_EVIDENCE"
VERSION = 1


def asked_for() -> bool:
    """Whether this kernel runs where a judge outside waits for evidence."""
    return os.environ.get(SWITCH) == "1"


def evidence(
    section: Section,
    name: str,
    record: Callable[[Challenge], Trace],
    looked_right: Callable[[Challenge], bool] = lambda challenge: False,
) -> dict[str, Any]:
    """The records of one task, as JSON-able data: for each challenge a trace of the task's own phases, as text, and
    with those of earlier tasks that they build on: an earlier task need not have been recorded on all of these.

    Records that serve only to name a mistake are left out where the task `looked_right`.
    """
    own = (name, section.task(name).name_afterwards)
    recorded = cache(record)
    runs = []
    for challenge in may_ask(section, name, recorded, looked_right):
        trace = recorded(challenge)
        phases = tuple(phase for phase in trace.phases if phase.task in own)
        needed = trace if len(trace.phases) > len(phases) and builds_on_earlier(*phases) else Trace(phases)
        runs.append({"challenge": challenge.to_plain(), "trace": to_json(needed)})
    return {"version": VERSION, "task": name, "runs": runs}
