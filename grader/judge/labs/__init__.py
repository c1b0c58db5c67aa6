"""The labs: which tasks there are, what each starts from and what it has to make."""

from grader.judge.lab import Lab, Section
from grader.judge.labs import linear

LABS: dict[str, Lab] = {linear.LAB.name: linear.LAB}


def find_section(task: str) -> Section:
    """The section that a task such as `column.forward` belongs to.

    Raises:
        KeyError: no lab has a task of that name.
    """
    for lab in LABS.values():
        for section in lab.sections:
            if task in section.task_names:
                return section
    raise KeyError(task)


def task_names() -> tuple[str, ...]:
    """All automatically judged tasks, in the order of the notebooks."""
    return tuple(task for lab in LABS.values() for section in lab.sections for task in section.task_names)
