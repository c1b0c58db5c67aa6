"""The examiner: the judge of one submission's tasks, in a process of its own that student code never reaches.

Asked for a task it gets the records that the kernel handed out, and answers what the student is told: the outcome, the
sentence in the student's language, the named mistake, and the picture.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from grader.course.asked_before import AskedBefore, Runs, question_key
from grader.course.proven import Proven, operations_key, page_of, texts_key
from grader.judge.challenge import Challenge
from grader.judge.messages import Message
from grader.judge.process import Bounds, JudgeProcess, Outcome, main
from grader.kernel.computing import only_compute

PROVEN = Proven()  # in the child


@dataclass(frozen=True)
class Examined:
    """What the judge says of one task: `text` is what the student reads, empty where it passed."""

    passed: bool
    examined: bool
    text: str = ""
    mistake: str | None = None
    picture: Mapping[str, str] | None = None


ASKED_BEFORE: AskedBefore[Examined] = AskedBefore()  # in the parent, for all of its examiners


class Examiner(JudgeProcess):
    """The judge's process, asked for whole tasks."""

    def __init__(self, bounds: Bounds | None = None, asked_before: AskedBefore[Examined] = ASKED_BEFORE) -> None:
        super().__init__(bounds or Bounds(seconds=60), "grader.course.examiner")
        self._asked_before = asked_before

    def stop(self) -> None:
        """End what it is at, from another thread."""
        if self._child is not None:
            self._child.kill()

    def examine(self, task: str, runs: Runs, language: str, seed: str) -> Examined:
        """What the judge says of a task whose records these are, with values drawn from `seed`."""
        key = question_key(task, runs, language)
        known = self._asked_before.find(key, self.number)
        if known is not None:
            return known
        request = {
            "task": task,
            "language": language,
            "seed": seed,
            "runs": [{"challenge": challenge.to_plain(), "traces": list(traces)} for challenge, traces in runs],
        }
        answer = self.ask(request)
        if isinstance(answer, Outcome):
            return _unexamined(task, answer.reason, language)
        if "examined" in answer and "text" not in answer:
            return _unexamined(task, Outcome.from_plain(answer).reason, language)
        said = Examined(**answer)
        if said.passed:
            self._asked_before.add(key, self.number, said)
        return said


def _unexamined(task: str, reason: Message | None, language: str) -> Examined:
    return Examined(False, False, f"{task}: {reason.render(language) if reason else ''}")


def examined(request: dict[str, Any]) -> dict[str, Any]:
    """The child's side of `Examiner.examine`."""
    from grader.judge.challenge import SOURCE
    from grader.judge.labs import find_section
    from grader.judge.phases import builds_on_earlier
    from grader.judge.trace import Trace, from_json
    from grader.judge.verdict import Verdict, examine, told
    from grader.pictures import picture

    task, language = request["task"], request["language"]
    section = find_section(task)
    texts = {Challenge.from_plain(run["challenge"]): run["traces"] for run in request["runs"]}
    building: set[Challenge] = set()  # whose records build on earlier tasks'

    @cache
    def record(challenge: Challenge) -> Trace:
        *earlier, own = [*texts.get(challenge, ()), ""][: max(len(texts.get(challenge, ())), 1)]
        trace = from_json(own) if own else Trace(())
        if not builds_on_earlier(*trace.phases):
            return trace
        building.add(challenge)
        return Trace(tuple(phase for text in earlier if text for phase in from_json(text).phases) + trace.phases)

    def by_operations() -> bytes:
        return operations_key(task, [(challenge, record(challenge)) for challenge in texts])

    key = texts_key(task, [(challenge, traces[-1]) for challenge, traces in texts.items() if traces])
    due = PROVEN.find(key) if key else None
    if due is None:
        record(SOURCE)
        due = PROVEN.find(by_operations()) if key is None or building else None
    page = page_of(task, record(SOURCE)) if due is not None and section.shard_dim is not None else None
    if due is not None and (page is not None or section.shard_dim is None):
        verdict = Verdict(ledger=page, due=due)
    else:
        verdict = examine(section, task, section.challenges(), record, drawing(request["seed"]))
    if verdict.passed:
        PROVEN.add(by_operations() if key is None or building else key, verdict.due)
    drawn = None
    if section.shard_dim is not None and verdict.ledger is not None and verdict.challenge in (None, SOURCE):
        shown = picture(verdict.ledger, verdict.due, language, SOURCE.dtype.itemsize, section.task(task).rule)
        drawn = shown._repr_mimebundle_()
    return {
        "passed": verdict.passed,
        "examined": True,
        "text": "" if verdict.passed else told(task, verdict, SOURCE).render(language),
        "mistake": verdict.mistake,
        "picture": drawn,
    }


def drawing(seed: str) -> Callable[[], int]:
    """A function that gives the next seed of a row that the text `seed` decides: a regrade draws the same."""
    drawn = 0

    def draw() -> int:
        nonlocal drawn
        drawn += 1
        return int.from_bytes(hashlib.sha256(f"{seed} {drawn}".encode()).digest()[:6], "big")

    return draw


if __name__ == "__main__":
    main(examined, only_compute)
