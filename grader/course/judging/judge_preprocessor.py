"""The judge in nbgrader's autograde: grade cells get their outcome from it, and from nothing that the kernel says.

Stands between the execution and SaveAutoGrades in `Autograde.autograde_preprocessors`. It reads the records that
`CarefulExecute` collected, asks the examiner, and writes each grade cell's outputs in the form that nbgrader scores:
an error output costs all points, a result that is a number is the points, anything else costs none.
"""

import atexit
import hashlib
import hmac
import json
import logging
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, Float, TraitError, Unicode, validate

from grader.course.judging.course_key import KEY_FILE, course_key, key_is_lost
from grader.course.judging.examiner import Examined, Examiner
from grader.course.judging.graded_lab import judged_task, lab_name_of
from grader.course.language import N_, translator
from grader.course.results.flags import printable
from grader.course.stopping import as_interrupt, requested
from grader.lab.case import MOST_RANKS, Case
from grader.lab.registry import labs

EVIDENCE = "evidence"  # in nbconvert's resources: by task the cases and records that the kernel handed out
WHY_NOT = "why not examined"  # by task a sentence
JUDGED = "judged"  # true where the outcomes are in the notebook already
LOST_KEY = f"{KEY_FILE} is gone: a new one is made, draws other values and gives students other pseudonyms"
FAILED, NOT_EXAMINED = "TaskFailed", "NotExamined"
MAX_RUNS = 100
MOST_SECONDS = 180.0  # for the tasks of one notebook; each has a limit of its own, and honest ones take less than one

Evidence = Mapping[str, Mapping[Case, Sequence[str]]]
Watch = Callable[[Callable[[], None]], None]
_free: list[Examiner] = []


class Judge(NbGraderPreprocessor):  # type: ignore[misc]
    """Writes the judge's outcome into each grade cell."""

    partial_credit = Dict(
        key_trait=Unicode(),
        value_trait=Float(min=0, max=1),
        help="By the name of a mistake, the share of a task's points that is left where it alone is the mistake; "
        "nothing where it isn't named here.",
    ).tag(config=True)

    @validate("partial_credit")
    def _known_mistakes(self, proposal: Any) -> dict[str, float]:
        shares: dict[str, float] = proposal["value"]
        names = sorted({name for lab in labs().values() for name in lab.mistakes})
        unknown = sorted(set(shares) - set(names))
        if unknown:
            close = sorted({name for wrong in unknown for name in get_close_matches(wrong, names, 1)})
            meant = f"did you mean {' or '.join(close)}? " if close else ""
            raise TraitError(
                f"Judge.partial_credit names {', '.join(unknown)}, which is no mistake's name: {meant}"
                "results.jsonl and the class report have the names of the mistakes that were made, "
                "the folder mistakes/ of a lab has all"
            )
        return shares

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """The notebook with judged grade cells; `resources` hold what `CarefulExecute` collected."""
        if not resources.get(JUDGED):
            with as_interrupt(), requested().part() as stop:
                if key_is_lost(Path.cwd()):
                    self.log.warning(LOST_KEY)
                judge(nb, resources, course_key(Path.cwd()), self.partial_credit, stop.calls)
                stop.check()
        return nb, resources


def judge(
    nb: NotebookNode,
    resources: Mapping[str, Any],
    key: bytes,
    partial_credit: Mapping[str, float],
    watch: Watch = lambda end: None,
) -> None:
    """Write the outcomes into a notebook's grade cells; `watch` gets what to call to end it from another thread."""
    language = str(nb.metadata.get("course", {}).get("language", "en"))
    evidence: Evidence = resources.get(EVIDENCE, {})
    reasons: Mapping[str, str] = resources.get(WHY_NOT, {})
    submission, name = texts_hash(nb), lab_name_of(nb)
    lab = labs().get(name)
    end = time.monotonic() + MOST_SECONDS
    with examiner() as asked:
        watch(asked.stop)
        for cell in nb.cells:
            task = judged_task(cell)
            if not task:
                continue
            if lab is None or task not in lab.task_names:
                why = translator(language)(N_("the judge knows no such task of the lab {lab}")).format(lab=name or "?")
                said = Examined(False, False, f"{task}: {why}")
            elif task in reasons:
                said = Examined(False, False, f"{task}: {reasons[task]}")
            elif task not in evidence:
                why = translator(language)(N_("its check was not run"))
                said = Examined(False, False, f"{task}: {why}")
            elif time.monotonic() > end:
                why = translator(language)(N_("the tasks before it took too long to examine"))
                said = Examined(False, False, f"{task}: {why}")
            else:
                # the tasks of a section share their values: what a right answer is, is found once
                drawn_by = f"{submission} {lab.section(task).name}"
                seed = hmac.new(key, drawn_by.encode(), hashlib.sha256).hexdigest()
                said = _asked(asked, name, task, evidence, language, seed)
            share = partial_credit.get(said.mistake, 0.0) if said.examined and said.mistake else 0.0
            cell.outputs = outputs_of(task, said, language, share * float(cell.metadata.nbgrader.points))
            # as data, for whoever reads it: nobody has to find it in a sentence again
            message = "" if said.passed else "\n".join(map(printable, said.text.removeprefix(f"{task}: ").split("\n")))
            cell.metadata["course"] = {
                "examined": said.examined,
                "passed": said.passed,
                "mistake": said.mistake,
                "message": message,
            }


