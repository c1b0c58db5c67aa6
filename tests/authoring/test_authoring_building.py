"""Building writes both trees, twice the same, and check tells what is not current."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.authoring import SourceError, build, check, lab_sources
from grader.authoring.notebook import to_bytes
from grader.authoring.release import ReleaseError

TREES = [f"{tree}/{language}/sums/sums.ipynb" for language in ("en", "ru") for tree in ("solutions", "assignments")]


def contents(root: Path) -> dict[str, bytes]:
    return {path: (root / path).read_bytes() for path in TREES}


@pytest.mark.slow
def test_building_twice_gives_the_same_bytes_and_writes_nothing_anew(write_lab, lab_text, tmp_path, points_of):
    write_lab(lab_text)
    first = build(tmp_path, lab_sources(tmp_path), points_of)
    before = contents(tmp_path)
    second = build(tmp_path, lab_sources(tmp_path), points_of)

    assert [path.as_posix() for path in first.written] == TREES
    assert first.points == {"sums": 3.5}
    assert (second.written, [path.as_posix() for path in second.current]) == ((), TREES)
    assert contents(tmp_path) == before

    for path in TREES:
        (tmp_path / path).unlink()
    build(tmp_path, lab_sources(tmp_path), points_of)
    assert contents(tmp_path) == before


def test_check_names_what_is_not_current(write_lab, lab_text, tmp_path, quick, points_of):
    write_lab(lab_text)
    assert check(tmp_path, lab_sources(tmp_path), points_of).stale == tuple(TREES)
    build(tmp_path, lab_sources(tmp_path), points_of)
    assert check(tmp_path, lab_sources(tmp_path), points_of).stale == ()

    ru = tmp_path / TREES[3]
    ru.write_bytes(ru.read_bytes().replace("Суммы".encode(), "Сумма".encode()))
    assert check(tmp_path, lab_sources(tmp_path), points_of).stale == (TREES[3],)
    assert b"\xd0\xa1\xd1\x83\xd0\xbc\xd0\xbc\xd0\xb0" in ru.read_bytes(), "check changes nothing"

    write_lab(lab_text.replace("left, right = 1, 2", "left, right = 1, 3"))
    assert check(tmp_path, lab_sources(tmp_path), points_of).stale == tuple(TREES)


def test_check_names_a_notebook_that_has_no_source(write_lab, lab_text, tmp_path, quick, points_of):
    write_lab(lab_text)
    build(tmp_path, lab_sources(tmp_path), points_of)
    stray = tmp_path / "assignments" / "en" / "old" / "old.ipynb"
    stray.parent.mkdir()
    stray.write_text("{}")

    assert check(tmp_path, lab_sources(tmp_path), points_of).stale == ("assignments/en/old/old.ipynb (no lab source makes it: delete it)",)


def test_a_folder_without_labs_is_named(tmp_path, points_of):
    with pytest.raises(SourceError, match="there is no lab in it"):
        build(tmp_path, lab_sources(tmp_path), points_of)


def test_a_lab_may_lie_in_a_package_elsewhere(write_lab, lab_text, tmp_path, tmp_path_factory, quick, points_of):
    folder = write_lab(lab_text).parent
    elsewhere = tmp_path_factory.mktemp("package") / "folder"
    folder.rename(elsewhere)

    report = build(tmp_path, [*lab_sources(tmp_path), ("differences", elsewhere)], points_of)

    assert report.points == {"differences": 3.5}
    assert Path("assignments/ru/differences/differences.ipynb") in report.written


def test_one_lab_is_built_or_checked_alone(write_lab, lab_text, tmp_path, quick, points_of):
    other = write_lab(lab_text).parent
    labs = [("sums", other), ("again", other)]

    assert build(tmp_path, labs, points_of, "sums").points == {"sums": 3.5}
    assert check(tmp_path, labs, points_of, "sums").stale == ()
    assert check(tmp_path, labs, points_of).stale == tuple(path.replace("sums", "again") for path in TREES)
    with pytest.raises(SourceError, match=r"^there is no lab sum; the labs are: again, sums$"):
        build(tmp_path, labs, points_of, "sum")


def test_a_broken_lab_is_named_and_the_others_are_built(write_lab, lab_text, tmp_path, quick, points_of):
    folder = write_lab(lab_text).parent
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "notebook.py").write_text("# # no cell\n")
    labs = [("broken", broken), ("sums", folder), ("twice", folder), ("twice", broken)]

    with pytest.raises(SourceError) as raised:
        build(tmp_path, labs, points_of)

    first, *rest = str(raised.value).split("\n")
    assert first.endswith("broken/notebook.py:1: there is no cell: cells begin with `# %% [markdown] lang=\"en\"`")
    assert [line.partition(":1: ")[2] for line in rest] == ["there is another lab twice: give one of them another name"] * 2
    assert all((tmp_path / path).is_file() for path in TREES)


def test_what_nbgrader_refuses_fails_the_build(write_lab, lab_text, tmp_path, monkeypatch, points_of):
    def refuse(solution, lab, language):
        raise ReleaseError("nbgrader generate_assignment: no")

    monkeypatch.setattr("grader.authoring.building.release_notebook", refuse)
    write_lab(lab_text)

    with pytest.raises(SourceError, match=r"^grader/labs/sums/notebook\.py:1: nbgrader generate_assignment: no"):
        build(tmp_path, lab_sources(tmp_path), points_of)
    assert not (tmp_path / "assignments").exists()


def test_locked_cells_with_other_checksums_fail_the_build(write_lab, lab_text, tmp_path, monkeypatch, points_of):
    def differ(solution, lab, language):
        for cell in solution["cells"]:
            if "nbgrader" in cell["metadata"]:
                cell["metadata"]["nbgrader"]["checksum"] = language if cell["id"] == "given-parameters" else "0"
        return solution

    monkeypatch.setattr("grader.authoring.building.release_notebook", differ)
    write_lab(lab_text)

    with pytest.raises(SourceError, match=r"^grader/labs/sums/notebook\.py:19: given-parameters has another nbgrader checksum"):
        build(tmp_path, lab_sources(tmp_path), points_of)


def test_the_checkout_s_notebooks_are_in_the_layout_of_jupyter():
    root = Path(__file__).resolve().parents[2]
    for tree in ("solutions", "assignments"):
        for language in ("en", "ru"):
            content = (root / tree / language / "linear" / "linear.ipynb").read_bytes()
            assert to_bytes(json.loads(content)) == content
