"""One rank: a process that waits for functions, runs them in `torch.distributed`, and ends with its notebook."""

from __future__ import annotations

import datetime
import io
import os
import shutil
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any

import torch
import torch.distributed as dist

from grader.bench.failures import failure
from grader.lab.messages import N_, Message, message
from grader.processes.calls import Calls
from grader.processes.plain import NotPlain, packed, plain, unpacked
from grader.processes.program import Program

PLACE = struct.Struct("<ii")  # the text and the line that it is at
MOST_PRINTED = 4000
LOOKS_EVERY = 0.5  # seconds


@dataclass(frozen=True)
class Job:
    """What a rank is to run, and with whom."""

    program: Program
    inputs: Any
    rank: int
    world_size: int
    store: str
    seconds: float
    cuda: bool


class Notes(io.TextIOBase):
    """What a rank leaves in a file without a name that its notebook reads: where it is, and what it printed."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._end = descriptor, PLACE.size

    def at(self, text: int, line: int) -> None:
        os.pwrite(self._descriptor, PLACE.pack(text, line), 0)

    def begin(self) -> None:
        self._end = PLACE.size

    def write(self, words: str) -> int:
        kept = words.encode("utf-8", "replace")[: PLACE.size + MOST_PRINTED - self._end]
        self._end += os.pwrite(self._descriptor, kept, self._end)
        return len(words)


def main() -> None:
    """Serve the notebook whose process started this one, until it is gone."""
    descriptor, notes, parent = map(int, sys.argv[1:4])
    folder = sys.argv[4]
    threading.Thread(target=_end_with, args=(parent, folder), daemon=True).start()
    torch.set_num_threads(1)
    serve(Connection(descriptor), Notes(notes))
    _end(folder)


def serve(notebook: Connection, notes: Notes) -> None:
    """Run what comes, until the notebook hangs up."""
    own = os.getpid()
    try:
        notebook.send_bytes(b"")
        while True:
            made = packed(_answer(unpacked(notebook.recv_bytes()), notes))
            if os.getpid() != own:  # the function forked, and this is the child
                os._exit(0)
            notebook.send_bytes(made)
            notebook.recv_bytes()  # whoever leaves closes connections that others may still need
            if dist.is_initialized():
                dist.destroy_process_group()
    except (EOFError, ConnectionError):
        return


def _answer(sent: dict[str, Any], notes: Notes) -> dict[str, Any]:
    """What the function returned and the calls that it made, or what it failed with."""
    job = Job(**{**sent, "program": Program.from_plain(sent["program"])})
    notes.begin()
    files = {text.file: number for number, text in enumerate(job.program.texts)}
    calls = Calls()
    try:
        _join(job)
        function = _prepared(job)
        with redirect_stdout(notes), _followed(files, notes), calls:
            returned = function()
        return {"returned": plain(returned), "calls": calls.counted}
    except NotPlain as found:
        said = N_("the function returns {type}: return tensors, numbers, and lists, tuples or dicts of them")
        return {"failed": message(said, type=found).to_plain()}
    except BaseException as error:
        return {"failed": _said(error, files).to_plain()}


def _join(job: Job) -> None:
    """Meet the other ranks."""
    limit = datetime.timedelta(seconds=job.seconds + 60)  # the notebook ends a run before that
    if job.cuda:
        torch.cuda.set_device(job.rank)
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if job.cuda else "gloo",
        # a file: a store of sockets asks for the name of its address, which takes 5 s where there is no network
        store=dist.FileStore(job.store, job.world_size),  # type: ignore[attr-defined]
        rank=job.rank, world_size=job.world_size, timeout=limit,
    )  # fmt: skip


def _prepared(job: Job) -> Callable[[], Any]:
    """The call itself, as this rank makes it."""
    function = job.program.namespace()[job.program.function]
    inputs = _on_gpu(job.inputs, job.rank) if job.cuda else job.inputs
    if isinstance(inputs, Mapping):
        return lambda: function(**inputs)
    return lambda: function(*inputs)


def _on_gpu(value: Any, rank: int) -> Any:
    """The same with its tensors on the rank's GPU."""
    if isinstance(value, torch.Tensor):
        return value.to(f"cuda:{rank}")
    if isinstance(value, Mapping):
        return {key: _on_gpu(item, rank) for key, item in value.items()}
    return type(value)(_on_gpu(item, rank) for item in value) if isinstance(value, (list, tuple)) else value


@contextmanager
def _followed(files: Mapping[str, int], notes: Notes) -> Iterator[None]:
    """Meanwhile the notes say at which line the function is, for whoever comes when it hangs or is no more."""

    def step(frame: FrameType, event: str, _: object) -> Any:
        here = frame.f_back if event == "return" else frame
        if here is not None and here.f_code.co_filename in files:
            notes.at(files[here.f_code.co_filename], here.f_lineno)
        return step

    def call(frame: FrameType, event: str, argument: object) -> Any:
        return step if frame.f_code.co_filename in files else None

    sys.settrace(call)
    try:
        yield
    finally:
        sys.settrace(None)


def _said(error: BaseException, files: Mapping[str, int]) -> Message:
    """What the function failed with, at the innermost line of the notebook's own."""
    inner, trail = "", error.__traceback__
    while trail is not None:
        file = trail.tb_frame.f_code.co_filename
        inner, trail = file if file in files else inner, trail.tb_next
    if not inner and not isinstance(error, SyntaxError):
        return message("{type}: {error}", type=type(error).__name__, error=str(error).split("\n")[0])
    return failure(error, inner, (), task=False)


def _end_with(parent: int, folder: str) -> None:
    """End when the notebook's process has: it may be killed, and then says nothing."""
    while os.getppid() == parent:
        time.sleep(LOOKS_EVERY)
    _end(folder)


def _end(folder: str) -> None:
    """End this rank, all that its function started, and the files by which ranks met."""
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)
