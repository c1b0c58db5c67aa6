"""The judge in a process of its own, so that no trace can harm more than its own verdict.

The parent keeps the clock; the child (`python -m grader.judge.process`) has limits of memory and processor time. They
talk JSON, one line a request and one line an answer. A child that dies or hangs is replaced for the next request. All
children of a program are forked from one warm process (`forked_judges.py`), where the system lets that be.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import IO, Any

from grader.judge import forked_judges
from grader.judge.without_gpu import without_gpu
from grader.lab.case import Case
from grader.lab.messages import N_, Message, message
from grader.lab.registry import python_path

READY = b"ready\n"
MAX_ANSWER = 1 << 20
START_SECONDS = 120.0
# malloc keeps the memory of large tensors for the next ones: having the system clear it takes longer than a replay
KEPT_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "1073741824"}


@dataclass(frozen=True)
class Bounds:
    """What one request may take: seconds on the clock, and bytes of memory, of which torch needs 300 MB."""

    seconds: float = 20.0
    memory: int = 4 << 30


@dataclass(frozen=True)
class Outcome:
    """What the judge says of one trace: passed, failed for a reason, or not examined for a reason."""

    reason: Message | None = None
    examined: bool = True

    @property
    def passed(self) -> bool:
        return self.examined and self.reason is None

    def to_plain(self) -> dict[str, Any]:
        return {"reason": self.reason.to_plain() if self.reason else None, "examined": self.examined}

    @staticmethod
    def from_plain(plain: dict[str, Any]) -> Outcome:
        reason = plain["reason"]
        return Outcome(None if reason is None else Message.from_plain(reason), plain["examined"] is True)


def not_examined(why: Message) -> Outcome:
    """The outcome where the judge could not come to one of its own."""
    return Outcome(message(N_("could not be examined: {why}"), why=why), examined=False)


_numbers = itertools.count(1)

Child = subprocess.Popen[bytes] | forked_judges.ForkedJudge
Answer = Callable[[dict[str, Any]], "dict[str, Any] | Outcome"]


class JudgeProcess:
    """A judge in a child process, as a context manager: `with JudgeProcess() as judge: judge.judge(...)`.

    Not for several threads at once; several children side by side are several of these. `number` tells the child
    from all others that this process has started.
    """

    def __init__(self, bounds: Bounds | None = None, program: str = "grader.judge.process") -> None:
        self.bounds, self.program = bounds or Bounds(), program
        self.started = 0
        self.number = 0
        self._child: Child | None = None

    def __enter__(self) -> JudgeProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def start(self) -> float:
        """Start a child where there is none, and wait until it is ready; returns the seconds that it took. Raises
        RuntimeError: it does not start; its own words are on stderr."""
        if self._child is not None and self._child.poll() is None:
            return 0.0
        self._end()
        before = time.monotonic()
        self._child = self._born()
        self.started += 1
        self.number = next(_numbers)
        if self._exchange(self._child, b"", START_SECONDS) != READY:
            self._end()
            raise RuntimeError("the judge's process does not start")
        return time.monotonic() - before

    def _born(self) -> Child:
        command, bounds = [sys.executable, "-P", "-m", self.program], json.dumps(asdict(self.bounds))
        alone = {"PYTHONPATH": python_path(), "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        environment = os.environ | alone | KEPT_MEMORY | without_gpu(os.environ.get("LD_LIBRARY_PATH", ""))
        if forked_judges.CAN_FORK:
            return forked_judges.fork(command, bounds, environment, START_SECONDS)
        pipe = subprocess.PIPE
        return subprocess.Popen([*command, bounds], stdin=pipe, stdout=pipe, env=environment)

    def judge(self, lab: str, task: str, case: Case, traces: Sequence[str], seed: int) -> Outcome:
        """The outcome of a run's traces, given as JSON texts, under a case, on values drawn from `seed`."""
        request = {"lab": lab, "task": task, "case": case.to_plain(), "traces": list(traces), "seed": seed}
        answer = self.ask(request)
        return answer if isinstance(answer, Outcome) else Outcome.from_plain(answer)

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any] | Outcome:
        """What the child answers to a request; an outcome that says why where it came to no answer."""
        self.start()
        child = self._child
        assert child is not None
        before = time.monotonic()
        answer = self._exchange(child, json.dumps(request).encode() + b"\n", self.bounds.seconds)
        if answer.endswith(b"\n"):
            found: dict[str, Any] = json.loads(answer)
            return found
        late = time.monotonic() - before >= self.bounds.seconds
        ended = self._end()
        if late or ended == -signal.SIGXCPU:
            seconds = f"{self.bounds.seconds:g}"
            return not_examined(message(N_("replaying it takes longer than {seconds} s"), seconds=seconds))
        return not_examined(message(N_("the process that replayed it ended with {how}"), how=_how(ended)))

    @staticmethod
    def _exchange(child: Child, request: bytes, seconds: float) -> bytes:
        """The line that the child answers; less than a line where it died or was too late, and then it is killed."""
        assert child.stdin is not None and child.stdout is not None
        clock = threading.Timer(seconds, child.kill)
        clock.daemon = True  # nobody waits for it where grading is given up
        clock.start()
        try:
            child.stdin.write(request)
            child.stdin.flush()
            return child.stdout.readline(MAX_ANSWER)
        except BrokenPipeError:
            return b""
        finally:
            clock.cancel()

    def _end(self) -> int:
        """Kill the child; returns how it ended."""
        child, self._child = self._child, None
        if child is None:
            return 0
        # one that is about to die of its own may say how
        with suppress(subprocess.TimeoutExpired, BrokenPipeError):
            child.stdin and child.stdin.close()
            child.wait(timeout=1)
        child.kill()
        child.stdout and child.stdout.close()
        return child.wait()


