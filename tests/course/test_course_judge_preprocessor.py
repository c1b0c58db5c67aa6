"""The judge in autograde: what it takes from a kernel, and the form in which nbgrader scores its outcome."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import nbformat
import pytest
from nbgrader.utils import determine_grade
from traitlets import TraitError

from grader.bench.evidence import MIME, evidence
from grader.bench.section import Runs
from grader.course.batch.task_results import task_result
from grader.course.errors import CourseError
from grader.course.execution.outputs import shown
from grader.course.judging import judge_preprocessor as module
from grader.course.judging.course_key import course_key, key_is_lost
from grader.course.judging.examiner import Examined, Examiner, drawing
from grader.course.judging.graded_lab import judged_task
from grader.course.judging.judge_preprocessor import EVIDENCE, Judge, evidence_in, outputs_of, texts_hash
from grader.judge.trace import Trace, from_json, to_json
from grader.lab.registry import find_lab
from grader.labs.linear.lab import SOURCE
from tests.labs.corpora import corpus, solution_cells

CELLS = solution_cells()
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABXvMqOgAAAABJRU5ErkJggg=="


def cell(task: str, outputs: list[nbformat.NotebookNode]) -> nbformat.NotebookNode:
    made = nbformat.v4.new_code_cell(f"exam({task!r})", outputs=outputs)
    made.metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": task.replace(".", "-", 1), "points": 2}
    return made


def handed_out(*tasks: str, **changed: str) -> dict[str, dict]:
    """What `evidence_in` reads off the outputs of these tasks' checks."""
    made, cells = Runs(), {**CELLS, **{task.replace("_", ".", 1): text for task, text in changed.items()}}
    found = {}
    for task in tasks:
        section = find_lab("linear").section(task)
        plain = evidence(
            "linear",
            section,
            task,
            lambda c, s=section, t=task: (made.trace(s, t, cells, c, {}),),
            lambda c, t=task: made.looked_right(t, c),
        )
        output = nbformat.v4.new_output("display_data", data={MIME: plain})
        name, records = evidence_in(output, MIME)
        found[name] = records
    return found


def runs(found: dict[str, dict], task: str) -> list:
    """What the examiner is asked about."""
    return list(found[task].items())


@pytest.fixture(scope="module")
def examiner():
    with Examiner() as process:
        yield process


def test_a_passed_task_has_all_points_and_its_picture():
    said = Examined(True, True, picture={"text/html": "<img>", "text/plain": "x"})
    outputs = outputs_of("column.forward", said, "ru")
    assert determine_grade(cell("column.forward", outputs)) == (2, 2)
    assert outputs[0].text.startswith("✓ column.forward: верно") and outputs[1].data["text/html"] == "<img>"


@pytest.mark.parametrize("examined", [True, False])
def test_a_task_that_failed_or_was_not_examined_has_none_and_says_why(examined):
    outputs = outputs_of("manual.dY", Examined(False, examined, "manual.dY: dY is wrong"), "en")
    assert determine_grade(cell("manual.dY", outputs)) == (0, 2)
    assert outputs[-1].evalue == "✗ manual.dY: dY is wrong"


def test_a_task_may_keep_a_part_of_its_points_and_still_says_why():
    said = Examined(False, True, "manual.dY: dY is wrong", "factor")
    half = cell("manual.dY", outputs_of("manual.dY", said, "en", 0.5))
    assert determine_grade(half) == (0.5, 2)
    result = task_result("manual.dY", 2, half, (0.5, 0.5, None), str)
    assert (result.points, result.status, result.message) == (0.5, "failed", "dY is wrong")


def judged(task: str, text: str, **settings: object) -> float:
    """The points of two that a task's cell with this text gets."""
    found = handed_out("manual.forward", task, **{task.replace(".", "_"): text})
    nb = nbformat.v4.new_notebook(cells=[cell(task, [])])
    Judge(**settings).preprocess(nb, {"evidence": found})
    return determine_grade(nb.cells[0])[0]


