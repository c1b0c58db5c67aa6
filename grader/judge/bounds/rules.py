"""The rule of each operation: its derivative times the error of its input, and its own rounding.

An operation without a rule of its own is taken apart by torch's decompositions into operations that have one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from grader.judge.bounds.bounded import Bounded, bounded_in, mapped, no_rule, value_of, values_in
from grader.judge.bounds.elementwise import BINARY, UNARY, underflow
from grader.judge.bounds.parts import PARTS

Error = Tensor | None

# these put numbers elsewhere, and their errors with them
MOVING = frozenset("""
view _unsafe_view reshape _reshape_alias t transpose permute expand slice select clone detach alias unsqueeze squeeze
cat stack split split_with_sizes unbind narrow as_strided slice_backward select_backward index_select gather index
tril triu roll flip repeat _to_copy lift_fresh contiguous expand_as view_as diagonal masked_fill embedding unfold
constant_pad_nd select_scatter slice_scatter as_strided_scatter diagonal_backward
""".split())  # noqa: SIM905
# these have no error, or no numbers that could have one
EXACT = frozenset("""
gt lt ge le eq ne is_same_size argmax argmin isnan isinf isfinite logical_and logical_or logical_not bitwise_and
bitwise_or bitwise_not sign sgn floor ceil round trunc zeros_like ones_like full_like empty_like new_zeros new_ones
new_full new_empty new_empty_strided empty_strided zeros ones full arange equal _local_scalar_dense item nonzero
scalar_tensor
""".split())  # noqa: SIM905
PRODUCTS = {"mm": 0, "bmm": 0, "mv": 0, "dot": 0, "addmm": 1, "baddbmm": 1, "addmv": 1}
SUMS = frozenset({"sum", "cumsum"})
EXTREMES = frozenset({"max", "min", "amax", "amin"})
# sums of what falls on one place, which may be all there is
SCATTERED = frozenset({"scatter_add", "index_add"})


@dataclass(frozen=True)
class Call:
    """One operation on bounded tensors, and what it made of their values."""

    func: Any
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    out: Any
    unit: float

    def value(self, place: int) -> Any:
        return value_of(self.args[place])

    def error(self, place: int) -> Error:
        argument = self.args[place]
        return argument.error if isinstance(argument, Bounded) else None

    def terms(self, place: int) -> int:
        argument = self.args[place]
        return argument.terms if isinstance(argument, Bounded) else 1

    def on_errors(self) -> Any:
        """The same operation on the errors; None where all are exact."""
        if all(tensor.error is None for tensor in bounded_in((self.args, self.kwargs))):
            return None
        args, kwargs = mapped(_error_or_zero, (self.args, dict(self.kwargs)))
        return self.func(*args, **kwargs)


def result_of(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What an operation makes, with its error. Raises NoRule: nobody has said how its error is bounded, and it cannot
    be taken apart."""
    name = func.overloadpacket.__name__
    in_place = name.endswith("_") and not name.startswith("__")
    rule = _rule(name.rstrip("_") if in_place else name)
    given = bounded_in((args, kwargs))
    unit = given[0].unit if given else 0.0
    if rule is None:
        return _taken_apart(func, args, kwargs)
    written = args[0] if in_place else None
    before = args
    if written is not None and isinstance(written, Bounded):
        # what it was before is part of what it becomes
        kept = Bounded(written.value.clone(), written.error, unit, written.terms)
        before = (kept, *args[1:])
    out = func(*values_in(list(args)), **values_in(dict(kwargs)))
    error, terms = rule(Call(func, before, kwargs, out, unit))
    if written is not None:
        return _written(written, error, terms)
    return _wrapped(out, error, unit, terms)


Rule = Callable[[Call], tuple[Any, int]]


def _rule(name: str) -> Rule | None:
    if name in MOVING:
        return _moving
    if name in EXACT:
        return lambda call: (None, 0)
    if name in PRODUCTS:
        return lambda call: _product(call, PRODUCTS[name])
    if name in SUMS:
        return _sum
    if name in EXTREMES:
        return _extreme
    if name in SCATTERED:
        return _scattered
    if name in UNARY:
        return lambda call: (UNARY[name](call.value(0), call.error(0), call.out, call.unit), 1)
    if name in BINARY:
        return lambda call: BINARY[name](call)
    return OTHERS.get(name)


def _moving(call: Call) -> tuple[Any, int]:
    terms = max((tensor.terms for tensor in bounded_in((call.args, call.kwargs))), default=1)
    error = call.on_errors()
    if error is not None and call.func.overloadpacket.__name__ in ("masked_fill", "constant_pad_nd"):
        # what is filled in is exact
        args = [value_of(argument) for argument in call.args]
        args[0], args[-1] = call.args[0].error, 0.0
        error = call.func(*args, **call.kwargs)
    return error, terms


def _product(call: Call, first: int) -> tuple[Error, int]:
    """A product of matrices: n roundings of its terms' absolute values; what is added to it takes part in the sum."""
    A, B, errorA, errorB = call.value(first), call.value(first + 1), call.error(first), call.error(first + 1)
    n, u = A.shape[-1], call.unit
    multiply = torch.dot if A.dim() == 1 else torch.matmul
    if errorA is None:
        scaled = B.abs().mul_(n * u)
        error = multiply(A.abs(), scaled if errorB is None else scaled.add_(errorB))
    else:
        error = multiply(A.abs().mul_(n * u).add_(errorA), B.abs())
        if errorB is not None:
            error += multiply(A.abs(), errorB)
    error += n * underflow(u)
    if first:
        added, its = call.value(0), call.error(0)
        error = error + (n + 1) * u * added.abs() + u * call.out.abs()
        error = error if its is None else error + its
    return error, n


