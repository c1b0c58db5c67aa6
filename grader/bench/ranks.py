"""One rank's run of a student's function, recorded alone: from texts to a trace.

Only that rank's shards are in the process; what other ranks would send are decoys (`grader.bench.distributed`).
"""

from __future__ import annotations

import linecache
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from numbers import Real
from typing import Any

import torch
import torch.distributed
from torch import Tensor

from grader.bench.decoys import DECOY_SEED
from grader.bench.distributed import Distributed, standing_in
from grader.bench.quiet import quiet
from grader.bench.recorder import Recorder
from grader.judge.answers import rank_values
from grader.judge.ranks.calls import PREFIX, WAIT, kind_of
from grader.judge.settings import settings_of
from grader.judge.trace import MAX_NODES, Argument, Node, Phase, Slot, Trace
from grader.lab.case import Case
from grader.lab.messages import N_, Message, message
from grader.lab.section import Section
from grader.lab.task import Task
from grader.lab.values import TaskValues

RETURNED, GIVEN = "_returned", "_arguments"


class RankRecorder(Recorder):
    """A recorder that writes down a rank's collectives and messages too."""

    def call(
        self, kind: str, sends: Sequence[Tensor], receives: Sequence[Tensor], words: Mapping[str, int | str]
    ) -> None:
        """Note a call, with what it sends and where it receives, and put decoys where its results would come."""
        line, code = self._where()
        self._stop_at_most(line, code)  # calls are counted with the operations: who only calls goes on for ever too
        parts = [tuple(self._slot(tensor, line, code) for tensor in tensors) for tensors in (sends, receives)]
        args: tuple[Argument, ...] = tuple(
            tuple(None if slot is None else Slot(slot) for slot in slots) for slots in parts
        )
        self._add(Node(PREFIX + kind, args, tuple(words.items()), parts[1], line, code))
        # a raw write, as the real one is: neither recorded nor seen by autograd
        with torch._C._DisableTorchDispatch(), torch._C.DisableTorchFunction(), torch.no_grad():
            for tensor in receives:
                if not any(tensor is sent for sent in sends):
                    like = next((sent for sent in sends if sent.shape == tensor.shape), None)
                    tensor.data.copy_(like) if like is not None else tensor.data.fill_(1)

    def wait(self, handle: int) -> None:
        """Note that the rank waits for an asynchronous call."""
        line, code = self._where()
        self._add(Node(PREFIX + WAIT, (handle,), (), (), line, code))


def record_rank(
    cells: str | Sequence[str],
    function: str,
    rank: int,
    world_size: int,
    arguments: Mapping[str, Any],
    makes: Sequence[str],
    task: str = "",
    carried: Mapping[str, Any] | None = None,
    plain: Collection[str] = (),
) -> Trace:
    """The trace of one call of `function`, as rank `rank` of `world_size` makes it, with one phase named `task`.

    `cells` are the student's texts; the last one defines the function, and lines are counted in it. The function is
    called with the values of `arguments`, in their order. What it returns, a dict by name, a tuple in the order of
    `makes` or one tensor, are the phase's outputs; what it leaves out there are the arguments of those names. Those
    among `plain` may be plain numbers. `carried` are modules, functions and classes from the student's notebook.

    Whoever calls this has put torch's settings in place (`grader.judge.settings`) and keeps the output.

    Raises:
        Exception: whatever an earlier cell raises; what the last one does ends the phase and stands in it.
    """
    *earlier, cell = [cells] if isinstance(cells, str) else list(cells)
    recorder = RankRecorder()
    stand_in = Distributed(rank, world_size, recorder)
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    namespace |= {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "dist": torch.distributed}
    namespace |= _with_calls_of(stand_in, carried or {})
    namespace[GIVEN] = tuple(arguments.values())
    tensors = {name: value for name, value in arguments.items() if isinstance(value, Tensor)}
    call = f"{cell}\n{RETURNED} = {function}(*{GIVEN})"
    with standing_in(stand_in):
        for number, text in enumerate(earlier):
            name = f"<cell {number}>"
            linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
            exec(compile(text, name, "exec", dont_inherit=True), namespace)
        phase = recorder.record(
            task or function, call, namespace, tensors, lambda: _as_tensors(_returned(namespace, makes, tensors), plain)
        )
    if phase.error is not None and not callable(namespace.get(function)):
        said = dict(phase.error.facts)
        if said.get("name") == function or function in namespace:
            missing = message(
                N_("the cell has to define a function {function}({arguments})"),
                function=function, arguments=", ".join(arguments),
            )  # fmt: skip
            phase = replace(phase, error=missing)
    return Trace((replace(phase, named=(), error=_with_what_none_is(phase)),))


