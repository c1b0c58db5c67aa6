"""Points are said once, by the lab: what the notebook, or a README, says otherwise is named with both figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.authoring import SourceError, build, check, lab_sources
from grader.authoring.points import problems_in_page
from grader.authoring.source import read_source
from grader.authoring.validate import problems_in
from grader.commands.build import points_of as points_of_the_course

ROOT = Path(__file__).resolve().parents[2]
SECTION = """\
# %% [markdown] lang="en"
# ## 1. Add
#
# ### 1.1 `sum.add` (2 points)

# %% [markdown] lang="ru" of="00000000"
# ## 1. Сложить числа
#
# ### 1.1 `sum.add` (2 балла)

# %% task="sum.add"
"""
TABLES = {
    "en": "\n#\n# | Section | Points | Minutes |\n# |---|---|---|\n# | 1. Add | 3.5 | 5 |\n# | **All** | **3.5** | **5** |\n",
    "ru": "\n#\n# | Раздел | Баллы | Минуты |\n# |---|---|---|\n# | 1. Сложить | 3,5 | 5 |\n# | **Всего** | **3,5** | **5** |\n",
}


@pytest.fixture
def tabled(lab_text: str) -> str:
    """The small lab with a table of its points and a heading that shows them, in both languages."""
    for language, title in (("en", "# # Sums\n"), ("ru", "# # Суммы\n")):
        lab_text = lab_text.replace(title, title[:-1] + TABLES[language])
    return lab_text.replace('# %% task="sum.add"\n', SECTION)


def told(path: Path, points) -> list[str]:
    """What is wrong with the lab's points, `line: text`; stamps don't matter here."""
    found = problems_in(read_source(path), points)
    return [f"{problem.line}: {problem.text}" for problem in found if "changed since" not in problem.text]


def test_tables_and_headings_that_agree_are_in_order(write_lab, tabled, points):
    assert told(write_lab(tabled), points) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("| 1. Add | 3.5 |", "| 1. Add | 3 |", "1. Add has 3.5 points in the lab, and 3 here: make them the same"),
        ("| 1. Сложить | 3,5 |", "| 1. Сложить | 4,5 |", "1. Сложить has 3.5 points in the lab, and 4.5 here"),
        ("| **All** | **3.5** |", "| **All** | **20** |", "all of it has 3.5 points in the lab, and 20 here"),
        ("| 1. Add | 3.5 |", "| 1. Add | – |", "1. Add has 3.5 points in the lab, and 0 here"),
        ("| 1. Add | 3.5 |", "| 1. Add | many |", "'many' stands where points are: write a number, 3.5 for 1. Add"),
        ("| 1. Add | 3.5 |", "| 2. Sub | 3.5 |", "'2. Sub' is no heading `## ...` of the notebook"),
        ("(2 points)", "(1 point)", "sum.add has 2 points in the lab, and 1 here"),
        ("(2 балла)", "(5 баллов)", "sum.add has 2 points in the lab, and 5 here"),
        ("`sum.add` (2 points)", "`sum.ad` (2 points)", "the lab has no task sum.ad: correct its name"),
    ],
)
def test_what_differs_is_named_with_its_line_and_both_figures(write_lab, tabled, points, old, new, says):
    assert old in tabled
    broken = tabled.replace(old, new)
    line = broken[: broken.index(new)].count("\n") + 1
    found = told(write_lab(broken), points)
    assert found and found[0].startswith(f"{line}: {says}"), found


def test_a_table_without_one_of_the_sections_is_named_at_its_header(write_lab, tabled, points):
    row = "# | 1. Add | 3.5 | 5 |\n"
    line = tabled[: tabled.index("# | Section")].count("\n") + 1
    (only,) = told(write_lab(tabled.replace(row, "")), points)
    assert only == f"{line}: the rows have 0 points together, and the lab has 3.5: list each section once"


def test_a_table_of_tasks_need_not_have_them_all(write_lab, tabled, points):
    rows = tabled.replace("| 1. Add | 3.5 |", "| `sum.add` | 2 |")
    assert told(write_lab(rows), points) == []


def test_a_task_of_the_lab_without_a_check_cell_is_named(write_lab, lab_text, points):
    (only,) = told(write_lab(lab_text), {**points, "sum.sub": 1})
    assert only.startswith("1: the lab's task sum.sub has no cell here: write its solution cell and")


def test_a_task_that_is_worth_nothing_is_named(write_lab, lab_text, points):
    (only,) = told(write_lab(lab_text), {**points, "sum.add": 0})
    assert only == "31: the lab gives sum.add 0 points: give it a number above 0 there"


def test_a_lab_of_which_nobody_says_the_tasks_is_refused(write_lab, lab_text, tmp_path):
    write_lab(lab_text)
    with pytest.raises(SourceError, match=r"^grader/labs/sums/notebook\.py:1: nothing says which tasks the lab sums has"):
        build(tmp_path, lab_sources(tmp_path), points_of_the_course)


PAGE = """\
| section | points |
|---|---|
| of another table | 7 |

