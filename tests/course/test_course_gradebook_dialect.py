"""Engines on one gradebook share what they know, and nothing but that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Base, Gradebook, MissingEntry
from sqlalchemy import create_engine, event, inspect
from sqlalchemy.engine import Engine

from grader.course.nbgrader.gradebook_dialect import shared


@contextmanager
def asked() -> Iterator[list[str]]:
    """What engines are asked meanwhile."""
    heard: list[str] = []

    def hear(_: Any, __: Any, statement: str, *___: Any) -> None:
        heard.append(statement)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


@pytest.fixture
def urls(tmp_path: Path) -> list[str]:
    """Two gradebooks, empty but for their tables."""
    found = [f"sqlite:///{tmp_path}/{name}.db" for name in ("one", "two")]
    for url in found:
        engine = create_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
    return found


def test_what_one_gradebook_writes_the_next_and_any_other_program_reads(urls: list[str]) -> None:
    with Gradebook(shared(urls[0])) as gradebook:
        gradebook.add_student("ada", first_name="Ада")
    for url in (shared(urls[0]), urls[0]):
        with Gradebook(url) as gradebook:
            assert gradebook.find_student("ada").first_name == "Ада"
    with Gradebook(shared(urls[1])) as gradebook, pytest.raises(MissingEntry):
        gradebook.find_student("ada")


def test_tables_are_looked_for_once_a_file(urls: list[str]) -> None:
    def lookups(url: str) -> int:
        with asked() as heard, Gradebook(shared(url)) as gradebook:
            assert gradebook.students == []
        return sum("table_info" in statement for statement in heard)

    first, second, other = lookups(urls[0]), lookups(urls[0]), lookups(urls[1])
    assert first == other > 10
    assert second == 0


def test_a_gradebook_that_is_made_anew_has_tables_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def made(url: str) -> list[str]:
        engine = create_engine(url)
        for _ in range(2):
            Base.metadata.create_all(engine)
        found: list[str] = inspect(engine).get_table_names()
        engine.dispose()
        return found

    tables = made("sqlite://")
    assert made(shared("sqlite://")) == made(shared("sqlite://")) == tables != []
    for folder in ("one", "two"):  # the same name means another file
        (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / folder)
        for _ in range(2):
            assert made(shared("sqlite:///gradebook.db")) == tables
            Path("gradebook.db").unlink()


def test_other_databases_are_left_as_they_are() -> None:
    assert shared("postgresql://somewhere/db") == "postgresql://somewhere/db"
