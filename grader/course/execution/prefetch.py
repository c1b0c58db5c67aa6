"""Notebooks executed and judged before they are asked for, several at once.

nbgrader converts one submission after the other, and is alone in writing the gradebook. Threads of ours are ahead of
it: each executes a notebook as nbgrader is going to ask for it and has it judged. `take` hands out what was done for
the very cells that nbgrader then has; for any others there is nothing, and they are executed when it is their turn.
"""

from __future__ import annotations

import atexit
import gc
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode

from grader.course.stopping import Stop, Stopped, requested

Work = Callable[[NotebookNode, Stop], NotebookNode]
SECONDS_TO_END = 10.0


@dataclass
class Job:
    """One notebook: what became of it, as soon as `over` is set; None where it has to be tried again."""

    place: int
    key: str
    over: threading.Event = field(default_factory=threading.Event)
    done: NotebookNode | None = None


class Prefetch:
    """Threads that work on the notebooks to come, at most a few more than have been taken."""

    def __init__(self, notebooks: Iterator[NotebookNode | None], work: Work, workers: int) -> None:
        self._notebooks, self._work = notebooks, work
        self._most = 2 * workers
        self._jobs: dict[str, list[Job]] = {}
        self._begun, self._taken = 0, 0
        self._stop = Stop()
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._go_on, name=f"ahead-{n}", daemon=True) for n in range(workers)]
        self._awaited: Job | None = None
        self._requested = requested()
        self._requested.calls(self.ask)
        atexit.register(self.close)
        gc.freeze()  # what is imported by now stays: there is no garbage in it to look for again and again
        for thread in self._threads:
            thread.start()

    def take(self, notebook: NotebookNode) -> NotebookNode | None:
        """The notebook as it is when executed and judged; None if that has not been begun, or failed. Raises Stopped:
        these threads are to stop."""
        key = execution_key(notebook)
        with self._changed:
            # whoever comes first has not been begun only for a moment
            self._changed.wait_for(lambda: self._jobs.get(key) or self._full_or_ended, timeout=60)
            self._stop.check()
            jobs = self._jobs.get(key)
            if not jobs:
                return None
            job = self._awaited = jobs.pop(0)
            # those before it are not asked for any more: nbgrader keeps the order
            self._taken = max(self._taken, job.place + 1)
            self._changed.notify_all()
        job.over.wait()
        self._stop.check()
        return job.done

    def __deepcopy__(self, _: Any) -> Prefetch:
        return self  # traitlets copies configurations, and this is one of their values

    def ask(self) -> None:
        """Have what is being worked on ended, and start nothing."""
        self._stop.ask()
        with self._changed:
            if self._awaited:
                self._awaited.over.set()
            self._changed.notify_all()

    def close(self) -> None:
        """Be there when what is being worked on has ended."""
        atexit.unregister(self.close)
        self._requested.forget(self.ask)
        gc.unfreeze()
        self.ask()
        end = time.monotonic() + SECONDS_TO_END
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    @property
    def _full_or_ended(self) -> bool:
        alive = any(thread.is_alive() for thread in self._threads)
        return self._stop.asked or not alive or self._begun - self._taken >= self._most

    def _go_on(self) -> None:
        with suppress(Stopped):
            while (begun := self._next()) is not None:
                job, notebook = begun
                try:
                    with self._stop.part() as stop:
                        stop.check()
                        job.done = self._work(notebook, stop)
                except Exception:
                    job.done = None  # when it is this one's turn it is tried again, and what is wrong is told
                finally:
                    job.over.set()
        with self._changed:
            self._changed.notify_all()

    def _next(self) -> tuple[Job, NotebookNode] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stop.asked or self._begun - self._taken < self._most)
            for notebook in self._notebooks:
                if self._stop.asked:
                    return None
                if notebook is None:
                    continue
                job = Job(self._begun, execution_key(notebook))
                self._begun += 1
                self._jobs.setdefault(job.key, []).append(job)
                self._changed.notify_all()
                return job, notebook
            return None


def execution_key(notebook: NotebookNode) -> str:
    """A hash of all that decides what comes of executing and judging a notebook."""
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    cells = [(cell.cell_type, cell.source, name) for cell, name in zip(notebook.cells, names, strict=True)]
    language = notebook.metadata.get("course", {}).get("language")
    return hashlib.sha256(json.dumps([language, cells]).encode("utf-8", "replace")).hexdigest()


def usable_cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def with_outcome(notebook: NotebookNode, done: NotebookNode) -> NotebookNode:
    """The notebook with what `done`, the same one executed, has more: outputs, and what the judge wrote."""
    for cell, other in zip(notebook.cells, done.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count, cell.source = other.outputs, other.execution_count, other.source
            if "course" in other.metadata:
                cell.metadata["course"] = other.metadata["course"]
    notebook.metadata.setdefault("course", {})["flags"] = done.metadata["course"]["flags"]
    if "language_info" in done.metadata:
        notebook.metadata["language_info"] = done.metadata["language_info"]
    return notebook


def with_hidden_tests(notebook: dict[str, Any], texts: dict[str, str]) -> dict[str, Any]:
    """The notebook with its locked cells' texts as nbgrader puts them back: with hidden tests."""
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("locked") and mark.get("grade_id") in texts:
            cell["source"] = texts[mark["grade_id"]]
    return notebook
