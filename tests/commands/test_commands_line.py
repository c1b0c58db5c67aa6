"""What the command line says to a mistyped command: one line in the reader's language, with what to do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.__main__ import main

RIGHT = ("grade", "linear", "--submitted", "s", "--results", "r.jsonl")


def error(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line that the command ends with."""
    with pytest.raises(SystemExit) as end:
        main(words)
    out, err = capsys.readouterr()
    assert end.value.code == 2
    assert out == ""
    assert err.count("\n") == 1, err
    return err


@pytest.mark.parametrize(
    ("words", "english", "russian"),
    [
        ((), "Something is missing: COMMAND.", "Не хватает: КОМАНДА."),
        (("grad",), "Did you mean grade?", "Может быть, grade?"),
        (("grade", "linear"), "missing: --submitted, --results.", "Не хватает: --submitted, --results."),
        ((*RIGHT[:4], "--results"), "--results needs a value", "После --results нужно значение"),
        ((*RIGHT, "--feedback=yes"), "--feedback takes no value", "--feedback пишется без значения"),
        ((*RIGHT, "--fedback"), "Did you mean --feedback?", "Может быть, --feedback?"),
        ((*RIGHT, "more"), "This is not known here: more.", "Здесь такого нет: more."),
        (("grade", "linear", "--submited=s", "--results=r"), "Did you mean --submitted?", "Может быть, --submitted?"),
        ((*RIGHT[:5], ""), "--results: the name is empty.", "--results: имя пустое."),
        (("grade", "--", "linear", "--s"), "missing: --submitted, --results.", "Не хватает: --submitted, --results."),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_error_says_what_to_do(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], english: str, russian: str
) -> None:
    said = error(capsys, "--language", "en", *words)
    assert english in said
    assert "--help` explains it." in said
    assert russian in error(capsys, "--language", "ru", *words)


def test_an_option_that_may_be_several_is_not_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    said = error(capsys, "--language", "en", "build", "--=x")
    assert "may mean several: --" in said and "Write it in full." in said


def test_a_missing_option_is_not_taken_for_a_short_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Did you mean" not in error(capsys, "--language", "en", "grade", "linear", "--res", "r.jsonl")


def test_an_unknown_language_is_an_error_in_the_terminals(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "ru")
    assert "--language: 'de' не подходит; возможно: en, ru." in error(capsys, "demo", "--language", "de")


@pytest.mark.parametrize("place", [("--language", "ru", "grade"), ("grade", "--language", "ru")])
def test_help_is_in_the_readers_language_wherever_it_is_named(
    capsys: pytest.CaptureFixture[str], place: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([*place, "--help"])
    shown = capsys.readouterr().out
    assert end.value.code == 0
    assert shown.startswith("запуск: python -m grader grade")
    for english in ("usage", "options:", "positional", "show this", "the "):
        assert english not in shown


COMMANDS = ("build", "grade", "report", "similar", "demo")


def helped(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_no_word_of_the_russian_help_is_english(capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    assert helped(capsys, *command, "--language", "en", "--help").startswith("usage: python -m grader")
    russian = helped(capsys, *command, "--language", "ru", "--help")
    assert russian.startswith("запуск: python -m grader")
    ours = re.sub(r"--[\w-]+|\b[A-Z]+\b|`[^`]*`|\{en,ru\}|[\w/.*-]+\.\w+|python -m grader \w*", "", russian)
    for word in ("usage", "options", "positional", "show this", "the"):
        assert word not in ours.split()


def test_a_python_without_the_courses_packages_says_which_to_use() -> None:
    root = Path(__file__).resolve().parents[2]
    bare = [sys.executable, "-S", "-m", "grader", "grade", "linear"]  # -S: without what is installed
    ended = subprocess.run(bare, cwd=root, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "run `make setup` and use .venv/bin/python." in ended.stderr
    assert "выполните `make setup`" in ended.stderr
    assert ended.stderr.count("\n") == 2, ended.stderr
