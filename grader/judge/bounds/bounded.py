"""Tensors that carry, number by number, how far a computation in some precision may lie from them.

The bound is of first order, n u in place of gamma_n = n u / (1 - n u) (Higham, Accuracy and Stability of Numerical
Algorithms, 2nd ed., section 3.1): what an operation's inputs are off, times its derivative, and its own rounding.
Autograd's own operations pass here too, so that a reference needs no gradients of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from grader.lab.messages import N_, message

# In double precision two units: the reference itself is rounded there.
UNIT_ROUNDOFF = {torch.float64: 2.0**-52, torch.float32: 2.0**-24}

Reference = Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]]


class NoRule(NotImplementedError):
    """An operation of a reference whose error nobody has said how to bound."""


class Bounded(Tensor):
    """A tensor in float64 on the CPU with the bound of its error.

    Attributes:
        value: its numbers, a plain tensor.
        error: how far each may be off, a plain tensor of that shape; None where they are exact.
        unit: the unit roundoff of the precision in question.
        terms: of how many numbers each is a sum, which may be added up in another order.
    """

    value: Tensor
    error: Tensor | None
    unit: float
    terms: int

    @staticmethod
    def __new__(cls, value: Tensor, error: Tensor | None, unit: float, terms: int = 1) -> Bounded:
        made: Bounded = Tensor._make_wrapper_subclass(
            cls, value.shape, strides=value.stride(), dtype=value.dtype, device=value.device
        )
        made.value, made.error, made.unit, made.terms = value, error, unit, terms
        return made

    # no Python function of torch's is of interest, only what operations it comes to
    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        from grader.judge.bounds.rules import result_of

        return result_of(func, args, kwargs or {})

    def __repr__(self) -> str:  # type: ignore[override]
        return f"Bounded({self.value}, {self.error})"


def bounds_of(reference: Reference, given: Mapping[str, Tensor], unit: float) -> dict[str, Tensor]:
    """How far each number that a reference makes may lie off, by name, where its floating-point inputs are exact.
    Raises NoRule: the reference uses an operation without a rule."""
    inputs = {
        name: Bounded(tensor.double(), None, unit).requires_grad_() if tensor.dtype.is_floating_point else tensor
        for name, tensor in given.items()
    }
    with torch.enable_grad(), torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        made = reference(inputs)
    return {name: error_of(tensor.detach()) for name, tensor in made.items()}


def value_of(tensor: Any) -> Any:
    """The numbers of a tensor, plain; anything else as it is."""
    return tensor.value if isinstance(tensor, Bounded) else tensor


def error_of(tensor: Tensor) -> Tensor:
    """How far each of its numbers may be off; zeros for a plain tensor."""
    if isinstance(tensor, Bounded) and tensor.error is not None:
        return tensor.error
    return torch.zeros(tensor.shape, dtype=torch.float64, device="cpu")


def values_in(tree: Any) -> Any:
    """The same arguments with plain tensors."""
    return mapped(value_of, tree)


def mapped(change: Callable[[Any], Any], tree: Any) -> Any:
    """The same arguments, each changed by itself: those of an operation lie in lists, tuples and dictionaries."""
    if isinstance(tree, (list, tuple)):
        return [mapped(change, item) for item in tree]
    if isinstance(tree, dict):
        return {key: mapped(change, item) for key, item in tree.items()}
    return change(tree)


def bounded_in(tree: Any) -> list[Bounded]:
    """All bounded tensors among arguments."""
    if isinstance(tree, Bounded):
        return [tree]
    within = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, (tuple, list)) else ()
    return [found for each in within for found in bounded_in(each)]


def no_rule(name: str) -> NoRule:
    """What to say of an operation without a rule."""
    said = message(
        N_("the error of {operation} is not known: write the reference with other operations, or add a rule for it in "
           "grader/judge/bounds/rules.py"),
        operation=name,
    )  # fmt: skip
    return NoRule(said.render())
