"""The warm pool: processes that have torch loaded and wait for functions, and what is said when one goes wrong."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any

import torch
import torch.distributed as dist

from grader.lab.messages import N_, Message, message
from grader.processes.plain import packed, unpacked
from grader.processes.program import Program
from grader.processes.rank import MOST_PRINTED, PLACE, Job

START = "import sys; sys.path[:] = {path!r}; from grader.processes.rank import main; main()"
SECONDS_TO_START = 180.0
MOST_RANKS = 16
GRACE = 0.2  # seconds for others to come to their end too
MOST_TOLD = 4  # ranks in a sentence


class RunFailed(Exception):
    """A run came to nothing; `message` says which rank, where and why, `printed` what each rank printed so far."""

    def __init__(self, message: Message, printed: tuple[str, ...] = ()) -> None:
        super().__init__(message.render())
        self.message, self.printed = message, printed


class NotStarted(RunFailed):
    """The processes themselves don't come up."""


@dataclass(frozen=True)
class Made:
    """What one rank made: what its function returned, its calls (how many, numbers handed in), what it printed."""

    returned: Any
    calls: dict[str, tuple[int, int]]
    printed: str


class Rank:
    """A process of the pool, as its notebook sees it."""

    def __init__(self, folder: str) -> None:
        self.notes, self._errors = (tempfile.TemporaryFile() for _ in range(2))  # noqa: SIM115 (both without a name)
        self.channel, theirs = Pipe()
        descriptors = theirs.fileno(), self.notes.fileno()
        loopback = next((name for _, name in socket.if_nameindex() if name in ("lo", "lo0")), None)
        environment = os.environ | {"OMP_NUM_THREADS": "1"} | ({"GLOO_SOCKET_IFNAME": loopback} if loopback else {})
        self.process = subprocess.Popen(
            [sys.executable, "-c", START.format(path=sys.path), *map(str, descriptors), str(os.getpid()), folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._errors, env=environment,
            pass_fds=descriptors, start_new_session=True,
        )  # fmt: skip
        theirs.close()
        self.up = False

    def kill(self) -> None:
        """End it and all that it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.channel.close()
        self.notes.close()
        self._errors.close()

    def ended_how(self) -> str:
        """Its exit code or the signal that ended it."""
        code = self.process.wait()
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    def last_error(self) -> str:
        """The last line that it wrote where errors go."""
        self._errors.seek(0)
        return (self._errors.read()[-2000:].decode("utf-8", "replace").strip().splitlines() or [""])[-1]

    def where(self, program: Program) -> tuple[int, str]:
        """The line that it was at last, and its text; 0 where it hasn't come to any."""
        found = os.pread(self.notes.fileno(), PLACE.size, 0)
        text, line = PLACE.unpack(found) if len(found) == PLACE.size else (0, 0)
        return line, program.texts[text].at(line) if line and text < len(program.texts) else ""

    def printed(self) -> str:
        """What its function printed."""
        return os.pread(self.notes.fileno(), MOST_PRINTED, PLACE.size).decode("utf-8", "replace")


class Pool:
    """Processes for a notebook; they are started when they are first needed, and kept until it ends."""

    def __init__(self) -> None:
        self._ranks: list[Rank] = []
        self._folder, self._runs = "", 0
        self._owner, self._lock = os.getpid(), threading.Lock()
        atexit.register(self.close)

    def close(self) -> None:
        """End all processes."""
        if os.getpid() == self._owner:  # a child that the notebook forked has none
            while self._ranks:
                self._ranks.pop().kill()
            if self._folder:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = ""

    def run(
        self, program: Program, inputs: Sequence[Any], seconds: float = 30.0, cuda: bool = False
    ) -> tuple[Made, ...]:
        """What each rank made of its inputs: a mapping by name, or a sequence in the arguments' order.

        Raises:
            RunFailed: a rank failed, ended or did not finish; the next run has new processes.
            NotPlain: an input can't go to another process.
        """
        content = [packed(given) for given in inputs]
        with self._lock:
            try:
                return self._run(program, [unpacked(each) for each in content], seconds, cuda)
            except RunFailed as failed:
                self.close()
                if not isinstance(failed, NotStarted):
                    self._begin(len(inputs))  # they load while somebody reads what went wrong
                raise
            except BaseException:
                self.close()
                raise

    def _run(self, program: Program, inputs: Sequence[Any], seconds: float, cuda: bool) -> tuple[Made, ...]:
        ranks = self._started(len(inputs))
        self._runs += 1
        store = f"{self._folder}/{self._runs}"
        for rank, process in enumerate(ranks):
            os.ftruncate(process.notes.fileno(), 0)
            job = Job(program, inputs[rank], rank, len(ranks), store, seconds, cuda)
            with suppress(ConnectionError):  # it has ended, and is found below
                process.channel.send_bytes(packed(asdict(job)))
        answers = _answers(ranks, seconds)
        printed = tuple(process.printed() for process in ranks)
        if (wrong := _what_is_wrong(ranks, answers, seconds, program)) is not None:
            raise RunFailed(wrong, printed)
        for process in ranks:
            process.channel.send_bytes(b"")
        with suppress(FileNotFoundError):
            os.unlink(store)
        made = (answers[rank] or {} for rank in range(len(ranks)))
        return tuple(Made(one["returned"], one["calls"], said) for one, said in zip(made, printed, strict=True))

    def _begin(self, count: int) -> None:
        """Have so many processes, which may still be loading."""
        self._folder = self._folder or tempfile.mkdtemp(prefix="ranks-")
        while len(self._ranks) < count:
            self._ranks.append(Rank(self._folder))

    def _started(self, count: int) -> list[Rank]:
        if any(process.process.poll() is not None for process in self._ranks):
            self.close()  # somebody ended one from outside
        self._begin(count)
        ranks = self._ranks[:count]
        until = time.monotonic() + SECONDS_TO_START
        for process in ranks:
            if not process.up:
                try:
                    process.up = process.channel.poll(max(0.0, until - time.monotonic()))
                    if process.up:
                        process.channel.recv_bytes()
                except (EOFError, ConnectionError):
                    process.up = False
            if not process.up:
                why = process.last_error() or f"{SECONDS_TO_START:g} s"
                said = N_("the processes could not be started ({why}): see docs/processes.md for what they need")
                raise NotStarted(message(said, why=why))
        return ranks


Answers = dict[int, dict[str, Any] | None]  # None for a rank whose process has ended


def _answers(ranks: Sequence[Rank], seconds: float) -> Answers:
    """What has come from each rank when all have answered, one has failed, or the time is over."""
    answers: Answers = {}
    until = time.monotonic() + seconds
    waiting: dict[Any, int] = {process.channel: rank for rank, process in enumerate(ranks)}
    while waiting and (ready := wait(list(waiting), max(0.0, until - time.monotonic()))):
        for channel in ready:
            assert isinstance(channel, Connection)
            rank = waiting.pop(channel)
            try:
                answers[rank] = unpacked(channel.recv_bytes())
            except (EOFError, ConnectionError):
                answers[rank] = None
            if _failed(answers[rank]):
                until = min(until, time.monotonic() + GRACE)
    return answers


def _failed(answer: dict[str, Any] | None) -> bool:
    return answer is None or "failed" in answer


def _what_is_wrong(ranks: Sequence[Rank], answers: Answers, seconds: float, program: Program) -> Message | None:
    """One sentence; None where nothing is wrong. A rank that ended comes first: others fail because of it."""
    ended = [rank for rank, answer in answers.items() if answer is None]
    if ended:
        rank = min(ended)
        line, code = ranks[rank].where(program)
        how = ranks[rank].ended_how()
        if not line:
            return message(N_("rank {rank}: its process ended ({how})"), rank=rank, how=how)
        return message(
            N_("rank {rank}: its process ended ({how}) in line {line}, `{code}`"),
            rank=rank, how=how, line=line, code=code[:200],
        )  # fmt: skip
    for rank, answer in sorted(answers.items()):
        if answer is not None and "failed" in answer:
            return message(N_("rank {rank}: {reason}"), rank=rank, reason=Message.from_plain(answer["failed"]))
    hang = [rank for rank in range(len(ranks)) if rank not in answers]
    if not hang:
        return None
    told = [_place(rank, *ranks[rank].where(program)) for rank in hang[:MOST_TOLD]]
    places = told[0]
    for place in told[1:]:
        places = message("{one}; {other}", one=places, other=place)
    return message(N_("not finished after {seconds} s: {places}"), seconds=f"{seconds:g}", places=places)


def _place(rank: int, line: int, code: str) -> Message:
    if not line:
        return message(N_("rank {rank} has not begun"), rank=rank)
    return message(N_("rank {rank} is in line {line}, `{code}`"), rank=rank, line=line, code=code[:200])


def enough_gpus(world_size: int) -> bool:
    """Whether each rank can have a GPU of its own."""
    return torch.cuda.is_available() and dist.is_nccl_available() and torch.cuda.device_count() >= world_size
