"""Right answers lie within the bound, in any order of summation; wrong ones lie outside of it in double precision."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from grader.judge.bounds import UNIT_ROUNDOFF, NoRule, bounds_of
from tests.judge.bounds.programs import PROGRAMS, linear

DRAWS = 12
# ordinary numbers; large and tiny ones; numbers that nearly cancel; and all of one sign
WIDE = {
    "ordinary": lambda *shape: torch.randn(shape, dtype=torch.float64),
    "wide": lambda *shape: torch.randn(shape, dtype=torch.float64) * 10.0 ** (4 * torch.rand(shape).double() - 2),
    "large": lambda *shape: 100 * torch.randn(shape, dtype=torch.float64),
    "tiny": lambda *shape: 1e-6 * torch.randn(shape, dtype=torch.float64),
    "cancelling": lambda *shape: 1 + 1e-3 * torch.randn(shape, dtype=torch.float64),
}


def drawn(name: str, kind: str, dtype: torch.dtype, seed: int) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    return {key: WIDE[kind](*shape).to(dtype) for key, shape in PROGRAMS[name][1].items()}


def computed(name: str, given: dict[str, Tensor]) -> dict[str, Tensor]:
    leaves = {key: tensor.detach().clone().requires_grad_() for key, tensor in given.items()}
    return {key: tensor.detach().double() for key, tensor in PROGRAMS[name][0](**leaves).items()}


def bounds(name: str, given: dict[str, Tensor], dtype: torch.dtype) -> dict[str, Tensor]:
    return bounds_of(lambda tensors: PROGRAMS[name][0](**tensors), given, UNIT_ROUNDOFF[dtype])


def most_used(made: dict[str, Tensor], right: dict[str, Tensor], bound: dict[str, Tensor]) -> float:
    """The largest share of its bound that an error takes."""
    return max(
        float(((made[key] - right[key]).abs() / (bound[key] + 1e-300)).nan_to_num(0.0).max()) for key in right
    )


@pytest.mark.parametrize("kind", WIDE)
@pytest.mark.parametrize("name", PROGRAMS)
def test_single_precision_lies_within_the_bound(name: str, kind: str):
    for seed in range(DRAWS):
        given = drawn(name, kind, torch.float32, seed)
        right = computed(name, {key: tensor.double() for key, tensor in given.items()})
        assert most_used(computed(name, given), right, bounds(name, given, torch.float32)) <= 1


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_slip_lies_outside_of_it_in_double_precision(name: str):
    given = drawn(name, "ordinary", torch.float64, 1)
    right, bound = computed(name, given), bounds(name, given, torch.float64)
    for key, value in right.items():
        largest = value.abs().max()
        slip = {**right, key: value + 1e-7 * largest}
        assert most_used(slip, right, bound) > 1, key
        assert most_used({**right, key: value.float().double() + 0}, right, bound) > 1 or value.numel() == 1


@pytest.mark.parametrize("kind", WIDE)
@pytest.mark.parametrize("parts", [1, 2, 3, 64, 257])
def test_any_sharding_and_order_of_a_sum_lies_within_the_bound(kind: str, parts: int):
    for seed in range(DRAWS):
        given = drawn("linear", kind, torch.float32, seed)
        right = computed("linear", {key: tensor.double() for key, tensor in given.items()})
        bound = bounds("linear", given, torch.float32)
        X, W, b = given["X"], given["W"], given["b"]
        order = torch.randperm(X.shape[1])
        X, W = X[:, order], W[:, order]
        sums = [x @ w.T for x, w in zip(X.chunk(parts, 1), W.chunk(parts, 1), strict=True)]
        after, before = sums[0].clone(), b + sums[0]
        for one in sums[1:]:
            after, before = after + one, before + one
        for Y in (after + b, before):
            assert most_used({"Y": Y.double()}, {"Y": right["Y"]}, {"Y": bound["Y"]}) <= 1


def test_what_is_only_moved_is_exact():
    given = {"X": torch.randn(3, 4)}
    found = bounds_of(lambda g: {"a": g["X"].T.reshape(-1), "b": -g["X"][:2].abs()}, given, 2.0**-24)
    assert not found["a"].any() and not found["b"].any()


def test_whole_numbers_pass_through():
    ids = torch.tensor([0, 2])
    found = bounds_of(lambda g: {"rows": g["E"][g["ids"]], "n": g["ids"].sum()}, {"E": torch.randn(3, 2), "ids": ids}, 1e-7)
    assert not found["rows"].any() and not found["n"].any()


def test_an_operation_without_a_rule_is_named():
    with pytest.raises(NoRule, match=r"aten.*cholesky.*add a rule"):
        bounds_of(lambda g: {"L": torch.linalg.cholesky(g["X"])}, {"X": torch.eye(3)}, 1e-7)


def test_writing_into_a_part_of_a_tensor_is_refused():
    def reference(given: dict[str, Tensor]) -> dict[str, Tensor]:
        made = given["X"].detach().clone()
        made[:, 0] += given["X"].detach()[:, 1]
        return {"made": made}

    with pytest.raises(NoRule, match="a part of a tensor"):
        bounds_of(reference, {"X": torch.randn(3, 4)}, 1e-7)


def test_gradients_come_by_backward_too():
    def by_backward(X: Tensor, W: Tensor, b: Tensor, dY: Tensor) -> dict[str, Tensor]:
        X, W, b = (tensor.detach().requires_grad_() for tensor in (X, W, b))
        Y = X @ W.T + b
        Y.backward(dY)
        return {"Y": Y, "dX": X.grad, "dW": W.grad, "db": b.grad}

    given = drawn("linear", "ordinary", torch.float32, 1)
    one = bounds_of(lambda tensors: by_backward(**tensors), given, 2.0**-24)
    other = bounds_of(lambda tensors: linear(**tensors), given, 2.0**-24)
    assert all(torch.allclose(one[key], other[key], rtol=0.2) and bool(one[key].all()) for key in one)
