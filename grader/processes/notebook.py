"""What a notebook's cell can say: `run_on_processes`, `by_pytorch` and `side_by_side`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch.distributed as dist
from torch import Tensor

from grader.bench.evidence import asked_for
from grader.bench.ledger import Ledger
from grader.lab.messages import N_, Message, message
from grader.pictures.outcome import UNSOLVED, Outcome, framed, wrapped
from grader.processes.plain import NotPlain
from grader.processes.pool import MOST_RANKS, Made, Pool, RunFailed, enough_gpus
from grader.processes.program import CannotTravel, Program, program_of
from grader.processes.tables import compared, shown

GLOO, NCCL = "gloo", "nccl"
POOL = Pool()


class ProcessesFailed(RuntimeError):
    """A run on real processes came to nothing; the text says which rank, where and why. Shown without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return wrapped(str(self))


@dataclass(frozen=True)
class Run:
    """What each rank's function returned: `run[0]` is rank 0's. `calls` has each rank's collectives and messages: how
    many of each kind, and the numbers that it handed in.

    Where processes are not started, there are no results, and `why_not` says why.
    """

    function: str
    results: tuple[Any, ...] = ()
    calls: tuple[Mapping[str, tuple[int, int]], ...] = ()
    backend: str = GLOO
    why_not: Message | None = None

    def __getitem__(self, rank: int) -> Any:
        return self.results[rank]

    def __len__(self) -> int:
        return len(self.results)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        if self.why_not is not None:
            return _not_run(self.why_not)._repr_mimebundle_()
        made = shown(self.function, self.backend, self.results, self.calls, Ledger.language)
        return made._repr_mimebundle_()


def run_on_processes(function: Any, inputs: Sequence[Any], *, seconds: float = 30.0, backend: str | None = None) -> Run:
    """Run a function of this notebook on real processes of torch.distributed, one for each item of `inputs`.

    An item is what one rank's function gets: a dict by name, or a tuple. It travels, so that nothing the function
    changes in it changes here. `backend` is `gloo` or `nccl`; by default nccl where each rank can have a GPU of its
    own.

    Raises:
        ProcessesFailed: a rank failed, ended, or wasn't done after so many `seconds`.
    """
    name = str(getattr(function, "__name__", function))
    if asked_for():
        return Run(name, why_not=message(N_("real processes are not started when a submission is graded")))
    try:
        program = program_of(function)
    except CannotTravel as problem:
        raise _failure(problem.message) from None
    return _run(name, program, inputs, seconds, backend)


def by_pytorch(
    cut: str,
    X: Tensor,
    W: Tensor,
    b: Tensor | None,
    Y_gt: Tensor,
    lr: float,
    world_size: int,
    *,
    seconds: float = 30.0,
    backend: str | None = None,
) -> Run:
    """The same SGD step of a linear layer by PyTorch's own ColwiseParallel (`cut` is "column") or RowwiseParallel
    ("row"), on as many processes. X, W, b and Y_gt are whole; each rank returns its parts, by name.

    Raises:
        ProcessesFailed: a rank failed, ended, or wasn't done after so many `seconds`.
    """
    style = {"column": "ColwiseParallel", "row": "RowwiseParallel"}.get(cut)
    if style is None:
        raise _failure(message(N_("`cut` is column or row, not {cut}"), cut=repr(cut)))
    if asked_for():
        return Run(style, why_not=message(N_("real processes are not started when a submission is graded")))
    program = Program("step", imports=(("step", "grader.processes.by_pytorch", "step"),))
    return _run(style, program, [(cut, X, W, b, Y_gt, lr)] * world_size, seconds, backend)


def side_by_side(yours: Run, pytorchs: Run) -> Outcome:
    """A table of two runs: which numbers are the same, and which collectives each of them called."""
    why_not = yours.why_not or pytorchs.why_not
    if why_not is not None:
        return _not_run(why_not)
    return compared(yours.results, pytorchs.results, yours.calls, pytorchs.calls, Ledger.language)


def _run(name: str, program: Program, inputs: Sequence[Any], seconds: float, backend: str | None) -> Run:
    if not 1 <= len(inputs) <= MOST_RANKS:
        said = N_("{count} processes: give the inputs of 1 to {most} ranks, a list with an item for each rank")
        raise _failure(message(said, count=len(inputs), most=MOST_RANKS))
    for rank, given in enumerate(inputs):
        if not isinstance(given, (Mapping, tuple, list)):
            said = N_("the inputs of rank {rank} are {type}: give a dict by name, or a tuple")
            raise _failure(message(said, rank=rank, type=type(given).__name__))
    if sys.platform == "win32" or not dist.is_available():
        said = N_("this Python can't start ranks of torch.distributed: use Linux, macOS or WSL (docs/processes.md)")
        raise _failure(message(said))
    if backend == NCCL and not enough_gpus(len(inputs)):
        raise _failure(message(N_("nccl needs a GPU for each of the {count} ranks: leave `backend` out"),
                               count=len(inputs)))  # fmt: skip
    cuda = backend == NCCL or (backend is None and enough_gpus(len(inputs)))
    try:
        made = POOL.run(program, inputs, seconds, cuda)
    except NotPlain as problem:
        said = N_("the inputs hold {type}: give tensors, numbers, and lists, tuples or dicts of them")
        raise _failure(message(said, type=problem)) from None
    except RunFailed as problem:
        _say(problem.printed)
        raise _failure(problem.message) from None
    _say(tuple(one.printed for one in made))
    return _run_of(name, made, NCCL if cuda else GLOO)


def _run_of(name: str, made: Sequence[Made], backend: str) -> Run:
    return Run(name, tuple(one.returned for one in made), tuple(one.calls for one in made), backend)


def _say(printed: Sequence[str]) -> None:
    """What the ranks printed, rank by rank."""
    for rank, words in enumerate(printed):
        for line in words.splitlines():
            sys.stdout.write(f"{rank} | {line}\n")


def _not_run(why: Message) -> Outcome:
    words = why.render(Ledger.language)
    return Outcome(framed(UNSOLVED, words, Ledger.language, ""), f"{UNSOLVED.sign} {words}")


def _failure(reason: Message) -> ProcessesFailed:
    return ProcessesFailed("✗ " + reason.render(Ledger.language))
