"""One run of a section's cells on one challenge, in a fresh namespace: from texts to a trace."""

from __future__ import annotations

import copy
import functools
import math
import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy
import torch
from torch import Tensor

from grader.bench.decoys import Decoys, same_decoys
from grader.bench.outside import changed_outside, may_have_changed
from grader.bench.quiet import quiet
from grader.bench.recorder import Recorder
from grader.judge.challenge import Challenge
from grader.judge.lab import Section, Task
from grader.judge.settings import settings_of
from grader.judge.trace import MAX_NODES, Phase, Trace

_NOTHING = object()
LRU_CACHE = type(functools.lru_cache(len))
CARRIED = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    type,
    functools.partial,
    LRU_CACHE,
    numpy.ufunc,
    torch.dtype,
)
SHELL_NAMES = re.compile(r"_+|_i*\d*|__\w+__|_[dio]h|_exit_code")


class SectionRun:
    """One run of a section's cells on one challenge, task after task, in a namespace of its own.

    `carried` are functions, classes and modules from the student's notebook. Before each cell its inputs are put back
    to decoys, so that one mistake costs one task, and what it may not see is taken away.
    """

    def __init__(
        self,
        section: Section,
        challenge: Challenge,
        carried: Mapping[str, Any],
        decoys: Sequence[Decoys] = (),
        most_operations: int = MAX_NODES,
    ) -> None:
        self._section, self._challenge = section, challenge
        self._decoys = decoys
        self._recorder = Recorder(most_operations)
        self._namespace: dict[str, Any] = _bare_namespace()
        self._rebound: dict[int, Any] = {}
        self._carried: dict[str, Any] = {}
        self._texts: dict[str, str] = {}
        self._phases: dict[str, list[Phase]] = {}
        self._right: dict[str, bool] = {}
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
                self._namespace[name] = _rebound(value, self._namespace, self._rebound)
            self._carried.setdefault(name, value)

    def _record(self, task: Task, place: int, text: str) -> None:
        namespace, recorder = self._namespace, self._recorder
        self._texts[task.name] = text
        phases = self._phases[task.name] = []
        with quiet(), settings_of(self._challenge):
            given = (self._decoys or same_decoys(self._section, self._challenge))[place]
            for gone in task.gone:
                namespace.pop(gone, None)
            inputs = given.fresh()
            namespace.update(copy.deepcopy(dict(given.plain)))
            _put(namespace, inputs)
            wanted = _finder(namespace, [*given.wanted, *task.updates])
            phases.append(recorder.record(task.name, text, namespace, inputs, wanted, task.gone))
            right = recorder.made(phases[-1], given.wanted)  # before the statements afterwards change it
            if may_have_changed(phases[-1], right):
                made = recorder.outputs_of(phases[-1])
                outside = changed_outside(phases[-1], given, inputs, made, task.updates)
                phases[-1] = replace(phases[-1], problems=phases[-1].problems + ((outside,) if outside else ()))
            if task.afterwards and phases[-1].error is None:
                later = _finder(namespace, list(given.wanted_afterwards))
                phases.append(recorder.record(task.name_afterwards, task.afterwards, namespace, {}, later))
                right = right and recorder.made(phases[-1], given.wanted_afterwards)
            self._right[task.name] = right


class Runs:
    """The runs of one section, kept from task to task: check and exam go on where they were."""

    def __init__(self) -> None:
        self._section: Section | None = None
        self._runs: dict[Challenge, SectionRun] = {}

    def trace(
        self, section: Section, name: str, cells: Mapping[str, str], challenge: Challenge, carried: Mapping[str, Any]
    ) -> Trace:
        """What `record_section` gives, without running again what ran before and is the same."""
        return self._run(section, name, cells, challenge, carried).up_to(name, cells, carried)

    def looked_right(self, name: str, challenge: Challenge) -> bool:
        """Whether the task's cell made what it is to make when it was recorded on this challenge."""
        return challenge in self._runs and self._runs[challenge].looked_right(name)

    def _run(
        self, section: Section, name: str, cells: Mapping[str, str], challenge: Challenge, carried: Mapping[str, Any]
    ) -> SectionRun:
        if self._section is not section:
            self._section, self._runs = section, {}  # another section's tensors are not kept
        run = self._runs.get(challenge)
        if run is None or not run.goes_on(name, cells, carried):
            run = self._runs[challenge] = SectionRun(section, challenge, carried)
        return run


