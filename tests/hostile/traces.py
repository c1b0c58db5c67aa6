"""Forged and replayed evidence: records that a kernel might hand out in place of those of the student's own cells.

Each forgery makes the evidence of one task from what was really recorded: `right`, `wrong` (no bias), another task's,
another section's. None of them computes the answer from the inputs, so none may pass.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.lab.case import Case
from grader.labs.linear.lab import FP64, SOURCE, case_of

Plain = dict[str, Any]
Records = dict[Case, str]
SCRIPT = "<script>alert(1)</script>\x1b[31m</svg>{task.__class__}%s{0}"


@dataclass(frozen=True)
class Recorded:
    """What was really recorded of each task, and of a wrong `manual.forward`."""

    right: Mapping[str, Records]
    wrong: Records


@dataclass(frozen=True)
class Forgery:
    """How evidence for `task` is made of what was recorded."""

    name: str
    forge: Callable[[Recorded], Records]
    task: str = "manual.forward"


def changed(change: Callable[[Plain, Case], object], source: str = "wrong") -> Callable[[Recorded], Records]:
    """Each of the records with this done to it."""

    def forge(recorded: Recorded) -> Records:
        forged = {}
        for challenge, text in (recorded.wrong if source == "wrong" else recorded.right[source]).items():
            plain = json.loads(text)
            replaced = change(plain, challenge)
            forged[challenge] = json.dumps(replaced if isinstance(replaced, dict) else plain)
        return forged

    return forge


def phase(plain: Plain) -> Plain:
    return next(phase for phase in plain["phases"] if phase["task"] == "manual.forward")


def out(plain: Plain, *nodes: list[Any], slot: int = 900) -> None:
    """The record's answer comes from these nodes instead."""
    phase(plain)["nodes"] += [list(node) for node in nodes]
    phase(plain)["outputs"]["Y"] = slot


def shape(challenge: Case) -> list[int]:
    return [challenge["batch_size"], challenge["out_features"]]


def emptied(plain: Plain) -> None:
    """Zeros in place of what the record starts from."""
    slots = [given["slot"] for given in phase(plain)["inputs"].values()]
    phase(plain)["nodes"][:0] = [["aten.zero_.default", [{"slot": slot}], {}, [slot], 1, "x"] for slot in slots]


def another_answer(name: str) -> Callable[[Plain, Case], None]:
    """The answer stands among the inputs, as it does for a later task."""

    def change(plain: Plain, challenge: Case) -> None:
        made = phase(plain)
        dtype = next(iter(made["inputs"].values()))["dtype"]
        made["inputs"][name] = {"slot": 900, "shape": shape(challenge), "dtype": dtype}
        made["outputs"]["Y"] = 900

    return change


def later_phase_first(task: str) -> Callable[[Plain, Case], None]:
    """A later task's phase, whose inputs are right answers, comes before the one that needs them."""

    def change(plain: Plain, challenge: Case) -> None:
        dtype = next(iter(phase(plain)["inputs"].values()))["dtype"]
        given = {"slot": 900, "shape": shape(challenge), "dtype": dtype}
        later = {"task": task, "inputs": {"Y": given}, "nodes": [], "outputs": {}, "named": {}, "problems": [], "error": None}
        plain["phases"].insert(0, later)
        phase(plain)["outputs"]["Y"] = 900

    return change


def renamed(plain: Plain, _: Case) -> None:
    for each in plain["phases"]:
        each["task"] = "manual.forward"
        each["outputs"] = {"Y": next(iter(each["outputs"].values()), 0)}


def twice_in_json(recorded: Recorded) -> Records:
    return {challenge: text[:-1] + ', "phases": []}' for challenge, text in recorded.wrong.items()}


