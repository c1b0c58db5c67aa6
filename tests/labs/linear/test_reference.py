"""The lab's reference agrees with torch's own layer, loss and optimizer; its bound lets rounding pass and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

from grader.judge.answers import Answer, drawn_for
from grader.lab.case import Case, Values
from grader.labs.linear.lab import EXACT, FP64, REFERENCE, SOURCE, case_of


@dataclass(frozen=True)
class Data:
    """What a step starts from."""

    X: Tensor
    W: Tensor
    b: Tensor
    Y_gt: Tensor


class ByName(Mapping[str, Tensor]):
    """Quantities, or how far they may be off, by name."""

    def __init__(self, find: Callable[[str], Tensor]) -> None:
        self._find = find

    def __getitem__(self, name: str) -> Tensor:
        return self._find(name)

    def __iter__(self):
        return iter(QUANTITIES)

    def __len__(self) -> int:
        return len(QUANTITIES)


@dataclass(frozen=True)
class Oracle:
    """What is right, and how far a right answer may lie off."""

    quantity: ByName
    tolerance: ByName


def draw(case: Case, seed: int) -> Data:
    return Data(**drawn_for(REFERENCE, case, seed))


def oracle(data: Data, lr: float) -> Oracle:
    sizes = (data.X.shape[0], data.X.shape[1], data.W.shape[0])
    answer = Answer(REFERENCE, case_of(*sizes, lr, data.X.dtype), vars(data))
    return Oracle(ByName(answer.value), ByName(answer.bound))


SHAPES = [(1, 1, 1), (1, 12, 24), (3, 11, 7), (4, 96, 80), (5, 8, 3), (32, 64, 16), (7, 26, 34), (8, 16, 10)]
QUANTITIES = ("loss", "Y", "dX", "dW", "db", "W_new", "b_new")


def _by_torch(data: Data, lr: float, steps: int = 1) -> dict[str, Tensor]:
    linear = nn.Linear(data.X.shape[1], data.W.shape[0], dtype=data.X.dtype)
    linear.load_state_dict({"weight": data.W, "bias": data.b[0]})
    optimizer = torch.optim.SGD(linear.parameters(), lr=lr)
    X = data.X.clone().requires_grad_()
    Y = linear(X)
    loss = nn.functional.mse_loss(Y, data.Y_gt)
    loss.backward()
    got = {"loss": loss, "Y": Y, "dX": X.grad, "dW": linear.weight.grad.clone(), "db": linear.bias.grad.clone()}
    optimizer.step()
    got |= {"W_new": linear.weight.clone(), "b_new": linear.bias[None].clone()}
    optimizer.zero_grad()
    nn.functional.mse_loss(linear(data.X), data.Y_gt).backward()
    optimizer.step()
    got |= {"W_again": linear.weight, "b_again": linear.bias[None]}
    return {name: tensor.detach() for name, tensor in got.items()}


def _outside(answer: Oracle, got: dict[str, Tensor]) -> list[str]:
    return [
        name
        for name, tensor in got.items()
        if not bool(((tensor.double() - answer.quantity[name]).abs() <= answer.tolerance[name]).all())
    ]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("shape", SHAPES)
def test_autograd_lies_within_the_tolerance(shape, dtype):
    for seed in range(5):
        data = draw(case_of(*shape, lr=0.25, dtype=dtype), seed)
        assert _outside(oracle(data, 0.25), _by_torch(data, 0.25)) == []


def test_autograd_lies_within_the_tolerance_at_the_sources_shape():
    data = draw(SOURCE, 7)
    assert _outside(oracle(data, SOURCE["lr"]), _by_torch(data, SOURCE["lr"])) == []


def test_a_sum_taken_in_another_order_is_still_right_in_single_precision():
    data = draw(case_of(8, 512, 24, 0.3, torch.float32), 3)
    answer = oracle(data, 0.3)
    order = torch.randperm(512)
    forwards = data.X[:, order] @ data.W[:, order].T + data.b
    parts = sum(x @ w.T for x, w in zip(data.X.split(5, 1), data.W.split(5, 1), strict=True)) + data.b
    one_by_one = torch.zeros(8, 24)
    for k in range(512):
        one_by_one += torch.outer(data.X[:, k], data.W[:, k])
    for Y in (forwards, parts, one_by_one + data.b):
        assert _outside(answer, {"Y": Y}) == []


@pytest.mark.parametrize("name", QUANTITIES)
def test_the_smallest_slips_are_wrong_in_double_precision(name):
    data = draw(FP64[0], 1)
    answer = oracle(data, FP64[0]["lr"])
    right = _by_torch(data, FP64[0]["lr"])[name]
    scale = right.abs().max()
    assert _outside(answer, {name: right + 1e-9 * scale}) == [name]
    assert _outside(answer, {name: right * (1 + 1e-9)}) == [name]
    assert _outside(answer, {name: right.float().double()}) == [name]


def test_nothing_is_tolerated_of_what_is_only_copied():
    answer = oracle(draw(FP64[0], 1), 0.1)
    assert all(answer.tolerance[name].count_nonzero() == 0 for name in ("X", "Y_gt", "W", "b"))


@pytest.mark.parametrize("challenge", EXACT, ids=lambda c: c.values.value)
def test_integers_leave_no_room_for_rounding(challenge):
    data = draw(challenge, 11)
    answer = oracle(data, challenge["lr"])
    for name, tensor in _by_torch(data, challenge["lr"]).items():
        if name in QUANTITIES:
            assert torch.equal(tensor.double(), answer.quantity[name]), name


def test_wide_integers_do_not_survive_a_tf32_product():
    wide = draw(EXACT[1], 0)
    as_tf32 = (wide.X.view(torch.int32) & ~0x1FFF).view(torch.float32)
    assert not torch.equal(as_tf32, wide.X)
    narrow = draw(EXACT[0], 0)
    assert torch.equal((narrow.X.view(torch.int32) & ~0x1FFF).view(torch.float32), narrow.X)


@pytest.mark.parametrize("world_size", [1, 8])
def test_ones_and_the_identity_give_ones_and_the_output_size(world_size):
    """Megatron's test_layers: X = eye(8), W = ones; under a sum loss Y is 1 and dX the number of outputs."""
    X, W, b = torch.eye(8).double(), torch.ones(8 * world_size, 8).double(), torch.zeros(1, 8 * world_size).double()
    N, M = 8, 8 * world_size
    answer = oracle(Data(X, W, b, X @ W.T + b - N * M / 2), 1.0)
    assert torch.equal(answer.quantity["Y"], torch.ones(N, M).double())
    assert torch.equal(answer.quantity["dY"], torch.ones(N, M).double())
    assert torch.equal(answer.quantity["dX"], torch.full((N, 8), float(M)).double())
    assert torch.equal(answer.quantity["dW"], torch.ones(M, 8).double())
    assert torch.equal(answer.quantity["db"], torch.full((M,), 8.0).double())
    assert torch.equal(answer.quantity["W_new"], torch.zeros(M, 8).double())


