"""What a process and all below it hold in memory, for machines without cgroups."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def family(process: int) -> list[int]:
    """The process and all its descendants. Orphans inside a sandbox go to its first process, so none is lost."""
    found, left = [], [process]
    while left:
        found.append(left.pop())
        left += _children(found[-1])
    return found


def held(processes: list[int], enough: int) -> int:
    """Bytes that they hold; a page that several share counts once.

    Exact only above `enough`: below, the sum without regard to sharing settles it, which is quicker to get.
    """
    resident = sum(map(_resident, processes))
    return resident if resident <= enough else sum(map(_proportional, processes))


def _children(process: int) -> list[int]:
    """Every thread has a list of its own."""
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{process}/task"):
            with suppress(OSError):
                text = Path(f"/proc/{process}/task/{thread}/children").read_text()
                found += map(int, text.split())
    return found


def _resident(process: int) -> int:
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE
    return 0


def _proportional(process: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    # a process can hide these figures from us; that doesn't pay
    return _resident(process)
