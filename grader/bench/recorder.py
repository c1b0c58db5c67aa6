"""The recorder: runs a section's cells on decoys and writes down every tensor operation."""

from __future__ import annotations

import functools
import linecache
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from grader.bench.decoys import Wanted, make_own
from grader.bench.failures import failure
from grader.bench.modes import Exits, attention_by_its_parts, entered, followed_by_threads
from grader.judge.replay import DTYPES
from grader.judge.trace import (
    CONSTANT,
    LEAVES,
    MAX_CONSTANT,
    MAX_INDICES,
    MAX_NODES,
    Argument,
    Input,
    Node,
    Phase,
    Slot,
    Special,
)
from grader.lab.messages import N_, Message, message
from grader.lab.variables import as_written

Key = tuple[int, int, tuple[int, ...], tuple[int, ...], torch.dtype]
BY_HAND = "cell"  # the phase of a cell that is no task's
CONSTANT_DTYPES = frozenset(DTYPES.values())
INDEX_DTYPES = frozenset({torch.int64, torch.int32, torch.bool})
PLAIN = frozenset({bool, int, float, str, type(None)})
SPECIAL = {torch.dtype: "dtype", torch.layout: "layout", torch.memory_format: "memory_format"}


class TooManyOperations(Exception):
    """The cell runs more operations than a trace may hold."""


