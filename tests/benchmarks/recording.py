"""What recording costs: a section's cells run plainly and run under the recorder, and how large their traces are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from grader.bench.recorder import Recorder
from grader.bench.section import record_section
from grader.judge.trace import to_json
from grader.lab.case import Case
from grader.lab.registry import labs
from grader.labs.linear.lab import SOURCE, case_of
from tests.benchmarks.timing import ratio
from tests.labs.corpora import solution_cells

LARGE = case_of(4096, 4096, 4096, 0.3, torch.float32)


def overhead() -> Iterator[tuple[str, str, str]]:
    """Recorded against plain, for the cells of the column-wise and the row-wise section."""
    for section in ("column", "row"):
        for challenge, rounds, target in ((SOURCE, 40, "<= 4"), (LARGE, 5, "<= 1.15")):
            plain, recorded = _cells(section, challenge)
            middle, low, high = ratio(recorded, plain, rounds)
            sizes = f"batch {challenge['batch_size']}, {challenge['in_features']} -> {challenge['out_features']}"
            yield f"recording the {section} cells, {sizes}", f"{middle:.2f}x ({low:.2f}-{high:.2f})", f"{target}x"


def sizes() -> Iterator[tuple[str, str, str]]:
    """The traces of the lab's solution at the source's sizes."""
    cells = solution_cells()
    for lab in labs().values():
        for section in lab.sections:
            last = section.task_names[-1]
            trace = record_section(section, last, cells, section.cases[0], {})
            nodes = sum(len(phase.nodes) for phase in trace.phases)
            yield f"trace of {section.name}", f"{nodes} operations, {len(to_json(trace)) / 1000:.1f} kB", ""


def _cells(section: str, challenge: Case) -> tuple[Callable[[], object], Callable[[], object]]:
    texts = {task: text for task, text in solution_cells().items() if task.startswith(section)}
    start = {
        "X": torch.randn(challenge["batch_size"], challenge["in_features"]),
        "W": torch.randn(challenge["out_features"], challenge["in_features"]),
        "b": torch.randn(1, challenge["out_features"]),
        "Y_gt": torch.randn(challenge["batch_size"], challenge["out_features"]),
    }

    def namespace() -> dict[str, Any]:
        return {"torch": torch, "print": lambda *_: None, "lr": challenge["lr"], "out_ch": challenge["out_features"], **start}

    def plain() -> None:
        names = namespace()
        for text in texts.values():
            exec(compile(text, "<cell>", "exec"), names)

    def recorded() -> None:
        names, recorder = namespace(), Recorder()
        for task, text in texts.items():
            phase = recorder.record(task, text, names, start, dict)
            assert phase.error is None

    return plain, recorded
