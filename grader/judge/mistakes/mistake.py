"""What a mistake is: a name, a hint, and what a task's variables become under it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from torch import Tensor

from grader.judge.challenge import Challenge
from grader.judge.lab import as_written, device_of
from grader.judge.messages import Message, message

T = TypeVar("T")
Made = dict[str, Tensor]
LOW_PRECISIONS = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}


@dataclass(frozen=True)
class Situation:
    """One task on one confirming challenge, in float64 on the CPU.

    `inputs` are the task's right inputs, `right` what it has to make, `got` what the student's cell made there, and
    `wrong` the variables that are wrong on some confirming challenge.
    """

    task: str
    challenge: Challenge
    shard_dim: int | None
    inputs: Mapping[str, Tensor]
    right: Mapping[str, Tensor]
    got: Mapping[str, Tensor]
    wrong: frozenset[str]

    def __getitem__(self, name: str) -> Tensor:
        return self.inputs[name] if name in self.inputs else self.right[name]

    @property
    def batch(self) -> int:
        return self.challenge.batch_size

    @property
    def fan_in(self) -> int:
        return self.challenge.in_features

    @property
    def fan_out(self) -> int:
        return self.challenge.out_features

    @property
    def lr(self) -> float:
        return self.challenge.lr

    @property
    def W(self) -> Tensor:
        """The whole weight matrix before the step, (out, in)."""
        return self.inputs["W"] if "W" in self.inputs else self.joined("W", self.shard_dim or 0)

    @property
    def by_rows(self) -> bool:
        """Whether dW is asked for as (out, in), like W, and not transposed."""
        return self.task.startswith(("row.", "reference."))

    def joined(self, base: str, dim: int) -> Tensor:
        """The two devices' inputs of that name next to each other."""
        return torch.cat((self[f"{base}_gpu1"], self[f"{base}_gpu2"]), dim)

    def part(self, whole: Tensor, dim: int, device: int) -> Tensor:
        """A device's part of a tensor along `dim`."""
        size = whole.shape[dim]
        first = self.challenge.cut.first(size)
        return whole.narrow(dim, 0, first) if device == 1 else whole.narrow(dim, first, size - first)

    def other(self, name: str) -> str:
        """The same variable on the other device."""
        return f"{name[:-1]}{3 - int(name[-1])}"

    def old(self, name: str) -> Tensor:
        """A parameter before the step."""
        if name in self.inputs:
            return self.inputs[name]
        start = self.inputs["W" if name in ("W_manual", "linear.weight") else "b"]
        return start.reshape_as(self.right[name])

    def gradient(self, name: str) -> Tensor:
        """A parameter's gradient, in its own shape."""
        return (self.old(name) - self.right[name]) / self.lr


@dataclass(frozen=True)
class Variant:
    """One form of a mistake: what the named outputs become, and the facts that fill the hint.

    An outcome that raises says that the cell would raise there too.
    """

    outcome: Callable[[Situation], Mapping[str, Tensor]]
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Mistake:
    """A mistake by name; `hint` names it in the student's terms and says what is right.

    `variants` may read the first confirming challenge: which outputs are wrong, and constants that no list can hold,
    such as a learning rate written out. What was read there has to hold on the other challenges too.
    """

    name: str
    hint: str
    variants: Callable[[Situation], Iterable[Variant]]


@dataclass(frozen=True)
class Found:
    """The one mistake that explains what a cell made."""

    name: str
    hint: Message


def bound(formula: Callable[..., T], *fixed: object) -> Callable[..., T]:
    """A formula with its last arguments fixed: for the forms of a mistake made in a loop."""
    return lambda *arguments: formula(*arguments, *fixed)


def one(name: str, hint: str, outcome: Callable[[Situation], Mapping[str, Tensor]]) -> Mistake:
    """A mistake that has one form."""
    return Mistake(name, hint, lambda _: (Variant(outcome),))


def several(name: str, hint: str, *variants: Variant) -> Mistake:
    """A mistake that has several forms."""
    return Mistake(name, hint, lambda _: variants)


def each(
    name: str,
    hint: str,
    change: Callable[[Situation, str], Tensor],
    only: tuple[str, ...] = ("",),
    **facts: object,
) -> Mistake:
    """A mistake made in some of the task's variables: in all of those that are wrong, whichever they are.

    `change(situation, name)` is what a variable becomes; `only` are the beginnings of the names that it may befall.
    """
    return Mistake(name, hint, lambda first: each_wrong(first, change, only, **facts))


def each_wrong(
    first: Situation,
    change: Callable[[Situation, str], Tensor],
    only: tuple[str, ...] = ("",),
    **facts: object,
) -> Iterator[Variant]:
    """The one variant in which every wrong variable became what `change` says, or none."""
    if first.wrong and all(wrong.startswith(only) for wrong in first.wrong):
        names = ", ".join(as_written(name) for name in first.right if name in first.wrong)
        yield Variant(lambda s: {name: change(s, name) for name in s.wrong}, {"names": names, **facts})


def hint_of(mistake: Mistake, variant: Variant) -> Message:
    return message(mistake.hint, **variant.facts)


def base_of(name: str) -> str:
    """The quantity that a variable holds: `dW` for `dW_gpu1` and `dW_torch`."""
    return name.split("_")[0]


def device(name: str) -> int:
    """The device of a `*_gpuK` variable.

    Raises:
        ValueError: its name says none.
    """
    found = device_of(name)
    if found is None:
        raise ValueError(f"{name} lies on no one device")
    return found
