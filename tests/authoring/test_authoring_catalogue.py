"""A message without its translation fails the build at the line that has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.authoring import SourceError, check, lab_sources, update_catalogue
from grader.authoring.catalogue import problems_in_catalogues

CODE = '''\
def say(_, N_, ngettext, n):
    plain = _("{name} is missing")
    later = N_("two "
               "parts")
    return ngettext("{n} task", "{n} tasks", n)
'''
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
ENTRIES = {
    "missing": 'msgid "{name} is missing"\nmsgstr "нет {name}"\n\n',
    "parts": 'msgid "two parts"\nmsgstr "две части"\n\n',
    "tasks": 'msgid "{n} task"\nmsgid_plural "{n} tasks"\n'
    'msgstr[0] "{n} задание"\nmsgstr[1] "{n} задания"\nmsgstr[2] "{n} заданий"\n\n',
}


@pytest.fixture
def course(tmp_path):
    (tmp_path / "grader" / "judge").mkdir(parents=True)
    (tmp_path / "grader" / "judge" / "says.py").write_text(CODE, encoding="utf-8")
    return tmp_path


def catalogue(course: Path, **changed: str) -> Path:
    path = course / "grader" / "locale" / "ru" / "LC_MESSAGES" / "grader.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + "".join((ENTRIES | changed).values()), encoding="utf-8")
    return path


def test_a_whole_catalogue_is_in_order(course):
    catalogue(course)
    assert problems_in_catalogues(course) == []


def test_a_lab_that_is_a_draft_in_a_language_needs_no_messages_in_it(course):
    catalogue(course)
    (course / "grader" / "labs" / "new").mkdir(parents=True)
    (course / "grader" / "labs" / "new" / "lab.py").write_text('SAID = N_("a new one")\n', encoding="utf-8")
    assert problems_in_catalogues(course, {"new": ("ru",)}) == []
    assert "'a new one' is missing: add it" in problems_in_catalogues(course, {"other": ("ru",)})[0]


@pytest.mark.parametrize(
    ("entry", "text", "line", "reason"),
    [
        ("missing", "", 2, "is missing: add it"),
        ("parts", "", 3, "is missing: add it"),
        ("missing", 'msgid "{name} is missing"\nmsgstr ""\n\n', 2, "isn't translated"),
        ("parts", '#, fuzzy\nmsgid "two parts"\nmsgstr "части"\n\n', 3, "fuzzy"),
        ("missing", 'msgid "{name} is missing"\nmsgstr "нет {nmae}"\n\n', 2, r"other {fields} \(name are given\)"),
        ("tasks", ENTRIES["tasks"].replace("{n} заданий", ""), 5, "isn't translated"),
        ("tasks", ENTRIES["tasks"].replace('msgstr[2] "{n} заданий"\n', ""), 5, "isn't translated"),
    ],
)
def test_a_message_without_translation_is_named_with_its_place(course, entry, text, line, reason):
    catalogue(course, **{entry: text})

    (told,) = problems_in_catalogues(course)
    assert told.startswith(f"grader/judge/says.py:{line}: the message ")
    assert told.endswith("in grader/locale/ru/LC_MESSAGES/grader.po")
    assert re.search(reason, told)


def test_check_fails_on_it(course, write_lab, lab_text, points_of):
    write_lab(lab_text)
    with pytest.raises(SourceError, match=r"^grader/judge/says\.py:2: the message '\{name\} is missing' is missing"):
        check(course, lab_sources(course), points_of)


def test_updating_adds_what_is_new_keeps_what_is_there_and_drops_the_rest(course):
    gone = 'msgid "gone"\nmsgstr "нет"\n\n'
    path = catalogue(course, parts="", gone=gone)

    assert update_catalogue(course) == path

    text = path.read_text(encoding="utf-8")
    assert 'msgid "two parts"\nmsgstr ""\n' in text
    assert "нет {name}" in text and "{n} заданий" in text
    assert "gone" not in text and "Date" not in text and ".py:" not in text
    assert [line.split(": ")[0] for line in problems_in_catalogues(course)] == ["grader/judge/says.py:3"]
    update_catalogue(course)
    assert path.read_text(encoding="utf-8") == text


def test_updating_begins_a_catalogue_where_there_is_none(course):
    path = update_catalogue(course)

    assert 'msgid "two parts"\nmsgstr ""\n' in path.read_text(encoding="utf-8")
    assert len(problems_in_catalogues(course)) == 3
