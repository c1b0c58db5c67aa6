"""Right answers lie within the bound, in any order of summation; wrong ones lie outside of it in double precision."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from grader.judge.bounds import UNIT_ROUNDOFF, NoRule, bounds_of
from grader.lab.gradients import gradients
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


def test_numbers_that_meet_in_one_place_may_be_added_in_any_order():
    ids = torch.tensor([0, 0, 0, 1, 0])
    for seed in range(DRAWS):
        torch.manual_seed(seed)
        given = {"E": torch.randn(2, 3), "dX": 100 * torch.randn(5, 3)}

        def reference(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
            return gradients((tensors["E"][ids] * tensors["dX"]).sum(), dE=tensors["E"])

        bound = bounds_of(reference, given, UNIT_ROUNDOFF[torch.float32])["dE"]
        right = torch.zeros(2, 3).double().index_add_(0, ids, given["dX"].double())
        for order in (ids.argsort(), torch.arange(5).flip(0)):
            summed = torch.zeros(2, 3)
            for place in order:
                summed[ids[place]] += given["dX"][place]
            assert ((summed.double() - right).abs() <= bound).all() and bool(bound[0].all())


def test_a_gradient_at_the_kink_of_relu_may_be_there_or_not():
    given = {"X": torch.tensor([[1.0, 1.0]]), "W": torch.tensor([[0.1, -0.1]]), "dY": torch.ones(1, 1)}
    bound = bounds_of(
        lambda t: gradients((torch.relu(t["X"] @ t["W"].T) * t["dY"]).sum(), dX=t["X"]), given, UNIT_ROUNDOFF[torch.float32]
    )
    assert float(bound["dX"].max()) >= 0.1


def test_the_root_of_a_number_near_zero_may_be_anything_that_its_error_allows():
    found = bounds_of(lambda t: {"root": (t["x"] - t["y"]).abs().sqrt()}, {"x": torch.ones(1), "y": torch.ones(1)}, 1e-7)
    assert 0 <= float(found["root"]) < 1e-3


def test_log_softmax_may_subtract_a_rounded_logarithm():
    for seed in range(DRAWS):
        torch.manual_seed(seed)
        logits = 1e4 + torch.randn(3, 7)
        bound = bounds_of(lambda t: {"y": torch.log_softmax(t["x"], 1)}, {"x": logits}, UNIT_ROUNDOFF[torch.float32])["y"]
        other = logits - torch.logsumexp(logits, 1, keepdim=True)
        assert ((other.double() - torch.log_softmax(logits.double(), 1)).abs() <= bound).all()
