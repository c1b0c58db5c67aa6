"""What this system gives for the sandbox, found out by trying each step in a process of its own."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.kernel.sandbox import cgroup
from grader.kernel.sandbox.isolation import has_root
from grader.kernel.sandbox.kernel_request import KernelLimits
from grader.lab.messages import N_, Message, message


@dataclass(frozen=True)
class Ability:
    """One thing that the sandbox is made of: whether this system gives it, and what there is to say."""

    name: Message
    given: bool
    remark: Message
    needed: bool = True


def survey() -> tuple[Ability, ...]:
    """Everything that the sandbox needs or would like, with what this system says to it. To be called in a process with
    one thread."""
    linux = sys.platform == "linux"
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    found = [Ability(message(N_("Linux")), linux, message("{system}", system=system))]
    if not linux:
        return tuple(found)
    root = has_root()
    who = N_("as root: one of its own") if root else N_("as an ordinary user: a user namespace of its own")
    found.append(Ability(message(N_("a user for each kernel")), True, message(who)))
    found += _steps(root)
    parent = cgroup.find_parent()
    none = message(N_("no: memory is looked at ten times a second instead, and the processor isn't shared out"))
    where = message("{place}", place=parent) if parent else none
    found.append(Ability(message(N_("cgroup v2")), parent is not None, where, needed=False))
    if parent is None:
        given = Path("/proc/self/smaps_rollup").exists() and Path(f"/proc/self/task/{os.getpid()}/children").exists()
        found.append(Ability(message(N_("memory of each process")), given, message("/proc/PID/smaps_rollup")))
    return tuple(found)


def complete(abilities: tuple[Ability, ...]) -> bool:
    """Whether the sandbox can be had."""
    return all(ability.given for ability in abilities if ability.needed)


def _steps(root: bool) -> list[Ability]:
    """The sandbox's steps in their order, until one is refused."""
    from grader.kernel.sandbox import isolation
    from grader.kernel.sandbox.visible_files import kernel_view

    user = isolation.FIRST_USER if root else isolation.STUDENT
    limits = KernelLimits()
    first: list[tuple[str, Callable[[], None]]] = [
        (N_("processes of its own"), lambda: isolation.separate_processes(root))
    ]
    inside: list[tuple[str, Callable[[], None]]] = [
        (N_("mounts, network, IPC and host name of its own"), isolation.separate_everything_else),
        (N_("a view of chosen directories, read-only"), lambda: isolation.build_view(kernel_view(), {}, user, limits)),
        (N_("no rights, few system calls (seccomp)"), lambda: isolation.give_up_rights(user, root, limits)),
    ]
    names = [name for name, _ in first + inside]

    def go(tell: Callable[[str], None]) -> None:
        # the first process of a process namespace is a child of the one that asks for it
        if _try(first, tell) and os.fork() == 0:
            _try(inside, tell)

    reports = _in_a_child(go)
    abilities = []
    for place, name in enumerate(names):
        said = reports[place] if place < len(reports) else N_("not tried")
        remark = message(said) if said == "not tried" else message("{why}", why=said)
        abilities.append(Ability(message(name), said == "", remark))
    return abilities


def _try(steps: list[tuple[str, Callable[[], None]]], tell: Callable[[str], None]) -> bool:
    for _, step in steps:
        try:
            step()
        except OSError as problem:
            tell(str(problem))
            return False
        tell("")
    return True


def _in_a_child(work: Callable[[Callable[[str], None]], None]) -> list[str]:
    """What the work told, a line each; it may fork, and ends with its process."""
    ours, theirs = os.pipe()

    def tell(text: str) -> None:
        os.write(theirs, f"{text}\n".encode())

    if (child := os.fork()) == 0:
        with suppress(BaseException):
            work(tell)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as told:
        lines = told.read().splitlines()
    os.waitpid(child, 0)
    return lines
