"""The first code cell of the released notebooks, where the course's package is and where it isn't."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAYS = {"en": ("make setup", "Select Kernel", "Ask your instructor", "isn't loaded yet"),
        "ru": ("make setup", "Select Kernel", "Узнайте у преподавателя", "ещё не загружен")}  # fmt: skip
# a kernel's shell without the package, which runs the cells that it is given
BARE = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="nocolor")
sys.modules["grader"] = None
for cell in sys.argv[1:]:
    if cell == "PACKAGE": del sys.modules["grader"]
    else: shell.run_cell(cell)
"""


def first_cell(language: str) -> str:
    path = ROOT / "assignments" / language / "linear" / "linear.ipynb"
    return next(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")


def shown(*cells: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", BARE, *cells], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout


@pytest.mark.parametrize("language", ["en", "ru"])
def test_without_the_package_the_first_cell_says_what_to_do_and_later_ones_point_to_it(language):
    *ways, not_loaded = SAYS[language]
    alone = shown(first_cell(language))
    assert all(way in alone for way in ways) and alone.count(not_loaded) == 1 and "Traceback" not in alone
    later = shown(first_cell(language), "%%task manual.forward\nY = 1", 'check("manual.forward")')
    assert later.count(not_loaded) == 3 and "Traceback" not in later


def test_without_the_package_a_check_is_an_error():
    """A cell that shows none has all points in nbgrader's eyes."""
    assert "False" in shown(first_cell("en"), "result = get_ipython().run_cell('check(1)'); print(result.success)")


def test_once_the_package_is_there_the_first_cell_goes_on():
    said = shown(first_cell("en"), "PACKAGE", first_cell("en"), "%%task manual.forwards\nY = 1")
    assert "there is no task manual.forwards" in said


def test_colab_gets_the_package_from_the_courses_address():
    cell = first_cell("en").replace('COURSE = ""', 'COURSE = "https://example.com/a/b"')
    pip = "import types, sys; sys.modules['google.colab'] = types.ModuleType('colab')\n" \
          "get_ipython().register_magic_function(lambda line: print('pip', line), 'line', 'pip')"  # fmt: skip
    assert "pip install --quiet --no-deps Babel git+https://example.com/a/b" in shown(pip, cell)
    assert "pip install --quiet" not in shown(pip, first_cell("en"))