FORGERIES = (
    Forgery("another task's record", lambda r: r.right["manual.dY"]),
    Forgery("another task's record under this task's name", changed(renamed, "manual.dY")),
    Forgery("another section's record under this task's name", changed(renamed, "column.forward")),
    Forgery("one challenge's right record for all", lambda r: dict.fromkeys(r.wrong, r.right["manual.dY"][SOURCE]), "manual.dY"),
    Forgery("each challenge's right record for the next one", lambda r: dict(zip(r.wrong, [*list(r.right["manual.dY"].values())[1:], r.right["manual.dY"][SOURCE]], strict=True)), "manual.dY"),
    Forgery("right at the notebook's own sizes only", lambda r: {**r.wrong, SOURCE: r.right["manual.forward"][SOURCE]}),
    Forgery("right for all but one", lambda r: {**r.right["manual.forward"], FP64[0]: r.wrong[FP64[0]]}),
    Forgery("the hard challenges left out", lambda r: {SOURCE: r.right["manual.forward"][SOURCE]}),
    Forgery("challenges that nobody asked for", lambda r: {case_of(1, 1, 1, 0.1): text for text in r.right["manual.forward"].values()}),
    Forgery("no records", lambda r: {}),
    Forgery("empty texts", lambda r: dict.fromkeys(r.wrong, "")),
    Forgery("no phases", changed(lambda p, c: p.update(phases=[]))),
    Forgery("phases written twice in one object", twice_in_json),
    Forgery("an input for an output", changed(lambda p, c: phase(p)["outputs"].update(Y=phase(p)["inputs"]["X"]["slot"]))),
    Forgery("the answer asked for as an input", changed(another_answer("Y"))),
    Forgery("the target asked for as the answer", changed(another_answer("Y_gt"))),
    Forgery("the reference's answer asked for as an input", changed(another_answer("Y_ref"))),
    Forgery("a later task's inputs first", changed(later_phase_first("manual.dY"))),
    Forgery("our own check's inputs first", changed(later_phase_first("manual.forward afterwards"))),
    Forgery("an earlier section's phase first", changed(later_phase_first("reference.step"))),
    Forgery("a phase of nobody's first", changed(later_phase_first("nobody.step"))),
    Forgery("an output that nobody made", changed(lambda p, c: phase(p)["outputs"].update(Y=12345))),
    Forgery("an output of another kind", changed(lambda p, c: phase(p)["outputs"].update(Y=True))),
    Forgery("no output", changed(lambda p, c: phase(p)["outputs"].clear())),
    Forgery("not a number, everywhere", changed(lambda p, c: out(p, ["aten.full.default", [shape(c), {"float": "nan"}], {}, [900], 1, "x"]))),
    Forgery("infinity, everywhere", changed(lambda p, c: out(p, ["aten.full.default", [shape(c), {"float": "inf"}], {}, [900], 1, "x"]))),
    Forgery("memory that nobody wrote", changed(lambda p, c: out(p, ["aten.empty.memory_format", [shape(c)], {}, [900], 1, "x"]))),
    Forgery("memory between numbers that are far apart", changed(lambda p, c: out(p, ["aten.empty_strided.default", [[2], [shape(c)[0] * shape(c)[1]]], {}, [899], 1, "x"], ["aten.as_strided.default", [{"slot": 899}, shape(c), [shape(c)[1], 1], 1], {}, [900], 1, "x"]))),
    Forgery("inputs emptied before they are used", changed(lambda p, c: emptied(p), "manual.forward")),
    Forgery("a hundred thousand constants", changed(lambda p, c: out(p, ["constant", [[[0.5] * 50_000] * 2, [-1], {"dtype": "float64"}], {}, [899], 1, "x"], ["aten.as_strided.default", [{"slot": 899}, shape(c), [shape(c)[1], 1], 0], {}, [900], 1, "x"]))),
    Forgery("constants of the recording", changed(lambda p, c: out(p, ["constant", [[1.0] * (shape(c)[0] * shape(c)[1]), shape(c), {"dtype": "float64"}], {}, [900], 1, "x"]))),
    Forgery("random numbers", changed(lambda p, c: out(p, ["aten.randn.default", [shape(c)], {}, [900], 1, "x"]))),
    Forgery("an answer without numbers", changed(lambda p, c: out(p, ["aten.zeros.default", [[0, shape(c)[1]]], {}, [900], 1, "x"]))),
    Forgery("an answer to be stretched", changed(lambda p, c: out(p, ["aten.zeros.default", [[1]], {}, [900], 1, "x"]))),
    Forgery("complex numbers", changed(lambda p, c: out(p, ["aten.zeros.default", [shape(c)], {"dtype": {"dtype": "complex128"}}, [900], 1, "x"]))),
    Forgery("an operation that reads a file", changed(lambda p, c: out(p, ["aten.from_file.default", ["/etc/passwd"], {}, [900], 1, "x"]))),
    Forgery("an operation that isn't torch's", changed(lambda p, c: out(p, ["os.system.default", ["true"], {}, [900], 1, "x"]))),
    Forgery("an operation by way of an attribute", changed(lambda p, c: out(p, ["aten.mm.__class__", [], {}, [900], 1, "x"]))),
    Forgery("HTML and fields in every text", changed(lambda p, c: texts(p))),
    Forgery("HTML in an error's facts", changed(lambda p, c: phase(p).update(error={"template": "{a} {b} " + SCRIPT, "facts": {"a": SCRIPT, "b": {"template": "{a:>999999999}", "facts": {"a": SCRIPT}}}}))),
    Forgery("numbers beyond all bounds", changed(lambda p, c: phase(p)["nodes"][0].__setitem__(3, [2**62]))),
    Forgery("slots below zero", changed(lambda p, c: phase(p)["outputs"].update(Y=-1))),
    Forgery("lines that are no lines", changed(lambda p, c: phase(p)["nodes"][0].__setitem__(4, -(2**70)))),
    Forgery("W for a record, b for nothing", changed(lambda p, c: phase(p)["inputs"].pop("b", None))),
    Forgery("another version", changed(lambda p, c: p.update(version=3))),
)  # fmt: skip


def texts(plain: Plain) -> None:
    """Every text that a page could show says something else."""
    for each in plain["phases"]:
        for node in each["nodes"]:
            node[5] = SCRIPT
        each["named"] = {f"{SCRIPT}{number}": slot for number, slot in enumerate(list(each["named"].values())[:5])} | {
            SCRIPT: next(iter(each["outputs"].values()))
        }


def scripted(recorded: Records) -> Records:
    """A right record whose lines and names are HTML."""
    forged = {}
    for challenge, text in recorded.items():
        plain = copy.deepcopy(json.loads(text))
        texts(plain)
        forged[challenge] = json.dumps(plain)
    return forged