def _how(ended: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-ended).name
    return f"status {ended}"


def judged(request: dict[str, Any]) -> Outcome:
    """The outcome of one trace."""
    from grader.judge.exam import judge_trace
    from grader.judge.trace import from_json
    from grader.lab.registry import find_lab

    task, case = request["task"], Case.from_plain(request["case"])
    traces = [from_json(text) for text in request["traces"]]
    return Outcome(judge_trace(find_lab(request["lab"]).section(task), task, case, traces, request["seed"]))


def serve(requests: Iterable[bytes], answers: IO[bytes], bounds: Bounds, answer: Answer = judged) -> None:
    """Answer each request line with a line."""
    answers.write(READY)
    answers.flush()
    for line in requests:
        found = _answered(line, bounds, answer)
        answers.write(json.dumps(found.to_plain() if isinstance(found, Outcome) else found).encode() + b"\n")
        answers.flush()


def _answered(line: bytes, bounds: Bounds, answer: Answer) -> dict[str, Any] | Outcome:
    from grader.judge.trace import MalformedTrace

    try:
        return answer(json.loads(line))
    except MalformedTrace as error:
        return not_examined(message(N_("the record cannot be read: {error}"), error=str(error)))
    except MemoryError:
        megabytes = bounds.memory >> 20
        return not_examined(message(N_("replaying it needs more than {megabytes} MB of memory"), megabytes=megabytes))
    except Exception as error:
        return not_examined(message(N_("the judge itself fails: {error}"), error=f"{type(error).__name__}: {error}"))


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    with suppress(ValueError, OSError):  # not every system knows every limit
        resource.setrlimit(kind, (value, hard))


def _timed(requests: Iterable[bytes], seconds: float) -> Iterator[bytes]:
    """The requests, each with processor time of its own: nobody else ends a child whose parent has died."""
    for line in requests:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        _limit(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime + 2 * seconds) + 2)
        yield line


def main(answer: Answer = judged, before: Callable[[], None] = lambda: None) -> None:
    """Serve on stdin and stdout, or in forks of this process; whatever else a judge prints goes nowhere.

    `before` is called when all is ready, before the first request is read.
    """
    requests: IO[bytes] = sys.stdin.buffer
    answers: IO[bytes] = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    import torch
    import torch._dynamo  # meta tensors import it at their first operation, seconds long

    import grader.judge.exam  # noqa: F401
    from grader.lab.registry import labs

    labs()

    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()
    plain = sys.argv[1]
    if plain == forked_judges.SWITCH:
        plain, requests, answers = forked_judges.become(socket.socket(fileno=int(sys.argv[2])))
    bounds = Bounds(**json.loads(plain))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 1 << 20)
    _limit(resource.RLIMIT_DATA, bounds.memory)
    before()
    serve(_timed(requests, bounds.seconds), answers, bounds, answer)
    sys.stdout.flush()
    os._exit(0)  # not through the interpreter's own end, which takes half a second with torch


if __name__ == "__main__":
    main()
