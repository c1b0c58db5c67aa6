"""What if the layer were one of a large model's? The student's own cells, recorded on tensors without numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from grader.bench.decoys import decoys_of
from grader.bench.section import record_section
from grader.judge.challenge import Challenge
from grader.judge.lab import Section
from grader.judge.messages import N_, Message, message
from grader.judge.pages import pages
from grader.judge.replay import Refused
from grader.pictures.what_if import Estimate, Model

# in_features and out_features of the largest matrix of a block, and how many such matrices the model has:
# three in each block's MLP (The Llama 3 Herd of Models, arXiv 2407.21783, table 3)
MODELS = (Model("Llama 3.1 8B", 4096, 14336, 3 * 32), Model("Llama 3.1 405B", 16384, 53248, 3 * 126))
# without numbers one takes a millisecond, and a loop over a model's rows has tens of thousands
MOST_OPERATIONS = 1000
SECTIONS = ("manual.forward", "column.forward", "row.forward")  # by one task of each


def estimate(
    section: Section, cells: Mapping[str, str], model: Model, batch_size: int, carried: Mapping[str, Any]
) -> Estimate:
    """What one device would hold, and what would cross, if the cells of a section ran at a model's size: bytes, fp32.

    Nothing is computed: the cells run on fake tensors, which have shapes and no memory.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode  # takes seconds to import, and few notebooks need it

    def unknown(why: Message) -> Estimate:
        return Estimate(section.name, model, missing=why)

    missing = [task.name for task in section.tasks if task.name not in cells]
    if missing:
        return unknown(message(N_("{task}: not solved yet"), task=missing[0]))
    last = section.tasks[-1].name
    challenge = Challenge(batch_size, model.in_features, model.out_features, 0.3, torch.float32)
    with FakeTensorMode():
        decoys = decoys_of(section, challenge)
        trace = record_section(section, last, cells, challenge, carried, decoys, MOST_OPERATIONS)
    for phase in trace.phases:
        for trouble in (phase.error, *phase.problems):
            if trouble is not None:
                return unknown(message("{task}: {reason}", task=phase.task, reason=trouble))
    try:
        read = pages(trace)
    except Refused as refused:
        return unknown(refused.message)
    size = torch.float32.itemsize
    ruled = [page for page, task in zip(read, section.tasks, strict=True) if task.rule or section.shard_dim is None]
    return Estimate(
        way=section.name,
        model=model,
        held=size * max(moment.weights[1] + moment.gradients[1] for page in ruled for moment in page.held),
        crossed=size * sum(collective.numbers for page in ruled for collective in page.collectives),
    )
