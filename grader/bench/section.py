"""One run of a section's cells on one case, in a fresh namespace: from texts to a trace."""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy
import torch
from torch import Tensor

from grader.bench.carried import rebound
from grader.bench.decoys import Decoys, same_decoys
from grader.bench.modes import dtype_of_the_data
from grader.bench.outside import changed_outside, may_have_changed
from grader.bench.quiet import quiet
from grader.bench.recorder import Recorder
from grader.judge.settings import settings_of
from grader.judge.trace import LEAVES, MAX_NODES, Phase, Trace
from grader.lab.case import Case
from grader.lab.section import Section
from grader.lab.task import Task

_NOTHING = object()


class SectionRun:
    """One run of a section's cells on one case, task after task, in a namespace of its own.

    `carried` are functions, classes and modules from the student's notebook. Before each cell its inputs are put back
    to decoys wherever they are no longer right, so that one mistake costs one task, and what it may not see is taken
    away.
    """

    def __init__(
        self,
        section: Section,
        case: Case,
        carried: Mapping[str, Any],
        decoys: Sequence[Decoys] = (),
        most_operations: int = MAX_NODES,
    ) -> None:
        self._section, self._case = section, case
        self._decoys = decoys
        self._recorder = Recorder(most_operations)
        self._namespace: dict[str, Any] = _bare_namespace()
        self._rebound: dict[int, Any] = {}
        self._carried: dict[str, Any] = {}
        self._texts: dict[str, str] = {}
        self._phases: dict[str, list[Phase]] = {}
        self._right: dict[str, bool] = {}
        self._known: dict[str, tuple[Tensor, int]] = {}  # variables that were right, each with its version
        self._carry(carried)

    def goes_on(self, name: str, cells: Mapping[str, str], carried: Mapping[str, Any]) -> bool:
        """Whether a run up to the task `name` of these cells would begin just as this one did."""
        upto = [task.name for task in self._section.up_to(name) if task.name in cells]
        same_texts = all(cells[task] == self._texts[task] for task in upto[: len(self._texts)] if task in self._texts)
        in_order = list(self._texts)[: len(upto)] == upto[: len(self._texts)]
        return same_texts and in_order and all(carried.get(key) is value for key, value in self._carried.items())

    def up_to(self, name: str, cells: Mapping[str, str], carried: Mapping[str, Any]) -> Trace:
        """The trace of the cells up to a task; those that were recorded before are not run again.

        `cells` are the remembered texts by task; a task without one has no phase.
        """
        self._carry(carried)
        tasks = self._section.up_to(name)
        for place, task in enumerate(tasks):
            if task.name in cells and task.name not in self._texts:
                self._record(task, place, cells[task.name])
        return Trace(tuple(phase for task in tasks for phase in self._phases.get(task.name, ())))

    def looked_right(self, name: str) -> bool:
        """Whether a recorded task made of its decoys what it is to make: a first glance, and no verdict."""
        return self._right.get(name, False)

    def _carry(self, carried: Mapping[str, Any]) -> None:
        for name, value in carried.items():
            # what a task's cell has defined by itself since then stays
            if name not in self._carried and (name not in self._namespace or not self._texts):
                self._namespace[name] = rebound(value, self._namespace, self._rebound)
            self._carried.setdefault(name, value)

    def _record(self, task: Task, place: int, text: str) -> None:
        namespace, recorder = self._namespace, self._recorder
        self._texts[task.name] = text
        phases = self._phases[task.name] = []
        with quiet(), settings_of(self._case), dtype_of_the_data():
            given = (self._decoys or same_decoys(self._section, self._case))[place]
            for gone in task.gone:
                namespace.pop(gone, None)
            inputs = given.fresh(self._still_right(given))
            namespace.update(copy.deepcopy(dict(given.plain)))
            _put(namespace, inputs)
            self._know(inputs)
            wanted = _finder(namespace, [*given.wanted, *task.updates])
            phases.append(recorder.record(task.name, text, namespace, inputs, wanted, task.gone))
            made = recorder.right_ones(phases[-1], given.wanted)  # before the statements afterwards change them
            self._know({name: namespace.get(name) for name in made})
            right = made == given.wanted.keys()
            if any(node.operation == LEAVES for node in phases[-1].nodes):
                self._known.clear()  # numbers may have been changed where no version counts it
            if may_have_changed(phases[-1], right):
                outputs = recorder.outputs_of(phases[-1])
                outside = changed_outside(phases[-1], given, inputs, outputs, task.updates)
                phases[-1] = replace(phases[-1], problems=phases[-1].problems + ((outside,) if outside else ()))
            if task.afterwards and phases[-1].error is None:
                later = _finder(namespace, list(given.wanted_afterwards))
                phases.append(recorder.record(task.name_afterwards, task.afterwards, namespace, {}, later))
                made = recorder.right_ones(phases[-1], given.wanted_afterwards)
                right = right and made == given.wanted_afterwards.keys()
            self._right[task.name] = right

    def _still_right(self, given: Decoys) -> dict[str, Tensor]:
        """Which of a task's inputs the student's variables still are, in memory of their own.

        They stay as they are: a list that holds a shard, the graph behind an output and an optimizer's parameters are
        then about the task's inputs, as they are in the notebook.
        """
        found = {
            name: tensor
            for name, (tensor, version) in self._known.items()
            if name in given.inputs and self._namespace.get(name) is tensor and tensor._version == version
        }
        memories = Counter(tensor.untyped_storage()._cdata for tensor in found.values())
        return {name: tensor for name, tensor in found.items() if memories[tensor.untyped_storage()._cdata] == 1}

    def _know(self, right: Mapping[str, Any]) -> None:
        for name, tensor in right.items():
            if "." not in name and _lies_alone(tensor):
                self._known[name] = (tensor, tensor._version)
            else:
                self._known.pop(name, None)


