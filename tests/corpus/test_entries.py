"""A corpus is read from plain files, and what is wrong in one is told with its file, its line and what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.corpus.entries import CorpusError, Entry, read_corpus, read_entry, solution_cells

TASKS = ("add.two", "add.three")
WHOLE = """\
# loses: add.three
# mistake: off-by-one, sign
# says: expected 3
# why: counts one too few

# %% before
def one(): return 1

# %% add.three

three = one() + one()
# %% add.two
two = 2


"""


def entry(tmp_path: Path, text: str, kind: str = "wrong", name: str = "one-too-few") -> Entry:
    path = tmp_path / kind / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return read_entry(path, TASKS)


def test_an_entry_has_cells_and_what_must_come_of_them(tmp_path):
    found = entry(tmp_path, WHOLE)
    assert (found.name, found.kind, found.why) == ("one-too-few", "wrong", "counts one too few")
    assert found.cells == {"add.three": "#\n\nthree = one() + one()\n", "add.two": "#\ntwo = 2\n"}
    assert found.before == "def one(): return 1\n"
    assert found.loses == {"add.three"} and found.mistakes == {"add.three": ("off-by-one", "sign")}
    assert found.says == "expected 3" and found.harms == ""


def test_a_cells_lines_have_the_numbers_that_they_have_behind_task(tmp_path):
    assert entry(tmp_path, WHOLE).cells["add.two"].split("\n")[1] == "two = 2"


def test_a_mistake_may_stand_for_one_task(tmp_path):
    head = "# loses: add.two, add.three\n# mistake: sign\n# mistake of add.three: none\n# why: both\n# %% add.two\ntwo = -2\n"
    assert entry(tmp_path, head).mistakes == {"add.two": ("sign",), "add.three": ()}


def test_without_a_mistake_no_hint_is_right(tmp_path):
    assert entry(tmp_path, "# loses: add.two\n# why: x\n# %% add.two\ntwo = 3\n").mistakes == {}


def test_a_right_entry_loses_nothing(tmp_path):
    assert entry(tmp_path, "# why: in one\n\n# %% add.two\ntwo = 2\n", "right").loses == frozenset()


@pytest.mark.parametrize(
    ("kind", "text", "line", "said"),
    [
        ("wrong", "# why: x\n# %% add.two\n", 1, "`# loses:` is missing"),
        ("ways_round", "# why: x\n# %% add.two\n", 1, "`# loses:` is missing"),
        ("wrong", "# loses: add.two\n# %% add.two\n", 1, "`# why:` is missing"),
        ("wrong", "# loses: add.four\n# why: x\n# %% add.two\n", 1, "the lab has no task add.four: it has add.two, add.three"),
        ("wrong", "# why: x\n# loses:\n# %% add.two\n", 2, "nothing stands behind `# loses:`"),
        ("wrong", "# why: x\n# looses: add.two\n# %% add.two\n", 2, "a line begins with one of `# loses:`, `# mistake:`"),
        ("wrong", "# why: x\ntwo = 2\n# %% add.two\n", 2, "'two = 2' does not"),
        ("wrong", "# loses: add.two\n# loses: add.three\n# why: x\n# %% add.two\n", 2, "`# loses:` is there twice"),
        ("wrong", "# why of add.two: x\n# %% add.two\n", 1, "a line begins with one of"),
        ("wrong", "# loses: add.two\n# mistake of add.three: x\n# why: x\n# %% add.two\n", 2, "it does not lose add.three"),
        ("wrong", "# loses: add.two\n# why: x\n\n# %% add.too\n", 4, "the lab has no task add.too"),
        ("wrong", "# loses: add.two\n# why: x\n\n# %%\ntwo = 2\n", 4, "the lab has no task without a name"),
        ("wrong", "# loses: add.two\n# why: x\n# %% add.two\n\n# %% add.two\n", 5, "add.two has a cell above"),
        ("wrong", "# loses: add.two\n# why: x\n# %% before\nx = 1\n", 5, "no cell of a task: begin one with `# %% TASK`"),
        ("wrong", "", 1, "`# loses:` is missing"),
        ("right", "# loses: add.two\n# why: x\n# %% add.two\n", 1, "a right solution has no `# loses:`"),
        ("right", "# why: x\n# mistake: sign\n# %% add.two\n", 2, "a right solution has no `# mistake:`"),
        ("rihgt", "# why: x\n# %% add.two\n", 1, "an entry lies in one of the folders right, wrong, ways_round"),
    ],
)  # fmt: skip
def test_what_is_no_entry_is_told_with_its_line(tmp_path, kind, text, line, said):
    with pytest.raises(CorpusError) as told:
        entry(tmp_path, text, kind)
    assert str(told.value).startswith(f"{tmp_path / kind / 'one-too-few.py'}:{line}: ") and said in str(told.value)


def test_a_file_in_another_encoding_is_told_too(tmp_path):
    path = tmp_path / "right" / "latin.py"
    path.parent.mkdir()
    path.write_bytes(b"# why: \xe9t\xe9\n")
    with pytest.raises(CorpusError, match=rf"{re.escape(str(path))}:1: .*save it as UTF-8"):
        read_entry(path, TASKS)


def test_a_corpus_is_read_kind_by_kind_and_by_name(tmp_path):
    for kind, name in (("wrong", "b"), ("right", "c"), ("wrong", "a")):
        loses = "" if kind == "right" else "# loses: add.two\n"
        entry(tmp_path, f"{loses}# why: x\n# %% add.two\ntwo = 2\n", kind, name)
    assert [found.name for found in read_corpus(tmp_path, TASKS)] == ["c", "a", "b"]
    assert read_corpus(tmp_path / "nowhere", TASKS) == ()


def test_the_solutions_cells_are_those_of_its_tasks():
    cells = solution_cells("linear")
    assert next(iter(cells)) == "reference.step" and all(text.startswith("#\n") for text in cells.values())
