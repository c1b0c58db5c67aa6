"""Entries made by hand, and ledgers read off cells."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from grader.bench.ledger import record
from grader.judge.ledger import Ledger
from grader.judge.ledger.entries import Entry, Piece
from grader.judge.pages import pages
from grader.labs.linear.lab import NAMING

Read = Callable[..., Ledger]
N, K, M = 2, 6, 8


def piece(storage: int, *shape: int, of: int = 0, offset: int = 0) -> Piece:
    """A tensor of that shape, by itself in its storage unless `of` says how many numbers that has."""
    made = Piece(storage, shape, 0, offset)
    return Piece(storage, shape, of or made.numbers, offset)


def entry(operation: str, *reads: Piece, makes: Piece | None = None, writes: Piece | None = None, line: int = 1) -> Entry:
    """One operation."""
    made = () if makes is None else (makes,)
    written = () if writes is None else (writes,)
    return Entry(operation, reads, written, made, line, f"line {line}")


@pytest.fixture
def read() -> Read:
    """`read(cell)`: the ledger of a cell over the shards of a column-parallel layer (6 inputs, 8 outputs, batch 2)."""

    def of(cell: str, **more: torch.Tensor) -> Ledger:
        inputs = {
            "X": torch.randn(N, K), "Y": torch.randn(N, M), "dY": torch.randn(N, M),
            "X_gpu1": torch.randn(N, K), "X_gpu2": torch.randn(N, K),
            "W_gpu1": torch.randn(M // 2, K), "W_gpu2": torch.randn(M // 2, K),
            "Y_gpu1": torch.randn(N, M // 2), "Y_gpu2": torch.randn(N, M // 2), **more,
        }  # fmt: skip
        return pages(record(cell, inputs), NAMING)[-1]

    return of
