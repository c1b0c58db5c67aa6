"""What softmax, norms and lookups do to weights: nothing that looks like them becomes data by them."""

from __future__ import annotations

import pytest
import torch

from grader.bench import record
from grader.judge.pages import pages
from grader.lab.variables import Naming, Role, Var

NAMES = Naming(
    {
        "W_gpu1": Var("W_gpu1", "W", Role.WEIGHT, 1, 0),
        "W_gpu2": Var("W_gpu2", "W", Role.WEIGHT, 2, 0),
        "X": Var("X", "X", Role.ACTIVATION),
        "ids": Var("ids", "ids", Role.TOKEN),
    },
    "{name}_gpu{device}",
)
CROSSES = "left = {} + W_gpu2[:, :{}]"


def faults(cell: str) -> list[str]:
    given = {"W_gpu1": torch.randn(8, 6), "W_gpu2": torch.randn(8, 6), "X": torch.randn(5, 6), "ids": torch.arange(5)}
    return [violation.message.render("en") for violation in pages(record(cell, given), NAMES)[-1].violations]


@pytest.mark.parametrize(
    "laundered",
    [
        "W_gpu1.softmax(1)", "W_gpu1.log_softmax(1)", "nn.functional.layer_norm(W_gpu1, (6,))", "nn.functional.rms_norm(W_gpu1, (6,))",
        "nn.functional.embedding(torch.arange(8), W_gpu1)", "W_gpu1[torch.arange(8)]", "W_gpu1.gather(1, torch.zeros(8, 6, dtype=torch.int64))",
        "torch.zeros(8, 6).scatter_reduce(0, torch.zeros(8, 6, dtype=torch.int64), W_gpu1, 'sum')", "nn.functional.silu(W_gpu1)", "nn.functional.gelu(W_gpu1)",
    ],
)  # fmt: skip
def test_weights_stay_weights(laundered: str):
    assert any("weights" in fault for fault in faults(f"made = {laundered}\nleft = made + W_gpu2"))


@pytest.mark.parametrize(
    "made", ["nn.functional.embedding(ids, W_gpu1)", "W_gpu1[ids]", "W_gpu1.index_select(0, ids - 0)", "W_gpu1[(ids * 1).clamp(max=7)]",
     "W_gpu1[torch.where(ids > 2, torch.zeros_like(ids), ids - 0)]"]
)
def test_the_rows_of_tokens_are_activations_and_may_cross(made: str):
    assert faults(f"one = {made}\nother = {made.replace('gpu1', 'gpu2')}\nY = one + other") == []


def test_rows_by_numbers_made_of_data_are_weights_all_the_same():
    cell = "order = X[:, 0].argsort()\nleft = W_gpu1[order] + W_gpu2[order]"
    assert any("weights" in fault for fault in faults(cell))


def test_attention_by_torch_is_followed():
    cell = "q = (X @ W_gpu1.T)[None, None]\nY = nn.functional.scaled_dot_product_attention(q, q, q, is_causal=True)"
    assert faults(cell) == []
