"""Records that are known to be right: the same operations need not be tried on ever more values.

A record is right or wrong whoever hands it in, for nobody has seen the values that it was tried on. The right cells of
a class come down to few records: they differ in comments, spaces and the lines on which things stand. So what passed is
remembered by its operations, and who hands in the same ones has passed too. What fails is tried on its own values each
time, and tells of them.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from grader.judge.ledger import Due, Ledger
from grader.judge.pages import pages
from grader.judge.replay import Refused
from grader.judge.trace import MAX_STRING, Trace
from grader.lab.case import Case
from grader.lab.variables import Naming

MOST = 10_000


class ProvenRecords:
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


def operations_key(lab: str, task: str, records: Iterable[tuple[Case, Sequence[str]]]) -> bytes | None:
    """A hash of all that a task's outcome follows from: its records without the lines and the code in them. They need
    not be read as traces for it; None where one can't be read."""
    found = hashlib.sha256(f"{lab} {task}".encode())
    try:
        for case, texts in records:
            plains = [json.loads(text) for text in texts]
            for plain in plains:
                for phase in plain["phases"]:
                    phase["nodes"] = [_node_without_line(*node) for node in phase["nodes"]]
            found.update(json.dumps([case.to_plain(), plains]).encode())
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return found.digest()


def _node_without_line(operation: Any, args: Any, kwargs: Any, outputs: Any, line: Any, code: Any) -> list[Any]:
    if type(line) is not int or not 0 <= line < 2**31 or type(code) is not str or len(code) > MAX_STRING:
        raise ValueError("not a line")
    return [operation, args, kwargs, outputs, 0, ""]


def page_of(task: str, trace: Trace, names: Naming) -> Ledger | None:
    """The ledger of a task's phase, from shapes alone; None where it takes numbers to follow it."""
    try:
        read = pages(trace, names)
    except Refused:
        return None
    return next((page for phase, page in zip(trace.phases, read, strict=True) if phase.task == task), None)