def test_an_instructor_says_which_mistake_leaves_how_much(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    unscaled, unfinished = "dY = (Y - Y_gt)", "raise NotImplementedError()"
    assert judged("manual.dY", unscaled) == 0
    assert judged("manual.dY", unscaled, partial_credit={"scale-missing": 0.25}) == 0.5
    assert judged("manual.dY", unfinished, partial_credit={"scale-missing": 0.25}) == 0


@pytest.mark.parametrize("credit", [{"no-such-mistake": 0.5}, {"scale-missing": 2.0}, {"scale-missing": -1.0}, {"scale-missing": "half"}])
def test_partial_credit_that_means_nothing_is_refused(credit):
    with pytest.raises(TraitError, match="partial_credit"):
        Judge(partial_credit=credit)


def test_only_our_tasks_are_judged():
    assert judged_task(cell("manual.dY", [])) == "manual.dY"
    assert judged_task(cell("add.two", [])) == "add.two"  # sealed, though nobody knows it
    others = cell("add.two", [])
    others.source = "assert add(1, 1) == 2"
    assert judged_task(others) == ""
    by_hand = cell("manual.dY", [])
    by_hand.metadata.nbgrader["solution"] = True
    assert judged_task(by_hand) == ""


@pytest.mark.parametrize(
    "plain",
    [
        None, 3, [], "x", {}, {"task": 3, "runs": []}, {"task": "manual.dY"}, {"task": "manual.dY", "runs": {}},
    ],
)  # fmt: skip
def test_what_is_no_evidence_is_none(plain):
    assert evidence_in(nbformat.v4.new_output("display_data", data={MIME: plain}), MIME) is None


def test_evidence_with_odd_runs_keeps_the_others():
    good = {"case": SOURCE.to_plain(), "traces": ["text"]}
    odd = [3, None, {}, {"case": 3, "traces": ["x"]}, {"case": {**SOURCE.to_plain(), "numbers": []}, "traces": ["x"]},
           {"case": SOURCE.to_plain(), "traces": 5}, {"case": SOURCE.to_plain(), "traces": [5]},
           {"case": SOURCE.to_plain(), "traces": ["x"] * 1000}]  # fmt: skip
    output = nbformat.v4.new_output("display_data", data={MIME: {"task": "manual.dY", "runs": [*odd, good]}})
    assert evidence_in(output, MIME) == ("manual.dY", {SOURCE: ["text"]})


def test_other_outputs_are_no_evidence():
    assert evidence_in(nbformat.v4.new_output("stream", text="x"), MIME) is None
    assert evidence_in(nbformat.v4.new_output("execute_result", data={MIME: {"task": "manual.dY", "runs": []}}), MIME) is None


def test_the_examiner_passes_the_solution_and_draws_it(examiner):
    found = handed_out("column.shard", "column.forward")
    said = examiner.examine("linear", "column.forward", runs(found, "column.forward"), "ru", "seed")
    assert said.passed and said.examined and said.text == ""
    assert "all-gather, строка 8" in said.picture["text/plain"]


def test_it_names_the_mistake_of_a_wrong_one(examiner):
    found = handed_out("manual.forward", "manual.dY", manual_dY="dY = (Y - Y_gt) / (X.shape[0] * out_ch)")
    said = examiner.examine("linear", "manual.dY", runs(found, "manual.dY"), "en", "seed")
    assert not said.passed and said.examined and "factor" in said.text.lower() + str(said.mistake)


def test_what_an_earlier_cell_left_behind_is_replayed_too(examiner):
    tasks = find_lab("linear").section("column.shard").task_names
    (cells,) = (one.cells for one in corpus() if one.name == "column-devices-cut-by-chunk-that-keep-their-outputs")
    found = handed_out(*tasks, **{task.replace(".", "_"): text for task, text in cells.items()})
    # where forward is right whichever device has more, backward is right where device 1 has
    assert set(found["column.backward"]) - set(found["column.forward"])
    for task in tasks:
        assert examiner.examine("linear", task, runs(found, task), "en", "seed").passed
    for case, texts in found["column.backward"].items():
        phase = from_json(texts[0]).phase("column.backward")
        found["column.backward"][case] = [to_json(Trace((phase,)))]
    assert not examiner.examine("linear", "column.backward", runs(found, "column.backward"), "en", "seed").passed


@pytest.mark.parametrize("trace", ["", "[", "null", "[" * 10_000, '{"version": 2, "phases": [{}]}', "\ud800"])
def test_evidence_that_cannot_be_read_fails_with_a_sentence(examiner, trace):
    said = examiner.examine("linear", "manual.forward", [(SOURCE, [trace])], "en", "seed")
    assert not said.passed and said.text.startswith("manual.forward: ")


def test_records_of_some_challenges_only_are_not_enough(examiner):
    found = handed_out("manual.forward")
    some = [run for run in runs(found, "manual.forward") if run[0] == SOURCE]
    assert "has not been run" in examiner.examine("linear", "manual.forward", some, "en", "seed").text


def test_seeds_follow_from_the_text_and_differ():
    first, again, other = drawing("a"), drawing("a"), drawing("b")
    row = [first() for _ in range(4)]
    assert row == [again() for _ in range(4)] and len(set(row)) == 4 and other() not in row


def test_the_course_key_is_kept_and_nobody_elses_to_read(tmp_path):
    key = course_key(tmp_path)
    assert course_key(tmp_path) == key and len(key) == 32
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "not a key", "5e" * 31, "\x00"])
def test_a_course_key_that_is_none_is_refused_and_stays_as_it_is(tmp_path, text):
    (tmp_path / ".judge-key").write_text(text)
    with pytest.raises(CourseError, match="put back the one that you have kept"):
        course_key(tmp_path)
    assert (tmp_path / ".judge-key").read_text() == text


