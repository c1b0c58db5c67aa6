"""For the curious: `record` a cell of your own, read its `Ledger`, and plot it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from grader.bench.recorder import Recorder
from grader.judge.budget import Budget
from grader.judge.ledger import Book, Collective, Moment, Violation
from grader.judge.ledger import Ledger as Page
from grader.judge.ledger.homes import Home
from grader.judge.replay import DTYPES, Slots, replay_phase
from grader.judge.trace import Trace
from grader.pictures import Picture, picture

NAME = "cell"


def record(cell: str, inputs: Mapping[str, Tensor]) -> Trace:
    """The trace of a cell's text, run on these tensors in a namespace of its own, where `torch` and `nn` are known.

    The tensors are cloned first, so that nothing that the cell does to them reaches yours; every tensor variable that
    it leaves is an output.

    Raises:
        RuntimeError: the cell failed; the message says in which line.
    """
    given = {name: tensor.detach().clone() for name, tensor in inputs.items()}
    namespace: dict[str, Any] = {"__name__": "__main__", "torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    known = set(namespace)
    namespace.update(given)

    def made() -> dict[str, Tensor]:
        return {
            name: value
            for name, value in namespace.items()
            if isinstance(value, Tensor) and name not in known and value is not given.get(name)
        }

    phase = Recorder().record(NAME, cell, namespace, given, made)
    for trouble in (phase.error, *phase.problems):
        if trouble is not None:
            raise RuntimeError(trouble.render())
    return Trace((phase,))


class Ledger:
    """What a trace's last phase did: who held how much of the weights, and what crossed between the devices.

    The trace is replayed without numbers, on shapes alone. `homes` says where its inputs lie, by name: a device, or
    several; without it, `*_gpu1` lies on device 1, `*_gpu2` on device 2 and everything else on both. Weights are
    called W, W1, W2 ..., with `_gpu1` or `_gpu2` behind it or not, and their gradients dW, dW1 ...

    Attributes:
        language: of the pictures; that of the notebook where `%language` was said.

    Raises:
        grader.judge.replay.Refused: the trace holds something that only numbers decide (a mask, `nonzero`).
    """

    language: ClassVar[str] = "en"

    def __init__(self, trace: Trace, homes: Mapping[str, int | tuple[int, ...]] | None = None) -> None:
        self._homes = {
            name: frozenset({home} if isinstance(home, int) else home) for name, home in (homes or {}).items()
        }
        self._page = pages(trace, self._homes)[-1]
        given = trace.phases[-1].inputs
        self._bytes = max((DTYPES[tensor.dtype].itemsize for _, tensor in given), default=4)

    @property
    def held(self) -> tuple[Moment, ...]:
        """Numbers of the weights and of their gradient on each device, before the cell and at each operation."""
        return self._page.held

    @property
    def collectives(self) -> tuple[Collective, ...]:
        """What crossed between the devices: kind, numbers in all, shape of the result, line."""
        return self._page.collectives

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Where the rule of the course was broken, as far as that shows without sizes to measure by."""
        return self._page.violations

    def plot(self) -> Picture:
        """The ledger as a picture; a notebook shows it as the last expression of a cell."""
        return picture(self._page, None, self.language, self._bytes, rule=True)


def pages(trace: Trace, homes: Mapping[str, Home] | None = None) -> list[Page]:
    """The ledger of each phase of a trace, replayed on meta tensors: shapes without numbers.

    Raises:
        Refused: it holds something that only numbers decide.
    """
    book, slots, read = Book(), Slots(), []
    for phase in trace.phases:
        inputs = {
            name: torch.empty(given.shape, dtype=DTYPES[given.dtype], device="meta") for name, given in phase.inputs
        }
        book.begin(inputs, homes=homes)
        outputs = replay_phase(
            phase, inputs, slots, torch.device("meta"), book.watch, budget=Budget.without_limits()
        )
        read.append(book.close(outputs))
    return read
