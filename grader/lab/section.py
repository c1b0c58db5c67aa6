"""Sections: tasks that belong together, what they start from, and the one function that says what is right."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from grader.lab.case import FLOOR, Case
from grader.lab.messages import Message
from grader.lab.mistake import Mistake, Situation
from grader.lab.rule import Rule
from grader.lab.task import Task
from grader.lab.variables import Naming, Var

NAMESPACE, RANKS = "namespace", "ranks"


@dataclass(frozen=True, eq=False)
class Section:
    """Tasks that run one after another in one namespace, or functions that every rank runs.

    Attributes:
        name: the first part of its tasks' names.
        tasks: in the notebook's order.
        cases: what the exam tries, on the CPU; where there is a GPU, all of it there too.
        draw: fresh tensors by name for a case, float64, from a generator; they come to the student in the case's dtype.
        reference: the truth, in plain torch on one device: from the case and those tensors to quantities by name.
            Gradients come by autograd (`gradients`), and how far a right answer may lie off by itself.
        start: the variables that its first task starts from; each drawn tensor by its own name where there are none.
        parameters: the plain values that its cells know, and those that tasks leave (`Task.leaves`).
        rule: what a device or rank may hold and what may cross; None where there is only one device.
        cut: the sizes that are shared, by name. An odd one may be cut in each of the `layouts`.
        confirming: cases on which a mistake has to show before it is named; the exam's own where there are none.
        mistakes: the named bugs of each task.
        situation: what a mistake sees; a class of the lab's own, where its mistakes share words.
        shape_seen: a fact about a wrong shape.
        sum_seen: for functions on ranks, what explains a wrong variable of a task on one rank: from its name, the
            inputs of all ranks, and what that rank had to make and made; None where nothing does.
        naming: how names of the student's own are read.
        runner: `namespace`, or `ranks` where tasks are functions.
    """

    name: str
    tasks: tuple[Task, ...]
    cases: tuple[Case, ...]
    draw: Callable[[Case, torch.Generator], Mapping[str, Tensor]]
    reference: Callable[..., Mapping[str, Tensor]]
    start: tuple[Var, ...] = ()
    parameters: Callable[[Case], Mapping[str, object]] = lambda case: {}
    rule: Rule | None = None
    cut: tuple[str, ...] = ()
    layouts: tuple[str, ...] = (FLOOR,)
    confirming: tuple[Case, ...] = ()
    mistakes: Mapping[str, tuple[Mistake, ...]] = field(default_factory=dict)
    situation: type[Situation] = Situation
    shape_seen: Callable[[Var, tuple[int, ...], tuple[int, ...]], Message | str] = lambda var, got, wanted: ""
    sum_seen: Callable[..., Message | None] = lambda *_: None
    naming: Naming = field(default_factory=Naming)
    runner: str = NAMESPACE

    @property
    def task_names(self) -> tuple[str, ...]:
        return tuple(task.name for task in self.tasks)

    def task(self, name: str) -> Task:
        return next(task for task in self.tasks if task.name == name)

    def up_to(self, name: str) -> tuple[Task, ...]:
        """The section's tasks up to and with that one."""
        return self.tasks[: self.task_names.index(name) + 1]

    def alternatives(self, case: Case) -> tuple[Case, ...]:
        """The same case with what does not come out even cut in the other ways that are right too."""
        if all(case[size] % case.world == 0 for size in self.cut):
            return ()
        return tuple(case.laid_out(layout) for layout in self.layouts if layout != case.layout)

    @cached_property
    def names(self) -> Naming:
        """Who a variable of these tasks is."""
        declared: dict[str, Var] = {var.name: var for var in self.start}
        for task in self.tasks:
            given = (var for var in task.takes if isinstance(var, Var))
            for var in (*given, *task.makes, *task.makes_afterwards):
                declared.setdefault(var.name, var)
        return Naming(declared, self.naming.shard, self.naming.roles, self.naming.looks)

    def var(self, name: str) -> Var:
        """The variable that a task is given or makes under this name."""
        return self.names.declared[name]