def test_many_that_make_a_key_at_once_have_the_same(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: course_key(tmp_path), range(64)))
    assert len(keys) == 1 and [file.name for file in tmp_path.iterdir()] == [".judge-key"]


def test_a_lost_course_key_is_told(tmp_path):
    assert not key_is_lost(tmp_path)
    (tmp_path / "autograded").mkdir()
    assert key_is_lost(tmp_path)
    course_key(tmp_path)
    assert not key_is_lost(tmp_path)


def test_a_submission_is_known_by_what_the_student_wrote():
    one, two = (nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text)]) for text in ("a", "b"))
    assert texts_hash(one) != texts_hash(two)
    one.cells[0].outputs = [nbformat.v4.new_output("stream", text="x")]
    assert texts_hash(one) == texts_hash(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a")]))


def test_outputs_are_shown_as_text_and_png_and_never_as_a_score():
    new = nbformat.v4.new_output
    outputs = shown([
        new("execute_result", data={"text/plain": "100", "text/html": "<script>alert(1)</script>"}, execution_count=1),
        new("display_data", data={"text/html": "<b>", "application/javascript": "x", "image/svg+xml": "<svg/>"}),
        new("display_data", data={"image/png": PNG}),
        new("display_data", data={"image/png": "PHN2Zy8+"}),
        new("stream", name="stderr", text="careful"),
        new("error", ename="E", evalue="v", traceback=["t"]),
    ])  # fmt: skip
    assert [output.output_type for output in outputs] == ["display_data", "display_data", "stream", "error"]
    assert outputs[0].data == {"text/plain": "100"} and outputs[1].data == {"image/png": PNG}
    assert outputs[2].name == "stdout"


def test_outputs_without_end_are_cut():
    kept = shown([nbformat.v4.new_output("stream", text="x" * 10**6) for _ in range(500)])
    assert sum(len(output.text) for output in kept) <= 10**6


def test_an_error_of_our_own_while_judging_is_ours(monkeypatch, tmp_path, caplog):
    class Failing:
        stop = None

        def examine(self, *_):
            raise KeyError("ours")

    @contextmanager
    def failing():
        yield Failing()

    monkeypatch.setattr(module, "examiner", failing)
    nb = nbformat.v4.new_notebook(cells=[cell("manual.dY", [])])
    nb.metadata["course"] = {"lab": "linear", "language": "ru"}
    module.judge(nb, {EVIDENCE: {"manual.dY": {SOURCE: ["x"]}}}, b"k" * 32, {})
    assert determine_grade(nb.cells[0]) == (0, 2)
    assert nb.cells[0].outputs[0].ename == "NotExamined" and "вы не виноваты" in nb.cells[0].outputs[0].evalue
    assert nb.cells[0].metadata["course"]["examined"] is False and "The grader itself failed" in caplog.text


def test_a_task_that_the_judge_does_not_know_has_no_points_whatever_the_kernel_says():
    nb = nbformat.v4.new_notebook(cells=[cell("nobody.step", [nbformat.v4.new_output("execute_result", data={"text/plain": "2"})])])
    nb.metadata["course"] = {"lab": "nobody", "language": "en"}
    module.judge(nb, {}, b"k" * 32, {})
    assert determine_grade(nb.cells[0]) == (0, 2)
    assert "the judge knows no such task of the lab nobody" in nb.cells[0].outputs[0].evalue
