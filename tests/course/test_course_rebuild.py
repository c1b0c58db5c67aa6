"""What the intake takes from a submission, and what it leaves behind."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from grader.course.intake.lab_files import LabFiles
from grader.course.intake.rebuild import MAX_BYTES, Intake, take_in
from tests.course.small_lab import Answer, named


def intake(notebook: object, lab: LabFiles) -> Intake:
    raw = notebook if isinstance(notebook, bytes) else json.dumps(notebook).encode()
    return take_in(raw, lab.released)


def texts(taken: Intake) -> list[str]:
    assert taken.notebook is not None
    return [cell["source"] for cell in taken.notebook["cells"]]


def flags(taken: Intake) -> list[str]:
    return [str(flag) for flag in taken.flags]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_an_honest_submission_comes_through_unchanged(lab: LabFiles, answered: Answer, language: str) -> None:
    handed_in = answered(language)
    taken = intake(handed_in, lab)
    assert (taken.language, flags(taken)) == (language, [])
    assert taken.notebook == handed_in


@pytest.mark.parametrize(
    ("raw", "flag"),
    [
        (b"", "not-json: line 1"),
        (b"%PDF-1.7", "not-json: line 1"),
        (b"\xff\xfe{}", "not-json: UnicodeDecodeError"),
        (b"[" * 100_000, "not-json: RecursionError"),
        (b"9" * 10_000, "not-json: ValueError"),
        (b"[]", "not-a-notebook: list"),
        (b"{}", "not-a-notebook: nbformat?"),
        (b'{"nbformat": 3, "worksheets": []}', "old-format: 3"),
        (b'{"nbformat": 4}', "not-a-notebook: cells?"),
        (b'{"nbformat": 4, "cells": [7]}', "not-a-notebook: cell 1"),
        (b'{"nbformat": 4, "cells": [{"source": {}}]}', "not-a-notebook: cell 1: source"),
        (b'{"nbformat": 4, "cells": []}', "no-tasks"),
        (b" " * (MAX_BYTES + 1), "too-large: 20 MiB"),
    ],
)
def test_what_is_no_notebook_is_unreadable_and_says_why(lab: LabFiles, raw: bytes, flag: str) -> None:
    taken = intake(raw, lab)
    assert (taken.notebook, flags(taken)) == (None, [flag])
    assert "{" not in taken.flags[0].text(str)


def test_a_third_language_is_told_from_its_prose_too(lab: LabFiles, answered: Answer) -> None:
    toy = copy.deepcopy(lab.released["en"])
    toy["cells"][0]["source"] = "# Zbrajamo brojeve, jedan za drugim"
    bare = copy.deepcopy(toy)
    bare["metadata"] = {}
    assert take_in(json.dumps(bare).encode(), lab.released | {"xx": toy}).language == "xx"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_without_metadata_the_language_is_told_from_the_prose_and_tasks_from_their_first_line(
    lab: LabFiles, answered: Answer, language: str
) -> None:
    bare = answered(language)
    bare["metadata"] = {}
    for cell in bare["cells"]:
        cell["metadata"] = {}
    taken = intake(bare, lab)
    assert taken.language == language
    assert f"no-course-metadata: {language}" in flags(taken)
    assert "%%task add.two\ntwo = 1 + 1" in texts(taken)


def test_of_two_answers_the_last_that_is_not_the_stub_counts(lab: LabFiles, answered: Answer) -> None:
    handed_in = answered()
    place = handed_in["cells"].index(named(handed_in, "solution-add-two"))
    better = dict(handed_in["cells"][place], source="%%task add.two\ntwo = 2")
    stub = named(copy.deepcopy(lab.released["en"]), "solution-add-two")
    handed_in["cells"][place + 1 : place + 1] = [better, stub]
    taken = intake(handed_in, lab)
    assert flags(taken) == ["solution-cell-duplicated: add.two"]
    assert [text for text in texts(taken) if "add.two" in text] == [better["source"]]


def test_locked_cells_come_from_the_release(lab: LabFiles, answered: Answer) -> None:
    handed_in = answered()
    handed_in["cells"].remove(named(handed_in, "add-three"))
    named(handed_in, "add-four")["source"] = "pass"
    named(handed_in, "add-four")["metadata"]["nbgrader"]["points"] = 100
    named(handed_in, "given-start")["metadata"]["tags"] = ["skip-execution"]
    handed_in["cells"].append(copy.deepcopy(named(handed_in, "add-two")))
    taken = intake(handed_in, lab)
    assert flags(taken) == [
        "cell-metadata-changed: given.start",
        "locked-cell-duplicated: add.two",
        "locked-cell-missing: add.three",
        "locked-cell-edited: add.four",
        "cell-metadata-changed: add.four",
    ]
    assert taken.notebook == answered()


def test_a_missing_answer_is_the_stub_again(lab: LabFiles, answered: Answer) -> None:
    handed_in = answered()
    handed_in["cells"].remove(named(handed_in, "solution-add-three"))
    taken = intake(handed_in, lab)
    assert flags(taken) == ["solution-cell-missing: add.three"]
    assert taken.notebook is not None
    stub = named(lab.released["en"], "solution-add-three")["source"]
    assert named(taken.notebook, "solution-add-three")["source"] == stub


def test_own_cells_stay_where_they_are_and_bring_only_their_text(lab: LabFiles, answered: Answer) -> None:
    handed_in = answered()
    place = handed_in["cells"].index(named(handed_in, "add-two"))
    own: dict[str, Any] = {
        "cell_type": "code",
        "id": "add-three",  # another cell's id
        "metadata": {"tags": ["skip-execution"], "nbgrader": {"grade_id": "nobody's"}},
        "outputs": [{"output_type": "display_data", "data": {"text/html": "<script>"}}],
        "source": ["def double(n):\n", "    return \ud800 2 * n"],
    }
    handed_in["cells"].insert(place + 1, own)
    handed_in["cells"][1]["source"] += "import math"
    handed_in["cells"].insert(0, dict(own, source="top = 1"))
    taken = intake(handed_in, lab)
    assert taken.notebook is not None
    cells = taken.notebook["cells"]
    assert [cells[0]["source"], cells[1]["source"]] == ["top = 1", "# Adding numbers"]
    assert "import math" not in cells[2]["source"]
    assert "import math" in cells[3]["source"]
    after = cells[cells.index(named(taken.notebook, "add-two")) + 1]
    assert after["source"] == "def double(n):\n    return ? 2 * n"
    assert (after["metadata"], after["outputs"]) == ({}, [])
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_the_written_answer_comes_along_and_other_prose_stays_behind(lab: LabFiles, answered: Answer) -> None:
    handed_in = answered("ru")
    named(handed_in, "add-conclusion")["source"] = "Всё сошлось. ![a](attachment:a.png) ![b](attachment:b.svg)"
    picture = {"image/png": "iVBORw0KGgo=", "image/svg+xml": "<svg/>"}
    named(handed_in, "add-conclusion")["attachments"] = {
        "a.png": picture,
        "b.svg": {"image/svg+xml": "<svg/>"},
        "c.png": {"image/png": "javascript:"},
        "d.png": 7,
    }
    note = {"cell_type": "markdown", "id": "x", "metadata": {}, "source": "заметка"}
    handed_in["cells"].append(note)
    taken = intake(handed_in, lab)
    assert texts(taken)[-1] == "Всё сошлось. ![a](attachment:a.png) ![b](b.svg)"
    assert taken.notebook is not None
    attached = named(taken.notebook, "add-conclusion")["attachments"]
    assert attached == {"a.png": {"image/png": "iVBORw0KGgo="}}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a <script>alert(1)</script> b", "a < script>alert(1)< /script> b"),
        ("<img src=x onerror=alert(1)> <!-- --> <?x?>", "< img src=x onerror=alert(1)> < !-- --> < ?x?>"),
        ("x < y, 1<2, $a < b$ and `c <= d`", "x < y, 1<2, $a < b$ and `c <= d`"),
    ],
)
def test_html_in_an_answer_is_text(lab, answered, written, kept):
    handed_in = answered()
    (answer,) = [cell for cell in handed_in["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == "add-conclusion"]
    answer["source"] = written
    intake = take_in(json.dumps(handed_in).encode(), lab.released)
    (taken,) = [cell for cell in intake.notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == "add-conclusion"]
    assert taken["source"] == kept
