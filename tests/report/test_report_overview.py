"""The top of a feedback page: the tasks by name, why points were lost, in the notebook's language."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from grader.report.overview import FeedbackExporter, PageTop, number, page_top

HOSTILE = "<img src=x onerror=alert(1)>"


def graded(grade_id: str, score: float, points: float, *outputs: Any) -> Any:
    mark = {"grade_id": grade_id, "grade": True, "solution": False, "score": score, "points": points}
    return new_code_cell("check()", metadata={"nbgrader": mark}, outputs=list(outputs))


def error(text: str) -> Any:
    return new_output("error", ename="TaskFailed", evalue=text, traceback=[text])


def notebook() -> Any:
    comment = {"grade_id": "solution-row-update", "grade": False, "solution": True, "comment": "Well *tried*."}
    by_hand = {"grade": True, "solution": True, "score": 0.0, "points": 1.0}
    nothing = {"grade_id": "row-shard", "comment": "No response."} | by_hand
    answer = {"grade_id": "fp32-conclusion"} | by_hand
    return new_notebook(
        cells=[
            graded("row-forward", 2.0, 2.0, new_output("stream", text="✓ row.forward: right\n")),
            graded("row-backward", 0.0, 2.0, error(f"✗ row.backward: dX is wrong {HOSTILE}\nand more of it")),
            new_code_cell("W_gpu1 = 1", metadata={"nbgrader": comment}),
            graded("row-update", 0.5, 1.0, new_output("stream", text="✗ row.update: step of the wrong size\n")),
            new_markdown_cell("YOUR ANSWER HERE", metadata={"nbgrader": nothing}),
            new_markdown_cell("Numbers add up.", metadata={"nbgrader": answer}),
        ]
    )


def top(language: str, late: float = 0.0) -> PageTop:
    return page_top(notebook(), "linear", (2.5, 7.0, late), {"fp32-conclusion"}, language)


def page(config: Config, language: str = "en") -> str:
    resources = {"nbgrader": {"overview": top(language), "notebook": "linear", "score": 2.5, "max_score": 7.0}}
    resources["nbgrader"]["late_penalty"] = 0
    text, _resources = FeedbackExporter(config=config).from_notebook_node(notebook(), resources)
    return str(text)


def as_nbgrader_sets_it(config: Config | None = None) -> Config:
    config = config or Config()
    made: Config = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config).config
    return made


@pytest.mark.parametrize(
    ("language", "title", "halves", "no_answer", "waits"),
    [
        ("en", "linear: 2.5 of 7 points so far, not all is graded yet", "0.5 / 1", "no answer was given", "your instructor has yet to grade this"),
        ("ru", "linear: пока 2,5 из 7 баллов, проверено ещё не всё", "0,5 / 1", "ответа нет", "это ещё проверит преподаватель"),
    ],
)
def test_each_task_stands_there_by_name_with_points_and_the_reason(
    language: str, title: str, halves: str, no_answer: str, waits: str
) -> None:
    made = top(language)
    assert made.title == title
    assert [(row.sign, row.name, row.points, row.why) for row in made.rows] == [
        ("✓", "row.forward", "2 / 2", ""),
        ("✗", "row.backward", "0 / 2", f"dX is wrong {HOSTILE}"),
        ("◐", "row.update", halves, "step of the wrong size"),
        ("✗", "row.shard", "0 / 1", no_answer),
        ("…", "fp32.conclusion", "… / 1", waits),
    ]
    assert [row.comment for row in made.rows] == ["", "", "solution-row-update", "", ""]


def test_a_penalty_for_being_late_is_shown_where_there_is_one() -> None:
    assert top("en").late_penalty == ""
    assert top("ru", 1.5).late_penalty == "−1,5"
    assert number(1 / 3, "en") == "0.33"


def test_the_page_names_tasks_in_its_language_and_runs_nothing_of_a_message() -> None:
    text = page(as_nbgrader_sets_it(), "ru")
    assert '<html lang="ru">' in text
    assert '<a href="#row-backward">row.backward</a>' in text
    assert "Проверка <code>row.forward</code>" in text
    assert "Ваш ответ" in text
    assert "Комментарий:</b> <p>Well <em>tried</em>.</p>" in text
    assert '<a href="#comment-solution-row-update">Комментарий</a>' in text
    assert 'name="comment-solution-row-update"' in text
    assert "Test cell" not in text and "Student's answer" not in text
    assert HOSTILE not in text
    assert "&lt;img src=x" in text


def test_why_nothing_was_graded_stands_in_the_place_of_the_tasks() -> None:
    unread = notebook()
    note = new_markdown_cell("**Nothing was graded: hand in the notebook itself.**")
    note["id"] = "grader-note"
    unread.cells.insert(0, note)
    made = page_top(unread, "linear", (0.0, 7.0, 0.0), set(), "en")
    assert made.note == "Nothing was graded: hand in the notebook itself."
    resources = {"nbgrader": {"overview": made, "notebook": "linear", "score": 0.0, "max_score": 7.0, "late_penalty": 0}}
    text, _resources = FeedbackExporter(config=as_nbgrader_sets_it()).from_notebook_node(unread, resources)
    assert "<strong>Nothing was graded: hand in the notebook itself.</strong>" in text
    assert '<table class="overview">' not in text


def test_a_task_leads_to_its_answer_where_that_has_a_cell_of_its_own() -> None:
    assert [row.answer for row in top("en").rows] == [
        "row-forward", "row-backward", "comment-solution-row-update", "row-shard", "fp32-conclusion"
    ]  # fmt: skip


def test_a_template_that_the_instructor_chose_is_kept() -> None:
    config = Config()
    config.HTMLExporter.template_name = "classic"
    text = page(as_nbgrader_sets_it(config))
    assert "row.backward: dX is wrong" in text
    assert "overview" not in text
