"""nbgrader's Execute, careful: evidence is collected, one cell's end is not the class's, and nothing that the student's
code shows reaches a page as HTML or a score.
"""

from __future__ import annotations

import os
import tempfile
from copy import deepcopy
from typing import Any

from jupyter_core.utils import run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode, from_dict
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade, is_solution
from traitlets import Any as Any_
from traitlets import Bool, Integer, Unicode

from grader.bench.evidence import MIME, SWITCH
from grader.course.execution.allowance import Allowance
from grader.course.execution.cells_not_run import cells_not_run
from grader.course.execution.notebooks_to_come import look_ahead
from grader.course.execution.outputs import SHOWN, count_of, output_of, shown, text_of
from grader.course.execution.prefetch import usable_cores, with_outcome
from grader.course.intake.rebuild import task_name, task_of
from grader.course.judging.graded_lab import judged_task
from grader.course.judging.judge_preprocessor import EVIDENCE, JUDGED, NOT_EXAMINED, WHY_NOT, evidence_in
from grader.course.language import N_, Translate, translator
from grader.course.results.flags import Flag
from grader.course.stopping import Stop, Stopped, as_interrupt, requested
from grader.judge.without_gpu import HIDDEN_DEVICES
from grader.kernel import JUPYTER
from grader.kernel.channel.conversation import CellLimits, Conversation, Told, TooLong, TooMuchOutput
from grader.kernel.channel.socket_channels import SocketManager

MOST_ENDS = 3  # a notebook that ends more kernels than that is left to the instructor
MOST_STARTS = 3  # a kernel that doesn't come up is the machine's affair, not the student's


# What a kernel's end, its silence, or what no kernel says comes to; all else is an error of our own.
OF_THE_KERNEL = (DeadKernelError, CellTimeoutError, ConnectionError, TimeoutError, ValueError, RecursionError, EOFError)


