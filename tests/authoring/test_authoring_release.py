"""Released notebooks: nbgrader's own work, and what it refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.authoring import release
from grader.authoring.notebook import solution_notebook
from grader.authoring.release import ReleaseError, release_notebook
from grader.authoring.source import read_source

pytestmark = pytest.mark.slow


def test_solutions_and_hidden_tests_are_gone_and_the_stub_is_in_the_language(write_lab, lab_text, points):
    source = read_source(write_lab(lab_text))
    here = Path.cwd(), os.environ["PATH"]

    released = {language: release_notebook(solution_notebook(source, language, points), "sums", language) for language in ("en", "ru")}

    for language, stub in (("en", "# YOUR CODE HERE"), ("ru", "# ВАШ КОД")):
        cells = {cell["id"]: cell for cell in released[language]["cells"]}
        assert cells["solution-sum-add"]["source"] == (
            f"%%task sum.add\n{stub}\nraise NotImplementedError()\nprint(total)"
        )
        assert cells["sum-add"]["source"] == 'check("sum.add")'
        assert cells["sum-why"]["source"] == "YOUR ANSWER HERE"
        assert cells["given-parameters"]["metadata"]["editable"] is False
    untouched = [
        next(cell["metadata"]["nbgrader"]["checksum"] for cell in notebook["cells"] if cell["id"] == "sum-why")
        for notebook in released.values()
    ]
    assert untouched[0] == untouched[1]
    assert (Path.cwd(), os.environ["PATH"]) == here


def test_what_nbgrader_refuses_is_told_in_its_words(write_lab, lab_text, points):
    notebook = solution_notebook(read_source(write_lab(lab_text)), "en", points)
    notebook["cells"][2]["metadata"]["nbgrader"]["grade_id"] = "given.parameters"

    with pytest.raises(ReleaseError, match=r"^nbgrader generate_assignment: .*ERROR"):
        release_notebook(notebook, "sums", "en")


def test_a_person_s_own_settings_do_not_reach_the_release(write_lab, lab_text, points, tmp_path, monkeypatch):
    settings = tmp_path / "settings"
    settings.mkdir()
    (settings / "nbgrader_config.py").write_text("c = get_config()\nc.ClearSolutions.text_stub = 'MINE'\n")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(settings))
    notebook = solution_notebook(read_source(write_lab(lab_text)), "en", points)

    assert release_notebook(notebook, "sums", "en")["cells"][-1]["source"] == "YOUR ANSWER HERE"


def test_nbgrader_that_hangs_is_stopped(write_lab, lab_text, points, monkeypatch):
    monkeypatch.setattr(release, "MINUTES", 0.001)
    notebook = solution_notebook(read_source(write_lab(lab_text)), "en", points)

    with pytest.raises(ReleaseError, match="took more than"):
        release_notebook(notebook, "sums", "en")