class Recorder(TorchDispatchMode):
    """A dispatch mode that numbers tensors and lists operations; one recorder serves all phases of a section.

    Tensors are told apart by storage, offset, shape, strides and dtype, not by Python object: autograd hands back new
    objects for the tensors that it saved.
    """

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operation imports torch._dynamo, seconds long

    def __init__(self, most: int = MAX_NODES) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._most = most
        self._held: list[Tensor] = []
        self._slots: dict[Key, int] = {}
        self._keys: dict[int, list[Key]] = {}
        self._bases: dict[int, tuple[int, Tensor]] = {}
        self._file = ""
        self._lines: list[str] = []
        self._start: dict[str, Input] = {}
        self._nodes: list[Node] = []
        self._problems: list[Message] = []
        self._gone: Collection[str] = ()
        self._stopped_at = (0, "")

    def record(
        self,
        task: str,
        source: str,
        namespace: dict[str, Any],
        inputs: Mapping[str, Tensor],
        outputs: Callable[[], Mapping[str, Any]],
        gone: Collection[str] = (),
    ) -> Phase:
        """The phase of one cell: `source` executed in `namespace`, from `inputs`, to what `outputs()` then finds.

        `gone` are names that the cell may not see, for the message to the student who uses one.
        """
        self._gone = gone
        keys = {name: _key(tensor) for name, tensor in inputs.items()}
        # variables from an earlier cell: whatever else looks at their memory does so through them from now on
        for storage in {key[0] for key in keys.values()} & self._bases.keys():
            del self._bases[storage]
            for known in self._keys.pop(storage):
                del self._slots[known]
        self._start = {name: self._input(tensor, keys[name]) for name, tensor in inputs.items()}
        self._nodes, self._problems = [], []
        self._file = f"<task {task}>"
        lines = source.splitlines(keepends=True)
        linecache.cache[self._file] = (len(source), None, lines, self._file)
        self._lines = [line.strip()[:200] for line in lines]
        error: Message | None = None
        found: dict[str, int] = {}
        exits = Exits(self.leaves)
        with entered(self), entered(exits), followed_by_threads(self, exits), attention_by_its_parts():
            try:
                exec(_compiled(source, self._file), namespace)
            except KeyboardInterrupt:
                raise
            except TooManyOperations:
                what = message(N_("the cell runs more than {limit} tensor operations"), limit=self._most)
                line, code = self._stopped_at
                where = message(N_("line {line}, `{code}`"), line=line, code=code)
                error = message("{where}: {what}", where=where, what=what)
            except BaseException as exception:  # whatever a cell raises ends that cell, not the exam
                error = failure(exception, self._file, self._gone, task != BY_HAND)
        try:
            with entered(self):
                named = outputs()
            for name, value in named.items():
                slot = self._output(name, value)
                if slot is not None:
                    found[name] = slot
        except Exception as exception:  # an object of the student's own that fails when it is looked at
            error = error or failure(exception, self._file, self._gone, task != BY_HAND)
        return Phase(
            task,
            tuple(self._start.items()),
            tuple(self._nodes),
            tuple(found.items()),
            tuple(self._problems),
            error,
            tuple(self._others(namespace, {*inputs, *found})),
        )

    def right_ones(self, phase: Phase, wanted: Mapping[str, Wanted]) -> set[str]:
        """Which of the phase's outputs are what is wanted."""
        outputs = self.outputs_of(phase)
        try:
            with torch.no_grad(), torch._C.DisableTorchFunction():
                return {name for name, want in wanted.items() if name in outputs and want.is_met_by(outputs[name])}
        except Exception:  # the student's code may have put its own functions into torch
            return set()

    def outputs_of(self, phase: Phase) -> dict[str, Tensor]:
        """The tensors that came out of a phase when it was recorded."""
        return {name: self._held[slot] for name, slot in phase.outputs}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        operation = _name(func)
        if not operation:
            return func(*args, **kwargs)
        line, code = self._where()
        self._stop_at_most(line, code)
        recorded_args = tuple([self._argument(item, line, code) for item in args])
        recorded_kwargs = tuple([(name, self._argument(item, line, code)) for name, item in kwargs.items()])
        if _writes(func):
            for item in (*args, *kwargs.values()):
                if isinstance(item, Tensor):
                    make_own(item)
        out = func(*args, **kwargs)
        results = out if isinstance(out, (tuple, list)) else (out,)
        if len(results) > self._most:
            self._stopped_at = (line, code)
            raise TooManyOperations(f"{len(results)} tensors at once")  # whoever takes them one by one runs as many
        slots = tuple([self._result(item, args, kwargs) for item in results])
        self._add(Node(operation, recorded_args, recorded_kwargs, slots, line, code))
        return out

    def leaves(self, tensor: Tensor, way: str) -> None:
        """Note that a tensor's numbers leave torch, where no operation is seen any more."""
        line, code = self._where()
        slot = self._slot(tensor, line, code)
        if slot is not None:
            self._add(Node(LEAVES, (Slot(slot), way), (), (), line, code))

    def _stop_at_most(self, line: int, code: str) -> None:
        if len(self._nodes) >= self._most:
            self._stopped_at = (line, code)
            raise TooManyOperations(f"more than {self._most} tensor operations")

    def _add(self, node: Node) -> None:
        if len(self._nodes) < self._most:
            self._nodes.append(node)
        elif not self._problems:
            self._problem(message(N_("the cell runs more than {limit} tensor operations"), limit=self._most))

    def _new_slot(self, tensor: Tensor, key: Key) -> int:
        slot = len(self._held)
        self._held.append(tensor)  # kept alive: a freed storage's address would be given out again
        if key not in self._slots:
            self._keys.setdefault(key[0], []).append(key)
        self._slots[key] = slot
        self._bases.setdefault(key[0], (slot, tensor))
        return slot

    def _others(self, namespace: Mapping[str, Any], known: Collection[str]) -> Iterator[tuple[str, int]]:
        """The student's own variables that hold a recorded tensor."""
        for name, value in list(namespace.items()):
            if type(name) is not str or not name.isidentifier() or len(name) > 100:
                continue
            # a subclass of the student's own could run code while it is looked at
            if type(value) in (Tensor, torch.nn.Parameter) and name not in known and value.layout is torch.strided:
                slot = self._slots.get(_key(value))
                if slot is not None:
                    yield name, slot

    def _input(self, tensor: Tensor, key: Key) -> Input:
        slot = self._new_slot(tensor, key)
        return Input(slot, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."))

    def _result(self, item: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
        if not isinstance(item, Tensor):
            return None
        if item.layout is not torch.strided:
            self._problem(message(N_("the grader cannot follow tensors of layout {layout}"), layout=item.layout))
            return None
        key = _key(item)
        known = self._slots.get(key)
        if known is not None and any(item is given for given in (*args, *kwargs.values())):
            return known
        return self._new_slot(item, key)

    def _argument(self, item: Any, line: int, code: str) -> Argument:
        if type(item) in PLAIN:
            return item  # type: ignore[no-any-return]
        if isinstance(item, Tensor):
            slot = self._slot(item, line, code)
            return None if slot is None else Slot(slot)
        if isinstance(item, (list, tuple)):
            return tuple(self._argument(part, line, code) for part in item)
        if item is None or isinstance(item, (bool, int, float, str)):
            return _plain(item)
        for kind, name in SPECIAL.items():
            if isinstance(item, kind):
                return Special(name, str(item).removeprefix("torch."))
        if isinstance(item, torch.device):
            return Special("device", item.type)
        if isinstance(item, torch.Generator):
            return None  # the judge draws its own numbers whatever the generator
        self._problem(
            message(
                N_("line {line}, `{code}`: the grader cannot follow an argument of type {type}"),
                line=line, code=code, type=type(item).__name__,
            )
        )  # fmt: skip
        return None

    def _slot(self, tensor: Tensor, line: int, code: str) -> int | None:
        if tensor.layout is not torch.strided:
            self._problem(
                message(
                    N_("line {line}, `{code}`: the grader cannot follow tensors of layout {layout}"),
                    line=line, code=code, layout=tensor.layout,
                )
            )  # fmt: skip
            return None
        key = _key(tensor)
        known = self._slots.get(key)
        if known is not None:
            return known
        base = self._bases.get(key[0])
        slot = self._new_slot(tensor, key)
        if base is None:
            self._outsider(tensor, slot, line, code)
        elif base[1].dtype != tensor.dtype:
            self._problem(
                message(
                    N_("line {line}, `{code}`: the same memory read as another dtype; use .to(...)"),
                    line=line, code=code,
                )
            )  # fmt: skip
        else:
            geometry = (tuple(tensor.shape), tuple(tensor.stride()), int(tensor.storage_offset()))
            self._add(Node("aten.as_strided.default", (Slot(base[0]), *geometry), (), (slot,), line, code))
        return slot

    def _outsider(self, tensor: Tensor, slot: int, line: int, code: str) -> None:
        """A tensor that no recorded operation made: a small constant, or numbers from outside torch."""
        numbers: Argument = ()
        most = MAX_INDICES if tensor.dtype in INDEX_DTYPES else MAX_CONSTANT
        if tensor.numel() <= most and tensor.device.type != "meta" and tensor.dtype in CONSTANT_DTYPES:
            with torch._C._DisableTorchDispatch(), torch._C.DisableTorchFunction():
                numbers = tuple(tensor.detach().reshape(-1).tolist())
        elif tensor.numel() > most:
            self._problem(
                message(
                    N_("{where}: a tensor {shape} whose numbers no recorded torch operation made (numpy, a list, a "
                       "file, a thread, or a variable from outside the cells): compute it here with torch"),
                    where=message(N_("line {line}, `{code}`"), line=line, code=code) if line else code,
                    shape=tuple(tensor.shape),
                )
            )  # fmt: skip
        dtype = Special("dtype", str(tensor.dtype).removeprefix("torch."))
        self._add(Node(CONSTANT, (numbers, tuple(tensor.shape), dtype), (), (slot,), line, code))

    def _output(self, name: str, value: Any) -> int | None:
        if not isinstance(value, Tensor):
            self._problem(
                message(
                    N_("{name} is a {type}, expected a torch tensor"), name=as_written(name), type=type(value).__name__
                )
            )
            return None
        return self._slot(value, 0, name)

    def _problem(self, problem: Message) -> None:
        if len(self._problems) < 20:
            self._problems.append(problem)

    def _where(self) -> tuple[int, str]:
        """The student's line that runs now; a helper from another cell counts where it is called."""
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename == self._file:
                line = frame.f_lineno
                return line, self._lines[line - 1] if 1 <= line <= len(self._lines) else ""
            frame = frame.f_back
        return 0, ""


@functools.lru_cache(maxsize=128)
def _compiled(source: str, file: str) -> CodeType:
    """A cell's code: the same cell runs on many challenges."""
    return compile(source, file, "exec", dont_inherit=True)


def _plain(item: bool | int | float | str | None) -> Argument:
    """The value itself: of Python's own type, not of a subclass such as numpy.float64."""
    for kind in (bool, int, float, str):
        if isinstance(item, kind):
            return kind(item)
    return None


@functools.lru_cache(maxsize=1024)
def _name(operation: Any) -> str:
    """What a trace calls an operation; empty for those that it leaves out."""
    # an optimizer's own time-keeping, a fake tensor's device: no tensors
    return "" if operation.namespace in ("profiler", "prim") else str(operation)


@functools.lru_cache(maxsize=1024)
def _writes(operation: Any) -> bool:
    schema = getattr(operation, "_schema", None)
    return schema is not None and bool(schema.is_mutable)


def _key(tensor: Tensor) -> Key:
    with torch._C.DisableTorchFunction():  # our own look at the memory is no way out
        storage, offset = tensor.untyped_storage()._cdata, int(tensor.storage_offset())
        return storage, offset, tensor.shape, tensor.stride(), tensor.dtype
