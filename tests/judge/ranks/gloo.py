"""The real thing: the same text on processes of `torch.distributed` with gloo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from grader.processes.pool import Pool, RunFailed
from grader.processes.program import Program, Text

ASKED = """def asked(given, makes):
    returned = {function}(*given.values())
    found = {{name: given[name] for name in makes if name in given}}
    return found | (returned if isinstance(returned, dict) else dict(zip(makes, returned)))
"""


@dataclass(frozen=True)
class Job:
    """A function's text and its arguments on each rank."""

    source: str
    function: str
    makes: tuple[str, ...]
    arguments: tuple[Mapping[str, Any], ...]


Result = dict[str, Tensor] | str


def run_on_gloo(jobs: Sequence[Job], seconds: float = 60.0) -> list[list[Result]]:
    """For each job what each rank's process made, or the sentence that the run ended with."""
    pool = Pool()
    try:
        return [_made(pool, job, seconds) for job in jobs]
    finally:
        pool.close()


def _made(pool: Pool, job: Job, seconds: float) -> list[Result]:
    texts = Text(job.function, job.source), Text("asked", ASKED.format(function=job.function))
    try:
        made = pool.run(Program("asked", texts), [(given, job.makes) for given in job.arguments], seconds)
    except RunFailed as failed:
        return [failed.message.render()]
    return [one.returned for one in made]