@pytest.mark.parametrize(
    ("shape", "seed"),
    [((7, 13, 17), 12345), ((5, 2, 6), 0), ((5, 4, 3), 0), ((8, 8, 16), 42), ((9, 16, 10), 5), ((8, 10, 16), 0)],
    ids=["fairscale", "nanotron column", "nanotron row", "picotron", "PyTorch column", "PyTorch row"],
)
def test_a_sum_loss_of_others_cases_gives_their_gradients(shape, seed):
    N, K, M = shape
    torch.manual_seed(seed)
    X, W, b = torch.randn(N, K).double(), torch.randn(M, K).double(), torch.randn(1, M).double()
    answer = oracle(Data(X, W, b, X @ W.T + b - N * M / 2), 0.25)
    x, w, c = (t.clone().requires_grad_() for t in (X, W, b))
    (x @ w.T + c).sum().backward()
    for name, tensor in {"dX": x.grad, "dW": w.grad, "db": c.grad[0], "W_new": W - 0.25 * w.grad}.items():
        assert torch.allclose(answer.quantity[name], tensor, rtol=1e-12, atol=1e-12), name


def test_values_are_fresh_with_each_seed_and_the_same_with_one():
    one, same, other = (draw(FP64[0], seed) for seed in (1, 1, 2))
    assert torch.equal(one.X, same.X) and not torch.equal(one.X, other.X)


@pytest.mark.parametrize("values", Values)
def test_the_bias_is_never_zero(values):
    assert draw(case_of(4, 12, 16, 0.25, values=values), 0).b.ne(0).all()


def test_the_notebooks_default_device_does_not_matter():
    torch.set_default_device("meta")
    try:
        assert draw(FP64[0], 1).X.device.type == "cpu"
    finally:
        torch.set_default_device(None)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [(Values.POSITIVE, 5e5, 1e8), (Values.NEGATIVE, -1e-4, -5e-7), (Values.LARGE, -1e8, 1e8)],
)
def test_some_challenges_have_large_numbers_or_numbers_of_one_sign(values, low, high):
    data = draw(case_of(4, 12, 16, 0.25, values=values), 0)
    for tensor in (data.X, data.W, data.b, data.Y_gt):
        assert low <= tensor.min() and tensor.max() <= high
