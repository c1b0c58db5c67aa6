"""Decoys: what a task's cell starts from while it is recorded. None of their numbers decides anything."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from grader.judge.answers import task_values
from grader.lab.case import Case
from grader.lab.section import Section
from grader.lab.values import Expected

DECOY_SEED = 20_240_613
AT_ONCE = 1 << 15  # numbers whose differences fit into a processor's cache


@dataclass(frozen=True)
class Wanted:
    """What a variable is to be when the decoys are the inputs, but for rounding far below the judge's tolerance."""

    value: Tensor

    def is_met_by(self, got: Tensor) -> bool:
        want = self.value
        if got.shape != want.shape or got.dtype != want.dtype or got.device != want.device:
            return False
        if want.numel() <= AT_ONCE:
            return self._is_near(got, want)
        got, want = got.reshape(-1), want.reshape(-1)
        # piece by piece as they are asked for: what_if() has tensors of a thousand million numbers that aren't there
        places = (slice(start, start + AT_ONCE) for start in range(0, want.numel(), AT_ONCE))
        return all(self._is_near(got[place], want[place]) for place in places)

    @functools.cached_property
    def bound(self) -> float:
        """How far each number may be off."""
        return float((1e-5 if self.value.dtype is torch.float32 else 1e-12) * self.value.abs().max())

    def _is_near(self, got: Tensor, want: Tensor) -> bool:
        least, largest = torch.aminmax(got - want)
        return -float(least) <= self.bound and float(largest) <= self.bound


@dataclass(frozen=True)
class Decoys:
    """What a task's cell starts from while it is recorded, and what it is to make of it."""

    plain: Mapping[str, object]
    inputs: Mapping[str, Tensor]
    wanted: Mapping[str, Wanted]
    wanted_afterwards: Mapping[str, Wanted]

    def fresh(self, kept: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The inputs: those that are `kept`, and copies of all others, since a cell may write into them."""
        return {name: kept[name] if name in kept else _copy(tensor) for name, tensor in self.inputs.items()}


def make_own(tensor: Tensor) -> None:
    """Copy now what would be copied when the tensor is first written to: before its storage may change its size, which
    torch can't do to such a storage."""
    with torch._C.DisableTorchFunction():
        if tensor.layout is torch.strided and torch._C._is_cow_tensor(tensor):  # type: ignore[attr-defined]
            tensor.data_ptr()


def _copy(tensor: Tensor) -> Tensor:
    """A tensor with a storage of its own, whose numbers are copied once they are written to: few of them ever are."""
    return torch._lazy_clone(tensor) if type(tensor) is Tensor and tensor.is_cpu else tensor.clone()


def decoys_of(section: Section, case: Case) -> tuple[Decoys, ...]:
    """The decoys of each task of a section."""

    def made(expected: Mapping[str, Expected]) -> dict[str, Wanted]:
        return {name: Wanted(want.value.to(case.dtype).contiguous()) for name, want in expected.items()}

    return tuple(
        Decoys(values.plain, values.inputs, made(values.expected), made(values.expected_afterwards))
        for values in task_values(section, case, DECOY_SEED)
    )


# an exam records a section's cells once for each of its tasks, on the same decoys; a warm kernel has them all
same_decoys = functools.lru_cache(maxsize=128)(decoys_of)
