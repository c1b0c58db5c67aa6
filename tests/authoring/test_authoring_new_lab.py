"""A new lab passes all checks as it is written, its corpus included."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from grader.authoring import SourceError
from grader.authoring.new_lab import write_new_lab
from grader.authoring.source import read_source
from grader.corpus.entries import read_corpus
from grader.corpus.faults import faults_in
from grader.corpus.score import wrong_hints
from grader.corpus.trial import Exam


def test_a_new_lab_is_right_and_its_corpus_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    written = write_new_lab("scratch_lab", tmp_path / "scratch_lab", "scratch_lab")
    assert {path.name for path in written} >= {"lab.py", "reference.py", "mistakes.py", "notebook.py", "__init__.py"}
    monkeypatch.syspath_prepend(tmp_path)
    lab = importlib.import_module("scratch_lab.lab").LAB
    for name in [name for name in sys.modules if name.startswith("scratch_lab")]:
        monkeypatch.delitem(sys.modules, name)
    source = read_source(tmp_path / "scratch_lab" / "notebook.py")
    solution = {
        str(cell.metadata["task"]): cell.text_in("en").partition("\n")[2] for cell in source.cells if cell.kind == "task"
    }
    exam = Exam(lab, solution)

    assert faults_in(lab) == [] and all(outcome.passed for outcome in exam.of_solution().values())
    entries = read_corpus(tmp_path / "scratch_lab" / "corpus", lab.task_names)
    assert {entry.kind for entry in entries} == {"right", "wrong", "ways_round"}
    for entry in entries:
        trial = exam.of_entry(entry)
        assert trial.lost == entry.loses and not wrong_hints(trial), entry.name


@pytest.mark.parametrize("name", ["My-Lab", "1lab", "Lab", "a b", ""])
def test_a_name_that_no_package_can_have_is_refused(name: str, tmp_path: Path):
    with pytest.raises(SourceError, match="small letters, digits and _"):
        write_new_lab(name, tmp_path / "lab", "lab")


def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(SourceError, match="there is such a folder already"):
        write_new_lab("mine", tmp_path / "mine", "mine")
    assert not list((tmp_path / "mine").iterdir())
