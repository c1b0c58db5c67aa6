"""For the curious: `record` a cell of your own, read its `Ledger`, and plot it."""

import textwrap
from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from grader.bench.recorder import BY_HAND, Recorder
from grader.judge.ledger import Collective, Moment, Violation
from grader.judge.ledger.homes import DEVICES
from grader.judge.pages import pages
from grader.judge.replay import DTYPES, Refused
from grader.judge.trace import Trace
from grader.lab.messages import N_, message
from grader.lab.registry import labs
from grader.lab.variables import Naming
from grader.pictures import Picture, picture


class NotRecorded(RuntimeError):
    """A cell that could not be recorded or read; shown without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return textwrap.wrap(str(self), 100, subsequent_indent="  ", break_long_words=False)


def record(cell: str, inputs: Mapping[str, Tensor]) -> Trace:
    """The trace of a cell's text, run on these tensors in a namespace of its own, where `torch` and `nn` are known.

    The tensors are cloned first, so that nothing that the cell does to them reaches yours (a leaf that requires a
    gradient becomes a plain tensor); every tensor variable that the cell leaves is an output.

    Raises:
        NotRecorded: the cell failed, or is no text, or an input is no tensor; the message says what to do.
    """
    if not isinstance(cell, str):
        raise _failure(N_("record takes the text of a cell, not a {type}"), type=type(cell).__name__)
    for name, tensor in dict(inputs).items():
        if not isinstance(tensor, Tensor):
            found = type(tensor).__name__
            raise _failure(N_("the input {name} is a {type}, not a torch tensor"), name=name, type=found)
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

    phase = Recorder().record(BY_HAND, cell, namespace, given, made)
    for trouble in (phase.error, *phase.problems):
        if trouble is not None:
            raise _failure("{trouble}", trouble=trouble)
    return Trace((phase,))


class Ledger:
    """What a trace's last phase did: who held how much of the weights, and what crossed between the devices.

    The trace is replayed without numbers, on shapes alone. `homes` says where its inputs lie, by name: a device, or
    several; without it names say so, and which are weights, as the notebook's lab has it.

    Attributes:
        language: of the pictures; that of the notebook where `%language` was said.
        naming: how names are read; that of the notebook's lab, or of the first lab where the notebook names none.

    Raises:
        NotRecorded: the trace holds something that only numbers decide (a mask, `nonzero`), or `homes` names what is
            not there.
    """

    language: ClassVar[str] = "en"
    naming: ClassVar[Naming | None] = None

    def __init__(self, trace: Trace, homes: Mapping[str, int | tuple[int, ...]] | None = None) -> None:
        names = self.naming or next((lab.naming for lab in labs().values()), Naming())
        self._homes = {
            name: frozenset({home} if isinstance(home, int) else home) for name, home in (homes or {}).items()
        }
        if not isinstance(trace, Trace) or not trace.phases:
            raise _failure(N_("Ledger takes a trace, what `record(cell, inputs)` gives"))
        given_names = {name for phase in trace.phases for name, _ in phase.inputs}
        for name, home in self._homes.items():
            if name not in given_names:
                raise _failure(N_("homes names {name}, which is no input of the cell"), name=name)
            if not home or not home <= DEVICES:
                said = N_("homes puts {name} on {home}: there are devices 1 and 2")
                raise _failure(said, name=name, home=tuple(home))
        for name in given_names:
            if names.home(name) not in (None, *DEVICES):
                raise _failure(N_("{name} lies on no device that there is: there are devices 1 and 2"), name=name)
        try:
            self._page = pages(trace, names, self._homes)[-1]
        except Refused as refused:
            raise _failure(
                N_("the ledger knows shapes and no numbers, and this can't be followed by shapes alone ({reason})"),
                reason=dict(refused.message.facts).get("code") or refused.message,
            ) from None
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


def _failure(template: str, **facts: object) -> NotRecorded:
    return NotRecorded(message(template, **facts).render(Ledger.language))
