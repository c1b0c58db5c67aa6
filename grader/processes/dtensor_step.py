"""PyTorch's own tensor parallelism: an SGD step of a linear layer by ColwiseParallel or RowwiseParallel."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_tensor
from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

from grader.processes.calls import Calls

COLUMN, ROW = "column", "row"


def step(cut: str, X: Tensor, W: Tensor, b: Tensor | None, Y_gt: Tensor, lr: float) -> dict[str, Any]:
    """One SGD step on whole tensors, as one rank takes part in it; what it returns are this rank's parts.

    `cut` is `column` (W's rows, as it is stored) or `row` (its columns, and the columns of X).
    """
    mesh = init_device_mesh(X.device.type, (dist.get_world_size(),))
    layer = nn.Linear(W.shape[1], W.shape[0], bias=b is not None, device=X.device, dtype=X.dtype)
    with torch.no_grad():
        layer.weight.copy_(W)
        if b is not None:
            layer.bias.copy_(b.reshape(-1))
    parallelize_module(layer, mesh, ColwiseParallel(output_layouts=Replicate()) if cut == COLUMN else RowwiseParallel())
    X_in = X.clone() if cut == COLUMN else distribute_tensor(X, mesh, [Shard(1)])
    X_in.requires_grad_()
    Calls.forget()  # so far nothing of the step

    Y = layer(X_in)
    (Y - Y_gt).square().mean().backward()
    made = {"Y": Y, "dX": X_in.grad}
    with torch.no_grad():
        for name, parameter in (("W", layer.weight), ("b", layer.bias)):
            if parameter is not None and parameter.grad is not None:
                made |= {f"d{name}": parameter.grad, name: parameter.sub_(lr * parameter.grad)}
        return {name: _part(tensor) for name, tensor in made.items()}


def _part(tensor: Any) -> Tensor:
    """What of a tensor lies on this rank."""
    part = tensor.to_local() if isinstance(tensor, DTensor) else tensor
    part = part.wait() if hasattr(part, "wait") else part
    return torch.empty_like(part).copy_(part.detach())
