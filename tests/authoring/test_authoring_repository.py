"""The course's address, and what the notebooks make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.authoring.repository import buttons, repository_of, with_repository
from grader.authoring.source import SourceError

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "https://github.com/someone/course"
CELL = '# A lab\n\n{{buttons}}\n\nText. {{repository}}'


def course(folder: Path, address: str) -> Path:
    (folder / "pyproject.toml").write_text(f'[project]\nname = "x"\n\n[project.urls]\nRepository = "{address}"\n')
    return folder


def test_a_course_without_an_address_has_none(tmp_path):
    assert repository_of(tmp_path) == ""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert repository_of(tmp_path) == ""


@pytest.mark.parametrize("written", [ADDRESS, f"{ADDRESS}/", f"{ADDRESS}.git"])
def test_the_address_is_that_of_pyproject(tmp_path, written):
    assert repository_of(course(tmp_path, written)) == ADDRESS


def test_the_line_that_pyproject_offers_is_one_that_works(tmp_path):
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    offered = text.replace("# [project.urls]", "[project.urls]").replace("# Repository", "Repository")
    (tmp_path / "pyproject.toml").write_text(offered, encoding="utf-8")
    assert repository_of(tmp_path) == (repository_of(ROOT) or "https://github.com/OWNER/NAME")


@pytest.mark.parametrize("wrong", ["github.com/a/b", "http://a.b/c", 'https://a.b/c\\"); evil(\\"', "https://a.b/{c}"])
def test_what_is_no_address_is_refused_with_its_line(tmp_path, wrong):
    with pytest.raises(SourceError, match=r"pyproject.toml:5: Repository is no address"):
        repository_of(course(tmp_path, wrong))


def test_without_an_address_nothing_leads_nowhere():
    assert with_repository(CELL, "", "linear", "en") == "# A lab\n\nText. "


def test_with_an_address_a_notebook_opens_in_colab_and_binder():
    text = with_repository(CELL, ADDRESS, "linear", "ru")
    assert "[Открыть в Colab](https://colab.research.google.com/github/someone/course/blob/main/assignments/ru/linear/linear.ipynb)" in text
    assert "[Открыть в Binder](https://mybinder.org/v2/gh/someone/course/main?labpath=assignments%2Fru%2Flinear%2Flinear.ipynb)" in text
    assert text.endswith(f"Text. {ADDRESS}")


def test_a_place_that_colab_does_not_know_gets_no_buttons():
    assert buttons("https://git.example.com/someone/course", "a.ipynb", "en") == ""
