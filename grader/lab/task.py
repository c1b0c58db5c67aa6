"""Tasks: one graded exercise each, and the collectives that it needs."""

from collections.abc import Callable
from dataclasses import dataclass

from grader.lab.case import Case
from grader.lab.variables import Var


@dataclass(frozen=True)
class Signature:
    """A collective that a task's pass of the layer needs: its kind, the output that it makes, and why, as a message.

    Kinds are `all-gather` and `all-reduce`, between ranks `reduce-scatter` too. Where it is optional, the pass can do
    without.
    """

    kind: str
    makes: str
    why: str
    optional: bool = False


@dataclass(frozen=True)
class Task:
    """One graded exercise.

    Attributes:
        name: `section.step`.
        points: what it is worth; this is the one place that says so.
        makes: the variables that it has to make, or that its function returns, in order.
        takes: of a function that ranks run, the arguments in order: variables, or names of the case's numbers.
        function: what the student calls that function.
        helpers: the text of functions that stand in place of the student's own of earlier tasks while ranks run it, so
            that a mistake in those costs no point here.
        calls: the kinds of calls that ranks may make in it, `send` and `recv` among them; all where it says none.
        traffic: the most numbers that may leave a rank in it, or arrive at one; None where that is free.
        leaves: names of plain values that its cell leaves for later tasks; the section's `parameters` say them.
        gone: variables that the section's start has and this task may not see.
        updates: input variables that the task is there to change; all others must stay as they are.
        apart: outputs that share no memory with an input.
        owns: outputs that need memory of their own, shared with no input and no other output, and no larger.
        replicas: inputs or outputs that must stay equal to each other, or on all ranks; `replica_of` is the output that
            they may have become.
        ruled: whether the rule of the section holds in it.
        collectives: what has to cross between the devices in it.
        afterwards: our own statements that run behind the student's cell, recorded as a phase of their own;
            `makes_afterwards` are the variables that these leave.
    """

    name: str
    points: float = 1
    makes: tuple[Var, ...] = ()
    takes: tuple[Var | str, ...] = ()
    function: str = ""
    helpers: str = ""
    calls: tuple[str, ...] = ()
    traffic: Callable[[Case], int] | None = None
    leaves: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    owns: tuple[str, ...] = ()
    replicas: tuple[str, ...] = ()
    replica_of: str = ""
    ruled: bool = False
    collectives: tuple[Signature, ...] = ()
    afterwards: str = ""
    makes_afterwards: tuple[Var, ...] = ()

    @property
    def name_afterwards(self) -> str:
        """The name of the phase that records `afterwards`."""
        return f"{self.name} afterwards"

    @property
    def outputs(self) -> tuple[str, ...]:
        return tuple(var.name for var in self.makes)