class Runs:
    """The runs of one section, kept from task to task: check and exam go on where they were."""

    def __init__(self) -> None:
        self._section: Section | None = None
        self._runs: dict[Case, SectionRun] = {}

    def trace(
        self, section: Section, name: str, cells: Mapping[str, str], case: Case, carried: Mapping[str, Any]
    ) -> Trace:
        """What `record_section` gives, without running again what ran before and is the same."""
        return self._run(section, name, cells, case, carried).up_to(name, cells, carried)

    def looked_right(self, name: str, case: Case) -> bool:
        """Whether the task's cell made what it is to make when it was recorded on this case."""
        return case in self._runs and self._runs[case].looked_right(name)

    def _run(
        self, section: Section, name: str, cells: Mapping[str, str], case: Case, carried: Mapping[str, Any]
    ) -> SectionRun:
        if self._section is not section:
            self._section, self._runs = section, {}  # another section's tensors are not kept
        run = self._runs.get(case)
        if run is None or not run.goes_on(name, cells, carried):
            run = self._runs[case] = SectionRun(section, case, carried)
        return run


def record_section(
    section: Section,
    name: str,
    cells: Mapping[str, str],
    case: Case,
    carried: Mapping[str, Any],
    decoys: Sequence[Decoys] = (),
    most_operations: int = MAX_NODES,
) -> Trace:
    """The trace of a section's cells up to the task `name`, on decoys of the case's shapes; a cell that runs more
    operations than `most_operations` ends there."""
    return SectionRun(section, case, carried, decoys, most_operations).up_to(name, cells, carried)


def _bare_namespace() -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    # called in a task's own cell, they have no say here
    namespace |= dict.fromkeys(("check", "exam", "what_if", "on_ranks"), _nothing)
    return namespace | {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "np": numpy, "math": math}


def _nothing(*_: Any) -> None:
    return None


def _put(namespace: dict[str, Any], inputs: Mapping[str, Tensor]) -> None:
    """Bind tensors by name; `run.64.Y` becomes `run[64]["Y"]`."""
    tops = {name.split(".")[0] for name in inputs if "." in name}
    for top in tops:
        namespace[top] = {}
    for name, tensor in inputs.items():
        *path, last = name.split(".")
        place: dict[Any, Any] = namespace
        for part in path:
            place = place.setdefault(int(part) if part.isdigit() else part, {})
        place[last] = tensor


def _lies_alone(value: Any) -> bool:
    """Whether it is a plain tensor, number after number, in a memory that has room for nothing else."""
    if type(value) not in (Tensor, torch.nn.Parameter) or value.layout is not torch.strided:
        return False
    if value.is_inference():  # such a tensor doesn't say whether it was written into
        return False
    return bool(value.is_contiguous()) and value.untyped_storage().nbytes() == value.nbytes


def _finder(namespace: Mapping[str, Any], names: list[str]) -> Callable[[], dict[str, Any]]:
    return lambda: _find(namespace, names)


def _find(namespace: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """The values of those names that there are; `linear.weight` is an attribute, `max_diff.Y` an item.

    A list of tensors in a dictionary (`max_diff`) counts as the tensor that stacks them.
    """
    found: dict[str, Any] = {}
    for name in names:
        value: Any = namespace
        for part in name.split("."):
            value = _step(value, part)
        listed = "." in name and isinstance(value, (list, tuple))
        if listed and value and all(isinstance(item, Tensor) for item in value):
            shapes = {item.shape for item in value}
            value = torch.stack(list(value)) if len(shapes) == 1 else value
        if value is not _NOTHING:
            found[name] = value
    return found


def _step(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part, _NOTHING)
    return getattr(value, part, _NOTHING)
