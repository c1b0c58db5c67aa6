"""The trace: what a student's cells did, as plain data that travels as JSON.

A trace has one phase a task. A phase starts from named input tensors (slots), lists the tensor operations in the
order in which they ran, and ends with the slots of the variables that came out. Slots count on through the phases, so
a later phase may use a tensor that an earlier one left in a variable of the student's own.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grader.lab.messages import Message

FORMAT_VERSION = 2
MAX_NODES = 20_000
MAX_JSON_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 6
MAX_CONSTANT = 64
MAX_INDICES = 1 << 12  # a list of rows or columns may name all that there are
MAX_DIMENSIONS = 64
MAX_PHASES = 64
MAX_LIST = 1 << 16
MAX_STRING = 1000
CONSTANT = "constant"
LEAVES = "leaves torch"
SPECIAL_KINDS = frozenset({"dtype", "layout", "memory_format", "device"})


@dataclass(frozen=True)
class Slot:
    """One tensor of the trace."""

    index: int


@dataclass(frozen=True)
class Special:
    """A torch value that JSON has no word for: kind is dtype, layout, memory_format or device."""

    kind: str
    name: str


Argument = None | bool | int | float | str | Slot | Special | tuple["Argument", ...]


@dataclass(frozen=True)
class Node:
    """One tensor operation: its name, arguments, the slots of its results, and the student's line."""

    operation: str
    args: tuple[Argument, ...]
    kwargs: tuple[tuple[str, Argument], ...]
    outputs: tuple[int | None, ...]
    line: int
    code: str

    @property
    def reads(self) -> list[int]:
        """The slots among its arguments."""
        found: list[int] = []
        _collect_slots(self.args, found)
        if self.kwargs:
            _collect_slots([argument for _, argument in self.kwargs], found)
        return found


@dataclass(frozen=True)
class Input:
    """A tensor that a phase starts from: its slot, and what it was like while the cells were recorded."""

    slot: int
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Phase:
    """What one task's cell did: inputs and outputs by name, operations, and what went wrong while recording.

    `outputs` are the variables that the task asks for, `named` others that hold a tensor when the cell ends (for
    pictures and messages; no verdict depends on them). `problems` are things that no replay can follow (numbers made
    outside torch); `error` is the exception that ended the cell.
    """

    task: str
    inputs: tuple[tuple[str, Input], ...]
    nodes: tuple[Node, ...]
    outputs: tuple[tuple[str, int], ...]
    problems: tuple[Message, ...] = ()
    error: Message | None = None
    named: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Trace:
    """The phases of one run of a section's cells."""

    phases: tuple[Phase, ...]

    def phase(self, task: str) -> Phase | None:
        """The phase of a task, or None where the trace has none."""
        return next((phase for phase in self.phases if phase.task == task), None)


class MalformedTrace(ValueError):
    """The text is no trace of ours; the message says what is wrong with it."""


def to_json(trace: Trace) -> str:
    """The trace as one line of JSON."""
    phases = [
        {
            "task": phase.task,
            "inputs": {name: vars(given) for name, given in phase.inputs},
            "nodes": [_node_to_json(node) for node in phase.nodes],
            "outputs": dict(phase.outputs),
            "named": dict(phase.named),
            "problems": [problem.to_plain() for problem in phase.problems],
            "error": phase.error.to_plain() if phase.error else None,
        }
        for phase in trace.phases
    ]
    return json.dumps({"version": FORMAT_VERSION, "phases": phases}, separators=(",", ":"))


def from_json(text: str) -> Trace:
    """The trace that a JSON text holds, every field checked for type and size. Raises MalformedTrace: anything else."""
    if len(text) > MAX_JSON_BYTES:
        raise MalformedTrace(f"the trace has {len(text)} characters; at most {MAX_JSON_BYTES} are read")
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedTrace(f"not JSON: {error}") from None
    if not isinstance(plain, dict) or plain.get("version") != FORMAT_VERSION:
        raise MalformedTrace(f"not a trace of version {FORMAT_VERSION}")
    phases = _list(plain.get("phases"))
    if len(phases) > MAX_PHASES:
        raise MalformedTrace(f"more than {MAX_PHASES} phases")
    return Trace(tuple(_phase_from_json(_mapping(phase)) for phase in phases))


def _node_to_json(node: Node) -> list[Any]:
    return [
        node.operation,
        [_argument_to_json(argument) for argument in node.args],
        {name: _argument_to_json(argument) for name, argument in node.kwargs} if node.kwargs else {},
        node.outputs,
        node.line,
        node.code,
    ]


