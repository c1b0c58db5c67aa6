"""What in a lab's declarations cannot be right: found without running anything of a student's."""

from collections.abc import Iterator

import torch

from grader.judge.answers import NothingExpected, rank_values, task_values
from grader.judge.bounds import NoRule
from grader.lab.case import Case
from grader.lab.lab import Lab
from grader.lab.messages import N_, Message, message
from grader.lab.section import RANKS, Section
from grader.lab.task import Task
from grader.lab.values import TaskValues
from grader.lab.variables import Role, Var


def faults_in(lab: Lab) -> list[Message]:
    """A line for each thing to put right in a lab's sections and tasks; empty where there is none."""
    return [fault for section in lab.sections for fault in (*_of_section(section), *_of_values(section))]


def _of_section(section: Section) -> Iterator[Message]:
    if not section.cases:
        yield message(N_("the section {section} has no cases"), section=section.name)
    for name in section.mistakes.keys() - set(section.task_names) - _names_of_all(section):
        yield message(N_("the section {section} has mistakes of {task}, which is none of its tasks"),
                      section=section.name, task=name)  # fmt: skip
    for task in section.tasks:
        yield from _of_task(section, task)


def _of_task(section: Section, task: Task) -> Iterator[Message]:
    if not task.makes:
        yield message(N_("{task} has to make nothing: say in `makes` what"), task=task.name)
    if not task.name.startswith(f"{section.name}."):
        yield message(N_("{task}: a task's name begins with its section's, {section}."), task=task.name,
                      section=section.name)  # fmt: skip
    for need in task.collectives:
        if need.makes not in task.outputs:
            yield message(N_("{task}: a collective makes {name}, which is none of its outputs: {outputs}"),
                          task=task.name, name=need.makes, outputs=", ".join(task.outputs))  # fmt: skip
    for named in ("updates", "apart", "owns", "replicas"):
        for name in getattr(task, named):
            if name not in section.names.declared:
                yield message(N_("{task}: `{field}` names {name}, which is no variable of the section"),
                              task=task.name, field=named, name=name)  # fmt: skip
    if task.ruled and section.rule is None:
        yield message(N_("{task} is ruled, but the section {section} has no rule"), task=task.name,
                      section=section.name)  # fmt: skip
    if task.ruled and section.rule is not None and not _weights(section):
        yield message(N_("{task} is ruled, but no variable of the section {section} is a weight (Role.WEIGHT)"),
                      task=task.name, section=section.name)  # fmt: skip
    if section.runner == RANKS and not task.function:
        yield message(N_("{task} runs on ranks: say in `function` what the student calls it"), task=task.name)


def _of_values(section: Section) -> Iterator[Message]:
    """What comes of drawing a case and asking the reference, for each way of cutting."""
    for case in section.cases[:1] + section.cases[-1:]:
        for task in section.tasks if section.runner == RANKS else section.tasks[:1]:
            try:
                given = _values(section, task, case)
                for values in given:
                    for want in (*values.expected.values(), *values.expected_afterwards.values()):
                        if want.tolerance.shape != want.value.shape or not bool(torch.isfinite(want.tolerance).all()):
                            yield message(N_("{section}: on {case} the bound of {name} is no number"),
                                          section=section.name, case=case.name,
                                          name=want.var.name if want.var else "?")  # fmt: skip
            except (NothingExpected, NoRule) as problem:
                yield message("{problem}", problem=problem)
                return
            except Exception as problem:  # whatever a lab's own functions raise is the author's to mend
                yield message(N_("{section}: on {case}: {type}: {problem}"), section=section.name, case=case.name,
                              type=type(problem).__name__, problem=problem)  # fmt: skip
                return


def _values(section: Section, task: Task, case: Case) -> tuple[TaskValues, ...]:
    return rank_values(section, task, case, 1) if section.runner == RANKS else task_values(section, case, 1)


def _weights(section: Section) -> list[Var]:
    return [var for var in section.names.declared.values() if var.role is Role.WEIGHT and not var.free]


def _names_of_all(section: Section) -> set[str]:
    """Catalogues may be one for all of a lab's sections."""
    return {name for name in section.mistakes if not name.startswith(f"{section.name}.")}
