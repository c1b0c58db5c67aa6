"""The examiner: the judge of one submission's tasks, in a process of its own that student code never reaches.

Asked for a task it gets the records that the kernel handed out, and answers what the student is told: the outcome, the
sentence in the student's language, the named mistake, and the picture.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from grader.course.judging.answers_given import AnswersGiven, Runs, question_key
from grader.course.judging.proven_records import ProvenRecords, operations_key, page_of
from grader.judge.process import Bounds, JudgeProcess, Outcome, main
from grader.kernel.sandbox.compute_only import only_compute
from grader.lab.case import Case
from grader.lab.messages import Message

PROVEN = ProvenRecords()  # in the child


@dataclass(frozen=True)
class Examined:
    """What the judge says of one task: `text` is what the student reads, empty where it passed."""

    passed: bool
    examined: bool
    text: str = ""
    mistake: str | None = None
    picture: Mapping[str, str] | None = None


ANSWERS_GIVEN: AnswersGiven[Examined] = AnswersGiven()  # in the parent, for all of its examiners


class Examiner(JudgeProcess):
    """The judge's process, asked for whole tasks."""

    def __init__(self, bounds: Bounds | None = None, answers_given: AnswersGiven[Examined] = ANSWERS_GIVEN) -> None:
        super().__init__(bounds or Bounds(seconds=60), "grader.course.judging.examiner")
        self._answers_given = answers_given

    def stop(self) -> None:
        """End what it is at, from another thread."""
        if self._child is not None:
            self._child.kill()

    def examine(self, lab: str, task: str, runs: Runs, language: str, seed: str) -> Examined:
        """What the judge says of a task whose records these are, with values drawn from `seed`."""
        key = question_key(lab, task, runs, language)
        known = self._answers_given.find(key, self.number)
        if known is not None:
            return known
        request = {
            "lab": lab,
            "task": task,
            "language": language,
            "seed": seed,
            "runs": [{"case": case.to_plain(), "traces": list(traces)} for case, traces in runs],
        }
        answer = self.ask(request)
        if isinstance(answer, Outcome):
            return _unexamined(task, answer.reason, language)
        if "examined" in answer and "text" not in answer:
            return _unexamined(task, Outcome.from_plain(answer).reason, language)
        said = Examined(**answer)
        if said.passed:
            self._answers_given.add(key, self.number, said)
        return said


def _unexamined(task: str, reason: Message | None, language: str) -> Examined:
    return Examined(False, False, f"{task}: {reason.render(language) if reason else ''}")


def examined(request: dict[str, Any]) -> dict[str, Any]:
    """The child's side of `Examiner.examine`."""
    from grader.judge.exam import drawing, exam_cases, examine, verdict_on
    from grader.judge.trace import Trace, from_json
    from grader.judge.verdict import Verdict, told
    from grader.lab.registry import find_lab
    from grader.lab.section import RANKS
    from grader.pictures import picture_of

    name, task, language = request["lab"], request["task"], request["language"]
    lab = find_lab(name)
    section, shown = lab.section(task), lab.shown_at
    texts = {Case.from_plain(run["case"]): run["traces"] for run in request["runs"]}

    @cache
    def record(case: Case) -> tuple[Trace, ...]:
        return tuple(from_json(text) for text in texts.get(case, ()))

    on_ranks = section.runner == RANKS
    drawable = section.rule is not None and not on_ranks
    key = operations_key(name, task, texts.items())
    due = PROVEN.find(key) if key is not None else None
    for case in texts if key is None else ():
        record(case)  # what can't be read is told of, whether or not it is asked for
    page = page_of(task, record(shown)[0], section.names) if due is not None and drawable and record(shown) else None
    if due is not None and (page is not None or not drawable):
        verdict = Verdict(ledger=page, due=due)
    else:
        verdict = examine(section, task, exam_cases(section), record, drawing(request["seed"]))
    if verdict.passed and key is not None:
        PROVEN.add(key, verdict.due)
    if on_ranks and due is not None:
        first = exam_cases(section)[0]
        verdict = replace(verdict_on(section, task, first, record(first), 1), reason=None, case=None)
    seen = None
    if on_ranks or verdict.case in (None, shown):
        seen = picture_of(section, task, verdict, verdict.case or shown, language)
    return {
        "passed": verdict.passed,
        "examined": True,
        "text": "" if verdict.passed else told(lab, task, verdict, shown).render(language),
        "mistake": verdict.mistake,
        "picture": seen and seen._repr_mimebundle_(),
    }


if __name__ == "__main__":
    main(examined, only_compute)
