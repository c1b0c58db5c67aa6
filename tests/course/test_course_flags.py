"""Remarks on submissions: what an instructor reads, and what the student does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import grader.course
from grader.course.intake.lab_files import LabFiles
from grader.course.language import LANGUAGES, translator
from grader.course.nbgrader.rebuilding_exporter import untouched
from grader.course.results.flags import TO_STUDENTS, Flag

SOURCES = sorted(Path(grader.course.__file__).parent.rglob("*.py"))
RAISED = {key for path in SOURCES for key in re.findall(r'Unreadable\("([a-z-]+)"', path.read_text(encoding="utf-8"))}


def test_each_reason_not_to_read_a_notebook_is_told_to_its_student() -> None:
    # a name that can't serve as an id gets no page
    assert set(TO_STUDENTS) == RAISED - {"bad-name"}


@pytest.mark.parametrize("key", sorted(TO_STUDENTS))
def test_the_page_of_an_unreadable_notebook_speaks_to_the_student_in_both_languages(lab: LabFiles, key: str) -> None:
    flag = Flag(key, "linear/linear.ipynb")
    first = untouched(lab, flag)["cells"][0]["source"]
    english, russian = first.split("\n\n")
    assert english.startswith("**Nothing was graded: ")
    assert russian.startswith("**Ничего не проверено: ")
    assert "student" not in english
    for language in LANGUAGES:
        assert flag.to_student(translator(language)) != flag.text(translator(language))
