"""What the judge says of functions on recorded ranks is so on real ranks of torch.distributed with gloo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from grader.corpus.entries import Entry
from grader.lab.case import Case
from grader.lab.registry import labs
from grader.lab.section import Section
from tests.judge.ranks.gloo import Result, run_on_gloo
from tests.labs.corpora import corpus
from tests.labs.ranks.real_ranks import Tried, lost_on, tasks_of

pytestmark = pytest.mark.slow
SECTIONS = labs()["ranks"].sections
Record = Callable[[str, object], None]

# gloo's all_gather and reduce_scatter want tensors of one shape, where NCCL and the judge don't
REFUSED = ("invalid tensor size", "Input/output tensor", "must have the same shape", "same size", "EnforceNotMet")
EVEN = {"n": 24, "batch_size": 3, "in_features": 12, "out_features": 8}


def of_kind(kind: str) -> list[Entry]:
    return [entry for entry in corpus("ranks") if entry.kind == kind and not entry.harms]


def uneven_case(section: Section) -> Case:
    """The first case of which nothing comes out even."""
    sizes = ("n", "in_features", "out_features")
    return next(case for case in section.cases if case.world > 2 and all(case[size] % case.world for size in sizes))


def made_by(tried: Sequence[Tried], seconds: float) -> dict[str, list[Result]]:
    """What each made on gloo, by its entry's name and its task's."""
    ordered = sorted(tried, key=lambda one: one.case.world)
    names = [f"{one.entry.name} {one.task.name}" for one in ordered]
    return dict(zip(names, run_on_gloo([one.job for one in ordered], seconds), strict=True))


def wrong_on(tried: Sequence[Tried], timeout: float) -> dict[str, str]:
    """Those that are not right on gloo, and the first error there."""
    made = made_by(tried, timeout)
    wrong = {}
    for one in tried:
        name = f"{one.entry.name} {one.task.name}"
        if not one.is_right(made[name]):
            wrong[name] = next((result for result in made[name] if isinstance(result, str)), "other numbers")
    return wrong


def test_what_is_right_on_recorded_ranks_is_right_on_real_ones(record_property: Record):
    uneven = [
        Tried(entry, section, task, uneven_case(section))
        for entry in of_kind("right")
        for section, task in tasks_of(entry, SECTIONS)
    ]

    wrong = wrong_on(uneven, timeout=20)
    refused = {name for name, said in wrong.items() if any(words in said for words in REFUSED)}
    even = [
        replace(one, case=replace(one.case, sizes=EVEN, world=4))
        for one in uneven
        if f"{one.entry.name} {one.task.name}" in refused
    ]
    still = {name: said for name, said in wrong.items() if name not in refused} | wrong_on(even, timeout=20)

    print(f"right on gloo: {len(uneven) - len(still)} of {len(uneven)}, {len(even)} of them with even sizes only")
    for one in uneven:
        record_property("ranks", ["right on gloo", f"{one.entry.name} {one.task.name}" not in still])
    assert not still


def test_what_is_wrong_in_its_numbers_is_wrong_on_real_ranks(record_property: Record):
    lost = [
        found
        for entry in of_kind("wrong")
        for section, task in tasks_of(entry, SECTIONS)
        if (found := lost_on(entry, section, task)) is not None
    ]
    numbers = [tried for tried, on_numbers in lost if on_numbers]

    wrong = wrong_on(numbers, timeout=4)
    right = [one.entry.name for one in numbers if f"{one.entry.name} {one.task.name}" not in wrong]

    print(f"wrong on gloo: {len(numbers) - len(right)} of {len(numbers)} that are wrong in their numbers")
    for one in numbers:
        record_property("ranks", ["wrong on gloo", one.entry.name not in right])
    assert not right
