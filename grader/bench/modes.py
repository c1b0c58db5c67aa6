"""Torch's modes around a student's cell: the ways by which numbers leave torch, and modes that are left as found."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from grader.bench.decoys import make_own

WAYS_OUT = {
    Tensor.numpy: "numpy",
    Tensor.__array__: "numpy",
    Tensor.tolist: "tolist",
    Tensor.untyped_storage: "memory",  # what pickling and torch.save begin with
    Tensor.data_ptr: "memory",
    Tensor.__dlpack__: "dlpack",
    Tensor.apply_: "a function",
    Tensor.map_: "a function",
}
STORAGES = frozenset({Tensor.untyped_storage, Tensor.storage, Tensor._typed_storage})
# they make tensors of lists, and take out the numbers of those that are in them
FROM_LISTS = {torch.tensor: 0, torch.as_tensor: 0, torch.asarray: 0, Tensor.new_tensor: 1}


class Exits(TorchFunctionMode):
    """Sees the calls by which numbers leave torch; they never reach a dispatch mode."""

    def __init__(self, leaves: Callable[[Tensor, str], None]) -> None:
        super().__init__()
        self._leaves = leaves

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        way = WAYS_OUT.get(func)
        if way is not None and args and isinstance(args[0], Tensor):
            self._leaves(args[0], way)
        if func in STORAGES:
            make_own(args[0])
        if func is Tensor.__deepcopy__:
            return _deep_copy(*args)
        place = FROM_LISTS.get(func)
        if place is not None and len(args) > place and _holds_tensors(args[place]):
            args = (*args[:place], _stacked(args[place]), *args[place + 1 :])
        return func(*args, **(kwargs or {}))


@contextmanager
def entered(mode: TorchDispatchMode | TorchFunctionMode) -> Iterator[None]:
    """`mode` entered, and left again even where the student's cell entered or left modes of its own."""
    length: Callable[[], int]
    at: Callable[[int], Any]
    push: Callable[[Any], None]
    pop: Callable[[], Any]
    if isinstance(mode, TorchDispatchMode):
        length, at = torch._C._len_torch_dispatch_stack, torch._C._get_dispatch_stack_at
        push, pop = torch._C._push_on_torch_dispatch_stack, lambda: torch._C._pop_torch_dispatch_stack(None)
    else:
        length, at = torch._C._len_torch_function_stack, torch._C._get_function_stack_at
        push, pop = torch._C._push_on_torch_function_stack, torch._C._pop_torch_function_stack
    with mode:
        try:
            yield
        finally:
            places = [place for place in range(length()) if at(place) is mode]
            if not places:
                push(mode)  # type: ignore[arg-type]
            for _ in range(length() - 1 - places[-1] if places else 0):
                pop()


@contextmanager
def followed_by_threads(*modes: TorchDispatchMode | TorchFunctionMode) -> Iterator[None]:
    """Threads that are started meanwhile enter the modes too: torch keeps modes for each thread apart."""
    start = threading.Thread.start

    def follow(thread: threading.Thread) -> None:
        run = thread.run  # a class of the student's may have one of its own

        def followed() -> None:
            with ExitStack() as entered_here:
                for mode in modes:
                    entered_here.enter_context(mode)
                run()

        thread.run = followed  # type: ignore[method-assign]
        start(thread)

    threading.Thread.start = follow  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]


@contextmanager
def dtype_of_the_data() -> Iterator[None]:
    """The default dtype stays that of the data meanwhile, whichever one a cell asks for: in the notebook that is
    float32, which is the data's there."""
    given = torch.set_default_dtype
    torch.set_default_dtype = lambda d: None
    try:
        yield
    finally:
        torch.set_default_dtype = given


def _holds_tensors(tree: Any) -> bool:
    return isinstance(tree, (list, tuple)) and any(isinstance(item, Tensor) or _holds_tensors(item) for item in tree)


def _stacked(tree: Any) -> Any:
    """The tensor that a list of tensors and numbers is, made by operations that are recorded; whatever has no such form
    is left as it is."""
    if not _holds_tensors(tree):
        return tree
    parts = [_stacked(item) for item in tree]
    try:
        tensors = [part if isinstance(part, Tensor) else torch.tensor(part) for part in parts]
        return torch.stack([tensor.detach() for tensor in tensors])
    except (RuntimeError, TypeError, ValueError):
        return tree


def _deep_copy(tensor: Tensor, memo: dict[int, Any]) -> Tensor:
    """What copy.deepcopy makes, by recorded operations: a copy of the whole storage, seen through the same view."""
    known: Tensor | None = memo.get(id(tensor))
    if known is not None:
        return known
    with torch.no_grad():
        whole = torch.as_strided(tensor, (tensor.untyped_storage().nbytes() // tensor.element_size(),), (1,), 0)
        copy = torch.as_strided(whole.clone(), tensor.shape, tensor.stride(), tensor.storage_offset())
    copy = copy.detach().requires_grad_(tensor.requires_grad)
    memo[id(tensor)] = copy
    return copy


@contextmanager
def attention_by_its_parts() -> Iterator[None]:
    """Attention of torch's own runs as the products and the softmax that it is made of: those can be followed."""
    with sdpa_kernel(SDPBackend.MATH):
        yield
