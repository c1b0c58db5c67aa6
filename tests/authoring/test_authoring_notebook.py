"""The solution notebooks: valid, self-contained, the same locked cells in both languages."""

from __future__ import annotations

import base64
import json
import re

import nbformat
import pytest

from grader.authoring.notebook import solution_notebook, to_bytes
from grader.authoring.source import read_source


@pytest.fixture
def notebooks(write_lab, lab_text, points):
    source = read_source(write_lab(lab_text))
    return {language: solution_notebook(source, language, points) for language in ("en", "ru")}


def test_cells_have_the_metadata_that_nbgrader_reads(notebooks):
    marks = {cell["id"]: cell["metadata"].get("nbgrader") for cell in notebooks["ru"]["cells"]}

    assert list(marks) == ["text-01", "text-02", "given-parameters", "solution-sum-add", "sum-add", "sum-why"]
    common = {"schema_version": 3, "task": False}
    assert marks == {
        "text-01": None,
        "text-02": None,
        "given-parameters": common | {"grade_id": "given-parameters", "grade": False, "locked": True, "solution": False},
        "solution-sum-add": common | {"grade_id": "solution-sum-add", "grade": False, "locked": False, "solution": True},
        "sum-add": common | {"grade_id": "sum-add", "grade": True, "locked": True, "solution": False, "points": 2},
        "sum-why": common | {"grade_id": "sum-why", "grade": True, "locked": False, "solution": True, "points": 1.5},
    }


def test_the_notebook_names_its_lab_its_language_and_no_versions(notebooks):
    assert notebooks["ru"]["metadata"] == {
        "course": {"lab": "sums", "language": "ru"},
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert notebooks["en"]["cells"][2]["metadata"]["tags"] == ["parameters"]


def test_locked_cells_are_the_same_bytes_in_both_languages(notebooks):
    def locked(language):
        cells = notebooks[language]["cells"]
        return [json.dumps(cell) for cell in cells if cell["metadata"].get("nbgrader", {}).get("locked")]

    assert locked("en") == locked("ru") and len(locked("en")) == 2


def test_each_language_has_its_own_prose_and_picture(notebooks):
    for language, title, label in (("en", "# Sums", "sum"), ("ru", "# Суммы", "сумма")):
        first = notebooks[language]["cells"][0]
        data = re.search(r'<img alt="[^"]+" src="data:image/svg\+xml;base64,([^"]+)">', first["source"]).group(1)
        picture = base64.b64decode(data).decode()
        assert first["source"].startswith(title) and "attachment:" not in first["source"]
        assert f"<text>{label}</text>" in picture
        assert notebooks[language]["cells"][1]["source"].endswith(f"%language {language}\n%lab sums")


def test_a_file_is_what_jupyter_would_write(notebooks, tmp_path):
    for language, notebook in notebooks.items():
        path = tmp_path / f"{language}.ipynb"
        nbformat.write(nbformat.reads(to_bytes(notebook).decode(), as_version=4), path)
        assert path.read_bytes() == to_bytes(notebook)


def test_outputs_are_left_out(notebooks):
    notebook = notebooks["en"]
    before = to_bytes(notebook)
    notebook["cells"][2] |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": "3"}], "execution_count": 7}

    assert to_bytes(notebook) == before
