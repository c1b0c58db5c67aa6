"""Evidence: what a graded notebook hands to the judge in place of a verdict: its cells' records, as plain data.

Where a class is graded, the kernel doesn't judge. `exam` records the student's cells on every case that the judge
may ask about and shows the records as one output of a type of its own; the judge replays them elsewhere.
"""

import os
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from grader.judge.exam import Record, may_ask
from grader.judge.phases import builds_on_earlier
from grader.judge.trace import Trace, to_json
from grader.lab.case import Case
from grader.lab.section import Section

MIME = "application/vnd.tensor-parallel-course.evidence+json"
SWITCH = "TENSOR_PARALLEL_EVIDENCE"
VERSION = 2


def asked_for() -> bool:
    """Whether this kernel runs where a judge outside waits for evidence."""
    return os.environ.get(SWITCH) == "1"


def evidence(
    lab: str,
    section: Section,
    name: str,
    record: Record,
    looked_right: Callable[[Case], bool] = lambda case: False,
) -> dict[str, Any]:
    """The records of one task, as JSON-able data: for each case the traces of its run, one or one for each rank, as
    texts: the task's own phases, and with those of earlier tasks that they build on.

    Records that serve only to name a mistake are left out where the task `looked_right`.
    """
    own = (name, section.task(name).name_afterwards)
    recorded = cache(record)
    runs = []
    for case in may_ask(section, name, recorded, looked_right):
        texts = [to_json(_needed(trace, own)) for trace in recorded(case)]
        runs.append({"case": case.to_plain(), "traces": texts})
    return {"version": VERSION, "lab": lab, "task": name, "runs": runs}


def _needed(trace: Trace, own: Collection[str]) -> Trace:
    """What of a trace a task's outcome follows from."""
    phases = tuple(phase for phase in trace.phases if phase.task in own)
    return trace if len(trace.phases) > len(phases) and builds_on_earlier(*phases) else Trace(phases)
