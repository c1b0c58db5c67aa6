"""The collectives and messages of a rank, counted as they run: those of `torch.distributed` and those of DTensor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

# the operations below torch.distributed and below DTensor, and which argument is what a rank hands in
OPERATIONS = {
    "c10d": {
        "allreduce_": ("all_reduce", 0), "allreduce_coalesced_": ("all_reduce", 0),
        "allgather_": ("all_gather", 1), "_allgather_base_": ("all_gather", 1),
        "allgather_into_tensor_coalesced_": ("all_gather", 1),
        "reduce_scatter_": ("reduce_scatter", 1), "_reduce_scatter_base_": ("reduce_scatter", 1),
        "broadcast_": ("broadcast", 0), "scatter_": ("scatter", 1), "gather_": ("gather", 1), "reduce_": ("reduce", 0),
        "alltoall_": ("all_to_all", 1), "alltoall_base_": ("all_to_all", 1), "barrier": ("barrier", 0),
        "send": ("send", 0), "recv_": ("recv", 0),
    },
    "_c10d_functional": {
        "all_reduce": ("all_reduce", 0), "all_reduce_": ("all_reduce", 0), "all_reduce_coalesced": ("all_reduce", 0),
        "all_gather_into_tensor": ("all_gather", 0), "all_gather_into_tensor_coalesced": ("all_gather", 0),
        "reduce_scatter_tensor": ("reduce_scatter", 0), "reduce_scatter_tensor_coalesced": ("reduce_scatter", 0),
        "broadcast": ("broadcast", 0), "broadcast_": ("broadcast", 0), "all_to_all_single": ("all_to_all", 0),
    },
}  # fmt: skip


class Calls(TorchDispatchMode):
    """Counts while it is entered: `counted` has for each kind how many calls there were and the numbers handed in."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.counted: dict[str, tuple[int, int]] = {}

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operation imports torch._dynamo, seconds long

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if any(one.__name__ == "DTensor" for one in types):
            return NotImplemented  # DTensor comes first: it calls collectives, and we see those
        space, _, name = getattr(func, "_schema", func).name.partition("::")
        if (found := OPERATIONS.get(space, {}).get(name)) is not None:
            kind, place = found
            calls, numbers = self.counted.get(kind, (0, 0))
            handed_in = args[place] if len(args) > place else ()
            self.counted[kind] = calls + 1, numbers + (0 if kind == "barrier" else sum(_numbers(handed_in)))
        return func(*args, **(kwargs or {}))


def _numbers(value: Any) -> Iterator[int]:
    if isinstance(value, Tensor):
        yield value.numel()
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _numbers(item)