The lab `sums` has 3.5 points and takes 5 minutes:

| section | what you do | points |
|---|---|---|
| sum | add | 3.5 |

The lab `ranks` has 12 points:

| section | points |
|---|---|
| sum | 12 |
"""


def test_a_page_s_table_is_about_the_lab_that_is_named_above_it(tmp_path, points):
    page = tmp_path / "README.md"
    page.write_text(PAGE, encoding="utf-8")
    assert problems_in_page(page, {"sums": points}) == []

    page.write_text(PAGE.replace("has 3.5", "has 4").replace("add | 3.5", "add | 5"), encoding="utf-8")
    found = [(problem.line, problem.text) for problem in problems_in_page(page, {"sums": points})]
    assert sorted(found) == [
        (5, "sums has 3.5 points in the lab, and 4 here: make them the same"),
        (9, "sum has 3.5 points in the lab, and 5 here: make them the same"),
    ]


def test_check_reads_the_readmes_and_a_build_does_not(write_lab, lab_text, tmp_path, points_of, quick):
    write_lab(lab_text)
    (tmp_path / "README.ru.md").write_text("Работа `sums` — 20 баллов.\n", encoding="utf-8")
    build(tmp_path, lab_sources(tmp_path), points_of)
    with pytest.raises(SourceError, match=r"README\.ru\.md:1: sums has 3\.5 points in the lab, and 20 here"):
        check(tmp_path, lab_sources(tmp_path), points_of)


@pytest.mark.parametrize(
    ("page", "old", "new"),
    [
        ("README.md", "has 20 points", "has 21 points"),
        ("README.md", "backward, update | 6 |", "backward, update | 7 |"),
        ("README.ru.md", "— 20 баллов", "— 21 балл"),
        ("README.ru.md", "тот же шаг вручную | 4 |", "тот же шаг вручную | 5 |"),
    ],
)
def test_the_course_s_own_pages_are_read(tmp_path, page, old, new):
    labs = {"linear": points_of_the_course("linear")}
    text = (ROOT / page).read_text(encoding="utf-8")
    copy = tmp_path / page
    copy.write_text(text, encoding="utf-8")
    assert old in text and problems_in_page(copy, labs) == []

    copy.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert len(problems_in_page(copy, labs)) == 1


@pytest.mark.parametrize("name", ["column.forward", "fp32.conclusion"])
def test_the_course_s_own_notebook_is_read(name):
    source = read_source(ROOT / "grader" / "labs" / "linear" / "notebook.py")
    points = dict(points_of_the_course("linear"))
    assert problems_in(source, points) == []
    found = problems_in(source, points | {name: 9})
    # its heading, its section's row and the row of all, in each language
    assert len(found) == 6 and all("and" in problem.text and "here" in problem.text for problem in found)
