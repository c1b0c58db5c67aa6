"""A class from the corpus: honest submissions, right and wrong, half of them in each language."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

from grader.corpus.entries import Entry
from grader.course.batch.sample_class import answered_task, checked_task, source_of, without_marks
from grader.course.intake.lab_files import LabFiles
from grader.course.intake.rebuild import Notebook, extra_cell
from tests.labs.corpora import corpus

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("wrong", "right")


def honest_entries(lab: str, size: int) -> list[Entry]:
    """As many entries as asked for, wrong and right in turn; from the beginning again where there are fewer."""
    rows = [[entry for entry in corpus(lab) if entry.kind == kind] for kind in KINDS]
    longest = max(map(len, rows))
    mixed = [row[place] for place in range(longest) for row in rows if place < len(row)]
    return [mixed[place % len(mixed)] for place in range(size)]


def write_corpus_class(folder: Path, size: int, lab: LabFiles) -> list[str]:
    """Submissions at FOLDER/STUDENT/LAB/LAB.ipynb; the students' names in order."""
    students = []
    for number, entry in enumerate(honest_entries(lab.lab, size)):
        language = ("en", "ru")[number % 2]
        students.append(f"s{number:04d}")
        path = folder / students[-1] / lab.lab / f"{lab.lab}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(handed_in(entry, language, lab), ensure_ascii=False, indent=1), encoding="utf-8")
    return students


def handed_in(entry: Entry, language: str, lab: LabFiles) -> Notebook:
    """The notebook of a student who wrote the entry's cells, and the model solution's otherwise."""
    solved = json.loads((ROOT / "solutions" / language / lab.lab / f"{lab.lab}.ipynb").read_text(encoding="utf-8"))
    answers = {task: without_marks(source_of(cell)) for cell in solved["cells"] if (task := answered_task(cell))}
    answers |= {task: f"%%task {task}\n{text.split(chr(10), 1)[1]}" for task, text in entry.cells.items()}
    notebook = deepcopy(lab.released[language])
    cells, taken = [], {cell["id"] for cell in notebook["cells"]}
    before = entry.before
    for cell in notebook["cells"]:
        task = answered_task(cell)
        if task in answers and not checked_task(cell):
            cell["source"] = answers[task]
            if before and task in entry.cells:
                cells.append(extra_cell(before, taken))
                before = ""
        cells.append(cell)
    notebook["cells"] = cells
    return notebook
