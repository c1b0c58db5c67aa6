"""The lab's own solutions on what other projects test their tensor-parallel layers with: their shapes, their numbers.

A loss of theirs that is the sum of Y comes out here with Y_gt = Y - batch * out / 2, which makes dY all ones.
"""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from torch import Tensor

from grader.bench.on_ranks import RankRun, run_on_ranks
from grader.bench.ranks import record_on
from grader.judge.exam import verdict_on
from grader.lab.case import Case
from grader.labs.ranks.lab import LAB, case_of
from tests.labs.corpora import solution_cells

CELLS = solution_cells("ranks")


def on_ranks(task: str, **given: object) -> RankRun:
    """The solution's function on these numbers; it finds the solution's other functions, as in a notebook."""
    namespace: dict[str, object] = {"torch": torch, "dist": torch.distributed, "F": torch.nn.functional}
    for name in ("ring.reduce_scatter", "ring.all_gather"):
        exec(CELLS[name], namespace)
    carried = {name: namespace[name] for name in ("reduce_scatter", "all_gather")}
    section = LAB.section(task)
    return run_on_ranks(section, section.task(task), CELLS[task], carried, given)


def parts(whole: Tensor, world: int, dim: int) -> list[Tensor]:
    return [part.clone() for part in whole.tensor_split([whole.shape[dim] * r // world for r in range(1, world)], dim)]


def step(kind: str, world: int, X: Tensor, W: Tensor, b: Tensor, Y_gt: Tensor, lr: float) -> dict[str, Tensor]:
    """One step of the cut layer, its parts joined; what every rank has whole is equal on all of them."""
    if kind == "column":
        run = on_ranks("column.step", X=[X] * world, W=parts(W, world, 0), b=parts(b, world, 1), Y_gt=Y_gt, lr=lr)
        joined = {"dW": 0, "W": 0, "db": 0, "b": 1}
    else:
        run = on_ranks("row.step", X=parts(X, world, 1), W=parts(W, world, 1), b=b, Y_gt=Y_gt, lr=lr)
        joined = {"dX": 1, "dW": 1, "W": 1}
    for name in run[0].keys() - joined.keys():
        assert all(torch.equal(run[0][name], run[rank][name]) for rank in range(world)), name
    made = {name: torch.cat([run[r][name] for r in range(world)], dim) for name, dim in joined.items()}
    return {**run[0], **made}


def sum_loss(X: Tensor, W: Tensor, b: Tensor) -> Tensor:
    Y = X @ W.T + b
    return Y - Y.numel() / 2


def by_autograd(X: Tensor, W: Tensor, b: Tensor, Y_gt: Tensor, lr: float) -> dict[str, Tensor]:
    X, W, b = (tensor.clone().requires_grad_() for tensor in (X, W, b))
    Y = torch.nn.functional.linear(X, W) + b
    ((Y - Y_gt) ** 2).mean().backward()
    with torch.no_grad():
        return {
            "Y": Y.detach(), "dX": X.grad, "dW": W.grad, "db": b.grad[0], "W": W - lr * W.grad, "b": b - lr * b.grad,
        }  # fmt: skip


def assert_alike(made: dict[str, Tensor], wanted: dict[str, Tensor], tolerance: float = 1e-12) -> None:
    for name, want in wanted.items():
        assert made[name].shape == want.shape, name
        assert torch.allclose(made[name], want, rtol=tolerance, atol=tolerance), name


def drawn(seed: int, batch: int, fan_in: int, fan_out: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    torch.manual_seed(seed)
    X, W, b = (torch.randn(*shape, dtype=torch.float64) for shape in ((batch, fan_in), (fan_out, fan_in), (1, fan_out)))
    return X, W, b, torch.randn(batch, fan_out, dtype=torch.float64)


BOTH = pytest.mark.parametrize("kind", ["column", "row"])


@BOTH
@pytest.mark.parametrize("world", [1, 8])
def test_megatron_identity_times_ones(kind: str, world: int):
    """NVIDIA/Megatron-LM, tests/unit_tests/tensor_parallel/test_layers.py: X = eye(8), W = ones: Y is 1, dX is 8."""
    X, W, b = torch.eye(8), torch.ones(8, 8), torch.zeros(1, 8)

    made = step(kind, world, X, W, b, sum_loss(X, W, b), 0.0)

    assert torch.equal(made["Y"], torch.ones(8, 8)) and torch.equal(made["dX"], torch.full((8, 8), 8.0))
    assert torch.equal(made["dW"], torch.ones(8, 8))


@BOTH
@pytest.mark.parametrize("world", [2, 4])
def test_megatron_whole_numbers_of_512_are_exact(kind: str, world: int):
    """The same file: operands of -8 to 8, 512 of them in a sum, are the same bit for bit however they are cut."""
    torch.manual_seed(1)
    X, W = (torch.randint(-8, 9, shape).float() for shape in ((4, 512), (512, 512)))
    b, Y_gt = torch.randint(-8, 9, (1, 512)).float(), torch.randint(-8, 9, (4, 512)).float()

    made, wanted = step(kind, world, X, W, b, Y_gt, 0.25), by_autograd(X, W, b, Y_gt, 0.25)

    assert torch.equal(made["Y"], wanted["Y"])


@pytest.mark.parametrize(("ranks", "total"), [(range(4), 6.0), (range(4, 8), 22.0)])
def test_megatron_mappings_ranks_add_up(ranks: range, total: float):
    """NVIDIA/Megatron-LM, test_mappings.py: ranks 0 to 3 add up to 6, 4 to 7 to 22; here by the lab's own ring."""
    run = on_ranks("ring.all_reduce", x=[torch.full((10,), float(rank)) for rank in ranks])

    assert all(torch.equal(run[rank]["total"], torch.full((10,), total)) for rank in range(4))


@BOTH
@pytest.mark.parametrize("world", [2, 3, 4])
def test_fairscale_sizes_that_grow_with_the_world(kind: str, world: int):
    """facebookresearch/fairscale, tests/nn/model_parallel/test_layers.py: 7 x 13 N -> 17 N, seed 12345."""
    X, W, b, Y_gt = drawn(12345, 7, 13 * world, 17 * world)

    assert_alike(step(kind, world, X, W, b, Y_gt, 0.1), by_autograd(X, W, b, Y_gt, 0.1))


@pytest.mark.parametrize("world", [2, 4])
def test_nanotron_sizes_of_both_layers(world: int):
    """huggingface/nanotron, tests/test_tensor_parallel.py: 5 x 2 -> 3 N by columns, 5 x 2 N -> 3 by rows."""
    for kind, fan_in, fan_out in (("column", 2, 3 * world), ("row", 2 * world, 3)):
        X, W, b, Y_gt = drawn(0, 5, fan_in, fan_out)
        assert_alike(step(kind, world, X, W, b, Y_gt, 0.1), by_autograd(X, W, b, Y_gt, 0.1))


def test_nanotron_the_bias_on_rank_0_alone_before_the_sum_is_right():
    """The same, of a row-parallel layer: an ordinary choice, and no bug (it was reported as one elsewhere)."""
    source = CELLS["row.step"].replace("    Y = X @ W.T\n", "    Y = X @ W.T + (b if rank == 0 else 0)\n")
    source = source.replace("    Y = Y + b\n", "")
    assert source.count("+ b") == 0
    section = LAB.section("row.step")

    for case in section.cases:
        traces = [record_on(section, section.task("row.step"), case, rank, source) for rank in case.ranks]
        assert verdict_on(section, "row.step", case, traces, seed=3).passed


@BOTH
@pytest.mark.parametrize("world", [2, 4])
def test_picotron_batches_of_sequences(kind: str, world: int):
    """huggingface/picotron, tests/test_tensor_parallel.py: (2, 4, 8) -> 16, seed 42; rows of batch and sequence."""
    X, W, b, Y_gt = drawn(42, 2 * 4, 8, 16)

    assert_alike(step(kind, world, X, W, b, Y_gt, 0.1), by_autograd(X, W, b, Y_gt, 0.1))


@BOTH
@pytest.mark.parametrize("world", [2, 4])
@pytest.mark.parametrize(("seed", "batch", "fan_in", "fan_out"), [(5, 9, 16, 10), (0, 8, 10, 16)])
def test_pytorch_parallelize_module(kind: str, world: int, seed: int, batch: int, fan_in: int, fan_out: int):
    """pytorch/pytorch, test/distributed/tensor/parallel/test_parallelize_api.py: sizes, seeds, and SGD with lr 0.25."""
    X, W, b, Y_gt = drawn(seed, batch, fan_in, fan_out)

    assert_alike(step(kind, world, X, W, b, Y_gt, 0.25), by_autograd(X, W, b, Y_gt, 0.25))


def collectives(task: str, case: Case) -> Counter[str]:
    section = LAB.section(task)
    traces = [record_on(section, section.task(task), case, rank, CELLS[task]) for rank in case.ranks]
    return Counter(crossing.kind for crossing in verdict_on(section, task, case, traces, seed=1).crossings)


@pytest.mark.parametrize("world", [2, 4])
def test_pytorch_counts_of_collectives(world: int):
    """pytorch/pytorch, test_tp_style.py: an all-reduce in the backward pass by columns, in the forward one by rows.

    Here Y is gathered besides, since the loss wants all of it.
    """
    assert collectives("column.step", case_of(world)) == {"all_gather": 1, "all_reduce": 1}
    assert collectives("row.step", case_of(world)) == {"all_reduce": 1}


@BOTH
def test_litgpt_weights_in_a_row(kind: str):
    """Lightning-AI/litgpt, tests/generate/test_tp.py: W = arange(64) as 8 x 8, on 4 ranks."""
    X, W, b = torch.eye(8), torch.arange(64.0).reshape(8, 8), torch.zeros(1, 8)

    made = step(kind, 4, X, W, b, sum_loss(X, W, b), 0.0)

    assert torch.equal(made["Y"], W.T) and torch.equal(made["dX"], W.sum(0).expand(8, 8))
