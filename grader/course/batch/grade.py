"""A class of submissions graded by stock nbgrader, with several at work at once."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace

from nbgrader.api import MissingEntry

from grader.course.batch.graded_submissions import GradedSubmissions, alone, way_of, work_of
from grader.course.batch.order import Order, look_over
from grader.course.batch.stock_course import NotExamined, StockCourse
from grader.course.batch.task_results import task_results
from grader.course.intake.harmless_prose import harmless
from grader.course.intake.rebuild import Intake, Notebook, take_in
from grader.course.intake.submitted_folder import read_notebook
from grader.course.language import translator
from grader.course.nbgrader.plug_in import sandboxed
from grader.course.results.flags import Flag, Unreadable, printable
from grader.course.results.results_file import (
    SubmissionResult,
    SubmissionStatus,
    TaskResult,
    append_result,
    write_results,
)
from grader.course.stopping import Stop, ending, stoppable

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Taken:
    """One submission as it was read: what to run, or why it can't be read, and what its result follows from."""

    work: str
    intake: Intake | None
    flags: tuple[Flag, ...]


def grade(order: Order, progress: Progress = lambda student: None) -> list[SubmissionResult]:
    """Every submission's result, also written to the results file as they come; `progress` hears each one.

    Stopped by KeyboardInterrupt, it leaves what is graded in gradebook and results file, and nothing else.
    """
    found = look_over(order)
    # nbgrader changes the working directory while it works, and other submissions are read meanwhile
    order = replace(order, submitted=order.submitted.resolve(), results=order.results.resolve())
    course = StockCourse(order.course, order.lab.lab, order.sandbox)
    course.make(order.say)
    with stoppable() as stop, alone(course.folder, order.say):
        course.prepare(order.lab.solution, order.say)
        return _Grading(order, course, found).run(progress, stop)


class _Grading:
    """The work of one call of `grade`."""

    def __init__(self, order: Order, course: StockCourse, students: list[str]) -> None:
        self.order, self.course, self.students = order, course, students
        self.done = GradedSubmissions(course.folder)
        if order.again:
            self.done.forget()
        self.before = self.done.read()
        self.way = way_of(order.lab, course.folder, sandboxed(order.sandbox))
        self.ahead: dict[str, Taken] = {}  # read by the threads that are ahead

    def run(self, progress: Progress, stop: Stop) -> list[SubmissionResult]:
        results: list[SubmissionResult] = []
        write_results(self.order.results, results)
        with self.course.working():
            try:
                self.course.work_ahead(self._to_run(), self.order.workers)
                for student in self.students:
                    stop.check()
                    taken = self.ahead.pop(student, None) or take(self.order, student, self.way)
                    result = self._kept(student, taken)
                    if result is None:
                        result = grade_one(self.order, self.course, student, taken)
                        self.done.add(taken.work, result)
                    append_result(self.order.results, result)
                    results.append(result)
                    progress(student)
            finally:
                ending()
                self.course.stop()
        return results

    def _to_run(self) -> Iterator[Notebook | None]:
        for student in self.students:
            taken = self.ahead[student] = take(self.order, student, self.way)
            known = student in self.before and self.before[student][0] == taken.work
            yield None if known or taken.intake is None else taken.intake.notebook

    def _kept(self, student: str, taken: Taken) -> SubmissionResult | None:
        """The result that there is of just this work, with an instructor's grades as they are now."""
        work, result = self.before.get(student, ("", None))
        if result is None or work != taken.work:
            return None
        if result.status != "graded":
            return result
        try:
            graded = self.course.autograded(student)
            speak = translator(result.language)
            tasks = task_results(self.course, student, graded, self.order.lab.tasks, speak)
        except (OSError, ValueError, MissingEntry):
            return None
        return replace(result, tasks=tasks, points=sum(task.points for task in tasks))


def take(order: Order, student: str, way: str) -> Taken:
    """What a student handed in."""
    raw = b""
    try:
        raw, flags = read_notebook(order.submitted, student, order.lab.lab)
    except Unreadable as problem:
        return Taken(work_of(way, raw, [problem.flag]), None, (problem.flag,))
    work = work_of(way, raw, flags)
    intake = take_in(raw, order.lab.released)
    if intake.notebook is None:
        return Taken(work, None, intake.flags)
    return Taken(work, intake, (*intake.flags, *flags))


def grade_one(order: Order, course: StockCourse, student: str, taken: Taken) -> SubmissionResult:
    """One submission's result; whatever is wrong with it stays its own affair."""
    intake, flags = taken.intake, list(taken.flags)
    if intake is None or intake.notebook is None:
        return _unreadable(order, course, student, flags[0])
    speak = translator(intake.language)
    try:
        graded = course.autograde(student, intake.notebook)
    except NotExamined as problem:
        stopped = Flag("not-run", problem.cause[:200])
        return _interrupted(order, course, student, intake, [*flags, stopped])
    flags = [*flags, *(Flag(*text.split(": ", 1)) for text in graded["metadata"].get("course", {}).get("flags", []))]
    tasks = task_results(course, student, graded, order.lab.tasks, speak)
    left = [task for task in tasks if task.status == "not_examined"]
    partly = any(task.task not in order.lab.by_hand for task in left)
    return _result(order, student, intake.language, "partly" if partly else "graded", tasks, flags)


def _unreadable(order: Order, course: StockCourse, student: str, flag: Flag) -> SubmissionResult:
    """No points, and the reason in the place of every verdict."""
    if flag.key != "bad-name":  # such a name can't be a student's id in the gradebook either
        page = _with_note(order.lab.in_language(order.language), flag.to_student(order.say))
        course.set_aside(student, page, score=0.0)
    return _result(order, student, "", "unreadable", _none(order, flag.text(order.say)), [flag])


def _interrupted(
    order: Order, course: StockCourse, student: str, intake: Intake, flags: list[Flag]
) -> SubmissionResult:
    """No points yet: the tasks wait for the instructor to look."""
    assert intake.notebook is not None
    reason = flags[-1].text(translator(intake.language))
    course.set_aside(student, _with_note(intake.notebook, reason), score=None)
    return _result(order, student, intake.language, "partly", _none(order, reason), flags)


def _result(
    order: Order,
    student: str,
    language: str,
    status: SubmissionStatus,
    tasks: tuple[TaskResult, ...],
    flags: list[Flag],
) -> SubmissionResult:
    return SubmissionResult(
        student=printable(student),
        lab=order.lab.lab,
        language=language,
        points=sum(task.points for task in tasks),
        max_points=sum(task.max_points for task in tasks),
        status=status,
        tasks=tasks,
        flags=tuple(map(str, flags)),
    )


def _none(order: Order, reason: str) -> tuple[TaskResult, ...]:
    return tuple(TaskResult(task, 0.0, most, "not_examined", reason) for task, most in order.lab.tasks.items())


def _with_note(notebook: Notebook, text: str) -> Notebook:
    """The notebook under a first cell with this text, so that its feedback page says it."""
    noted = deepcopy(notebook)
    note = {"cell_type": "markdown", "id": "grader-note", "metadata": {}, "source": f"**{harmless(text)}**"}
    noted["cells"].insert(0, note)
    return noted
