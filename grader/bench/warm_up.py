"""What every kernel would do for its student and that is the same for all: done once, before kernels are forked."""

from __future__ import annotations

from collections.abc import Callable

from grader.bench.decoys import same_decoys
from grader.bench.evidence import evidence
from grader.bench.section import Runs
from grader.judge.challenge import Challenge
from grader.judge.lab import Section
from grader.judge.labs import LABS
from grader.judge.settings import settings_of
from grader.judge.trace import Trace
from grader.judge.verdict import may_ask

# no answer, only what answers are like
CELL = """
linear = nn.Linear(1, 1)
optimizer = torch.optim.SGD(linear.parameters(), lr=0.1)
optimizer.zero_grad()
loss = ((linear(torch.zeros(2, 1)) - 1.0) ** 2).mean()
loss.backward()
optimizer.step()
"""


def warm_up() -> None:
    """Draw every section's decoys, and record a cell on the first task's."""
    for section in (section for lab in LABS.values() for section in lab.sections):
        first = section.task_names[0]
        for challenge in may_ask(section, first, lambda _: Trace(())):
            with settings_of(challenge):
                for decoys in same_decoys(section, challenge):
                    for want in (*decoys.wanted.values(), *decoys.wanted_afterwards.values()):
                        _ = want.bound
        evidence(section, first, _recording(section, first))


def _recording(section: Section, name: str) -> Callable[[Challenge], Trace]:
    runs = Runs()
    return lambda challenge: runs.trace(section, name, {name: CELL}, challenge, {})
