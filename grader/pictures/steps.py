"""Steps: a cell's operations in order, in as many columns as a chart has room for, by the student's lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

MOST_COLUMNS = 120
MOST_STRETCHES = 14


@dataclass(frozen=True)
class Stretch:
    """Steps in a row, from `start` up to `end`, that come from one line of the cell, or from a loop over several."""

    first: int
    last: int
    start: int
    end: int

    @property
    def name(self) -> str:
        """`8`, or `5–7` for a loop; empty for what was before the cell."""
        if not self.last:
            return ""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


def columns(values: Sequence[float], most: int = MOST_COLUMNS) -> list[float]:
    """The values in at most so many columns, each as high as the highest value in it."""
    if len(values) <= most:
        return list(values)
    ends = [len(values) * i // most for i in range(most + 1)]
    return [max(values[start:end]) for start, end in pairwise(ends)]


def stretches(lines: Sequence[int]) -> list[Stretch]:
    """Steps by line; where that makes too many, those of a loop (the line numbers go back) as one."""
    parts: list[Stretch] = []
    for step, line in enumerate(lines):
        if parts and parts[-1].last == line:
            parts[-1] = replace(parts[-1], end=step + 1)
        else:
            parts.append(Stretch(line, line, step, step + 1))
    return parts if len(parts) <= MOST_STRETCHES else _loops(parts)


def _loops(parts: Sequence[Stretch]) -> list[Stretch]:
    out: list[Stretch] = []
    for part in parts:
        while out and part.first and out[-1].last >= part.first:
            before = out.pop()
            part = Stretch(min(before.first, part.first), max(before.last, part.last), before.start, part.end)
        out.append(part)
    return out
