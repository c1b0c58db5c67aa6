"""The words of this lab's mistakes: one SGD step of a linear layer, whole, column-wise or row-wise."""

from __future__ import annotations

import re
from dataclasses import dataclass

import torch
from torch import Tensor

from grader.lab import Situation


@dataclass(frozen=True)
class Step(Situation):
    """One task of this lab on one confirming case."""

    @property
    def shard_dim(self) -> int | None:
        """Which dimension of W the devices share; None where there is only one."""
        return {"column": 0, "row": 1}.get(self.task.split(".")[0])

    @property
    def batch(self) -> int:
        return int(self.case["batch_size"])

    @property
    def fan_in(self) -> int:
        return int(self.case["in_features"])

    @property
    def fan_out(self) -> int:
        return int(self.case["out_features"])

    @property
    def lr(self) -> float:
        return float(self.case["lr"])

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


def base_of(name: str) -> str:
    """The quantity that a variable holds: `dW` for `dW_gpu1` and `dW_torch`."""
    return name.split("_")[0]


def device_of(name: str) -> int | None:
    """The simulated device a variable lives on by its name: 1 for `W_gpu1`, None for `Y`."""
    found = re.search(r"_gpu(\d+)$", name)
    return int(found.group(1)) if found else None


def device(name: str) -> int:
    """The device of a `*_gpuK` variable.

    Raises:
        ValueError: its name says none.
    """
    found = device_of(name)
    if found is None:
        raise ValueError(f"{name} lies on no one device")
    return found
