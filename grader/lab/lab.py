"""A lab: one notebook's topic."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from grader.lab.case import CHUNK, Case, Values
from grader.lab.messages import N_, Message, message
from grader.lab.section import Section
from grader.lab.task import Task
from grader.lab.variables import Naming
from grader.lab.what_if import WhatIf

SAID_OF_VALUES = {
    Values.LARGE: N_("large numbers"),
    Values.POSITIVE: N_("large positive numbers"),
    Values.NEGATIVE: N_("small negative numbers"),
}


def described(case: Case) -> Message:
    """A case for people: `batch_size 3, in_features 11, lr 0.05, float64 on cpu`, and what else is special about it."""
    at = {"sizes": case.sizes_named, "dtype": case.dtype_name, "device": case.device}
    said = message(N_("{sizes}, {dtype} on {device}"), **at)
    if case.world > 1:
        said = message(N_("{sizes}, {count} ranks"), sizes=said, count=case.world)
    if case.layout == CHUNK:
        said = message(N_("{sizes}, cut as torch.chunk cuts"), sizes=said)
    values = SAID_OF_VALUES.get(case.values)
    return message(N_("{sizes}, {values}"), sizes=said, values=message(values)) if values else said


@dataclass(frozen=True)
class Lab:
    """One notebook's topic: its sections, and how its cases are spoken of.

    Attributes:
        name: of the assignment, and of the folder.
        sections: in the notebook's order.
        shown_at: the case whose run a graded task's picture shows; the notebook's own sizes as they are given.
        own_case: the case that a notebook's variables make, for `check`; it may raise TypeError or ValueError.
        by_hand: points of what a person grades, by name.
        describe: a case for people.
        naming: how names of the student's own are read where a cell is recorded by hand.
        what_if: the sizes of real models, where the lab asks what the student's cells would hold and move there.
        own_names: the variables that `own_case` reads, for a message.
    """

    name: str
    sections: tuple[Section, ...]
    shown_at: Case
    own_case: Callable[[Mapping[str, object]], Case]
    by_hand: Mapping[str, float] = field(default_factory=dict)
    describe: Callable[[Case], Message] = described
    naming: Naming = field(default_factory=Naming)
    what_if: WhatIf | None = None
    own_names: str = ""

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All automatically judged tasks, in the order of the notebook."""
        return tuple(task for section in self.sections for task in section.tasks)

    @property
    def task_names(self) -> tuple[str, ...]:
        return tuple(task.name for task in self.tasks)

    @property
    def points(self) -> dict[str, float]:
        """What each task is worth, with those that a person grades."""
        return {task.name: task.points for task in self.tasks} | dict(self.by_hand)

    def section(self, task: str) -> Section:
        """The section that a task such as `column.forward` belongs to. Raises KeyError: the lab has no task of that
        name."""
        for section in self.sections:
            if task in section.task_names:
                return section
        raise KeyError(task)

    @property
    def mistakes(self) -> frozenset[str]:
        """The names of all its mistakes."""
        return frozenset(
            mistake.name for section in self.sections for found in section.mistakes.values() for mistake in found
        )