def _with_what_none_is(phase: Phase) -> Message | None:
    """The phase's error, and where a None comes from that a rank goes on with behind a call."""
    error = phase.error
    if error is None or "NoneType" not in error.render() or not any(kind_of(node) for node in phase.nodes):
        return error
    return message(
        N_("{reason} (calls of torch.distributed return None, or a handle where they are asynchronous: the result is "
           "in the tensors that they were given)"),
        reason=error,
    )  # fmt: skip


def record_on(
    section: Section,
    task: Task,
    case: Case,
    rank: int,
    cells: str | Sequence[str],
    carried: Mapping[str, Any] | None = None,
) -> Trace:
    """The trace of a task's function as one rank of a case runs it, on decoys of that rank's shapes."""
    with quiet(), settings_of(case):
        given = _decoys(section, task, case)[rank]
        tensors = {name: tensor.clone() for name, tensor in given.inputs.originals.items()}
        known: dict[str, Any] = {**given.plain, **tensors}
        names = (name if isinstance(name, str) else name.name for name in task.takes)
        arguments = {name: known[name] for name in names}
        own = [cells] if isinstance(cells, str) else list(cells)
        texts = [task.helpers, *own] if task.helpers else own
        plain = [var.name for var in task.makes if var.number]
        return record_rank(texts, task.function, rank, case.world, arguments, task.outputs, task.name, carried, plain)


class RankRuns:
    """The records of functions, kept as long as their text and what they use stay the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Case], tuple[str, Mapping[str, Any], tuple[Trace, ...]]] = {}
        self._endless: dict[str, tuple[str, Trace]] = {}

    def traces(
        self, section: Section, name: str, text: str, case: Case, carried: Mapping[str, Any]
    ) -> tuple[Trace, ...]:
        """The trace of each rank of a case."""
        known = self._known.get((name, case))
        if known is not None and known[0] == text and _same(known[1], carried):
            return known[2]
        made = tuple(self._trace(section, name, text, case, rank, carried) for rank in case.ranks)
        self._known[name, case] = (text, dict(carried), made)
        return made

    def _trace(
        self, section: Section, name: str, text: str, case: Case, rank: int, carried: Mapping[str, Any]
    ) -> Trace:
        """The trace of one rank; of a text that goes on for ever on one rank, what was said there and nothing more."""
        known, trace = self._endless.get(name, ("", None))
        if trace is not None and known == text:
            return Trace(tuple(replace(phase, inputs=(), nodes=(), outputs=()) for phase in trace.phases))
        trace = record_on(section, section.task(name), case, rank, text, carried)
        if any(len(phase.nodes) >= MAX_NODES for phase in trace.phases):
            self._endless[name] = (text, trace)
        return trace


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() == other.keys() and all(other[name] is value for name, value in one.items())


@lru_cache(maxsize=64)
def _decoys(section: Section, task: Task, case: Case) -> tuple[TaskValues, ...]:
    return rank_values(section, task, case, DECOY_SEED)


def _with_calls_of(stand_in: Distributed, carried: Mapping[str, Any]) -> dict[str, Any]:
    """The same names, with the stand-in's calls where a notebook imported torch's own one by one."""
    calls = {id(getattr(torch.distributed, name)): call for name, call in stand_in.functions().items()}
    return {name: calls.get(id(value), value) for name, value in carried.items()}


def _returned(namespace: Mapping[str, Any], makes: Sequence[str], arguments: Mapping[str, Tensor]) -> dict[str, Any]:
    """What the function returned, by name."""
    returned = namespace.get(RETURNED)
    found: dict[str, Any] = {name: tensor for name, tensor in arguments.items() if name in makes}
    if RETURNED not in namespace:
        return {}
    if isinstance(returned, Mapping):
        return found | {name: returned[name] for name in makes if name in returned}
    if isinstance(returned, (Tensor, Real)):
        return found | {makes[0]: returned}
    if isinstance(returned, (tuple, list)):
        return found | dict(zip(makes, returned, strict=False))
    return found


def _as_tensors(returned: Mapping[str, Any], plain: Collection[str]) -> dict[str, Any]:
    """The same, with a tensor in place of each plain number among those."""

    def tensor(name: str, value: Any) -> Any:
        number = name in plain and isinstance(value, Real) and not isinstance(value, bool)
        return torch.tensor(float(value), dtype=torch.get_default_dtype()) if number else value

    return {name: tensor(name, value) for name, value in returned.items()}
