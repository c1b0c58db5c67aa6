"""Each Russian page follows its English twin, and says so when it doesn't."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.authoring.pages import english_twin, problem_with, restamp_pages, russian_pages

ROOT = Path(__file__).resolve().parents[2]
PAGES = russian_pages(ROOT)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_russian_page_follows_its_english_twin(page: Path):
    assert problem_with(page) is None, problem_with(page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_russian_page_has_its_twins_code_and_headings(page: Path):
    english, russian = (path.read_text(encoding="utf-8") for path in (english_twin(page), page))
    assert re.findall(r"^#+ ", russian, re.M) == re.findall(r"^#+ ", english, re.M)
    assert len(re.findall(r"^```", russian, re.M)) == len(re.findall(r"^```", english, re.M))


@pytest.mark.parametrize("page", [*PAGES, *(english_twin(page) for page in PAGES)], ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "docs" / "ru").mkdir(parents=True)
    (tmp_path / "docs" / "trace.md").write_text("# The trace\n", encoding="utf-8")
    (tmp_path / "docs" / "ru" / "trace.md").write_text("# Запись\n", encoding="utf-8")
    (tmp_path / "CONTRIBUTING.md").write_text("# Contributing\n", encoding="utf-8")
    (tmp_path / "docs" / "ru" / "contributing.md").write_text("# Участие\n", encoding="utf-8")
    return tmp_path


def test_a_changed_english_page_makes_its_twin_stale_until_it_is_restamped(project: Path):
    page, english = project / "docs" / "ru" / "trace.md", project / "docs" / "trace.md"

    assert "bring the Russian page up to date" in problem_with(page)
    assert len(restamp_pages(project)) == 2
    assert problem_with(page) is None
    assert page.read_text(encoding="utf-8").endswith("-->\n# Запись\n")

    english.write_text("# The trace, version 3\n", encoding="utf-8")
    assert problem_with(page).startswith("trace.md isn't the page that docs/ru/trace.md was made from")
    assert restamp_pages(project) == [page]
    assert page.read_text(encoding="utf-8").count("of=") == 1
    assert restamp_pages(project) == []


def test_a_twin_may_lie_in_the_root_with_a_name_in_capitals(project: Path):
    assert english_twin(project / "docs" / "ru" / "contributing.md") == project / "CONTRIBUTING.md"


def test_a_russian_page_without_a_twin_is_told(project: Path):
    (project / "docs" / "trace.md").unlink()
    assert "write docs/trace.md" in problem_with(project / "docs" / "ru" / "trace.md")