def _argument_to_json(argument: Argument) -> Any:
    # the commonest first: most of a trace are slots
    if isinstance(argument, Slot):
        return {"slot": argument.index}
    if isinstance(argument, tuple):
        return [_argument_to_json(item) for item in argument]
    if isinstance(argument, Special):
        return {argument.kind: argument.name}
    if isinstance(argument, float) and not math.isfinite(argument):
        return {"float": str(argument)}
    return argument


def _phase_from_json(plain: dict[str, Any]) -> Phase:
    error, nodes = plain.get("error"), _list(plain.get("nodes"))
    if len(nodes) > MAX_NODES:
        raise MalformedTrace(f"more than {MAX_NODES} operations")
    return Phase(
        task=_string(plain.get("task")),
        inputs=tuple((_string(name), _input(given)) for name, given in _mapping(plain.get("inputs")).items()),
        nodes=tuple(_node_from_json(node) for node in nodes),
        outputs=_slots(plain.get("outputs")),
        problems=tuple(_message(problem) for problem in _list(plain.get("problems"))[:20]),
        error=None if error is None else _message(error),
        named=_slots(plain.get("named")),
    )


def _node_from_json(plain: Any) -> Node:
    if not isinstance(plain, list) or len(plain) != 6:
        raise MalformedTrace("an operation is not a list of six fields")
    operation, args, kwargs, outputs, line, code = plain
    return Node(
        operation=_string(operation),
        args=tuple(_argument_from_json(argument) for argument in _list(args)),
        kwargs=tuple((name, _argument_from_json(argument)) for name, argument in _mapping(kwargs).items()),
        outputs=tuple(None if slot is None else _index(slot) for slot in _list(outputs)),
        line=_index(line),
        code=_string(code),
    )


def _argument_from_json(plain: Any, depth: int = 0) -> Argument:
    if depth > MAX_DEPTH:
        raise MalformedTrace("arguments nested too deep")
    match plain:
        case None | bool() | float():
            return plain
        case int() if abs(plain) < 2**63:
            return plain
        case str():
            return _string(plain)
        case list():
            return tuple(_argument_from_json(item, depth + 1) for item in _list(plain))
        case {"slot": index, **rest} if not rest:
            return Slot(_index(index))
        case {"float": "nan" | "inf" | "-inf" as name, **rest} if not rest:
            return float(name)
        case dict() if len(plain) == 1 and SPECIAL_KINDS.issuperset(plain):
            ((kind, name),) = plain.items()
            return Special(kind, _string(name))
        case _:
            raise MalformedTrace(f"an argument of type {type(plain).__name__} is not known")


def _input(plain: Any) -> Input:
    match plain:
        case {"slot": slot, "shape": list(shape), "dtype": dtype, **rest} if not rest and len(shape) <= MAX_DIMENSIONS:
            return Input(_index(slot), tuple(_index(size) for size in shape), _string(dtype))
    raise MalformedTrace("an input is not a slot, a shape and a dtype")


def _slots(plain: Any) -> tuple[tuple[str, int], ...]:
    return tuple((_string(name), _index(slot)) for name, slot in _mapping(plain).items())


def _message(plain: Any) -> Message:
    try:
        return Message.from_plain(plain)
    except ValueError as error:
        raise MalformedTrace(str(error)) from None


def _collect_slots(arguments: Sequence[Argument], found: list[int]) -> None:
    for argument in arguments:
        if isinstance(argument, Slot):
            found.append(argument.index)
        elif isinstance(argument, tuple):
            _collect_slots(argument, found)


def _list(plain: Any) -> list[Any]:
    if not isinstance(plain, list):
        raise MalformedTrace(f"expected a list, found {type(plain).__name__}")
    if len(plain) > MAX_LIST:
        raise MalformedTrace(f"a list of more than {MAX_LIST} items")
    return plain


def _mapping(plain: Any) -> dict[str, Any]:
    if not isinstance(plain, dict):
        raise MalformedTrace(f"expected an object, found {type(plain).__name__}")
    return plain


def _string(plain: Any) -> str:
    if not isinstance(plain, str) or len(plain) > MAX_STRING:
        raise MalformedTrace("expected a short string")
    return plain


def _index(plain: Any) -> int:
    if not isinstance(plain, int) or isinstance(plain, bool) or not 0 <= plain < 2**31:
        raise MalformedTrace("expected a small whole number")
    return plain
