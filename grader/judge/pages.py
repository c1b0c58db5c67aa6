"""What a trace's phases did, without numbers: their ledgers."""

from collections.abc import Mapping

import torch

from grader.judge.budget import Budget
from grader.judge.ledger import Book, Ledger
from grader.judge.ledger.homes import Home
from grader.judge.replay import DTYPES, Slots, replay_phase
from grader.judge.trace import Trace
from grader.lab.variables import Naming


def pages(trace: Trace, names: Naming, homes: Mapping[str, Home] | None = None) -> list[Ledger]:
    """The ledger of each phase of a trace, replayed on meta tensors: shapes without numbers. Raises Refused: it holds
    something that only numbers decide."""
    book, slots, read = Book(names), Slots(), []
    for phase in trace.phases:
        inputs = {
            name: torch.empty(given.shape, dtype=DTYPES[given.dtype], device="meta") for name, given in phase.inputs
        }
        book.begin(inputs, homes=homes)
        outputs = replay_phase(
            phase, inputs, slots, torch.device("meta"), book.watch, budget=Budget.without_limits()
        )
        others = {name: made for name, slot in phase.named if isinstance(made := slots.get(slot), torch.Tensor)}
        read.append(book.close(outputs, others))
    return read
