"""A lab may be a draft: in one language, until somebody begins to translate it."""

from __future__ import annotations

import re

import pytest

from grader.authoring import SourceError, build, check, lab_sources
from grader.authoring.source import read_source

DRAFT_TREES = ("solutions/en/sums/sums.ipynb", "assignments/en/sums/sums.ipynb")


@pytest.fixture
def english(lab_text) -> str:
    """The small lab before anybody translated it."""
    cells = re.split(r"(?m)^(?=# %%)", lab_text.replace("# ru: складываем\n", ""))
    return "".join(cell for cell in cells if 'lang="ru"' not in cell)


def test_a_lab_without_a_cell_in_russian_is_built_in_english_alone(write_lab, english, tmp_path, quick, points_of):
    write_lab(english)
    report = build(tmp_path, lab_sources(tmp_path), points_of)
    assert tuple(path.as_posix() for path in report.written) == DRAFT_TREES
    assert report.drafts == {"sums": ("ru",)}
    assert not (tmp_path / "assignments" / "ru").exists()

    checked = check(tmp_path, lab_sources(tmp_path), points_of)
    assert (checked.stale, checked.drafts) == ((), {"sums": ("ru",)})


def test_a_translated_lab_is_no_draft(write_lab, lab_text, tmp_path, quick, points_of):
    write_lab(lab_text)
    assert build(tmp_path, lab_sources(tmp_path), points_of).drafts == {}


def test_the_header_may_say_that_a_lab_is_in_english_alone(write_lab, english):
    said = english.replace("# ---\n\n", "# languages: [en]\n# ---\n\n", 1)
    assert read_source(write_lab(said)).languages == ("en",)


def test_a_lab_in_more_languages_than_its_header_says_is_refused(write_lab, lab_text, tmp_path, points_of):
    write_lab(lab_text.replace("# ---\n\n", "# languages: [en]\n# ---\n\n", 1))
    with pytest.raises(SourceError, match=r"notebook\.py:15: lang is 'ru', and the header says languages: \[en\]"):
        build(tmp_path, lab_sources(tmp_path), points_of)


@pytest.mark.parametrize("languages", ["ru", "en, de", ""])
def test_a_header_without_english_or_with_a_language_that_nobody_knows_is_refused(write_lab, english, languages):
    path = write_lab(english.replace("# ---\n\n", f"# languages: [{languages}]\n# ---\n\n", 1))
    with pytest.raises(SourceError, match=r"notebook\.py:7: languages is \[.*\]: list en, and what else there is of ru"):
        read_source(path)


def test_a_lab_that_is_half_translated_is_refused(write_lab, lab_text, tmp_path, points_of):
    half = re.sub(r'(?ms)^# %% \[markdown\] lang="ru" of="17dc9bda".*', "", lab_text)
    write_lab(half)
    with pytest.raises(SourceError, match="this English cell has no Russian twin"):
        build(tmp_path, lab_sources(tmp_path), points_of)


def test_a_notebook_that_a_draft_no_longer_gives_is_named(write_lab, lab_text, english, tmp_path, quick, points_of):
    write_lab(lab_text)
    build(tmp_path, lab_sources(tmp_path), points_of)
    write_lab(english)
    build(tmp_path, lab_sources(tmp_path), points_of)
    stale = check(tmp_path, lab_sources(tmp_path), points_of).stale
    assert [path.partition(" ")[0] for path in stale] == [
        "assignments/ru/sums/sums.ipynb", "solutions/ru/sums/sums.ipynb",
    ]  # fmt: skip
