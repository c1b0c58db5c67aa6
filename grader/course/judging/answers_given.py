"""What an examiner has said of records that passed: the very same ones, to the letter, need not be asked about again.

Most of a class's right cells are the same in many submissions, and so are their records, lines and pictures included.
This is kept here, in the process that the records cannot reach, under keys of its own making. An examiner replays
what students hand in, so its word counts for what it is asked itself, and for others only when a second one has said
the same: a record that took one over would gain nothing among them.
"""

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from grader.lab.case import Case

Said = TypeVar("Said")
# a case, and the traces of its run, one or one for each rank, each as JSON text
Runs = Sequence[tuple[Case, Sequence[str]]]
MOST = 1_000  # some 20 kB each, with a picture
ENOUGH = 2


@dataclass
class Entry(Generic[Said]):
    """An answer, and the numbers of the examiners that gave it."""

    answer: Said
    examiners: set[int] = field(default_factory=set)


class AnswersGiven(Generic[Said]):
    """The latest answers by key; for several threads at once."""

    def __init__(self, most: int = MOST) -> None:
        self._entries: OrderedDict[bytes, Entry[Said]] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def find(self, key: bytes, examiner: int) -> Said | None:
        """What this examiner would say again, or what enough others have said; None where it has to be asked."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or (examiner not in entry.examiners and len(entry.examiners) < ENOUGH):
                return None
            self._entries.move_to_end(key)
            return entry.answer

    def add(self, key: bytes, examiner: int, answer: Said) -> None:
        """An examiner has given this answer; one that contradicts an earlier one takes its place, and stands alone."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None or entry.answer != answer:
                entry = self._entries[key] = Entry(answer)
            entry.examiners.add(examiner)
            self._entries.move_to_end(key)
            if len(self._entries) > self._most:
                self._entries.popitem(last=False)


def question_key(lab: str, task: str, runs: Runs, language: str) -> bytes:
    """A hash of all that is asked, but for the seed."""
    asked = [
        [str(case), *(hashlib.sha256(trace.encode("utf-8", "surrogatepass")).hexdigest() for trace in traces)]
        for case, traces in runs
    ]
    return hashlib.sha256(json.dumps([lab, task, language, asked]).encode()).digest()
