"""What grading a class costs: stock nbgrader beside ours, in turn, with the sandbox and the judge at work.

    python -m tests.benchmarks.grading                                      a few submissions, some minutes
    python -m tests.benchmarks.grading --size 100 --blocks 5 --otter 20     the whole table: 40 to 50 minutes

The class is cut into blocks, and each side grades each block in turn, so that a busy machine slows all alike. Stock
nbgrader and otter-grader, which are slow, may get fewer submissions of each block, taken evenly (`--slow-size`,
`--otter`): a wrong solution may cost several times what another costs, so few of them say little. Before
and after the blocks each side grades a class that is as small as there are cores: from that and the blocks follow, by
least squares, what a submission costs and what is spent once (imports, warm processes, the lab into the gradebook).

All sides have the environment of a plain shell. There torch takes as many threads as there are cores, which cost more
processor time than they are worth in small kernels; ours decides that by itself. Stock nbgrader stands there once more
with that decided for it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from grader.course.execution.prefetch import usable_cores
from grader.course.intake.lab_files import LabFiles, lab_files
from tests.benchmarks import otter_grader
from tests.benchmarks.corpus_class import write_corpus_class
from tests.benchmarks.processor_time import Cost, cost

ROOT = Path(__file__).resolve().parents[2]
BINARIES = Path(sys.executable).parent
STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "benchmark"\nc.Execute.timeout = 300\n'
THREADS = "OMP_NUM_THREADS"
OURS = 'from grader.course.nbgrader.plug_in import plug_in\nc = get_config()\nc.CourseDirectory.course_id = "benchmark"\nplug_in(c)\n'


@dataclass(frozen=True)
class Side:
    """One way to grade: its name, what grades the submissions in a folder, and how many of the class it gets."""

    name: str
    grade: Callable[[Path, LabFiles], Cost]
    many: int


def autograde(config: str, **variables: str) -> Callable[[Path, LabFiles], Cost]:
    """`nbgrader autograde` in a course folder with that configuration, and with these environment variables."""

    def grade(submitted: Path, lab: LabFiles) -> Cost:
        course = submitted.with_name("course")
        shutil.rmtree(course, ignore_errors=True)
        source = course / "source" / lab.lab
        source.mkdir(parents=True)
        shutil.copy(lab.solution, source)
        (course / "nbgrader_config.py").write_text(config, encoding="utf-8")
        shutil.copytree(submitted, course / "submitted")
        cost([str(BINARIES / "nbgrader"), "generate_assignment", lab.lab], course, environment())
        return cost([str(BINARIES / "nbgrader"), "autograde", lab.lab], course, environment() | variables)

    return grade


def grader_grade(submitted: Path, lab: LabFiles) -> Cost:
    """`grader grade` into a new course folder."""
    shutil.rmtree(submitted.with_name("results-course"), ignore_errors=True)
    words = ["grade", lab.lab, "--submitted", str(submitted), "--results", str(submitted.with_name("results.jsonl"))]
    return cost([sys.executable, "-m", "grader", *words], ROOT, environment())


def environment() -> dict[str, str]:
    """What an instructor's shell has: nobody there tells torch how many threads to use."""
    inherited = {name: value for name, value in os.environ.items() if name != THREADS}
    return inherited | {"PATH": f"{BINARIES}:{inherited['PATH']}"}


def sides(size: int, slow_size: int) -> list[Side]:
    """Stock nbgrader and ours; the first is what the others are compared with."""
    return [
        Side("nbgrader autograde, stock (no sandbox)", autograde(STOCK), slow_size),
        Side(f"the same, told {THREADS}=1", autograde(STOCK, **{THREADS: "1"}), slow_size),
        Side("nbgrader autograde, our config", autograde(OURS), size),
        Side("grader grade", grader_grade, size),
    ]


OTTER = "otter-grader, its Python API (no sandbox, one after the other)"
# submissions, and what they cost together
Point = tuple[int, Cost]


def measure(size: int, slow_size: int, blocks: int, otter: int = 0) -> list[str]:
    """The table's lines."""
    lab, begun = lab_files(ROOT, "linear", str), time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        compared = sides(size, slow_size)
        if otter:
            python = otter_grader.environment(folder / "otter")
            compared.insert(2, Side(OTTER, otter_grader.grading(python), otter))
        students = write_corpus_class(folder / "class", size, lab)
        # as many as are at work at once: then everything that starts once has started
        few = students[: usable_cores()]
        parts = [few, *(students[place::blocks] for place in range(blocks)), few]
        points: dict[str, list[Point]] = {side.name: [] for side in compared}
        for number, part in enumerate(parts):
            print(f"part {number + 1} of {len(parts)}, after {time.monotonic() - begun:.0f} s", flush=True)
            for side in compared if number % 2 else compared[::-1]:
                taken = part if part is few else evenly(part, -(-len(part) * side.many // size))
                submitted = folder / f"part-{number}-{len(taken)}" / "submitted"
                for student in taken:
                    shutil.copytree(folder / "class" / student, submitted / student, dirs_exist_ok=True)
                points[side.name].append((len(taken), side.grade(submitted, lab)))
                print(f"  {side.name}, {len(taken)} submissions: {points[side.name][-1][1]}", flush=True)
        return _table(points)


def evenly(students: list[str], many: int) -> list[str]:
    """That many of them, in equal steps from the first on; all where there are no more."""
    many = min(many, len(students))
    return [students[place * len(students) // many] for place in range(many)]


def line(points: list[Point], what: str) -> tuple[float, float]:
    """What a submission costs in `processor` or `wall` seconds, and what is spent once."""
    return statistics.linear_regression(
        [many for many, _ in points], [float(getattr(spent, what)) for _, spent in points]
    )


def _table(points: dict[str, list[Point]]) -> list[str]:
    lines = [
        "| | submissions | processor s a submission | ratio | wall s a submission | ratio "
        "| one-off start: processor s | wall s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    stock = next(iter(points.values()))
    (base, _), (base_wall, _) = line(stock, "processor"), line(stock, "wall")
    for name, own in points.items():
        (processor, once), (wall, begin) = line(own, "processor"), line(own, "wall")
        lines.append(
            f"| {name} | {sum(many for many, _ in own[1:-1])} | {processor:.2f} | {base / processor:.1f}x | {wall:.2f} "
            f"| {base_wall / wall:.1f}x | {once:.1f} | {begin:.1f} |"
        )
    if not all(spent.complete for own in points.values() for _, spent in own):
        lines.append("Processor times are too low: this system keeps no account of processes that others end.")
    return lines


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(prog="python -m tests.benchmarks.grading")
    arguments.add_argument("--size", type=int, default=8, help="submissions in the class")
    arguments.add_argument("--slow-size", type=int, help="how many of them the slow sides grade; by default all")
    arguments.add_argument("--blocks", type=int, default=2, help="into how many parts the class is cut")
    arguments.add_argument("--otter", type=int, default=0, metavar="MANY", help="install otter-grader for as many")
    options = arguments.parse_args()
    slow_size = min(options.slow_size or options.size, options.size)
    if min(slow_size, options.otter or slow_size) <= options.blocks * usable_cores():
        arguments.error("--size, --slow-size, --otter: each block needs more submissions than there are cores")
    for row in measure(options.size, slow_size, options.blocks, options.otter):
        print(row, flush=True)


if __name__ == "__main__":
    main()
