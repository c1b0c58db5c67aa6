"""What a mistake is: a name, a hint, and what a task's variables become under it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from torch import Tensor

from grader.lab.case import Case
from grader.lab.messages import Message, message
from grader.lab.variables import Naming

T = TypeVar("T")
Made = dict[str, Tensor]
LOW_PRECISIONS = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}


@dataclass(frozen=True)
class Situation:
    """One task on one confirming case, in float64 on the CPU.

    `inputs` are the task's right inputs, `right` what it has to make, `got` what the student's cell made there, and
    `wrong` the variables that are wrong on some confirming case. For functions that ranks run, each is by
    `rank.variable`, `0.Y`. A lab may build a class of its own words on this one (`Section.situation`).
    """

    task: str
    case: Case
    names: Naming
    inputs: Mapping[str, Tensor]
    right: Mapping[str, Tensor]
    got: Mapping[str, Tensor]
    wrong: frozenset[str]

    def __getitem__(self, name: str) -> Tensor:
        return self.inputs[name] if name in self.inputs else self.right[name]

    def device(self, name: str) -> int:
        """The device of a variable that lies on one. Raises ValueError: it lies on no one device."""
        found = self.names.home(name)
        if found is None:
            raise ValueError(f"{name} lies on no one device")
        return found

    def part(self, whole: Tensor, dim: int, device: int) -> Tensor:
        """A device's part of a tensor along `dim`."""
        return whole.narrow(dim, *self.case.part(whole.shape[dim], device - 1))


@dataclass(frozen=True)
class Variant:
    """One form of a mistake: what the named outputs become, and the facts that fill the hint.

    An outcome that raises says that the cell would raise there too.
    """

    outcome: Callable[[Any], Mapping[str, Tensor]]
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Mistake:
    """A mistake by name; `hint` names it in the student's terms and says what is right.

    `variants` may read the first confirming case: which outputs are wrong, and constants that no list can hold,
    such as a learning rate written out. What was read there has to hold on the other cases too.
    """

    name: str
    hint: str
    variants: Callable[[Any], Iterable[Variant]]


@dataclass(frozen=True)
class Found:
    """The one mistake that explains what a cell made."""

    name: str
    hint: Message


def variable(name: str) -> str:
    """The variable that a name of a situation stands for: `Y` for `0.Y`, rank 0's."""
    rank, dot, rest = name.partition(".")
    return rest if dot and rank.isdigit() else name


def bound(formula: Callable[..., T], *fixed: object) -> Callable[..., T]:
    """A formula with its last arguments fixed: for the forms of a mistake made in a loop."""
    return lambda *arguments: formula(*arguments, *fixed)


def one(name: str, hint: str, outcome: Callable[[Any], Mapping[str, Tensor]]) -> Mistake:
    """A mistake that has one form."""
    return Mistake(name, hint, lambda _: (Variant(outcome),))


def several(name: str, hint: str, *variants: Variant) -> Mistake:
    """A mistake that has several forms."""
    return Mistake(name, hint, lambda _: variants)


def each(
    name: str,
    hint: str,
    change: Callable[[Any, str], Tensor],
    only: tuple[str, ...] = ("",),
    **facts: object,
) -> Mistake:
    """A mistake made in some of the task's variables: in all of those that are wrong, whichever they are.

    `change(situation, name)` is what a variable becomes; `only` are the beginnings of the names that it may befall.
    """
    return Mistake(name, hint, lambda first: each_wrong(first, change, only, **facts))


def each_wrong(
    first: Situation,
    change: Callable[[Any, str], Tensor],
    only: tuple[str, ...] = ("",),
    **facts: object,
) -> Iterator[Variant]:
    """The one variant in which every wrong variable became what `change` says, or none."""
    if first.wrong and all(variable(wrong).startswith(only) for wrong in first.wrong):
        shown = dict.fromkeys(first.names.shown(variable(name)) for name in first.right if name in first.wrong)
        names = ", ".join(shown)
        yield Variant(lambda s: {name: change(s, name) for name in s.wrong}, {"names": names, **facts})


def hint_of(mistake: Mistake, variant: Variant) -> Message:
    return message(mistake.hint, **variant.facts)