class CarefulExecute(Execute):  # type: ignore[misc]
    """Executes a notebook cell by cell; a cell that ends its kernel costs its own task only."""

    ahead = Any_(None, allow_none=True, help="Threads that are ahead of this; by default ones of its own.").tag(
        config=True
    )
    workers = Integer(help="How many notebooks are executed at once; by default as many as there are cores.").tag(
        config=True
    )
    kernel = Unicode("python3", help="The kernelspec that student code runs in.").tag(config=True)
    to_the_end = Bool(
        False, help="Also run the cells that no points hang on: their pictures and comparisons, at twice the time."
    ).tag(config=True)
    most_bytes = Integer(16 << 20, help="What one cell may send, in bytes.").tag(config=True)
    most_bytes_in_all = Integer(64 << 20, help="What all cells of a notebook may send, in bytes.").tag(config=True)
    most_seconds = Integer(
        600, help="What a notebook may take in all, in seconds, however often its kernel has to be started."
    ).tag(config=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"kernel_manager_class": SocketManager, **kwargs})
        self.stop = Stop()

    def _workers_default(self) -> int:
        return usable_cores()

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """The executed notebook; what the judge needs is in `resources`.

        Where threads are ahead of this one, the notebook is executed and judged already.
        """
        with as_interrupt():
            ahead = self.ahead or look_ahead(self, resources, self.workers)
            done = ahead.take(nb) if ahead else None
            if done is not None:
                resources[JUDGED] = True
                return with_outcome(nb, done), resources
            with requested().part() as self.stop:
                return self.executed(nb, resources, km)

    def executed(
        self, nb: NotebookNode, resources: dict[str, Any], km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """The notebook executed here and now."""
        with tempfile.TemporaryDirectory() as self._profile:
            return self._executed(nb, resources, km)

    def _executed(self, nb: NotebookNode, resources: dict[str, Any], km: Any) -> tuple[NotebookNode, dict[str, Any]]:
        say = translator(str(nb.metadata.get("course", {}).get("language", "en")))
        self.kernel_name, self.sandboxed = self.kernel, False
        flags: list[Flag] = []
        starts, self._one_by_one = 0, False
        self._allowance = Allowance(self.most_seconds, self.most_bytes_in_all)
        self._cells_not_run = frozenset() if self.to_the_end else cells_not_run(nb)
        self._unrun = say(N_("not run when graded: no points hang on this cell"))
        self._too_much = say(N_("not kept: the notebook shows more than is kept of one"))
        while True:
            trial = deepcopy(nb)
            runs = (cell for place, cell in enumerate(trial.cells) if place not in self._cells_not_run)
            self._to_run = [cell.source for cell in runs if cell.cell_type == "code" and cell.source.strip()]
            resources[EVIDENCE], resources[WHY_NOT], self._here, self._at_once = {}, {}, -1, False
            try:
                executed, resources = super().preprocess(trial, resources, km)
                break
            except Exception as ended:
                self.stop.check()
                if self._here < 0 and not isinstance(ended, DeadKernelError):
                    starts += 1
                    if starts == MOST_STARTS:
                        raise
                    self.log.warning("The kernel did not start; it is tried once more.", exc_info=True)
                    continue
                if not isinstance(ended, OF_THE_KERNEL):
                    self.log.error("The grader itself failed at this notebook.", exc_info=True)
                    flags.append(Flag("own-error", f"{type(ended).__name__}: {ended}"[:200]))
                    executed = self._given_up(trial, resources, flags[-1].text(say))
                    break
                # the kernel is gone, or it says what no kernel says
                culprit = _student_cell(trial, self._here if self._here >= 0 else None)
                spent = self._allowance.spent
                if not spent and self._at_once and (culprit is None or not isinstance(ended, (TooLong, TooMuchOutput))):
                    # it was ahead, and may have come to its end in a later cell than was heard of last
                    self._one_by_one = True
                    continue
                if spent or culprit is None or len(flags) == MOST_ENDS:
                    flags.append(Flag("not-run", spent or str(ended)[:200]))
                    executed = self._given_up(trial, resources, flags[-1].text(say))
                    break
                flags.append(_take_out(nb, culprit, ended, say))
        if not self.sandboxed:
            flags.append(Flag("no-sandbox"))
        executed.metadata.setdefault("course", {})["flags"] = [str(flag) for flag in flags]
        return executed, resources

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        self.stop.check()
        # no student shares an IPython profile with another
        own = {SWITCH: "1", "OMP_NUM_THREADS": "1", "IPYTHONDIR": self._profile, **HIDDEN_DEVICES}
        await super().async_start_new_kernel(env=os.environ | own, **kwargs)
        try:
            self.stop.calls(self.km.provisioner.process.kill)
        except Stopped:
            await self._async_cleanup_kernel()
            raise
        self.sandboxed = getattr(self.km.provisioner, "sandboxed", None) is True

    async def async_start_new_kernel_client(self) -> Any:
        client = await super().async_start_new_kernel_client()
        self._conversation = Conversation(client)
        self._at_once = getattr(self.km.provisioner, "cells_at_once", False) and not self._one_by_one
        return client

    start_new_kernel = run_sync(async_start_new_kernel)  # nbclient's own are bound to its own
    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    def create_kernel_manager(self) -> Any:
        """A kernel manager that also knows the grading kernel, which no menu of kernels in JupyterLab offers."""
        manager = super().create_kernel_manager()
        specs = manager.kernel_spec_manager
        specs.kernel_dirs = [str(JUPYTER / "kernels"), *specs.kernel_dirs]
        return manager

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        self._here = index
        if index in self._cells_not_run:
            cell.outputs = [output_of("stream", name="stdout", text=f"○ {self._unrun}\n")]
            return cell, resources
        cell, resources = super().preprocess_cell(cell, resources, index)
        if cell.cell_type != "code":
            return cell, resources
        cell.execution_count = count_of(cell.get("execution_count"))
        task = judged_task(cell)
        if task:
            _collect(task, cell, resources, self._allowance)
        cell.outputs = [_sealed()] if task else self._kept(cell.outputs)
        return cell, resources

    def _kept(self, outputs: list[NotebookNode]) -> list[NotebookNode]:
        kept = shown(outputs)
        if self._allowance.shows(kept):
            return kept
        return [output_of("stream", name="stdout", text=f"○ {self._too_much}\n")]

    def execute_cell(self, cell: NotebookNode, cell_index: int, **_: Any) -> NotebookNode:
        """The cell, executed."""
        if cell.cell_type == "code" and cell.source.strip():
            if not self._conversation.begun:  # not earlier: nbconvert has a question of its own first
                self._conversation.ask(self._to_run, self._at_once)
            told = self._told(self._limits(cell))
            cell.outputs, cell.execution_count = list(map(from_dict, told.outputs)), told.execution_count
            self.on_cell_executed(cell=cell, cell_index=cell_index, execute_reply=told.reply)
        return cell

    def _told(self, limits: CellLimits) -> Told:
        before = self._conversation.taken
        try:
            return self._conversation.next(limits, self._look_after)
        except TooMuchOutput:
            if limits.most_bytes < self.most_bytes:
                self._allowance.bytes = 0
            raise
        finally:
            self._allowance.bytes -= self._conversation.taken - before

    def _limits(self, cell: NotebookNode) -> CellLimits:
        left = self._allowance
        seconds = min(self._get_timeout(cell) or left.seconds, left.seconds_left)
        return CellLimits(seconds, self.iopub_timeout, min(self.most_bytes, left.bytes))

    def _look_after(self) -> None:
        if not run_sync(self.kc.is_alive)():
            raise DeadKernelError("Kernel died")

    def _given_up(self, nb: NotebookNode, resources: dict[str, Any], why: str) -> NotebookNode:
        """A notebook that ends kernel after kernel: what has been collected so far is judged, the rest is not."""
        for cell in nb.cells[max(self._here, 0) :]:
            if cell.cell_type != "code":
                continue
            if task := judged_task(cell):
                resources[WHY_NOT].setdefault(task, why)
            graded = is_grade(cell) and not is_solution(cell)
            cell.outputs = [_sealed(why)] if graded else shown(cell.get("outputs", []))
        return nb


def _collect(task: str, cell: NotebookNode, resources: dict[str, Any], allowance: Allowance) -> None:
    """Keep the evidence that a grade cell shows, or why there is none."""
    for output in cell.outputs:
        found = evidence_in(output, MIME)
        if found is not None and found[0] == task:
            if allowance.records(sum(len(text) for texts in found[1].values() for text in texts)):
                resources[EVIDENCE][task] = found[1]
            return
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors:
        said = errors[-1].evalue or errors[-1].ename  # an interrupt has nothing to say but its name
        resources[WHY_NOT][task] = text_of(said, SHOWN).removeprefix("✗ ").removeprefix(f"{task}: ")[:600]


def _take_out(nb: NotebookNode, place: int, ended: Exception, say: Translate) -> Flag:
    """Put a cell that raises in the place of one that ended the kernel."""
    cell = nb.cells[place]
    task = task_of(cell.source)
    flag = Flag("kernel-ended", task or _first_line(cell.source))
    reason = say(N_("this cell ended the kernel when it was graded"))
    if isinstance(ended, TooMuchOutput):
        reason = say(N_("this cell printed more than is kept when it was graded"))
    raises = f"from grader.bench.failures import CellEnded\n\nraise CellEnded({reason!r})"
    cell.source = (f"%%task {task}\n" if task else "") + raises
    return flag


def _first_line(text: str) -> str:
    """How to name a cell that has no name."""
    return "`" + text.strip().split("\n", 1)[0][:40] + "`"


def _student_cell(nb: NotebookNode, place: int | None) -> int | None:
    """The student's cell to blame for what happened in this one: itself, or the one it checks."""
    if place is None:
        return None
    cells = nb.cells
    mark: dict[str, Any] = cells[place]["metadata"].get("nbgrader", {})
    if not mark.get("locked"):
        return place if cells[place]["cell_type"] == "code" else None
    checked = task_name(mark["grade_id"])
    places = [here for here, cell in enumerate(cells) if task_of(cell["source"]) == checked]
    return places[0] if places else None


def _sealed(why: str = "not judged") -> NotebookNode:
    """What a grade cell holds until it is judged: no points."""
    return output_of("error", ename=NOT_EXAMINED, evalue=why, traceback=[why])
