"""What a task starts from and what it has to make, in numbers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from torch import Tensor

from grader.lab.variables import Var, as_written


@dataclass(frozen=True)
class Expected:
    """What a variable must hold, (shape), and how far each number may be off: a tensor, or a function that computes
    it when it is asked for. `var` is the variable as the lab declares it.

    What is expected is asked for when the record has been replayed: nothing that a replay finds in memory is an answer.
    """

    wanted: Tensor | Callable[[], Tensor]
    allowed: Tensor | Callable[[], Tensor]
    var: Var | None = None

    @cached_property
    def value(self) -> Tensor:
        """What the variable must hold, (shape)."""
        return self.wanted if isinstance(self.wanted, Tensor) else self.wanted()

    @cached_property
    def tolerance(self) -> Tensor:
        """How far each number may be off, (shape)."""
        return self.allowed if isinstance(self.allowed, Tensor) else self.allowed()

    def shown(self, name: str) -> str:
        """The variable as a student writes it."""
        return self.var.shown if self.var is not None and self.var.shown else as_written(name)


class Copies(Mapping[str, Tensor]):
    """Tensors by name, each a copy that is made when it is first asked for; the `originals` stay as they are."""

    def __init__(self, originals: Mapping[str, Tensor]) -> None:
        self.originals = originals
        self._copies: dict[str, Tensor] = {}

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._copies:
            self._copies[name] = self.originals[name].clone()
        return self._copies[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.originals)

    def __len__(self) -> int:
        return len(self.originals)


@dataclass(frozen=True)
class TaskValues:
    """One task under one case: `plain` values and tensors that it starts from, and what it must make.

    `expected_afterwards` is what the task's statement `afterwards` must make, where it makes it.
    """

    plain: Mapping[str, object]
    inputs: Copies
    expected: Mapping[str, Expected]
    expected_afterwards: Mapping[str, Expected] = field(default_factory=dict)
