"""Each thing that can be wrong in a lab's source is found, at its line, with what to do."""

from __future__ import annotations

import re

import pytest

from grader.authoring import SourceError, build, lab_sources
from grader.authoring.source import read_source
from grader.authoring.validate import problems_in

TASK, CHECK = '# %% task="sum.add"\n', '# %% check="sum.add"\n'
CHECK_TEXT = 'check("sum.add")\n### BEGIN HIDDEN TESTS\nexam("sum.add")\n### END HIDDEN TESTS\n'
RUSSIAN_PROSE = '# %% [markdown] lang="ru" of="37c455ac" attach="sum"\n# # Суммы\n#\n# ![Два числа и их сумма](attachment:sum.svg)\n'

# name: what is replaced by what, the text of the line that is to blame (in the broken source), the message
BROKEN = {
    "translation missing": (RUSSIAN_PROSE, "", '# %% [markdown] lang="en" attach', 'no Russian twin.*of="37c455ac"'),
    "translation missing at the end": (
        '\n# %% [markdown] lang="ru" of="17dc9bda" answer="sum.why"\n# ### BEGIN SOLUTION\n# Потому что.\n'
        "# ### END SOLUTION\n",
        "\n",
        '# %% [markdown] lang="en" answer',
        "no Russian twin",
    ),
    "English missing": (
        '# %% [markdown] lang="en" answer="sum.why"\n# ### BEGIN SOLUTION\n# Because.\n# ### END SOLUTION\n\n',
        "",
        '# %% [markdown] lang="ru" of="17',
        "no English twin",
    ),
    "translation stale": ("# # Sums", "# # All sums", '# %% [markdown] lang="ru" of="37c455ac"', 'write of="[0-9a-f]{8}"'),
    "translation unstamped": (' of="37c455ac"', "", '# %% [markdown] lang="ru" attach', 'write of="37c455ac"'),
    "stamp on the English cell": ('lang="en" attach', 'lang="en" of="1" attach', '# %% [markdown] lang="en"', "belongs to the translations"),
    "twin of another type": ('# %% [markdown] lang="ru" of="37', '# %% lang="ru" of="37', '# %% [markdown] lang="en"', "no Russian twin"),
    "code for one language": (TASK, '# %% lang="en"\nx = 1\n\n' + TASK, '# %% lang="en"', "put in by the build: remove this"),
    "twins' names differ": (
        'of="17dc9bda" answer="sum.why"',
        'of="17dc9bda" answer="sum.add"',
        '# %% [markdown] lang="ru" of="17',
        "answer differs",
    ),
    "other language": ('lang="en" attach', 'lang="de" attach', '# %% [markdown] lang="de"', "write one of en, ru"),
    "duplicate given": (
        TASK,
        '# %% given="parameters"\nx = 1\n\n' + TASK,
        '# %% given="parameters"\nx = 1',
        "given-parameters .* is taken by the cell of line 19",
    ),
    "duplicate task": (CHECK_TEXT, CHECK_TEXT + '\n# %% check="sum.add" tags=["a"]\n' + CHECK_TEXT, 'tags=["a"]\n', "is taken"),
    "names alike but for dot and dash": (
        'answer="sum.why"',
        'answer="sum.add"',
        '# %% [markdown] lang="en" answer',
        "sum-add .* is taken",
    ),
    "solution without check": (CHECK + CHECK_TEXT, "", TASK, "sum.add has no check"),
    "check of another task": (CHECK, '# %% check="sum.sub"\n', TASK, "sum.add has no check"),
    "check without solution": (
        TASK,
        '# %% given="sum.add"\n',
        CHECK,
        'check of sum.add has no solution cell: put `# %% task="sum.add"`',
    ),
    "unknown key": (CHECK, '# %% check="sum.add" hint="no"\n', '# %% check="sum.add"', "no key hint"),
    "locked cell for one language": (
        '# %% given="parameters"',
        '# %% given="parameters" lang="en"',
        '# %% given="parameters"',
        "no key lang.*the same cell in both",
    ),
    "locked cell with a comment for one language": (
        "left, right = 1, 2",
        "# en: numbers\nleft, right = 1, 2",
        "# en: numbers",
        "only a solution cell",
    ),
    "comment without translation": ("# ru: складываем\n", "", "# en: add both", "add a line `# ru: ...`"),
    "no kind": ("# %% given=\"parameters\" tags=[\"parameters\"]", "# %%", "# %%\n", "isn't clear what this code cell is"),
    "key without quotes": ('# %% task="sum.add"', "# %% task=sum.add", "# %% task=sum.add", "isn't clear|no check|no key"),
    "check text not canonical": (
        'exam("sum.add")',
        'exam("sum.add", hard=True)',
        'exam("sum.add", hard=True)',
        r'write `exam\("sum.add"\)` here',
    ),
    "check text too long": ("### END HIDDEN TESTS\n", "### END HIDDEN TESTS\nprint(1)\n", "print(1)", "remove this line"),
    "first line names another task": ("# %%task sum.add", "# %%task sum.sub", "# %%task sum.sub", "must be `%%task sum.add`"),
    "first line missing": ("# %%task sum.add\n", "", "### BEGIN SOLUTION", "must be `%%task sum.add`"),
    "task name": ('answer="sum.why"', 'answer="why"', '# %% [markdown] lang="en" answer', "is no task name"),
    "given name": ('given="parameters"', 'given="my data"', '# %% given="my data"', "is no name"),
    "points in the source": (CHECK, CHECK.replace("\n", " points=2\n"), '# %% check="sum.add"', "said once, in the lab"),
    "check of a task that the lab lacks": (
        CHECK + 'check("sum.add")',
        CHECK.replace("add", "sub") + 'check("sum.sub")',
        '# %% check="sum.sub"',
        "the lab has no task sum.sub",
    ),
    "answer of a task that the lab lacks": (
        'answer="sum.why"',
        'answer="sum.how"',
        '# %% [markdown] lang="en" answer',
        "the lab has no task sum.how.*use one of sum.add, sum.why",
    ),
    "empty cell": ("left, right = 1, 2\n", "", '# %% given="parameters"', "the cell is empty"),
    "solution not closed": ("total = left + right\n### END SOLUTION\n", "total = left + right\n", TASK, "END SOLUTION` is missing"),
    "solution not marked": (
        "# ### BEGIN SOLUTION\n# Because.\n# ### END SOLUTION",
        "# Because.",
        '# %% [markdown] lang="en" answer',
        "put the solution between",
    ),
    "solution closed twice": ("print(total)", "### END SOLUTION", "### END SOLUTION\n\n", "come in pairs"),
    "solution in a given cell": ("left, right", "### BEGIN SOLUTION\nleft, right", "### BEGIN SOLUTION\nleft", "remove it here"),
    "hidden tests in a given cell": ("left, right", "### BEGIN HIDDEN TESTS\nleft, right", "### BEGIN HIDDEN TESTS\nleft", "remove it here"),
    "attachment's file missing": (
        'lang="ru" of="37c455ac" attach="sum"',
        'lang="ru" of="37c455ac" attach="sum product"',
        '# %% [markdown] lang="ru" of="37',
        "put it at grader/labs/sums/diagrams/product.ru.svg",
    ),
    "attachment not shown": (
        "# ![Два числа и их сумма](attachment:sum.svg)",
        "# Два числа",
        '# %% [markdown] lang="ru" of="37',
        "doesn't show sum",
    ),
    "shown but not attached": (
        'of="37c455ac" attach="sum"',
        'of="37c455ac"',
        "# ![Два числа",
        'write attach="sum"',
    ),
    "picture from the network": ("# # Суммы", "# ![x](https://example.org/x.png)", "# ![x](https", "from the network"),
}


