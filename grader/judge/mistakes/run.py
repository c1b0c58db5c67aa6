"""What a cell made in one run, from which values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from grader.judge.compare import within_tolerance
from grader.lab.case import Case
from grader.lab.values import Expected, TaskValues


@dataclass(frozen=True)
class Run:
    """What a cell made on a case, from which values; `outputs` is None where the cell itself raised."""

    case: Case
    values: TaskValues
    outputs: Mapping[str, Tensor] | None

    @cached_property
    def right(self) -> Mapping[str, bool]:
        """Which of the variables that the task makes are right, of those that the cell made."""
        expected = {**self.values.expected_afterwards, **self.values.expected}
        return {name: _holds(got, expected[name]) for name, got in (self.outputs or {}).items() if name in expected}


def _holds(got: Tensor, want: Expected) -> bool:
    return got.shape == want.value.shape and within_tolerance(got, want)


Rerun = Callable[[Case], Run | None]
