"""The words of a lab: its sections, their tasks, and the values that a challenge gives to each task."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from torch import Tensor

from grader.judge.challenge import Challenge


@dataclass(frozen=True)
class Expected:
    """What a named variable must hold, (shape), and how far each number may be off: each a tensor, or a function that
    computes it when it is asked for.

    What is expected is asked for when the record has been replayed: nothing that a replay finds in memory is an answer.
    """

    wanted: Tensor | Callable[[], Tensor]
    allowed: Tensor | Callable[[], Tensor]

    @cached_property
    def value(self) -> Tensor:
        """What the variable must hold, (shape)."""
        return self.wanted if isinstance(self.wanted, Tensor) else self.wanted()

    @cached_property
    def tolerance(self) -> Tensor:
        """How far each number may be off, (shape)."""
        return self.allowed if isinstance(self.allowed, Tensor) else self.allowed()


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
    """One task under one challenge: `plain` values and tensors that it starts from, and what it must make.

    `expected_afterwards` is what the task's statement `afterwards` must make, where it makes it.
    """

    plain: Mapping[str, object]
    inputs: Copies
    expected: Mapping[str, Expected]
    expected_afterwards: Mapping[str, Expected] = field(default_factory=dict)


@dataclass(frozen=True)
class Signature:
    """A collective that a task's pass of the layer needs: its kind, the output that it makes, and why, as a message.

    Kinds are those of the ledger: `all-gather` or `all-reduce`. Where it is optional, the pass can do without.
    """

    kind: str
    makes: str
    why: str
    optional: bool = False


@dataclass(frozen=True)
class Task:
    """One graded exercise.

    Attributes:
        name: `section.step`.
        gone: variables that the section's start has and this task may not see.
        updates: input variables that the task is there to change; all others must stay as they are.
        apart: outputs that share no memory with an input.
        owns: outputs that need memory of their own, shared with no input and no other output, and no larger.
        replicas: inputs that must stay equal to each other, whether or not the task steps them.
        rule: whether the rule of the course holds in it.
        collectives: what has to cross between the devices in it.
        afterwards: our own statements that run behind the student's cell, recorded as a phase of their own.
    """

    name: str
    gone: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
    replicas: tuple[str, ...] = ()
    rule: bool = False
    collectives: tuple[Signature, ...] = ()
    afterwards: str = ""

    @property
    def name_afterwards(self) -> str:
        """The name of the phase that records `afterwards`."""
        return f"{self.name} afterwards"


@dataclass(frozen=True)
class Section:
    """Tasks that run one after another in one namespace.

    `values(challenge, seed)` draws the values of each task, in order; a third argument says of how many, the first of
    all, where not of all. `challenges()` lists what the exam tries, and `shard_dim` says which size of W the devices
    share: 0 (`out_features`), 1 (`in_features`) or None.
    """

    name: str
    tasks: tuple[Task, ...]
    values: Callable[..., tuple[TaskValues, ...]]
    challenges: Callable[[], tuple[Challenge, ...]]
    shard_dim: int | None = None

    @property
    def task_names(self) -> tuple[str, ...]:
        return tuple(task.name for task in self.tasks)

    def task(self, name: str) -> Task:
        return next(task for task in self.tasks if task.name == name)

    def up_to(self, name: str) -> tuple[Task, ...]:
        """The section's tasks up to and with that one."""
        return self.tasks[: self.task_names.index(name) + 1]


@dataclass(frozen=True)
class Lab:
    """One notebook's topic; `points` by task, with those that a person grades."""

    name: str
    sections: tuple[Section, ...]
    points: Mapping[str, float] = field(default_factory=dict)


def as_written(name: str) -> str:
    """A variable as the student writes it: `max_diff["Y"]` for `max_diff.Y`, but `linear.weight`."""
    head, _, part = name.replace("linear_again", "linear").partition(".")
    if not part:
        return head
    return f"{head}.{part}" if part in ("weight", "bias") else f'{head}["{part}"]'


def device_of(name: str) -> int | None:
    """The simulated device a variable lives on by its name: 1 for `W_gpu1`, None for `Y`."""
    found = re.search(r"_gpu(\d+)$", name)
    return int(found.group(1)) if found else None
