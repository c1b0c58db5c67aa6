"""What cannot be right in a lab's declarations is named before anybody is graded by it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from grader.corpus.faults import faults_in
from grader.lab import Case, Lab, Role, Section, Signature, Task, Var, gradients
from grader.lab.registry import labs
from tests.rank_lab.lab import LAB as RANK_LAB
from tests.toy_lab.lab import LAB as TOY_LAB

FORWARD = TOY_LAB.sections[0].tasks[1]


def changed(**task: object) -> list[str]:
    """What is said of the toy lab with its second task changed."""
    section = TOY_LAB.sections[0]
    other = replace(section, tasks=(section.tasks[0], replace(FORWARD, **task)))
    return said(replace(TOY_LAB, sections=(other,)))


def said(lab: Lab) -> list[str]:
    return [fault.render("en") for fault in faults_in(lab)]


@pytest.mark.parametrize("lab", [*labs().values(), TOY_LAB, RANK_LAB], ids=lambda lab: lab.name)
def test_nothing_is_said_of_a_lab_that_is_right(lab: Lab):
    assert said(lab) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"makes": ()}, "softmax.forward has to make nothing"),
        ({"name": "other.forward"}, "a task's name begins with its section's"),
        ({"collectives": (Signature("all-reduce", "Z", "why"),)}, "a collective makes Z, which is none of its outputs"),
        ({"updates": ("nobody",)}, "`updates` names nobody, which is no variable"),
        ({"makes": (Var("P_gpu1", "Q", Role.ACTIVATION, 1, 1),)}, "makes no Q; it makes P"),
    ],
)
def test_a_task_that_cannot_be_right_is_named(change: dict[str, object], told: str):
    assert any(told in line for line in changed(**change)), changed(**change)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cases": ()}, "has no cases"),
        ({"rule": None}, "is ruled, but the section softmax has no rule"),
        ({"mistakes": {"softmax.nobody": ()}}, "mistakes of softmax.nobody"),
        ({"start": (Var("X", "X"), Var("gate", "gate", Role.OTHER))}, "is a weight (Role.WEIGHT)"),
        ({"reference": lambda case, X, gate: {"P": X[:, :1] / 0}}, "softmax"),
        ({"reference": lambda case, X, gate: {"P": torch.linalg.cholesky(X @ X.T)}}, "add a rule"),
    ],
)
def test_a_section_that_cannot_be_right_is_named(change: dict[str, object], told: str):
    section = TOY_LAB.sections[0]
    tasks = section.tasks
    if "start" in change:
        tasks = tuple(replace(task, makes=tuple(replace(v, role=Role.OTHER) for v in task.makes)) for task in tasks)
    lines = said(replace(TOY_LAB, sections=(replace(section, tasks=tasks, **change),)))
    assert any(told in line for line in lines), lines


def test_gradients_that_nobody_can_take_are_named():
    def reference(case: Case, X: torch.Tensor) -> dict[str, torch.Tensor]:
        return gradients(X.detach().sum(), dX=X)

    cases = (Case({"n": 3}),)
    section = Section(
        "s", (Task("s.t", makes=(Var("dX", "dX"),)),), cases, lambda case, g: {"X": torch.randn(3, generator=g)}, reference
    )
    assert any("RuntimeError" in line for line in said(Lab("l", (section,), cases[0], lambda own: cases[0])))
