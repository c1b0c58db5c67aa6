"""What the grader says today of the corpus, of its pictures and of the sample class, as plain data.

Each entry is keyed by case and task. `old_corpus.json` says where a case was another when the goldens were written:

- `names`: by the name of its file in the corpus, the name that it had. The goldens are keyed by it, and seeds are made
  from it: the numbers in the messages follow from the seeds.
- `without_first_line`: by that name, those that were recorded without the line where `%%task` stands. Line numbers in
  their goldens are one less than a student's.

Only this module imports what is under test.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from hashlib import sha256
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy
import torch
from IPython.core.inputtransformer2 import TransformerManager

from grader.bench.section import record_section
from grader.bench.what_if import estimate
from grader.corpus.entries import Entry
from grader.corpus.trial import carried_from
from grader.course.batch.grade import grade
from grader.course.batch.order import Order
from grader.course.batch.sample_class import class_file, read_recipes, write_class
from grader.course.batch.stock_course import StockCourse
from grader.course.intake.lab_files import lab_files
from grader.course.judging.course_key import KEY_FILE
from grader.course.nbgrader.plug_in import missing_for_sandbox
from grader.judge.exam import exam_cases, examine, verdict_on
from grader.judge.trace import Trace, from_json, to_json
from grader.judge.verdict import Verdict
from grader.lab.case import Case
from grader.lab.registry import find_lab
from grader.lab.section import Section
from grader.labs.linear.what_if import WHAT_IF
from grader.pictures.outcome import outcome
from grader.pictures.picture import picture
from grader.pictures.what_if import what_if_picture
from tests.goldens.comparing import HERE, Numbers
from tests.judge.ranks import judging
from tests.judge.ranks import right as ranks_right
from tests.judge.ranks import wrong as ranks_wrong
from tests.judge.ranks.solutions import Solution
from tests.labs.corpora import corpus, solution_cells
from tests.rank_lab import lab as rank_lab

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "ru")
LAB = find_lab("linear")
SOLUTION = Entry("solution", "right", {}, "", frozenset(), {}, "the lab's own solution", ROOT)
OLD = json.loads((HERE / "old_corpus.json").read_text(encoding="utf-8"))
OLD_NAMES: Mapping[str, str] = OLD["names"]
WITHOUT_FIRST_LINE = frozenset(OLD["without_first_line"])
PRAISE = "right at the sizes of this notebook"
# wrong solutions whose runs are drawn: what was gathered, what is missing, what isn't needed, who holds too much
DRAWN = (
    "vstack",
    "global W in forward",
    "full dW = X.T @ dY, split",
    "cat of dW shards",
    "moved: both signs in one",
    "moved: every other row",
    "as_strided over un-split view",
    "roles swapped: row code, column task",
    "c08_dX_not_reduced",
    "c13_db_copy_paste",
    "c31_full_W_backward",
    "c35_dW_allreduced",
    "r05_not_reduced",
    "r08_X_swapped",
    "r17_db_allreduced",
    "r18_b_double_update",
    "r33_full_W_backward",
    "r53_column_instead",
    "partial sums weighted",
    "cut at one third",
)
Found = dict[str, Any]
Draw = Callable[[], int]


@dataclass(frozen=True)
class Golden:
    """One file: the cases in it, and how the entry of each is made."""

    cases: Callable[[], Mapping[str, Any]]
    entry: Callable[[Any], Any]


def of_kind(kind: str) -> dict[str, Entry]:
    """The corpus' entries of that kind, each under the name that it had when the goldens were written."""
    entries = (_as_it_was(entry) for entry in corpus("linear") if entry.kind == kind)
    return {entry.name: entry for entry in entries}


def _as_it_was(entry: Entry) -> Entry:
    name, cells = OLD_NAMES.get(entry.name, entry.name), entry.cells
    if name in WITHOUT_FIRST_LINE:
        cells = {task: text.partition("\n")[2] for task, text in cells.items()}
    return replace(entry, name=name, cells=cells)


def right() -> dict[str, Entry]:
    """Right solutions, the lab's own among them."""
    return {SOLUTION.name: SOLUTION, **of_kind("right")}


def seeds(*of: str) -> Draw:
    """The seeds to draw from for one task of one case: the same each time. torch's own numbers start anew too."""
    torch.set_num_threads(1)
    drawn = (int.from_bytes(sha256("\0".join([*of, str(n)]).encode()).digest()[:6]) for n in count())
    first = next(drawn)
    torch.manual_seed(first)
    random.seed(first)
    numpy.random.seed(first % (1 << 32))
    return lambda: next(drawn)


def two_devices(entry: Entry) -> Found:
    """The exam's verdict on each task of the sections that an entry touches, or of all where it touches none."""
    if entry.harms:
        return _apart(entry)
    return _two_devices(entry)


def _two_devices(entry: Entry, tasks: Iterable[str] = ()) -> Found:
    touched = {LAB.section(task).name for task in entry.cells or LAB.task_names}
    wanted = tasks or [task for task in LAB.task_names if LAB.section(task).name in touched]
    return {task: _verdict(entry, LAB.section(task), task) for task in wanted}


def _verdict(entry: Entry, section: Section, task: str) -> Any:
    cells, carried = _cells(entry), carried_from(section, entry.before)

    def record(case: Case) -> list[Trace]:
        return [from_json(to_json(record_section(section, task, cells, case, carried)))]

    draw = seeds(entry.name, task)
    return _said(examine(section, task, exam_cases(section), record, draw))


