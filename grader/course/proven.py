"""Records that are known to be right: the same operations need not be tried on ever more values.

A record is right or wrong whoever hands it in, for nobody has seen the values that it was tried on. The right cells of
a class come down to few records: they differ in comments, spaces and the lines on which things stand. So what passed is
remembered by its operations, and who hands in the same ones has passed too. What fails is tried on its own values each
time, and tells of them.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from grader.judge.challenge import Challenge
from grader.judge.ledger import Due, Ledger
from grader.judge.pages import pages
from grader.judge.replay import Refused
from grader.judge.trace import MAX_STRING, Trace, to_json

MOST = 10_000


class Proven:
    """The records that have passed in this process, the latest of them."""

    def __init__(self, most: int = MOST) -> None:
        self._dues: OrderedDict[bytes, tuple[Due, ...]] = OrderedDict()
        self._most = most

    def find(self, key: bytes) -> tuple[Due, ...] | None:
        """What had to cross in a record with this key; None where none has passed."""
        if key in self._dues:
            self._dues.move_to_end(key)
        return self._dues.get(key)

    def add(self, key: bytes, due: tuple[Due, ...]) -> None:
        """A record with this key has passed."""
        self._dues[key] = due
        if len(self._dues) > self._most:
            self._dues.popitem(last=False)


def operations_key(task: str, records: Iterable[tuple[Challenge, Trace]]) -> bytes:
    """A hash of all that a task's outcome follows from: its records without the lines and the code in them."""
    found = hashlib.sha256(task.encode())
    for challenge, trace in records:
        found.update(json.dumps([challenge.to_plain(), to_json(_without_lines(trace))]).encode())
    return found.digest()


def texts_key(task: str, records: Iterable[tuple[Challenge, str]]) -> bytes | None:
    """The same for records that build on no earlier task's, from their texts, which need not be read as traces for it;
    None where one can't be read. Its keys are others than those of `operations_key`."""
    found = hashlib.sha256(f"texts of {task}".encode())
    try:
        for challenge, text in records:
            plain = json.loads(text)
            for phase in plain["phases"]:
                phase["nodes"] = [_node_without_line(*node) for node in phase["nodes"]]
            found.update(json.dumps([challenge.to_plain(), plain]).encode())
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found.digest()


def _node_without_line(operation: Any, args: Any, kwargs: Any, outputs: Any, line: Any, code: Any) -> list[Any]:
    if type(line) is not int or not 0 <= line < 2**31 or type(code) is not str or len(code) > MAX_STRING:
        raise ValueError("not a line")
    return [operation, args, kwargs, outputs, 0, ""]


def _without_lines(trace: Trace) -> Trace:
    return Trace(
        tuple(
            replace(phase, nodes=tuple(replace(node, line=0, code="") for node in phase.nodes))
            for phase in trace.phases
        )
    )


def page_of(task: str, trace: Trace) -> Ledger | None:
    """The ledger of a task's phase, from shapes alone; None where it takes numbers to follow it."""
    try:
        read = pages(trace)
    except Refused:
        return None
    return next((page for phase, page in zip(trace.phases, read, strict=True) if phase.task == task), None)
