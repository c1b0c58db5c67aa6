"""Each mistake of the lab's catalogue is found where it is made on N ranks, and no other is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from grader.judge.answers import rank_values
from grader.judge.mistakes import Run, find
from grader.judge.mistakes.search import _situations, confirming, matching
from grader.judge.runners.ranks import by_rank
from grader.lab.case import Case
from grader.lab.mistake import Mistake, Variant, each, variable
from grader.lab.variables import Naming
from grader.labs.ranks.lab import LAB, case_of
from grader.labs.ranks.mistakes import CATALOGUE

Change = Callable[[Case], dict[str, torch.Tensor]]


def right_run(task: str, case: Case, seed: int = 5) -> Run:
    section = LAB.section(task)
    values = by_rank(rank_values(section, section.task(task), case, seed))
    return Run(case, values, {name: want.value.clone() for name, want in values.expected.items()})


def with_outcome(run: Run, task: str, variant: Variant) -> Run:
    """The run in which the cell made what the variant says."""
    section = LAB.section(task)
    (situation,) = _situations(section, task, [run])
    outcome = {name: value.to(run.case.dtype) for name, value in variant.outcome(situation).items()}
    return Run(run.case, run.values, {**(run.outputs or {}), **outcome})


def of_lab(task: str) -> list[Mistake]:
    """The lab's own mistakes of a task, once each; those that read off what a cell made are tried in the corpus."""
    return [mistake for mistake in CATALOGUE[task] if "names" not in mistake.hint or task.endswith("step")]


def first_situation(task: str):
    section = LAB.section(task)
    (situation,) = _situations(section, task, [right_run(task, confirming(section, "floor")[0])])
    return situation


MADE = [
    (task, mistake, number)
    for task in CATALOGUE
    for mistake in of_lab(task)
    for number in range(len(tuple(mistake.variants(first_situation(task)))))
]


@pytest.mark.parametrize(("task", "mistake", "number"), MADE, ids=lambda item: getattr(item, "name", str(item)))
def test_a_mistake_is_found_where_it_is_made_and_no_other_is(task: str, mistake: Mistake, number: int):
    section = LAB.section(task)
    variant = tuple(mistake.variants(first_situation(task)))[number]

    def rerun(case: Case) -> Run:
        return with_outcome(right_run(task, case), task, variant)

    failed = confirming(section, "floor")[0]
    found = find(section, task, failed, rerun)

    assert found is not None, [match.name for match, _ in matching(section, task, [rerun(c) for c in confirming(section, "floor")])]
    assert found.name == mistake.name
    assert "it looks like" in found.hint.render("en") and "{" not in found.hint.render("en")


@pytest.mark.parametrize("task", CATALOGUE)
def test_nothing_is_found_in_a_right_answer_and_in_noise(task: str):
    section = LAB.section(task)

    def noise(case: Case) -> Run:
        run = right_run(task, case)
        made = {name: tensor + torch.rand_like(tensor) for name, tensor in (run.outputs or {}).items()}
        return Run(case, run.values, made)

    assert find(section, task, section.cases[0], lambda case: right_run(task, case)) is None
    assert find(section, task, section.cases[0], noise) is None


def test_a_mistake_is_named_where_a_rank_has_nothing_at_all():
    """One number on three ranks: two of them have an empty chunk."""
    section, task = LAB.section("ring.reduce_scatter"), "ring.reduce_scatter"
    averaged = next(mistake for mistake in CATALOGUE[task] if mistake.name == "averaged-not-added")
    (variant,) = averaged.variants(first_situation(task))

    found = find(section, task, case_of(3, 1), lambda case: with_outcome(right_run(task, case), task, variant))

    assert found is not None and found.name == "averaged-not-added"


def test_a_variable_of_several_ranks_is_named_once():
    run = right_run("row.step", case_of(3))
    (situation,) = _situations(LAB.section("row.step"), "row.step", [Run(run.case, run.values, {"0.b": torch.zeros(1, 7), "2.b": torch.zeros(1, 7), "1.Y": torch.zeros(3, 7)})])
    (said,) = each("", "{names}", lambda s, name: s.right[name], ("b", "Y")).variants(situation)

    assert said.facts["names"] == "b, Y"
    assert [variable(name) for name in ("0.Y", "Y", "linear.weight", "run.64.Y")] == ["Y", "Y", "linear.weight", "run.64.Y"]
    assert Naming().shown("Y") == "Y"