def record_section(
    section: Section,
    name: str,
    cells: Mapping[str, str],
    challenge: Challenge,
    carried: Mapping[str, Any],
    decoys: Sequence[Decoys] = (),
    most_operations: int = MAX_NODES,
) -> Trace:
    """The trace of a section's cells up to the task `name`, on decoys of the challenge's shapes; a cell that runs more
    operations than `most_operations` ends there."""
    return SectionRun(section, challenge, carried, decoys, most_operations).up_to(name, cells, carried)


def carry_over(user_namespace: Mapping[str, Any]) -> dict[str, Any]:
    """What the judge's run takes along from the student's notebook: modules, functions and classes, never data."""
    return {
        name: value
        for name, value in user_namespace.items()
        if (isinstance(value, CARRIED) or type(value).__module__ in ("typing", "types"))
        and not SHELL_NAMES.fullmatch(name)
    }


def _bare_namespace() -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    # called in a task's own cell, they have no say here
    namespace |= dict.fromkeys(("check", "exam", "what_if"), _nothing)
    return namespace | {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "np": numpy, "math": math}


def _rebound(value: Any, namespace: dict[str, Any], done: dict[int, Any]) -> Any:
    """A function of the student's that looks up its globals in the fresh namespace, not in the notebook.

    So do the functions in its closure (a decorator keeps the decorated one there) and the methods of a class.
    """
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, functools.partial):
        return functools.partial(_rebound(value.func, namespace, done), *value.args, **value.keywords)
    if isinstance(value, LRU_CACHE):
        return functools.lru_cache(**value.cache_parameters())(_rebound(value.__wrapped__, namespace, done))
    if type(value) is type and value.__module__ == "__main__":
        return _rebound_class(value, namespace, done)
    if not isinstance(value, types.FunctionType):
        return value
    own = value.__globals__.get("__name__") == "__main__"
    cells = tuple(types.CellType() for _ in value.__closure__ or ())
    again = types.FunctionType(
        value.__code__, namespace if own else value.__globals__, value.__name__, value.__defaults__, cells
    )
    again.__kwdefaults__, again.__qualname__ = value.__kwdefaults__, value.__qualname__
    done[id(value)] = again
    for cell, old in zip(cells, value.__closure__ or (), strict=True):
        try:
            cell.cell_contents = _rebound(old.cell_contents, namespace, done)
        except ValueError:  # not yet bound, as in a function that was defined before what it uses
            continue
    return again


def _rebound_class(value: type, namespace: dict[str, Any], done: dict[int, Any]) -> type:
    bases = tuple(_rebound(base, namespace, done) for base in value.__bases__)
    slots = {name for name, item in vars(value).items() if isinstance(item, types.MemberDescriptorType)}
    left_out = {"__dict__", "__weakref__", *slots}
    again = type(value.__name__, bases, {k: v for k, v in vars(value).items() if k not in left_out})
    done[id(value)] = again  # before the methods: `super()` finds its class through them
    for name, item in vars(value).items():
        if isinstance(item, (staticmethod, classmethod)):
            setattr(again, name, type(item)(_rebound(item.__func__, namespace, done)))
        elif isinstance(item, property):
            get, put, delete = (_rebound(part, namespace, done) for part in (item.fget, item.fset, item.fdel))
            setattr(again, name, property(get, put, delete, item.__doc__))
        elif isinstance(item, types.FunctionType):
            setattr(again, name, _rebound(item, namespace, done))
    return again


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
