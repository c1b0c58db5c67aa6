"""The instructor's pages keep up with the code: flags, and files that they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.course.results.flags import TEXTS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "docs" / "instructor.md", ROOT / "docs" / "ru" / "instructor.md"]


@pytest.mark.parametrize("page", PAGES, ids=["en", "ru"])
def test_every_flag_is_explained(page: Path) -> None:
    explained = set(
        re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (`.*?) \|", page.read_text(encoding="utf-8"), re.M)))
    )
    assert explained == set(TEXTS)


@pytest.mark.parametrize("page", PAGES, ids=["en", "ru"])
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text)]
    assert all((page.parent / link).is_file() for link in links)
    named = re.findall(r"`((?:grader|tests|solutions|assignments|docs)/[\w./]+)`", text)
    assert named and all((ROOT / name).exists() for name in named if not re.search("/de/|NAME", name))


def test_both_pages_have_the_same_commands() -> None:
    english, russian = (
        re.findall(r"^```\n(.*?)^```", page.read_text(encoding="utf-8").replace(" --language ru", ""), re.M | re.S)
        for page in PAGES
    )
    assert english == russian
