"""PyTorch's own ColwiseParallel and RowwiseParallel run on the pool, and their collectives are counted."""

from __future__ import annotations

import pytest
import torch

from grader.processes.pool import Pool
from grader.processes.program import Program, Text
from grader.processes.tables import apart

STEP = """
import torch
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module


def step(world_size, cut, X, W, b, Y_gt, lr):
    mesh = init_device_mesh("cpu", (world_size,))
    layer = nn.Linear(W.shape[1], W.shape[0], dtype=X.dtype)
    with torch.no_grad():
        layer.weight.copy_(W)
        layer.bias.copy_(b[0])
    style = ColwiseParallel(output_layouts=Replicate()) if cut == "column" else RowwiseParallel()
    parallelize_module(layer, mesh, style, src_data_rank=None)
    X = X.clone() if cut == "column" else distribute_tensor(X, mesh, [Shard(1)], src_data_rank=None)
    X.requires_grad_()
    Y = layer(X)
    ((Y - Y_gt) ** 2).mean().backward()
    made = dict(Y=Y, dX=X.grad, dW=layer.weight.grad, db=layer.bias.grad)
    return {name: t.to_local() if isinstance(t, DTensor) else t.detach().clone() for name, t in made.items()}
"""


def linear_step(batch: int, fan_in: int, fan_out: int) -> tuple[tuple, dict[str, torch.Tensor]]:
    """Tensors of a step on one device, and what has to come of it."""
    generator = torch.Generator().manual_seed(5)
    X, W, b, Y_gt = (
        torch.randn(*shape, generator=generator, dtype=torch.float64)
        for shape in ((batch, fan_in), (fan_out, fan_in), (1, fan_out), (batch, fan_out))
    )
    Y = X @ W.T + b
    dY = 2 * (Y - Y_gt) / Y.numel()
    dX, dW, db = dY @ W, dY.T @ X, dY.sum(0)
    return (X, W, b, Y_gt, 0.1), {"Y": Y, "dX": dX, "dW": dW, "db": db}


@pytest.mark.slow
@pytest.mark.parametrize("world_size", [1, 2, 3])
@pytest.mark.parametrize(
    ("cut", "calls"),
    [
        ("column", {"all_gather": 1, "all_reduce": 1}),
        ("row", {"all_reduce": 1}),
    ],
)
def test_the_step_is_that_of_one_device_at_even_and_uneven_sizes(
    pool: Pool, cut: str, calls: dict, world_size: int
) -> None:
    for sizes in ((3, 12, 6), (3, 11, 7)):
        given, expected = linear_step(*sizes)
        made = pool.run(Program("step", (Text("cell", STEP),)), [(world_size, cut, *given)] * world_size, 60)
        for name, want in expected.items():
            assert apart([one.returned[name] for one in made], [want])[1], name
        if world_size > 1:
            assert {kind: count for kind, (count, _) in made[0].calls.items()} == calls

