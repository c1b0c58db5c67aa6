"""Reading a lab's source: cells with the right text, kind and line."""

from __future__ import annotations

import pytest

from grader.authoring.source import SourceError, read_source


def test_each_cell_has_its_kind_and_its_line(write_lab, lab_text):
    source = read_source(write_lab(lab_text))
    lines = lab_text.split("\n")

    assert [cell.kind for cell in source.cells] == [
        *("prose", "prose", "given", "task", "check", "answer", "answer"),
    ]
    assert source.lab == "sums"
    for cell in source.cells:
        assert lines[cell.marker - 1].startswith("# %% ")
        for number, line in cell.lines():
            assert line.removeprefix("# ") in lines[number - 1]


def test_comments_of_one_language_stay_in_that_language(write_lab, lab_text):
    task = read_source(write_lab(lab_text)).cells[3]

    assert "# add both" in task.text_in("en") and "складываем" not in task.text_in("en")
    assert "# складываем" in task.text_in("ru") and "add both" not in task.text_in("ru")
    assert task.text_in("en").replace("# add both", "") == task.text_in("ru").replace("# складываем", "")


def test_an_indented_comment_keeps_its_place(write_lab, lab_text):
    text = lab_text.replace("# en: add both\n# ru: складываем\n", "if True:\n    # en: yes\n    # ru: да\n    pass\n")

    assert "if True:\n    # да\n    pass" in read_source(write_lab(text)).cells[3].text_in("ru")


def test_magics_and_prose_come_without_the_comment_mark(write_lab, lab_text):
    cells = read_source(write_lab(lab_text)).cells

    assert cells[0].text.startswith("# Sums\n\n![")
    assert cells[3].text.startswith("%%task sum.add\n### BEGIN SOLUTION\n")


def test_text_above_the_first_cell_is_named(write_lab, lab_text):
    path = write_lab(lab_text.replace("# ---\n\n", "# ---\n\nimport torch\n", 1))

    with pytest.raises(SourceError, match=r"^grader/labs/sums/notebook\.py:9: this stands before the first cell"):
        read_source(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"^grader/labs/sums/notebook\.py:1: there is no cell"),
        (b"# %% given=\"a\"\nx = 1\n# \xff\n", r"^grader/labs/sums/notebook\.py:3: this is not UTF-8"),
    ],
)
def test_a_file_that_is_no_lab_is_refused_with_a_line(write_lab, content, message):
    path = write_lab("")
    path.write_bytes(content)

    with pytest.raises(SourceError, match=message):
        read_source(path)


def test_blank_lines_at_the_end_of_a_cell_are_nothing(write_lab, lab_text):
    before = read_source(write_lab(lab_text)).cells[-1]

    assert read_source(write_lab(lab_text + "\n\n\n")).cells[-1] == before


def test_windows_line_ends_read_the_same(write_lab, lab_text):
    path = write_lab(lab_text)
    before = read_source(path)
    path.write_bytes(lab_text.replace("\n", "\r\n").encode())

    assert read_source(path) == before
