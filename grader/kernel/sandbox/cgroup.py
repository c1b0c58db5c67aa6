"""Limits that the system itself keeps for all of a kernel's processes together, where it lets us: cgroup v2."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.kernel.sandbox.kernel_request import KernelLimits

MOUNT = Path("/sys/fs/cgroup")
NEEDED = {"memory", "pids"}
PERIOD = 100_000  # microseconds


@dataclass(frozen=True)
class Cgroup:
    """A cgroup of one kernel."""

    path: Path

    def enter(self) -> None:
        """Put this process, and all that it will start, into it."""
        (self.path / "cgroup.procs").write_text(str(os.getpid()))

    def ended_by_memory(self) -> bool:
        """Whether the system ended processes in it for want of memory."""
        with suppress(OSError):
            events = dict(line.split() for line in (self.path / "memory.events").read_text().splitlines())
            return events.get("oom_kill", "0") != "0"
        return False

    def remove(self, patience: float = 1.0) -> None:
        """End what is in it, if anything is, and take it away."""
        with suppress(OSError):
            (self.path / "cgroup.kill").write_text("1")
        end = time.monotonic() + patience
        while self.path.exists() and time.monotonic() < end:
            with suppress(OSError):
                self.path.rmdir()
                return
            time.sleep(0.005)


def find_parent(mount: Path = MOUNT, own: Path = Path("/proc/self/cgroup")) -> Path | None:
    """A cgroup below which we may make others that bound memory and processes; None where there is none."""
    if not (mount / "cgroup.controllers").is_file():
        return None
    return next((place for place in _candidates(mount, own) if _usable(place)), None)


def make(parent: Path, name: str, limits: KernelLimits) -> Cgroup:
    """A cgroup for one kernel, with its limits.

    Raises:
        OSError: the system refuses one of them.
    """
    path = parent / f"tensor-parallel-{name}"
    path.mkdir()
    cgroup = Cgroup(path)
    try:
        (path / "memory.max").write_text(str(limits.memory_mb << 20))
        # one process out of memory ends the whole kernel, not a part of it
        (path / "memory.oom.group").write_text("1")
        # the keeper and the first process count too
        (path / "pids.max").write_text(str(limits.processes + 2))
        for place, value in (
            ("memory.swap.max", "0"),
            ("cpu.max", f"{int(limits.processors * PERIOD)} {PERIOD}"),
        ):
            if (path / place).exists():
                (path / place).write_text(value)
    except OSError:
        cgroup.remove()
        raise
    return cgroup


def _candidates(mount: Path, own: Path) -> Iterator[Path]:
    """Our own cgroup and those above it, nearest first."""
    with suppress(OSError):
        for line in own.read_text().splitlines():
            if line.startswith("0::"):
                place = mount / line[3:].lstrip("/")
                yield from (above for above in (place, *place.parents) if above.is_relative_to(mount))


def _usable(place: Path) -> bool:
    """Whether children of it can be limited, and processes be moved into them."""
    with suppress(OSError):
        given = set((place / "cgroup.subtree_control").read_text().split())
        return given >= NEEDED and os.access(place, os.W_OK) and os.access(place / "cgroup.procs", os.W_OK)
    return False
