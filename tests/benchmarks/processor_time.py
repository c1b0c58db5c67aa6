"""Processor time of a command with all that it starts, kernels in sandboxes included.

A process that is ended by its namespace's end is missing in its parent's account, so Linux's own is read: a control
group's (cgroup v2, or v1's cpuacct). Where neither can be made, `RUSAGE_CHILDREN` is all there is, and too low.
"""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Cost:
    """What one command took, in seconds; `complete` says whether all of its processes are counted."""

    wall: float
    processor: float
    complete: bool


def cost(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end.

    Raises:
        subprocess.CalledProcessError: it fails.
    """
    group = _group()
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=None if group is None else lambda: _enter(group),
    )
    code = process.wait()
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if group is not None:
        spent = _spent(group)
        time.sleep(0.2)
        with suppress(OSError):
            group.rmdir()
    if code:
        raise subprocess.CalledProcessError(code, command)
    return Cost(wall, spent, group is not None)


def _group() -> Path | None:
    for place, file in ((ROOT / "cpuacct", "cpuacct.usage"), (ROOT, "cpu.stat")):
        group = place / f"benchmark-{os.getpid()}-{time.monotonic_ns()}"
        with suppress(OSError):
            if (place / file).exists():
                group.mkdir()
                return group
    return None


def _enter(group: Path) -> None:
    (group / "cgroup.procs").write_text(str(os.getpid()))


def _spent(group: Path) -> float:
    if (usage := group / "cpuacct.usage").exists():
        return int(usage.read_text()) / 1e9
    lines = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
    return int(lines["usage_usec"]) / 1e6