def _apart(entry: Entry) -> Found:
    """Whether the entry passes the tasks that it has to lose: its process may die of it, and what is said varies."""
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        found = process.submit(_two_devices, entry, sorted(entry.loses)).result(timeout=300)
    return {task: "passed" if said == "passed" else "failed" for task, said in found.items()}


def _cells(entry: Entry) -> dict[str, str]:
    transform = TransformerManager().transform_cell
    return {task: transform(text) for task, text in {**solution_cells("linear"), **entry.cells}.items()}


def _said(verdict: Verdict) -> Any:
    if verdict.passed:
        return "passed"
    said = {language: verdict.render(language) for language in LANGUAGES}
    on = LAB.describe(verdict.case).render("en") if verdict.case else ""
    return {**said, "mistake": verdict.mistake, "on": on}


def ranks(solution: Solution) -> Found:
    """The exam's verdict on a solution for any number of ranks, and for a right one what it moves."""
    section = rank_lab.LAB.section(solution.task)

    def record(case: Case) -> list[Trace]:
        return judging.traces(solution.task, solution.source, case)

    found = examine(section, solution.task, rank_lab.exam_cases(), record, seeds(solution.id, solution.task))
    if found.passed:
        return {solution.task: {"passed": True, "moved": found.moved, "needed": found.needed}}
    said = {language: found.render(language) for language in LANGUAGES}
    return {solution.task: {**said, "on": rank_lab.LAB.describe(found.case).render("en") if found.case else ""}}


def pictured() -> dict[str, Entry]:
    """The lab's own solution and some wrong ones."""
    known = {**right(), **of_kind("wrong"), **of_kind("ways_round")}
    return {name: known[name] for name in (SOLUTION.name, *DRAWN)}


def texts(entry: Entry) -> Found:
    """For each task (of a wrong solution those that it loses) the text twins of a check's card and of its picture."""
    cells, found = _cells(entry), {}
    for task in [task for task in LAB.task_names if task in entry.loses or entry is SOLUTION]:
        section, draw = LAB.section(task), seeds(entry.name, task)
        trace = record_section(section, task, cells, LAB.shown_at, carried_from(section, entry.before))
        verdict = verdict_on(section, task, LAB.shown_at, [trace], draw())
        found[task] = {language: list(_twins(section, task, verdict, language)) for language in LANGUAGES}
    return found


def _twins(section: Section, task: str, verdict: Verdict, language: str) -> Iterator[str]:
    drawn, shown = None, LAB.shown_at
    if section.rule is not None and verdict.ledger is not None:
        ruled = section.task(task).ruled
        drawn = picture(verdict.ledger, verdict.due, language, shown.dtype.itemsize, ruled)
    yield from outcome(LAB, task, verdict, PRAISE, language, shown, drawn).text.split("\n")


def what_if(batch_size: int) -> Found:
    """The text twin of the picture that shows the solution at a large model's sizes."""
    cells = _cells(SOLUTION)
    estimates = [
        estimate(WHAT_IF, LAB.section(task), cells, model, batch_size, {})
        for model in WHAT_IF.models
        for task in WHAT_IF.tasks
    ]
    return {language: what_if_picture(estimates, batch_size, language).text.split("\n") for language in LANGUAGES}


def sample_class() -> dict[str, str]:
    """One class: it is graded as a whole."""
    return {"linear": "linear"}


def graded(lab_name: str) -> Found:
    """The results of the sample class by student, graded as `make demo` grades it, but with a key of our own."""
    lab = lab_files(ROOT, lab_name, str)
    recipes = read_recipes(class_file(lab_name))
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        write_class(work / "submitted", recipes, lab, ROOT / "solutions")
        sandbox = False if missing_for_sandbox() else None
        order = Order(lab, work / "submitted", work / "results.jsonl", work / "course", "en", sandbox)
        course = StockCourse(order.course, lab.lab, sandbox)
        course.make(order.say)
        course.prepare(lab.solution, order.say)
        (order.course / KEY_FILE).write_text("5e" * 32, encoding="ascii")
        results = {result.student: asdict(result) for result in grade(order)}
    for result in results.values():
        result["tasks"] = {task.pop("task"): task for task in result["tasks"]}
        result["flags"] = [flag for flag in result["flags"] if not flag.startswith("no-sandbox")]
    return results


GOLDENS: dict[str, Golden] = {
    "right": Golden(right, two_devices),
    "wrong": Golden(partial(of_kind, "wrong"), two_devices),
    "ways_round": Golden(partial(of_kind, "ways_round"), two_devices),
    "ranks_right": Golden(lambda: {one.id: one for one in ranks_right.RIGHT}, ranks),
    "ranks_wrong": Golden(lambda: {one.id: one for one in ranks_wrong.WRONG}, ranks),
    "pictures": Golden(pictured, texts),
    "what_if": Golden(lambda: {"batch of 32": 32}, what_if),
    "sample_class": Golden(sample_class, graded),
}

# a student's values follow from the text of the whole notebook: any word of it changes them
CLOSENESS = {"sample_class": Numbers.MASKED}


def made(name: str, only: Sequence[str] = (), workers: int = 1) -> Found:
    """A golden's entries by case, of these cases or of all."""
    wanted = [case for case in _golden_cases(name) if not only or case in only]
    if workers == 1 or len(wanted) == 1:
        return {case: _entry(name, case) for case in wanted}
    with ProcessPoolExecutor(workers, get_context("spawn")) as processes:
        return dict(zip(wanted, processes.map(partial(_entry, name), wanted, chunksize=4), strict=True))


def _entry(name: str, case: str) -> Any:
    return GOLDENS[name].entry(_golden_cases(name)[case])


@cache
def _golden_cases(name: str) -> Mapping[str, Any]:
    return GOLDENS[name].cases()