def _asked(asked: Examiner, lab: str, task: str, evidence: Evidence, language: str, seed: str) -> Examined:
    """The examiner's word; where asking fails, that it is no fault of the student's."""
    try:
        return asked.examine(lab, task, list(evidence[task].items()), language, seed)
    except Exception as error:
        logging.getLogger(__name__).exception("The grader itself failed at %s.", task)
        why = translator(language)(N_("the grader itself failed ({error}), which is no fault of yours"))
        return Examined(False, False, f"{task}: {why.format(error=type(error).__name__)}")


def outputs_of(task: str, said: Examined, language: str, left: float = 0.0) -> list[NotebookNode]:
    """A grade cell's outputs: what the student is told, in the form that nbgrader scores.

    `left` are the points that a task keeps although it failed: nbgrader reads them off a result that is a number, and
    only where nothing is an error.
    """
    picture = [new_output("display_data", data=dict(said.picture))] if said.picture else []
    if said.passed:
        praise = translator(language)(N_("right at other sizes and other numbers too"))
        return [new_output("stream", name="stdout", text=f"✓ {task}: {praise}\n"), *picture]
    name = FAILED if said.examined else NOT_EXAMINED
    # a record may say anything, a terminal's escape sequences too
    text = "\n".join(printable(line) for line in f"✗ {said.text}".expandtabs().split("\n"))
    lines = textwrap.wrap(text, 100, subsequent_indent="  ", break_long_words=False)
    if left > 0:
        told = new_output("stream", name="stdout", text="\n".join(lines) + "\n")
        return [*picture, told, new_output("execute_result", data={"text/plain": repr(left)})]
    return [*picture, new_output("error", ename=name, evalue=text, traceback=lines)]


def evidence_in(output: NotebookNode, mime: str) -> tuple[str, dict[Case, Sequence[str]]] | None:
    """The task and the records by case that an output of the kernel's carries; None where it is none of ours.

    Every field may be anything: the kernel belongs to the student.
    """
    data = output.get("data", {}) if output.get("output_type") == "display_data" else {}
    plain = data.get(mime) if isinstance(data, dict) else None
    if not isinstance(plain, dict) or not isinstance(plain.get("task"), str) or not isinstance(plain.get("runs"), list):
        return None
    found: dict[Case, Sequence[str]] = {}
    for run in plain["runs"][:MAX_RUNS]:
        try:
            texts = run["traces"]
            if isinstance(texts, list) and len(texts) <= MOST_RANKS and all(isinstance(text, str) for text in texts):
                found[Case.from_plain(run["case"])] = texts
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return plain["task"], found


def texts_hash(nb: NotebookNode) -> str:
    """A hash of what the student wrote."""
    return hashlib.sha256(json.dumps([cell.source for cell in nb.cells]).encode("utf-8", "replace")).hexdigest()


@contextmanager
def examiner() -> Iterator[Examiner]:
    """An examiner that nobody else is asking: one that is free, or a new one, which starts when it is asked."""
    try:
        found = _free.pop()
    except IndexError:
        found = Examiner()
        atexit.register(found.__exit__)
    try:
        yield found
    finally:
        _free.append(found)


def dismiss_examiners() -> None:
    """End those that nobody is asking."""
    while _free:
        found = _free.pop()
        atexit.unregister(found.__exit__)
        found.__exit__()
