"""What a notebook's cell can say: `run_on_processes` and `side_by_side`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch.distributed as dist
from torch import Tensor

from grader.bench.evidence import asked_for
from grader.bench.ledger import Ledger
from grader.bench.on_ranks import NotRun, argument_of, ranks_given
from grader.lab.messages import N_, Message, message
from grader.pictures.outcome import UNSOLVED, Outcome, framed, wrapped
from grader.processes.plain import NotPlain
from grader.processes.pool import MOST_RANKS, Made, Pool, RunFailed, enough_gpus
from grader.processes.program import CannotTravel, Program, program_of
from grader.processes.tables import compared, shown

GLOO, NCCL = "gloo", "nccl"
POOL = Pool()
NOT_WHEN_GRADED = message(N_("real processes are not started when a submission is graded"))


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


def run_on_processes(
    function: Any, *, makes: Sequence[str] = (), seconds: float = 30.0, backend: str | None = None, **given: Any
) -> Run:
    """Run a function of this notebook on real processes of torch.distributed, with arguments by name: a list has one
    for each rank, anything else is the same for all. `rank` and `world_size` come by themselves.

    Arguments travel, so that nothing the function changes in them changes here. `makes` are names for the parts of a
    tuple that it returns. `backend` is `gloo` or `nccl`; by default nccl where each rank can have a GPU of its own.

    Raises:
        ProcessesFailed: a rank failed, ended, or wasn't done after so many `seconds`.
    """
    name = str(getattr(function, "__name__", function))
    if asked_for():
        return Run(name, why_not=NOT_WHEN_GRADED)
    try:
        program = program_of(function)
    except CannotTravel as problem:
        raise _failure(problem.message) from None
    run = _run(name, program, _inputs(function, given), seconds, backend)
    return replace(run, results=tuple(_named(result, makes) for result in run.results))


def _inputs(function: Any, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each rank's arguments."""
    try:
        world_size = ranks_given(given, MOST_RANKS)
    except NotRun as problem:
        raise _failure(problem.message) from None
    takes = inspect.signature(function).parameters
    return [
        {name: value for name, value in (("rank", rank), ("world_size", world_size)) if name in takes}
        | {name: argument_of(value, rank) for name, value in given.items() if name != "world_size"}
        for rank in range(world_size)
    ]


def _named(result: Any, makes: Sequence[str]) -> Any:
    """The parts of a tuple by name, where they have names."""
    if isinstance(result, (list, tuple)) and len(result) == len(makes):
        return dict(zip(makes, result, strict=True))
    return {makes[0]: result} if len(makes) == 1 and isinstance(result, Tensor) else result


def side_by_side(yours: Run, other: Run) -> Outcome:
    """A table of two runs: which numbers are the same, and which collectives each of them called."""
    why_not = yours.why_not or other.why_not
    if why_not is not None:
        return _not_run(why_not)
    return compared(yours.results, other.results, yours.calls, other.calls, other.function, Ledger.language)


def _run(name: str, program: Program, inputs: Sequence[Any], seconds: float, backend: str | None) -> Run:
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
