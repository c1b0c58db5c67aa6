"""A third language, tried with a toy one: its catalogue's folder is all that the code has to know of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from babel.messages.pofile import read_po, write_po

from grader.authoring.catalogue import extract_messages

ROOT = Path(__file__).resolve().parents[2]
TOY = "xx"
# the command line, where the small lab is one of the course's
COMMAND_LINE = """
import sys
from grader.__main__ import main
from grader.commands import build
build.points_of = lambda lab: {"sum.add": 2, "sum.why": 1.5}
sys.exit(main(sys.argv[1:]))
"""
TRANSLATED = {
    'lang="ru"': 'lang="xx"',
    "Сумм": "[Sums]",
    "# ru:": "# xx:",
    "Потому": "[Because]",
}


def toy(text: str) -> str:
    """What the toy language says for a message: its fields and first sign stay."""
    return f"[{text}]" if text != "0.5" else text


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package that has the toy language's catalogue, with every message translated."""
    house = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "grader", house / "grader", ignore=shutil.ignore_patterns("__pycache__"))
    catalogue = extract_messages(house)
    for message in catalogue:
        if message.id:
            message.string = toy(message.id) if isinstance(message.id, str) else tuple(map(toy, message.id))
    catalogue.locale = "en"  # two plural forms; Babel has no locale xx
    path = house / "grader" / "locale" / TOY / "LC_MESSAGES" / "grader.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, catalogue)
    assert read_po(path.open("rb")), "it is a catalogue"
    return house


def grader(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(house)}
    command = [sys.executable, "-c", COMMAND_LINE, *words]
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)


def in_three_languages(lab: str) -> str:
    """The small lab, each Russian cell and comment followed by a twin in the toy language."""
    parts = []
    for part in lab.strip().split("\n\n"):
        parts.append(part)
        if 'lang="ru"' in part:
            for russian, other in TRANSLATED.items():
                part = part.replace(russian, other)
            parts.append(part)
    return ("\n\n".join(parts) + "\n").replace("# ru: складываем\n", "# ru: складываем\n# xx: [add both]\n")


@pytest.mark.slow
def test_labs_are_built_in_it_and_the_command_line_speaks_it(house: Path, write_lab, lab_text: str) -> None:
    source = write_lab(in_three_languages(lab_text))
    (source.parent / "diagrams" / "sum.xx.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    shutil.copytree(source.parent, house / "grader" / "labs" / "sums", dirs_exist_ok=True)
    done = grader(house, "build", "sums", "--language", TOY)
    assert done.returncode == 0, done.stderr
    assert "[6 notebooks are current" in done.stdout
    released = nbformat.read(house / "assignments" / TOY / "sums" / "sums.ipynb", as_version=4)
    assert released.metadata.course.language == TOY
    sources = [cell.source for cell in released.cells]
    assert any("[Sums]" in text for text in sources) and sources[1].endswith("%language xx\n%lab sums")
    assert not [text for text in sources if "Сумм" in text]
    usage = grader(house, "report", "--help", "--language", TOY).stdout
    assert "[put a class's results together" in " ".join(usage.split())


@pytest.mark.slow
def test_a_lab_whose_translation_is_begun_says_what_is_missing(house: Path, write_lab, lab_text: str) -> None:
    last = '\n# %% [markdown] lang="xx" of="17dc9bda" answer="sum.why"\n# ### BEGIN SOLUTION\n# ### END SOLUTION\n'
    source = write_lab(lab_text + last)
    shutil.copytree(source.parent, house / "grader" / "labs" / "sums", dirs_exist_ok=True)
    done = grader(house, "build", "sums")
    assert done.returncode == 2
    assert (
        'no xx twin: put its translation directly below it, as `# %% [markdown] lang="xx" of="37c455ac"`' in done.stderr
    )
    assert "add a line `# xx: ...`" in done.stderr
