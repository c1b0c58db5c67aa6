"""What grading a class costs: stock nbgrader beside ours, in turn, with the sandbox and the judge at work.

    python -m tests.benchmarks.grading                     a few submissions, some minutes
    python -m tests.benchmarks.grading --size 100          the whole table: about half an hour on two cores

Each side grades the same submissions of the corpus in blocks, side after side in each block, so that a busy machine slows
all
alike. A side's start (imports, warm process, examiners, the lab into the gradebook) is measured with one submission for
each core, and shown apart.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.course.ahead import usable_cores
from grader.course.checkout import LabFiles, lab_files
from tests.benchmarks.corpus_class import write_corpus_class
from tests.benchmarks.processor_time import Cost, cost

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(sys.executable).parent
STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "benchmark"\nc.Execute.timeout = 300\n'
OURS = 'from grader.course.plug_in import plug_in\nc = get_config()\nc.CourseDirectory.course_id = "benchmark"\nplug_in(c)\n'


@dataclass(frozen=True)
class Side:
    """One way to grade: its name, and what grades the submissions in a folder."""

    name: str
    grade: Callable[[Path, LabFiles], Cost]


def autograde(config: str) -> Callable[[Path, LabFiles], Cost]:
    """`nbgrader autograde` in a course folder with that configuration."""

    def grade(submitted: Path, lab: LabFiles) -> Cost:
        course = submitted.with_name("course")
        shutil.rmtree(course, ignore_errors=True)
        source = course / "source" / lab.lab
        source.mkdir(parents=True)
        shutil.copy(lab.solution, source)
        (course / "nbgrader_config.py").write_text(config, encoding="utf-8")
        shutil.copytree(submitted, course / "submitted")
        cost([str(BINARIES / "nbgrader"), "generate_assignment", lab.lab], course, environment())
        return cost([str(BINARIES / "nbgrader"), "autograde", lab.lab], course, environment())

    return grade


def grader_grade(submitted: Path, lab: LabFiles) -> Cost:
    """`grader grade` into a new course folder."""
    shutil.rmtree(submitted.with_name("results-course"), ignore_errors=True)
    words = ["grade", lab.lab, "--submitted", str(submitted), "--results", str(submitted.with_name("results.jsonl"))]
    return cost([sys.executable, "-m", "grader", *words], ROOT, environment())


def environment() -> dict[str, str]:
    return os.environ | {"PATH": f"{BINARIES}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}


SIDES = (
    Side("nbgrader autograde, stock", autograde(STOCK)),
    Side("nbgrader autograde, our config", autograde(OURS)),
    Side("grader grade", grader_grade),
)


def measure(size: int, blocks: int) -> list[str]:
    """The table's lines."""
    lab = lab_files(ROOT, "linear", str)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        students = write_corpus_class(folder / "class", size, lab)
        # as many as are at work at once: then everything that starts once has started
        few = students[: usable_cores()]
        parts = [few, *(students[place::blocks] for place in range(blocks))]
        spent: dict[str, list[Cost]] = {side.name: [] for side in SIDES}
        for number, part in enumerate(parts):
            submitted = folder / f"block-{number}" / "submitted"
            for student in part:
                shutil.copytree(folder / "class" / student, submitted / student)
            for side in SIDES if number % 2 else SIDES[::-1]:
                spent[side.name].append(side.grade(submitted, lab))
                print(f"  {side.name}, {len(part)} submissions: {spent[side.name][-1]}", flush=True)
        return _table(spent, len(few), size, blocks)


def _table(spent: dict[str, list[Cost]], few: int, size: int, blocks: int) -> list[str]:
    def each(costs: list[Cost], what: str) -> tuple[float, float]:
        """Of a submission, and of a start."""
        start, *rest = (getattr(each, what) for each in costs)
        marginal = (sum(rest) - blocks * start) / (size - blocks * few)
        return marginal, start - few * marginal

    lines = [
        "| | processor s a submission | ratio | wall s a submission | ratio | one-off start: processor s | wall s |",
        "|---|---|---|---|---|---|---|",
    ]
    base = {what: each(next(iter(spent.values())), what)[0] for what in ("processor", "wall")}
    for name, costs in spent.items():
        (processor, once), (wall, begin) = each(costs, "processor"), each(costs, "wall")
        lines.append(
            f"| {name} | {processor:.2f} | {base['processor'] / processor:.1f}x | {wall:.2f} | "
            f"{base['wall'] / wall:.1f}x | {once:.1f} | {begin:.1f} |"
        )
    if not all(cost.complete for costs in spent.values() for cost in costs):
        lines.append("Processor times are too low: this system keeps no account of processes that others end.")
    return lines


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(prog="python -m tests.benchmarks.grading")
    arguments.add_argument("--size", type=int, default=8, help="submissions in the class")
    arguments.add_argument("--blocks", type=int, default=2, help="into how many parts the class is cut")
    options = arguments.parse_args()
    if options.size <= options.blocks * usable_cores():
        arguments.error("--size: each block needs more submissions than there are cores")
    for line in measure(options.size, options.blocks):
        print(line, flush=True)


if __name__ == "__main__":
    main()
