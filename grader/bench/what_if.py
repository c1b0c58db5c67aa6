"""What if the layer were one of a large model's? The student's own cells, recorded on tensors without numbers."""

from collections.abc import Mapping
from typing import Any

from grader.bench.decoys import decoys_of
from grader.bench.section import record_section
from grader.judge.pages import pages
from grader.judge.replay import Refused
from grader.lab.messages import N_, Message, message
from grader.lab.section import Section
from grader.lab.what_if import Model, WhatIf
from grader.pictures.what_if import Estimate

# without numbers one takes a millisecond, and a loop over a model's rows has tens of thousands
MOST_OPERATIONS = 1000


def estimate(
    asked: WhatIf, section: Section, cells: Mapping[str, str], model: Model, batch: int, carried: Mapping[str, Any]
) -> Estimate:
    """What one device would hold, and what would cross, if the cells of a section ran at a model's size: bytes, fp32.

    Nothing is computed: the cells run on fake tensors, which have shapes and no memory.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode  # takes seconds to import, and few notebooks need it

    def unknown(why: Message) -> Estimate:
        return Estimate(asked.ways[section.name], model, missing=why)

    missing = [task.name for task in section.tasks if task.name not in cells]
    if missing:
        return unknown(message(N_("{task}: not solved yet"), task=missing[0]))
    last = section.tasks[-1].name
    case = asked.case(model, batch)
    with FakeTensorMode():
        decoys = decoys_of(section, case)
        trace = record_section(section, last, cells, case, carried, decoys, MOST_OPERATIONS)
    for phase in trace.phases:
        for trouble in (phase.error, *phase.problems):
            if trouble is not None:
                return unknown(message("{task}: {reason}", task=phase.task, reason=trouble))
    try:
        read = pages(trace, section.names)
    except Refused as refused:
        return unknown(refused.message)
    size = case.dtype.itemsize
    ruled = [page for page, task in zip(read, section.tasks, strict=True) if task.ruled or section.rule is None]
    return Estimate(
        way=asked.ways[section.name],
        model=model,
        held=size * max(moment.weights[1] + moment.gradients[1] for page in ruled for moment in page.held),
        crossed=size * sum(collective.numbers for page in ruled for collective in page.collectives),
    )
