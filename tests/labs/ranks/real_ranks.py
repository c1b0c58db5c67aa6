"""An entry of the corpus on real gloo processes: the text that a rank runs there, and whether what it made is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from grader.bench.ranks import record_on
from grader.corpus.entries import Entry
from grader.corpus.trial import carried_from
from grader.judge import compare
from grader.judge.answers import rank_values
from grader.judge.exam import exam_cases, verdict_on
from grader.lab.case import Case
from grader.lab.section import Section
from grader.lab.task import Task
from tests.judge.ranks.gloo import Job, Result

SEED = 11
GIVEN = "import torch\nimport torch.distributed as dist\nimport torch.nn.functional as F\nfrom torch import nn\n"
AS_A_DICT = """
def on_gloo(*arguments):
    made, names = {function}(*arguments), {names}
    made = (made,) if isinstance(made, torch.Tensor) else made
    made = made if isinstance(made, dict) else dict(zip(names, made))
    return {{name: value if isinstance(value, torch.Tensor) else torch.tensor(float(value), dtype=torch.float64)
             for name, value in made.items()}}
"""


@dataclass(frozen=True)
class Tried:
    """One task of an entry on one case."""

    entry: Entry
    section: Section
    task: Task
    case: Case

    @property
    def job(self) -> Job:
        """What each rank's process runs, on values that are drawn as the judge's are."""
        wrapped = AS_A_DICT.format(function=self.task.function, names=self.task.outputs)
        source = "\n".join((GIVEN, self.task.helpers, self.entry.before, self.entry.cells[self.task.name], wrapped))
        names = [name if isinstance(name, str) else name.name for name in self.task.takes]
        given = [{**values.plain, **values.inputs} for values in rank_values(self.section, self.task, self.case, SEED)]
        arguments = tuple({name: known[name] for name in names} for known in given)
        return Job(source, "on_gloo", self.task.outputs, arguments)

    def is_right(self, made: Sequence[Result]) -> bool:
        """Whether every rank made what the judge expects of it, and its replicas are equal to the last bit."""
        values = rank_values(self.section, self.task, self.case, SEED)
        return not any(isinstance(its, str) for its in made) and all(
            all(
                name in its
                and its[name].shape == want.value.shape
                and compare.within_tolerance(its[name], want)
                and (name not in self.task.replicas or torch.equal(its[name], made[0][name]))  # type: ignore[index]
                for name, want in one.expected.items()
            )
            for its, one in zip(made, values, strict=True)
        )

    def on_recorded_ranks(self) -> tuple[bool, bool]:
        """Whether the judge takes it on this case, and if not, whether its message tells of wrong numbers."""
        carried = carried_from(self.section, self.entry.before)
        cells = self.entry.cells[self.task.name]
        traces = [record_on(self.section, self.task, self.case, rank, cells, carried) for rank in self.case.ranks]
        verdict = verdict_on(self.section, self.task.name, self.case, traces, SEED)
        return verdict.passed, verdict.reason is not None and compare.takes_a_hint(verdict.reason)


def tasks_of(entry: Entry, sections: Sequence[Section]) -> list[tuple[Section, Task]]:
    """The tasks whose functions an entry writes."""
    return [(section, task) for section in sections for task in section.tasks if task.name in entry.cells]


def lost_on(entry: Entry, section: Section, task: Task) -> tuple[Tried, bool] | None:
    """The first case on which an entry loses a task, and whether its numbers are wrong there."""
    for case in exam_cases(section):
        tried = Tried(entry, section, task, case)
        passed, on_numbers = tried.on_recorded_ranks()
        if not passed:
            return tried, on_numbers
    return None
