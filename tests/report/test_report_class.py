"""The class report: what it says, how large it is, and what it never says."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import pytest

from grader.course.results.results_file import SubmissionResult, TaskResult
from grader.report.class_data import class_csv, class_json
from grader.report.class_page import class_page
from grader.report.class_report import ClassReport, class_report
from grader.report.excerpt import excerpt
from tests.report.synthetic import synthetic_class

THOUSAND = 1000


@pytest.fixture(scope="module")
def thousand() -> ClassReport:
    return class_report(synthetic_class(THOUSAND), "en")


class Tags(HTMLParser):
    """The page's start tags, and the text in its table of students."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def one(**fields: object) -> SubmissionResult:
    given = {
        "student": "smith",
        "lab": "linear",
        "language": "en",
        "points": 0.0,
        "max_points": 2.0,
        "status": "graded",
    }
    tasks = (TaskResult("column.forward", 0.0, 2.0, "failed", "Y is wrong", "bias-missing"),)
    return SubmissionResult(**({**given, "tasks": tasks} | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_thousand_students_stay_under_two_megabytes(language: str) -> None:
    page = class_page(class_report(synthetic_class(THOUSAND), language))
    assert len(page.encode()) < 2_000_000
    assert f'<html lang="{language}">' in page


def test_the_page_needs_nothing_else(thousand: ClassReport) -> None:
    page = class_page(thousand)
    assert not re.search(r"https?://|@import|url\(|<link|<img", page)
    assert not [attrs for _tag, attrs in Tags(page).seen if "src" in attrs]


def test_every_student_and_task_stands_in_the_page_without_a_script(thousand: ClassReport) -> None:
    body = re.sub(r"<script>.*?</script>", "", class_page(thousand), flags=re.DOTALL)
    for result in thousand.results[:: THOUSAND // 50]:
        assert f"<th scope=row>{result.student}<" in body
    cells = [attrs["class"] for tag, attrs in Tags(body).seen if tag == "td" and attrs.get("class") in {*"phfw"}]
    assert len(cells) == THOUSAND * len(thousand.tasks)


def test_a_task_with_some_of_its_points_is_neither_passed_nor_failed() -> None:
    def of(*states: tuple[str, float]) -> list[SubmissionResult]:
        return [
            one(student=f"s{n}", tasks=(TaskResult("fp32.conclusion", points, 2.0, state),))  # type: ignore[arg-type]
            for n, (state, points) in enumerate(states)
        ]

    report = class_report(of(("passed", 2.0), ("failed", 1.0), ("failed", 0.0), ("not_examined", 0.0)), "en")
    (task,) = report.tasks
    assert (task.passed, task.partly, task.failed, task.waiting) == (1, 1, 1, 1)
    # who waits is in nobody's share
    assert "33 %" in class_page(report)
    assert "0 %" in class_page(class_report(of(("not_examined", 0.0)), "en"))


def test_partly_graded_is_explained_where_there_is_any() -> None:
    explained = "an automatic task could not be examined"
    assert explained not in class_page(class_report([one()], "en"))
    assert explained in class_page(class_report([one(status="partly")], "en"))


def test_figures_agree_with_the_results(thousand: ClassReport) -> None:
    assert sum(bin.count for bin in thousand.bins) == sum(r.status != "unreadable" for r in thousand.results)
    for task in thousand.tasks:
        assert task.passed + task.partly + task.failed + task.waiting == THOUSAND
    counts = [len(bug.students) for bug in thousand.bugs]
    assert counts == sorted(counts, reverse=True)
    made = sum(bool(task.mistake) for result in thousand.results for task in result.tasks)
    assert sum(counts) == made


def test_points_that_are_no_whole_numbers_and_labs_with_many_points_have_their_bins() -> None:
    results = [one(student=f"s{n}", points=points, max_points=60.0) for n, points in enumerate((0, 0.5, 3.0, 59.5, 60))]
    bins = class_report(results, "en").bins
    assert [bin.count for bin in bins if bin.count] == [2, 1, 1, 1]
    assert len(bins) <= 26 and bins[-1].count == 1


def test_a_time_out_is_flagged_in_whichever_language_it_was_said(thousand: ClassReport) -> None:
    [remark] = [remark for remark in thousand.remarks if remark.key == "time-out"]
    said = {r.student for r in thousand.results for task in r.tasks if "слишком долго" in task.message}
    assert set(remark.subjects) == said and said


def test_grave_flags_come_first_and_unknown_ones_are_shown_as_they_are() -> None:
    flags = ("files-ignored: a.txt", "something-new: x", "kernel-ended: row.forward", "kernel-ended: row.update")
    remarks = class_report([one(flags=flags)], "en").remarks
    assert [remark.key for remark in remarks] == ["kernel-ended", "files-ignored", "something-new"]
    assert remarks[0].subjects["smith"] == "row.forward, row.update"


def test_what_a_student_wrote_is_shown_as_text() -> None:
    nasty = "<script>alert(1)</script>"
    report = class_report(
        [one(flags=(f"not-run: {nasty}",))], "en", {"smith": {"column.forward": f"Y = 1 + {nasty}"}}, {}
    )
    page = class_page(report)
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_a_spreadsheet_takes_no_text_for_a_formula() -> None:
    results = [one(student="smith", flags=("=HYPERLINK(1)",)), one(student="jones")]
    rows = list(csv.DictReader(io.StringIO(class_csv(class_report(results, "en")))))
    assert [row["student"] for row in rows] == ["jones", "smith"]
    assert rows[1]["flags"] == "'=HYPERLINK(1)"
    assert rows[0] | {"points": "0", "column.forward": "0", "mistakes": "column.forward: bias-missing"} == rows[0]


def test_json_has_all_of_it(thousand: ClassReport) -> None:
    plain = json.loads(class_json(thousand))
    assert len(plain["students"]) == plain["submissions"] == THOUSAND
    assert plain["mistakes"][0]["count"] == len(thousand.bugs[0].students)
    assert {flag["key"] for flag in plain["flags"]} == {remark.key for remark in thousand.remarks}


ANSWER = """%%task column.forward
# Anna Smith, group 5
Y_gpu1 = X_gpu1 @ W_gpu1.T + b_gpu1  # by Anna
smith_note = "Anna Smith's"
Y = torch.cat((Y_gpu2, Y_gpu1), 1)
"""
MODEL = "%%task column.forward\nY_gpu1 = X_gpu1@W_gpu1.T + b_gpu1\nY = torch.cat((Y_gpu1, Y_gpu2), 1)\n"


def test_an_example_is_the_telling_lines_and_no_name() -> None:
    assert excerpt(ANSWER, MODEL, ("smith",)).splitlines() == [
        '…_note = "…"',
        "Y = torch.cat((Y_gpu2, Y_gpu1), 1)",
    ]
    report = class_report([one()], "en", {"smith": {"column.forward": ANSWER}}, {"column.forward": MODEL})
    page = class_page(report)
    assert "torch.cat((Y_gpu2, Y_gpu1), 1)" in page and "Anna" not in page


@pytest.mark.parametrize("broken", ["Y = (1 +\n# Anna\nZ = 'Anna'", "Y = '''Anna\nZ = 1", "\tx = 1\n  y = 2 # Anna"])
def test_an_example_of_no_python_withholds_whole_lines(broken: str) -> None:
    assert "Anna" not in excerpt(broken, "")


def test_an_answer_of_two_million_characters_in_one_line_has_an_excerpt_too() -> None:
    # without a bound each of its strings would have the whole line copied: for minutes
    assert len(excerpt("x = " + '"" ' * 650_000, "")) < 200
