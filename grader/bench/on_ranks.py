"""A task's function run on numbers of the student's own choice, on recorded ranks: what each one makes, and how many
numbers leave it and arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from grader.bench.quiet import quiet
from grader.bench.ranks import record_rank
from grader.judge.ranks import RankBook, Stuck, replay_ranks
from grader.judge.ranks.rank import of_rank
from grader.judge.settings import settings_of
from grader.judge.trace import Trace
from grader.lab.case import MOST_RANKS, Case
from grader.lab.messages import N_, Message, message
from grader.lab.section import Section
from grader.lab.task import Task
from grader.lab.variables import Var

SHOWN = 16  # so many numbers of a tensor are written out; of a larger one its shape


class NotRun(ValueError):
    """A function that can't be run like this; `.message` says what to do."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason.render())
        self.message = reason


@dataclass(frozen=True)
class RankRun:
    """What the ranks made: `run[0]` has rank 0's tensors by name; `moved` how many numbers left each rank and how many
    arrived at it."""

    results: tuple[Mapping[str, Tensor], ...]
    moved: tuple[tuple[int, int], ...]
    language: str = "en"

    def __getitem__(self, rank: int) -> Mapping[str, Tensor]:
        return self.results[rank]

    def __len__(self) -> int:
        return len(self.results)

    def __str__(self) -> str:
        lines = []
        for rank, (made, (left, arrived)) in enumerate(zip(self.results, self.moved, strict=True)):
            shown = ", ".join(f"{name} = {_shown(tensor)}" for name, tensor in made.items())
            line = message(
                N_("rank {rank}: {made}   (numbers sent: {left}, received: {arrived})"),
                rank=rank, made=shown, left=left, arrived=arrived,
            )  # fmt: skip
            lines.append(line.render(self.language))
        return "\n".join(lines)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


def run_on_ranks(
    section: Section, task: Task, text: str, carried: Mapping[str, Any], given: Mapping[str, Any], language: str = "en"
) -> RankRun:
    """Run a task's function, the cell's `text`, on `given` arguments by name: a list has one for each rank, anything
    else is the same for all. `rank` and `world_size` come by themselves. Functions of earlier tasks are the student's
    own, right or wrong.

    Raises:
        NotRun: an argument is missing or unknown, or lists differ in length.
        Stuck: the ranks cannot go on together; the message says which of them, where and why.
    """
    world = _world(task, given)
    case = Case({}, {}, torch.get_default_dtype(), world=world)
    traces, inputs = [], []
    with quiet(), settings_of(case):
        for rank in case.ranks:
            arguments = _arguments(task, given, rank, world)
            plain = [var.name for var in task.makes if var.number]
            traces.append(
                record_rank(text, task.function, rank, world, arguments, task.outputs, task.name, carried, plain)
            )
            again = _arguments(task, given, rank, world)  # the function may have written into its own
            inputs.append({name: value for name, value in again.items() if isinstance(value, Tensor)})
        return _replayed(section, traces, inputs, language)


def _replayed(
    section: Section, traces: Sequence[Trace], inputs: Sequence[Mapping[str, Tensor]], language: str
) -> RankRun:
    phases = [trace.phases[0] for trace in traces]
    books = [RankBook(section.names, None, 0) for _ in phases]
    error = next((of_rank(rank, phase.error) for rank, phase in enumerate(phases) if phase.error is not None), None)
    try:
        together = replay_ranks(phases, inputs, books, torch.device("cpu"))
    except Stuck as stuck:
        raise Stuck(error or stuck.message) from None
    if error is not None:
        raise Stuck(error)
    moved = tuple(
        (sum(each.leaves[rank] for each in together.crossings), sum(each.arrives[rank] for each in together.crossings))
        for rank in range(len(phases))
    )
    return RankRun(together.outputs, moved, language)


def _world(task: Task, given: Mapping[str, Any]) -> int:
    names = [var.name if isinstance(var, Var) else var for var in task.takes]
    for name in given:
        if name not in names or name in ("rank", "world_size"):
            wanted = ", ".join(each for each in names if each not in ("rank", "world_size"))
            raise NotRun(message(N_("{function} takes no {name}: give it {names}"), function=task.function, name=name,
                                 names=wanted))  # fmt: skip
    missing = [name for name in names if name not in given and name not in ("rank", "world_size")]
    if missing:
        raise NotRun(message(N_("{function} needs {names} too"), function=task.function, names=", ".join(missing)))
    return ranks_given(given, MOST_RANKS)


def ranks_given(given: Mapping[str, Any], most: int) -> int:
    """How many ranks arguments are for, of which a list has one for each; `world_size` may say it too. Raises NotRun:
    nothing says it, or not all say the same."""
    lengths = {len(value) for value in given.values() if isinstance(value, (list, tuple))}
    if isinstance(given.get("world_size"), int):
        lengths.add(given["world_size"])
    if len(lengths) != 1 or not 1 <= max(lengths) <= most:
        raise NotRun(
            message(N_("give at least one argument as a list with a tensor for each rank, and all lists of one length "
                       "(at most {most})"), most=most)
        )  # fmt: skip
    return lengths.pop()


def argument_of(value: Any, rank: int) -> Any:
    """A rank's own of an argument: its item of a list, all of anything else."""
    return value[rank] if isinstance(value, (list, tuple)) else value


def _arguments(task: Task, given: Mapping[str, Any], rank: int, world: int) -> dict[str, Any]:
    """A rank's arguments in the order of the task, tensors in memory of their own."""
    known: dict[str, Any] = {"rank": rank, "world_size": world}
    for name, value in given.items():
        own = argument_of(value, rank)
        known[name] = own.detach().clone() if isinstance(own, Tensor) else own
    return {name: known[name] for name in (var.name if isinstance(var, Var) else var for var in task.takes)}


def _shown(tensor: Tensor) -> str:
    if tensor.numel() > SHOWN:
        return str(tuple(tensor.shape))
    return str(_rounded(tensor.tolist())).replace("'", "")


def _rounded(value: Any) -> Any:
    return [_rounded(item) for item in value] if isinstance(value, list) else f"{value:.6g}"
