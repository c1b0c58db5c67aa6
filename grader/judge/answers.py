"""Answers: what each task of a section starts from and has to make on one case, from the section's own reference.

The reference runs in float64 on the CPU on numbers drawn anew. It is one plain function of a single device; its
gradients come by autograd, and how far a right answer may lie off by `grader.judge.bounds`, for every order of
summation and every way of sharding.
"""

from collections.abc import Mapping
from functools import cached_property, lru_cache

import torch
from torch import Tensor

from grader.judge.bounds import UNIT_ROUNDOFF, bounds_of
from grader.lab.case import Case
from grader.lab.messages import N_, message
from grader.lab.section import Section
from grader.lab.task import Task
from grader.lab.values import Copies, Expected, TaskValues
from grader.lab.variables import Var


class NothingExpected(ValueError):
    """A lab that says of a task neither on what it is tried nor what it has to make: nobody passes by that."""


class Answer:
    """The quantities of a section by name: those that were drawn, and those that its reference makes of them."""

    def __init__(self, section: Section, case: Case, drawn: Mapping[str, Tensor]) -> None:
        self._section, self._case = section, case
        # memory of its own: what a record was given, it may write into
        self._drawn = {name: _wide(tensor) for name, tensor in drawn.items()}

    def drawn(self) -> dict[str, Tensor]:
        """What was drawn, each time in new memory, as a student has it."""
        return {name: _as_given(tensor, self._case) for name, tensor in self._drawn.items()}

    def value(self, name: str) -> Tensor:
        """A quantity, float64 on the CPU. Raises NothingExpected: neither drawn nor made by the reference."""
        if name in self._drawn:
            return self._drawn[name]
        if name not in self._values:
            raise NothingExpected(
                message(
                    N_("the reference of the section {section} makes no {name}; it makes {names}"),
                    section=self._section.name, name=name, names=", ".join(self._values),
                ).render()
            )  # fmt: skip
        return self._values[name]

    def bound(self, name: str) -> Tensor:
        """How far each number of a quantity may lie off; zero for what is only copied."""
        if name in self._drawn:
            return torch.zeros_like(self._drawn[name])
        self.value(name)
        return self._bounds[name]

    @cached_property
    def _values(self) -> Mapping[str, Tensor]:
        given = {name: _leaf(tensor) for name, tensor in self._drawn.items()}
        with torch.enable_grad():
            made = self._section.reference(self._case, **given)
        return {name: tensor.detach() for name, tensor in made.items()}

    @cached_property
    def _bounds(self) -> Mapping[str, Tensor]:
        with torch.enable_grad():
            return bounds_of(
                lambda given: self._section.reference(self._case, **given),
                self._drawn,
                UNIT_ROUNDOFF[self._case.dtype],
            )


@lru_cache(maxsize=16)
def answer_to(section: Section, case: Case, seed: int) -> Answer:
    """The judge's own, the same for all tasks of a section: their exams of one submission draw the same seeds.

    Not for a reference that runs under a mode of torch's, whose tensors would stay here.
    """
    return Answer(section, case, drawn_for(section, case, seed))


def _leaf(tensor: Tensor) -> Tensor:
    return tensor.detach().requires_grad_(tensor.dtype.is_floating_point)


def task_values(
    section: Section,
    case: Case,
    seed: int,
    many: int | None = None,
    answer: Answer | None = None,
    drawn: Mapping[str, Tensor] | None = None,
) -> tuple[TaskValues, ...]:
    """What each task of a section starts from and must make, in order, on values drawn from `seed`, or on those `drawn`
    already; of the first `many` tasks where not of all. An `answer` that is known already is not found again.

    Raises:
        NothingExpected: a task makes nothing, or something that the reference does not.
    """
    answer = answer or Answer(section, case, drawn or drawn_for(section, case, seed))
    drawn = answer.drawn()
    parameters = dict(section.parameters(case))
    left = {name for task in section.tasks for name in task.leaves}
    plain = {name: value for name, value in parameters.items() if name not in left}
    start = section.start or tuple(Var(name, name) for name in drawn)
    inputs = {var.name: var.part(drawn[var.of], case) for var in start}
    out = []
    asked = section.tasks[:many]
    for place, task in enumerate(asked, start=1):
        expected = expected_of(task, answer, case)
        later = {var.name: _expected(var, answer, case) for var in task.makes_afterwards}
        visible = Copies({name: tensor for name, tensor in inputs.items() if name not in task.gone})
        out.append(TaskValues(dict(plain), visible, expected, later))
        for name, want in expected.items() if place < len(asked) else ():
            inputs[name] = _as_given(want.value, case)
        plain |= {name: parameters[name] for name in task.leaves}
    return tuple(out)


def rank_values(
    section: Section, task: Task, case: Case, seed: int, drawn: Mapping[str, Tensor] | None = None
) -> tuple[TaskValues, ...]:
    """What each rank is given of a task that is a function, and what it has to make of it, on values drawn from `seed`,
    or on those `drawn` already. Raises NothingExpected: the task makes nothing, or takes or makes something that the
    reference does not."""
    quantities = drawn or drawn_for(section, case, seed)
    answer = Answer(section, case, quantities)

    def given(var: Var, rank: int) -> Tensor:
        whole = quantities[var.of] if var.of in quantities else answer.value(var.of)
        return _as_given(var.part(whole, case, rank), case)

    return tuple(
        TaskValues(
            arguments_without_tensors(task, section, case, rank),
            Copies({var.name: given(var, rank) for var in task.takes if isinstance(var, Var)}),
            expected_of(task, answer, case, rank),
        )
        for rank in case.ranks
    )


def arguments_without_tensors(task: Task, section: Section, case: Case, rank: int) -> dict[str, object]:
    """A function's arguments that are no tensors, by name."""
    known = {"rank": rank, "world_size": case.world, **section.parameters(case), **case.numbers}
    return {name: known[name] for name in task.takes if isinstance(name, str)}


def expected_of(task: Task, answer: Answer, case: Case, rank: int | None = None) -> dict[str, Expected]:
    """What a task has to make. Raises NothingExpected: nothing."""
    if not task.makes:
        raise NothingExpected(message(N_("{task} has to make nothing: say in `makes` what"), task=task.name).render())
    return {var.name: _expected(var, answer, case, rank) for var in task.makes}


def drawn_for(section: Section, case: Case, seed: int) -> dict[str, Tensor]:
    """Fresh tensors for a case, in its dtype on its device; whole numbers stay whole."""
    generator = torch.Generator("cpu").manual_seed(seed)
    found = section.draw(case, generator)
    return {name: _as_given(tensor, case) for name, tensor in found.items()}


def _expected(var: Var, answer: Answer, case: Case, rank: int | None = None) -> Expected:
    return Expected(
        lambda: var.part(answer.value(var.of), case, rank),
        lambda: var.part(answer.bound(var.of), case, rank),
        var,
    )


def _as_given(tensor: Tensor, case: Case) -> Tensor:
    """A copy as a student has it: memory of its own, number after number, in the case's dtype on its device."""
    dtype = case.dtype if tensor.dtype.is_floating_point else tensor.dtype
    made = torch.empty_like(tensor, dtype=dtype, device=case.device, memory_format=torch.contiguous_format)
    return made.copy_(tensor)


def _wide(tensor: Tensor) -> Tensor:
    dtype = torch.float64 if tensor.dtype.is_floating_point else tensor.dtype
    return tensor.detach().to("cpu", dtype, copy=True)
