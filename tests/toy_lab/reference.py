"""The truth of the toy lab: P = softmax(X gateᵀ), row by row."""

from __future__ import annotations

import torch
from torch import Tensor

from grader.lab import Case, numbers


def draw(case: Case, generator: torch.Generator) -> dict[str, Tensor]:
    """X (rows, width) and gate (classes, width)."""
    rows, width, classes = case["rows"], case["width"], case["classes"]
    X = numbers(case, generator, rows, width)
    return {"X": X, "gate": torch.randn(classes, width, generator=generator, dtype=torch.float64, device="cpu")}


def softmax(case: Case, X: Tensor, gate: Tensor) -> dict[str, Tensor]:
    """P (rows, classes), each row of which adds up to 1."""
    logits = X @ gate.T
    powers = (logits - logits.amax(1, keepdim=True)).exp()
    return {"P": powers / powers.sum(1, keepdim=True)}
