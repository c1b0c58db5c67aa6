"""The command line in both languages: its help, and what it says where it can't be understood."""

from __future__ import annotations

import re

import pytest

from grader.__main__ import main

COMMANDS = ("build", "grade", "report", "similar", "demo")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as end:
        main(words)
    return end.value.code, *capsys.readouterr()


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_is_in_the_reader_s_language(capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    code, english, _ = said(capsys, *command, "--help", *(["--language", "en"] if command else []))
    assert code == 0 and english.startswith("usage: python -m grader")
    code, russian, _ = said(capsys, *command, "--language", "ru", "--help")
    assert code == 0 and russian.startswith("вызов: python -m grader")
    ours = re.sub(r"--[\w-]+|\b[A-Z]+\b|`[^`]*`|\{en,ru\}|[\w/.*-]+\.\w+|python -m grader \w*", "", russian)
    for word in ("usage", "options", "positional", "show this", "the"):
        assert word not in ours.split()


@pytest.mark.parametrize(
    ("words", "english", "russian"),
    [
        ((), "Not given: COMMAND.", "Не указано: КОМАНДА."),
        (("grad",), "'grad' is no COMMAND; there are", "'grad' не подходит для КОМАНДА; есть"),
        (("report",), "Not given: FILE.", "Не указано: FILE."),
        (("report", "a", "b"), "Nothing here takes b.", "Лишнее: b."),
        (("grade", "linear", "--submitted"), "--submitted needs something behind it.", "После --submitted"),
    ],
)
def test_an_error_is_one_line_that_names_the_mend(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], english: str, russian: str
) -> None:
    for language, text, see in (("en", english, "See"), ("ru", russian, "Подробности:")):
        code, out, err = said(capsys, *words, "--language", language)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(text) and f"{see} `python -m grader" in err
