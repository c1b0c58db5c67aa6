"""A stand-in for `torch.distributed` while one rank is recorded alone: the same calls, no other ranks.

Each call is written down as a node of its own; what it would bring are decoys of the right shapes. So the student's
function is the same text that runs on real ranks: as long as the recording lasts, the functions of the module
`torch.distributed` itself are the stand-in's, whichever way and wherever it was imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FunctionType
from typing import Any, NoReturn, Protocol

import torch.distributed as real
from torch import Tensor

REDUCTIONS = {
    real.ReduceOp.SUM: "sum",
    real.ReduceOp.AVG: "avg",
    real.ReduceOp.MAX: "max",
    real.ReduceOp.MIN: "min",
    real.ReduceOp.PRODUCT: "product",
}


class Recording(Protocol):
    """Where calls are written down."""

    def call(
        self,
        kind: str,
        sends: Sequence[Tensor],
        receives: Sequence[Tensor],
        words: dict[str, int | str],
    ) -> None: ...

    def wait(self, handle: int) -> None: ...


class Work:
    """The handle of an asynchronous call; its result is there after `wait()` and not before."""

    def __init__(self, recording: Recording, handle: int) -> None:
        self._recording, self._handle, self._waited = recording, handle, False

    def wait(self, timeout: Any = None) -> bool:
        if not self._waited:
            self._waited = True
            self._recording.wait(self._handle)
        return True

    def is_completed(self) -> bool:
        """True, after having waited: whoever asks in a loop would ask until then."""
        return self.wait()

    def is_success(self) -> bool:
        return self.wait()


class P2POp:
    """One message for `batch_isend_irecv`."""

    def __init__(self, op: Any, tensor: Tensor, peer: int, group: Any = None, tag: int = 0) -> None:
        self.op, self.tensor, self.peer, self.group, self.tag = op, tensor, peer, group, tag


class Distributed:
    """The calls of `torch.distributed` as rank `rank` of `world_size` makes them.

    They raise TypeError and ValueError where torch's would, and NotImplementedError for groups other than the world.
    """

    def __init__(self, rank: int, world_size: int, recording: Recording) -> None:
        self._rank, self._world_size, self._recording, self._handles = rank, world_size, recording, 0

    def functions(self) -> dict[str, Any]:
        """What takes the place of each name of `torch.distributed`, calls that the course does without among them."""
        offered = {name: getattr(self, name) for name in dir(self) if name[0] != "_" and name != "functions"}
        refused = {
            name: _refusal(name)
            for name, value in vars(real).items()
            if type(value) is FunctionType  # a deprecated one warns when it is looked at closer
            and value.__module__ == real.distributed_c10d.__name__
            and not name.startswith(("_", "is_"))
        }
        return refused | {"P2POp": P2POp} | {name: call for name, call in offered.items() if hasattr(real, name)}

    def is_available(self) -> bool:
        return True

    def is_initialized(self) -> bool:
        return True

    def init_process_group(self, *_: Any, **__: Any) -> None:
        """Nothing: the ranks are there."""

    def destroy_process_group(self, group: Any = None) -> None:
        """Nothing: the ranks stay."""

    def get_rank(self, group: Any = None) -> int:
        _whole_world(group)
        return self._rank

    def get_world_size(self, group: Any = None) -> int:
        _whole_world(group)
        return self._world_size

    def get_backend(self, group: Any = None) -> str:
        return "gloo"

    def all_reduce(
        self, tensor: Tensor, op: Any = real.ReduceOp.SUM, group: Any = None, async_op: bool = False
    ) -> Work | None:
        return self._call("all_reduce", [tensor], [tensor], group, async_op, reduction=_reduction(op))

    def all_gather(
        self, tensor_list: list[Tensor], tensor: Tensor, group: Any = None, async_op: bool = False
    ) -> Work | None:
        return self._call("all_gather", [tensor], _list("tensor_list", tensor_list), group, async_op)

    def all_gather_into_tensor(
        self, output_tensor: Tensor, input_tensor: Tensor, group: Any = None, async_op: bool = False
    ) -> Work | None:
        return self._call("all_gather_into_tensor", [input_tensor], [output_tensor], group, async_op)

    all_gather_single = all_gather_into_tensor  # its name from torch 2.13 on

    def reduce_scatter(
        self,
        output: Tensor,
        input_list: list[Tensor],
        op: Any = real.ReduceOp.SUM,
        group: Any = None,
        async_op: bool = False,
    ) -> Work | None:
        parts = _list("input_list", input_list)
        return self._call("reduce_scatter", parts, [output], group, async_op, reduction=_reduction(op))

    def reduce_scatter_tensor(
        self,
        output: Tensor,
        input: Tensor,
        op: Any = real.ReduceOp.SUM,
        group: Any = None,
        async_op: bool = False,
    ) -> Work | None:
        return self._call("reduce_scatter_tensor", [input], [output], group, async_op, reduction=_reduction(op))

    reduce_scatter_single = reduce_scatter_tensor

    def broadcast(
        self,
        tensor: Tensor,
        src: int | None = None,
        group: Any = None,
        async_op: bool = False,
        group_src: int | None = None,
    ) -> Work | None:
        root = _root("src", src, group_src)
        sends, receives = ([tensor], []) if self._rank == root else ([], [tensor])
        return self._call("broadcast", sends, receives, group, async_op, root=root)

    def scatter(
        self,
        tensor: Tensor,
        scatter_list: list[Tensor] | None = None,
        src: int | None = None,
        group: Any = None,
        async_op: bool = False,
        group_src: int | None = None,
    ) -> Work | None:
        root = _root("src", src, group_src, 0)
        parts = self._only_at_root("scatter_list", scatter_list, root, "source")
        return self._call("scatter", parts, [tensor], group, async_op, root=root)

    def gather(
        self,
        tensor: Tensor,
        gather_list: list[Tensor] | None = None,
        dst: int | None = None,
        group: Any = None,
        async_op: bool = False,
        group_dst: int | None = None,
    ) -> Work | None:
        root = _root("dst", dst, group_dst, 0)
        parts = self._only_at_root("gather_list", gather_list, root, "destination")
        return self._call("gather", [tensor], parts, group, async_op, root=root)

    def reduce(
        self,
        tensor: Tensor,
        dst: int | None = None,
        op: Any = real.ReduceOp.SUM,
        group: Any = None,
        async_op: bool = False,
        group_dst: int | None = None,
    ) -> Work | None:
        root = _root("dst", dst, group_dst)
        return self._call("reduce", [tensor], [tensor], group, async_op, reduction=_reduction(op), root=root)

    def barrier(self, group: Any = None, async_op: bool = False, device_ids: Any = None) -> Work | None:
        return self._call("barrier", [], [], group, async_op)

    def send(
        self, tensor: Tensor, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None
    ) -> None:
        self._call("send", [tensor], [], group, False, root=self._peer("dst", dst, group_dst), tag=tag)

    def recv(
        self, tensor: Tensor, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None
    ) -> int:
        peer = self._peer("src", src, group_src)
        self._call("recv", [], [tensor], group, False, root=peer, tag=tag)
        return peer

    def isend(
        self, tensor: Tensor, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None
    ) -> Work | None:
        return self._call("send", [tensor], [], group, True, root=self._peer("dst", dst, group_dst), tag=tag)

    def irecv(
        self, tensor: Tensor, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None
    ) -> Work | None:
        return self._call("recv", [], [tensor], group, True, root=self._peer("src", src, group_src), tag=tag)

    def batch_isend_irecv(self, p2p_op_list: list[P2POp]) -> list[Work | None]:
        return [each.op(each.tensor, each.peer, each.group, each.tag) for each in p2p_op_list]

    def _call(
        self,
        kind: str,
        sends: list[Tensor],
        receives: list[Tensor],
        group: Any,
        async_op: bool,
        **words: int | str,
    ) -> Work | None:
        _whole_world(group)
        for tensor in (*sends, *receives):
            if not isinstance(tensor, Tensor):
                raise TypeError(f"{kind} takes tensors, not {type(tensor).__name__}")
        work: Work | None = None
        if async_op:
            work = Work(self._recording, self._handles)
            words["handle"] = self._handles
            self._handles += 1
        self._recording.call(kind, sends, receives, words)
        return work

    def _only_at_root(self, name: str, tensors: Any, root: int, role: str) -> list[Tensor]:
        if self._rank == root:
            return _list(name, tensors)
        if tensors:
            raise ValueError(f"Argument '{name}' must NOT be specified on non-{role} ranks.")
        return []

    def _peer(self, name: str, rank: Any, group_rank: Any) -> int:
        peer = _root(name, rank, group_rank)
        if peer == self._rank:
            raise ValueError(f"{name}={peer}: a rank does not send to itself")
        return peer


@contextmanager
def standing_in(stand_in: Distributed) -> Iterator[None]:
    """The functions of `torch.distributed` are the stand-in's meanwhile."""
    functions = stand_in.functions()
    torchs_own = {name: getattr(real, name) for name in functions}
    try:
        for name, function in functions.items():
            setattr(real, name, function)
        yield
    finally:
        for name, function in torchs_own.items():
            setattr(real, name, function)


def _refusal(name: str) -> Callable[..., NoReturn]:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError(f"torch.distributed.{name} is not among the calls that these ranks have")

    return refuse


def _whole_world(group: Any) -> None:
    if group is not None and group is not real.group.WORLD:
        raise NotImplementedError("these ranks have one group, the world: leave `group` out")


def _list(name: str, tensors: Any) -> list[Tensor]:
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(f"{name} has to be a list of tensors, one for each rank, not {type(tensors).__name__}")
    return list(tensors)


def _root(name: str, rank: Any, group_rank: Any, otherwise: int | None = None) -> int:
    found = next((value for value in (rank, group_rank, otherwise) if value is not None), None)
    if not isinstance(found, int):
        raise ValueError(f"{name} has to be the number of a rank, not {found!r}")
    return int(found)


def _reduction(op: Any) -> str:
    try:
        return REDUCTIONS[op]
    except (KeyError, TypeError):
        raise NotImplementedError("the reductions here are ReduceOp.SUM, AVG, MAX, MIN and PRODUCT") from None