def test_the_small_lab_is_in_order(write_lab, lab_text, points):
    assert problems_in(read_source(write_lab(lab_text)), points) == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_source_fails_the_build_with_its_line(name, write_lab, lab_text, tmp_path, points_of):
    old, new, blamed, message = BROKEN[name]
    assert old in lab_text
    broken = lab_text.replace(old, new, 1)
    line = broken[: broken.index(blamed)].count("\n") + 1
    write_lab(broken)

    with pytest.raises(SourceError) as raised:
        build(tmp_path, lab_sources(tmp_path), points_of)

    told = str(raised.value).split("\n")
    assert all(one.startswith("grader/labs/sums/notebook.py:") for one in told)
    assert any(one.startswith(f"grader/labs/sums/notebook.py:{line}: ") and re.search(message, one) for one in told), told
    assert not (tmp_path / "solutions").exists()


def test_all_problems_are_told_at_once_in_order(write_lab, lab_text, tmp_path, points_of):
    broken = lab_text.replace("# # Sums", "# # All sums").replace("left, right", "### BEGIN SOLUTION\nleft, right")

    write_lab(broken)

    with pytest.raises(SourceError) as raised:
        build(tmp_path, lab_sources(tmp_path), points_of)

    assert [int(line.split(":")[1]) for line in str(raised.value).split("\n")] == [14, 20]
