"""PyTorch's own ColwiseParallel and RowwiseParallel on the pool: the right step, and its collectives."""

from __future__ import annotations

import pytest
import torch

from grader.processes import notebook
from grader.processes.notebook import ProcessesFailed, by_pytorch
from grader.processes.pool import Pool
from grader.processes.tables import apart


@pytest.fixture(autouse=True)
def the_pool(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebook, "POOL", pool)


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
    return (X, W, b, Y_gt, 0.1), {"Y": Y, "dX": dX, "dW": dW, "db": db, "W": W - 0.1 * dW, "b": b[0] - 0.1 * db}


@pytest.mark.slow
@pytest.mark.parametrize("world_size", [1, 2, 3])
@pytest.mark.parametrize(
    ("cut", "calls"),
    [
        ("column", {"all_gather": 1, "all_reduce": 1}),
        ("row", {"all_reduce": 1}),
    ],
)
def test_the_step_is_that_of_one_device_at_even_and_uneven_sizes(cut: str, calls: dict, world_size: int) -> None:
    for sizes in ((3, 12, 6), (3, 11, 7)):
        given, expected = linear_step(*sizes)
        run = by_pytorch(cut, *given, world_size)
        for name, want in expected.items():
            assert apart([part[name] for part in run.results], [want])[1], name
        if world_size > 1:
            assert {kind: count for kind, (count, _) in run.calls[0].items()} == calls


def test_without_a_bias_there_is_none() -> None:
    (X, W, _, Y_gt, lr), _ = linear_step(2, 4, 4)
    assert set(by_pytorch("row", X, W, None, Y_gt, lr, 2)[0]) == {"Y", "dX", "dW", "W"}


def test_another_cut_is_refused() -> None:
    given, _ = linear_step(2, 4, 4)
    with pytest.raises(ProcessesFailed, match="`cut` is column or row, not 'rows'"):
        by_pytorch("rows", *given, 2)
    with pytest.raises(ProcessesFailed, match="world_size is 0"):
        by_pytorch("row", *given, 0)
