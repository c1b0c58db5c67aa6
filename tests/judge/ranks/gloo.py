"""The real thing: the same text on processes of `torch.distributed` with gloo."""

from __future__ import annotations

import datetime
import io
import multiprocessing
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Job:
    """A function's text and its arguments on each rank."""

    source: str
    function: str
    makes: tuple[str, ...]
    arguments: tuple[Mapping[str, Any], ...]


Result = dict[str, Tensor] | str


def run_on_gloo(world_size: int, jobs: Sequence[Job], timeout: float = 60.0) -> list[list[Result]]:
    """For each job what each rank's process returned, or the error that it ended with.

    A call waits for other ranks for `timeout` seconds.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch", "torch.distributed", "tests.judge.ranks.gloo"])
    results: list[list[Result]] = []
    with tempfile.TemporaryDirectory() as folder:
        left = list(jobs)
        while left:
            ends, ranks = [], []
            for rank in range(world_size):
                ours, theirs = context.Pipe()
                plain = [_packed((job.source, job.function, job.makes, job.arguments[rank])) for job in left]
                store = str(Path(folder) / f"store{len(left)}")
                ranks.append(context.Process(target=_rank, args=(rank, world_size, store, plain, theirs, timeout), daemon=True))
                ranks[-1].start()
                theirs.close()
                ends.append(ours)
            before = len(left)
            while left:
                made = [_received(end, 4 * timeout) for end in ends]
                results.append(made)
                left = left[1:]
                if any(isinstance(result, str) for result in made):
                    break  # whoever failed may have left the others waiting: begin anew
            assert len(left) < before
            for process in ranks:
                process.kill()
                process.join()
    return results


def _rank(
    rank: int, world_size: int, store: str, jobs: Sequence[bytes], end: Connection, timeout: float
) -> None:
    import torch.distributed as dist

    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{store}", rank=rank, world_size=world_size,
        timeout=datetime.timedelta(seconds=timeout),
    )  # fmt: skip
    dist.barrier()  # whoever failed at once would leave while others still connect to it
    for packed in jobs:
        source, function, makes, arguments = torch.load(io.BytesIO(packed), weights_only=True)
        namespace: dict[str, Any] = {"torch": torch, "nn": torch.nn}
        try:
            exec(compile(source, "<solution>", "exec", dont_inherit=True), namespace)
            returned = namespace[function](*arguments.values())
            found = {name: arguments[name] for name in makes if name in arguments}
            found |= returned if isinstance(returned, dict) else dict(zip(makes, returned, strict=False))
            end.send(_packed({name: tensor.detach() for name, tensor in found.items()}))
        except Exception as error:
            end.send(_packed(f"{type(error).__name__}: {error}"))
            return
    end.recv()  # whoever leaves closes connections that others may still need


def _received(end: Connection, timeout: float) -> Result:
    try:
        return torch.load(io.BytesIO(end.recv()), weights_only=True) if end.poll(timeout) else "hangs"
    except EOFError:
        return "died"


def _packed(value: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()