def _sum(call: Call) -> tuple[Error, int]:
    """A sum of n numbers, or the mean of them: n roundings of their absolute values."""
    value, error = call.value(0), call.error(0)
    if not call.out.dtype.is_floating_point:
        return None, 0
    along = call.func.overloadpacket.__name__ == "cumsum"
    n = value.shape[call.args[1]] if along else max(value.numel() // max(call.out.numel(), 1), 1)
    each = n * call.unit * value.abs()
    rest, words = values_in(list(call.args[1:])), values_in(dict(call.kwargs))
    return call.func(each if error is None else each + error, *rest, **words), n


def _mean(call: Call) -> tuple[Error, int]:
    error, n = _sum(call)
    return (None if error is None else error + call.unit * call.out.abs()), n


def _extreme(call: Call) -> tuple[Any, int]:
    """The largest of numbers that may each be off is off by no more than the largest of their errors."""
    if len(call.args) > 1 and isinstance(call.args[1], Tensor):  # of two tensors
        return _larger(call.error(0), call.error(1)), 1
    error = call.error(0)
    if error is None:
        return None, 1
    name = call.func.overloadpacket.__name__
    dims, keep = (*call.args[1:3], None, None)[:2] if len(call.args) > 1 else (call.kwargs.get("dim"), None)
    keep = bool(keep if keep is not None else call.kwargs.get("keepdim", False))
    over = list(dims) if isinstance(dims, (list, tuple)) else [dims] if isinstance(dims, int) else []
    largest = torch.amax(error, over, keepdim=keep)
    return ([largest, None] if name in ("max", "min") and over else largest), 1


def _scattered(call: Call) -> tuple[Error, int]:
    error, _ = _moving(call)
    n = max(value_of(call.args[-1]).numel(), 1)
    words = {key: _absolute(value) for key, value in call.kwargs.items()}
    rounding = n * call.unit * call.func(*map(_absolute, call.args), **words)
    return rounding if error is None else rounding + error, n


def _index_put(call: Call) -> tuple[Error, int]:
    """Numbers put into places; where they add up, as many may meet as there are."""
    adds = bool(call.args[3] if len(call.args) > 3 else call.kwargs.get("accumulate", False))
    error, terms = _moving(call)
    if not adds:
        return error, terms
    n = max(value_of(call.args[2]).numel(), 1)
    rounding = n * call.unit * call.func(_absolute(call.args[0]), call.args[1], _absolute(call.args[2]), True)
    return rounding if error is None else rounding + error, n


def _absolute(argument: Any) -> Any:
    plain = value_of(argument)
    if isinstance(plain, Tensor):
        return plain.abs() if plain.dtype.is_floating_point else plain
    return abs(plain) if isinstance(plain, float) else plain


def _where(call: Call) -> tuple[Error, int]:
    one, other = call.error(1), call.error(2)
    if one is None and other is None:
        return None, 1
    zero = torch.zeros((), dtype=torch.float64)
    return torch.where(call.value(0), zero if one is None else one, zero if other is None else other), 1


def _copied(call: Call) -> tuple[Error, int]:
    error = call.error(1)
    return (None if error is None else error.expand(call.out.shape)), call.terms(1)


OTHERS: dict[str, Rule] = {
    "where": _where,
    "mean": _mean,
    "index_put": _index_put,
    "scatter": _moving,
    "copy": _copied,
    "zero": lambda call: (None, 1),
    "fill": lambda call: (None, 1),
}


def _larger(one: Error, other: Error) -> Error:
    if one is None or other is None:
        return one if other is None else other
    return torch.maximum(one, other)


def _error_or_zero(argument: Any) -> Any:
    if isinstance(argument, Bounded):
        return torch.zeros_like(argument.value) if argument.error is None else argument.error
    if isinstance(argument, Tensor) and argument.dtype.is_floating_point:
        return torch.zeros_like(argument)
    return argument


def _wrapped(out: Any, error: Any, unit: float, terms: int) -> Any:
    if isinstance(out, (list, tuple)):
        errors = [None] * len(out) if error is None else error
        return type(out)(_wrapped(each, its, unit, terms) for each, its in zip(out, errors, strict=True))
    if not isinstance(out, Tensor) or not out.dtype.is_floating_point or terms == 0:
        return out
    if error is not None and error.shape != out.shape:
        error = error.expand(out.shape)
    return Bounded(out, error, unit, terms)


def _written(written: Any, error: Error, terms: int) -> Any:
    """A tensor that was written into, with its new error in the place of the old one. Raises NoRule: it is a part of
    another one, whose error would not follow."""
    if not isinstance(written, Bounded):
        return written
    if written.value.untyped_storage().nbytes() > written.value.nbytes:
        raise no_rule("writing into a part of a tensor")
    written.error = None if error is None else error.expand(written.value.shape).clone()
    written.terms = max(terms, 1)
    return written


def _taken_apart(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What an operation makes by its parts, ours or those of torch's own decomposition."""
    part = PARTS.get(func.overloadpacket.__name__)
    if part is not None:
        return part(*args, **kwargs)
    from torch._decomp import decomposition_table  # seconds long, and few references need it

    decomposed = decomposition_table.get(func)
    if decomposed is not None:
        return decomposed(*args, **kwargs)
    if func.has_kernel_for_dispatch_key(torch._C.DispatchKey.CompositeImplicitAutograd):
        return func.decompose(*args, **kwargs)
    raise no_rule(str(func))
