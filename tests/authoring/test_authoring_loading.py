"""The cell that loads the course: put in by the build, for any lab, in every language."""

from __future__ import annotations

import pytest

from grader.authoring.notebook import loading_cell, solution_notebook
from grader.authoring.source import read_source


@pytest.mark.parametrize(("language", "says"), [("en", "isn't loaded yet"), ("ru", "ещё не загружен")])
def test_it_says_which_lab_and_language_this_is_and_what_to_do_without_the_course(language, says):
    text = loading_cell("sums", language, "https://example.com/a/b")
    assert says in text and 'COURSE = "https://example.com/a/b"' in text and "{{" not in text
    assert text.endswith(f"%load_ext grader.bench\n%language {language}\n%lab sums")


def test_a_language_that_nobody_has_written_it_in_gets_the_english_text():
    assert loading_cell("sums", "xx") == loading_cell("sums", "en").replace("%language en", "%language xx")


@pytest.mark.parametrize("titled", [True, False])
def test_it_stands_below_the_title_or_first(write_lab, lab_text, points, titled):
    title, _, rest = lab_text.partition('# %% given="parameters"')
    text = lab_text if titled else title[: title.index("# %% [markdown]")] + '# %% given="parameters"' + rest
    cells = solution_notebook(read_source(write_lab(text)), "en", points)["cells"]
    place = 1 if titled else 0
    assert cells[place]["source"] == loading_cell("sums", "en")
    assert cells[place]["id"] == f"text-{place + 1:02}" and "nbgrader" not in cells[place]["metadata"]
