"""Rules of operations that take number by number."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Error = Tensor | None
Unary = Callable[[Tensor, Error, Tensor, float], Error]


def underflow(unit: float) -> float:
    """The smallest normal number of the precision: below it rounding is absolute, and some take it for zero."""
    return 2.0**-126 if unit > 2.0**-40 else 2.0**-1022


def smooth(derivative: Callable[[Tensor, Tensor], Tensor], roundings: float = 2) -> Unary:
    """The rule of a function by its derivative (of input and output), computed within so many roundings."""

    def rule(value: Tensor, error: Error, out: Tensor, unit: float) -> Error:
        own = roundings * unit * out.abs() if roundings else None
        if error is None:
            return own
        passed = (derivative(value, out).abs() * error).nan_to_num(0.0, 0.0, 0.0)
        return passed if own is None else passed + own

    return rule


def _same(value: Tensor, out: Tensor) -> Tensor:
    return torch.ones((), dtype=torch.float64)


def _rounded_argument(derivative: Callable[[Tensor, Tensor], Tensor], roundings: float = 2) -> Unary:
    """The same where the argument is first scaled, which rounds it once."""

    def rule(value: Tensor, error: Error, out: Tensor, unit: float) -> Error:
        off = unit * value.abs() if error is None else error + unit * value.abs()
        own = roundings * unit * out.abs() + underflow(unit)
        return (derivative(value, out).abs() * off).nan_to_num(0.0, 0.0, 0.0) + own

    return rule


def _relu(value: Tensor, error: Error, out: Tensor, unit: float) -> Error:
    """What is below 0 by more than its error is 0 for sure."""
    return None if error is None else torch.where(value < -error, 0.0, error)


def _square_root(value: Tensor, error: Error, out: Tensor, unit: float) -> Error:
    """|√(x + e) - √x| ≤ min(√e, e / √x), also at 0."""
    own = unit * out.abs()
    return own if error is None else own + torch.minimum(error.sqrt(), (error / out).nan_to_num(0.0, torch.inf, 0.0))


UNARY: dict[str, Unary] = {
    "neg": smooth(_same, 0),
    "abs": smooth(_same, 0),
    "relu": _relu,
    "exp": _rounded_argument(lambda x, out: out),
    "expm1": _rounded_argument(lambda x, out: out + 1),
    "exp2": _rounded_argument(lambda x, out: math.log(2) * out),
    "log": smooth(lambda x, out: 1 / x, 2),
    "log1p": smooth(lambda x, out: 1 / (1 + x), 2),
    "log2": smooth(lambda x, out: 1 / (math.log(2) * x), 2),
    "sqrt": _square_root,
    "rsqrt": smooth(lambda x, out: 0.5 * out**3, 2),
    "reciprocal": smooth(lambda x, out: out**2, 1),
    "sigmoid": _rounded_argument(lambda x, out: out * (1 - out), 4),
    "tanh": smooth(lambda x, out: 1 - out**2, 4),
    "erf": smooth(lambda x, out: 2 / math.sqrt(math.pi) * torch.exp(-x * x), 6),
    "sin": _rounded_argument(lambda x, out: torch.cos(x)),
    "cos": _rounded_argument(lambda x, out: torch.sin(x)),
    "square": smooth(lambda x, out: 2 * x, 1),
}


def _add(call: Any) -> tuple[Error, int]:
    """A sum; where one side is a sum itself, the other may come in anywhere."""
    scale = abs(call.kwargs.get("alpha", call.args[2] if len(call.args) > 2 else 1))
    return _added(call, call.value(0), call.error(0), call.terms(0), call.value(1), call.error(1), call.terms(1), scale)


def _rsub(call: Any) -> tuple[Error, int]:
    scale = abs(call.kwargs.get("alpha", call.args[2] if len(call.args) > 2 else 1))
    return _added(call, call.value(1), call.error(1), call.terms(1), call.value(0), call.error(0), call.terms(0), scale)


def _added(
    call: Any, a: Any, errorA: Error, termsA: int, b: Any, errorB: Error, termsB: int, scale: float
) -> tuple[Error, int]:
    error = _rounding(call)
    roundings = (scale if scale != 1 else 0) + (termsA * scale if termsA > 1 else 0)
    if roundings:
        error += roundings * call.unit * _size(b)
    if termsB > 1:
        error += termsB * call.unit * _size(a)
    if errorA is not None:
        error += errorA
    if errorB is not None:
        error += errorB if scale == 1 else scale * errorB
    return error, termsA + termsB


def _mul(call: Any) -> tuple[Error, int]:
    error = _rounding(call).add_(underflow(call.unit))
    if call.error(0) is not None:
        error += _size(call.value(1)) * call.error(0)
    if call.error(1) is not None:
        error += _size(call.value(0)) * call.error(1)
    return error, _terms_of_scaled(call)


def _rounding(call: Any) -> Tensor:
    """What rounding a result once may change, in memory that may be written into."""
    error: Tensor = call.out.double().abs()
    return error.mul_(call.unit)


def _terms_of_scaled(call: Any) -> int:
    """A sum times a number is a sum, which may be added up in another order still."""
    number = not isinstance(call.value(1), Tensor) or call.value(1).numel() == 1
    return call.terms(0) if number else 1


def _div(call: Any) -> tuple[Error, int]:
    error = _rounding(call).add_(underflow(call.unit))
    by = _size(call.value(1))
    if call.error(0) is not None:
        error += call.error(0) / by
    if call.error(1) is not None:
        error += call.out.abs() * call.error(1) / by
    return error, _terms_of_scaled(call)


def _pow(call: Any) -> tuple[Error, int]:
    base, exponent = call.value(0), call.value(1)
    error = (2 + abs(exponent) if isinstance(exponent, (int, float)) else 8) * call.unit * call.out.abs()
    if call.error(0) is not None and not (isinstance(exponent, (int, float)) and exponent == 0):
        slope = exponent * torch.as_tensor(base, dtype=torch.float64) ** (exponent - 1)
        error = error + slope.abs() * call.error(0)
    if len(call.args) > 1 and call.error(1) is not None:
        error = error + (call.out * torch.log(torch.as_tensor(base, dtype=torch.float64))).abs() * call.error(1)
    return error, 1


def _larger(call: Any) -> tuple[Error, int]:
    one, other = call.error(0), call.error(1)
    if one is None or other is None:
        found = one if other is None else other
        return (None if found is None else found.expand(call.out.shape)), 1
    return torch.maximum(one, other), 1


def _clamp(call: Any) -> tuple[Error, int]:
    return call.error(0), 1


def _threshold_backward(call: Any) -> tuple[Error, int]:
    """Where the input may lie on either side of the threshold, all of the gradient may be there or not."""
    gradient, value, off = call.value(0), call.value(1), call.error(1)
    passed = torch.zeros_like(gradient) if call.error(0) is None else call.error(0)
    error = torch.where(value > call.value(2), passed, 0.0)
    if off is not None:
        error = torch.where(((value - call.value(2)).abs() <= off) & (off > 0), gradient.abs() + passed, error)
    return error, 1


def _size(value: Any) -> Any:
    return value.double().abs() if isinstance(value, Tensor) else abs(value)


BINARY: dict[str, Callable[[Any], tuple[Error, int]]] = {
    "add": _add,
    "sub": _add,
    "rsub": _rsub,
    "mul": _mul,
    "div": _div,
    "pow": _pow,
    "maximum": _larger,
    "minimum": _larger,
    "clamp": _clamp,
    "clamp_min": _clamp,
    "clamp_max": _clamp,
    "threshold_backward": _threshold_backward,
}
